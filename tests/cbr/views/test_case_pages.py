"""The pages of cases: the list, one case, writing, deciding, the queue, and duplicates."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from cbr.models import Case, CaseState, CaseTypeRow
from kb.concurrency import version_of
from kb.context import Services
from kb.models import Person
from tests import factories
from tests.cbr.stage import solved
from tests.kb.stage import Page, reread, statements

Open = Callable[[Person], FlaskClient]


def waiting(session: Session, row: CaseTypeRow, solution: str = "Switch roaming on.", **more: object) -> Case:
    """A case that somebody has to confirm."""
    made = solved(session, row, solution, state=CaseState.SOLVED, **more)  # type: ignore[arg-type]
    session.commit()
    return made


def page_of(case: Case, verb: str = "") -> str:
    return f"/cases/phones/{case.key}" + (f"/{verb}" if verb else "")


# The list.


def test_the_list_counts_states_as_tabs_and_narrows(
    client_of: Open, session: Session, row: CaseTypeRow, reviewer: Person
) -> None:
    factories.article(session, "roaming")
    solved(session, row, "Switch it on.", article="roaming", abroad=True, problem="No service in Spain")
    failing = waiting(session, row, "Restart.", used=3.0, audience="agent")
    failing.failed = 4
    session.commit()
    client = client_of(reviewer)
    page = Page(client.get("/cases/"))
    assert "All 2 To be confirmed 1 Confirmed 1" in page.words
    assert "No service in Spain" in page.words
    assert "used: 3 GB" in page.words, "a case without words is called by what is known of it"
    for asked, shown in (
        ("state=solved", "Restart."),
        ("failing=1", "Restart."),
        ("audience=agent", "Restart."),
        ("q=spain", "in Spain"),
        ("article=roaming", "in Spain"),
        ("state=confirmed&type=phones&source=contact&language=en", "in Spain"),
    ):
        words = Page(client.get(f"/cases/?{asked}")).words
        assert {one for one in ("Restart.", "in Spain") if one in words} == {shown}, asked
    assert "No case is like that" in client.get("/cases/?q=nothing").text
    assert client.get("/cases/?state=x&page=99999999999&type=%00").status_code == 200


def test_people_see_what_is_theirs_and_what_helps(
    client_of: Open, session: Session, row: CaseTypeRow, agent: Person, reviewer: Person
) -> None:
    waiting(session, row, by=factories.viewer(session, agent), abroad=True)
    solved(session, row, "Secret", state=CaseState.RETIRED, used=1.0)
    session.commit()
    assert "All 1 To be confirmed 1" in Page(client_of(agent).get("/cases/")).words
    assert "Retired 1" in Page(client_of(reviewer).get("/cases/")).words
    assert "Switch roaming on." in client_of(agent).get("/cases/?mine=1").text
    assert "Switch roaming on." not in client_of(reviewer).get("/cases/?mine=1").text


def test_a_long_list_asks_no_more_than_a_short_one(
    client_of: Open, services: Services, session: Session, row: CaseTypeRow, agent: Person
) -> None:
    factories.article(session, "roaming")
    client = client_of(agent)

    def asked() -> int:
        session.commit()
        client.get("/cases/")
        with statements(services.database.engine) as seen:
            assert client.get("/cases/").status_code == 200
        return len(seen)

    solved(session, row, "", article="roaming", abroad=True)
    few = asked()
    for number in range(20):
        solved(session, row, f"Do {number}.", article="roaming", used=float(number))
    assert asked() == few <= 9


# One case.


def test_a_case_shows_what_it_says_where_it_comes_from_and_what_is_like_it(
    client_of: Open, session: Session, row: CaseTypeRow, agent: Person, supervisor: Person
) -> None:
    factories.portal(session, "inside", audiences=["public", "agent"], entry_audience="agent")
    factories.article(session, "roaming", title="Roaming abroad")
    by = factories.viewer(session, agent)
    case = waiting(
        session,
        row,
        "Buy more than {used}, see [roaming](kb:roaming).",
        by=by,
        abroad=True,
        used=2.5,
        problem="No service",
    )
    case.worked, case.failed, case.count = 3, 1, 7
    other = solved(session, row, "Go to a window.", abroad=True, used=3.0)
    session.commit()
    answer = client_of(supervisor).get(page_of(case))
    page = Page(answer)
    for words in (
        "Buy more than 2.5 GB, see roaming .",
        "Abroad yes",
        "7 contacts",
        "Worked 3",
        "Did not 1",
        "Written by Agnes Agent",
        "Roaming abroad",
        "Most alike Go to a window.",
    ):
        assert words in page.words, words
    assert page_of(other) in page.links()
    assert "/inside/en/key/roaming" in page.links()
    assert '<rect class="tried-worked" width="75.0" height="8"/>' in answer.text
    assert "style=" not in answer.text


def test_the_values_of_its_history_are_for_those_who_confirm(
    client_of: Open, session: Session, row: CaseTypeRow, agent: Person, reviewer: Person
) -> None:
    case = solved(session, row, "Open words", abroad=True)
    case.solution = "Other words"
    session.commit()
    assert "Open words" in client_of(reviewer).get(page_of(case)).text
    page = client_of(agent).get(page_of(case)).text
    assert "History" in page
    assert "Open words" not in page


@pytest.mark.parametrize("part", ["customer", "outsider"])
def test_who_does_not_work_here_sees_no_page_of_cases(
    client: FlaskClient,
    client_of: Open,
    session: Session,
    row: CaseTypeRow,
    request: pytest.FixtureRequest,
    part: str,
) -> None:
    case = solved(session, row, abroad=True)
    session.commit()
    other = client_of(request.getfixturevalue(part))
    for path in ("/cases/", "/cases/nearest", "/cases/new", page_of(case), page_of(case, "edit")):
        assert other.get(path).status_code == 403, path
        assert client.get(path).status_code == 302, path
    for verb in ("confirm", "retire", "reopen", "send_back"):
        assert other.post(page_of(case, verb)).status_code == 403


def test_what_one_may_not_read_is_no_page(
    client_of: Open, session: Session, row: CaseTypeRow, agent: Person, reviewer: Person
) -> None:
    factories.audience(session, "partners")
    hidden = solved(session, row, "Secret", audience="partners", abroad=True)
    retired = solved(session, row, state=CaseState.RETIRED, used=1.0)
    session.commit()
    for person, case, status in (
        (agent, hidden, 404),
        (reviewer, hidden, 404),
        (agent, retired, 404),
        (reviewer, retired, 200),
    ):
        assert client_of(person).get(page_of(case)).status_code == status
        assert client_of(person).get(page_of(case, "edit")).status_code == (200 if status == 200 else 404)
    assert client_of(agent).get("/cases/phones/nothing").status_code == 404
    assert client_of(agent).get("/cases/nothing/nothing").status_code == 404


# Deciding.


def test_a_case_is_confirmed_retired_and_reopened(
    client_of: Open, session: Session, row: CaseTypeRow, reviewer: Person
) -> None:
    case = waiting(session, row, abroad=True)
    client = client_of(reviewer)
    for verb, form, state in (
        ("confirm", {}, CaseState.CONFIRMED),
        ("retire", {"reason": "Wrong since May"}, CaseState.RETIRED),
        ("reopen", {}, CaseState.SOLVED),
        ("send_back", {"reason": "Which menu?"}, CaseState.OPEN),
    ):
        answer = client.post(page_of(case, verb), data={"version": version_of(case), **form})
        assert (answer.status_code, answer.location) == (303, page_of(case)), verb
        reread(session, case)
        assert case.state == state
    assert "Sent back: Which menu?" in Page(client.get(page_of(case))).words


def test_without_a_reason_nothing_is_retired_and_the_page_says_so(
    client_of: Open, session: Session, row: CaseTypeRow, reviewer: Person
) -> None:
    case = waiting(session, row, abroad=True)
    for reason in ("", " ", "x" * 600):
        refused = client_of(reviewer).post(page_of(case, "retire"), data={"reason": reason})
        assert refused.status_code == 422
        assert 'id="retire-error"' in refused.text
    reread(session, case)
    assert case.state == CaseState.SOLVED


def test_whoever_decides_second_is_told_and_their_reason_is_kept(
    client_of: Open, session: Session, row: CaseTypeRow, reviewer: Person, specialist: Person
) -> None:
    case = waiting(session, row, abroad=True)
    seen = version_of(case)
    client_of(specialist).post(page_of(case, "confirm"), data={"version": seen})
    refused = client_of(reviewer).post(page_of(case, "retire"), data={"version": seen, "reason": "Too old"})
    assert refused.status_code == 409
    assert 'value="Too old"' in refused.text
    reread(session, case)
    assert case.state == CaseState.CONFIRMED


def test_nobody_confirms_their_own_case_and_agents_confirm_none(
    client_of: Open, session: Session, row: CaseTypeRow, reviewer: Person, agent: Person
) -> None:
    own = waiting(session, row, by=factories.viewer(session, reviewer), abroad=True)
    assert client_of(reviewer).post(page_of(own, "confirm")).status_code == 403
    assert page_of(own, "confirm") not in client_of(reviewer).get(page_of(own)).text
    assert client_of(agent).post(page_of(own, "confirm")).status_code == 403


def test_the_queue_shows_the_oldest_first_and_the_next_opens_by_itself(
    client_of: Open, session: Session, row: CaseTypeRow, reviewer: Person
) -> None:
    first, second = waiting(session, row, "First.", abroad=True), waiting(session, row, "Second.", used=1.0)
    waiting(session, row, "Mine.", by=factories.viewer(session, reviewer), used=2.0)
    client = client_of(reviewer)
    page = client.get("/cases/review").text
    assert "2 cases wait, the oldest first." in page
    assert "First." in page
    later = client.get(f"/cases/review?after={first.id}").text
    assert re.search(r"review-name[^>]*><a href=\"([^\"]*)\"", later)[1] == page_of(second)  # type: ignore[index]
    decided = client.post(page_of(first, "confirm") + "?queue=", data={"version": version_of(first)})
    assert decided.status_code == 303
    page = client.get(decided.location).text
    assert "The case is confirmed." in page
    assert "Second." in page
    client.post(page_of(second, "send_back") + "?queue=phones", data={"reason": "Which one?"})
    assert "Nothing waits for you" in client.get("/cases/review?type=phones").text
    assert client.get("/cases/review?after=99999999999999999999").status_code == 200


def test_the_side_navigation_counts_what_waits(
    client_of: Open, session: Session, row: CaseTypeRow, reviewer: Person, agent: Person
) -> None:
    waiting(session, row, abroad=True)
    assert "Cases 1 waiting" in Page(client_of(reviewer).get("/cases/")).words
    assert "Cases 1 waiting" not in Page(client_of(agent).get("/cases/")).words


# Writing.

NEW = {
    "problem": "No service",
    "solution": "Switch **roaming** on.",
    "title": "Roaming",
    "article": "",
    "language": "en",
    "audience": "public",
    "fact_abroad": "true",
    "fact_signal": "poor",
    "fact_used": "512 MB",
    "fact_maker": "",
}


def test_an_agent_records_a_case_and_it_waits(
    client_of: Open, session: Session, row: CaseTypeRow, agent: Person
) -> None:
    client = client_of(agent)
    assert 'name="fact_used"' in client.get("/cases/new").text, "there is but one case type"
    answer = client.post("/cases/new?type=phones", data=NEW)
    assert answer.status_code == 303, answer.text
    session.rollback()
    case = session.scalars(select(Case)).one()
    assert case.facts == {"abroad": True, "signal": "poor", "used": 0.512}
    assert (case.state, case.author_id, case.source, case.audience) == (
        "solved",
        agent.id,
        "contact",
        "public",
    )
    assert "somebody else confirms it" in client.get(answer.location).text
    client.post("/cases/new?type=phones", data=NEW)
    reread(session, case)
    assert case.count == 2, "the same once more is the same case, and counted"


def test_a_refused_case_keeps_what_was_typed_and_says_what_to_mend(
    client_of: Open, session: Session, row: CaseTypeRow, agent: Person
) -> None:
    typed = {**NEW, "fact_used": "much", "article": "nowhere", "problem": "Typed & kept"}
    refused = client_of(agent).post("/cases/new?type=phones", data=typed)
    assert refused.status_code == 422
    assert 'id="fact_used-error"' in refused.text
    assert 'value="much"' in refused.text
    assert "Typed &amp; kept" in refused.text
    refused = client_of(agent).post("/cases/new?type=phones", data={**typed, "fact_used": "1"})
    assert refused.status_code == 422
    assert "There is no article nowhere." in refused.text
    refused = client_of(agent).post("/cases/new?type=phones", data={**NEW, "fact_signal": "superb"})
    assert refused.status_code == 422
    assert session.scalars(select(Case)).all() == []
    assert client_of(agent).get("/cases/new?type=nothing").status_code == 404


def test_of_several_case_types_one_is_chosen_first(
    client_of: Open, session: Session, row: CaseTypeRow, agent: Person
) -> None:
    session.add(
        CaseTypeRow(
            key="bikes",
            schema={"key": "bikes", "names": {}, "attributes": []},
            audience="agent",
            created_at=row.created_at,
            changed_at=row.created_at,
        )
    )
    session.commit()
    assert "/cases/new?type=bikes" in Page(client_of(agent).get("/cases/new")).links()


def test_an_article_is_named_by_its_address_as_well(
    client_of: Open, session: Session, row: CaseTypeRow, agent: Person
) -> None:
    factories.article(session, "roaming", title="Roaming abroad")
    session.commit()
    for number, address in enumerate(("/help/en/a/roaming-abroad", "/inside/en/key/roaming", "roaming")):
        typed = {**NEW, "article": f"https://kb.example.com{address}" if number < 2 else address}
        answer = client_of(agent).post("/cases/new?type=phones", data={**typed, "fact_used": str(number)})
        assert answer.status_code == 303, address
    assert session.scalars(select(Case.article)).all() == ["roaming"] * 3


def test_a_case_is_changed_and_waits_again(
    client_of: Open, session: Session, row: CaseTypeRow, reviewer: Person, agent: Person
) -> None:
    factories.article(session, "prices")
    factories.article(session, "roaming")
    case = solved(session, row, "See [it](kb:prices).", abroad=True, used=2.0, maker="Nokia")
    session.commit()
    client = client_of(reviewer)
    page = client.get(page_of(case, "edit")).text
    assert 'value="Nokia"' in page
    assert re.search(r'<option selected value="true">yes</option>', page)
    version = version_of(case)
    form = {**NEW, "article": "roaming", "version": version}
    answer = client.post(page_of(case, "edit"), data=form)
    assert answer.status_code == 303, answer.text
    reread(session, case)
    assert (case.state, case.author_id, case.title) == ("solved", reviewer.id, "Roaming")
    assert [link.key for link in case.links] == ["roaming"], "what the solution no longer links to is gone"
    late = client.post(page_of(case, "edit"), data={**form, "title": "Too late"})
    assert late.status_code == 409
    assert 'value="Too late"' in late.text
    assert client_of(agent).get(page_of(case, "edit")).status_code == 403
    assert client_of(agent).post(page_of(case, "edit"), data=form).status_code == 403


def test_a_value_that_is_no_choice_any_more_is_shown_and_can_be_left(
    client_of: Open, session: Session, row: CaseTypeRow, reviewer: Person
) -> None:
    case = solved(session, row, abroad=True)
    case.facts = {"signal": "superb", "gone": "x"}
    session.commit()
    page = client_of(reviewer).get(page_of(case)).text
    assert page.count("does not fit the case type any more") == 2
    assert "superb (no choice any more)" in client_of(reviewer).get(page_of(case, "edit")).text


# Duplicates.


def test_duplicates_are_shown_before_they_become_one(
    client_of: Open, session: Session, row: CaseTypeRow, reviewer: Person, agent: Person
) -> None:
    kept = solved(session, row, abroad=True)
    gone = solved(session, row, abroad=True, used=1.0)
    gone.facts, gone.count = dict(kept.facts), 4
    session.commit()
    client = client_of(reviewer)
    page = client.get("/cases/duplicates?type=phones").text
    name = re.findall(r'name="same" value="(\w+)"', page)
    assert len(name) == 1
    assert "1 → 5" in page
    assert "Tick what is to become" in _after(client, {"type": "phones"})
    assert "changed meanwhile" in _after(client, {"type": "phones", "same": "else"})
    assert "1 case went into another one." in _after(client, {"type": "phones", "same": name[0]})
    assert session.scalars(select(Case.key)).all() == [kept.key]
    assert "No two cases say the same" in client.get("/cases/duplicates").text
    assert client_of(agent).get("/cases/duplicates").status_code == 403
    assert client_of(agent).post("/cases/duplicates", data={"type": "phones"}).status_code == 403


def _after(client: FlaskClient, form: dict[str, str]) -> str:
    answer = client.post("/cases/duplicates", data=form)
    assert answer.status_code == 303
    return client.get(answer.location).text


def test_without_a_case_type_the_pages_say_so(client_of: Open, specialist: Person) -> None:
    for path in ("/cases/", "/cases/new", "/cases/nearest"):
        assert "There is no case type yet" in client_of(specialist).get(path).text
    assert client_of(specialist).get("/cases/duplicates").status_code == 200


def test_ticked_cases_are_confirmed_together_and_a_stale_one_is_told(
    client_of: Open, session: Session, row: CaseTypeRow, reviewer: Person
) -> None:
    first, second = waiting(session, row, abroad=True), waiting(session, row, used=2.0)
    client = client_of(reviewer)
    boxes = re.findall(r'name="pick"[^>]*value="([^"]*)"', client.get("/cases/?state=solved").text)
    assert len(boxes) == 2
    stale = f"{second.id}:older"
    picks = [next(box for box in boxes if box.startswith(f"{first.id}:")), stale, "x", "9" * 30 + ":a"]
    done = client.post(
        "/cases/review/several", data={"pick": picks, "verb": "confirm"}, follow_redirects=True
    )
    assert "1 case is confirmed." in done.text
    assert "Somebody changed it meanwhile." in done.text
    session.expire_all()
    assert (first.state, second.state) == ("confirmed", "solved")


def test_what_was_ticked_stays_so_where_a_reason_is_missing(
    client_of: Open, session: Session, row: CaseTypeRow, reviewer: Person, agent: Person
) -> None:
    case = waiting(session, row, abroad=True)
    sent = {"pick": f"{case.id}:any", "verb": "retire", "reason": " "}
    refused = client_of(reviewer).post("/cases/review/several", data=sent, follow_redirects=True)
    assert "Say why." in refused.text
    assert re.search(r'name="pick"[^>]* checked', refused.text)
    assert client_of(agent).post("/cases/review/several", data=sent).status_code == 403
    assert 'name="pick"' not in client_of(agent).get("/cases/?state=solved").text
