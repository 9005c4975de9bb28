"""The case bases of a node as files: a start takes milliseconds, and processes share what they do not change. Pure.

A manifest names the files and the position in the journal that they reflect. It is put in place last and in one step,
so that whatever is interrupted leaves the snapshot before it.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from zipfile import BadZipFile

import structlog

from cbr.case_type import CaseType, read_case_type
from cbr.casebase import CaseBase
from cbr.index.snapshot import Unreadable
from cbr.problems import Problems
from cbr.shelves import Shelf
from kb.errors import Invalid

FORMAT = 3
MANIFEST, LOCK = "manifest.json", "lock"
NAMING = frozenset({"schema", "shelves", "problems"})

log = structlog.get_logger(__name__)


@dataclass
class KeptType:
    """One case type as a process holds it.

    Args:
        id, key, version, audience, is_active: of its row.
        case_type: its schema.
        bases: shelf -> its cases.
        problems: the texts of its cases, as they were when all of them were read.
    """

    id: int
    key: str
    version: int
    audience: str
    is_active: bool
    case_type: CaseType
    bases: dict[Shelf, CaseBase] = field(default_factory=dict)
    problems: Problems | None = None

    def __len__(self) -> int:
        return sum(map(len, self.bases.values()))


class Snapshots:
    """The files in one folder.

    Args:
        folder: made when something is written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def open(self) -> tuple[Mapping[int, KeptType], int]:
        """The case types by id, mapped into memory, and the position that they reflect; nothing and 0 without files."""
        for _ in range(3):  # a file may be replaced between its name and its opening
            try:
                manifest = json.loads((self.folder / MANIFEST).read_text(encoding="utf-8"))
                if manifest["format"] != FORMAT:
                    return {}, 0
                types = [self._opened(told) for told in manifest["types"]]
                return {one.id: one for one in types}, int(manifest["position"])
            except FileNotFoundError:
                continue
            except (Unreadable, Invalid, BadZipFile, ValueError, KeyError, TypeError) as fault:
                log.warning("snapshot of cases cannot be read", fault=str(fault))
                return {}, 0
        return {}, 0

    def position(self) -> int:
        """The position that the files reflect; 0 where there are none."""
        try:
            return int(json.loads((self.folder / MANIFEST).read_text(encoding="utf-8"))["position"])
        except (OSError, ValueError, KeyError, TypeError):
            return 0

    @contextmanager
    def writing(self) -> Iterator[bool]:
        """Whether this is the one who writes, of all threads and processes of the node."""
        self.folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.folder / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            with suppress(BlockingIOError):
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                yield True
                return
            yield False
        finally:
            os.close(descriptor)

    def write(self, types: Mapping[int, KeptType], position: int) -> None:
        """Put a snapshot in the place of the one before. Only within `writing`."""
        names: set[str] = set()
        told = []
        for kept in types.values():
            shelves = []
            for number, (shelf, base) in enumerate(sorted(kept.bases.items())):
                name = f"{kept.id}-{number}-{position}-{os.getpid()}.cases"
                base.save(self.folder / name)
                names.add(name)
                shelves.append([*shelf, name])
            texts = f"{kept.id}-{position}-{os.getpid()}.texts" if kept.problems is not None else None
            if texts and kept.problems is not None:
                kept.problems.save(self.folder / texts)
                names.add(texts)
            told.append(_told(kept) | {"shelves": shelves, "problems": texts})
        manifest = {"format": FORMAT, "position": position, "types": told}
        fresh = self.folder / f"{MANIFEST}.new"
        with fresh.open("w", encoding="utf-8") as file:
            json.dump(manifest, file, ensure_ascii=False)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.folder / MANIFEST)
        written = chain(self.folder.glob("*.cases*"), self.folder.glob("*.texts"))
        for old in written:  # who has one open keeps it
            if old.name not in names:
                old.unlink(missing_ok=True)

    def _opened(self, told: Mapping[str, object]) -> KeptType:
        own = {name: value for name, value in told.items() if name not in NAMING}
        kept = KeptType(case_type=read_case_type(told["schema"]), **own)  # type: ignore[arg-type]
        for audience, state, name in told["shelves"]:  # type: ignore[attr-defined]
            kept.bases[Shelf(audience, state)] = CaseBase.open(self.folder / name)
        if told["problems"]:
            kept.problems = Problems.open(self.folder / str(told["problems"]))
        return kept


def _told(kept: KeptType) -> dict[str, object]:
    return {
        "id": kept.id,
        "key": kept.key,
        "version": kept.version,
        "audience": kept.audience,
        "is_active": kept.is_active,
        "schema": kept.case_type.to_plain(),
    }
