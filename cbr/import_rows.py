"""The rows of a table as cases: what can be kept, each different row once, and what is wrong with the others."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import NamedTuple

from cbr.case_type import CaseType
from cbr.cases import KEY as CASE_KEY
from cbr.cases import content_key
from cbr.columns import read_columns
from cbr.contents import Content, digest, read_content
from cbr.models import CaseState
from cbr.readable import in_steps
from cbr.tables import Fault, Table
from cbr.values import write_value
from kb import texts
from kb.errors import N_, Invalid

READ_AT_ONCE = 2000
REMEMBERED = 10_000
"""So many texts are not looked at again where another row has them, too."""

Progress = Callable[[int], object]


def untold(_rows: int) -> None:
    """For those whom nobody tells how far it is."""


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


def read_rows(
    table: Table,
    plan: Plan,
    case_type: CaseType,
    audience: str,
    articles: Collection[str],
    report: Report,
    progress: Progress = untold,
) -> list[Row]:
    """The rows that can be kept, each different one once; what is wrong with the others goes to the report.

    Args:
        articles: the keys of those that there are.
        progress: told how many more rows are read.
    """
    rows: dict[str, Row] = {}
    for line, name, content in _contents(table, plan, case_type, articles, report, progress):
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
    table: Table,
    plan: Plan,
    case_type: CaseType,
    articles: Collection[str],
    report: Report,
    progress: Progress,
) -> Iterator[tuple[int, str, Content]]:
    """Line, key and content of each row that can be read. A value that does not fit is left out, and said."""
    reading = _Reading(table, plan, case_type, articles, report)
    for start in range(0, len(table), READ_AT_ONCE):
        rows = range(start, min(start + READ_AT_ONCE, len(table)))
        yield from reading.of(rows)
        progress(len(rows))


class _Reading:
    """One table: what its rows have in common is looked at once."""

    def __init__(
        self, table: Table, plan: Plan, case_type: CaseType, articles: Collection[str], report: Report
    ) -> None:
        self._table, self._plan, self._case_type = table, plan, case_type
        self._articles, self._report = articles, report
        self._kinds = {key: one.kind for key, one in case_type.by_key.items() if key in table.columns}
        self._in_steps = lru_cache(REMEMBERED)(in_steps)
        self._problem_of = lru_cache(REMEMBERED)(texts.problem)

    def of(self, rows: range) -> Iterator[tuple[int, str, Content]]:
        """Some of its rows, by their places."""
        table = self._table
        raw = [{key: table.columns[key][at] for key in self._kinds} for at in rows]
        columns, unfit = read_columns(self._case_type, raw)
        for at, key, sentence in unfit:
            fault = Fault(table.lines[rows[at]], sentence, True, table.names.get(key, key))
            self._report.faults.append(fault)
        for place, at in enumerate(rows):
            facts = {
                key: write_value(value, kind)
                for key, kind in self._kinds.items()
                if (value := columns[key][place]) is not None
            }
            content = self._content(at, facts)
            name = table.columns[self._plan.row_key][at].strip() if self._plan.row_key else ""
            if sentence := self._problem(content, name):
                self._report.refused += 1
                self._report.faults.append(Fault(table.lines[at], sentence, False))
            else:
                known_by = name if not name or CASE_KEY.fullmatch(name) else digest(name)
                yield table.lines[at], known_by, content

    def _content(self, at: int, facts: dict[str, object]) -> Content:
        table, plan = self._table, self._plan
        article = table.columns[plan.article][at].strip() if plan.article else ""
        if article and article not in self._articles:
            sentence = N_("There is no article %(key)s.", key=article)
            fault = Fault(table.lines[at], sentence, True, table.names[plan.article])
            self._report.faults.append(fault)
            article = ""
        title = " ".join(_text(table, plan.title, at).split())
        title, solution = self._in_steps(title, _text(table, plan.solution, at))
        return Content(facts, _text(table, plan.problem, at), title, solution, article, plan.language)

    def _problem(self, content: Content, name: str) -> str:
        """Why a row cannot be kept; "" where it can."""
        stored = [name, *(value for value in content.facts.values() if isinstance(value, str))]
        for text in stored:
            if reason := self._problem_of(text):
                return reason
        try:
            read_content(CaseType("any", ()), replace(content, facts={}))
        except Invalid as refused:
            return "; ".join(f"{name}: {reason}" for name, reason in refused.fields.items())
        return "" if content.facts or content.problem else N_("This row says nothing of the problem.")


def _text(table: Table, columns: Sequence[str], at: int) -> str:
    return "\n\n".join(text for column in columns if (text := table.columns[column][at].strip()))
