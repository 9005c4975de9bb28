"""An import of many rows as work beside the pages: what a table became, told with its lines."""

from __future__ import annotations

from typing import Any

from cbr.arranging import read_arrangement
from cbr.background import KINDS, Kind, Work, gently
from cbr.case_types import MAY_SHAPE
from cbr.import_rows import Report
from cbr.importing import import_cases
from cbr.plain import Plain
from cbr.tables import Fault, read_table
from kb.errors import Sentence

IMPORT = "import"


def take_in(work: Work) -> dict[str, Any]:
    """Bring in the file that was arranged on the pages, all of it or nothing."""
    arranged = read_arrangement(work.asked)
    table, plan, case_type = gently(lambda: arranged.of(read_table(work.file or b"")))
    done = 0

    def tell(rows: int) -> None:
        nonlocal done
        done += rows
        work.tell(done / max(2 * len(table), 1))

    report = import_cases(
        work.services.database,
        table,
        plan,
        by=work.by,
        now=work.services.clock(),
        case_type=case_type,
        progress=tell,
        read=gently,
        landing=lambda session, so_far: work.end(session, told_of(so_far)),
    )
    return told_of(report)


def told_of(report: Report) -> dict[str, Plain]:
    """A report as plain data; `faults_of` reads its faults."""
    numbers = ("is_new", "created", "updated", "unchanged", "repeated", "refused", "seconds")
    return {name: getattr(report, name) for name in numbers} | {
        "faults": [_plain(one) for one in report.faults]
    }


def faults_of(told: dict[str, Plain]) -> list[Fault]:
    """The faults of a report that was kept."""
    return [
        Fault(one["line"], Sentence(one["message"], one["values"]), one["kept"], one["column"])
        for one in told["faults"]
    ]


def _plain(fault: Fault) -> dict[str, Plain]:
    sentence = fault.sentence
    message, values = (
        (sentence.message, sentence.values) if isinstance(sentence, Sentence) else (sentence, {})
    )
    return {
        "line": fault.line,
        "column": fault.column,
        "kept": fault.kept,
        "message": message,
        "values": {name: str(value) for name, value in values.items()},
    }


KINDS[IMPORT] = Kind(MAY_SHAPE, take_in)
