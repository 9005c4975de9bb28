"""Tables that wait between the steps of an import: on this node's disk, each for one person, under no name to guess."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cbr.plain import Plain
from kb.errors import N_, NotFound

KEPT = timedelta(days=1)
_TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")


@dataclass(frozen=True)
class Waiting:
    """A table that waits.

    Args:
        token: its name.
        told: plain data beside it: what it was called, what its columns are for.
    """

    token: str
    told: Mapping[str, Plain]
    path: Path

    @property
    def data(self) -> bytes:
        """The table itself."""
        return self.path.read_bytes()


class WaitingFiles:
    """The tables that wait on this node.

    Args:
        folder: made when the first one comes.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, data: bytes, told: Mapping[str, Plain], person_id: int | None, now: datetime) -> str:
        """Keep a table for somebody; returns its name."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        token = secrets.token_urlsafe(16)
        self._written(token, "csv", data)
        self.tell(token, told, person_id, now)
        return token

    def tell(self, token: str, told: Mapping[str, Plain], person_id: int | None, now: datetime) -> None:
        """Keep something else beside a table."""
        note = {"person": person_id, "at": now.isoformat(), "told": told}
        self._written(token, "json", json.dumps(note).encode())

    def of(self, token: str, person_id: int | None) -> Waiting:
        """The table of this name. Raises `NotFound`: there is none, or none any more, or it is somebody else's."""
        note = self._note(token)
        path = self._folder / f"{token}.csv"
        if note is None or note["person"] != person_id or not path.exists():
            raise NotFound(N_("This table is not here any more. Upload it again."))
        return Waiting(token, note["told"], path)

    def drop(self, token: str) -> None:
        """Forget a table."""
        for kind in ("csv", "json"):
            (self._folder / f"{token}.{kind}").unlink(missing_ok=True)

    def forget_old(self, now: datetime) -> None:
        """Forget those that nobody came back to."""
        for path in self._folder.glob("*.csv"):
            note = self._note(path.stem)
            if note is None or datetime.fromisoformat(note["at"]) < now - KEPT:
                self.drop(path.stem)

    def _note(self, token: str) -> dict[str, Plain] | None:
        if not _TOKEN.fullmatch(token):
            return None
        try:
            note: dict[str, Plain] = json.loads((self._folder / f"{token}.json").read_bytes())
        except (FileNotFoundError, ValueError):
            return None
        return note

    def _written(self, token: str, kind: str, data: bytes) -> None:
        """Whole or not at all, and readable for the service alone."""
        new = self._folder / f"{token}.{kind}.new"
        new.touch(mode=0o600)
        new.write_bytes(data)
        new.replace(self._folder / f"{token}.{kind}")
