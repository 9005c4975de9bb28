"""Whatever people write stays words: on pages, in headers, in scripts, in addresses."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from kb import articles
from kb.models import ExternalSource, Folder, Person
from kb.permissions import SYSTEM
from kb.portals import FEATURES
from tests import factories
from tests.kb.stage import Page

Open = Callable[[Person], FlaskClient]

EVIL = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)><a href='",
    "' onmouseover='alert(1)",
    "</title></textarea></script><svg onload=alert(1)>",
    "javascript:alert(1)//",
    "{{ 7*7 }}{% raw %}${7*7}#{7*7}<%= 7*7 %>",
    "\u2028</script>\u202e\ufeff<!--",
    "%3Cscript%3Ealert(1)%3C/script%3E",
]
PLACES = (
    "/",
    "/help/",
    "/help/en/",
    "/help/en/topics/",
    "/help/en/topics/evil",
    "/help/en/tags/",
    "/help/en/folders/evil",
    "/help/en/key/evil",
    "/help/hu/key/evil",
    "/help/en/key/other",
    "/help/en/search?q=kind:wiki",
    "/help/en/search?q=",
    "/admin/",
    "/admin/articles/",
    "/admin/articles/1",
    "/admin/portals/",
    "/admin/portals/1",
    "/admin/topics/",
    "/admin/folders/",
    "/admin/people/",
    "/admin/audit",
    "/admin/sources/",
    "/account",
)


@pytest.fixture(params=EVIL)
def evil(request: pytest.FixtureRequest, session: Session, admin: Person) -> str:
    """Something nasty that stands wherever people can write."""
    words: str = request.param
    admin.name = words
    names = {"en": words, "hu": words}
    factories.portal(session, names=names, taglines=names, features=list(FEATURES))
    topic = factories.topic(session, "evil", en=words, hu=words)
    session.add(Folder(key="evil", names=names, query="kind:wiki"))
    body = f"## {words}\n\n{words}\n\n`{words}`\n\n[{words}](kb:other '{words}')\n\n{{{{ext:feed.title}}}}\n"
    made = factories.article(
        session, "evil", title=words, summary=words, body=body, tags=[words], topics=[topic], kind="wiki",
        translations={"hu": words}, related=["other"],
    )  # fmt: skip
    factories.article(session, "other", title=words, body=f"[{words}](kb:evil)", topics=[topic])
    factories.attachment(session, made, f"{words}.txt")
    session.add(
        ExternalSource(
            key="feed", url="http://a.example/", value={"title": words}, fetched_at=made.created_at
        )
    )
    session.commit()
    return words


def tags_that_run(page: Page) -> Iterator[str]:
    """What no page of ours has and an attacker would want."""
    for tag, attributes in page.tags:
        own = (
            attributes.get("src", "").startswith("/static/")
            or attributes.get("type") == "application/ld+json"
        )
        if (
            (tag == "script" and not own)
            or (tag == "svg" and "onload" in attributes)
            or tag in {"iframe", "object"}
        ):
            yield f"<{tag} {attributes}>"
        if tag == "img" and not attributes["src"].startswith("/"):
            yield f"<img {attributes}>"
        for name, value in attributes.items():
            if name.startswith("on") or name == "style":
                yield f"{name}={value!r}"
            if name in {"href", "src", "action", "formaction"} and re.match(
                r"\s*(javascript|data|vbscript):", value, re.I
            ):
                yield f"{name}={value!r}"


def test_what_people_write_never_runs(client: FlaskClient, client_of: Open, admin: Person, evil: str) -> None:
    for browser in (client, client_of(admin)):
        for path in PLACES:
            answer = browser.get(path, follow_redirects=True)
            assert answer.status_code == 200, path
            assert list(tags_that_run(Page(answer))) == [], path
            assert "49" not in re.findall(r"[{$#%=] ?(49)", answer.text), path


def test_what_people_write_is_shown_as_it_is(client: FlaskClient, evil: str) -> None:
    page = Page(client.get("/help/en/key/evil", follow_redirects=True))
    assert " ".join(evil.split()) in page.words
    assert page.all("meta", name="description", content=evil)


@pytest.mark.parametrize("words", [*EVIL, "a" * 1900 + "<b>", '"' * 300, "(" * 2000])
@pytest.mark.parametrize("path", ["/help/en/search", "/help/en/suggest", "/api/v1/search"])
def test_what_people_ask_never_runs(client: FlaskClient, session: Session, path: str, words: str) -> None:
    factories.portal(session, features=list(FEATURES))
    factories.article(
        session, "evil", title="All about <script>alert(1)</script>", body="&lt;img src=x&gt; alert"
    )
    session.commit()
    answer = client.get(path, query_string={"q": words, "kind": words, "topic": words, "page": words})
    if path.endswith("search") and "api" not in path:
        assert answer.status_code == 200
        assert list(tags_that_run(Page(answer))) == []
        assert Page(answer).all("input", name="q", value=words.strip())
    else:
        assert answer.mimetype in {"application/json", "application/problem+json"}


def test_what_people_mistype_never_runs(client: FlaskClient, session: Session) -> None:
    factories.portal(session, features=list(FEATURES))
    session.commit()
    for words in EVIL:
        for path in (
            f"/help/en/a/{words}",
            f"/help/{words}/",
            f"/{words}/",
            f"/x/y/{words}/z",
            f"/login?next={words}",
        ):
            answer = client.get(path, follow_redirects=True)
            assert list(tags_that_run(Page(answer))) == [], path


@pytest.mark.parametrize(
    "filename",
    [
        'a".txt',
        "a\r\nSet-Cookie: evil=1.txt",
        "a\nb.txt",
        "../../etc/passwd.txt",
        "..\\..\\x.txt",
        "árvíz 漢字 🎈.txt",
        "%0d%0aX: y.txt",
        "a;b=c.txt",
        ".htaccess.txt",
        "a\x00b.txt",
        "<script>.txt",
        "x" * 400 + ".txt",
    ],
)
def test_a_file_s_name_stays_in_its_header(client: FlaskClient, session: Session, filename: str) -> None:
    made = factories.article(session)
    file = factories.attachment(session, made, filename)
    session.commit()
    answer = client.get(f"/files/{file.id}/whatever.html")
    assert answer.status_code == 200
    assert answer.text == "A note."
    assert answer.headers.getlist("Set-Cookie") == []
    assert "X" not in answer.headers
    assert answer.headers["Content-Disposition"].startswith("attachment; filename")
    assert not re.search(r"[\r\n\x00/\\<>]", file.filename)
    assert answer.mimetype == "text/plain", "whatever the address says"


@pytest.mark.parametrize("slug", EVIL)
def test_a_slug_is_letters_and_digits(session: Session, slug: str) -> None:
    made = factories.article(session)
    articles.rename(session, factories.translation(made), slug, by=SYSTEM)
    assert re.fullmatch(r"[a-z0-9-]+", factories.translation(made).slug)


def test_a_flash_stays_words(app: Flask, client_of: Open, session: Session, admin: Person) -> None:
    topic = factories.topic(session, "evil", en=EVIL[0])
    session.commit()
    client = client_of(admin)
    answer = client.post(f"/admin/topics/{topic.id}/delete", follow_redirects=True)
    assert answer.status_code == 200
    assert list(tags_that_run(Page(answer))) == []
    assert EVIL[0] in Page(answer).words
