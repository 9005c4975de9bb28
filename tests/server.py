"""A running Kalauz, as `make run` starts it, for the tests that look at it from outside."""

from __future__ import annotations

import os
import socket
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.processes import ROOT, Program

CHECKOUT = (sys.executable, "-m", "kb")


@contextmanager
def running(data: Path, *, command: Sequence[str | Path] = CHECKOUT, cwd: Path = ROOT) -> Iterator[str]:
    """Serve the instance folder `data`, made and filled when new, and give the address.

    Raises:
        NotStarted: the server did not start, with what it said.
    """
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    server = Program(
        [*command, "run", "--port", str(port)],
        cwd=cwd,
        log=data.with_name(f"{data.name}.log"),
        environment={
            **os.environ,
            "KALAUZ_DATA": str(data),
            "KALAUZ_PASSWORD_COST": "1",
            "KALAUZ_RATE_LIMITS": "off",
        },
    )
    server.wait_until(lambda: _answers(url))
    try:
        yield url
    finally:
        server.stop()


def free_port() -> int:
    """Find a port of this machine that nobody uses."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/readyz"):  # noqa: S310 - our own server
            return True
    except urllib.error.URLError:
        return False
