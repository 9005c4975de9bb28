"""What each column of a table is for, guessed and then corrected by people: facts, texts, a key, or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import NamedTuple

from cbr.case_type import KEY, CaseType, Kind
from cbr.case_types import RESERVED
from cbr.guessing import guess_attribute
from cbr.import_rows import Plan
from cbr.models import CaseState
from cbr.plain import Plain
from cbr.tables import Table
from kb.errors import N_, Invalid


class Role(StrEnum):
    """What a column is for."""

    FACT = "fact"
    SOLUTION = "solution"
    PROBLEM = "problem"
    TITLE = "title"
    ARTICLE = "article"
    KEY = "key"
    OUT = "out"


ONE_COLUMN = (Role.ARTICLE, Role.KEY)
"""Roles of which a file has one column."""

HEADINGS: Mapping[Role, frozenset[str]] = {
    Role.SOLUTION: frozenset(
        "solution solutions resolution fix remedy answer what_to_do megoldas megoldasok teendo losning losningar "
        "atgard reshenie resheniia".split()
    ),
    Role.PROBLEM: frozenset(
        "problem description ticket question complaint hiba leiras panasz kerdes beskrivning arende fraga opisanie "
        "problema vopros zhaloba".split()
    ),
    Role.TITLE: frozenset("title subject cim targy rubrik amne zagolovok tema".split()),
    Role.ARTICLE: frozenset("article article_key cikk artikel statia".split()),
    Role.KEY: frozenset("id key case_id no number azonosito kulcs sorszam nummer nomer kliuch".split()),
}
"""Keys of headings, in the four languages, that say what a column is for."""


@dataclass(frozen=True)
class Use:
    """What a column is for.

    Args:
        key: of the attribute, for facts.
        kind: of the attribute, where it is made.
        name: of the attribute, where it is made.
    """

    role: Role
    key: str = ""
    kind: Kind = Kind.CATEGORY
    name: str = ""


class Arranged(NamedTuple):
    """A table with facts under the keys of their attributes.

    Args:
        case_type: what a new one is made of; None where there is one.
    """

    table: Table
    plan: Plan
    case_type: CaseType | None


@dataclass(frozen=True)
class Arrangement:
    """How a table becomes cases.

    Args:
        key: of the case type.
        name: of a new case type, "" where there is one already.
        uses: key of a column -> what it is for.
        language, audience, state: as a `Plan` has them.
    """

    key: str
    name: str = ""
    uses: Mapping[str, Use] = field(default_factory=dict)
    language: str = "en"
    audience: str = ""
    state: str = CaseState.SOLVED

    def problems(self) -> dict[str, str]:
        """What is wrong, by column; "" for the whole."""
        found: dict[str, str] = {}
        keys: dict[str, str] = {}
        for column, use in self.uses.items():
            if use.role == Role.FACT and not KEY.fullmatch(use.key):
                found[column] = N_("A key has small letters, digits, - and _, at most 64.")
            elif use.role == Role.FACT and use.key.startswith(RESERVED):
                found[column] = N_("No key begins with %(start)s.", start=RESERVED)
            elif use.role == Role.FACT and use.key in keys:
                found[column] = N_("Two columns are for %(key)s.", key=use.key)
            elif use.role in ONE_COLUMN and use.role in keys:
                found[column] = N_("Another column is for this already.")
            keys[use.key if use.role == Role.FACT else use.role] = column
        if not {Role.FACT, Role.PROBLEM} & {use.role for use in self.uses.values()}:
            found[""] = N_("Choose at least one column that says something of the problem.")
        return found

    def of(self, table: Table) -> Arranged:
        """The table so arranged. Raises `Invalid`: column -> what is wrong."""
        if problems := self.problems():
            raise Invalid(problems)
        kept = {
            column: use
            for column, use in self.uses.items()
            if use.role != Role.OUT and column in table.columns
        }
        # What is no fact gets a key that no attribute can have.
        keys = {
            column: use.key if use.role == Role.FACT else f"{RESERVED}{column}"
            for column, use in kept.items()
        }
        arranged = replace(
            table,
            names={keys[column]: table.names[column] for column in kept},
            columns={keys[column]: table.columns[column] for column in kept},
        )

        def columns(role: Role) -> tuple[str, ...]:
            return tuple(keys[column] for column, use in kept.items() if use.role == role)

        plan = Plan(
            self.key,
            solution=columns(Role.SOLUTION),
            problem=columns(Role.PROBLEM),
            title=columns(Role.TITLE),
            article="".join(columns(Role.ARTICLE)),
            row_key="".join(columns(Role.KEY)),
            language=self.language,
            audience=self.audience,
            state=self.state,
        )
        return Arranged(arranged, plan, self._case_type(arranged) if self.name else None)

    def _case_type(self, arranged: Table) -> CaseType:
        attributes = [
            guess_attribute(
                use.key, arranged.columns[use.key], name=use.name, language=self.language, kind=use.kind
            )
            for use in self.uses.values()
            if use.role == Role.FACT and use.key in arranged.columns
        ]
        return CaseType(self.key, tuple(attributes), {self.language: self.name})

    def to_plain(self) -> dict[str, Plain]:
        """As plain data; `read_arrangement` reads it back."""
        uses = {
            column: {"role": use.role.value, "key": use.key, "kind": use.kind.value, "name": use.name}
            for column, use in self.uses.items()
        }
        texts = ("key", "name", "language", "audience", "state")
        return {"uses": uses} | {name: str(getattr(self, name)) for name in texts}


def read_arrangement(data: Mapping[str, Plain]) -> Arrangement:
    """An arrangement from the plain data that it was written as."""
    uses = {
        column: Use(Role(use["role"]), use["key"], Kind(use["kind"]), use["name"])
        for column, use in data["uses"].items()
    }
    return Arrangement(**{**data, "uses": uses})


def guess_arrangement(
    table: Table, key: str, *, name: str = "", language: str = "en", case_type: CaseType | None = None
) -> Arrangement:
    """What each column seems to be for.

    Args:
        case_type: whose attributes the facts are of; None to make one.
    """
    guess = _Guess(table, language, case_type)
    uses: dict[str, Use] = {}
    for column in table.columns:
        use = guess.use(column)
        if use.role in ONE_COLUMN and use.role in {one.role for one in uses.values()}:
            use = replace(use, role=Role.OUT)
        uses[column] = use
    return Arrangement(key, name, uses, language)


class _Guess:
    def __init__(self, table: Table, language: str, case_type: CaseType | None) -> None:
        self._table, self._language, self._case_type = table, language, case_type
        attributes = case_type.attributes if case_type else ()
        self._named = {name.casefold(): one.key for one in attributes for name in one.names.values()}

    def use(self, column: str) -> Use:
        by_heading = next((role for role, words in HEADINGS.items() if column in words), None)
        if self._case_type is None:
            return self._fresh(column, by_heading)
        known = column if column in self._case_type.by_key else ""
        key = known or self._named.get(self._table.names[column].casefold(), "")
        return Use(Role.FACT, key) if key else Use(by_heading or Role.OUT)

    def _fresh(self, column: str, by_heading: Role | None) -> Use:
        heading = self._table.names[column]
        guessed = guess_attribute(column, self._table.columns[column], name=heading, language=self._language)
        role = by_heading or (_of_text(column) if guessed.kind == Kind.TEXT else Role.FACT)
        if role == Role.FACT and not guessed.weight:
            role = Role.OUT  # it says nothing: empty, everywhere the same, or different in each row
        key = column if KEY.fullmatch(column) else ""
        return Use(role, key, guessed.kind, guessed.names.get(self._language, heading))


def _of_text(column: str) -> Role:
    """What a column of sentences is for, by any word of its heading."""
    words = set(column.split("_"))
    found = (role for role in (Role.SOLUTION, Role.PROBLEM, Role.TITLE) if words & HEADINGS[role])
    return next(found, Role.PROBLEM)
