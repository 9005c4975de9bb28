"""Encoding what the index of this node has, beside everything else: the index follows the journal, this the index.

One process of a node encodes; the lock of the store says which. What readers find does not wait for it: until a
document is encoded, its words find it.
"""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Collection, Generator, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from itertools import islice

import structlog

from search.analysis import label
from search.engine import DocumentText, Engine
from search.meaning.encoder import EncoderFailed, Floats, works
from search.meaning.meaning import Meaning
from search.meaning.passages import passages
from search.meaning.store import Writer

AT_ONCE = 32
"""Documents that are looked up at once; then the newest are looked for again, so that none waits for a long list."""

SAVED_EVERY_S = 2.0
NICENESS = 10
AFTER_FAILURE_S = 60.0
SHARE = 0.02
"""Of its time that a process spends at most on looking whether there is something new."""

COUNTED = 200
"""Documents not encoded yet that are counted exactly; with more, the index' own count will do."""

PACE = "pace"  # the file with the seconds that a document took of late

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the encoding has come.

    Args:
        done, total: documents of the index that are encoded, and altogether.
        languages: language -> (documents, passages) that are encoded and in the index.
        pace_s: seconds that a document took of late; 0 where none has been encoded.
    """

    done: int
    total: int
    languages: dict[str, tuple[int, int]]
    pace_s: float

    @property
    def left_s(self) -> float:
        """About how long it still takes, in seconds."""
        return (self.total - self.done) * self.pace_s


def progress(meaning: Meaning, engine: Engine) -> Progress:
    """How far the encoding has come, whichever process does it."""
    wanted = engine.ids()
    known: set[str] = set()
    languages = {}
    for language, shelf in meaning.store.shelves().items():
        ends = [*shelf.starts[1:].tolist(), len(shelf.vectors)]
        rows = [
            end - start
            for id_, start, end in zip(shelf.ids, shelf.starts.tolist(), ends, strict=True)
            if id_ in wanted
        ]
        known.update(shelf.ids)
        if rows:
            languages[language] = (len(rows), sum(rows))
    done = sum(documents for documents, _ in languages.values())
    missing = len(wanted - known)
    if missing <= COUNTED:  # an id may outlive its document in the index
        missing = sum(1 for _ in engine.texts(known))
    return Progress(done, done + missing, languages, _pace(meaning))


def encode(meaning: Meaning, engine: Engine, writer: Writer) -> Generator[int, None, None]:
    """Encode what the index has and the store lacks, newest first; yields the number of documents done so far.

    What is done is saved every few seconds, and where this is closed early. One document that the encoder cannot read
    does not keep the others waiting: its words find it.

    Raises:
        EncoderFailed: the encoder cannot be used.
    """
    done, gone = 0, frozenset[str]()
    with _Desk(meaning, writer) as desk:
        while missing := engine.ids() - writer.known.keys() - desk.held - gone:
            newest = frozenset(islice(sorted(missing, key=_age, reverse=True), AT_ONCE))
            found = list(engine.texts(_AllBut(newest)))
            gone |= newest - {text.id for text in found}
            for text in sorted(found, key=lambda text: _age(text.id), reverse=True):
                if not desk.encode(text):
                    gone |= {text.id}
                    continue
                done += 1
                yield done
    writer.compact(engine.ids())


def _age(id_: str) -> tuple[int, str]:
    """Revisions are numbered: of two the longer number, and of two as long the greater one, is newer."""
    return len(id_), id_


class _AllBut(Collection[str]):
    """Everything that is known but a few: for an engine that gives what is not known."""

    def __init__(self, unknown: frozenset[str]) -> None:
        self._unknown = unknown

    def __contains__(self, id_: object) -> bool:
        return id_ not in self._unknown

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


class _Desk:
    """Documents that are encoded and not saved yet: saving one by one would wait for the disk each time."""

    def __init__(self, meaning: Meaning, writer: Writer) -> None:
        self._meaning, self._writer = meaning, writer
        self._done: dict[str, list[tuple[str, Floats]]] = {}
        self._since_s = time.monotonic()
        self.held: set[str] = set()

    def __enter__(self) -> _Desk:
        return self

    def __exit__(self, *_: object) -> None:
        self._save()

    def encode(self, text: DocumentText) -> bool:
        """Whether the encoder can read it. Raises EncoderFailed where it reads nothing at all."""
        try:
            vectors = self._meaning.encoder.passages(passages(text))
        except EncoderFailed as error:
            if not works(self._meaning.encoder):
                raise
            log.warning("a text is not encoded", revision=text.id, reason=str(error))
            return False
        self._done.setdefault(label(text.language), []).append((text.id, vectors))
        self.held.add(text.id)
        if time.monotonic() - self._since_s > SAVED_EVERY_S:
            self._save()
        return True

    def _save(self) -> None:
        if self.held:
            for language, documents in self._done.items():
                self._writer.add(language, documents)
            (self._meaning.store.folder / PACE).write_text(
                f"{(time.monotonic() - self._since_s) / len(self.held):.6f}"
            )
        self._done, self.held, self._since_s = {}, set(), time.monotonic()


def _pace(meaning: Meaning) -> float:
    with suppress(FileNotFoundError, ValueError):
        return float((meaning.store.folder / PACE).read_text())
    return 0.0


class Background:
    """A thread that encodes, in each process that serves pages; of those of a node one works at a time.

    Args:
        pause_s: between two looks, in seconds, where a look is quick.
    """

    def __init__(self, meaning: Meaning, engine: Engine, pause_s: float = 5.0) -> None:
        self._meaning, self._engine, self._pause_s = meaning, engine, pause_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._turn, name="meaning", daemon=True)
        self._left: tuple[int, frozenset[str]] | None = None
        self._seen: tuple[int, int] | None = None

    def start(self) -> None:
        """Begin to look, as soon as the process has begun to serve."""
        self._thread.start()

    def stop(self) -> None:
        """End after the document at hand."""
        self._stop.set()
        self._thread.join()

    def _turn(self) -> None:
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)  # on Linux, of this thread alone
        pause_s = 0.0
        while not self._stop.wait(pause_s):
            began_s = time.monotonic()
            try:
                is_new = self._is_something_new()
                pause_s = max(self._pause_s, (time.monotonic() - began_s) / SHARE)
                if is_new:
                    self._work()
            except EncoderFailed as error:
                log.warning("nothing is encoded", reason=str(error))
                return
            except Exception:
                log.exception("encoding stopped for a while")
                pause_s = AFTER_FAILURE_S

    def _is_something_new(self) -> bool:
        """Whether there is something to encode; ids are compared only where the index or the store has changed."""
        shelves = self._meaning.store.shelves().values()
        now = self._engine.position(), sum(len(shelf.ids) for shelf in shelves)
        if now == self._seen:
            return False
        missing = self._engine.ids().difference(*(shelf.members for shelf in shelves))
        if missing and (now[0], missing) != self._left:
            return True
        self._seen = now
        return False

    def _work(self) -> None:
        """Encode what is missing, unless another process does."""
        with self._meaning.store.writing() as writer:
            if writer is None:
                return
            position = self._engine.position()
            with closing(encode(self._meaning, self._engine, writer)) as work:
                for _ in work:
                    if self._stop.is_set():
                        return
            self._left = position, self._engine.ids() - writer.known.keys()
        sweep(self._meaning)


def sweep(meaning: Meaning) -> None:
    """Throw away the vectors of other encoders, once those of this one are complete."""
    for folder in meaning.store.folder.parent.glob("meaning-*"):
        if folder != meaning.store.folder:
            shutil.rmtree(folder, ignore_errors=True)
