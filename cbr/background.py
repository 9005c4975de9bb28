"""Long work on a case type: asked for on a page, done beside the pages, looked at while it goes on.

Who adds a kind of work gives it a name, who may ask for it, and a deed: `KINDS["import"] = Kind(MAY_SHAPE, deed)`, in a
module that is imported with the application. Then:

    background.ask(session, "import", key, by=viewer, now=now(), asked={"solution": [...]}, file=data)
    work = background.newest(session, "import", key)  # for the page, with `standing_of(work, now)` and `error_of(work)`

The deed gets a `Work` and returns plain data, which is kept as `result`. It opens its own transactions, says now and
then how far it is (`work.tell(0.4)`), and what it raises ends the work: the sentence of a `KalauzError` is kept for the
page. Of one kind there is one at a time for each case type. A process of its own does it, and computes at low priority
(`gently`), so that nobody waits for it who looks at a page; when that process ends too early, the work says so and can
be asked for again.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, TypeVar

import structlog
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from cbr.models import CaseWork
from kb import auth, journal
from kb.context import Services
from kb.errors import N_, Conflict, Invalid, KalauzError, Sentence
from kb.models import Person
from kb.models.people import Role
from kb.permissions import SYSTEM, require
from kb.viewers import Viewer

STALE = timedelta(minutes=2)
"""Work that was not seen going on for so long has stopped. On SQLite a beat may have to wait for the work itself."""

BEAT_S = 1.0
NICENESS = 10
KEPT = 20
"""So many ended works of a kind are kept of a case type."""

STOPPED = N_("It stopped before its end. Ask for it again.")
GOES_ON = N_("This is being done already.")
CANCELLED = N_("It was cancelled.")

log = structlog.get_logger(__name__)

T = TypeVar("T")
State = Literal["waiting", "running", "stopped", "failed", "done"]


@dataclass(frozen=True)
class Work:
    """What a deed is told.

    Args:
        services: of this process; the deed opens its transactions there.
        subject: the key of the case type.
        asked: what the page has asked for.
        file: what was uploaded with it.
        by: who asked, with the rights they have now; the system where no person asked.
        tell: takes how far it is, of 1. Raises `Conflict` a moment after somebody has cancelled it.
        end: takes the session of a transaction and the result, where what was done and that it is done must be one
            commit. Raises `Conflict` where somebody has cancelled it.
    """

    services: Services
    subject: str
    asked: Mapping[str, Any]
    file: bytes | None
    by: Viewer
    tell: Callable[[float], None]
    end: Callable[[Session, dict[str, Any]], None]


@dataclass(frozen=True)
class Kind:
    """A kind of work.

    Args:
        roles: who may ask for it.
        deed: does it, and returns plain data to be kept.
    """

    roles: frozenset[Role]
    deed: Callable[[Work], dict[str, Any]]


KINDS: dict[str, Kind] = {}
"""Filled by the modules whose work it is, when the application is put together."""


def gently(deed: Callable[[], T]) -> T:
    """Compute something at low priority, in a thread of its own: the thread that holds the database's lock keeps its
    priority, or everybody who saves would wait for the time that nobody else wants.
    """
    with ThreadPoolExecutor(1, "gentle", _lower) as apart:
        return apart.submit(deed).result()


def _lower() -> None:
    with suppress(OSError):  # a system where only whole processes have a priority
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)


def ask(
    session: Session,
    kind: str,
    subject: str,
    *,
    by: Viewer,
    now: datetime,
    asked: Mapping[str, Any] | None = None,
    file: bytes | None = None,
) -> CaseWork:
    """Ask for work; it begins within a second or two.

    Args:
        kind: one of `KINDS`.
        subject: the key of the case type, which need not be there yet.
        asked: plain data for the deed.

    Raises:
        Conflict: the same is waiting or going on.
    """
    require(by, KINDS[kind].roles)
    _end_stopped(session, now)
    made = CaseWork(
        subject=subject,
        kind=kind,
        turn=f"{kind}:{subject}",
        asked=dict(asked or {}),
        file=file,
        person_id=by.person_id or None,
        asked_at=now,
    )
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError:
        raise Conflict(GOES_ON) from None
    _forget_old(session, kind, subject)
    log.info("work on cases asked for", case_type=subject, kind=kind, by=by.name)
    return made


def cancel(session: Session, work: CaseWork, *, by: Viewer, now: datetime) -> None:
    """End work before it is done; its process goes on until it says the next time how far it is.

    Raises:
        NotAllowed: this person may not ask for it either.
        Conflict: it has ended already.
    """
    require(by, KINDS[work.kind].roles)
    if not _ends(session, work.id, _ended(now, CANCELLED)):
        raise Conflict(N_("It has ended already."))
    session.refresh(work)
    log.info("work on cases cancelled", work=work.id, kind=work.kind, by=by.name)


def newest(session: Session, kind: str, subject: str) -> CaseWork | None:
    """What was asked for last."""
    query = select(CaseWork).where(CaseWork.kind == kind, CaseWork.subject == subject)
    return session.scalars(query.order_by(CaseWork.id.desc()).limit(1)).first()


def standing_of(work: CaseWork, now: datetime) -> State:
    """Where work stands at this moment."""
    if work.turn is None:
        return "failed" if work.error else "done"
    if work.beat_at is None:
        return "waiting"
    return "stopped" if work.beat_at < now - STALE else "running"


def error_of(work: CaseWork) -> str:
    """What went wrong, to be said in the reader's language; "" where nothing did."""
    return Sentence(work.error["message"], work.error["values"]) if work.error else ""


def do_waiting(services: Services, run: Callable[[int], None]) -> list[int]:
    """Take what waits, one after the other, and run each; returns the ids of what was taken.

    Args:
        run: does the work with this id, here or elsewhere. Whatever happens in it, the work has ended afterwards.
    """
    taken = []
    while (id_ := _taken(services)) is not None:
        try:
            run(id_)
        except Exception:
            log.exception("work on cases could not be run", work=id_)
        _end(services, id_, _ended(services.clock(), STOPPED))  # where it has not ended by itself
        taken.append(id_)
    return taken


def do(services: Services, id_: int) -> None:
    """Do the work that was taken, in this process, and keep what comes of it."""
    with services.database.session() as session:
        row = session.get_one(CaseWork, id_)
        kind, subject, asked, file = KINDS[row.kind], row.subject, row.asked, row.file
        by = _who(services, session, row.person_id)
    log.info("work on cases begun", case_type=subject, work=id_)

    def end(session: Session, result: dict[str, Any]) -> None:
        if not _ends(session, id_, _done(services.clock(), result)):
            raise Conflict(CANCELLED)

    try:
        with _beating(services, id_) as tell:
            result = kind.deed(Work(services, subject, asked, file, by, tell, end))
    except Invalid as refused:
        _end(services, id_, _ended(services.clock(), next(iter(refused.fields.values()), refused.sentence)))
    except KalauzError as refused:
        _end(services, id_, _ended(services.clock(), refused.sentence))
    except Exception:
        log.exception("work on cases failed", case_type=subject, work=id_)
        _end(services, id_, _ended(services.clock(), STOPPED))
    else:
        _end(services, id_, _done(services.clock(), result))
        log.info("work on cases done", case_type=subject, work=id_)


def _who(services: Services, session: Session, person_id: int | None) -> Viewer:
    person = session.get(Person, person_id) if person_id else None
    if person is None:
        return SYSTEM
    return auth.viewer_of(person, services.structure.current(session, journal.head(session)))


def _taken(services: Services) -> int | None:
    """The id of the work that this process got: of several that try, one. Most of the time nothing waits."""
    waits = (CaseWork.turn.is_not(None), CaseWork.beat_at.is_(None))
    with services.database.session() as session:
        found = session.scalars(select(CaseWork.id).where(*waits).order_by(CaseWork.id)).all()
    for id_ in found:
        taking = update(CaseWork).where(CaseWork.id == id_, *waits).values(beat_at=services.clock())
        with services.database.transaction() as session:
            if session.connection().execute(taking).rowcount == 1:
                return id_
    return None


@contextmanager
def _beating(services: Services, id_: int) -> Iterator[Callable[[float], None]]:
    """Say every second that the work goes on and how far it is; what tells it so does not wait for the database."""
    progress, over, ended = [0.0], threading.Event(), threading.Event()

    def beat() -> None:
        while not over.wait(BEAT_S):
            values = {"beat_at": services.clock(), "progress": min(max(progress[0], 0.0), 1.0)}
            beating = update(CaseWork).where(CaseWork.id == id_, CaseWork.turn.is_not(None)).values(values)
            with suppress(OperationalError), services.database.transaction() as session:
                if session.connection().execute(beating).rowcount == 0:
                    ended.set()

    def tell(share: float) -> None:
        if ended.is_set():
            raise Conflict(CANCELLED)
        progress[0] = share

    thread = threading.Thread(target=beat, name="case work", daemon=True)
    thread.start()
    try:
        yield tell
    finally:
        over.set()
        thread.join()


def _end(services: Services, id_: int, values: dict[str, Any]) -> None:
    with services.database.transaction() as session:
        _ends(session, id_, values)


def _ends(session: Session, id_: int, values: dict[str, Any]) -> bool:
    """Once: whatever has ended stays as it is."""
    ending = update(CaseWork).where(CaseWork.id == id_, CaseWork.turn.is_not(None)).values(values)
    return session.connection().execute(ending).rowcount == 1


def _done(now: datetime, result: dict[str, Any]) -> dict[str, Any]:
    return _ended(now, "") | {"progress": 1.0, "result": result}


def _ended(now: datetime, error: str) -> dict[str, Any]:
    parts = (error.message, error.values) if isinstance(error, Sentence) else (error, {})
    told = {"message": parts[0], "values": {name: str(value) for name, value in parts[1].items()}}
    return {"turn": None, "file": None, "ended_at": now, "error": told if error else None}


def _end_stopped(session: Session, now: datetime) -> None:
    """What was not seen going on for a while makes room."""
    stopped = (CaseWork.turn.is_not(None), CaseWork.beat_at < now - STALE)
    session.execute(update(CaseWork).where(*stopped).values(_ended(now, STOPPED)))


def _forget_old(session: Session, kind: str, subject: str) -> None:
    same = (CaseWork.kind == kind, CaseWork.subject == subject)
    old = session.scalars(select(CaseWork).where(*same).order_by(CaseWork.id.desc()).offset(KEPT)).all()
    for work in old:
        session.delete(work)


class Worker:
    """A thread that looks whether work waits, in each process that serves pages.

    Args:
        pause_s: between two looks, in seconds; each pause is up to half as long again, so that processes spread out.
    """

    def __init__(self, services: Services, pause_s: float = 1.0) -> None:
        self._services, self._pause_s = services, pause_s
        self._thread = threading.Thread(target=self._turn, name="case work", daemon=True)

    def start(self) -> None:
        """Begin to look, where this node does jobs."""
        if self._services.config.jobs:
            self._thread.start()

    def _turn(self) -> None:
        pause = threading.Event()
        while not pause.wait(self._pause_s * random.uniform(1, 1.5)):  # noqa: S311 - nothing secret
            try:
                do_waiting(self._services, self._apart)
            except Exception:
                log.exception("work on cases could not be looked at")

    def _apart(self, id_: int) -> None:
        """A process of its own: it takes the interpreter of nobody who waits for a page, and gives its memory back."""
        environment = {
            **os.environ,
            "KALAUZ_DATA": str(self._services.config.data),
            "KALAUZ_SEMANTIC": "off",  # nothing of it is needed, and it is large
        }
        command = [sys.executable, "-m", "kb", "cases", "work", str(id_)]
        subprocess.run(command, env=environment, check=False)  # noqa: S603 - this program, with a number
