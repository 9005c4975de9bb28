"""What shows follows from the times alone, by the second; the rule, the database and the index agree."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from kb import articles, journal, queries
from kb.articles import Text
from kb.db import Database
from kb.models import Revision, State, Topic
from kb.permissions import SYSTEM
from kb.structure import Structure, load
from kb.validity import Phase, Validity
from kb.viewers import Viewer
from search.engine import Filters
from search.followers import IndexFollower
from search.tantivy.engine import TantivyEngine
from tests import factories
from tests.conftest import START

SECOND = timedelta(seconds=1)
AUDIENCES = ("public", "customer", "agent")
LANGUAGES = ("en", "hu", "ru")
TOPICS: dict[str, str | None] = {
    "phones": None,
    "android": "phones",
    "bills": None,
    "empty": None,
}  # key -> key of the parent
PORTALS: dict[str, tuple[Sequence[str], Sequence[str]]] = {  # key -> languages, topics
    "everything": (LANGUAGES, ()),
    "phones": (("en", "hu"), ("phones",)),
    "bills": (("hu",), ("bills", "android")),
    "nothing": (("en",), ("empty",)),
}

seconds = st.integers(-3, 8)
times = st.one_of(st.none(), seconds)


# The rule itself.


def at(second: int | None) -> datetime | None:
    return None if second is None else START + second * SECOND


@given(seconds, times, times, times, seconds)
def test_it_covers_a_moment_exactly_from_its_start_to_its_first_end(
    start: int, expires: int | None, superseded: int | None, review: int | None, now: int
) -> None:
    validity = Validity(START + start * SECOND, at(expires), at(superseded), at(review))
    ends = [end for end in (expires, superseded) if end is not None]
    assert validity.covers(START + now * SECOND) == (start <= now and all(now < end for end in ends))
    assert validity.until == (START + min(ends) * SECOND if ends else None)


@given(seconds, times, times, times, seconds)
def test_its_phase_shows_exactly_when_it_covers(
    start: int, expires: int | None, superseded: int | None, review: int | None, now: int
) -> None:
    validity = Validity(START + start * SECOND, at(expires), at(superseded), at(review))
    phase = validity.phase(START + now * SECOND)
    assert (phase in {Phase.LIVE, Phase.REVIEW_DUE}) == validity.covers(START + now * SECOND)
    if phase is Phase.REVIEW_DUE:
        assert review is not None
        assert review <= now


def test_a_moment_is_the_same_in_every_zone() -> None:
    here = datetime.fromisoformat("2026-03-02T10:00:00+01:00")
    assert Validity(here).covers(START)
    assert not Validity(here + SECOND).covers(START)


# The rule over a whole base.


@dataclass(frozen=True)
class Planned:
    """A revision to be made; times in seconds."""

    language: str
    publish: int
    lasts: int | None
    state: State

    @property
    def expires(self) -> int | None:
        return None if self.lasts is None else self.publish + self.lasts


@dataclass(frozen=True)
class Plan:
    """An article to be made, with its revisions in the order in which they are made."""

    audience: str
    topics: list[str]
    revisions: list[Planned]


@dataclass(frozen=True)
class Made:
    """A revision as it was made; what the verbs do to it is followed here once more, in plain words."""

    title: str
    article: Plan
    revision: Planned
    superseded: int | None = None


STATES = [State.PUBLISHED] * 5 + [State.DRAFT, State.REJECTED, State.WITHDRAWN]
revisions = st.builds(
    Planned,
    language=st.sampled_from(LANGUAGES),
    publish=seconds,
    lasts=st.none() | st.integers(1, 6),
    state=st.sampled_from(STATES),
)
plans = st.builds(
    Plan,
    audience=st.sampled_from(AUDIENCES),
    topics=st.lists(st.sampled_from(["android", "bills", "phones"]), max_size=2, unique=True),
    revisions=st.lists(revisions, min_size=1, max_size=4),
)


class World:
    """A base made by a plan, with what must show of it."""

    def __init__(self, session: Session, planned: list[Plan], offset: timedelta) -> None:
        self.session, self.offset = session, offset
        self.topics: dict[str, Topic] = {}
        self.made: list[Made] = []
        for key, parent in TOPICS.items():
            self.topics[key] = factories.topic(session, key, self.topics[parent] if parent else None)
        for key, (languages, topics) in PORTALS.items():
            audiences = AUDIENCES if key == "everything" else ("public", "customer")
            factories.portal(session, key, languages=languages, audiences=audiences, topics=topics)
        for number, plan in enumerate(planned):
            self._make(f"article-{number}", plan)
        session.commit()

    def _make(self, key: str, plan: Plan) -> None:
        made = articles.create(
            self.session,
            key=key,
            kind="faq",
            source_language="en",
            audience=plan.audience,
            by=SYSTEM,
            now=START,
        )
        articles.place(self.session, made, [self.topics[topic] for topic in plan.topics], by=SYSTEM)
        for number, wanted in enumerate(plan.revisions):
            title = f"{key} {number}"
            factories.revision(
                self.session,
                made,
                wanted.language,
                title=title,
                state=wanted.state,
                publish_at=self.moment(wanted.publish),
                expires_at=None if wanted.expires is None else self.moment(wanted.expires),
                now=self.moment(100),
            )
            self._note(Made(title, plan, wanted))

    def moment(self, second: int) -> datetime:
        return START + second * SECOND + self.offset

    def _note(self, new: Made) -> None:
        """What is published, be it withdrawn later or not, ends what was published before it."""
        if new.revision.state in {State.PUBLISHED, State.WITHDRAWN}:
            self.made = [self._ended(old, new) for old in self.made]
        self.made.append(new)

    def _ended(self, old: Made, new: Made) -> Made:
        start = new.revision.publish
        same = old.article is new.article and old.revision.language == new.revision.language
        ends = same and (old.superseded is None or old.superseded > start)
        return replace(old, superseded=start) if ends else old

    def visible(self, viewer: Viewer, portal: str | None, now: datetime) -> set[str]:
        return {made.title for made in self.made if self._is_visible(made, viewer, portal, now)}

    def _is_visible(self, made: Made, viewer: Viewer, portal: str | None, now: datetime) -> bool:
        revision = made.revision
        ends = [end for end in (revision.expires, made.superseded) if end is not None]
        return (
            revision.state == State.PUBLISHED
            and made.article.audience in viewer.audiences
            and self._is_in(made, portal)
            and self.moment(revision.publish) <= now
            and all(now < self.moment(end) for end in ends)
        )

    def _is_in(self, made: Made, portal: str | None) -> bool:
        if portal is None:
            return True
        languages, topics = PORTALS[portal]
        placed = {*made.article.topics, *(TOPICS[topic] for topic in made.article.topics)}
        return made.revision.language in languages and (not topics or bool(placed & set(topics)))


class Index:
    """The index of a base, brought up to date through the journal."""

    def __init__(self, folder: Path, session: Session) -> None:
        self.engine = TantivyEngine(folder)
        journal.follow(session, IndexFollower(self.engine))

    def visible(self, viewer: Viewer, structure: Structure, portal: str | None, now: datetime) -> set[str]:
        site = structure.portals[portal] if portal else None
        filters = Filters(
            audiences=viewer.audiences,
            now=int(now.timestamp()),
            portal_topics=site.topic_keys if site and site.topic_keys else None,
        )
        languages = sorted(viewer.portal_languages or LANGUAGES)
        each = [
            replace(filters, languages=(language,)) for language in languages
        ]  # together they are one hit
        return {hit.title for one in each for hit in self.engine.search("", one, limit=100).hits}


@contextmanager
def emptied(database: Database) -> Iterator[Session]:
    """A session on a base without articles, topics and portals; the journal goes on from where it was."""
    with database.session(write=True) as session:
        for table in (
            "revision_link",
            "revision",
            "translation",
            "article_topic",
            "article",
            "portal",
            "topic",
            "journal",
        ):
            session.connection().exec_driver_sql(f"DELETE FROM {table}")  # noqa: S608
        session.commit()
        yield session


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plan=st.lists(plans, min_size=1, max_size=12), fraction=st.sampled_from([0, 1, 250_000, 999_999]))
def test_the_database_and_the_index_show_what_the_rule_says_at_every_second(
    both_databases: str, database: Database, plan: list[Plan], fraction: int
) -> None:
    """Every second around every boundary, for every audience, inside every portal and outside of them."""
    with emptied(database) as session, tempfile.TemporaryDirectory() as folder:
        world = World(session, plan, timedelta(microseconds=fraction))
        structure, index = load(session, 0), Index(Path(folder), session)
        for audience in AUDIENCES:
            for portal in (None, *PORTALS):
                outside = Viewer(audiences=frozenset({"public", audience}))
                viewer = structure.portals[portal].seen_by(outside) if portal else outside
                for second in range(-4, 16):
                    now = START + second * SECOND
                    expected = world.visible(viewer, portal, now)
                    found = {row.title for row in session.scalars(queries.visible_to(viewer, now))}
                    assert found == expected
                    assert index.visible(viewer, structure, portal, now) == expected


def test_both_databases_know_the_same_microsecond(both_databases: str, session: Session) -> None:
    start, moment = START + timedelta(microseconds=999_999), timedelta(microseconds=1)
    factories.article(session, publish_at=start, expires_at=start + 2 * SECOND)
    session.commit()
    moments = [start - moment, start, start + 2 * SECOND - moment, start + 2 * SECOND]
    assert [len(session.scalars(queries.visible_to(Viewer(), now)).all()) for now in moments] == [0, 1, 1, 0]


def test_no_job_has_to_run_for_an_article_to_appear_and_to_go(session: Session) -> None:
    factories.article(session, publish_at=START + SECOND, expires_at=START + 2 * SECOND)
    session.commit()
    head = journal.head(session)
    found = [bool(session.scalars(queries.visible_to(Viewer(), START + n * SECOND)).all()) for n in range(3)]
    assert found == [False, True, False]
    assert journal.head(session) == head


def test_the_next_boundary_is_the_next_moment_at_which_anything_changes(
    both_databases: str, session: Session
) -> None:
    made = factories.article(session, publish_at=START + SECOND, expires_at=START + 9 * SECOND)
    factories.revision(session, made, publish_at=START + 3 * SECOND, expires_at=START + 7 * SECOND)
    factories.revision(session, made, state=State.DRAFT, publish_at=START + 2 * SECOND)
    session.commit()
    found = [START]
    while (boundary := queries.next_boundary(session, found[-1])) is not None:
        found.append(boundary)
    assert [(moment - START) // SECOND for moment in found] == [0, 1, 3, 7, 9]
    assert found[-1].tzinfo is UTC


def test_a_text_that_shows_is_the_text_that_was_published(session: Session) -> None:
    made = factories.article(session, title="Old")
    articles.revise(
        session, made, "en", Text("Draft", "Never."), validity=Validity(START), by=SYSTEM, now=START
    )
    assert session.scalars(queries.visible_to(Viewer(), START, Revision.title)).all() == ["Old"]
