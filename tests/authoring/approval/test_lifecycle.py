"""Whatever people do in whatever order: customers read nothing that was not approved, or is over.

A machine lets the cast write, submit, decide, take back, withdraw, hurry, lose and get roles, and lets time pass.
Beside it stands a small bookkeeping of its own that knows the rules only as they are told to people.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from authoring.approval import overdue, reviews
from authoring.workflow import Step
from kb import auth, publication, queries
from kb.db import Database
from kb.errors import KalauzError
from kb.models import Person, Revision, Role, State
from kb.permissions import SYSTEM
from tests import cast, factories
from tests.authoring.approval.reviewing import READER, draft, empty_article, flow, person
from tests.conftest import START

ASKED = {"faq": ("reviewer",), "standard": ("reviewer", "supervisor"), "wiki": ("reviewer",)}
KINDS = st.sampled_from(sorted(ASKED))
PARTS = ("author", "specialist", "reviewer", "supervisor", "admin", "outsider", "both", "second")
WHO = st.sampled_from(PARTS)
WRITERS = st.sampled_from(["author"] * 4 + ["both", "second", "second", "specialist", "outsider"])
DECIDERS = st.sampled_from(
    ["reviewer", "second"] * 3 + ["supervisor"] * 2 + ["both", "both", "admin", "author"]
)
ROLES = st.sampled_from([Role.AUTHOR, Role.REVIEWER, Role.SUPERVISOR])
BACK = st.sampled_from([0] * 6 + [1, 2])
"""How many revisions back from the newest something is tried."""

WITHOUT_SHRINKING = settings(
    max_examples=30, stateful_step_count=30, phases=[Phase.explicit, Phase.reuse, Phase.generate]
)
"""The steps that were found say enough; making fewer of them would take minutes."""


class Life(RuleBasedStateMachine):
    """Three articles, one of each way to readers, and eight people."""

    template: ClassVar[Path]
    folder: ClassVar[Path]
    numbers: ClassVar[Iterator[int]] = count()
    seen: ClassVar[set[str]] = set()

    @initialize()
    def found(self) -> None:
        copy = shutil.copyfile(self.template, self.folder / f"{next(self.numbers)}.db")
        self.database = Database(f"sqlite:///{copy}")
        self.session = self.database.session(write=True)
        self.now: datetime = START
        flow(self.session, Step(role="reviewer"), publishes_first=True, kinds=["wiki"])
        flow(self.session, Step(role="reviewer"), Step(role="supervisor"), kinds=["standard"])
        person(self.session, "both", "author", "reviewer")
        person(self.session, "second", "reviewer", "supervisor")
        self.people = {part: self._person(part) for part in PARTS}
        self.articles = {kind: empty_article(self.session, kind, kind=kind) for kind in ASKED}
        self.revisions: dict[str, list[Revision]] = {kind: [] for kind in ASKED}
        self.writers: dict[int, set[int]] = {}
        self.approvals: dict[int, list[tuple[int, set[str]]]] = {}
        self.excused: set[int] = set()
        self.gone: set[int] = set()

    def _person(self, part: str) -> Person:
        found = auth.person_by_email(self.session, cast.email(part))
        assert found is not None
        return found

    def teardown(self) -> None:
        if hasattr(self, "session"):
            self.session.close()
            self.database.engine.dispose()

    @contextmanager
    def trying(self) -> Iterator[None]:
        """Do it if it is allowed; what is refused leaves no trace."""
        try:
            with self.session.begin_nested():
                yield
        except KalauzError:
            self.session.expire_all()

    def one(self, kind: str, back: int) -> Revision | None:
        written = self.revisions[kind]
        return written[-1 - back] if back < len(written) else None

    def is_approved(self, revision: Revision, kind: str) -> bool:
        """By as many people as are asked, in order, each with the role then, and none of those who wrote it."""
        given = self.approvals.get(revision.id, [])
        people = {who for who, _ in given}
        asked = ASKED[kind]
        return (
            len(given) == len(people) == len(asked)
            and not people & self.writers[revision.id]
            and all(roles & {role, "admin", "late"} for role, (_, roles) in zip(asked, given, strict=True))
        )

    @rule(kind=KINDS, who=WRITERS, starts=st.sampled_from([0, 0, 2]), lasts=st.sampled_from([None, None, 30]))
    def write(self, kind: str, who: str, starts: int, lasts: int | None) -> None:
        article, by = self.articles[kind], self.people[who]
        base = self.one(kind, 0)
        with self.trying():
            if base is not None:
                reviews.overtake_open(self.session, base.translation, now=self.now)
            begins = self.now + timedelta(hours=starts)
            made = draft(
                self.session,
                article,
                by,
                f"{kind} {len(self.revisions[kind])}",
                base=base,
                publish_at=begins,
                expires_at=begins + timedelta(hours=lasts) if lasts else None,
            )
            before = self.writers[base.id] if base and not self.is_approved(base, kind) else set()
            self.writers[made.id] = {by.id} | before
            self.revisions[kind].append(made)

    @precondition(lambda self: not self.waiting())
    @rule(kind=st.sampled_from(["faq", "standard"]), who=st.sampled_from(["author", "second", "both"]))
    def hand_in(self, kind: str, who: str) -> None:
        """The common way, so that something is on it."""
        self.write(kind, who, 0, None)
        self.submit(kind, who, 0)

    @rule(kind=KINDS, who=WRITERS, back=BACK)
    def submit(self, kind: str, who: str, back: int) -> None:
        revision = self.one(kind, back)
        if revision is not None:
            with self.trying():
                by = factories.viewer(self.session, self.people[who])
                reviews.submit(self.session, revision, by=by, now=self.now)
                self.approvals[revision.id] = []
                if kind == "wiki":
                    self.excused.add(revision.id)

    @rule(kind=KINDS, who=WHO, back=BACK)
    def decide_anything(self, kind: str, who: str, back: int) -> None:
        self.decide(self.one(kind, back), who, "approve")

    @precondition(lambda self: self.waiting())
    @rule(data=st.data(), who=DECIDERS, verdict=st.sampled_from(["approve"] * 4 + ["return"]))
    def decide_what_waits(self, data: st.DataObject, who: str, verdict: str) -> None:
        self.decide(data.draw(st.sampled_from(self.waiting())), who, verdict)

    def waiting(self) -> list[Revision]:
        written = [one for some in self.revisions.values() for one in some]
        return [one for one in written if one.state == State.IN_REVIEW]

    def decide(self, revision: Revision | None, who: str, verdict: str) -> None:
        review = reviews.latest(self.session, revision) if revision else None
        if revision is None or review is None:
            return
        by, late = self.people[who], review.escalated_at is not None
        with self.trying():
            viewer = factories.viewer(self.session, by)
            reviews.decide(self.session, review, verdict, "Because.", by=viewer, now=self.now)
            late_supervisor = {"late"} if late and "supervisor" in by.roles else set()
            if verdict == "approve":
                self.approvals.setdefault(revision.id, []).append((by.id, set(by.roles) | late_supervisor))

    @precondition(lambda self: any(self.revisions.values()))
    @rule(kind=KINDS, who=WHO)
    def recall(self, kind: str, who: str) -> None:
        revision = self.one(kind, 0)
        review = reviews.latest(self.session, revision) if revision else None
        if revision is not None and review is not None:
            with self.trying():
                by = factories.viewer(self.session, self.people[who])
                reviews.recall(self.session, review, by=by, now=self.now)
                self.approvals.pop(revision.id, None)

    @rule(kind=KINDS, who=WHO, back=BACK)
    def withdraw(self, kind: str, who: str, back: int) -> None:
        revision = self.one(kind, back)
        if revision is not None:
            with self.trying():
                by = factories.viewer(self.session, self.people[who])
                reviews.withdraw(self.session, revision, by=by, now=self.now, why="Wrong.")
                self.gone.add(revision.id)

    @rule(kind=KINDS, who=WHO, back=BACK)
    def hurry(self, kind: str, who: str, back: int) -> None:
        revision, by = self.one(kind, back), self.people[who]
        if revision is not None:
            with self.trying():
                viewer = factories.viewer(self.session, by)
                reviews.publish_urgently(self.session, revision, by=viewer, now=self.now, why="Now.")
                assert {"supervisor", "admin"} & set(by.roles)
                self.approvals[revision.id] = []
                self.excused.add(revision.id)

    @rule(who=WHO, role=ROLES)
    def change_roles(self, who: str, role: Role) -> None:
        by = self.people[who]
        by.roles = sorted(set(by.roles) ^ {role})
        self.session.flush()

    @rule(hours=st.sampled_from([1, 3, 40, 80]))
    def pass_time(self, hours: int) -> None:
        self.now += timedelta(hours=hours)
        overdue.escalate(self.session, self.now)

    @invariant()
    def customers_read_only_what_is_approved_and_in_force(self) -> None:
        if not hasattr(self, "session"):
            return
        for shown in self.session.scalars(queries.visible_to(READER, self.now)):
            kind = shown.body.split()[0]
            self.seen.add("excused" if shown.id in self.excused else kind)
            assert shown.id in self.excused or self.is_approved(shown, kind), f"nobody approved {shown.body}"
            assert shown.id not in self.gone, f"{shown.body} was withdrawn"
            assert shown.publish_at <= self.now, f"{shown.body} shows too early"
            assert shown.expires_at is None or self.now < shown.expires_at, f"{shown.body} has expired"

    @invariant()
    def at_most_one_revision_of_a_text_is_on_its_way(self) -> None:
        if hasattr(self, "session"):
            waiting = select(Revision.translation_id).where(
                Revision.state.in_([State.IN_REVIEW, State.APPROVED])
            )
            found = self.session.scalars(waiting).all()
            assert len(found) == len(set(found))


@pytest.fixture
def life(sqlite_template: Path, tmp_path: Path) -> Iterator[Life]:
    """The machine, to be driven by hand."""
    Life.template, Life.folder = sqlite_template, tmp_path
    Life.seen.clear()
    made = Life()
    made.found()
    yield made
    made.teardown()


def test_no_sequence_of_actions_shows_an_unapproved_text_to_a_customer(
    sqlite_template: Path, tmp_path: Path
) -> None:
    Life.template, Life.folder = sqlite_template, tmp_path
    Life.seen.clear()
    run_state_machine_as_test(Life, settings=WITHOUT_SHRINKING)
    assert Life.seen  # else nothing was ever shown, and nothing proved


def test_the_machine_knows_the_ordinary_ways_to_readers(life: Life) -> None:
    life.hand_in("standard", "author")
    life.customers_read_only_what_is_approved_and_in_force()
    assert life.seen == set()
    for who in ("reviewer", "supervisor"):
        life.decide(life.one("standard", 0), who, "approve")
    life.write("wiki", "author", 0, None)
    life.submit("wiki", "author", 0)
    life.customers_read_only_what_is_approved_and_in_force()
    assert life.seen == {"standard", "excused"}


def test_the_machine_sees_a_text_that_nobody_approved(life: Life) -> None:
    life.hand_in("faq", "author")
    publication.publish(life.session, life.revisions["faq"][0], by=SYSTEM)
    with pytest.raises(AssertionError, match="nobody approved"):
        life.customers_read_only_what_is_approved_and_in_force()
