"""Another process that imports three cases and stops after the second, to be killed: ``python -m ... URL``."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager
from subprocess import Popen

from cbr import importing, landing
from cbr.import_rows import Plan
from cbr.tables import read_table
from kb.db import Database
from kb.permissions import SYSTEM
from tests.conftest import START
from tests.processes import python, say_and_hang

TABLE = b"abroad,used,what\nyes,1,Roam.\nno,2,Pay.\nyes,3,Wait.\n"


def started(url: str) -> AbstractContextManager[Popen[str]]:
    """This module in a process of its own; killed at the end."""
    return python("-m", __name__, url)


def main(url: str) -> None:
    landing.WRITTEN_AT_ONCE = 1
    steps = iter(range(9))

    def stop_after_two(_rows: int) -> None:
        if next(steps) == 2:
            say_and_hang("hanging")

    plan = Plan("phones", solution=("what",))
    importing.import_cases(
        Database(url), read_table(TABLE), plan, by=SYSTEM, now=START, progress=stop_after_two
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
