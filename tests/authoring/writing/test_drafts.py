"""Working copies and the revisions that they become: nothing that somebody typed is ever lost."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from authoring.approval import reviews
from authoring.models import Draft, Review
from authoring.writing import drafts
from authoring.writing.merging import Merged, Unmerged
from kb.context import Services
from kb.errors import Conflict, Invalid, LoginRequired, NotAllowed, TooLarge
from kb.models import Article, Person, Revision, State
from kb.permissions import SYSTEM
from kb.viewers import ANONYMOUS, Viewer
from tests import factories
from tests.conftest import START
from tests.kb.admin.conftest import afresh

BODY = "First paragraph.\n\nSecond paragraph.\n\nThird paragraph.\n"
LATER = START + timedelta(minutes=5)
TYPED = {"title": "Roaming", "body": "Half a sentence"}


def by(session: Session, person: Person) -> Viewer:
    return factories.viewer(session, person)


def save(
    session: Session,
    article: Article,
    who: Person,
    base: Revision | None,
    language: str = "en",
    **fields: Any,
) -> drafts.Saved:
    return drafts.save(
        session,
        article,
        language,
        fields,
        base_id=base.id if base else None,
        by=by(session, who),
        now=LATER,
    )


def keep(
    session: Session, article: Article, who: Person, base: Revision | None, typed: drafts.Typed = TYPED
) -> Draft:
    return drafts.keep(
        session, article, "en", typed, base_id=base.id if base else None, by=by(session, who), now=LATER
    )


def test_saving_makes_a_draft_on_top_of_the_one_before(
    session: Session, article: Article, author: Person
) -> None:
    first = factories.newest(article)
    saved = save(session, article, author, first, body="Better.", change_note="Clearer")
    made = saved.revision
    assert (made.number, made.state, made.body, made.title) == (2, State.DRAFT, "Better.", "Roaming")
    assert (made.base_id, made.author_id, made.change_note) == (first.id, author.id, "Clearer")
    assert not saved.merged


def test_a_saved_draft_takes_the_place_of_the_one_before(
    session: Session, article: Article, author: Person
) -> None:
    first = factories.newest(article)
    save(session, article, author, first, body="Better.")
    assert first.state == State.SUPERSEDED


def test_what_readers_have_stays_as_it_is(session: Session, author: Person) -> None:
    published = factories.newest(factories.article(session, body=BODY))
    save(session, published.translation.article, author, published, body="Better.")
    assert published.state == State.PUBLISHED
    assert published.superseded_at is None


def test_saving_takes_a_text_back_from_review(session: Session, article: Article, author: Person) -> None:
    first = factories.newest(article)
    reviews.submit(session, first, by=by(session, author), now=START)
    saved = save(session, article, author, first, body="Better.")
    assert first.state == State.SUPERSEDED
    assert session.scalars(select(Review.outcome)).all() == ["overtaken"]
    assert saved.revision.state == State.DRAFT


def test_saving_without_a_change_makes_no_revision(
    session: Session, article: Article, author: Person
) -> None:
    first = factories.newest(article)
    saved = save(session, article, author, first, body=BODY)
    assert saved == drafts.Saved(first, merged=False, changed=False)


def test_a_published_text_can_be_renewed_without_a_change(session: Session, author: Person) -> None:
    published = factories.newest(factories.article(session))
    saved = save(session, published.translation.article, author, published)
    assert (saved.changed, saved.revision.number) == (True, 2)


def test_a_translation_is_begun_with_its_first_revision(
    session: Session, article: Article, author: Person
) -> None:
    made = save(session, article, author, None, "hu", title="Barangolás", body="Szöveg").revision
    assert (made.translation.language, made.number) == ("hu", 1)
    assert made.made_from_id == factories.newest(article).id


def test_the_second_to_save_is_merged_with_the_first(
    session: Session, article: Article, author: Person, specialist: Person
) -> None:
    first = factories.newest(article)
    save(session, article, specialist, first, body=BODY.replace("First", "1st"), tags=["new"])
    saved = save(session, article, author, first, body=BODY.replace("Third", "3rd"), title="Roaming abroad")
    assert saved.merged
    made = saved.revision
    assert made.body == "1st paragraph.\n\nSecond paragraph.\n\n3rd paragraph.\n"
    assert (made.title, made.tags, made.number) == ("Roaming abroad", ["new"], 3)


def test_two_changes_of_one_place_are_handed_back_and_nothing_is_saved(
    session: Session, article: Article, author: Person, specialist: Person
) -> None:
    first = factories.newest(article)
    theirs = save(session, article, specialist, first, body=BODY.replace("Second", "2nd")).revision
    with pytest.raises(Unmerged) as refused:
        save(session, article, author, first, body=BODY.replace("Second", "Middle"))
    clash = refused.value.clashes["body"]
    assert isinstance(clash, Merged)
    assert [(one.mine, one.theirs) for one in clash.clashes] == [("Middle paragraph.\n", "2nd paragraph.\n")]
    assert refused.value.theirs_id == theirs.id
    assert factories.newest(article) == theirs
    assert theirs.state == State.DRAFT


def test_two_people_who_begin_the_same_translation_are_both_heard(
    session: Session, article: Article, author: Person, specialist: Person
) -> None:
    save(session, article, specialist, None, "hu", title="Barangolás", body="Az egyik.")
    with pytest.raises(Unmerged):
        save(session, article, author, None, "hu", title="Roaming", body="A másik.")


def test_a_base_of_another_text_is_refused(session: Session, article: Article, author: Person) -> None:
    other = factories.newest(factories.article(session, "other"))
    with pytest.raises(Invalid):
        save(session, article, author, other, body="x")


def test_an_unknown_field_is_refused(session: Session, article: Article, author: Person) -> None:
    with pytest.raises(Invalid, match="no field colour"):
        save(session, article, author, factories.newest(article), colour="red")


def test_properties_change_at_once_while_nothing_was_published(
    session: Session, article: Article, author: Person
) -> None:
    factories.topic(session, "phones")
    saved = save(session, article, author, factories.newest(article), kind="wiki", topics=["phones"])
    assert (article.kind, len(article.topics), saved.revision.proposed) == ("wiki", 1, None)


def test_properties_of_what_readers_know_are_proposed(session: Session, author: Person) -> None:
    article = factories.article(session, kind="faq")
    factories.topic(session, "phones")
    saved = save(
        session,
        article,
        author,
        factories.newest(article),
        kind="standard",
        audience="agent",
        topics=["phones"],
    )
    assert (article.kind, article.audience, article.topics) == ("faq", "public", [])
    assert saved.revision.proposed == {"kind": "standard", "audience": "agent", "topics": ["phones"]}


def test_what_was_proposed_stays_proposed_in_the_next_draft(session: Session, author: Person) -> None:
    article = factories.article(session, kind="faq")
    first = save(session, article, author, factories.newest(article), kind="standard").revision
    second = save(session, article, author, first, body="Better.").revision
    assert second.proposed == {"kind": "standard"}


def test_a_proposal_can_be_taken_back(session: Session, author: Person) -> None:
    article = factories.article(session, kind="faq")
    first = save(session, article, author, factories.newest(article), kind="standard").revision
    assert save(session, article, author, first, kind="faq").revision.proposed is None


def test_who_may_publish_says_what_replaces_an_article(
    session: Session, author: Person, supervisor: Person
) -> None:
    article = factories.article(session)
    factories.article(session, "other")
    with pytest.raises(NotAllowed):
        save(session, article, author, factories.newest(article), replaced_by="other")
    save(session, article, supervisor, factories.newest(article), replaced_by="other")
    assert article.replaced_by == "other"


def test_a_translator_writes_translations_only_and_no_properties(
    session: Session, article: Article, translator: Person
) -> None:
    factories.limit(session, translator, languages=["hu"])
    with pytest.raises(NotAllowed):
        save(session, article, translator, factories.newest(article), body="Better.")
    with pytest.raises(NotAllowed):
        save(session, article, translator, None, "sv", title="Roaming", body="Text")
    with pytest.raises(NotAllowed):
        save(session, article, translator, None, "hu", title="Barangolás", body="Szöveg", kind="wiki")
    made = save(session, article, translator, None, "hu", title="Barangolás", body="Szöveg").revision
    assert made.author_id == translator.id


def test_an_author_of_some_topics_writes_nothing_elsewhere_and_moves_nothing_away(
    session: Session, author: Person
) -> None:
    phones, bills = factories.topic(session, "phones"), factories.topic(session, "bills")
    factories.limit(session, author, topics=["phones"])
    own = factories.article(session, "own", topics=[phones], state=State.DRAFT)
    other = factories.article(session, "other", topics=[bills], state=State.DRAFT)
    save(session, own, author, factories.newest(own), body="Better.")
    with pytest.raises(NotAllowed):
        save(session, other, author, factories.newest(other), body="Better.")
    with pytest.raises(NotAllowed):
        save(session, own, author, factories.newest(own), topics=["bills"])


@pytest.mark.parametrize("part", ["outsider", "customer", "agent", "reviewer"])
def test_who_does_not_write_saves_and_keeps_nothing(
    session: Session, article: Article, part: str, request: pytest.FixtureRequest
) -> None:
    person = request.getfixturevalue(part)
    with pytest.raises(NotAllowed):
        save(session, article, person, factories.newest(article), body="Better.")
    with pytest.raises(NotAllowed):
        keep(session, article, person, factories.newest(article))
    with pytest.raises(LoginRequired):
        drafts.save(session, article, "en", {}, base_id=None, by=ANONYMOUS, now=LATER)


def test_what_is_typed_is_kept_once_and_makes_no_revision(
    session: Session, article: Article, author: Person
) -> None:
    first = factories.newest(article)
    keep(session, article, author, first)
    keep(session, article, author, first, {**TYPED, "body": "A whole sentence."})
    kept = session.scalars(select(Draft)).one()
    assert (kept.fields["body"], kept.base_id, kept.saved_at) == ("A whole sentence.", first.id, LATER)
    assert session.scalar(select(func.count(Revision.id))) == 1


def test_what_comes_late_does_not_bring_the_old_text_back(
    session: Session, article: Article, author: Person
) -> None:
    first = factories.newest(article)
    keep(session, article, author, first)
    second = save(session, article, author, first, body="Better.").revision
    drafts.discard(session, article, "en", by=by(session, author))
    with pytest.raises(Conflict, match="saved this text meanwhile"):
        keep(session, article, author, first)
    assert session.scalars(select(Draft)).all() == []
    keep(session, article, author, second)
    with pytest.raises(Conflict):
        keep(session, article, author, first, {"body": "Old"})
    assert session.scalars(select(Draft)).one().fields == TYPED


def test_looking_in_again_after_saving_does_not_let_the_old_text_back_either(
    session: Session, article: Article, author: Person
) -> None:
    first = factories.newest(article)
    save(session, article, author, first, body="Better.")
    drafts.look_in(session, article.id, "en", by=by(session, author), now=LATER)
    with pytest.raises(Conflict):
        keep(session, article, author, first)


def test_somebody_elses_revision_is_no_reason_to_refuse_what_is_typed(
    session: Session, article: Article, author: Person, specialist: Person
) -> None:
    first = factories.newest(article)
    save(session, article, specialist, first, body="Theirs.")
    assert keep(session, article, author, first).base_id == first.id


def test_restoring_an_old_revision_leaves_the_working_copy_alone(
    session: Session, article: Article, author: Person
) -> None:
    first = factories.newest(article)
    keep(session, article, author, first)
    save(session, article, author, first, body="From elsewhere.")
    assert keep(session, article, author, first, {**TYPED, "body": "Going on"}).fields["body"] == "Going on"


@pytest.mark.parametrize(
    ("typed", "error"),
    [({"body": "a\0b"}, Invalid), ({"tags": ["\ud800"]}, Invalid), ({"body": "x" * 2_000_001}, TooLarge)],
)
def test_what_no_database_can_keep_is_refused(
    session: Session, article: Article, author: Person, typed: drafts.Typed, error: type[Exception]
) -> None:
    with pytest.raises(error):
        keep(session, article, author, factories.newest(article), typed)


def test_people_see_each_other_for_a_minute(
    session: Session, article: Article, author: Person, specialist: Person
) -> None:
    drafts.look_in(session, article.id, "en", by=by(session, specialist), now=START)
    keep(session, article, author, factories.newest(article))
    copies = drafts.working_copies(session, article, "en")
    me = by(session, author)
    assert drafts.others_now(copies, me, START + timedelta(seconds=59)) == ["Sofia Specialist"]
    assert drafts.others_now(copies, me, START + timedelta(seconds=60)) == []
    assert drafts.others_now(drafts.working_copies(session, article, "hu"), me, START) == []


def test_working_copies_work_on_both_databases(
    both_databases: str, session: Session, article: Article, author: Person, specialist: Person
) -> None:
    first = factories.newest(article)
    keep(session, article, author, first, {**TYPED, "body": "Ő és 😀"})
    drafts.look_in(session, article.id, "en", by=by(session, specialist), now=LATER)
    session.commit()
    kept: dict[int, Any] = dict(session.execute(select(Draft.person_id, Draft.fields)).all())
    assert kept == {author.id: {"title": "Roaming", "body": "Ő és 😀"}, specialist.id: {}}
    save(session, article, author, first, body="Better.")
    drafts.discard(session, article, "en", by=by(session, author))
    session.commit()
    assert session.scalars(select(Draft.person_id)).all() == [specialist.id]


def at_once(*actions: Callable[[], object]) -> list[object]:
    """What several threads that begin together come to: a value or an error each."""
    found: list[object] = [None] * len(actions)
    barrier = threading.Barrier(len(actions))

    def run(place: int, action: Callable[[], object]) -> None:
        barrier.wait()
        try:
            found[place] = action()
        except Exception as error:
            found[place] = error

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(actions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def saving(
    services: Services, article_id: int, who: Viewer, base_id: int | None, **fields: Any
) -> Callable[[], object]:
    def run() -> object:
        with services.database.transaction(actor="tests") as own:
            article = own.get_one(Article, article_id)
            saved = drafts.save(own, article, "en", fields, base_id=base_id, by=who, now=LATER)
            return saved.merged

    return run


def test_two_who_save_at_the_same_second_are_merged(
    both_databases: str,
    services: Services,
    session: Session,
    article: Article,
    author: Person,
    specialist: Person,
) -> None:
    article_id, base_id = article.id, factories.newest(article).id
    one, other = by(session, author), by(session, specialist)
    session.commit()
    mine, theirs = BODY.replace("First", "1st"), BODY.replace("Third", "3rd")
    came_to = at_once(
        saving(services, article_id, one, base_id, body=mine),
        saving(services, article_id, other, base_id, body=theirs),
    )
    assert sorted(map(str, came_to)) == ["False", "True"]
    afresh(session)
    newest = factories.newest(session.get_one(Article, article_id))
    assert (newest.number, newest.body) == (3, "1st paragraph.\n\nSecond paragraph.\n\n3rd paragraph.\n")


def test_of_two_who_change_one_place_at_the_same_second_one_is_asked(
    both_databases: str,
    services: Services,
    session: Session,
    article: Article,
    author: Person,
    specialist: Person,
) -> None:
    article_id, base_id = article.id, factories.newest(article).id
    one, other = by(session, author), by(session, specialist)
    session.commit()
    came_to = at_once(
        saving(services, article_id, one, base_id, body="Mine.\n"),
        saving(services, article_id, other, base_id, body="Theirs.\n"),
    )
    assert sum(isinstance(result, Unmerged) for result in came_to) == 1
    assert False in came_to
    afresh(session)
    assert session.scalar(select(func.count(Revision.id))) == 2


def test_two_windows_of_one_person_keep_what_is_typed_at_the_same_second(
    both_databases: str, services: Services, session: Session, article: Article, author: Person
) -> None:
    article_id, base_id = article.id, factories.newest(article).id
    me = by(session, author)
    session.commit()

    def keeping(body: str) -> Callable[[], object]:
        def run() -> object:
            with services.database.transaction() as own:
                held = own.get_one(Article, article_id)
                drafts.keep(own, held, "en", {"body": body}, base_id=base_id, by=me, now=LATER)
                return body

        return run

    assert at_once(keeping("one"), keeping("two")) == ["one", "two"]
    afresh(session)
    assert session.scalars(select(Draft)).one().fields["body"] in {"one", "two"}


def test_saving_is_not_undone_by_what_is_refused_later(session: Session, article: Article) -> None:
    first = factories.newest(article)
    with pytest.raises(Invalid), session.begin_nested():
        drafts.save(session, article, "en", {"title": ""}, base_id=first.id, by=SYSTEM, now=LATER)
    session.refresh(first)
    assert first.state == State.DRAFT
