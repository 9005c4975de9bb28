"""The machine that was measured on, and the versions of what was measured."""

from __future__ import annotations

import configparser
import os
import platform
import sqlite3
from importlib.metadata import version
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # comes without type annotations

from bench.programs import ROOT

MEASURED = ("Flask", "gunicorn", "SQLAlchemy", "tantivy", "markdown-it-py", "nh3")


def facts() -> list[tuple[str, str]]:
    """What a figure depends on: (what, which)."""
    memory = psutil.virtual_memory().total / 2**30
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return [
        ("processor", f"{_processor()}, {os.cpu_count()} cores"),
        ("memory", f"{memory:.0f} GB"),
        ("load before (1, 5, 15 minutes)", load),
        ("system", f"{platform.system()} {platform.release()}"),
        ("Python", platform.python_version()),
        ("SQLite", sqlite3.sqlite_version),
        *((name, version(name)) for name in MEASURED),
        ("Kalauz", _own_version()),
    ]


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.machine())


def _own_version() -> str:
    metadata = configparser.ConfigParser()
    metadata.read(ROOT / "setup.cfg")
    return metadata["metadata"]["version"]
