"""Records come into the base: whole or not at all, once, and again only when they changed."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from PIL import Image as Picture
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from authoring.importing import importers
from authoring.importing.importers import Report, import_items
from authoring.importing.records import ArticleRecord, Fault, Image, Item, Place, TopicRecord, TopicRef
from kb import publication
from kb.context import Services
from kb.db import Base
from kb.models import (
    Article,
    Attachment,
    AuditEntry,
    JournalEntry,
    Person,
    Revision,
    State,
    Topic,
    Translation,
)
from kb.permissions import SYSTEM
from tests.conftest import START

Import = Callable[..., Report]
RECORD = ArticleRecord(
    key="puk-code",
    language="en",
    title="Find your PUK code",
    summary="On the card.",
    body="Look on the [card](kb:sim-card).",
    kind="faq",
    topics=(TopicRef("sim", "SIM"),),
    tags=("puk",),
    audience="public",
    state="published",
    publish_at=None,
    expires_at=None,
    review_by=None,
    changed_at=None,
    related=("lost-phone",),
    images=(),
    place=Place("a.jsonl", 1),
)
SIM = TopicRecord("sim", "en", "SIM cards", None, Place("a.jsonl", 9))


def png() -> bytes:
    """A picture of one pixel."""
    file = io.BytesIO()
    Picture.new("RGB", (1, 1), "red").save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def bring(services: Services) -> Import:
    """Import these items."""

    def run(*items: Item, now: datetime = START, **options: object) -> Report:
        return import_items(services.database, items, by=SYSTEM, now=now, limit=2**20, **options)  # type: ignore[arg-type]

    return run


def many(number: int) -> list[ArticleRecord]:
    """Different articles of one topic."""
    return [
        replace(RECORD, key=f"a{each}", title=f"Title {each}", place=Place("a.jsonl", each))
        for each in range(number)
    ]


def rows(session: Session) -> dict[str, int]:
    """How many rows each table has, as of now."""
    session.rollback()
    return {
        table.name: session.scalar(select(func.count()).select_from(table)) or 0
        for table in Base.metadata.sorted_tables
    }


def revisions(session: Session, key: str = "puk-code", language: str = "en") -> Sequence[Revision]:
    """All revisions of a translation, as of now."""
    session.rollback()
    session.expire_all()
    query = select(Revision).join(Revision.translation).join(Translation.article).order_by(Revision.number)
    return session.scalars(query.where(Article.key == key, Translation.language == language)).all()


def article(session: Session, key: str = "puk-code") -> Article:
    """An article, as of now."""
    session.rollback()
    session.expire_all()
    return session.scalars(select(Article).where(Article.key == key)).one()


def topics_of(session: Session, key: str = "puk-code") -> list[str]:
    """The keys of an article's topics, in order."""
    return [session.get_one(Topic, place.topic_id).key for place in article(session, key).topics]


def test_a_record_comes_in_whole(both_databases: str, bring: Import, session: Session) -> None:
    report = bring(
        SIM, replace(RECORD, expires_at=START + timedelta(days=9), review_by=START + timedelta(days=5))
    )
    assert (report.created, report.updated, report.unchanged, report.topics, report.refused) == (
        1,
        0,
        0,
        1,
        0,
    )
    made = article(session)
    assert (made.kind, made.audience, made.source_language, made.related) == (
        "faq",
        "public",
        "en",
        ["lost-phone"],
    )
    (revision,) = revisions(session)
    assert (revision.title, revision.summary, revision.tags) == (
        "Find your PUK code",
        "On the card.",
        ["puk"],
    )
    assert (revision.state, revision.publish_at) == (State.PUBLISHED, START)
    assert (revision.expires_at, revision.review_by) == (START + timedelta(days=9), START + timedelta(days=5))
    assert [link.key for link in revision.links] == ["sim-card"]
    assert topics_of(session) == ["sim"]
    assert session.scalars(select(Topic)).one().names == {"en": "SIM cards"}


def test_a_second_run_changes_nothing_and_tells_nobody(
    both_databases: str, bring: Import, session: Session
) -> None:
    items = [SIM, *many(7), replace(RECORD, language="hu", title="PUK-kód")]
    bring(*items)
    before = rows(session)
    report = bring(*items, now=START + timedelta(days=1))
    assert (report.created, report.updated, report.unchanged, report.topics) == (0, 0, 8, 0)
    assert rows(session) == before
    assert before["journal"] > 0


def test_a_dry_run_says_the_same_and_changes_nothing(
    both_databases: str, bring: Import, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importers, "BATCH", 4)
    bring(RECORD)
    before = rows(session)
    items = [
        SIM,
        *many(10),
        replace(many(1)[0], language="hu"),
        replace(RECORD, title="New"),
        replace(RECORD, key="bad", audience="nobody"),
        Fault(Place("a.jsonl", 3), "title", "is missing"),
    ]
    dry = bring(*items, dry_run=True)
    assert rows(session) == before
    real = bring(*items)
    assert (dry.created, dry.updated, dry.unchanged, dry.topics) == (11, 1, 0, 0)
    assert replace(dry, seconds=0) == replace(real, seconds=0)
    assert rows(session) != before


def test_a_changed_record_becomes_a_new_revision_that_takes_over(bring: Import, session: Session) -> None:
    bring(RECORD)
    later = START + timedelta(days=3)
    report = bring(replace(RECORD, body="Ask us."), now=later)
    assert (report.created, report.updated, report.unchanged) == (0, 1, 0)
    old, new = revisions(session)
    assert (old.superseded_at, new.publish_at, new.body) == (later, later, "Ask us.")
    assert (new.number, new.state) == (2, State.PUBLISHED)


@pytest.mark.parametrize("state", ["draft", "in_review"])
def test_what_is_not_published_does_not_show(bring: Import, session: Session, state: str) -> None:
    bring(replace(RECORD, state=state))
    assert [revision.state for revision in revisions(session)] == [state]


def test_a_publication_without_a_date_is_dated_by_the_last_change(bring: Import, session: Session) -> None:
    changed = datetime(2020, 6, 10, tzinfo=UTC)
    bring(replace(RECORD, changed_at=changed))
    assert [revision.publish_at for revision in revisions(session)] == [changed]


def test_the_first_language_is_the_source_and_decides_what_holds_for_all(
    bring: Import, session: Session
) -> None:
    hungarian = replace(RECORD, language="hu", title="PUK-kód", kind="wiki", topics=(), related=())
    bring(RECORD, hungarian)
    made = article(session)
    assert (made.source_language, made.kind, made.related, topics_of(session)) == (
        "en",
        "faq",
        ["lost-phone"],
        ["sim"],
    )
    assert revisions(session, language="hu")[0].made_from_id == revisions(session)[0].id
    bring(replace(RECORD, kind="wiki", topics=(TopicRef("cards", "Cards"),), related=("x",)), hungarian)
    assert (article(session).kind, article(session).related, topics_of(session)) == ("wiki", ["x"], ["cards"])


def test_a_translation_that_an_author_made_is_taken_over_as_a_revision(
    bring: Import, session: Session
) -> None:
    bring(RECORD)
    translation = revisions(session)[0].translation
    translation.imported_hash = None
    session.commit()
    report = bring(RECORD)
    assert (report.created, report.updated) == (0, 1)
    assert len(revisions(session)) == 2


def test_a_record_that_the_base_refuses_leaves_nothing_behind(
    both_databases: str, bring: Import, session: Session
) -> None:
    first, last = many(2)
    nowhere = replace(RECORD, key="x", audience="nobody", place=Place("a.jsonl", 7))
    untitled = replace(
        RECORD, key="y", title=" ", topics=(TopicRef("new", "New"), TopicRef("newer", "Newer"))
    )
    report = bring(first, nowhere, untitled, replace(last, topics=(TopicRef("new", "New"),)))
    assert (report.created, report.refused, report.topics) == (2, 2, 2)
    assert [(fault.place.line, fault.field) for fault in report.faults] == [(7, "record"), (1, "record")]
    assert "nobody" in report.faults[0].reason
    assert set(session.scalars(select(Article.key))) == {"a0", "a1"}
    assert set(session.scalars(select(Topic.key))) == {"sim", "new"}
    assert topics_of(session, "a1") == ["new"]
    journaled = select(JournalEntry.subject_id).where(JournalEntry.kind == "article")
    assert set(session.scalars(journaled)) == set(session.scalars(select(Article.id)))


def test_an_import_that_is_stopped_goes_on_where_it_was(
    both_databases: str, bring: Import, services: Services, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importers, "BATCH", 4)

    def stopping() -> Iterator[Item]:
        yield from many(10)[:9]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_items(services.database, stopping(), by=SYSTEM, now=START, limit=2**20)
    assert rows(session)["article"] == 8
    assert rows(session)["revision"] == 8
    report = bring(*many(10))
    assert (report.created, report.unchanged) == (2, 8)
    assert rows(session)["revision"] == 10


def test_an_import_that_fails_within_a_batch_keeps_whole_batches(
    bring: Import, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importers, "BATCH", 4)
    real: Callable[..., None] = publication.publish
    calls = iter(range(100))

    def failing(*args: object, **options: object) -> None:
        if next(calls) == 5:
            raise RuntimeError("the machine stops")
        real(*args, **options)

    monkeypatch.setattr(publication, "publish", failing)
    with pytest.raises(RuntimeError):
        bring(*many(10))
    assert (rows(session)["article"], rows(session)["revision"], rows(session)["article_topic"]) == (4, 4, 4)


def test_others_can_write_while_files_are_read(services: Services, session: Session) -> None:
    def reading() -> Iterator[Item]:
        yield RECORD
        with services.database.transaction(actor="somebody else") as other:
            other.add(Topic(key="other", names={"en": "Other"}, position=1))

    assert import_items(services.database, reading(), by=SYSTEM, now=START, limit=2**20).created == 1
    assert set(session.scalars(select(Topic.key))) == {"other", "sim"}


def test_pictures_are_attached_and_the_body_names_them(bring: Import, session: Session) -> None:
    body = "![Card](attachment:card.png) ![Plan](attachment:plan.svg)"
    images = (Image("card.png", "image/png", png()), Image("plan.svg", "image/svg+xml", b"<svg/>"))
    report = bring(replace(RECORD, body=body, images=images))
    attachment = session.scalars(select(Attachment)).one()
    assert revisions(session)[0].body == f"![Card](attachment:{attachment.id}) ![Plan](attachment:plan.svg)"
    assert (report.created, report.refused) == (1, 0)
    assert [(fault.field, fault.kept, fault.reason[:10]) for fault in report.faults] == [
        ("images", True, "plan.svg: ")
    ]


def test_a_picture_larger_than_the_limit_is_noted(services: Services) -> None:
    record = replace(RECORD, images=(Image("card.png", "image/png", png()),))
    report = import_items(services.database, [record], by=SYSTEM, now=START, limit=10)
    assert (report.created, [fault.kept for fault in report.faults]) == (1, [True])


def test_large_pictures_make_small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importers, "BATCH_BYTES", 100)
    heavy = [replace(record, images=(Image("a.png", "image/png", b"x" * 60),)) for record in many(4)]
    assert [len(batch) for batch in importers._batches([*heavy, SIM])] == [2, 2, 1]


def test_links_are_counted_among_all_articles(bring: Import) -> None:
    target = replace(RECORD, key="sim-card", body="[x](kb:nowhere) [y](kb:puk-code)")
    report = bring(RECORD, target)
    assert (report.links_resolved, report.links_broken) == (2, [("sim-card", "nowhere")])
    again = bring(target, replace(RECORD, body="[x](kb:gone)"))
    assert (again.links_resolved, sorted(again.links_broken)) == (
        1,
        [("puk-code", "gone"), ("sim-card", "nowhere")],
    )
    assert bring(RECORD).links_broken == []


def test_a_dry_run_counts_links_to_what_would_come_in(bring: Import) -> None:
    report = bring(RECORD, replace(RECORD, key="sim-card", body="x"), dry_run=True)
    assert (report.links_resolved, report.links_broken) == (1, [])


def test_topics_get_names_and_places_but_lose_none(bring: Import, session: Session) -> None:
    bring(replace(RECORD, topics=(TopicRef("sim", "SIM", TopicRef("mobile", "Mobile")),)))
    bring(
        SIM,
        replace(SIM, language="hu", name="SIM-kártya"),
        TopicRecord("mobile", "en", "Mobile", "sim", SIM.place),
    )
    tree = {topic.key: topic for topic in session.scalars(select(Topic))}
    assert tree["sim"].names == {"en": "SIM cards", "hu": "SIM-kártya"}
    assert (tree["sim"].parent_id, tree["mobile"].parent_id) == (tree["mobile"].id, None)


def test_a_topic_that_somebody_moved_stays_where_it_is(bring: Import, session: Session) -> None:
    below = TopicRecord("sim", "en", "SIM", "mobile", SIM.place)
    bring(replace(RECORD, topics=(TopicRef("sim", "SIM", TopicRef("cards", "Cards")),)), below)
    tree = {topic.key: topic for topic in session.scalars(select(Topic))}
    assert tree["sim"].parent_id == tree["cards"].id


def test_progress_is_told_of_every_record(services: Services) -> None:
    steps: list[int] = []
    note = Fault(SIM.place, "images", "is missing", kept=True)
    items: list[Item] = [SIM, *many(3), note, Fault(SIM.place, "key", "is missing")]
    import_items(services.database, items, by=SYSTEM, now=START, limit=1, progress=lambda: steps.append(1))
    assert len(steps) == 4


def test_the_audit_log_says_who_imported(services: Services, session: Session, author: Person) -> None:
    by = replace(SYSTEM, person_id=author.id, name=author.name)
    import_items(services.database, [RECORD], by=by, now=START, limit=1)
    session.rollback()
    entries = session.scalars(select(AuditEntry).where(AuditEntry.subject_kind == "article")).all()
    assert {(entry.actor_id, entry.actor) for entry in entries} == {(author.id, author.name)}
    assert article(session).owner_id == author.id
