"""What an archive is: its members, its manifest, which tables are in it and which are not.

    manifest.json            format, versions, when it was made, counts, size and SHA-256 of every other member
    tables/<table>.jsonl     one row a line: {"column": value}, columns sorted, moments in ISO 8601 and UTC
    attachments/<sha256>     the bytes of a file, once per content

The schema says what is in it: a new table is included by itself, unless it is named here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Connection, Table, text

import authoring.models  # noqa: F401 - its tables are part of the schema
from kb.db import Base
from kb.errors import KalauzError
from kb.models import AttachmentContent

FORMAT = "kalauz-archive"
FORMAT_VERSION = 1
MANIFEST = "manifest.json"
CONTENTS = AttachmentContent.__tablename__
"""The one table that is no lines: its rows are the members attachments/<sha256>."""

LEFT_OUT: Mapping[str, str] = {
    "alarm": "as the contact that it is about",
    "api_key": "the way in of a machine: like passwords, the secrets stay behind, and a key is nothing without one",
    "arrival_record": "counts for planning: uploaded again where they matter",
    "asked_question": "what readers asked: kept for a while where they asked it, and nowhere else",
    "case_work": "what is being worked on: asked for again where it matters",
    "contact": "what customers got in touch about: it belongs to the floor on which it happened",
    "contact_event": "what happened to a contact: as the contact",
    "crawled_page": "read again from its sitemap",
    "customer": "what another system knows of customers: brought again from there",
    "customer_address": "as the customer that it leads to",
    "early_ending": "as the contact that it came before",
    "escalation": "as the contact that was escalated",
    "expert_request": "what was asked about a contact, with the way in to answer it: as the contact",
    "help_request": "as the contact that it became",
    "help_widget": "whose pages may show a portal: where it is served from another place, others may",
    "job": "when this installation last did what it does again and again",
    "journal": "what followers have to look at; a restored base begins with an entry for everything",
    "mail": "mail that waits for a mail server; sent from two bases it would arrive twice",
    "notice": "what people have been told; a restored base would tell them again by mail",
    "opened_answer": "what readers opened: as their questions",
    "presence": "who was there at that moment",
    "request_file": "as the request that it came with",
    "reply": "as the contact that it goes to",
    "training_need": "what this floor should learn: as the escalation that it was seen from",
    "customer_register": "the way to another system: like API keys, its secret stays behind",
    "webhook": "the way out to another system: like API keys, its secret stays behind",
    "webhook_delivery": "what is on its way there: sent from two bases it would arrive twice",
}
"""Tables that are not archived, and why. Every other table of the schema is."""

EMPTIED: Mapping[str, Mapping[str, Any]] = {
    "person": {"password_hash": None},
    "external_source": {"value": None, "fetched_at": None, "tried_at": None, "error": ""},
    "search_source": {"crawled_at": None, "tried_at": None, "error": ""},
}
"""Columns whose values stay behind, and what stands in their place: secrets, and what is fetched again."""


class BadArchive(KalauzError):
    """An archive that cannot be used.

    Args:
        place: the member, with the line in it where there is one; empty for the file as a whole.
        reason: what is wrong.
    """

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(f"{place}: {reason}" if place else reason)
        self.place = place
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Member:
    """What the manifest says of another member: its size in bytes and the SHA-256 of its bytes."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an archive says of itself.

    Args:
        schema: the newest migration of the base that it was made from.
        made_at: ISO 8601.
        counts: table -> rows.
        members: name -> size and checksum, of everything but the manifest.
    """

    schema: str
    made_at: str
    counts: Mapping[str, int]
    members: Mapping[str, Member]
    format: str = FORMAT
    format_version: int = FORMAT_VERSION


def tables() -> Sequence[Table]:
    """The tables that are archived, those that others refer to first."""
    return [table for table in Base.metadata.sorted_tables if table.name not in LEFT_OUT]


def columns(table: Table) -> Sequence[Column[Any]]:
    """The columns of a table by name."""
    return sorted(table.columns, key=lambda column: column.name)


def table_member(name: str) -> str:
    """Where the rows of a table are."""
    return f"tables/{name}.jsonl"


def content_member(sha256: str) -> str:
    """Where the bytes of a file are."""
    return f"attachments/{sha256}"


def schema_of(connection: Connection) -> str:
    """The newest migration of a base."""
    return str(connection.scalar(text("SELECT version_num FROM alembic_version")))
