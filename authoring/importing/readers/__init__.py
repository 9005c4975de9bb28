"""Reading the files of other systems: one module a format, one record at a time; memory stays flat."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from authoring.importing.mapping import Raw, items, outline
from authoring.importing.maps import ImportMap
from authoring.importing.readers import csv_files, docx_files, html_files, jsonl_files, markdown_files
from authoring.importing.readers.files import SUFFIXES, SourceFile
from authoring.importing.records import ArticleRecord, Fault, Item, Place
from authoring.importing.topic_pages import TopicPages
from kb.errors import TooLarge

Reader = Callable[[SourceFile, ImportMap], Iterator[Raw | Fault]]
READERS: dict[str, Reader] = {
    "jsonl": jsonl_files.raws,
    "csv": csv_files.raws,
    "markdown": markdown_files.raws,
    "html": html_files.raws,
    "docx": docx_files.raws,
}


def read(
    paths: Sequence[Path], rules: ImportMap, *, now: datetime, state: str | None = None
) -> Iterator[Item]:
    """Topics, each behind its parent, then articles and faults, in the order in which they are read.

    Where pages define the topics, everything is read twice: an article's topics may stand anywhere.

    Args:
        now: aware; stands in where the source says "due for review" without a date.
        state: overrides what the source says, for example "published".
    """
    pages = _topic_pages(paths, rules) if rules.topics.page_field else None
    if pages:
        yield from pages.records()
    seen: dict[tuple[str, str], Place] = {}
    for raw in _raws(paths, rules):
        for item in [raw] if isinstance(raw, Fault) else items(raw, rules, pages=pages, now=now, state=state):
            if isinstance(item, ArticleRecord):
                first = seen.setdefault((item.key, item.language), item.place)
                if first is not item.place:
                    reason = f"{item.key} in {item.language} was read before, at {first}"
                    yield Fault(item.place, "key", reason)
                    break
            yield item


def _topic_pages(paths: Sequence[Path], rules: ImportMap) -> TopicPages:
    found = (outline(raw, rules) for raw in _raws(paths, rules) if isinstance(raw, Raw))
    return TopicPages(filter(None, found), open_ended=rules.topics.create)


def count(paths: Sequence[Path], rules: ImportMap) -> int:
    """About how many records there are, without reading them: lines or files. For showing progress."""
    return sum(_estimate(found) for found in sources(paths, rules) if isinstance(found, SourceFile))


def sources(paths: Sequence[Path], rules: ImportMap) -> Iterator[SourceFile | Fault]:
    """The files that are read, folders in order of name; hidden and unknown files are passed over."""
    for path in paths:
        if path.is_dir():
            yield from _files_in(path, rules.source.format)
        elif not path.is_file():
            yield Fault(Place(str(path)), "file", "does not exist")
        elif format_ := rules.source.format or _format_of(path):
            whole = path.absolute()
            yield SourceFile(path, whole.relative_to(whole.parent.parent), path.parent, format_)
        else:
            known = ", ".join(suffix for suffixes in SUFFIXES.values() for suffix in suffixes)
            reason = f"is none of {known}; name its format in the map, under [source]"
            yield Fault(Place(str(path)), "file", reason)


def _files_in(folder: Path, format_: str | None) -> Iterator[SourceFile]:
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for path in (Path(place, name) for name in sorted(names) if not name.startswith((".", "~$"))):
            found = _format_of(path)
            if found and format_ in {None, found} and path.is_file():
                yield SourceFile(path, path.relative_to(folder), folder, found)


def _format_of(path: Path) -> str | None:
    return next((format_ for format_, suffixes in SUFFIXES.items() if path.suffix.lower() in suffixes), None)


def _raws(paths: Sequence[Path], rules: ImportMap) -> Iterator[Raw | Fault]:
    for found in sources(paths, rules):
        if isinstance(found, Fault):
            yield found
            continue
        try:
            yield from READERS[found.format](found, rules)
        except OSError as error:
            yield Fault(Place(str(found.path)), "file", f"cannot be read: {error.strerror}")
        except TooLarge as error:
            yield Fault(Place(str(found.path)), "file", str(error))
        except UnicodeError as error:
            reason = f"is not in the encoding {rules.source.encoding}: {error}; name another under [source]"
            yield Fault(Place(str(found.path)), "file", reason)


def _estimate(found: SourceFile) -> int:
    if found.format not in {"jsonl", "csv"}:
        return 1
    try:
        return max(found.lines() - (found.format == "csv"), 0)
    except OSError:
        return 0
