"""Cases out of tables: the whole file in one transaction, or nothing of it; twice is the same as once.

A row is known again by its key, or by its content where the file has none. What the file says of a case as it did
before leaves alone what people have changed here since.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal, NamedTuple

from sqlalchemy import insert, select
from sqlalchemy.orm import Session, selectinload

from cbr.case_type import KEY, CaseType
from cbr.case_types import MAY_SHAPE, audience_faults, belongs, create, schema_of
from cbr.cases import KEY as CASE_KEY
from cbr.cases import content_key
from cbr.columns import read_columns
from cbr.contents import Content, digest, read_content
from cbr.guessing import guess_case_type
from cbr.models import Case, CaseLink, CaseState, CaseTypeRow
from cbr.tables import MOST_FAULTS, Fault, Table
from cbr.values import write_value
from kb import many, texts
from kb.db import Database
from kb.errors import N_, Invalid, NotFound
from kb.models import Article
from kb.permissions import require
from kb.viewers import Viewer

FLUSHED_AT_ONCE = 1000
Outcome = Literal["created", "updated", "unchanged", "refused"]
STATES = (CaseState.SOLVED, CaseState.CONFIRMED)


@dataclass(frozen=True)
class Plan:
    """What is what in a file.

    Args:
        key: of the case type; it is made, with guessed attributes, where there is none.
        solution, problem, title: columns of texts; several of one become paragraphs.
        article: the column with the key of an article.
        row_key: the column that names a row for ever; "" for none.
        exclude: columns that are left out.
        language: of the texts and headings.
        audience: who may read the cases; the case type's if not given, and agents for a new one.
        state: solved, to be confirmed by people, or confirmed.
    """

    key: str
    solution: tuple[str, ...] = ()
    problem: tuple[str, ...] = ()
    title: tuple[str, ...] = ()
    article: str = ""
    row_key: str = ""
    exclude: tuple[str, ...] = ()
    language: str = "en"
    audience: str = ""
    state: str = CaseState.SOLVED

    @property
    def no_attributes(self) -> frozenset[str]:
        """The columns that are no facts."""
        named = (*self.solution, *self.problem, *self.title, *self.exclude, self.article, self.row_key)
        return frozenset(named) - {""}


@dataclass
class Report:
    """What an import did, or would do.

    Args:
        case_type: the type; guessed where `is_new`.
        repeated: rows that said the same as another row: one case, counted.
        faults: of lines, sorted; at most `MOST_FAULTS`.
    """

    case_type: CaseType
    is_new: bool
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    repeated: int = 0
    refused: int = 0
    faults: list[Fault] = field(default_factory=list)
    seconds: float = 0.0


class Row(NamedTuple):
    """A row that can be kept.

    Args:
        line: where it stands first.
        key: of its case.
        times: how often the file has it.
    """

    line: int
    key: str
    content: Content
    times: int


def look(
    session: Session, table: Table, plan: Plan, *, by: Viewer, case_type: CaseType | None = None
) -> tuple[Report, list[Row]]:
    """What an import would do, and the rows as it would keep them; nothing is written. See `import_cases`."""
    report, audience, articles = _begun(session, table, plan, case_type, by)
    rows = _rows(table, plan, report.case_type, audience, articles, report)
    known: dict[str, _Held] = {}
    held = (
        select(Case.key, Case.audience, Case.imported_hash)
        .join(CaseTypeRow)
        .where(CaseTypeRow.key == plan.key)
    )
    for start in range(0, len(rows), FLUSHED_AT_ONCE):
        keys = [row.key for row in rows[start : start + FLUSHED_AT_ONCE]]
        found = session.execute(held.where(Case.key.in_(keys)))
        known |= {case.key: _Held(case.audience, case.imported_hash) for case in found}
    for row in rows:
        _counted(report, row, known.get(row.key), by)
    report.faults = sorted(report.faults)[:MOST_FAULTS]
    return report, rows


def import_cases(
    database: Database,
    table: Table,
    plan: Plan,
    *,
    by: Viewer,
    now: datetime,
    case_type: CaseType | None = None,
    dry_run: bool = False,
    progress: Callable[[int], None] = lambda rows: None,
) -> Report:
    """Bring the rows of a table in.

    Args:
        case_type: what a new case type is; guessed if not given, and of no use where there is one already.
        dry_run: find out what would happen and leave everything as it is.
        progress: told how many more rows are done.

    Raises:
        Invalid: the plan names a column, an audience, a language or a state that there is not.
        NotFound: the case type is for others.
    """
    started = time.perf_counter()
    with database.session(write=True) as session:
        session.info.update(actor_id=by.person_id or None, actor=by.name)
        report, audience, articles = _begun(session, table, plan, case_type, by)
        session.rollback()  # reading the rows takes a while, and keeps nobody waiting
        rows = _rows(table, plan, report.case_type, audience, articles, report)
        row = _row_of(session, plan)
        row = row or create(session, report.case_type, audience=audience, by=by, now=now)
        _Run(session, row, plan, audience, report, by, now).take(rows, progress)
        session.rollback() if dry_run else session.commit()
    report.faults = sorted(report.faults)[:MOST_FAULTS]
    report.seconds = time.perf_counter() - started
    return report


def _begun(
    session: Session, table: Table, plan: Plan, case_type: CaseType | None, by: Viewer
) -> tuple[Report, str, Collection[str]]:
    """An empty report, whom the cases are for, and the articles that there are. Raises `Invalid`, `NotFound`."""
    require(by, MAY_SHAPE)
    _check(table, plan)
    row = _row_of(session, plan)
    if row and not belongs(by, row.audience):
        raise NotFound(N_("There is no case type %(key)s.", key=plan.key))
    of_cases = schema_of(row) if row else case_type or guessed(table, plan)
    report = Report(of_cases, row is None, faults=list(table.faults))
    report.refused = sum(not fault.kept for fault in table.faults)
    audience = plan.audience or (row.audience if row else "agent")
    if faults := audience_faults(session, audience, by):
        raise Invalid(faults)
    articles = set(session.scalars(select(Article.key))) if plan.article else set[str]()
    return report, audience, articles


def _row_of(session: Session, plan: Plan) -> CaseTypeRow | None:
    return session.scalars(select(CaseTypeRow).where(CaseTypeRow.key == plan.key)).first()


def guessed(table: Table, plan: Plan) -> CaseType:
    """The case type that a table seems to be of."""
    return guess_case_type(plan.key, table, exclude=plan.no_attributes, language=plan.language)


def _check(table: Table, plan: Plan) -> None:
    faults = {
        column: N_("There is no column %(key)s.", key=column)
        for column in plan.no_attributes
        if column not in table.columns
    }
    if not KEY.fullmatch(plan.key):
        faults["key"] = N_("A key has small letters, digits, - and _, at most 64.")
    if plan.state not in STATES:
        faults["state"] = N_("It can be one of these: %(words)s.", words=", ".join(STATES))
    if faults:
        raise Invalid(faults)


def _rows(
    table: Table,
    plan: Plan,
    case_type: CaseType,
    audience: str,
    articles: Collection[str],
    report: Report,
) -> list[Row]:
    """The rows that can be kept, each different one once; what is wrong with the others goes to the report."""
    rows: dict[str, Row] = {}
    for line, name, content in _contents(table, plan, case_type, articles, report):
        key = name or content_key(content, audience)
        held = rows.get(key)
        if held is None:
            rows[key] = Row(line, key, content, 1)
        elif held.content.hash == content.hash or not name:
            report.repeated += 1
            rows[key] = held._replace(times=held.times + 1)
        else:
            report.refused += 1
            sentence = N_("Line %(line)s has the same key and says something else.", line=held.line)
            report.faults.append(Fault(line, sentence, False))
    return list(rows.values())


def _contents(
    table: Table, plan: Plan, case_type: CaseType, articles: Collection[str], report: Report
) -> Iterator[tuple[int, str, Content]]:
    """Line, key and content of each row that can be read. A value that does not fit is left out, and said."""
    of_facts = {key: table.columns[key] for key in case_type.by_key if key in table.columns}
    raw = [dict(zip(of_facts, values, strict=True)) for values in zip(*of_facts.values(), strict=True)]
    raw = raw or [{} for _ in table.lines]
    columns, unfit = read_columns(case_type, raw)
    for at, key, sentence in unfit:
        report.faults.append(Fault(table.lines[at], sentence, True, table.names.get(key, key)))
    kinds = {key: case_type.by_key[key].kind for key in of_facts}
    for at, line in enumerate(table.lines):
        facts = {
            key: write_value(value, kind)
            for key, kind in kinds.items()
            if (value := columns[key][at]) is not None
        }
        content = Content(
            facts,
            _text(table, plan.problem, at),
            " ".join(_text(table, plan.title, at).split()),
            _text(table, plan.solution, at),
            table.columns[plan.article][at].strip() if plan.article else "",
            plan.language,
        )
        if content.article and content.article not in articles:
            sentence = N_("There is no article %(key)s.", key=content.article)
            report.faults.append(Fault(line, sentence, True, table.names[plan.article]))
            content = replace(content, article="")
        name = table.columns[plan.row_key][at].strip() if plan.row_key else ""
        if sentence := _problem(content, name):
            report.refused += 1
            report.faults.append(Fault(line, sentence, False))
        else:
            yield line, name if not name or CASE_KEY.fullmatch(name) else digest(name), content


def _text(table: Table, columns: Sequence[str], at: int) -> str:
    return "\n\n".join(text for column in columns if (text := table.columns[column][at].strip()))


def _problem(content: Content, name: str) -> str:
    """Why a row cannot be kept; "" where it can."""
    stored = [name, *(value for value in content.facts.values() if isinstance(value, str))]
    for text in stored:
        if reason := texts.problem(text):
            return reason
    try:
        read_content(CaseType("any", ()), replace(content, facts={}))
    except Invalid as refused:
        return "; ".join(f"{name}: {reason}" for name, reason in refused.fields.items())
    return "" if content.facts or content.problem else N_("This row says nothing of the problem.")


def _as_imported(row: Row) -> str:
    return digest(row.content.hash, row.times)


class _Held(NamedTuple):
    """The case that a row belongs to: for whom it is, and what the row said when it was imported last."""

    audience: str
    imported_hash: str


def _counted(report: Report, row: Row, held: _Held | None, by: Viewer) -> Outcome:
    """What becomes of a row, which the report tells."""
    outcome: Outcome = "created"
    if held is not None:
        outcome = "unchanged" if held.imported_hash in ("", _as_imported(row)) else "updated"
    if held is not None and not belongs(by, held.audience):
        outcome = "refused"
        sentence = N_("There is a case of this name that is not for you to change.")
        report.faults.append(Fault(row.line, sentence, False))
    setattr(report, outcome, getattr(report, outcome) + 1)
    return outcome


class _Run:
    """One import into the database."""

    def __init__(
        self,
        session: Session,
        row: CaseTypeRow,
        plan: Plan,
        audience: str,
        report: Report,
        by: Viewer,
        now: datetime,
    ) -> None:
        self._session, self._row, self._plan = session, row, plan
        self._audience, self._report, self._by, self._now = audience, report, by, now

    def take(self, rows: Sequence[Row], progress: Callable[[int], None]) -> None:
        for start in range(0, len(rows), FLUSHED_AT_ONCE):
            batch = rows[start : start + FLUSHED_AT_ONCE]
            held = self._held([row.key for row in batch])
            self._add([row for row in batch if not self._is_there(row, held.get(row.key))])
            self._session.flush()
            self._session.expunge_all()  # written: thousands of rows need not be looked at again with each flush
            self._session.add(self._row)
            progress(sum(row.times for row in batch))

    def _held(self, keys: Sequence[str]) -> Mapping[str, Case]:
        query = select(Case).where(Case.case_type_id == self._row.id, Case.key.in_(keys))
        return {case.key: case for case in self._session.scalars(query.options(selectinload(Case.links)))}

    def _is_there(self, row: Row, held: Case | None) -> bool:
        """Whether there is a case for a row, which is as the row says then; else it is yet to be added."""
        known = _Held(held.audience, held.imported_hash) if held else None
        outcome = _counted(self._report, row, known, self._by)
        if held is None or outcome == "refused":
            return held is not None
        if outcome == "unchanged":
            held.imported_hash = _as_imported(row)
            return True
        state = held.state if held.state == CaseState.RETIRED else None
        for name, value in self._columns(row, state).items():
            setattr(held, name, value)
        links = {link.key: link for link in held.links}
        held.links = [links.get(key) or CaseLink(key=key) for key in row.content.all_links]
        return True

    def _add(self, rows: Sequence[Row]) -> None:
        same = {
            "case_type_id": self._row.id,
            "audience": self._audience,
            "source": "import",
            "created_at": self._now,
        }
        ids = many.add(self._session, Case, [same | {"key": row.key} | self._columns(row) for row in rows])
        pairs = zip(ids, rows, strict=True)
        links = [{"case_id": id_, "key": key} for id_, row in pairs for key in row.content.all_links]
        if links:
            self._session.execute(insert(CaseLink), links)

    def _columns(self, row: Row, state: str | None = None) -> dict[str, Any]:
        """What a row says of its case.

        Args:
            state: which it has for ever; else what it says follows.
        """
        content = row.content
        state = state or (CaseState(self._plan.state) if content.solution_key else CaseState.OPEN)
        return {
            "facts": dict(content.facts),
            "problem": content.problem,
            "language": content.language,
            "title": content.title,
            "solution": content.solution,
            "article": content.article,
            "solution_key": content.solution_key,
            "count": row.times,
            "imported_hash": _as_imported(row),
            "state": state,
            "confirmed_at": self._now if state == CaseState.CONFIRMED else None,
            "author_id": self._by.person_id or None,
            "reviewer_id": None,
            "changed_at": self._now,
        }
