"""From a visible revision to everything that its page shows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from kb import articles, publication, queries, structure
from kb.article_page import Addresses, ArticlePage, article_page
from kb.articles import Text
from kb.external import Reading
from kb.models import Article, Person
from kb.permissions import SYSTEM
from kb.validity import Validity
from kb.viewers import ANONYMOUS, Viewer
from tests import factories
from tests.conftest import START

HOUR = timedelta(hours=1)
ADDRESSES = Addresses(
    article=lambda card, fragment: f"/{card.language}/{card.slug}" + (f"#{fragment}" if fragment else ""),
    attachment=lambda file: f"/files/{file.id}/{file.filename}",
    moment=lambda moment: f"{moment:%H:%M}",
    labels={"note": "Note"},
)


def nothing_outside(keys: set[str]) -> Mapping[str, Reading]:
    raise AssertionError(f"nobody asked for {keys}")


def page(
    session: Session,
    article: Article,
    language: str = "en",
    *,
    viewer: Viewer = ANONYMOUS,
    now: timedelta = timedelta(),
    outside: Mapping[str, Reading] | None = None,
) -> ArticlePage:
    session.commit()
    found = queries.article_by_key(session, viewer, START + now, article.key)
    shown = next(row for row in found if row.translation.language == language)
    return article_page(
        session,
        viewer,
        START + now,
        shown,
        structure.load(session, 0),
        [language, "en"],
        ADDRESSES,
        nothing_outside
        if outside is None
        else lambda keys: {key: outside[key] for key in keys if key in outside},
    )


def test_a_page_has_its_text_headings_topics_and_breadcrumb(session: Session) -> None:
    phones = factories.topic(session, "phones")
    android = factories.topic(session, "android", phones)
    made = factories.article(
        session, body="## Costs\n\n### Abroad\n\nMuch.\n\n## Limits", topics=[android, phones]
    )
    found = page(session, made)
    assert "Much." in found.html
    assert [(top.text, [low.text for low in below]) for top, below in found.contents] == [
        ("Costs", ["Abroad"]),
        ("Limits", []),
    ]
    assert [topic.key for topic in found.breadcrumb] == ["phones", "android"]
    assert [topic.key for topic in found.topics] == ["android", "phones"]


def test_an_article_without_a_topic_has_no_breadcrumb(session: Session) -> None:
    assert page(session, factories.article(session)).breadcrumb == ()


def test_a_link_leads_to_the_article_in_the_readers_language(session: Session) -> None:
    factories.article(session, "sim", title="SIM", translations={"hu": "SIM-kártya"})
    factories.article(session, "esim", title="eSIM")
    body = "[a](kb:sim#pin) [b](kb:esim) [c](kb:nowhere)"
    made = factories.article(session, "start", title="Start", translations={"hu": "Kezdet"}, body=body)
    html = page(session, made, "hu").html
    assert 'href="/hu/sim-kartya#at-pin" title="SIM-kártya"' in html
    assert 'href="/en/esim" title="eSIM"' in html
    assert '<span class="link-missing">c</span>' in html


def test_a_link_to_what_the_reader_may_not_see_says_nothing_of_it(session: Session, agent: Person) -> None:
    factories.article(session, "secret", title="Secret discount", audience="agent")
    made = factories.article(session, body="[our terms](kb:secret)", related=["secret"])
    found = page(session, made)
    assert "discount" not in found.html
    assert '<span class="link-missing">our terms</span>' in found.html
    assert found.related == []
    for_agent = page(session, made, viewer=factories.viewer(session, agent))
    assert "Secret discount" in for_agent.html
    assert [card.key for card in for_agent.related] == ["secret"]


def test_a_link_dies_with_its_target_on_the_second(session: Session) -> None:
    factories.article(session, "offer", title="Offer", expires_at=START + HOUR)
    made = factories.article(session, body="[offer](kb:offer)")
    assert 'href="/en/offer"' in page(session, made, now=HOUR - timedelta(seconds=1)).html
    assert "link-missing" in page(session, made, now=HOUR).html


def test_related_articles_stand_in_their_order_and_backlinks_beside(session: Session) -> None:
    for key in ("a", "b", "c"):
        factories.article(session, key, body="[x](kb:start)" if key == "c" else "")
    made = factories.article(session, "start", related=["b", "gone", "a"])
    found = page(session, made)
    assert [card.key for card in found.related] == ["b", "a"]
    assert [card.key for card in found.backlinks] == ["c"]


def test_a_file_is_shown_in_the_text_or_below_it(session: Session) -> None:
    made = factories.article(session)
    inside = factories.attachment(session, made, "inside.txt", b"1")
    below = factories.attachment(session, made, "below.txt", b"2")
    factories.revision(
        session, made, body=f"[file](attachment:{inside.id}) [none](attachment:{below.id + 1})"
    )
    found = page(session, made)
    assert f'href="/files/{inside.id}/inside.txt"' in found.html
    assert '<span class="link-missing">none</span>' in found.html
    assert [file.id for file in found.attachments] == [below.id]


def test_a_file_of_another_article_is_not_lent(session: Session) -> None:
    secret = factories.article(session, "secret", audience="agent")
    file = factories.attachment(session, secret)
    made = factories.article(session, body=f"[file](attachment:{file.id})")
    assert "/files/" not in page(session, made).html


def test_a_snippet_speaks_the_language_of_the_article(session: Session) -> None:
    factories.snippet(session, "hours", en="Open from 8.", hu="Nyitva 8-tól.")
    factories.snippet(session, "phone", en="Call us.")
    made = factories.article(
        session, body="{{snippet:hours}} {{snippet:phone}}", translations={"hu": "Nyitvatartás"}
    )
    assert "Open from 8. Call us." in page(session, made).html
    assert "Nyitva 8-tól. Call us." in page(session, made, "hu").html


def test_a_changed_snippet_shows_at_once(session: Session) -> None:
    snippet = factories.snippet(session, "hours", en="Open from 8.")
    made = factories.article(session, body="{{snippet:hours}}")
    page(session, made)
    snippet.bodies = {"en": "Open from 9."}
    assert "Open from 9." in page(session, made).html


def test_a_value_from_outside_shows_with_its_age_when_it_is_old(session: Session) -> None:
    made = factories.article(
        session, body="{{ext:rates.eur}} {{ext:rates.list.1}} {{ext:rates.no}} {{ext:gone.x}}"
    )
    said = {"eur": 399, "list": ["a", "<b>"], "no": {"deep": 1}}
    fresh = Reading(said, START, stale=False, next_try=START + HOUR)
    found = page(session, made, outside={"rates": fresh})
    assert '<span class="external">399</span>' in found.html
    assert '<span class="external">&lt;b&gt;</span>' in found.html
    assert found.html.count("external-missing") == 2
    assert found.asked_again_at == START + HOUR
    old = Reading(said, START, stale=True, next_try=START + 2 * HOUR)
    assert (
        '399 <small class="external-age">(09:00)</small>' in page(session, made, outside={"rates": old}).html
    )


def test_a_page_without_values_from_outside_asks_nobody(session: Session) -> None:
    assert page(session, factories.article(session, body="No {braces}.")).asked_again_at is None


# Staleness.


def test_a_translation_is_stale_once_its_source_moves_on(session: Session) -> None:
    made = factories.article(session, translations={"hu": "Barangolás"})
    assert not page(session, made, "hu").is_stale
    factories.revision(session, made, publish_at=START + HOUR)
    assert not page(session, made, "hu").is_stale
    assert page(session, made, "hu", now=HOUR).is_stale
    assert not page(session, made, "en", now=HOUR).is_stale
    factories.revision(session, made, "hu", publish_at=START + HOUR)
    assert not page(session, made, "hu", now=HOUR).is_stale


def test_a_translation_that_is_ahead_of_its_source_is_not_stale(session: Session) -> None:
    made = factories.article(session)
    planned = factories.revision(session, made, publish_at=START + HOUR)
    ahead = articles.revise(
        session,
        made,
        "hu",
        Text("Barangolás", "Mindent róla."),
        validity=Validity(START),
        by=SYSTEM,
        now=START,
        made_from=planned,
    )
    publication.publish(session, ahead, by=SYSTEM)
    assert not page(session, made, "hu").is_stale
    assert not page(session, made, "hu", now=HOUR).is_stale


def test_without_a_source_that_shows_nothing_is_stale(session: Session) -> None:
    made = factories.article(session, translations={"hu": "Barangolás"})
    publication.withdraw(session, factories.newest(made), by=SYSTEM, now=START)
    assert not page(session, made, "hu").is_stale


@pytest.mark.parametrize("language", ["en", "hu"])
def test_a_page_says_in_which_languages_the_article_is(session: Session, language: str) -> None:
    made = factories.article(session, translations={"hu": "Barangolás", "ru": "Роуминг"})
    publication.withdraw(session, factories.newest(made, "ru"), by=SYSTEM, now=START)
    assert {card.language for card in page(session, made, language).translations} == {"en", "hu"}
