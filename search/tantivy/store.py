"""The folder of an index: which of the indexes in it is current, who may write, what can be thrown away.

Every index lies in a folder of its own, a generation. A small file names the current generation of each version
of the analysis; to replace an index is to rename that file, so that a reader sees the old one or the new one and
nothing between. Locks are the system's (flock): they end with the process that holds them, however it ends.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import threading
import uuid
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

LOCK = ".lock"


def stamp(path: Path) -> tuple[int, int]:
    """Changes whenever another file is put in this place; zeros where there is none."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return 0, 0
    return status.st_ino, status.st_mtime_ns


class Generation:
    """The folder of one index, claimed: until it is released nobody throws it away."""

    def __init__(self, path: Path, *, new: bool = False) -> None:
        """Raises FileNotFoundError where it has been thrown away (a new one: at this very moment)."""
        self.path = path
        lock = path.with_suffix(LOCK)
        descriptor = os.open(lock, os.O_RDWR | (os.O_CREAT | os.O_EXCL if new else 0), 0o644)
        self.release = weakref.finalize(self, os.close, descriptor)
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        if os.fstat(descriptor).st_nlink == 0:
            raise FileNotFoundError(lock)
        path.mkdir(exist_ok=not new)


class Store:
    """The folder of all generations of an index."""

    def __init__(self, folder: Path, version: str) -> None:
        """``version`` says what an index is made of; each has a current generation of its own."""
        self._folder = folder
        self._version = version
        self._pointer = folder / f"current-{version}"
        self._entrance = threading.RLock()
        self._depth = 0

    def stamp(self) -> tuple[int, int]:
        """Changes whenever another generation becomes the current one."""
        return stamp(self._pointer)

    def current(self) -> Generation | None:
        """The current generation, or None where there is none yet."""
        while name := self._named():
            with suppress(FileNotFoundError):
                return Generation(self._folder / name)
            if name == self._named():  # not replaced meanwhile: somebody took the folder away
                return None
        return None

    def _named(self) -> str:
        with suppress(FileNotFoundError):
            return self._pointer.read_text(encoding="utf-8")
        return ""

    def fresh(self) -> Generation:
        """A new, empty folder, known to nobody until it is published."""
        while True:
            with suppress(FileNotFoundError):
                return Generation(self._folder / f"index-{self._version}-{uuid.uuid4().hex}", new=True)

    def publish(self, generation: Generation) -> None:
        """Make this the current generation, for every process at once. Only within :meth:`writing`."""
        beside = self._pointer.with_suffix(".new")
        with beside.open("w", encoding="utf-8") as file:
            file.write(generation.path.name)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self._pointer)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """One at a time, of all threads and processes; the others wait. Who is in may enter again."""
        with self._entrance:
            self._folder.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self._folder / "writer.lock", os.O_RDWR | os.O_CREAT, 0o644)
            self._depth += 1
            try:
                if self._depth == 1:
                    fcntl.flock(descriptor, fcntl.LOCK_EX)
                yield
            finally:
                self._depth -= 1
                os.close(descriptor)

    def sweep(self) -> None:
        """Throw away what a swap, a crash or an older version has left. Only within :meth:`writing`."""
        current = self._named()
        for lock in self._folder.glob(f"index-*{LOCK}"):
            if lock.stem != current:
                _throw_away(lock)


def _throw_away(lock: Path) -> None:
    descriptor = os.open(lock, os.O_RDWR)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(lock.with_suffix(""), ignore_errors=True)
        lock.unlink()
    except BlockingIOError:
        return  # in use
    finally:
        os.close(descriptor)
