"""Every public door: each way on which a reader or a machine can come to an article, with what it shows of it.

One article, `subject`, is on its stage. All that shows of it holds the word MARK, which nothing else holds: its title,
summary, text, tags, its file, the name of the topic in which it is the only one. Addresses hold the word SLUG instead,
which it never had as a title.

A surface that is added gets a line in DOORS, and so is in every walk.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from kb import articles, attachments, publication
from kb.models import Article, Attachment, Revision, State
from kb.permissions import SYSTEM
from kb.portals import FEATURES
from kb.viewers import Viewer
from tests import factories
from tests.cbr.stage import phones, solved
from tests.conftest import START
from tests.routing.stage import queue

MARK = "quagga"
SLUG = "the-offer"
OLD_SLUG = "a-name-of-old"
LASTING = START - timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Door:
    """A way to an article.

    Args:
        name: as it is called when it leaks.
        endpoints: the public routes behind it.
        show: what a client gets there.
        mark: the word by which the article is known there.
    """

    name: str
    endpoints: tuple[str, ...]
    show: Callable[[FlaskClient], str]
    mark: str = MARK

    def leaks(self, client: FlaskClient) -> bool:
        """Whether anything of the article is behind the door."""
        return self.mark in self.show(client).casefold()


def page(path: str) -> Callable[[FlaskClient], str]:
    """What is at an address, wherever it leads."""
    return lambda client: client.get(path, follow_redirects=True).text


def _structured(client: FlaskClient) -> str:
    blocks = re.findall(
        r"<script type=\"application/ld\+json\">(.*?)</script>", page(f"/help/en/a/{SLUG}")(client), re.S
    )
    return " ".join(json.dumps(json.loads(block), ensure_ascii=False) for block in blocks)


def _suggested(client: FlaskClient) -> str:
    return client.get("/help/en/suggest?q=disco", headers={"Accept": "application/json"}).text


def _topic_suggested(client: FlaskClient) -> str:
    """Its topic, which holds the mark and nothing but this article."""
    return client.get(f"/help/en/suggest?q={MARK}+deals").text


def _guided(client: FlaskClient) -> str:
    """What guided help offers, and a step that links to it."""
    offered = client.get("/help/en/guided/").text
    return offered + client.post("/help/en/guided/", data={"guide": "guiding"}, follow_redirects=True).text


def _widget_begins(client: FlaskClient) -> str:
    """What the help widget shows before anybody asks: as it is opened, and when somebody comes back to it."""
    return client.get("/embed/v1/help/shell?lang=en").text + client.get("/embed/v1/help/en/home").text


def _widget_guides(client: FlaskClient) -> str:
    """What the help widget offers to lead through, and a step that links to it."""
    address = "/embed/v1/help/en/guided/"
    begun = client.post(address, data={"guide": "guiding"}, follow_redirects=True)
    return client.get(address).text + begun.text


def _guided_by_cases(client: FlaskClient) -> str:
    """What is proposed from a case whose solution links to it."""
    run = client.post("/help/en/guided/", data={"case_type": "phones", "text": "I am abroad"}).location
    return client.post(f"{run}/best", follow_redirects=True).text


def _guided_api(client: FlaskClient) -> str:
    """The same step as JSON: when it is begun, and when it is asked for again."""
    begun = client.post("/api/v1/runs", json={"guide": "guiding", "portal": "help"})
    run = begun.get_json().get("run", {}).get("id", "")
    return begun.text + client.get(f"/api/v1/runs/{run}").text


def _cases(client: FlaskClient) -> str:
    """The nearest case, with the articles that its solution links to; and the list of cases."""
    asked = {"case_type": "phones", "facts": {"abroad": True}, "portal": "help"}
    nearest = client.post("/api/v1/cases/nearest", json=asked).text
    return nearest + "".join(
        client.get(f"/api/v1/{path}").text for path in ("cases", "case-types", "case-types/phones")
    )


_CASES = tuple(f"cases_api.{name}" for name in ("nearest", "page", "one_type", "types", "record"))
_RUNS = ("runs.start", "runs.run", "runs.answer", "runs.back", "runs.best", "runs.forget", "runs.finish")

_WIDGET_RUNS = ("embed.index", "embed.start", "embed.run", "embed.act")

DOORS: Sequence[Door] = (
    Door("guided help", ("guided.index", "guided.start", "guided.run", "guided.act"), _guided),
    Door("guided help by cases", ("guided.start", "guided.run", "guided.act"), _guided_by_cases),
    Door("guided help of the API", _RUNS, _guided_api),
    Door("the widget at its beginning", ("embed.shell", "embed.home"), _widget_begins),
    Door("the answers of the widget", ("embed.answers",), page("/embed/v1/help/en/answers?q=discount")),
    Door("its page in the widget", ("embed.article",), page(f"/embed/v1/help/en/a/{SLUG}")),
    Door("guided help of the widget", _WIDGET_RUNS, _widget_guides),
    Door("a request", ("requests.new", "requests.send"), page("/help/en/requests/new?q=discount")),
    Door("a request in the widget", ("embed.ask", "embed.send"), page("/embed/v1/help/en/ask?q=discount")),
    Door("the cases of the API", _CASES, _cases),
    Door("the home of the portal", ("portal.home",), page("/help/en/")),
    Door("the way in", ("portal.entrance",), page("/help/")),
    Door("the topics", ("portal.topics",), page("/help/en/topics/")),
    Door("its topic", ("portal.topic",), page("/help/en/topics/deals")),
    Door("the tags", ("portal.tags",), page("/help/en/tags/")),
    Door("its page", ("articles.article",), page(f"/help/en/a/{SLUG}")),
    Door("its page as it is printed", ("articles.article",), page(f"/help/en/a/{SLUG}?view=print")),
    Door("its page after feedback", ("articles.article",), page(f"/help/en/a/{SLUG}?thanks=1")),
    Door("its old address", ("articles.article",), page(f"/help/en/a/{OLD_SLUG}")),
    Door("its page in another language", ("articles.article",), page(f"/help/hu/a/{SLUG}")),
    Door("its page in a closed portal", ("articles.article",), page(f"/inside/en/a/{SLUG}")),
    Door("its key", ("articles.by_key",), page("/help/en/key/subject")),
    Door("its structured data", ("articles.article",), _structured),
    Door("a page that it is related to", ("articles.article",), page("/help/en/a/neighbour")),
    Door("a page that links to it", ("articles.article",), page("/help/en/a/linking")),
    Door("a page that it links to", ("articles.article",), page("/help/en/a/target")),
    Door("its file", ("attachments.file",), page("/files/1/list.txt")),
    Door("the search", ("search.results",), page("/help/en/search?q=discount")),
    Door("the search for its tag", ("search.results",), page("/help/en/search?q=tag:cheap")),
    Door("the search in other languages", ("search.results",), page("/help/hu/search?q=discount")),
    Door("a suggestion", ("search.suggest",), _suggested),
    Door("the search in other words", ("search.results",), page("/help/en/search?q=discuont")),
    Door("the search narrowed down", ("search.results",), page("/help/en/search?q=discount&tag=cheap")),
    Door("a dynamic folder", ("search.folder",), page("/help/en/folders/discounts")),
    Door("the feed", ("feeds.feed",), page("/help/en/feed.atom")),
    Door("the map of the site", ("feeds.sitemap",), page("/help/sitemap.xml"), mark=f"/a/{SLUG}"),
    Door("the list of the API", ("api.articles",), page("/api/v1/articles?limit=100")),
    Door("the article of the API", ("api.article",), page("/api/v1/articles/subject")),
    Door(
        "the article of the API in a portal", ("api.article",), page("/api/v1/articles/subject?portal=help")
    ),
    Door("another article of the API", ("api.article",), page("/api/v1/articles/neighbour")),
    Door("the topics of the API", ("api.topics",), page("/api/v1/topics")),
    Door("a suggestion of the API", ("search_api.suggest",), page("/api/v1/suggest?q=disco")),
    Door("a topic as a suggestion", ("search.suggest",), _topic_suggested),
    Door("the search of the API", ("search_api.find",), page("/api/v1/search?q=discount")),
    Door(
        "the search of the API in a portal",
        ("search_api.find",),
        page("/api/v1/search?q=discount&portal=help"),
    ),
)

CLOSED = frozenset({"its page in a closed portal"})
"""The doors that open to staff only."""

FOR_ANYBODY = frozenset(
    {
        "the widget at its beginning",
        "the answers of the widget",
        "its page in the widget",
        "guided help of the widget",
        "a request in the widget",
    }
)
"""The doors behind which nobody is known: there staff see what anybody sees."""

FILE = "its file"
MAP = "the map of the site"

NAMING_THE_TOPIC = frozenset({"the topics", "the topics of the API", "a topic as a suggestion"})
"""The doors that show nothing but that there is something in its topic."""

NOTHING_OF_ARTICLES = frozenset(
    """
    account.login account.logout api-docs.openapi_json api_page.page api.portals articles.give_feedback
    embed.feedback embed.sent embed_loader.example embed_loader.looks embed_loader.script
    requests.find requests.lost requests.one experts.answer mail.off
    operations.healthz operations.home operations.readyz operations.robots portal.theme_css questions.kept
    questions.opened static
    """.split()
)
"""The public routes that show no article at all."""


def leaking(client: FlaskClient, doors: Iterable[Door] = DOORS) -> list[str]:
    """Walk through the doors; the names of those behind which something of the article is."""
    return [door.name for door in doors if door.leaks(client)]


def open_doors(*, staff: bool = False, but: Iterable[str] = ()) -> list[str]:
    """The names of the doors that show the article when it is published for everybody."""
    shut = {*but} if staff else {*but, *CLOSED}
    return [door.name for door in DOORS if door.name not in shut]


# The stage.


def build(session: Session, *, audience: str = "public", topic_is_marked: bool = True) -> Article:
    """The portals and what stands around the article; the article itself has an address and no text that shows."""
    deals = f"{MARK.capitalize()} deals" if topic_is_marked else "Deals"
    topic = factories.topic(session, "deals", en=deals, hu=deals)
    around = factories.topic(session, "around", en="Around it", hu="Körülötte")
    audiences = ["public", "customer", "agent"]
    factories.portal(session, "help", audiences=audiences, features=list(FEATURES))
    factories.portal(session, "inside", audiences=audiences, entry_audience="agent", features=list(FEATURES))
    factories.folder(session, "discounts", query="discount")
    rest: dict[str, Any] = {"topics": [around], "publish_at": LASTING}
    factories.article(session, "neighbour", related=["subject"], **rest)
    factories.article(session, "linking", body="Read [](kb:subject) first.", **rest)
    factories.article(session, "target", **rest)
    step = "## Did you read it? {#start}\n\nRead [](kb:subject).\n\n- [Yes](#end)\n\n## Good {#end}"
    factories.article(session, "guiding", kind="guide", body=step, **rest)
    queue(session)
    solved(session, phones(session), "Read [](kb:subject) first.", abroad=True)
    made = articles.create(
        session, key="subject", kind="faq", source_language="en", audience=audience, by=SYSTEM, now=LASTING
    )
    articles.place(session, made, [topic], by=SYSTEM)
    named = factories.revision(session, made, title="A name of old", state=State.DRAFT, now=LASTING)
    assert named.translation.slug == OLD_SLUG
    articles.rename(session, named.translation, SLUG, by=SYSTEM)
    named.state = State.REJECTED
    session.commit()
    return made


def wording(**changed: Any) -> dict[str, Any]:
    """A text that holds the mark everywhere."""
    return {
        "title": f"Discount for every {MARK}",
        "summary": f"What a {MARK} pays less.",
        "body": f"## How does a {MARK} get it?\n\nThe {MARK} shows its stripes at [the target](kb:target).",
        "tags": (MARK, "cheap"),
        **changed,
    }


def text(session: Session, made: Article, **revised: Any) -> Revision:
    """A revision of the article that holds the mark everywhere, published at START unless told otherwise."""
    return factories.revision(session, made, **wording(**revised))


def harmless(session: Session, made: Article, **revised: Any) -> Revision:
    """A revision of the article without the mark."""
    return factories.revision(session, made, title="Discount", body="There is a discount.", **revised)


def file(session: Session, made: Article, by: Viewer = SYSTEM, name: str = "list.txt") -> Attachment:
    """The article's file, the first one of all; its content holds the mark."""
    data = f"The {MARK} list.".encode()
    added = attachments.attach(session, made, filename=name, data=data, limit=2**20, by=by, now=START)
    assert added.id == 1
    return added


def publish(session: Session, revision: Revision, now: datetime) -> None:
    """Approve a revision at this moment."""
    publication.publish(session, revision, by=SYSTEM, approved_at=now)
    session.commit()
