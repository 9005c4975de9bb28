"""The pages of readings: what one has to read, asking a group, and who has not read it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from authoring.models import ReadingReceipt, ReadingRequest
from authoring.reading import readings
from authoring.reading.csv_table import csv_table
from authoring.reading.reading_questions import Question
from kb.models import Article, Group, Person
from kb.permissions import SYSTEM
from tests import factories
from tests.conftest import START, Clock
from tests.kb.admin.conftest import afresh, statements, words  # noqa: F401 - a fixture

Open = Callable[[Person], FlaskClient]
DUE = START + timedelta(days=7)
QUESTION = Question("How many <b>?", ("one", "two"), 1)


@pytest.fixture
def standard(session: Session) -> Article:
    """A standard for staff, which a portal shows them."""
    factories.portal(session, "inside", audiences=["agent"], entry_audience="agent")
    other = factories.article(session, "limits", title="Limits", audience="agent")
    assert other.id
    return factories.article(
        session,
        "refunds",
        title="Refunds",
        body="## Steps\n\nLook at [the limits](kb:limits) first.",
        kind="standard",
        audience="agent",
    )


@pytest.fixture
def team(session: Session, agent: Person, specialist: Person) -> Group:
    """Two people."""
    return factories.group(session, "team", [agent, specialist])


@pytest.fixture
def asked(session: Session, standard: Article, team: Group, author: Person) -> ReadingRequest:
    """The author has asked the team, with a question."""
    made = readings.ask(
        session,
        standard,
        team,
        due_at=DUE,
        note="The limits are new.",
        questions=[QUESTION],
        by=factories.viewer(session, author),
        now=START,
    )
    session.commit()
    return made


def receipts(session: Session) -> list[tuple[int, bool]]:
    """Tries, and whether it is confirmed."""
    afresh(session)
    return [(one.tries, one.confirmed_at is not None) for one in session.scalars(select(ReadingReceipt))]


def test_the_list_says_what_is_to_read_and_until_when(
    client_of: Open, agent: Person, asked: ReadingRequest, clock: Clock
) -> None:
    page = client_of(agent).get("/authoring/readings/")
    assert "Refunds The limits are new. Standard Due 3/9/26, 9:00" in words(page)
    assert "1 question " in words(page)
    assert "To read 1 waiting" in words(page)
    clock.advance(days=8)
    assert "Was due" in words(client_of(agent).get("/authoring/readings/"))


def test_a_customer_has_a_list_too(
    client_of: Open, customer: Person, outsider: Person, session: Session
) -> None:
    article = factories.article(session, "terms", title="Terms", audience="customer")
    group = factories.group(session, "partners", [customer])
    readings.ask(session, article, group, due_at=DUE, by=SYSTEM, now=START)
    session.commit()
    assert "Terms" in words(client_of(customer).get("/authoring/readings/"))
    page = words(client_of(outsider).get("/authoring/readings/"))
    assert "Nothing to read" in page
    assert "Terms" not in page


def test_the_article_is_read_on_the_page_and_its_links_lead_to_a_portal(
    client_of: Open, agent: Person, asked: ReadingRequest
) -> None:
    page = client_of(agent).get(f"/authoring/readings/{asked.id}")
    assert "Look at" in words(page)
    assert 'href="/inside/en/a/limits"' in page.text
    assert 'href="/inside/en/a/refunds"' in page.text
    assert "How many <b>?" in words(page)
    assert "How many <b>" not in page.text


def test_a_wrong_answer_is_named_and_counted_and_the_right_one_confirms(
    client_of: Open, agent: Person, asked: ReadingRequest, session: Session
) -> None:
    client, address = client_of(agent), f"/authoring/readings/{asked.id}"
    answer = client.post(address, data={"answer_0": "0"})
    assert answer.status_code == 422
    assert "This is not right. Read the passage again and choose anew." in words(answer)
    assert "1 try so far" in words(answer)
    assert receipts(session) == [(1, False)]
    answer = client.post(address, data={"answer_0": "1"})
    assert (answer.status_code, answer.location) == (303, "/authoring/readings/")
    assert receipts(session) == [(2, True)]
    page = words(client.get("/authoring/readings/"))
    assert "Nothing to read" in page
    assert "Read and understood Article Confirmed Tries Refunds 3/2/26" in page
    again = client.get(address)
    assert "You confirmed on Mar 2, 2026" in words(again)
    assert "I have read and understood it" not in words(again)


@pytest.mark.parametrize("sent", [{}, {"answer_0": ""}, {"answer_0": "x"}, {"answer_1": "1"}])
def test_bad_input_is_no_try(
    client_of: Open, agent: Person, asked: ReadingRequest, session: Session, sent: dict[str, str]
) -> None:
    answer = client_of(agent).post(f"/authoring/readings/{asked.id}", data=sent)
    assert answer.status_code == 422
    assert receipts(session) == []


def test_an_answer_beyond_the_choices_is_wrong(
    client_of: Open, agent: Person, asked: ReadingRequest, session: Session
) -> None:
    answer = client_of(agent).post(
        f"/authoring/readings/{asked.id}", data={"answer_0": "99999999999999999999"}
    )
    assert answer.status_code == 422
    assert receipts(session) == [(1, False)]


def test_nobody_else_reads_it_here(
    client: FlaskClient, client_of: Open, outsider: Person, supervisor: Person, asked: ReadingRequest
) -> None:
    address = f"/authoring/readings/{asked.id}"
    for person in (outsider, supervisor):
        assert client_of(person).get(address).status_code == 404
        assert client_of(person).post(address, data={"answer_0": "1"}).status_code == 404
    assert client.get(address).status_code == 302
    assert client_of(outsider).get("/authoring/readings/99").status_code == 404


def form(team: Group, **more: str) -> dict[str, str]:
    return {"group": str(team.id), "due_at": "2026-03-09T18:00", "note": "New.", **more}


def questions(**more: str) -> dict[str, str]:
    return {
        "question_1": "Who?",
        "choice_1_1": "they",
        "choice_1_3": " we ",
        "right_1": "2",
        **more,
    }


def test_an_author_asks_a_group(
    client_of: Open, author: Person, session: Session, standard: Article, team: Group
) -> None:
    session.commit()
    client = client_of(author)
    assert "Refunds" in words(client.get("/authoring/readings/new?q=refu"))
    assert "Nothing found" in words(client.get("/authoring/readings/new?q=%00%25_"))
    answer = client.post(f"/authoring/articles/{standard.id}/readings/new", data=form(team) | questions())
    assert answer.status_code == 303, words(answer)
    made = session.scalars(select(ReadingRequest)).one()
    assert answer.location == f"/authoring/readings/{made.id}/people"
    assert made.questions == [{"text": "Who?", "choices": ["they", "we"], "right": 1}]
    assert made.due_at == START + timedelta(days=7, hours=9)
    assert made.note == "New."
    page = words(client.get(answer.location))
    assert "Agnes Agent agent@example.com Not yet" in page
    assert "0 of 2 confirmed" in page


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"due_at": "soon"}, "Give a day and a time"),
        ({"due_at": ""}, "This field is required"),
        ({"due_at": "2026-03-01T09:00"}, "Give a time in the future"),
        ({"group": "99"}, "Not a valid choice"),
        ({"group": "x"}, "Invalid Choice"),
        ({"note": "x" * 501}, "Field cannot be longer than 500"),
        ({"right_1": ""}, "Mark the choice that is right."),
        ({"right_1": "1"}, "Mark the choice that is right."),
        ({"choice_1_3": ""}, "Give 2 to 4 choices."),
        ({"question_1": ""}, "Write the question"),
        ({"choice_2_1": "kept"}, "Write the question"),
        ({"question_1": "x" * 301}, "Field cannot be longer than 300"),
    ],
)
def test_what_was_typed_stays_when_something_is_wrong(
    client_of: Open,
    author: Person,
    session: Session,
    standard: Article,
    team: Group,
    wrong: dict[str, str],
    said: str,
) -> None:
    session.commit()
    sent = form(team, note="Keep me.") | questions() | wrong
    answer = client_of(author).post(f"/authoring/articles/{standard.id}/readings/new", data=sent)
    assert answer.status_code == 422
    assert said in words(answer)
    assert 'value="they"' in answer.text
    assert session.scalars(select(ReadingRequest)).all() == []


def test_asking_again_carries_the_settings_over(
    client_of: Open, author: Person, session: Session, standard: Article, asked: ReadingRequest, team: Group
) -> None:
    factories.revision(session, standard, title="Refunds 2")
    session.commit()
    client = client_of(author)
    assert "Changed since" in words(client.get("/authoring/readings/asked"))
    assert "Readers see another text now" in words(client.get(f"/authoring/readings/{asked.id}/people"))
    address = f"/authoring/articles/{standard.id}/readings/new"
    page = client.get(f"{address}?again={asked.id}").text
    assert "The limits are new." in page
    assert "How many &lt;b&gt;?" in page
    assert 'value="two"' in page
    answer = client.post(address, data=form(team))
    assert answer.status_code == 409
    assert "is asked to read it already" in words(answer)
    answer = client.post(f"{address}?again={asked.id}", data=form(team))
    assert answer.status_code == 303
    afresh(session)
    assert [
        one.closed_at is None for one in session.scalars(select(ReadingRequest).order_by(ReadingRequest.id))
    ] == [
        False,
        True,
    ]


@pytest.mark.parametrize("again", ["99", "x", "-1", "99999999999999999999"])
def test_an_earlier_request_that_is_none_is_not_carried_over(
    client_of: Open, author: Person, standard: Article, asked: ReadingRequest, again: str
) -> None:
    page = client_of(author).get(f"/authoring/articles/{standard.id}/readings/new?again={again}")
    assert page.status_code == 200
    assert "The limits are new." not in page.text


def test_settings_of_others_are_not_shown(
    client_of: Open, specialist: Person, standard: Article, asked: ReadingRequest
) -> None:
    """The right answers are for those who may see the request."""
    page = client_of(specialist).get(f"/authoring/articles/{standard.id}/readings/new?again={asked.id}")
    assert page.status_code == 403


def test_a_supervisor_sees_every_team(
    client_of: Open, supervisor: Person, asked: ReadingRequest, clock: Clock
) -> None:
    client = client_of(supervisor)
    page = client.get("/authoring/readings/asked")
    assert "Team Refunds" in words(page)
    assert "2 not yet 0 of 2 confirmed" in words(page)
    clock.advance(days=8)
    page = client.get("/authoring/readings/asked")
    assert "2 overdue 0 of 2 confirmed" in words(page)
    assert '<rect class="is-late" width="2"' in page.text


@pytest.mark.parametrize("path", ["people", "people.csv"])
def test_who_has_not_is_only_for_those_who_may_know(
    client_of: Open,
    asked: ReadingRequest,
    author: Person,
    supervisor: Person,
    admin: Person,
    reviewer: Person,
    agent: Person,
    specialist: Person,
    outsider: Person,
    path: str,
) -> None:
    address = f"/authoring/readings/{asked.id}/{path}"
    for person in (author, supervisor, admin):
        assert "Agnes Agent" in client_of(person).get(address).text
    for person in (reviewer, specialist, agent, outsider):
        answer = client_of(person).get(address)
        assert answer.status_code == 403
        assert "Sofia Specialist agent" not in answer.text
    for path_of_all in ("asked", "asked.csv"):
        answer = client_of(reviewer).get(f"/authoring/readings/{path_of_all}")
        assert answer.status_code == 200
        assert "Refunds" not in answer.text


def test_a_spreadsheet_gets_everybody_and_no_formula(
    client_of: Open, supervisor: Person, agent: Person, asked: ReadingRequest, session: Session
) -> None:
    agent.name = '=HYPERLINK("http://evil.example","x")'
    session.commit()
    answer = client_of(supervisor).get("/authoring/readings/asked.csv")
    assert answer.mimetype == "text/csv"
    assert answer.headers["Content-Disposition"] == "attachment; filename=readings.csv"
    rows = list(csv.reader(io.StringIO(answer.text.lstrip("\ufeff"))))
    assert rows[0] == ["Group", "Article", "Person", "E-mail", "Due", "State", "Confirmed", "Tries"]
    assert len(rows) == 3
    assert [row[2] for row in rows if "HYPERLINK" in row[2]] == ['\'=HYPERLINK("http://evil.example","x")']


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\r=1", "\n=1", "|calc"])
def test_no_text_becomes_a_formula(text: str) -> None:
    assert (
        next(csv.reader(io.StringIO(csv_table([[text]]).decode().lstrip("\ufeff"), newline="")))[0]
        == f"'{text}"
    )


def test_a_number_and_a_plain_text_stay_as_they_are() -> None:
    assert csv_table([[-1, "a=b", "Åsa"]]).decode() == "\ufeff-1,a=b,Åsa\r\n"


def test_asking_is_stopped(
    client_of: Open, author: Person, agent: Person, asked: ReadingRequest, session: Session
) -> None:
    address = f"/authoring/readings/{asked.id}/close"
    assert client_of(agent).post(address).status_code == 403
    answer = client_of(author).post(address, follow_redirects=True)
    assert "Nobody has been asked any more since Mar 2, 2026." in words(answer)
    assert client_of(agent).get(f"/authoring/readings/{asked.id}").status_code == 404


def test_the_article_s_work_page_leads_to_the_asking(
    client_of: Open, author: Person, translator: Person, standard: Article, session: Session
) -> None:
    session.commit()
    address = f"/authoring/articles/{standard.id}/readings/new"
    assert f'href="{address}"' in client_of(author).get(f"/admin/articles/{standard.id}").text
    assert f'href="{address}"' not in client_of(translator).get(f"/admin/articles/{standard.id}").text


def test_an_agent_has_no_page_to_ask(
    client_of: Open, agent: Person, standard: Article, session: Session
) -> None:
    session.commit()
    client = client_of(agent)
    for path in ("readings/new", "readings/asked", f"articles/{standard.id}/readings/new"):
        assert client.get(f"/authoring/{path}").status_code == 403
    assert "By group" not in words(client.get("/authoring/readings/"))


def test_a_translator_may_not_ask(
    client_of: Open, translator: Person, standard: Article, team: Group, session: Session
) -> None:
    session.commit()
    address = f"/authoring/articles/{standard.id}/readings/new"
    assert client_of(translator).get(address).status_code == 403
    assert client_of(translator).post(address, data=form(team)).status_code == 403


def test_many_teams_cost_no_more_queries_than_few(
    client_of: Open,
    supervisor: Person,
    session: Session,
    standard: Article,
    statements: Callable[[Callable[[], object]], int],  # noqa: F811
) -> None:
    def more(number: int) -> None:
        for one in range(number):
            article = factories.article(session, f"a-{number}-{one}", audience="agent")
            group = factories.group(session, f"g-{number}-{one}", [supervisor])
            readings.ask(session, article, group, due_at=DUE, by=SYSTEM, now=START)
        session.commit()

    client = client_of(supervisor)
    more(2)
    few = statements(lambda: client.get("/authoring/readings/asked"))
    more(8)
    assert statements(lambda: client.get("/authoring/readings/asked")) <= few + 2
