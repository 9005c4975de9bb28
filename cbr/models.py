"""The tables of cases and guided help: case types, cases, what was learned of them, runs and what they add up to."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    func,
    select,
)
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kb.db import Base
from kb.models.records import Audited

MANY_CASES = "case_type_cases"
"""Kind of a journal entry: so many cases of this case type changed at once that they are read anew altogether."""


class CaseState(StrEnum):
    """The life of a case."""

    OPEN = "open"
    SOLVED = "solved"
    CONFIRMED = "confirmed"
    RETIRED = "retired"


class CaseTypeRow(Audited, Base):
    """A case type as it is kept: `schema` is what :mod:`cbr.case_type` reads.

    `version` grows with every change of the schema, so that nothing made for another one is taken for current.
    `audience` is who may know of it; a case may be for fewer people than its type.
    """

    __tablename__ = "case_type"
    journal_kind = "case_type"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    schema: Mapped[dict[str, Any]] = mapped_column(JSON)
    version: Mapped[int] = mapped_column(default=1)
    audience: Mapped[str] = mapped_column(ForeignKey("audience.key", onupdate="CASCADE"), index=True)
    is_active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class Case(Audited, Base):
    """What was known of a problem and what solved it.

    `facts` are plain values by attribute. `solution_key` is the same for cases with the same solution; `article` is
    the key of the article or guide that says it best. `count` is how many contacts this case stands for, `worked`,
    `adapted` and `failed` how often its solution was tried since, with what result. `note` says why it was retired or
    sent back. `source`: import, run or contact.
    `imported_hash` says what a file held when it was imported last. `arrival` names the import that brought it.
    """

    __tablename__ = "case"
    __table_args__ = (
        UniqueConstraint("case_type_id", "key"),
        Index("ix_case_case_type_id_state", "case_type_id", "state"),
        Index("ix_case_audience_state_author_id", "audience", "state", "author_id"),
        Index("ix_case_case_type_id_solution_key", "case_type_id", "solution_key"),
    )
    journal_kind = "case"
    silent_columns = frozenset({"worked", "adapted", "failed", "arrival"})

    id: Mapped[int] = mapped_column(primary_key=True)
    case_type_id: Mapped[int] = mapped_column(ForeignKey("case_type.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16), default=CaseState.SOLVED)
    language: Mapped[str] = mapped_column(String(16))
    audience: Mapped[str] = mapped_column(ForeignKey("audience.key", onupdate="CASCADE"))
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    problem: Mapped[str] = mapped_column(Text, default="")
    title: Mapped[str] = mapped_column(String(300), default="")
    solution: Mapped[str] = mapped_column(Text, default="")
    solution_key: Mapped[str] = mapped_column(String(64), default="")
    article: Mapped[str] = mapped_column(String(128), default="", index=True)
    source: Mapped[str] = mapped_column(String(16))
    count: Mapped[int] = mapped_column(default=1)
    worked: Mapped[int] = mapped_column(default=0)
    adapted: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    reviewer_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    note: Mapped[str] = mapped_column(String(500), default="")
    imported_hash: Mapped[str] = mapped_column(String(32), default="")
    arrival: Mapped[str] = mapped_column(String(16), default="")
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    retired_at: Mapped[datetime | None]

    links: Mapped[list[CaseLink]] = relationship(
        back_populates="case", cascade="all, delete-orphan", passive_deletes=True
    )

    @classmethod
    def is_there(cls) -> ColumnElement[bool]:
        """Whether it is there for readers: no part of an import that has not ended. Every read asks it."""
        return cls.arrival.not_in(select(CaseArrival.name))

    @hybrid_property
    def proposes(self) -> str:
        """The same for cases that propose the same: the article that says it, in any language, or else the solution."""
        return self.article or self.solution_key

    @proposes.inplace.expression
    @classmethod
    def _proposes(cls) -> ColumnElement[str]:
        return func.coalesce(func.nullif(cls.article, ""), cls.solution_key)


class CaseArrival(Base):
    """An import under way: its cases, and the case type if it `makes_type`, are there for nobody while this row is.

    `beat_at` is when it was last seen going on; without one it was given up, and what it brought is on its way out.
    """

    __tablename__ = "case_arrival"

    name: Mapped[str] = mapped_column(String(16), primary_key=True)
    case_type_id: Mapped[int] = mapped_column(ForeignKey("case_type.id", ondelete="CASCADE"), unique=True)
    makes_type: Mapped[bool]
    beat_at: Mapped[datetime | None]


class CaseMerged(Base):
    """The key of a case that went when it was merged with one that says the same, `case_id`.

    So neither a file nor a machine that names it again brings it back. `imported_hash` is as it was in the case.
    """

    __tablename__ = "case_merged"

    case_type_id: Mapped[int] = mapped_column(
        ForeignKey("case_type.id", ondelete="CASCADE"), primary_key=True
    )
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id", ondelete="CASCADE"), index=True)
    imported_hash: Mapped[str] = mapped_column(String(32))


class CaseLink(Base):
    """An article that a case's solution links to, by key; written together with the case."""

    __tablename__ = "case_link"

    case_id: Mapped[int] = mapped_column(ForeignKey("case.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(String(128), primary_key=True, index=True)

    case: Mapped[Case] = relationship(back_populates="links")


class CaseReport(Base):
    """What was measured or learned of a case type: `kind` is weights, maintenance or evaluation.

    `version` is that of the schema it was made with. `taken` says what was taken over of it: who, when, and how it was
    before.
    """

    __tablename__ = "case_report"
    __table_args__ = (Index("ix_case_report_case_type_id_kind_at", "case_type_id", "kind", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_type_id: Mapped[int] = mapped_column(ForeignKey("case_type.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(16))
    version: Mapped[int]
    at: Mapped[datetime]
    result: Mapped[dict[str, Any]] = mapped_column(JSON)
    taken: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))


class CaseWork(Base):
    """Long work on a case type that somebody asked for: `kind` is weights, maintenance, evaluation or import.

    `subject` is the key of the case type, which an import may have yet to make. While it waits or goes on, `turn`
    names subject and kind, so that there is one of them at a time. `asked` and `file` say what is to be done, `beat_at`
    when it was last seen going on, `progress` how far it is, of 1. `error` is a sentence in its parts. Without a person
    it is the system's own; it goes with the person who asked.
    """

    __tablename__ = "case_work"
    __table_args__ = (Index("ix_case_work_subject_kind", "subject", "kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(16))
    turn: Mapped[str | None] = mapped_column(String(96), unique=True)
    asked: Mapped[dict[str, Any]] = mapped_column(JSON)
    file: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    asked_at: Mapped[datetime]
    beat_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    progress: Mapped[float] = mapped_column(default=0.0)
    error: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    result: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))


class GuidedRun(Base):
    """One walk through guided help: what was known at its start and the answers since; the rest follows from them.

    `kind`: tree or adaptive; `subject` is the key of the guide or of the case type, `revision_id` the guide's revision
    that the run began with. `facts` are known beside the answers; `understood` are those that were read out of `text`,
    with its words, `removed` those that the person took out. `requests` are the ids of requests already served, each
    with the number of answers after it, so that a repeated one changes nothing. `path` is the way through trees so far
    (guide, node, way, how), `outcome` the kind of the outcome that the run is at, `verdict`: "", worked, adapted,
    failed or left. `case_id` is the case that made the proposal which was tried, `kept_id` the one that was made of the
    run. Only whoever started it may go on: `person_id`, or for somebody who is not logged in whoever knows
    the `id`.
    """

    __tablename__ = "guided_run"
    __table_args__ = (Index("ix_guided_run_subject_started_at", "subject", "started_at"),)

    id: Mapped[str] = mapped_column(String(22), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    subject: Mapped[str] = mapped_column(String(128))
    revision_id: Mapped[int | None] = mapped_column(ForeignKey("revision.id", ondelete="SET NULL"))
    portal: Mapped[str] = mapped_column(String(64), default="")
    language: Mapped[str] = mapped_column(String(16))
    answerer: Mapped[str] = mapped_column(String(16))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    text: Mapped[str] = mapped_column(Text, default="")
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    understood: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    removed: Mapped[list[str]] = mapped_column(JSON, default=list)
    answers: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    requests: Mapped[list[list[Any]]] = mapped_column(JSON, default=list)
    wants_best: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=0)
    path: Mapped[list[list[str]]] = mapped_column(JSON, default=list)
    outcome: Mapped[str] = mapped_column(String(16), default="")
    proposal: Mapped[str] = mapped_column(String(128), default="")
    verdict: Mapped[str] = mapped_column(String(16), default="")
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case.id", ondelete="SET NULL"))
    kept_id: Mapped[int | None] = mapped_column(ForeignKey("case.id", ondelete="SET NULL"))
    started_at: Mapped[datetime]
    touched_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    tallied: Mapped[bool] = mapped_column(default=False)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - two requests at once: one of them asks again


class GuideTally(Base):
    """How many runs took a way out of a node of a guide's tree; it outlives the runs, and says nothing of anybody.

    `way` "" counts those who were at the node at all; `left` gave up here, `solved` came this way and were helped.
    Node "" is the whole guide or case type: all its runs, and by `way` those with each verdict. It was counted `since`.
    """

    __tablename__ = "guide_tally"

    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    subject: Mapped[str] = mapped_column(String(128), primary_key=True)
    node: Mapped[str] = mapped_column(String(64), primary_key=True)
    way: Mapped[str] = mapped_column(String(64), primary_key=True)
    taken: Mapped[int] = mapped_column(default=0)
    left: Mapped[int] = mapped_column(default=0)
    solved: Mapped[int] = mapped_column(default=0)
    since: Mapped[datetime]
