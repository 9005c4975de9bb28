"""The pages of a portal around its articles: who may enter, in which language, and what is shown."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from kb import people
from kb.models import Person
from kb.portals import FEATURES
from tests import factories
from tests.cast import PASSWORD, email
from tests.kb.stage import Page, Stage, log_in

Open = Callable[[Person], FlaskClient]


def test_the_root_offers_the_portals_that_are_open(client: FlaskClient, site: Stage) -> None:
    page = Page(client.get("/"))
    assert "/help/" in page.links()
    assert "/help/hu/" in page.links()
    assert not [link for link in page.links() if "internal" in link]
    assert "secret desk" not in page.words


def test_the_root_offers_the_closed_portal_to_those_who_may_enter(
    client_of: Open, agent: Person, outsider: Person, site: Stage
) -> None:
    assert "/internal/" in Page(client_of(agent).get("/")).links()
    assert "/internal/" not in Page(client_of(outsider).get("/")).links()


def test_without_any_portal_the_root_says_so(client: FlaskClient, client_of: Open, outsider: Person) -> None:
    assert "Log in to see your sites." in Page(client.get("/")).words
    assert "Ask an administrator for access." in Page(client_of(outsider).get("/")).words


def test_the_home_page_has_the_box_the_topics_the_news_the_collections_and_the_tags(
    client: FlaskClient, site: Stage
) -> None:
    page = Page(client.get("/help/en/"))
    assert page.all("form", action="/help/en/search")
    assert {
        "/help/en/topics/phones",
        "/help/en/topics/sim",
        "/help/en/a/roaming-abroad",
        "/help/en/a/prices",
    } <= set(page.links())
    assert {"/help/en/folders/travel", "/help/en/feed.atom", "/help/en/tags/"} <= set(page.links())
    assert "How can we help?" in page.words
    assert "travel" in page.words


def test_a_home_page_with_nothing_to_read_says_so(client: FlaskClient, session: Session) -> None:
    factories.portal(session, features=list(FEATURES))
    session.commit()
    assert "There is nothing to read here yet" in Page(client.get("/help/en/")).words


def test_the_tree_of_topics_counts_each_article_once(
    client: FlaskClient, session: Session, site: Stage
) -> None:
    factories.article(session, "both", topics=[site.phones, site.sim])
    session.commit()
    page = Page(client.get("/help/en/topics/"))
    assert "Phones 3 SIM cards 2" in page.words


def test_topics_without_anything_to_read_are_not_shown(
    client: FlaskClient, session: Session, site: Stage
) -> None:
    factories.topic(session, "empty")
    secret = factories.topic(session, "staff-only")
    factories.article(session, "inner", audience="agent", topics=[secret])
    session.commit()
    links = Page(client.get("/help/en/topics/")).links()
    assert "/help/en/topics/empty" not in links
    assert "/help/en/topics/staff-only" not in links


def test_a_topic_shows_its_articles_and_what_is_below(client: FlaskClient, site: Stage) -> None:
    page = Page(client.get("/help/en/topics/phones"))
    assert "/help/en/a/prices" in page.links()
    assert "/help/en/a/roaming-abroad" not in page.links()
    assert "/help/en/topics/sim" in page.links()
    below = Page(client.get("/help/hu/topics/sim"))
    assert "SIM-kártyák" in below.words
    assert "/help/hu/a/barangolas-kulfoldon" in below.links()
    assert "/help/hu/topics/phones" in below.links(), "the way back up"


def test_a_topic_shows_an_article_in_another_language_rather_than_none(
    client: FlaskClient, site: Stage
) -> None:
    page = Page(client.get("/help/hu/topics/phones"))
    assert page.all("a", href="/help/hu/a/prices", lang="en")


def test_a_portal_shows_only_its_own_topics(client: FlaskClient, session: Session, site: Stage) -> None:
    elsewhere = factories.topic(session, "elsewhere")
    factories.article(session, "foreign", topics=[elsewhere])
    factories.portal(session, "small", topics=["sim"], features=list(FEATURES))
    session.commit()
    assert client.get("/small/en/topics/elsewhere").status_code == 404
    assert client.get("/small/en/topics/phones").status_code == 404
    assert client.get("/small/en/a/foreign").status_code == 404
    assert client.get("/small/en/a/prices").status_code == 404
    page = Page(client.get("/small/en/a/roaming-abroad"))
    assert "/small/en/topics/sim" in page.links()
    assert "/small/en/topics/phones" not in page.links()


def test_tags_are_those_of_the_language(client: FlaskClient, site: Stage) -> None:
    page = Page(client.get("/help/en/tags/"))
    assert "money 1" in page.words
    assert '/help/en/search?q=tag:"Say+what?"' in [
        link.replace("%22", '"').replace("%3F", "?") for link in page.links()
    ]
    hungarian = Page(client.get("/help/hu/tags/"))
    assert "money" not in hungarian.words
    assert "travel" in hungarian.words


@pytest.mark.parametrize(
    ("feature", "path"),
    [
        ("tags", "/help/en/tags/"),
        ("feed", "/help/en/feed.atom"),
        ("topics", "/help/en/topics/"),
        ("topics", "/help/en/topics/sim"),
        ("search", "/help/en/search?q=roaming"),
        ("search", "/help/en/suggest?q=roaming"),
        ("folders", "/help/en/folders/travel"),
    ],
)
def test_what_is_switched_off_is_neither_there_nor_linked(
    client: FlaskClient, session: Session, feature: str, path: str
) -> None:
    topic = factories.topic(session, "sim")
    factories.article(session, topics=[topic], tags=["travel"])
    factories.folder(session, "travel", query="roaming")
    portal = factories.portal(session, features=list(FEATURES))
    session.commit()
    assert client.get(path).status_code == 200
    portal.features = [other for other in FEATURES if other != feature]
    session.commit()
    assert client.get(path).status_code == 404
    place = path.partition("?")[0]
    for page in {"/help/en/", "/help/en/a/roaming", "/help/en/a/nothing", "/help/en/topics/sim"} - {path}:
        shown = Page(client.get(page))
        assert place not in shown.links() + [form["action"] for form in shown.all("form")]


# The theme


def test_the_theme_is_the_house_s_followed_by_the_portal_s(client: FlaskClient, session: Session) -> None:
    factories.portal(session, tokens={"brand": "#0b5fff", "font-body": "serif"})
    session.commit()
    address = Page(client.get("/help/en/")).all("link", rel="stylesheet")[0]["href"]
    answer = client.get(address)
    assert answer.mimetype == "text/css"
    assert answer.text.rindex("--brand: #0b5fff;") > answer.text.index("--brand:")
    assert "max-age=31536000" in answer.headers["Cache-Control"]


def test_a_theme_asked_for_by_another_version_is_not_kept(client: FlaskClient, session: Session) -> None:
    factories.portal(session)
    session.commit()
    assert "max-age" not in client.get("/help/theme.css").headers["Cache-Control"]
    assert "max-age" not in client.get("/help/theme.css?v=of-tomorrow").headers["Cache-Control"]


def test_a_new_theme_has_a_new_address(client: FlaskClient, session: Session) -> None:
    portal = factories.portal(session, tokens={"brand": "#0b5fff"})
    session.commit()
    before = Page(client.get("/help/en/")).all("link", rel="stylesheet")[0]["href"]
    portal.tokens = {"brand": "#a00000"}
    session.commit()
    after = Page(client.get("/help/en/")).all("link", rel="stylesheet")[0]["href"]
    assert before != after
    assert "#a00000" in client.get(after).text


# The language: what the address says, else the person, else the browser


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("hu", "hu"),
        ("hu-HU,en;q=0.5", "hu"),
        ("de,hu;q=0.8,en;q=0.9", "en"),
        ("de", "en"),
        ("", "en"),
        ("*;q=x,,;", "en"),
    ],
)
def test_the_entrance_leads_to_the_browser_s_language(
    client: FlaskClient, site: Stage, accepted: str, language: str
) -> None:
    answer = client.get("/help/", headers={"Accept-Language": accepted})
    assert answer.location == f"/help/{language}/"


def test_a_person_s_language_goes_before_the_browser_s(
    client_of: Open, session: Session, agent: Person, site: Stage
) -> None:
    people.set_preferences(session, agent, name=agent.name, languages=["sv", "hu"], zone="UTC")
    session.commit()
    answer = client_of(agent).get("/help/", headers={"Accept-Language": "en"})
    assert answer.location == "/help/hu/"


def test_the_address_s_language_goes_before_everything(
    client_of: Open, session: Session, agent: Person, site: Stage
) -> None:
    people.set_preferences(session, agent, name=agent.name, languages=["hu"], zone="UTC")
    session.commit()
    assert Page(client_of(agent).get("/help/en/", headers={"Accept-Language": "hu"})).language == "en"


def test_pages_outside_a_portal_follow_the_person_and_then_the_browser(
    client: FlaskClient, client_of: Open, session: Session, agent: Person
) -> None:
    people.set_preferences(session, agent, name=agent.name, languages=["ru"], zone="UTC")
    session.commit()
    assert Page(client_of(agent).get("/", headers={"Accept-Language": "hu"})).language == "ru"
    assert Page(client.get("/login", headers={"Accept-Language": "sv"})).language == "sv"
    assert Page(client.get("/", headers={"Accept-Language": "hu"})).language == "hu"
    assert Page(client.get("/", headers={"Accept-Language": "en"})).language == "en", (
        "not what the cache has from before"
    )


def test_a_page_links_to_itself_in_the_other_languages(client: FlaskClient, site: Stage) -> None:
    page = Page(client.get("/help/en/topics/sim"))
    assert page.all("a", hreflang="hu", href="/help/hu/topics/sim")
    assert page.all("link", rel="alternate", hreflang="hu", href="http://localhost/help/hu/topics/sim")
    searched = Page(client.get("/help/en/search?q=sim+%26+more&kind=faq"))
    assert searched.all("a", hreflang="hu", href="/help/hu/search?q=sim+%26+more&kind=faq")


@pytest.mark.parametrize(
    "query",
    [
        "_scheme=javascript&_external=1",
        "_scheme=javascript",
        "_anchor=x&_method=POST",
        "endpoint=static",
        "language=xx&slug=other&path=x",
        "self=1&values=2",
    ],
)
@pytest.mark.parametrize(
    "path", ["/help/en/", "/help/en/a/roaming-abroad", "/help/en/search", "/login", "/api/v1/articles"]
)
def test_the_query_cannot_change_where_links_lead(
    client: FlaskClient, site: Stage, path: str, query: str
) -> None:
    answer = client.get(f"{path}?{query}")
    assert answer.status_code == 200
    if path.startswith("/api"):
        return
    for link in Page(answer).links():
        assert link.startswith(("/help/", "/login", "#", "/")), link
        assert not link.startswith("/internal")


# What is not there


@pytest.mark.parametrize(
    ("path", "accepted", "language"),
    [
        ("/nowhere/hu/", "en", "hu"),
        ("/nowhere/", "sv", "sv"),
        ("/nowhere/at/all/here", "ru", "ru"),
        ("/help/hu/a/nothing", "en", "hu"),
        ("/help/hu/topics/nothing", "en", "hu"),
        ("/help/hu/folders/nothing", "en", "hu"),
        ("/help/hu/key/nothing", "en", "hu"),
        ("/help/sv/", "hu", "hu"),
        ("/help/xx/", "de", "en"),
        ("/files/99/nothing.png", "hu", "hu"),
    ],
)
def test_a_page_that_does_not_exist_says_so_in_the_reader_s_language(
    client: FlaskClient, site: Stage, path: str, accepted: str, language: str
) -> None:
    answer = client.get(path, headers={"Accept-Language": accepted})
    page = Page(answer)
    assert answer.status_code == 404
    assert page.language == language
    assert page.all("h1") or page.all("h2")
    assert "404" in page.words
    assert any(link in {"/", "/help/hu/", "/help/en/"} for link in page.links()), "a way on"


def test_a_person_s_language_holds_for_a_page_that_does_not_exist_too(
    client_of: Open, session: Session, agent: Person
) -> None:
    people.set_preferences(session, agent, name=agent.name, languages=["ru"], zone="UTC")
    session.commit()
    assert Page(client_of(agent).get("/no/such/page/at/all")).language == "ru"


# The closed portal


@pytest.mark.parametrize(
    "path",
    ["/internal/", "/internal/en/", "/internal/en/a/roaming-abroad?view=print", "/internal/en/search?q=a+b"],
)
def test_a_closed_portal_sends_to_the_login_and_back(client: FlaskClient, site: Stage, path: str) -> None:
    sent = client.get(path)
    assert sent.status_code == 302
    form = client.get(sent.location)
    assert "secret desk" not in form.text
    back = log_in(client, email("agent"), PASSWORD, next=Page(form).all("input", name="next")[0]["value"])
    assert back.location == path
    assert client.get(back.location, follow_redirects=True).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/internal/",
        "/internal/en/",
        "/internal/en/topics/",
        "/internal/en/topics/sim",
        "/internal/en/a/roaming-abroad",
        "/internal/en/a/nothing",
        "/internal/xx/",
        "/internal/en/key/roaming",
        "/internal/en/search?q=roaming",
        "/internal/en/suggest?q=roaming",
        "/internal/en/folders/travel",
        "/internal/en/tags/",
        "/internal/en/feed.atom",
        "/internal/sitemap.xml",
        "/api/v1/search?q=roaming&portal=internal",
        "/api/v1/articles?portal=internal",
    ],
)
def test_the_outsider_is_refused_in_the_closed_portal_and_learns_nothing(
    client_of: Open, outsider: Person, site: Stage, path: str
) -> None:
    answer = client_of(outsider).get(path)
    assert answer.status_code == 403
    for secret in ("secret desk", "titkos pult", "Only for us", "Roaming", "SIM", "travel"):
        assert secret not in answer.text.replace(path, "")


def test_feedback_in_the_closed_portal_needs_a_login(client: FlaskClient, site: Stage) -> None:
    answer = client.post("/internal/en/a/roaming-abroad/feedback", data={"helpful": "yes"})
    assert answer.status_code == 401
