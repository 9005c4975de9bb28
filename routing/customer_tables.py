"""Customers out of a table: one a row, known by their key; a row that cannot be taken is named, and reading goes on.

The columns `key`, `name` and `language` say what they are called; `address`, `phone` and `mail`, and all that begin
with one of these, are numbers and addresses, several of them with ";" between. Every other column is a fact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from sqlalchemy.orm import Session

from cbr.tables import MOST_FAULTS, Fault, Table
from kb.db import Database
from kb.errors import N_, Conflict, Invalid
from kb.viewers import Viewer
from routing import customers
from routing.customers import Known
from routing.permissions import require_bringer

ADDRESSES = ("address", "phone", "mail", "email")
IN_ONE_GO = 200


@dataclass
class Report:
    """What became of a table.

    Args:
        taken: customers that are new or changed.
        same: those about whom nothing is new.
        faults: of lines that were left out, or read with a doubt.
        left_out: how many rows were.
    """

    taken: int = 0
    same: int = 0
    left_out: int = 0
    faults: list[Fault] = field(default_factory=list)

    def fault(self, line: int, sentence: str, column: str = "") -> None:
        """A row is left out."""
        self.left_out += 1
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(Fault(line, sentence, False, column))


def take_in(
    database: Database,
    table: Table,
    *,
    by: Viewer,
    now: datetime,
    progress: Callable[[int], object] = lambda rows: None,
) -> Report:
    """Take all rows in; run again, it changes only what is new.

    Args:
        progress: called with how many rows more are done.

    Raises:
        Invalid: "file" -> there is no column `key`.
        NotAllowed: not for this viewer.
    """
    require_bringer(by)
    if "key" not in table.names:
        raise Invalid({"file": N_("It needs a column “key”: by what another system knows a customer.")})
    report = Report(faults=list(table.faults))
    waiting = _rows(table)
    while rows := [*islice(waiting, IN_ONE_GO)]:
        with database.transaction(actor_id=by.person_id, actor=by.name) as session:
            for line, known in rows:
                _take(session, line, known, report, by, now)
        progress(len(rows))
    return report


def _take(session: Session, line: int, known: Known, report: Report, by: Viewer, now: datetime) -> None:
    try:
        _, is_new = customers.put(session, known, by=by, now=now)
    except Invalid as refused:
        column, sentence = next(iter(refused.fields.items()))
        report.fault(line, sentence, column)
    except Conflict as refused:
        report.fault(line, refused.sentence)
    else:
        report.taken += is_new
        report.same += not is_new


def _rows(table: Table) -> Iterator[tuple[int, Known]]:
    named = {"key", "name", "language"} & set(table.names)
    addresses = [name for name in table.names if name not in named and name.startswith(ADDRESSES)]
    facts = [name for name in table.names if name not in named and name not in addresses]
    for place, line in enumerate(table.lines):
        texts = {name: column[place].strip() for name, column in table.columns.items()}
        written = [one for name in addresses for one in texts[name].split(";") if one.strip()]
        known = {name: texts[name] for name in facts if texts[name]}
        yield line, Known(**{name: texts[name] for name in named}, facts=known, addresses=written)
