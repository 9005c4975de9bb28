"""Cases out of tables: the whole file in one transaction, or nothing of it; twice is the same as once.

A row is known again by its key, or by its content where the file has none. What the file says of a case as it did
before leaves alone what people have changed here since.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from cbr.case_type import KEY, CaseType
from cbr.case_types import MAY_SHAPE, audience_faults, create, schema_of
from cbr.cases import LONGEST_KEY, content_key
from cbr.columns import read_columns
from cbr.contents import Content, digest, read_content
from cbr.guessing import guess_case_type
from cbr.models import Case, CaseLink, CaseState, CaseTypeRow
from cbr.tables import MOST_FAULTS, Fault, Table
from cbr.values import write_value
from kb import texts
from kb.db import Database
from kb.errors import N_, Invalid
from kb.models import Article
from kb.permissions import require
from kb.viewers import Viewer

FLUSHED_AT_ONCE = 1000
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


class _Row(NamedTuple):
    line: int
    key: str
    content: Content
    times: int


def import_cases(
    database: Database,
    table: Table,
    plan: Plan,
    *,
    by: Viewer,
    now: datetime,
    dry_run: bool = False,
    progress: Callable[[int], None] = lambda rows: None,
) -> Report:
    """Bring the rows of a table in.

    Args:
        dry_run: find out what would happen and leave everything as it is.
        progress: told how many more rows are done.

    Raises:
        Invalid: the plan names a column, an audience, a language or a state that there is not.
    """
    require(by, MAY_SHAPE)
    started = time.perf_counter()
    _check(table, plan)
    with database.session(write=True) as session:
        session.info.update(actor_id=by.person_id or None, actor=by.name)
        row = session.scalars(select(CaseTypeRow).where(CaseTypeRow.key == plan.key)).first()
        case_type = schema_of(row) if row else guessed(table, plan)
        report = Report(case_type, row is None, faults=list(table.faults))
        report.refused = sum(not fault.kept for fault in table.faults)
        audience = plan.audience or (row.audience if row else "agent")
        if faults := audience_faults(session, audience, by):
            raise Invalid(faults)
        articles = set(session.scalars(select(Article.key))) if plan.article else set[str]()
        session.rollback()  # reading the rows takes a while, and keeps nobody waiting
        rows = _rows(table, plan, case_type, audience, articles, report)
        row = session.scalars(select(CaseTypeRow).where(CaseTypeRow.key == plan.key)).first()
        row = row or create(session, case_type, audience=audience, by=by, now=now)
        _Run(session, row, plan, audience, report, by, now).take(rows, progress)
        session.rollback() if dry_run else session.commit()
    report.faults = sorted(report.faults)[:MOST_FAULTS]
    report.seconds = time.perf_counter() - started
    return report


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
) -> list[_Row]:
    """The rows that can be kept, each different one once; what is wrong with the others goes to the report."""
    rows: dict[str, _Row] = {}
    for line, name, content in _contents(table, plan, case_type, articles, report):
        key = name or content_key(content, audience)
        held = rows.get(key)
        if held is None:
            rows[key] = _Row(line, key, content, 1)
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
        report.faults.append(Fault(table.lines[at], f"{table.names.get(key, key)}: {sentence}", True))
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
            report.faults.append(Fault(line, sentence, True))
            content = replace(content, article="")
        name = table.columns[plan.row_key][at].strip() if plan.row_key else ""
        if sentence := _problem(content, name):
            report.refused += 1
            report.faults.append(Fault(line, sentence, False))
        else:
            yield line, name[:LONGEST_KEY] if len(name) <= LONGEST_KEY else digest(name), content


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

    def take(self, rows: Sequence[_Row], progress: Callable[[int], None]) -> None:
        for start in range(0, len(rows), FLUSHED_AT_ONCE):
            batch = rows[start : start + FLUSHED_AT_ONCE]
            held = self._held([row.key for row in batch])
            for row in batch:
                self._take(row, held.get(row.key))
            self._session.flush()
            self._session.expunge_all()  # written: thousands of rows need not be looked at again with each flush
            self._session.add(self._row)
            progress(sum(row.times for row in batch))

    def _held(self, keys: Sequence[str]) -> Mapping[str, Case]:
        query = select(Case).where(Case.case_type_id == self._row.id, Case.key.in_(keys))
        return {case.key: case for case in self._session.scalars(query.options(selectinload(Case.links)))}

    def _take(self, row: _Row, held: Case | None) -> None:
        imported = digest(row.content.hash, row.times)
        if held is not None and held.imported_hash in ("", imported):
            self._report.unchanged += 1
            held.imported_hash = imported
            return
        case = held or Case(
            case_type_id=self._row.id,
            key=row.key,
            audience=self._audience,
            source="import",
            created_at=self._now,
        )
        self._fill(case, row, imported, held is not None)
        if held is None:
            self._session.add(case)
            self._report.created += 1
        else:
            self._report.updated += 1

    def _fill(self, case: Case, row: _Row, imported: str, is_there: bool) -> None:
        content = row.content
        case.facts, case.problem, case.language = dict(content.facts), content.problem, content.language
        case.title, case.solution, case.article = content.title, content.solution, content.article
        case.solution_key, case.count, case.imported_hash = content.solution_key, row.times, imported
        if case.state != CaseState.RETIRED:
            case.state = CaseState(self._plan.state) if content.solution_key else CaseState.OPEN
        confirmed = case.state == CaseState.CONFIRMED
        case.confirmed_at = self._now if confirmed else None
        case.author_id = self._by.person_id or None
        case.changed_at = self._now
        wanted = content.all_links
        if wanted or is_there:
            held = {link.key: link for link in case.links}
            case.links = [held.get(key) or CaseLink(key=key) for key in wanted]
