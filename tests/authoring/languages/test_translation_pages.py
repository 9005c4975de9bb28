"""The pages of translations: the matrix, the source beside the form, the files for translators outside."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient
from lxml import html
from sqlalchemy import select
from sqlalchemy.orm import Session

from authoring.models import Review
from kb.context import Services
from kb.models import Article, Person, Revision, State
from tests import factories
from tests.authoring.languages.test_translation_files import filled_in, sent

Open = Callable[[Person], FlaskClient]
MATRIX, FILES = "/authoring/translations/", "/authoring/translations/files"


@pytest.fixture
def library(session: Session, translator: Person) -> Article:
    """An article that is stale in Hungarian and missing in Swedish, and one that is current; a Hungarian translator."""
    factories.limit(session, translator, languages=["hu"])
    factories.article(session, "fine", title="Fine", translations={"hu": "Rendben", "sv": "Bra"})
    made = factories.article(session, "bills", title="Bills", body="Pay 5 EUR.\n\nAsk us.")
    factories.revision(session, made, "hu", title="Számlák", body="Fizessen 5 eurót.\n\nKérdezzen.")
    factories.revision(session, made, title="Bills", body="Pay 6 EUR.\n\nAsk us.")
    session.commit()
    return made


def cells(page: str) -> dict[str, list[str]]:
    """Key of an article -> what its cells say."""
    rows = html.fromstring(page).xpath("//table[contains(@class, 'matrix')]/tbody/tr")
    return {
        row.xpath("string(.//span[contains(@class, 'code')])"): [
            " ".join(cell.text_content().split()) for cell in row.xpath("td")
        ]
        for row in rows
    }


def test_the_matrix_shows_every_article_in_every_language(
    client_of: Open, author: Person, library: Article
) -> None:
    page = client_of(author).get(MATRIX).text
    assert cells(page) == {
        "bills": ["Current Source", "Out of step", "Missing", "Missing"],
        "fine": ["Current Source", "Current", "Current", "Missing"],
    }
    assert f'href="/authoring/articles/{library.id}/sv"' in page
    assert "style=" not in page


def test_a_translator_sees_their_languages_first_and_what_waits_for_them(
    client_of: Open, translator: Person, library: Article
) -> None:
    desk = client_of(translator)
    page = desk.get(MATRIX).text
    assert cells(page) == {"bills": ["Out of step", "Current Source", "Missing", "Missing"]}
    links = html.fromstring(page).xpath("//table//td//a/@href")
    assert links == [f"/authoring/articles/{library.id}/hu"]
    assert set(cells(desk.get(f"{MATRIX}?q=").text)) == {"bills", "fine"}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("state=stale", {"bills"}),
        ("state=missing&language=sv", {"bills"}),
        ("state=current&language=hu", {"fine"}),
        ("q=FIN", {"fine"}),
        ("kind=guide", set()),
        ("topic=no-such&state=no-such&kind=no-such&page=99", {"bills", "fine"}),
        ("page=x", {"bills", "fine"}),
    ],
)
def test_the_matrix_is_filtered_as_the_address_says(
    client_of: Open, author: Person, library: Article, query: str, found: set[str]
) -> None:
    assert set(cells(client_of(author).get(f"{MATRIX}?{query}").text)) == found


def test_only_those_who_work_on_articles_open_these_pages(
    client: FlaskClient, client_of: Open, library: Article, reviewer: Person, agent: Person, outsider: Person
) -> None:
    assert client_of(reviewer).get(MATRIX).status_code == 200
    confirm = f"/authoring/articles/{library.id}/hu/still-right"
    for person in (agent, outsider):
        browser = client_of(person)
        assert browser.get(MATRIX).status_code == 403
        assert browser.get(FILES).status_code == 403
        assert browser.get(f"{FILES}/export?language=hu&from=en").status_code == 403
        assert browser.post(f"{FILES}/import").status_code == 403
        assert browser.post(confirm).status_code == 403
    assert client_of(reviewer).post(confirm).status_code == 403
    assert client.get(MATRIX).status_code in {302, 401}
    assert client.post(confirm).status_code in {302, 401}


# Beside the form


def beside(page: str) -> list[tuple[str, str]]:
    """Class and words of each passage beside the form."""
    found = html.fromstring(page).xpath("//li[contains(@class, 'side-passage')]")
    return [(one.get("class").split()[-1], " ".join(one.text_content().split())) for one in found]


def test_the_changed_passage_is_marked_word_by_word(
    client_of: Open, translator: Person, library: Article
) -> None:
    page = client_of(translator).get(f"/authoring/articles/{library.id}/hu").text
    assert beside(page) == [
        ("side-title", "Bills"),
        ("side-stale", "Changed Pay removed: 5added: 6 EUR."),
        ("side-paragraph", "Ask us."),
    ]
    assert "1 passage changed since this translation was made." in page
    assert "Nothing to change" in page


def save(browser: FlaskClient, library: Article, choice: str | None, session: Session) -> Revision:
    address = f"/authoring/articles/{library.id}/hu"
    form = html.fromstring(browser.get(address).text).get_element_by_id("edit")
    assert isinstance(form, html.FormElement)
    fields = {name: value for name, value in form.form_values() if name != "made_from_id"}
    fields |= {"body": "Fizessen 6 eurót.\n\nKérdezzen.", "action": "save"}
    if choice is not None:
        fields["made_from_id"] = choice
    assert browser.post(address, data=fields).status_code == 303
    session.rollback()
    return factories.newest(library, "hu")


def test_who_saves_says_whether_the_text_is_in_step(
    client_of: Open, translator: Person, library: Article, session: Session
) -> None:
    first, second = factories.translation(library).revisions
    browser = client_of(translator)
    page = html.fromstring(browser.get(f"/authoring/articles/{library.id}/hu").text)
    offered = page.xpath("//input[@name='made_from_id' and @type='radio' and @form='edit']/@value")
    assert offered == [str(second.id), str(first.id)]
    assert save(browser, library, str(second.id), session).made_from_id == second.id


def test_who_does_not_say_so_leaves_it_out_of_step(
    client_of: Open, translator: Person, library: Article, session: Session
) -> None:
    first = factories.translation(library).revisions[0]
    assert save(client_of(translator), library, None, session).made_from_id == first.id


def test_nothing_to_change_is_said_with_one_click_and_waits_for_approval(
    client_of: Open, translator: Person, library: Article, session: Session
) -> None:
    address = f"/authoring/articles/{library.id}/hu/still-right"
    answer = client_of(translator).post(address)
    assert answer.status_code == 303
    session.expire_all()
    newest = factories.newest(library, "hu")
    assert (newest.state, newest.made_from_id) == (State.IN_REVIEW, factories.newest(library).id)
    assert session.scalars(select(Review).where(Review.revision_id == newest.id)).one().outcome == "open"
    assert client_of(translator).post(address).status_code == 409


# Files


def test_what_is_missing_or_stale_is_taken_away_as_one_file(
    client_of: Open, author: Person, library: Article
) -> None:
    answer = client_of(author).get(f"{FILES}/export?from=en&language=hu")
    assert answer.content_type == "application/xliff+xml"
    assert "en-hu-2026-03-02.xlf" in answer.headers["Content-Disposition"]
    assert 'original="bills"' in answer.text
    assert 'original="fine"' not in answer.text
    swedish = client_of(author).get(f"{FILES}/export?from=en&language=sv&state=stale", follow_redirects=True)
    assert swedish.status_code == 422
    chosen = client_of(author).get(f"{FILES}/export?from=en&language=ru&keys=fine, bills").text
    assert chosen.count("<file") == 2


def test_a_translator_takes_away_only_what_they_may_translate(
    client_of: Open, translator: Person, library: Article
) -> None:
    browser = client_of(translator)
    assert browser.get(f"{FILES}/export?from=en&language=hu").status_code == 200
    assert browser.get(f"{FILES}/export?from=en&language=sv").status_code == 422


def test_a_translator_is_offered_their_language_and_another_to_translate_from(
    client_of: Open, translator: Person, library: Article
) -> None:
    page = client_of(translator).get(FILES).text
    chosen = re.findall(r'<select id="f-(from|language)".*?<option value="(\w+)" selected>', page, re.DOTALL)
    assert dict(chosen) == {"from": "en", "language": "hu"}


@pytest.mark.parametrize(
    "query",
    ["", "language=hu", "from=hu&language=hu", "from=en&language=xx", "from=en&language=hu&keys=no-such"],
)
def test_what_cannot_be_taken_away_is_said(
    client_of: Open, author: Person, library: Article, query: str
) -> None:
    assert client_of(author).get(f"{FILES}/export?{query}").status_code == 422


def upload(browser: FlaskClient, data: bytes) -> tuple[int, str]:
    answer = browser.post(f"{FILES}/import", data={"file": (io.BytesIO(data), "back.xlf")})
    return answer.status_code, answer.text


def test_a_translated_file_becomes_drafts(
    client_of: Open, translator: Person, library: Article, session: Session
) -> None:
    data = filled_in(sent(session, library))
    browser = client_of(translator)
    answer = browser.post(f"{FILES}/import", data={"file": (io.BytesIO(data), "back.xlf")})
    assert urlsplit(answer.location).path == MATRIX
    assert "“Számlák” is a draft." in browser.get(answer.location).text
    session.rollback()
    newest = factories.newest(library, "hu")
    assert (newest.state, newest.author_id, newest.body) == (
        State.DRAFT,
        translator.id,
        "Pay 6 EUR.\n\nKérdezzen.",
    )
    assert newest.change_note == "From a translator's file: back.xlf"


def test_a_file_with_faults_changes_nothing_and_names_their_lines(
    client_of: Open, translator: Person, library: Article, session: Session
) -> None:
    data = filled_in(sent(session, library), ("<target>Kérdezzen.</target>", "<target/>"))
    line = next(n for n, text in enumerate(data.decode().splitlines(), 1) if "<target/>" in text)
    status, page = upload(client_of(translator), data)
    assert status == 422
    (row,) = html.fromstring(page).xpath("//tbody/tr")
    assert [cell.text_content() for cell in row] == [str(line - 2), "bills / p2", "It has no translation."]
    session.rollback()
    assert factories.newest(library, "hu").number == 1


def test_no_file_a_broken_one_and_a_huge_one_are_refused(
    client_of: Open, author: Person, library: Article, services: Services
) -> None:
    browser = client_of(author)
    assert "Choose a file." in browser.post(f"{FILES}/import").text
    assert upload(browser, b"<xliff")[0] == 422
    services.config = replace(services.config, upload_limit=2**18)
    status, page = upload(browser, b" " * (2**18 + 1))
    assert status == 422
    assert "The file is larger than" in page
