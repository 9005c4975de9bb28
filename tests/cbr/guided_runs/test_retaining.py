"""What a finished run teaches: its verdict counts once at the case that proposed; what helped becomes a case."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from cbr.contents import Content
from cbr.guided import retaining, runs, tallies
from cbr.guided.playing import Kind, Play, Players
from cbr.guided.standing import standing
from cbr.guided.steps import Outcome, Proposal
from cbr.models import Case, CaseState, GuidedRun
from kb.errors import Conflict, Invalid
from kb.models import Person
from kb.viewers import ANONYMOUS, Viewer
from tests import factories
from tests.cbr.guided_runs.stage import begun
from tests.cbr.stage import phones, solved
from tests.conftest import START

Open = Callable[[Person], FlaskClient]
SETTLED = START + runs.SETTLED_AFTER


def tried(
    session: Session, players: Players, verdict: str, by: Viewer = ANONYMOUS
) -> tuple[GuidedRun, Play, Proposal]:
    """A run by cases in which the best proposal was tried."""
    run, play = begun(
        session, players, "phones", kind=Kind.ADAPTIVE, by=by, facts={"abroad": True}, text="Nothing abroad"
    )
    runs.show_best(session, run, play, now=START)
    step = standing(run, play).step
    assert isinstance(step, Outcome)
    runs.finish(session, run, play, verdict, proposal=step.proposals[0].id, now=START)
    return run, play, step.proposals[0]


def verdicts(session: Session) -> dict[str, tuple[int, int, int]]:
    """Solution -> how often it worked, worked with a change, and failed."""
    session.expire_all()
    found: dict[str, tuple[int, int, int]] = {}
    for case in session.scalars(select(Case)):
        before = found.get(case.solution, (0, 0, 0))
        found[case.solution] = (
            before[0] + case.worked,
            before[1] + case.adapted,
            before[2] + case.failed,
        )
    return found


@pytest.mark.parametrize(
    ("verdict", "counted"), [("worked", (1, 0, 0)), ("adapted", (0, 1, 0)), ("failed", (0, 0, 1))]
)
def test_a_verdict_counts_once_at_the_case_that_proposed(
    both_databases: str,
    session: Session,
    players: Players,
    cases: None,
    verdict: str,
    counted: tuple[int, int, int],
) -> None:
    run, _, proposal = tried(session, players, verdict)
    assert proposal.title == "Switch roaming on."
    assert verdicts(session)["Switch roaming on."] == (0, 0, 0), "it can still be taken back"
    for moment in (SETTLED, SETTLED + timedelta(hours=1), START + runs.KEPT):
        tallies.settle(session, moment)
    assert verdicts(session) == {
        "Switch roaming on.": counted,
        "Go to a window.": (0, 0, 0),
        "Buy more than {used}.": (0, 0, 0),
    }
    assert session.get(GuidedRun, run.id) is None


def test_a_verdict_that_is_taken_back_counts_nowhere(session: Session, players: Players, cases: None) -> None:
    run, play, _ = tried(session, players, "failed")
    assert run.case_id is not None
    runs.back(session, run, play, now=START)
    session.refresh(run)
    assert not run.case_id
    tallies.settle(session, START + runs.KEPT)
    assert set(verdicts(session).values()) == {(0, 0, 0)}


def test_a_case_that_is_gone_counts_nothing(session: Session, players: Players, cases: None) -> None:
    run, _, _ = tried(session, players, "worked")
    session.delete(session.get_one(Case, run.case_id))
    session.flush()
    session.expire_all()
    assert tallies.settle(session, SETTLED) == 1


def test_customers_make_no_cases_and_agents_only_of_what_helped_them(
    session: Session, players: Players, cases: None, agent: Person, supervisor: Person, customer: Person
) -> None:
    by, other, outside = (factories.viewer(session, person) for person in (agent, supervisor, customer))
    run, play, _ = tried(session, players, "worked", by)
    assert retaining.may_keep(run, by)
    assert not retaining.may_keep(run, other)
    theirs, _, _ = tried(session, players, "worked", outside)
    assert not retaining.may_keep(theirs, outside)
    assert not retaining.may_keep(tried(session, players, "worked")[0], ANONYMOUS)
    failed, _, _ = tried(session, players, "failed", by)
    with pytest.raises(Conflict):
        retaining.keep(session, failed, play, Content({}), by=by, now=START)


def test_a_run_that_helped_is_kept_once(
    both_databases: str, session: Session, players: Players, cases: None, agent: Person
) -> None:
    by = factories.viewer(session, agent)
    run, play, _ = tried(session, players, "worked", by)
    content = retaining.content_of(run, play, retaining.proposed(session, by, START, run, "en"))
    assert (content.facts, content.problem, content.solution) == (
        {"abroad": True},
        "Nothing abroad",
        "Switch roaming on.",
    )
    made = retaining.keep(session, run, play, content, by=by, now=START)
    assert (made.state, made.source, made.author_id) == (CaseState.SOLVED, "run", agent.id)
    assert retaining.keep(session, run, play, content, by=by, now=START) is made
    assert made.count == 1
    second, play, _ = tried(session, players, "worked", by)
    assert retaining.keep(session, second, play, content, by=by, now=START) is made
    assert made.count == 2, "another contact with the same facts and solution is the same case"


def test_what_worked_with_a_change_says_what_was_changed(
    session: Session, players: Players, cases: None, agent: Person
) -> None:
    by = factories.viewer(session, agent)
    run, play, _ = tried(session, players, "adapted", by)
    content = retaining.content_of(run, play, retaining.proposed(session, by, START, run, "en"))
    with pytest.raises(Invalid) as refused:
        retaining.keep(session, run, play, content, by=by, now=START)
    assert list(refused.value.fields) == ["solution"]
    changed = Content(content.facts, content.problem, solution="Switch it on twice.")
    assert retaining.keep(session, run, play, changed, by=by, now=START).solution == "Switch it on twice."


def test_an_agent_keeps_it_with_one_form(
    client_of: Open, session: Session, cases: None, agent: Person
) -> None:
    client = client_of(agent)
    run = client.post("/assist/guided/", data={"text": "I am abroad"}).location
    client.post(f"{run}/best")
    proposal = re.findall(r'name="proposal" value="(\w+)"', client.get(run).text)[0]
    client.post(f"{run}/finish", data={"verdict": "adapted", "proposal": proposal})
    page = client.get(run).text
    address = re.search(r'href="(/cases/new\?run=[^"]*)"', page)
    assert address
    form = client.get(address[1]).text
    assert "Switch roaming on." in form
    assert "I am abroad" in form
    assert re.search(r'<option selected value="true">yes</option>', form)
    typed = {"problem": "I am abroad", "language": "en", "audience": "public", "fact_abroad": "true"}
    refused = client.post(address[1], data={**typed, "solution": "Switch roaming on."})
    assert refused.status_code == 422
    assert 'id="solution-error"' in refused.text
    kept = client.post(address[1], data={**typed, "solution": "Switch roaming on, then off."})
    assert kept.status_code == 303, kept.text
    assert "Guided help" in client.get(kept.location).text
    assert "It is kept as a case." in client.get(run).text


def test_nobody_keeps_the_run_of_another(
    client_of: Open, session: Session, players: Players, cases: None, agent: Person, supervisor: Person
) -> None:
    run, _, _ = tried(session, players, "worked", factories.viewer(session, agent))
    unfinished, _ = begun(session, players, "phones", kind=Kind.ADAPTIVE, by=factories.viewer(session, agent))
    session.commit()
    assert client_of(supervisor).get(f"/cases/new?run={run.id}").status_code == 404
    assert client_of(agent).get(f"/cases/new?run={unfinished.id}").status_code == 409
    assert client_of(agent).get("/cases/new?run=nothing").status_code == 404


def test_cases_of_several_languages_with_one_article_are_one_proposal(
    both_databases: str, session: Session, players: Players
) -> None:
    factories.article(session, "roaming", title="Roaming abroad", translations={"hu": "Barangolás"})
    row = phones(session)
    for number in range(3):
        solved(session, row, "Switch it on.", article="roaming", abroad=True, used=float(number))
        made = solved(session, row, "Kapcsolja be.", article="roaming", abroad=True, used=9.0 + number)
        made.language = "hu"
        solved(session, row, "Go to a window.", abroad=False, used=float(number))
    session.commit()
    for language, text in (("en", "Switch it on."), ("hu", "Kapcsolja be.")):
        run, play = begun(
            session, players, "phones", kind=Kind.ADAPTIVE, languages=(language,), facts={"abroad": True}
        )
        step = runs.show_best(session, run, play, now=START).step
        assert isinstance(step, Outcome)
        assert [one.id for one in step.proposals].count("roaming") == 1
        best = step.proposals[0]
        assert (best.id, best.article, best.title) == ("roaming", "roaming", text)
        runs.finish(session, run, play, "worked", proposal="roaming", now=START)
        tried = retaining.proposed(session, ANONYMOUS, START, run, language)
        assert tried is not None
        assert tried.solution == text, "what is kept is what was shown"


def test_a_proposal_is_called_as_its_article_is_in_the_language_of_the_page(
    client: FlaskClient, session: Session
) -> None:
    factories.portal(session, "help", audiences=["public"])
    named = {"title": "Roaming abroad", "translations": {"hu": "Barangolás"}, "summary": "Phones & data."}
    factories.article(session, "roaming", **named)  # type: ignore[arg-type]
    row = phones(session)
    solved(session, row, "Switch it on.", article="roaming", abroad=True)
    solved(session, row, "Go to a window.", abroad=False)
    session.commit()
    for language, title, text in (
        ("en", "Roaming abroad", "Switch it on."),
        ("hu", "Barangolás", "Phones &amp; data."),
    ):
        started = client.post(f"/help/{language}/guided/", data={"case_type": "phones", "text": "abroad"})
        client.post(f"{started.location}/best")
        page = client.get(started.location).text
        assert f"<h3>{title}</h3>" in page
        assert f'<div class="prose">{text}' in page
        assert ("Switch it on." in page) == (language == "en")


def test_a_text_in_another_language_says_so_where_no_article_says_it(
    client: FlaskClient, session: Session
) -> None:
    factories.portal(session, "help", audiences=["public"])
    row = phones(session)
    solved(session, row, "Kapcsolja be, majd várjon.", abroad=True).language = "hu"
    session.commit()
    started = client.post("/help/en/guided/", data={"case_type": "phones", "text": "abroad"})
    client.post(f"{started.location}/best")
    assert '<h3 lang="hu">Kapcsolja be, majd várjon.</h3>' in client.get(started.location).text
