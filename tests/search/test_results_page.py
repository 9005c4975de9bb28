"""The results page: all that an answer can hold is shown, marked as what it is, and leads where it should."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from markupsafe import Markup
from sqlalchemy.orm import Session

from kb.errors import AsksTooMuch
from kb.models import Person
from kb.portals import FEATURES
from search.answers import Answer, Facet, Failure, Item, Offer, Passage, Proven
from search.engine import Filters, Hit
from tests import factories
from tests.kb.stage import Page

TOKEN = "abcdefghijklmnopqrstuv"


class FakeBox:
    """Answers what it was told to, and remembers what it was asked."""

    def __init__(self) -> None:
        self.answers = Answer()
        self.asked: list[tuple[str, Filters, Any, dict[str, Any]]] = []

    def answer(self, question: str, filters: Filters, place: Any, **part: Any) -> Answer:
        self.asked.append((question, filters, place, part))
        return self.answers


def hit(article: int = 1, **values: Any) -> Hit:
    """An article that answers."""
    fields: dict[str, Any] = {
        "id": "1",
        "article": str(article),
        "key": "puk",
        "kind": "faq",
        "language": "en",
        "slug": "find-your-puk",
        "title": "Find your PUK",
        "summary": "",
        "score": 1.0,
        "snippet": Markup("The <mark>PUK</mark> unlocks it."),
        "title_html": Markup("Find your <mark>PUK</mark>"),
        "changed_at": 1_780_000_000,
    }
    return Hit(**(fields | values))


def item(found: Hit | None = None, **values: Any) -> Item:
    """A line of the list."""
    found = found or hit()
    fields: dict[str, Any] = {
        "source": "articles",
        "source_name": "",
        "kind": found.kind,
        "title": found.title_html,
        "snippet": found.snippet,
        "url": f"/help/en/a/{found.slug}",
        "language": found.language,
        "hit": found,
    }
    return Item(**(fields | values))


@pytest.fixture
def box(app: Flask, session: Session) -> FakeBox:
    """The portal `help` with a topic for its only article, and a box that answers as told."""
    phones = factories.topic(session, "phones", en="Phones", hu="Telefonok")
    sim = factories.topic(session, "sim", parent=phones, en="SIM cards", hu="SIM-kártyák")
    factories.portal(session, features=list(FEATURES))
    factories.article(session, "puk", title="Find your PUK", topics=[sim])
    session.commit()
    fake = app.extensions["box"] = FakeBox()
    return fake


def shown(client: FlaskClient, query: str = "q=puk", language: str = "en") -> Page:
    """The page for a question."""
    answer = client.get(f"/help/{language}/search?{query}")
    assert answer.status_code == 200
    return Page(answer)


def query_of(address: str) -> dict[str, str]:
    """What an address asks for."""
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def test_an_answer_says_what_it_is_where_it_stands_and_why(client: FlaskClient, box: FakeBox) -> None:
    found = hit(also_in=("hu",), alike=2, reasons=("recent",))
    box.answers = Answer(items=(item(found),), total=1, asked="puk", token=TOKEN)
    page = shown(client)
    for words in ("1 result", "for “puk”", "Phones", "SIM cards", "FAQ", "Also in: Magyar", "Why here?"):
        assert words in page.words
    assert "and 2 that say nearly the same" in page.words
    assert "Changed lately" in page.words
    assert "/help/en/topics/sim" in page.links()
    assert page.all("a", href="/help/en/a/find-your-puk", **{"data-article": "puk", "data-rank": "1"})
    assert page.all("a", href="/help/hu/a/find-your-puk", hreflang="hu")


def test_articles_are_counted_apart_from_what_else_is_listed(client: FlaskClient, box: FakeBox) -> None:
    line = item(source="forum", source_name="Our forum", kind="page", url="https://forum.test/1", hit=None)
    for items, total, said in (
        ((item(),), 13, "13 results for"),
        ((item(), line), 13, "13 articles and 1 other result for"),
        ((line, line), 0, "2 results for"),
    ):
        box.answers = Answer(items=items, total=total, asked="puk")
        assert said in shown(client).words


def test_a_line_from_outside_is_labelled_and_is_no_article(client: FlaskClient, box: FakeBox) -> None:
    line = item(source="forum", source_name="Our forum", kind="page", url="https://forum.test/1", hit=None)
    box.answers = Answer(items=(line,), total=0, asked="puk")
    page = shown(client)
    assert "Our forum" in page.words
    (link,) = page.all("a", href="https://forum.test/1")
    assert "data-article" not in link


def test_the_passage_comes_first_and_leads_to_its_place(client: FlaskClient, box: FakeBox) -> None:
    best = Passage(Markup("It has <mark>eight</mark> digits."), item(), "what-is-it")
    box.answers = Answer(items=(item(),), total=1, asked="puk", passage=best)
    page = shown(client)
    assert page.words.index("It has eight digits.") < page.words.index("The PUK unlocks it.")
    assert "/help/en/a/find-your-puk#what-is-it" in page.links()


def test_a_solved_case_says_how_often_it_worked(client: FlaskClient, box: FakeBox) -> None:
    case = item(source="cases", kind="case", title=Markup("SIM locked"), url="/cases/sim/one")
    tried = replace(case, hit=None, proven=Proven(5, 1, 2))
    untried = replace(case, hit=None, proven=Proven(0, 0, 2), url="/cases/sim/two")
    box.answers = Answer(items=(item(), tried, untried), total=1, asked="puk")
    page = shown(client)
    assert "Solved case worked 5 of 6 times" in page.words
    assert "Solved case solved 2 contacts" in page.words
    assert "/cases/sim/one" in page.links()


def test_guided_help_by_cases_starts_with_the_question(client: FlaskClient, box: FakeBox) -> None:
    offer = Offer("sim", "SIM cards", [("Lock", "PUK <b>")], 'the "card" is locked')
    box.answers = Answer(items=(item(),), total=1, asked="puk", offer=offer)
    page = shown(client)
    assert "Understood so far: Lock: PUK <b>" in page.words
    assert page.all("form", action="/help/en/guided/", method="post")
    assert page.all("input", name="text", value='the "card" is locked')
    assert page.all("input", name="case_type", value="sim")


def test_a_guide_that_fits_is_offered(client: FlaskClient, box: FakeBox) -> None:
    guide = item(hit(kind="guide", slug="no-signal"), kind="guide", url="/help/en/a/no-signal")
    box.answers = Answer(items=(item(),), total=1, asked="puk", guide=guide)
    page = shown(client)
    assert "Start the guide" in page.words
    assert "/help/en/a/no-signal" in page.links()


def test_a_corrected_question_can_be_asked_as_it_was_typed(client: FlaskClient, box: FakeBox) -> None:
    box.answers = Answer(items=(item(),), total=1, asked="puk <code>", instead_of="pukk <kode>")
    page = shown(client, "q=pukk&kind=faq")
    assert "These are the answers to puk <code>" in page.words
    (link,) = [link for link in page.links() if "exact=1" in link]
    assert query_of(link) == {"q": "pukk <kode>", "exact": "1", "kind": "faq"}


def test_a_better_spelling_is_offered(client: FlaskClient, box: FakeBox) -> None:
    box.answers = Answer(items=(item(),), total=1, asked="puc", did_you_mean="puk")
    page = shown(client, "q=puc")
    assert "Did you mean puk ?" in page.words
    assert "/help/en/search?q=puk" in page.links()


def test_words_that_were_given_up_are_named(client: FlaskClient, box: FakeBox) -> None:
    box.answers = Answer(items=(item(),), total=1, asked="puk zebra", given_up=("zebra",))
    assert "The best answer does not have: zebra" in shown(client).words


def test_other_languages_follow_under_a_heading_of_their_own(client: FlaskClient, box: FakeBox) -> None:
    other = item(hit(language="hu"), language="hu", title=Markup("PUK-kód"))
    box.answers = Answer(items=(item(),), total=1, asked="puk", elsewhere=(other,))
    page = shown(client)
    assert page.words.index("Find your PUK") < page.words.index("In other languages")
    assert page.all("a", lang="hu", hreflang="hu", **{"data-rank": "2"})


def test_a_source_that_did_not_answer_is_named(client: FlaskClient, box: FakeBox) -> None:
    failures = (Failure("Our forum", late=True), Failure("Our <wiki>", late=False))
    box.answers = Answer(items=(item(),), total=1, asked="puk", failures=failures)
    words = shown(client).words
    assert "Our forum took too long to answer." in words
    assert "Our <wiki> does not answer right now." in words


def test_questions_that_others_asked_can_be_asked(client: FlaskClient, box: FakeBox) -> None:
    box.answers = Answer(items=(item(),), total=1, asked="puk", also_asked=("Where & when?",))
    page = shown(client)
    assert "People also asked" in page.words
    assert {"q": "Where & when?"} in [query_of(link) for link in page.links()]


def test_what_can_be_chosen_is_counted_and_what_was_chosen_can_be_taken_off(
    client: FlaskClient, box: FakeBox
) -> None:
    box.answers = Answer(
        items=(item(),),
        total=9,
        asked="puk",
        facets={
            "kind": (Facet("faq", 9),),
            "topic": (Facet("phones", 9), Facet("sim", 4), Facet("nothing", 3)),
            "language": (Facet("en", 9), Facet("hu", 2)),
            "tag": (Facet("pin", 3), Facet("old", 0)),
        },
    )
    page = shown(client, "q=puk&kind=faq&topic=phones")
    asked = [query_of(link) for link in page.links() if "/search" in link]
    assert {"q": "puk", "kind": "faq"} in asked, "the topic can be taken off"
    assert {"q": "puk", "topic": "phones"} in asked, "and so can the kind"
    assert {"q": "puk", "kind": "faq", "topic": "sim"} in asked, "one step further down"
    assert {"q": "puk", "kind": "faq", "topic": "phones", "tag": "pin"} in asked
    assert {"q": "puk", "kind": "faq", "topic": "phones", "in": "hu"} in asked
    assert not [one for one in asked if one.get("tag") == "old" or one.get("topic") == "nothing"]
    assert page.all("input", type="hidden", name="topic", value="phones")


def test_what_is_chosen_narrows_and_what_there_is_not_does_nothing(client: FlaskClient, box: FakeBox) -> None:
    shown(client, "q=puk&kind=poem&topic=nowhere&in=xx&tag=")
    shown(client, "q=puk&kind=faq&topic=sim&in=hu&tag=pin&page=3&exact=1")
    (_, all_of_it, first, _), (_, some, second, part) = box.asked
    assert (all_of_it.kinds, all_of_it.topic, all_of_it.tags) == (frozenset(), None, frozenset())
    assert (all_of_it.languages, first.others, first.exact) == (("en",), ("hu",), False)
    assert (some.kinds, some.topic, some.tags) == (frozenset(["faq"]), "sim", frozenset(["pin"]))
    assert (some.languages, second.others, second.exact) == (("hu",), (), True)
    assert part["offset"] == 20


def test_only_a_new_question_of_somebody_who_lets_it_is_kept(client: FlaskClient, box: FakeBox) -> None:
    for query, headers in [
        ("q=puk", {}),
        ("q=puk&page=2", {}),
        ("q=puk&kind=faq", {}),
        ("q=puk", {"DNT": "1"}),
        ("q=puk", {"Sec-GPC": "1"}),
    ]:
        client.get(f"/help/en/search?{query}", headers=headers)
    assert [place.keeps for _, _, place, _ in box.asked] == [True, False, False, False, False]


def test_the_next_question_says_which_one_it_follows(client: FlaskClient, box: FakeBox) -> None:
    box.answers = Answer(items=(item(),), total=1, asked="puk", token=TOKEN)
    page = shown(client, f"q=puk&after={'b' * 22}")
    assert page.all("input", type="hidden", name="after", value=TOKEN)
    assert box.asked[0][2].previous == "b" * 22
    assert page.all("div", **{"data-token": TOKEN})


def test_nothing_found_is_said_with_ways_to_go_on(
    client: FlaskClient, box: FakeBox, session: Session
) -> None:
    factories.snippet(session, "support-contact", en="Call **0800 1**.", hu="Hívja a **0800 1** számot.")
    session.commit()
    page = shown(client, "q=zebra&kind=faq")
    assert "Nothing found for “zebra”" in page.words
    assert {"/help/en/topics/phones", "/help/en/search?q=zebra"} <= set(page.links())
    assert "Talk to a person Call 0800 1 ." in page.words
    assert "0800 1 számot" in shown(client, "q=zebra", "hu").words


def test_a_portal_can_have_its_own_way_to_a_person(
    client: FlaskClient, box: FakeBox, session: Session
) -> None:
    factories.snippet(session, "support-contact", en="Call us.")
    factories.snippet(session, "support-contact-help", en="Write to us.")
    session.commit()
    words = shown(client, "q=zebra").words
    assert "Write to us." in words
    assert "Call us." not in words


def test_topics_of_which_the_viewer_must_not_know_are_no_way_on(
    client: FlaskClient,
    client_of: Callable[[Person], FlaskClient],
    agent: Person,
    box: FakeBox,
    session: Session,
) -> None:
    hidden = factories.topic(session, "secret", en="Secret tariffs")
    factories.portal(session, "desk", audiences=["public", "agent"], features=list(FEATURES))
    factories.article(session, "tariffs", topics=[hidden], audience="agent")
    session.commit()
    assert "Secret tariffs" not in client.get("/help/en/search?q=zebra").text
    assert "Secret tariffs" not in client.get("/desk/en/search?q=zebra").text
    assert "Secret tariffs" in client_of(agent).get("/desk/en/search?q=zebra").text


def test_a_question_that_asks_for_too_much_is_refused_kindly(
    client: FlaskClient, box: FakeBox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> Answer:
        raise AsksTooMuch({"q": "Use at most 20 words with an asterisk."})

    monkeypatch.setattr(box, "answer", refuse)
    answer = client.get("/help/en/search?q=a*+b*")
    page = Page(answer)
    assert answer.status_code == 400
    assert "Use at most 20 words with an asterisk." in page.words
    assert page.all("input", name="q", value="a* b*"), "it can be mended"
