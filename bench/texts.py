"""The texts that everything is measured with: real help pages where they are, else the demonstration's articles."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from authoring.importing import maps, readers
from authoring.importing.maps import ImportMap
from authoring.importing.records import ArticleRecord
from bench.programs import ROOT

REAL = ROOT.parent / "shared" / "data" / "gnome-help"


@dataclass(frozen=True, slots=True)
class Texts:
    """Files that an import can read.

    Args:
        map_file: what is where in them; None where they say it themselves.
        called: what the tables call them.
    """

    paths: tuple[Path, ...]
    map_file: Path | None
    called: str

    @property
    def arguments(self) -> list[str]:
        """What the command `kalauz import articles` is told."""
        mapped = ["--map", str(self.map_file)] if self.map_file else []
        return [*map(str, self.paths), *mapped, "--state", "published"]

    def records(self) -> list[ArticleRecord]:
        """What an import would read, published as `arguments` say."""
        rules = maps.load(self.map_file) if self.map_file else ImportMap()
        items = readers.read(self.paths, rules, now=datetime.now(UTC), state="published")
        return [item for item in items if isinstance(item, ArticleRecord)]


def texts() -> Texts:
    """The real texts, or else those that come with Kalauz."""
    if REAL.is_dir():
        paths = tuple(sorted(REAL.glob("*.jsonl")))
        return Texts(
            paths, ROOT / "demo" / "maps" / "gnome-help.toml", "help pages of GNOME in en, hu, ru, sv"
        )
    print(
        "The help pages of GNOME are not beside the project: the demonstration's articles stand in for them.\n"
    )
    return Texts((ROOT / "demo" / "articles",), None, "the demonstration's articles")
