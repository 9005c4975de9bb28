"""The page of the nearest cases: what is known in one place, and what made each score."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from cbr.models import CaseState, CaseTypeRow
from kb.context import Services
from kb.models import Person
from tests import factories
from tests.cbr.stage import phones, solved
from tests.kb.stage import Page, statements

Open = Callable[[Person], FlaskClient]


@pytest.fixture
def row(session: Session) -> CaseTypeRow:
    factories.article(session, "roaming", title="Roaming abroad")
    made = phones(session)
    solved(
        session,
        made,
        "Buy more than {used}.\n\nThen restart.",
        article="roaming",
        problem="No service in Spain",
        abroad=True,
        signal="none",
        used=3.0,
    )
    solved(session, made, "Go to a window.", state=CaseState.SOLVED, abroad=False, signal="poor")
    session.commit()
    return made


def test_facts_and_words_find_cases_with_what_each_attribute_did(
    client_of: Open, row: CaseTypeRow, agent: Person
) -> None:
    asked = "fact_abroad=true&fact_signal=poor&fact_maker=Nokia&fact_used=8+GB&text=service+in+Spain"
    answer = client_of(agent).get(f"/cases/nearest?type=phones&{asked}")
    page = Page(answer)
    assert answer.status_code == 200
    assert page.words.index("Roaming abroad") < page.words.index("Go to a window.")
    assert "Buy more than 8 GB." in page.words, "the solution has what is known now in its places"
    assert "Abroad yes the same" in page.words
    assert "signal poor none" in page.words
    assert "maker Nokia not known" in page.words
    assert re.search(r"Words \d+ % alike", page.words)
    bars = re.findall(
        r'<rect class="share-ground" width="([\d.]+)" height="8"/><rect width="([\d.]+)"', answer.text
    )
    assert bars
    assert all(float(brought) <= float(counts) for counts, brought in bars)
    assert "style=" not in answer.text
    assert 'value="8 GB"' in answer.text


def test_what_the_case_has_and_nobody_knows_yet_is_named(
    client_of: Open, row: CaseTypeRow, agent: Person
) -> None:
    page = Page(client_of(agent).get("/cases/nearest?fact_abroad=true"))
    assert "The case also has: signal: none ; used: 3 GB" in page.words


def test_facts_are_read_out_of_the_words_once_and_can_be_taken_out(
    client_of: Open, row: CaseTypeRow, agent: Person
) -> None:
    client = client_of(agent)
    page = client.get("/cases/nearest?text=I+am+abroad").text
    assert re.search(r"Read from your words:\s*<a href=\"#fact_abroad\">Abroad</a> <q>abroad</q>", page)
    assert re.search(r'<option selected value="true">yes</option>', page)
    again = client.get("/cases/nearest?text=I+am+abroad&read=I+am+abroad&fact_abroad=").text
    assert "Read from your words" not in again
    assert '<option selected value="true">' not in again


def test_what_cannot_be_read_stands_beside_its_field(
    client_of: Open, row: CaseTypeRow, agent: Person
) -> None:
    refused = client_of(agent).get("/cases/nearest?type=phones&fact_used=much&fact_abroad=perhaps")
    assert refused.status_code == 422
    assert 'id="fact_used-error"' in refused.text
    assert 'id="fact_abroad-error"' in refused.text
    assert 'value="much"' in refused.text
    assert client_of(agent).get("/cases/nearest?type=nothing&fact_other=1").status_code == 200


def test_nothing_known_finds_nothing(client_of: Open, row: CaseTypeRow, agent: Person) -> None:
    assert "What do you know?" in client_of(agent).get("/cases/nearest").text
    assert "Nothing is like that" in client_of(agent).get("/cases/nearest?text=giraffe").text


def test_it_finds_what_the_viewer_may_see_and_nothing_else(
    client_of: Open, session: Session, row: CaseTypeRow, agent: Person
) -> None:
    factories.audience(session, "partners")
    solved(session, row, "Secret", audience="partners", abroad=True)
    session.commit()
    page = client_of(agent).get("/cases/nearest?fact_abroad=true").text
    assert "Secret" not in page
    assert "not confirmed yet" in page


def test_many_matches_ask_no_more_than_few(
    client_of: Open, services: Services, session: Session, row: CaseTypeRow, agent: Person
) -> None:
    client = client_of(agent)

    def asked() -> int:
        client.get("/cases/nearest?fact_abroad=true")
        with statements(services.database.engine) as seen:
            client.get("/cases/nearest?fact_abroad=true")
        return len(seen)

    few = asked()
    for number in range(8):
        solved(session, row, f"Do {number}.", article="roaming", abroad=True, used=float(number))
    session.commit()
    assert asked() == few <= 9
