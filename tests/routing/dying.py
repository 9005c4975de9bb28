"""A process that takes an offered contact, and is killed before that is kept: for the tests of faults.

Its arguments: the address of the database, and the id of the contact.
"""

from __future__ import annotations

import sys

from kb.db import Database
from routing import contacts
from tests.conftest import START
from tests.processes import say_and_hang
from tests.routing import stage


def main(database_url: str, contact_id: int) -> None:
    """Take it, and hang before the commit."""
    with Database(database_url).transaction() as session:
        by = stage.viewer(session, "agent")
        contacts.accept(session, contacts.held(session, contact_id), by=by, now=START)
        session.flush()
        say_and_hang("taken")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
