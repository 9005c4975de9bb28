"""Read and understood: whoever is in a group is asked, answers, confirms; some may know who has not."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from authoring.models import Notice, ReadingReceipt, ReadingRequest
from authoring.reading import reading_progress, reading_queries, readings
from authoring.reading.reading_progress import Progress, Standing
from authoring.reading.reading_questions import Question
from kb import jobs, models, publication, structure
from kb.context import Services
from kb.errors import Conflict, Invalid, LoginRequired, NotAllowed, NotFound
from kb.models import Article, Group, Person, Topic
from kb.permissions import SYSTEM
from kb.viewers import ANONYMOUS, Limit
from tests import factories
from tests.conftest import START, Clock

DUE = START + timedelta(days=7)
ONE = Question("How many?", ("one", "two"), 1)
TWO = Question("Who?", ("they", "we", "nobody"), 0)


@pytest.fixture
def standard(session: Session) -> Article:
    """A standard for staff."""
    return factories.article(
        session,
        "refunds",
        title="Refunds",
        kind="standard",
        audience="agent",
        translations={"hu": "Visszatérítés"},
    )


@pytest.fixture
def team(session: Session, agent: Person, specialist: Person) -> Group:
    """Two people."""
    return factories.group(session, "team", [agent, specialist])


def ask(
    session: Session,
    article: Article,
    group: Group,
    by: Person | None = None,
    questions: Sequence[Question] = (),
    **more: object,
) -> ReadingRequest:
    asking = factories.viewer(session, by) if by else SYSTEM
    given = {"due_at": DUE, "now": START, "questions": questions} | more
    return readings.ask(session, article, group, by=asking, **given)  # type: ignore[arg-type]


def confirm(session: Session, asked: ReadingRequest, person: Person, *answers: int | None) -> tuple[int, ...]:
    return readings.confirm(session, asked, answers, by=factories.viewer(session, person), now=START)


def titles(session: Session, person: Person) -> list[str]:
    """What somebody has still to read."""
    found = reading_queries.to_read(session, factories.viewer(session, person), START, ["en"])
    assert len(found) == reading_queries.count_to_read(session, factories.viewer(session, person), START)
    return [one.card.title for one in found]


def standings(session: Session, asked: ReadingRequest, now_after_days: int = 0) -> dict[str, str]:
    one = progress(session, asked, days=now_after_days)
    return {line.person.name.split()[0]: line.standing.value for line in one.lines}


def progress(session: Session, asked: ReadingRequest, by: Person | None = None, days: int = 0) -> Progress:
    viewer = factories.viewer(session, by) if by else SYSTEM
    now = START + timedelta(days=days)
    return reading_progress.progress(session, viewer, structure.load(session, 0), now, ["en"], only=asked.id)[
        0
    ]


def told(session: Session, person: Person) -> list[tuple[str, str]]:
    """The kinds of notices of somebody, with what they are about."""
    query = select(Notice.kind, Notice.about).where(Notice.person_id == person.id).order_by(Notice.id)
    return [(kind, about.split()[-1]) for kind, about in session.execute(query)]


def test_whoever_is_in_the_group_is_asked_and_told(
    session: Session, standard: Article, team: Group, agent: Person, author: Person
) -> None:
    ask(session, standard, team)
    assert titles(session, agent) == ["Refunds"]
    assert titles(session, author) == []
    assert told(session, agent) == [("reading_asked", "asked")]
    assert told(session, author) == []


def test_the_article_is_offered_in_the_reader_s_language(
    session: Session, standard: Article, team: Group, agent: Person, specialist: Person
) -> None:
    agent.languages = ["hu", "en"]
    asked = ask(session, standard, team)
    card = reading_queries.card_for(session, asked, factories.viewer(session, agent), START)
    assert card is not None
    assert card.title == "Visszatérítés"
    notice = session.scalars(select(Notice).where(Notice.person_id == agent.id)).one()
    assert notice.params["title"] == "Visszatérítés"
    assert notice.path == f"/authoring/readings/{asked.id}"


def test_without_questions_one_click_confirms(
    session: Session, standard: Article, team: Group, agent: Person
) -> None:
    asked = ask(session, standard, team)
    assert confirm(session, asked, agent) == ()
    assert titles(session, agent) == []
    assert standings(session, asked) == {"Sofia": "open", "Agnes": "confirmed"}


def test_nothing_is_confirmed_until_every_answer_is_right(
    session: Session, standard: Article, team: Group, agent: Person
) -> None:
    asked = ask(session, standard, team, questions=[ONE, TWO])
    assert confirm(session, asked, agent, 0, 1) == (0, 1)
    assert confirm(session, asked, agent, 1, 1) == (1,)
    assert titles(session, agent) == ["Refunds"]
    assert confirm(session, asked, agent, 1, 0) == ()
    receipt = reading_queries.receipt_of(session, asked.id, agent.id)
    assert receipt is not None
    assert (receipt.tries, receipt.answers, receipt.confirmed_at) == (3, [1, 0], START)


def test_a_question_without_an_answer_is_no_try(
    session: Session, standard: Article, team: Group, agent: Person
) -> None:
    asked = ask(session, standard, team, questions=[ONE, TWO])
    with pytest.raises(Invalid) as refused:
        confirm(session, asked, agent, 1)
    assert list(refused.value.fields) == ["answer_1"]
    assert reading_queries.receipt_of(session, asked.id, agent.id) is None


def test_an_answer_beyond_the_choices_is_wrong(
    session: Session, standard: Article, team: Group, agent: Person
) -> None:
    asked = ask(session, standard, team, questions=[ONE])
    assert confirm(session, asked, agent, -1) == (0,)
    assert confirm(session, asked, agent, 99) == (0,)


def test_confirming_twice_changes_nothing(
    session: Session, standard: Article, team: Group, agent: Person
) -> None:
    asked = ask(session, standard, team, questions=[ONE])
    confirm(session, asked, agent, 1)
    assert confirm(session, asked, agent, 0) == ()
    receipt = reading_queries.receipt_of(session, asked.id, agent.id)
    assert receipt is not None
    assert (receipt.tries, receipt.answers) == (1, [1])


def test_two_windows_confirm_at_the_same_second(
    services: Services, both_databases: str, session: Session, standard: Article, team: Group, agent: Person
) -> None:
    asked = ask(session, standard, team, questions=[ONE])
    by = factories.viewer(session, agent)
    session.commit()

    def send(_window: int) -> tuple[int, ...]:
        with services.database.transaction() as own:
            return readings.confirm(own, own.get_one(ReadingRequest, asked.id), [0], by=by, now=START)

    with ThreadPoolExecutor(4) as windows:
        assert list(windows.map(send, range(4))) == [(0,)] * 4
    with services.database.session() as after:
        assert after.scalars(select(ReadingReceipt.tries)).all() == [4]


def test_the_outsider_cannot_confirm(
    session: Session, standard: Article, team: Group, outsider: Person, supervisor: Person
) -> None:
    asked = ask(session, standard, team)
    for person in (outsider, supervisor):
        with pytest.raises(NotFound):
            confirm(session, asked, person)
    with pytest.raises(NotFound):
        readings.confirm(session, asked, [], by=ANONYMOUS, now=START)
    assert session.scalars(select(ReadingReceipt)).all() == []


def test_who_joins_later_is_asked_and_who_leaves_is_not(
    session: Session, standard: Article, team: Group, agent: Person, author: Person
) -> None:
    asked = ask(session, standard, team)
    team.members = [author]
    session.flush()
    readings.remind(session, START + timedelta(hours=1))
    assert titles(session, author) == ["Refunds"]
    assert titles(session, agent) == []
    assert standings(session, asked) == {"Anna": "open"}
    assert told(session, author) == [("reading_asked", "asked")]
    with pytest.raises(NotFound):
        confirm(session, asked, agent)


def test_deactivated_people_are_not_counted(
    session: Session, standard: Article, team: Group, agent: Person
) -> None:
    asked = ask(session, standard, team)
    agent.is_active = False
    session.flush()
    assert standings(session, asked) == {"Sofia": "open"}
    readings.remind(session, DUE)
    assert [kind for kind, _ in told(session, agent)] == ["reading_asked"]


def test_who_cannot_open_the_article_is_neither_asked_nor_overdue(
    session: Session, standard: Article, customer: Person, agent: Person
) -> None:
    mixed = factories.group(session, "mixed", [customer, agent])
    asked = ask(session, standard, mixed)
    assert titles(session, customer) == []
    assert told(session, customer) == []
    assert standings(session, asked, now_after_days=8) == {"Agnes": "overdue", "Clara": "barred"}
    with pytest.raises(NotFound):
        confirm(session, asked, customer)


def test_what_readers_do_not_see_any_more_is_not_asked_for(
    session: Session, standard: Article, team: Group, agent: Person
) -> None:
    asked = ask(session, standard, team)
    for language in ("en", "hu"):
        publication.withdraw(session, factories.newest(standard, language), by=SYSTEM, now=START)
    assert titles(session, agent) == []
    assert not progress(session, asked).is_shown
    readings.remind(session, DUE)
    assert told(session, agent) == [("reading_asked", "asked")]


def test_reminders_come_two_days_before_and_when_it_is_due_and_only_once(
    session: Session, standard: Article, team: Group, agent: Person, specialist: Person
) -> None:
    asked = ask(session, standard, team)
    confirm(session, asked, specialist)
    for hours in range(0, 24 * 10, 6):
        readings.remind(session, START + timedelta(hours=hours))
        early = START + timedelta(hours=hours) >= DUE - timedelta(days=2)
        due = START + timedelta(hours=hours) >= DUE
        assert len(told(session, agent)) == 1 + early + due
    assert told(session, agent) == [
        ("reading_asked", "asked"),
        ("reading_due", "early"),
        ("reading_due", "due"),
    ]
    assert told(session, specialist) == [("reading_asked", "asked")]


def test_who_is_asked_shortly_before_it_is_due_is_reminded_only_then(
    session: Session, standard: Article, team: Group, agent: Person
) -> None:
    ask(session, standard, team, due_at=START + timedelta(days=1))
    readings.remind(session, START + timedelta(hours=1))
    assert len(told(session, agent)) == 1
    readings.remind(session, START + timedelta(days=1))
    assert told(session, agent)[-1] == ("reading_due", "due")


def test_the_job_reminds(
    services: Services, clock: Clock, session: Session, standard: Article, team: Group, agent: Person
) -> None:
    ask(session, standard, team)
    session.commit()
    clock.advance(days=7)
    own = [job for job in services.jobs if job.name == "readings"]
    assert jobs.run_due(services.database, own, clock()) == ["readings"]
    assert told(session, agent)[-1] == ("reading_due", "due")
    assert session.get_one(models.Job, "readings").error == ""


@pytest.mark.parametrize("part", ["author", "specialist", "reviewer", "supervisor", "admin"])
def test_those_who_look_after_articles_may_ask(
    session: Session, standard: Article, team: Group, part: str, request: pytest.FixtureRequest
) -> None:
    person: Person = request.getfixturevalue(part)
    assert ask(session, standard, team, by=person).asked_by_id == person.id


@pytest.mark.parametrize("part", ["agent", "translator", "customer", "outsider"])
def test_others_may_not_ask(
    session: Session, standard: Article, team: Group, part: str, request: pytest.FixtureRequest
) -> None:
    with pytest.raises(NotAllowed):
        ask(session, standard, team, by=request.getfixturevalue(part))
    with pytest.raises(LoginRequired):
        readings.ask(session, standard, team, due_at=DUE, by=ANONYMOUS, now=START)


def test_a_role_is_used_only_where_it_holds(
    session: Session, standard: Article, team: Group, supervisor: Person
) -> None:
    phones: Topic = factories.topic(session, "phones")
    limited = replace(
        factories.viewer(session, supervisor), limits={"supervisor": Limit(topic_ids=frozenset({phones.id}))}
    )
    with pytest.raises(NotAllowed):
        readings.ask(session, standard, team, due_at=DUE, by=limited, now=START)
    asked = ask(session, standard, team)
    with pytest.raises(NotAllowed):
        readings.require_sight(session, asked, limited)


def test_only_who_asked_supervisors_and_administrators_know_who_has_not(
    session: Session,
    standard: Article,
    team: Group,
    author: Person,
    supervisor: Person,
    admin: Person,
    agent: Person,
    reviewer: Person,
    specialist: Person,
    outsider: Person,
) -> None:
    asked = ask(session, standard, team, by=author)
    for person in (author, supervisor, admin):
        readings.require_sight(session, asked, factories.viewer(session, person))
        assert progress(session, asked, person).count(Standing.OPEN) == 2
    for person in (agent, reviewer, specialist, outsider):
        with pytest.raises(NotAllowed):
            readings.require_sight(session, asked, factories.viewer(session, person))
        with pytest.raises(NotAllowed):
            readings.close(session, asked, by=factories.viewer(session, person), now=START)
        viewer = factories.viewer(session, person)
        assert reading_progress.progress(session, viewer, structure.load(session, 0), START, ["en"]) == []


def test_what_is_overdue_comes_first(session: Session, standard: Article, team: Group, agent: Person) -> None:
    other = factories.article(session, "tone", audience="agent")
    later = ask(session, standard, team)
    soon = ask(session, other, team, due_at=START + timedelta(days=1))
    confirm(session, later, agent)
    found = reading_progress.progress(session, SYSTEM, structure.load(session, 0), START, ["en"])
    assert [one.request.id for one in found] == [soon.id, later.id]
    assert standings(session, later, 8) == {"Sofia": "overdue", "Agnes": "confirmed"}
    assert [line.standing.value for line in progress(session, later, days=8).lines] == [
        "overdue",
        "confirmed",
    ]


def test_closing_ends_the_asking_and_keeps_the_record(
    session: Session, standard: Article, team: Group, agent: Person, specialist: Person, author: Person
) -> None:
    asked = ask(session, standard, team, by=author)
    confirm(session, asked, agent)
    readings.close(session, asked, by=factories.viewer(session, author), now=START)
    readings.remind(session, DUE)
    assert titles(session, specialist) == []
    assert told(session, specialist) == [("reading_asked", "asked")]
    assert progress(session, asked).count(Standing.CONFIRMED) == 1
    with pytest.raises(NotFound):
        confirm(session, asked, specialist)


def test_a_group_is_not_asked_twice_unless_again(
    session: Session, standard: Article, team: Group, agent: Person
) -> None:
    first = ask(session, standard, team, questions=[ONE])
    confirm(session, first, agent, 1)
    with pytest.raises(Conflict, match="already"):
        ask(session, standard, team)
    second = ask(session, standard, team, again=True, now=START + timedelta(minutes=1))
    assert first.closed_at is not None
    assert titles(session, agent) == ["Refunds"]
    assert [about for _, about in told(session, agent)] == ["asked", "asked"]
    assert second.id != first.id


def test_a_newer_text_is_noticed(session: Session, standard: Article, team: Group) -> None:
    asked = ask(session, standard, team)
    assert not progress(session, asked).has_changed
    factories.revision(session, standard, "hu", title="Visszatérítés 2")
    assert not progress(session, asked).has_changed, "only the source counts"
    factories.revision(session, standard, title="Refunds 2")
    assert progress(session, asked).has_changed
    again = ask(session, standard, team, again=True)
    assert not progress(session, again).has_changed


def test_what_nobody_can_read_is_not_asked_for(session: Session, team: Group) -> None:
    draft = factories.article(session, "draft", state=models.State.DRAFT)
    later = factories.article(session, "later", publish_at=START + timedelta(days=1))
    for article in (draft, later):
        with pytest.raises(Conflict, match="Publish it first"):
            ask(session, article, team)


@pytest.mark.parametrize("due_at", [START, START - timedelta(days=1), START + timedelta(days=800)])
def test_a_due_time_that_makes_no_sense_is_refused(
    session: Session, standard: Article, team: Group, due_at: object
) -> None:
    with pytest.raises(Invalid) as refused:
        ask(session, standard, team, due_at=due_at)
    assert list(refused.value.fields) == ["due_at"]


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        (Question("", ("a", "b"), 0), "Write the question"),
        (Question("Q?", ("a",), 0), "Give 2 to 4 choices"),
        (Question("Q?", tuple("abcde"), 0), "Give 2 to 4 choices"),
        (Question("Q?", ("a", "a"), 0), "Two choices are the same"),
        (Question("Q?", ("a", "b"), -1), "Mark the choice that is right"),
        (Question("Q?", ("a", "b"), 2), "Mark the choice that is right"),
        (Question("Q?", ("a", "b" * 301), 0), "Use at most 300 characters"),
        (Question("Q\0?", ("a", "b"), 0), "no text"),
    ],
)
def test_a_question_that_cannot_be_asked_is_refused(
    session: Session, standard: Article, team: Group, question: Question, reason: str
) -> None:
    with pytest.raises(Invalid) as refused:
        ask(session, standard, team, questions=[ONE, question])
    assert list(refused.value.fields) == ["question_2"]
    assert reason in refused.value.fields["question_2"]


def test_more_questions_than_a_few_are_refused(session: Session, standard: Article, team: Group) -> None:
    with pytest.raises(Invalid, match="at most 5 questions"):
        ask(session, standard, team, questions=[ONE] * 6)


def test_a_note_that_is_too_long_is_refused(session: Session, standard: Article, team: Group) -> None:
    with pytest.raises(Invalid, match="note: Use at most 500"):
        ask(session, standard, team, note="x" * 501)


def test_it_works_the_same_on_both_databases(
    both_databases: str, session: Session, standard: Article, team: Group, agent: Person
) -> None:
    asked = ask(session, standard, team, questions=[ONE, TWO])
    assert confirm(session, asked, agent, 0, 0) == (0,)
    assert confirm(session, asked, agent, 1, 0) == ()
    assert titles(session, agent) == []
    assert [
        receipt.request_id for receipt, _ in reading_queries.read(session, factories.viewer(session, agent))
    ] == [asked.id]
    offered = reading_queries.offered(session, factories.viewer(session, agent), START, "REFUND", ["en"])
    assert [card.key for card in offered] == ["refunds"]
    assert standings(session, asked, 8) == {"Sofia": "overdue", "Agnes": "confirmed"}
