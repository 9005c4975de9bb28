"""The vectors of everything in the index of this node: a folder that one process writes and all of them read.

Each language has a shelf, each shelf a generation: a folder with a number. A new generation holds what is still
wanted of the one before; to put it in place is to rename its folder. Readers keep what they have mapped for as long as
they like.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import threading
import time
from collections.abc import Container, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote

import structlog

from search.meaning import shelf
from search.meaning.encoder import Floats
from search.meaning.shelf import NAMES, Shelf, Unreadable

LOCK = "writer.lock"
UNFINISHED = ".new"
TRIES = 3

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Opened:
    folder: Path
    size: int
    """Bytes of the names when they were read."""
    shelf: Shelf


class Store:
    """All shelves of one encoder, as any thread reads them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.Lock()
        self._opened: dict[str, _Opened] = {}
        self._seen_ns = -1

    def shelves(self) -> Mapping[str, Shelf]:
        """Language -> its shelf, as of now; that nothing has changed is seen in microseconds."""
        if not self._is_current():
            with self._lock:
                self._look()
        return {language: opened.shelf for language, opened in self._opened.items()}

    def _is_current(self) -> bool:
        try:
            return self.folder.stat().st_mtime_ns == self._seen_ns and all(
                (opened.folder / NAMES).stat().st_size == opened.size
                for opened in list(self._opened.values())
            )
        except FileNotFoundError:
            return False

    def _look(self) -> None:
        try:
            seen_ns = self.folder.stat().st_mtime_ns
        except FileNotFoundError:
            self._opened, self._seen_ns = {}, -1
            return
        found = {language: self._reopened(language) for language in _languages(self.folder)}
        self._opened = {language: opened for language, opened in found.items() if opened}
        self._seen_ns = seen_ns

    def _reopened(self, language: str) -> _Opened | None:
        """The newest generation; another try where it is replaced at this very moment."""
        known = self._opened.get(language)
        for _ in range(TRIES):
            with suppress(FileNotFoundError, Unreadable):
                folder = next(reversed(generations(self.folder / quote(language, safe=""))), None)
                if folder is None:
                    return None  # it is being made
                size = (folder / NAMES).stat().st_size
                before = known.shelf if known and known.folder == folder else None
                return _Opened(folder, size, shelf.opened(folder, before))
        return None

    @contextmanager
    def writing(self) -> Iterator[Writer | None]:
        """The one who writes, of all threads and processes; None where somebody else does."""
        self.folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.folder / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield None
                return
            yield Writer(self.folder)
        finally:
            os.close(descriptor)


class Writer:
    """The side of a store that adds to it. Only within :meth:`Store.writing`."""

    def __init__(self, folder: Path) -> None:
        """Mends what a writer before has left; what cannot be mended is thrown away, and encoded once more."""
        self._folder = folder
        self._current: dict[str, Path] = {}
        self.known: dict[str, str] = {}
        """Document id -> its language."""
        for language in _languages(folder):
            self._take_over(language)

    def _take_over(self, language: str) -> None:
        home = self._home(language)
        for left in home.glob(f"*{UNFINISHED}"):
            shutil.rmtree(left)
        found = generations(home)
        for left in found[:-1]:
            shutil.rmtree(left)
        if not found:
            return
        newest = found[-1]
        try:
            shelf.mend(newest)
            self.known |= dict.fromkeys(shelf.opened(newest).ids, language)
            self._current[language] = newest
        except (Unreadable, FileNotFoundError) as error:
            log.warning("vectors thrown away", folder=str(newest), unreadable=str(error))
            shutil.rmtree(newest)

    def _home(self, language: str) -> Path:
        return self._folder / quote(language, safe="")

    def add(self, language: str, documents: Sequence[tuple[str, Floats]]) -> None:
        """Documents of one language with their vectors (passages, dimensions), one passage at least."""
        if language not in self._current:
            home = self._home(language)
            home.mkdir(exist_ok=True)
            fresh = home / f"1{UNFINISHED}"
            shelf.create(fresh, documents[0][1].shape[1])
            self._current[language] = fresh.rename(home / "1")
            _touch(self._folder)
        shelf.append(self._current[language], documents)
        self.known |= {id_: language for id_, _ in documents}

    def compact(self, wanted: Container[str]) -> None:
        """Begin a new generation of each shelf of which more than half of the documents are no longer wanted."""
        for language, folder in list(self._current.items()):
            now = shelf.opened(folder)
            kept = [at for at, id_ in enumerate(now.ids) if id_ in wanted]
            if 2 * len(kept) < len(now.ids):
                self._renew(language, now, kept)

    def _renew(self, language: str, now: Shelf, kept: Sequence[int]) -> None:
        old = self._current[language]
        fresh = old.with_name(f"{int(old.name) + 1}{UNFINISHED}")
        shelf.create(fresh, now.vectors.shape[1])
        ends = [*now.starts[1:].tolist(), len(now.vectors)]
        starts = now.starts.tolist()
        shelf.append(fresh, [(now.ids[at], now.vectors[starts[at] : ends[at]]) for at in kept])
        self._current[language] = fresh.rename(fresh.with_suffix(""))
        shutil.rmtree(old)
        _touch(self._folder)
        for id_ in set(now.ids) - {now.ids[at] for at in kept}:
            self.known.pop(id_, None)


def _touch(folder: Path) -> None:
    """Say to those who look that there is something new: at a later moment than the one before, however fast."""
    later_ns = max(time.time_ns(), folder.stat().st_mtime_ns + 1)
    os.utime(folder, ns=(later_ns, later_ns))


def _languages(folder: Path) -> list[str]:
    return sorted(unquote(path.name) for path in folder.iterdir() if path.is_dir())


def generations(home: Path) -> list[Path]:
    """The finished generations of a shelf, oldest first."""
    return sorted((path for path in home.iterdir() if path.name.isdigit()), key=lambda path: int(path.name))
