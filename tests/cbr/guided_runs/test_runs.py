"""The verbs of a run, on both databases: nothing is lost, nothing counts twice, nobody sees another's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from cbr import case_types
from cbr.cases import retire
from cbr.guided import by_cases, runs
from cbr.guided.by_cases import Current
from cbr.guided.playing import Kind, Play, Players
from cbr.guided.standing import Standing, standing
from cbr.guided.steps import Answer, Instruction, Outcome, Question
from cbr.models import Case, GuidedRun
from kb import publication
from kb.db import Database
from kb.errors import Conflict, Invalid, KalauzError, NotFound
from kb.models import Article, State
from kb.permissions import SYSTEM
from kb.viewers import AGENT, ANONYMOUS, PUBLIC, Viewer
from tests import factories
from tests.cbr.guided_runs.stage import ROUTER, SECRET, begun
from tests.cbr.stage import PHONES, solved
from tests.conftest import START

LATER = START + timedelta(minutes=1)
CLARA = Viewer(person_id=1, name="Clara")
OSKAR = Viewer(person_id=2, name="Oskar")
AGNES = Viewer(person_id=3, name="Agnes", roles=frozenset({"agent"}), audiences=frozenset({PUBLIC, AGENT}))


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """Runs know nothing of the application."""
    with database.session() as opened:
        yield opened


def say(session: Session, run: GuidedRun, play: Play, *answers: tuple[str, Any], **rest: Any) -> Standing:
    """Give one answer after the other."""
    found = standing(run, play)
    for step, value in answers:
        found = runs.answer(session, run, play, Answer(step, value), now=LATER, **rest)
    return found


def values(run: GuidedRun) -> list[tuple[str, Any]]:
    """What was answered so far."""
    return [(one["step"], one["value"]) for one in run.answers]


def refused(deed: Callable[[], object]) -> dict[str, str]:
    """The fields that are found wrong."""
    with pytest.raises(Invalid) as caught:
        deed()
    return caught.value.fields


def test_a_guide_is_played_to_its_end(
    both_databases: str, session: Session, players: Players, router: Article
) -> None:
    run, play = begun(session, players)
    first = standing(run, play).step
    assert isinstance(first, Question)
    assert (first.text, [option.text for option in first.options]) == ("Is the light on?", ["Yes", "No"])
    assert isinstance(say(session, run, play, ("light", "socket")).step, Instruction)
    end = say(session, run, play, ("socket", True), ("light2", "solved")).step
    assert isinstance(end, Outcome)
    assert (end.kind, end.proposals[0].title) == ("solution", "It works again")
    assert (run.outcome, run.path[0]) == ("solution", ["router", "light", "socket", "answered"])


def test_a_run_is_kept_and_can_be_resumed(
    both_databases: str, session: Session, players: Players, router: Article
) -> None:
    run, play = begun(session, players)
    say(session, run, play, ("light", "socket"))
    session.commit()
    session.expunge_all()
    found = runs.find(session, run.id, by=ANONYMOUS, now=LATER)
    again = players.play(session, ANONYMOUS, LATER, found)
    assert standing(found, again).step.id == "socket"


def test_not_to_know_leads_on_too(session: Session, players: Players, router: Article) -> None:
    run, play = begun(session, players)
    end = say(session, run, play, ("light", None)).step
    assert isinstance(end, Outcome)
    assert end.kind == "handover"


@pytest.mark.parametrize(
    ("step", "value", "field"),
    [
        ("socket", True, "step"),
        ("nowhere", "x", "step"),
        ("light", "blue", "value"),
        ("light", ["socket", "restart"], "value"),
        ("light", {"a": 1}, "value"),
        ("light", "x" * 3000, "value"),
        ("light", float("nan"), "value"),
        ("light", "\0", "value"),
    ],
)
def test_an_answer_that_is_none_is_refused_and_loses_nothing(
    session: Session, players: Players, router: Article, step: str, value: Any, field: str
) -> None:
    run, play = begun(session, players)
    assert list(refused(lambda: say(session, run, play, (step, value)))) == [field]
    assert values(run) == []
    assert standing(run, play).step.id == "light"


def test_a_number_out_of_type_is_refused_with_its_field(
    session: Session, players: Players, router: Article
) -> None:
    run, play = begun(session, players)
    say(session, run, play, ("light", "restart"))
    assert "value" in refused(lambda: say(session, run, play, ("restart", "a while")))
    assert isinstance(say(session, run, play, ("restart", "3,5 min")).step, Outcome)


def test_a_repeated_request_changes_nothing_and_gets_the_same_step(
    both_databases: str, session: Session, players: Players, router: Article
) -> None:
    run, play = begun(session, players)
    first = say(session, run, play, ("light", "socket"), request="r1")
    assert say(session, run, play, ("light", "socket"), request="r1").step == first.step
    assert len(run.answers) == 1
    say(session, run, play, ("socket", True), request="r2")
    assert say(session, run, play, ("light", "socket"), request="r1").step == first.step, "late, and the same"
    assert len(run.answers) == 2
    runs.back(session, run, play, now=LATER, request="r3")
    runs.back(session, run, play, now=LATER, request="r3")
    assert len(run.answers) == 1


def test_the_request_that_begins_a_run_can_be_repeated(
    both_databases: str, session: Session, players: Players, router: Article
) -> None:
    name = "0a0a0a0a-1111-2222-3333-444444444444"
    run, _ = begun(session, players, request=name)
    assert begun(session, players, request=name)[0] is run
    with pytest.raises(Conflict):
        begun(session, players, request=name, text="something else")
    other, _ = begun(session, players, request=name, by=CLARA)
    assert other.id != run.id, "the same name of somebody else"


def test_a_request_that_begins_something_else_is_told_so(
    session: Session, players: Players, router: Article
) -> None:
    name, known = "0a0a0a0a-1111-2222-3333-444444444444", {"plan": "m", "sim": 1}
    run, play = begun(session, players, request=name, facts=known)
    for other in ({"plan": "l", "sim": 1}, {"plan": "m"}, {**known, "more": True}, None):
        with pytest.raises(Conflict):
            begun(session, players, request=name, facts=other)
    runs.remove_fact(session, run, play, "plan", now=LATER)
    assert begun(session, players, request=name, facts=known)[0] is run, "as it was begun, whatever came then"
    run.expires_at = START
    with pytest.raises(NotFound):
        begun(session, players, request=name, facts=known)


def test_a_run_that_is_begun_twice_at_once_is_one_run(
    both_databases: str, session: Session, players: Players, database: Database, router: Article
) -> None:
    session.commit()
    barrier = Barrier(4)

    def begin(_number: int) -> str:
        barrier.wait()
        with database.transaction() as own:
            return begun(own, players, request="0a0a0a0a-1111-2222-3333-444444444444")[0].id

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(begin, range(4)))) == 1


@pytest.mark.parametrize("text", ["x" * 2001, "a\0b", "\ud800"])
def test_a_text_that_nobody_can_keep_is_refused(
    session: Session, players: Players, router: Article, text: str
) -> None:
    assert list(refused(lambda: begun(session, players, text=text))) == ["text"]
    assert list(refused(lambda: begun(session, players, facts={"a": text}))) == ["facts.a"]


def test_the_name_of_an_anonymous_beginning_must_not_be_guessed(
    session: Session, players: Players, router: Article
) -> None:
    assert list(refused(lambda: begun(session, players, request="1"))) == ["request"]
    assert begun(session, players, request="1", by=CLARA)[0].person_id == 1


def test_an_earlier_answer_is_changed_and_what_still_fits_stays(
    session: Session, players: Players, router: Article
) -> None:
    run, play = begun(session, players)
    say(session, run, play, ("light", "socket"), ("socket", True), ("light2", "call"))
    runs.change(session, run, play, 2, "solved", now=LATER)
    assert values(run)[2] == ("light2", "solved")
    found = runs.change(session, run, play, 0, "restart", now=LATER)
    assert (values(run), found.lost, found.step.id) == ([("light", "restart")], 2, "restart")


def test_a_change_that_is_no_answer_is_refused_and_loses_nothing(
    session: Session, players: Players, router: Article
) -> None:
    run, play = begun(session, players)
    say(session, run, play, ("light", "socket"), ("socket", True))
    before = values(run)
    assert list(refused(lambda: runs.change(session, run, play, 0, "blue", now=LATER))) == ["value"]
    assert list(refused(lambda: runs.change(session, run, play, 7, "x", now=LATER))) == ["at"]
    assert list(refused(lambda: runs.change(session, run, play, -1, "x", now=LATER))) == ["at"]
    assert values(run) == before


def test_back_takes_the_last_thing_back(session: Session, players: Players, router: Article) -> None:
    run, play = begun(session, players)
    say(session, run, play, ("light", "socket"), ("socket", True))
    best = runs.show_best(session, run, play, now=LATER)
    assert isinstance(best.step, Outcome)
    runs.finish(session, run, play, "failed", now=LATER)
    for expected in [("", True, 2), ("", False, 2), ("", False, 1), ("", False, 0), ("", False, 0)]:
        runs.back(session, run, play, now=LATER)
        assert (run.verdict, run.wants_best, len(run.answers)) == expected


def test_a_finished_run_takes_no_answer_until_it_is_taken_back(
    session: Session, players: Players, router: Article
) -> None:
    run, play = begun(session, players)
    runs.finish(session, run, play, "left", now=LATER)
    with pytest.raises(Conflict):
        say(session, run, play, ("light", "socket"))
    runs.back(session, run, play, now=LATER)
    assert say(session, run, play, ("light", "socket")).step.id == "socket"


def test_how_it_went_is_one_of_four_words_about_what_was_proposed(
    session: Session, players: Players, router: Article
) -> None:
    run, play = begun(session, players)
    say(session, run, play, ("light", "socket"), ("socket", True), ("light2", "solved"))
    assert list(refused(lambda: runs.finish(session, run, play, "great", now=LATER))) == ["verdict"]
    assert list(refused(lambda: runs.finish(session, run, play, "worked", proposal="x", now=LATER))) == [
        "proposal"
    ]
    runs.finish(session, run, play, "worked", now=LATER)
    assert (run.verdict, run.proposal) == ("worked", "solved")


# Whose it is, and how long.


def test_another_persons_run_is_not_found(
    both_databases: str, session: Session, players: Players, router: Article
) -> None:
    run, _ = begun(session, players, by=CLARA)
    assert runs.find(session, run.id, by=CLARA, now=LATER) is run
    for other in (OSKAR, ANONYMOUS, SYSTEM):
        with pytest.raises(NotFound):
            runs.find(session, run.id, by=other, now=LATER)


def test_an_anonymous_run_is_for_whoever_knows_its_id_and_goes_along_with_a_login(
    session: Session, players: Players, router: Article
) -> None:
    run, _ = begun(session, players)
    assert len(run.id) == 22
    assert runs.find(session, run.id, by=CLARA, now=LATER) is run
    with pytest.raises(NotFound):
        runs.find(session, run.id[:-1] + "!", by=ANONYMOUS, now=LATER)


def test_a_run_of_another_portal_is_not_found(session: Session, players: Players, router: Article) -> None:
    run, _ = begun(session, players, portal="help")
    with pytest.raises(NotFound):
        runs.find(session, run.id, by=ANONYMOUS, now=LATER, portal="inside")


def test_a_run_expires_when_nobody_goes_on(session: Session, players: Players, router: Article) -> None:
    run, play = begun(session, players)
    almost = START + runs.KEPT - timedelta(seconds=1)
    runs.find(session, run.id, by=ANONYMOUS, now=almost)
    runs.answer(session, run, play, Answer("light", "socket"), now=almost)
    runs.find(session, run.id, by=ANONYMOUS, now=START + runs.KEPT)
    with pytest.raises(NotFound):
        runs.find(session, run.id, by=ANONYMOUS, now=almost + runs.KEPT)


def test_who_may_not_read_a_guide_cannot_play_it(
    both_databases: str, session: Session, players: Players, router: Article
) -> None:
    with pytest.raises(NotFound):
        begun(session, players, "secret")
    run, _ = begun(session, players, "secret", by=replace(AGNES, person_id=None))
    with pytest.raises(NotFound):
        players.play(session, ANONYMOUS, LATER, run)


def test_a_guide_that_is_withdrawn_cannot_be_gone_on_with(
    session: Session, players: Players, router: Article
) -> None:
    run, _ = begun(session, players)
    for language in ("en", "hu"):
        publication.withdraw(session, factories.newest(router, language), by=SYSTEM, now=START)
    with pytest.raises(NotFound):
        players.play(session, ANONYMOUS, LATER, run)


def test_a_run_goes_on_with_the_revision_it_began_with(
    both_databases: str, session: Session, players: Players, router: Article
) -> None:
    run, _ = begun(session, players)
    changed = ROUTER.replace("Is the light on?", "Is the lamp lit?")
    factories.revision(session, router, title="Router", body=changed, publish_at=LATER, now=LATER)
    play = players.play(session, ANONYMOUS, LATER, run)
    first = standing(run, play).step
    assert isinstance(first, Question)
    assert (first.text, play.has_newer) == ("Is the light on?", True)
    fresh, new = begun(session, players, request="")
    assert fresh.id != run.id
    assert not new.has_newer


def test_a_revision_that_was_withdrawn_gives_way_to_its_successor(
    session: Session, players: Players, router: Article
) -> None:
    run, _ = begun(session, players)
    old = factories.newest(router)
    changed = ROUTER.replace("Is the light on?", "Is the lamp lit?")
    factories.revision(session, router, title="Router", body=changed, publish_at=LATER, now=LATER)
    old.state = State.WITHDRAWN
    session.flush()
    play = players.play(session, ANONYMOUS, LATER, run)
    first = standing(run, play).step
    assert isinstance(first, Question)
    assert first.text == "Is the lamp lit?"


def test_answers_that_do_not_fit_a_changed_guide_are_asked_again(
    session: Session, players: Players, router: Article
) -> None:
    run, play = begun(session, players)
    say(session, run, play, ("light", "socket"), ("socket", True))
    changed = ROUTER.replace("{#socket}", "{#wall}").replace("(#socket)", "(#wall)")
    factories.revision(session, router, title="Router", body=changed, publish_at=LATER, now=LATER)
    run.revision_id = None
    play = players.play(session, ANONYMOUS, LATER, run)
    found = standing(run, play)
    assert (found.step.id, found.lost) == ("light", 2)
    assert say(session, run, play, ("light", "wall")).step.id == "wall"


def test_another_language_goes_on_at_the_same_step(
    session: Session, players: Players, router: Article
) -> None:
    run, play = begun(session, players)
    say(session, run, play, ("light", "socket"), ("socket", True), ("light2", "solved"))
    hungarian = players.play(session, ANONYMOUS, LATER, run, "hu")
    end = standing(run, hungarian).step
    assert isinstance(end, Outcome)
    assert (hungarian.language, end.proposals[0].title) == ("hu", "Újra működik")
    assert players.play(session, ANONYMOUS, LATER, run, "sv").language == "en"


def test_a_guide_of_prose_is_not_offered_and_cannot_be_started(
    session: Session, players: Players, router: Article
) -> None:
    offers = players.offers(session, ANONYMOUS, START, ("hu", "en"))
    assert [(card.key, card.language) for card in offers.guides] == [("router", "hu")]
    with pytest.raises(NotFound):
        begun(session, players, "prose")
    with pytest.raises(NotFound):
        begun(session, players, "prices")


# By solved cases.


def test_cases_are_asked_and_the_right_one_is_proposed(
    both_databases: str, session: Session, players: Players, cases: None
) -> None:
    run, play = begun(session, players, "phones", kind=Kind.ADAPTIVE)
    found = standing(run, play)
    for _ in range(10):
        if isinstance(found.step, Outcome):
            break
        value = {"abroad": "true", "signal": "none"}.get(found.step.id)
        found = say(session, run, play, (found.step.id, value))
    assert isinstance(found.step, Outcome)
    assert found.step.proposals[0].title == "Switch roaming on."


def test_facts_are_read_out_of_the_text_and_can_be_taken_off(
    session: Session, players: Players, cases: None
) -> None:
    text = "I am abroad"
    run, play = begun(session, players, "phones", kind=Kind.ADAPTIVE, text=text, facts={"used": "1,5 GB"})
    assert run.facts == {"abroad": True, "used": 1.5}
    assert list(run.understood) == ["abroad"]
    runs.remove_fact(session, run, play, "abroad", now=LATER)
    assert (run.facts, run.removed) == ({"used": 1.5}, ["abroad"])
    assert list(refused(lambda: runs.remove_fact(session, run, play, "abroad", now=LATER))) == ["attribute"]


def test_what_is_said_in_so_many_words_goes_before_what_was_read(
    session: Session, players: Players, cases: None
) -> None:
    run, _ = begun(
        session, players, "phones", kind=Kind.ADAPTIVE, text="I am abroad", facts={"abroad": False}
    )
    assert (run.facts, run.understood) == ({"abroad": False}, {})


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"colour": "red"}, "facts.colour"),
        ({"used": "much"}, "facts.used"),
        ({"abroad": {"x": 1}}, "facts.abroad"),
        ({"": 1}, "facts."),
        ({"x" * 200: 1}, f"facts.{'x' * 128}"),
        ({f"k{at}": 1 for at in range(501)}, "facts"),
    ],
)
def test_a_fact_that_cannot_be_is_refused_by_its_name(
    session: Session, players: Players, cases: None, facts: dict[str, Any], field: str
) -> None:
    assert field in refused(lambda: begun(session, players, "phones", kind=Kind.ADAPTIVE, facts=facts))


def test_a_case_type_that_a_viewer_may_not_know_of_is_not_found(
    session: Session, players: Players, cases: None
) -> None:
    with pytest.raises(NotFound):
        begun(session, players, "telephones", kind=Kind.ADAPTIVE)


def known_cases(play: Play) -> int:
    """How many cases the questions come from."""
    assert isinstance(play.guide, Current)
    return len(play.guide.steps.guide.library)


def test_a_new_case_is_known_at_the_next_step_by_those_who_may_see_it(
    both_databases: str, session: Session, players: Players, cases: None
) -> None:
    run, play = begun(session, players, "phones", kind=Kind.ADAPTIVE)
    assert known_cases(play) == 18
    again = players.play(session, ANONYMOUS, LATER, run)
    assert isinstance(play.guide, Current)
    assert isinstance(again.guide, Current)
    assert again.guide.steps.guide is play.guide.steps.guide, "kept as long as nothing changes"
    row = case_types.by_key(session, "phones")
    solved(session, row, "Replace it.", abroad=True, signal="good", used=5)
    session.commit()
    assert known_cases(players.play(session, ANONYMOUS, LATER, run)) == 19
    solved(session, row, "Only for us.", audience="agent", abroad=True, signal="good", used=6)
    session.commit()
    assert known_cases(players.play(session, ANONYMOUS, LATER, run)) == 19
    assert known_cases(players.play(session, AGNES, LATER, run)) == 20


def test_what_is_proposed_is_as_it_stands_now_however_old_the_chances_are(
    session: Session, players: Players, cases: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(by_cases, "SMALL", 3)
    run, play = begun(
        session, players, "phones", kind=Kind.ADAPTIVE, facts={"abroad": True, "signal": "none"}
    )
    found = runs.show_best(session, run, play, now=START)
    assert isinstance(found.step, Outcome)
    assert found.step.proposals[0].title == "Switch roaming on."
    for one in session.scalars(select(Case).where(Case.solution == "Switch roaming on.")).all():
        retire(session, one, "Wrong", by=SYSTEM, now=START)
    session.commit()
    play = players.play(session, ANONYMOUS, START, run)
    assert known_cases(play) == 18, "it waits a little before it reads all cases anew"
    best = standing(run, play).step
    assert isinstance(best, Outcome)
    assert "Switch roaming on." not in [one.title for one in best.proposals]
    assert known_cases(players.play(session, ANONYMOUS, LATER, run)) == 12


def test_a_case_type_that_changed_is_asked_by_at_once_however_many_cases_there_are(
    session: Session, players: Players, cases: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(by_cases, "SMALL", 3)
    run, _ = begun(session, players, "phones", kind=Kind.ADAPTIVE)
    session.commit()
    fewer = replace(PHONES, attributes=PHONES.attributes[:1])
    case_types.change(session, case_types.by_key(session, "phones"), fewer, by=SYSTEM, now=START)
    session.commit()
    play = players.play(session, ANONYMOUS, START, run)
    assert play.case_type == fewer
    assert isinstance(play.guide, Current)
    assert play.guide.steps.guide.case_type == fewer


# Two at once.


def test_of_two_answers_at_once_one_counts(
    both_databases: str, session: Session, players: Players, database: Database, router: Article
) -> None:
    run, _ = begun(session, players)
    session.commit()
    barrier = Barrier(2)

    def answer(value: str) -> str:
        barrier.wait()
        try:
            with database.transaction() as own:
                held = runs.find(own, run.id, by=ANONYMOUS, now=LATER, change=True)
                play = players.play(own, ANONYMOUS, LATER, held)
                runs.answer(own, held, play, Answer("light", value), now=LATER)
        except KalauzError:
            return "refused"
        return value

    with ThreadPoolExecutor(2) as pool:
        said = list(pool.map(answer, ["socket", "restart"]))
    assert said.count("refused") == 1
    session.expire_all()
    kept = runs.find(session, run.id, by=ANONYMOUS, now=LATER)
    assert values(kept) == [("light", next(one for one in said if one != "refused"))]


def test_the_same_request_twice_at_once_counts_once(
    both_databases: str, session: Session, players: Players, database: Database, router: Article
) -> None:
    run, _ = begun(session, players)
    session.commit()
    barrier = Barrier(4)

    def answer(_number: int) -> str:
        barrier.wait()
        with database.transaction() as own:
            held = runs.find(own, run.id, by=ANONYMOUS, now=LATER, change=True)
            play = players.play(own, ANONYMOUS, LATER, held)
            return runs.answer(own, held, play, Answer("light", "socket"), now=LATER, request="once").step.id

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(answer, range(4))) == {"socket"}
    session.expire_all()
    assert len(runs.find(session, run.id, by=ANONYMOUS, now=LATER).answers) == 1


def test_who_changes_an_old_copy_is_told(
    both_databases: str, session: Session, players: Players, database: Database, router: Article
) -> None:
    run, _ = begun(session, players)
    session.commit()
    with database.session() as own:
        held = runs.find(own, run.id, by=ANONYMOUS, now=LATER)
        play = players.play(own, ANONYMOUS, LATER, held)
        own.commit()
        with database.transaction() as other:
            theirs = runs.find(other, run.id, by=ANONYMOUS, now=LATER, change=True)
            runs.answer(other, theirs, play, Answer("light", "socket"), now=LATER)
        with pytest.raises(Conflict):
            runs.answer(own, held, play, Answer("light", "restart"), now=LATER)
        own.rollback()


def test_the_secret_names_runs_differently_on_each_installation(
    session: Session, players: Players, router: Article
) -> None:
    name = "x" * 30
    beginning = runs.Beginning(Kind.TREE, "router", ("en",), request=name)
    one, _ = runs.start(session, players, beginning, by=ANONYMOUS, now=START, secret=SECRET)
    other, _ = runs.start(session, players, beginning, by=ANONYMOUS, now=START, secret="another")
    assert one.id != other.id
