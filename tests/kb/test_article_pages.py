"""The article page: what it shows around the text, in which language, to whom, and until when."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from kb import articles, publication
from kb.app import create_app
from kb.config import Config
from kb.models import Feedback, OldSlug, Person, State
from kb.permissions import SYSTEM
from kb.portals import FEATURES
from tests import factories
from tests.conftest import START, Clock
from tests.kb.stage import Page, Stage

Open = Callable[[Person], FlaskClient]
ROAMING = "/help/en/a/roaming-abroad"


def linked_data(answer: TestResponse) -> dict[str, Any]:
    """What the page says of itself to search engines; read as a browser does, up to the first end of a script."""
    _, _, rest = answer.text.partition('<script type="application/ld+json">')
    found: dict[str, Any] = json.loads(rest.partition("</script")[0])
    return found


# Around the text


def test_the_page_has_the_text_the_contents_and_the_way_there(client: FlaskClient, site: Stage) -> None:
    page = Page(client.get(ROAMING))
    assert "Roaming abroad" in page.words
    assert "How to call from abroad" in page.words
    assert "Switch it on ." in page.words
    assert {"#at-first-steps", "#at-then"} <= set(page.links())
    assert page.all("h2", id="at-first-steps")
    trail = [
        link for link in page.links() if link.startswith("/help/en/topics/") and link != "/help/en/topics/"
    ]
    assert trail == ["/help/en/topics/phones", "/help/en/topics/sim"]


def test_the_page_says_what_to_read_next_and_what_leads_here(client: FlaskClient, site: Stage) -> None:
    roaming = Page(client.get(ROAMING))
    assert "Read next Prices" in roaming.words
    assert "Linked from" not in roaming.words
    prices = Page(client.get("/help/en/a/prices"))
    assert "Linked from Roaming abroad" in prices.words


def test_a_link_leads_to_the_article_in_the_best_language(client: FlaskClient, site: Stage) -> None:
    assert Page(client.get(ROAMING)).all("a", href="/help/en/a/prices", title="Prices")


def test_files_that_the_text_does_not_show_are_listed(client: FlaskClient, site: Stage) -> None:
    address = f"/files/{site.attachment.id}/note.txt"
    assert address in Page(client.get(ROAMING)).links()
    answer = client.get(address)
    assert answer.text == "A note."
    assert answer.headers["Content-Disposition"].startswith("attachment")


def test_a_picture_is_shown_where_the_text_has_it(client: FlaskClient, session: Session, site: Stage) -> None:
    from tests.kb.admin.conftest import png

    picture = factories.attachment(session, site.prices, "price list.png", png())
    factories.revision(session, site.prices, title="Prices", body=f"![A list](attachment:{picture.id})")
    session.commit()
    page = Page(client.get("/help/en/a/prices"))
    address = f"/files/{picture.id}/price%20list.png"
    assert page.all("img", src=address, alt="A list")
    assert address not in page.links()
    shown = client.get(address)
    assert shown.mimetype == "image/png"
    assert shown.headers["Content-Disposition"].startswith("inline")
    assert client.get(address, headers={"If-None-Match": shown.headers["ETag"]}).status_code == 304


def test_the_print_view_has_no_form_and_the_same_canonical_address(client: FlaskClient, site: Stage) -> None:
    assert f"{ROAMING}?view=print" in Page(client.get(ROAMING)).links()
    page = Page(client.get(f"{ROAMING}?view=print"))
    assert "print-view" in page.all("body")[0]["class"]
    assert not page.all("form", id="feedback")
    assert page.all("link", rel="canonical", href=f"http://localhost{ROAMING}")


# Languages


def test_the_page_names_its_languages_to_people_and_to_search_engines(
    client: FlaskClient, site: Stage
) -> None:
    page = Page(client.get(ROAMING))
    hungarian = "/help/hu/a/barangolas-kulfoldon"
    assert page.all("a", href=hungarian, hreflang="hu")
    assert page.all("link", rel="alternate", hreflang="hu", href=f"http://localhost{hungarian}")
    assert page.all("link", rel="alternate", hreflang="en", href=f"http://localhost{ROAMING}")
    assert page.all("link", rel="canonical", href=f"http://localhost{ROAMING}")


def test_a_slug_of_another_language_leads_to_the_one_of_this_language(
    client: FlaskClient, site: Stage
) -> None:
    assert client.get("/help/hu/a/roaming-abroad").location == "/help/hu/a/barangolas-kulfoldon"
    assert client.get("/help/en/a/barangolas-kulfoldon").location == ROAMING


def test_an_article_that_this_language_lacks_is_shown_in_another_with_a_notice(
    client: FlaskClient, session: Session, site: Stage
) -> None:
    factories.article(session, "only-here", title="Csak itt", language="hu")
    session.commit()
    page = Page(client.get("/help/en/a/csak-itt"))
    assert page.language == "en"
    assert page.all("h1", lang="hu", dir="ltr")
    assert "This article is not available in English yet. You are reading it in Magyar." in page.words
    assert page.all("link", rel="canonical", href="http://localhost/help/hu/a/csak-itt")
    assert "not available" not in Page(client.get("/help/en/a/prices")).words


def test_a_language_that_is_written_from_right_to_left_is_shown_so(
    client: FlaskClient, session: Session
) -> None:
    factories.portal(session, languages=["ar", "en"], features=list(FEATURES))
    factories.article(session, "sim", title="SIM", translations={"ar": "بطاقة"})
    bills = factories.topic(session, "bills")
    factories.article(session, "bill", title="فاتورة", language="ar", topics=[bills])
    session.commit()
    arabic = Page(client.get("/help/ar/key/sim", follow_redirects=True))
    assert arabic.all("html", lang="ar", dir="rtl")
    assert not arabic.all("h1", lang="ar"), "the page itself says so"
    foreign = Page(client.get("/help/en/key/bill", follow_redirects=True))
    assert foreign.all("html", lang="en", dir="ltr")
    assert foreign.all("h1", lang="ar", dir="rtl")
    assert foreign.all("div", lang="ar", dir="rtl")
    assert Page(client.get("/help/en/topics/bills")).all("a", lang="ar", dir="auto"), "lists mix directions"


def test_a_key_leads_to_the_article_in_this_language(client: FlaskClient, site: Stage) -> None:
    assert client.get("/help/hu/key/roaming").location == "/help/hu/a/barangolas-kulfoldon"
    assert client.get("/help/hu/key/prices").location == "/help/hu/a/prices"


def test_a_translation_whose_source_changed_says_so(
    client: FlaskClient, session: Session, site: Stage
) -> None:
    notice = "The original of this translation was changed since."
    made = factories.article(
        session, "tariff", title="Díjszabás", language="hu", translations={"en": "Tariff"}
    )
    session.commit()
    english, source = "/help/en/a/tariff", "/help/hu/a/dijszabas"
    assert notice not in Page(client.get(english)).words
    factories.revision(session, made, title="Díjszabás", body="Új szabályok.")
    session.commit()
    assert notice in Page(client.get(english)).words
    assert not Page(client.get(source)).all("div", **{"class": "notice notice-warn"})
    factories.revision(session, made, "en", title="Tariff", body="New rules.")
    session.commit()
    assert notice not in Page(client.get(english)).words


# Only for staff


def test_only_staff_is_told_that_a_review_is_due(
    client: FlaskClient,
    client_of: Open,
    session: Session,
    agent: Person,
    customer: Person,
    clock: Clock,
    site: Stage,
) -> None:
    factories.article(session, "old", review_by=START + timedelta(days=1))
    session.commit()
    notice = "This article is due for review."
    assert notice not in Page(client_of(agent).get("/help/en/a/old")).words
    clock.advance(days=1)
    assert notice in Page(client_of(agent).get("/help/en/a/old")).words
    for other in (client, client_of(customer)):
        page = Page(other.get("/help/en/a/old"))
        assert notice not in page.words
        assert "Review by" not in page.words


def test_only_those_who_look_after_articles_are_led_to_the_administration(
    client: FlaskClient, client_of: Open, author: Person, agent: Person, site: Stage
) -> None:
    manage = f"/admin/articles/{site.roaming.id}"
    assert manage in Page(client_of(author).get(ROAMING)).links()
    for other in (client, client_of(agent)):
        assert manage not in Page(other.get(ROAMING)).links()


def test_what_is_not_for_everybody_says_for_whom_it_is(
    client_of: Open, session: Session, agent: Person, site: Stage
) -> None:
    factories.article(session, "inner", audience="agent")
    session.commit()
    assert "Staff" in Page(client_of(agent).get("/internal/en/a/inner")).words
    assert client_of(agent).get("/help/en/a/inner").status_code == 404, (
        "a public portal shows public things only"
    )


# What the text takes from elsewhere


def test_a_link_to_what_the_reader_may_not_see_is_plain_words(
    client: FlaskClient, client_of: Open, session: Session, agent: Person, site: Stage
) -> None:
    factories.article(session, "inner", title="The inner article", audience="agent")
    factories.article(session, "draft", title="The draft", state=State.DRAFT)
    body = "Ask [about this](kb:inner), [that](kb:draft) and [nothing](kb:nothing)."
    factories.article(session, "outer", body=body, related=["inner", "draft", "nothing"])
    session.commit()
    page = Page(client.get("/help/en/a/outer"))
    assert "Ask about this , that and nothing ." in page.words
    assert "Read next" not in page.words
    assert not [link for link in page.links() if "inner" in link or "draft" in link or "nothing" in link]
    inside = Page(client_of(agent).get("/internal/en/a/outer"))
    assert "/internal/en/a/the-inner-article" in inside.links()
    assert not [link for link in inside.links() if "draft" in link or "nothing" in link]


def test_only_articles_that_the_reader_may_see_are_said_to_lead_here(
    client: FlaskClient, client_of: Open, session: Session, agent: Person, site: Stage
) -> None:
    factories.article(
        session, "inner", title="The inner article", audience="agent", body="[Prices](kb:prices)"
    )
    session.commit()
    assert "The inner article" not in client.get("/help/en/a/prices").text
    assert "The inner article" in client_of(agent).get("/internal/en/a/prices").text


def test_a_snippet_is_shown_in_the_language_of_the_article(
    client: FlaskClient, session: Session, site: Stage
) -> None:
    factories.snippet(session, "hours", en="Open from **8** to 20.", hu="Nyitva **8**-tól 20-ig.")
    factories.article(
        session,
        "shop",
        title="Shop",
        body="{{snippet:hours}} {{snippet:unknown}}",
        translations={"hu": "Bolt"},
    )
    session.commit()
    assert "Open from 8 to 20." in Page(client.get("/help/en/a/shop")).words
    assert "Nyitva 8 -tól 20-ig." in Page(client.get("/help/hu/a/bolt")).words
    assert "{{snippet:unknown}}" in Page(client.get("/help/en/a/shop")).words


def test_a_value_from_outside_is_shown_as_it_was_said_last(
    config: Config, clock: Clock, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[Any] = [{"day": {"price": "<b>2.50</b>"}}]

    def fetch(_url: str, _config: Config) -> Any:
        if isinstance(said[0], Exception):
            raise said[0]
        return said[0]

    monkeypatch.setattr("kb.external._fetch", fetch)
    factories.portal(session, features=list(FEATURES))
    factories.source(session, "tariff", "http://prices.example/", ttl_s=60)
    factories.article(
        session, "price", body="It costs {{ext:tariff.day.price}}, not {{ext:tariff.no.thing}}."
    )
    session.commit()
    client = create_app(
        replace(config, external_hosts=frozenset({"prices.example"})), clock=clock
    ).test_client()

    assert "It costs <b>2.50</b> , not — ." in Page(client.get("/help/en/a/price")).words
    said[0] = {"day": {"price": 3}}
    clock.advance(seconds=59)
    assert "2.50" in client.get("/help/en/a/price").text
    clock.advance(seconds=1)
    assert "It costs 3 , not" in Page(client.get("/help/en/a/price")).words
    said[0] = OSError("down")
    clock.advance(seconds=60)
    late = client.get("/help/en/a/price")
    assert "external-stale" in late.text
    assert "It costs 3 (" in Page(late).words, "with its age"


# Addresses that were


def test_an_old_slug_leads_to_the_new_one_for_ever(
    client: FlaskClient, session: Session, site: Stage
) -> None:
    translation = factories.translation(site.prices)
    for slug in ("tariffs", "what-it-costs"):
        articles.rename(session, translation, slug, by=SYSTEM)
    session.commit()
    for old in ("prices", "tariffs"):
        answer = client.get(f"/help/en/a/{old}")
        assert answer.status_code == 301
        assert answer.location == "/help/en/a/what-it-costs"
    assert client.get("/help/en/a/what-it-costs").status_code == 200


def test_an_old_slug_of_a_hidden_article_leads_nowhere(
    client: FlaskClient, session: Session, site: Stage
) -> None:
    hidden = factories.article(session, "hidden", audience="agent")
    articles.rename(session, factories.translation(hidden), "new-secret", by=SYSTEM)
    session.commit()
    answer = client.get("/help/en/a/hidden")
    assert answer.status_code == 404
    assert "new-secret" not in answer.text


def test_an_article_is_gone_from_the_second_at_which_it_expires(
    client: FlaskClient, session: Session, clock: Clock, site: Stage
) -> None:
    factories.article(session, "offer", title="Offer", expires_at=START + timedelta(seconds=10))
    session.commit()
    clock.advance(seconds=9)
    assert client.get("/help/en/a/offer").status_code == 200
    clock.advance(seconds=1)
    answer = client.get("/help/en/a/offer")
    assert answer.status_code == 410
    assert "It has expired or was withdrawn." in Page(answer).words


def test_a_withdrawn_article_is_gone_at_once(client: FlaskClient, session: Session, site: Stage) -> None:
    assert client.get("/help/en/a/prices").status_code == 200
    publication.withdraw(session, factories.newest(site.prices), by=SYSTEM, now=START)
    session.commit()
    assert client.get("/help/en/a/prices").status_code == 410


def test_an_article_appears_at_the_second_at_which_it_is_published(
    client: FlaskClient, session: Session, clock: Clock, site: Stage
) -> None:
    factories.article(session, "soon", publish_at=START + timedelta(seconds=10))
    session.commit()
    clock.advance(seconds=9)
    assert client.get("/help/en/a/soon").status_code == 404
    clock.advance(seconds=1)
    assert client.get("/help/en/a/soon").status_code == 200


@pytest.mark.parametrize("state", [State.DRAFT, State.IN_REVIEW, State.APPROVED, State.REJECTED])
def test_what_is_not_published_was_never_here(
    client: FlaskClient, client_of: Open, session: Session, author: Person, site: Stage, state: State
) -> None:
    factories.article(session, "hidden", state=state)
    session.commit()
    assert client.get("/help/en/a/hidden").status_code == 404
    assert client_of(author).get("/help/en/a/hidden").status_code == 404


def test_what_expired_for_others_was_never_here(client: FlaskClient, session: Session, site: Stage) -> None:
    ended = START - timedelta(days=1)
    factories.article(
        session, "inner", audience="agent", publish_at=ended - timedelta(days=1), expires_at=ended
    )
    session.commit()
    assert client.get("/help/en/a/inner").status_code == 404


def test_what_was_withdrawn_before_it_showed_was_never_here(
    client: FlaskClient, session: Session, clock: Clock, site: Stage
) -> None:
    planned = factories.article(session, "planned", publish_at=START + timedelta(days=1))
    publication.withdraw(session, factories.newest(planned), by=SYSTEM, now=START)
    session.commit()
    clock.advance(days=2)
    assert client.get("/help/en/a/planned").status_code == 404


def test_what_expired_in_another_portal_was_never_here(
    client: FlaskClient, session: Session, site: Stage
) -> None:
    elsewhere = factories.topic(session, "elsewhere")
    ended = START - timedelta(days=1)
    factories.article(
        session, "old", topics=[elsewhere], publish_at=ended - timedelta(days=1), expires_at=ended
    )
    factories.portal(session, "small", topics=["sim"])
    session.commit()
    assert client.get("/help/en/a/old").status_code == 410
    assert client.get("/small/en/a/old").status_code == 404


# Feedback


@pytest.mark.parametrize(("said", "helpful"), [("yes", True), ("no", False)])
def test_feedback_is_kept_with_the_revision_and_the_portal(
    client: FlaskClient, session: Session, site: Stage, said: str, helpful: bool
) -> None:
    answer = client.post(f"{ROAMING}/feedback", data={"helpful": said, "comment": "  Thanks! <3 "})
    assert answer.status_code == 303
    assert answer.location == f"{ROAMING}?thanks=1#feedback"
    kept = session.scalars(select(Feedback)).one()
    assert (kept.helpful, kept.comment, kept.portal) == (helpful, "Thanks! <3", "help")
    assert kept.revision_id == factories.newest(site.roaming).id
    thanked = Page(client.get(answer.location))
    assert "Thank you, your answer helps us to improve." in thanked.words
    assert not thanked.all("input", name="helpful")


@pytest.mark.parametrize(
    "said", [{}, {"helpful": "maybe"}, {"helpful": "yes", "comment": "x" * 2001}, {"comment": "only words"}]
)
def test_feedback_that_says_nothing_or_too_much_is_refused(
    client: FlaskClient, session: Session, site: Stage, said: dict[str, str]
) -> None:
    answer = client.post(f"{ROAMING}/feedback", data=said)
    assert answer.status_code == 422
    assert any(words in Page(answer).words for words in ("Say yes or no.", "Use at most 2000 characters."))
    assert session.scalars(select(Feedback)).all() == []


def test_feedback_is_taken_only_for_what_the_reader_sees(
    client: FlaskClient, session: Session, site: Stage
) -> None:
    factories.article(session, "inner", audience="agent")
    session.commit()
    for slug in ("inner", "nothing"):
        assert client.post(f"/help/en/a/{slug}/feedback", data={"helpful": "yes"}).status_code == 404


def test_feedback_without_the_feature_is_refused(client: FlaskClient, session: Session) -> None:
    factories.portal(session, features=["search"])
    factories.article(session)
    session.commit()
    assert not Page(client.get("/help/en/a/roaming")).all("form", id="feedback")
    assert client.post("/help/en/a/roaming/feedback", data={"helpful": "yes"}).status_code == 404


def test_nobody_floods_the_feedback(config: Config, clock: Clock, site: Stage) -> None:
    client = create_app(replace(config, rate_limits=True), clock=clock).test_client()
    answers = [client.post(f"{ROAMING}/feedback", data={"helpful": "yes"}) for _ in range(11)]
    assert [answer.status_code for answer in answers] == [303] * 10 + [429]
    assert "Wait a minute and try again." in Page(answers[-1]).words


# What search engines are told


def test_questions_and_answers_are_told_to_search_engines(
    client: FlaskClient, session: Session, site: Stage
) -> None:
    body = "## Can I *pay* by card?\n\nYes, you **can**.\n\n## How long?\n\nA day & a night.\n\n## About us\n\nWords."
    factories.article(session, "paying", title="Paying", kind="faq", body=body)
    session.commit()
    answer = client.get("/help/en/a/paying")
    data = linked_data(answer)
    assert (data["@context"], data["@type"], data["inLanguage"]) == ("https://schema.org", "FAQPage", "en")
    assert data["url"] == "http://localhost/help/en/a/paying"
    asked = [(question["name"], question["acceptedAnswer"]["text"]) for question in data["mainEntity"]]
    assert asked == [("Can I pay by card?", "Yes, you can."), ("How long?", "A day & a night.")]
    assert all(name in Page(answer).words.replace(" ?", "?") for name in ("How long?",))
    assert {part["@type"] for part in data["mainEntity"]} == {"Question"}


def test_steps_are_told_to_search_engines(client: FlaskClient, session: Session, site: Stage) -> None:
    factories.article(
        session, "setup", title="Set up", kind="wiki", body="1. Open it.\n2. Close it.\n   - gently\n"
    )
    session.commit()
    data = linked_data(client.get("/help/en/a/set-up"))
    assert data["@type"] == "HowTo"
    assert [(step["position"], step["text"]) for step in data["step"]] == [
        (1, "Open it."),
        (2, "Close it. gently"),
    ]


def test_without_the_feature_search_engines_are_told_nothing(client: FlaskClient, session: Session) -> None:
    factories.portal(session, features=["search"])
    factories.article(session)
    session.commit()
    assert "ld+json" not in client.get("/help/en/a/roaming").text


def test_nothing_breaks_out_of_what_search_engines_are_told(
    client: FlaskClient, session: Session, site: Stage
) -> None:
    evil = "</script><script>alert(1)</script><!-- \u2028 ' \" & x?"
    factories.article(session, "evil", title=evil, summary=evil, kind="faq", body=f"## `{evil}`\n\n`{evil}`")
    session.commit()
    answer = client.get("/help/en/key/evil", follow_redirects=True)
    data = linked_data(answer)
    assert data["name"] == evil
    assert data["mainEntity"][0]["name"] == " ".join(evil.split())
    scripts = [attributes for tag, attributes in Page(answer).tags if tag == "script"]
    assert ["src" in attributes for attributes in scripts].count(False) == 1


def test_no_old_slug_is_left_behind_by_a_deleted_article(session: Session, site: Stage) -> None:
    articles.rename(session, factories.translation(site.prices), "tariffs", by=SYSTEM)
    articles.delete(session, site.prices, by=SYSTEM)
    session.commit()
    assert session.scalars(select(OldSlug)).all() == []
