"""Each kind of source, asked of a server that answers like the real one, and of one that does not."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.fetching import FAILURES, Unusable
from search.federation.adapters import Reach, ask, at, feed_address
from search.federation.memory import Memory
from search.federation.replies import Reply, Wanted, plain
from tests.search.federation.elsewhere import HTML, XML, Elsewhere, Told
from tests.search.federation.stage import described

WANTED = Wanted("frozen router", "en", 3)
DESCRIPTION = """<?xml version="1.0"?>
<OpenSearchDescription xmlns="http://a9.com/-/spec/opensearch/1.1/" xmlns:x="http://x.example/">
  <ShortName>Help</ShortName>
  <Url type="text/html" template="/html?q={searchTerms}"/>
  <Url type="application/rss+xml" template="/needs?q={searchTerms}&amp;k={x:key}"/>
  <Url type="application/rss+xml" template="/rss?q={searchTerms}&amp;n={count?}&amp;p={startPage?}&amp;x={x:a?}"/>
</OpenSearchDescription>"""
RSS = """<?xml version="1.0"?>
<rss version="2.0"><channel><title>Found</title><language>sv-SE</language>
  <item><title>Router &amp; &lt;b&gt;modem&lt;/b&gt;</title><link>/router</link>
    <description>&lt;p&gt;Hold the &lt;b&gt;button&lt;/b&gt;.&lt;/p&gt;</description></item>
  <item><title>Evil</title><link>javascript:alert(1)</link></item>
  <item><title>No link</title></item>
</channel></rss>"""
ATOM = """<?xml version="1.0"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="hu"><title>Found</title>
  <entry><title>Router</title><link href="https://x.example/r"/><summary>Hold it.</summary></entry>
</feed>"""
WIKI = {
    "query": {
        "search": [
            {"title": "Frozen router/Ő", "snippet": "Hold <span class='searchmatch'>the</span> '''button'''"},
            {"title": None},
            "nonsense",
        ],
        "general": {"server": "//wiki.example", "articlepath": "/wiki/$1", "lang": "en-gb"},
    }
}
FORUM = {
    "posts": [
        {"topic_id": 7, "post_number": 3, "blurb": "Pull the plug &amp; wait"},
        {"topic_id": 7, "post_number": 1, "blurb": "the same again"},
        {"topic_id": 8, "post_number": 1, "blurb": "x"},
        {"topic_id": [], "post_number": {}},
        None,
    ],
    "topics": [{"id": 7, "title": "My router froze", "slug": "my-router-froze"}, {"id": 8, "title": "B"}],
}


def reach(elsewhere: Elsewhere, seconds: float = 20) -> Reach:
    return Reach(frozenset({elsewhere.host}), seconds, Memory(lambda: 0.0, 10))


def answered(
    elsewhere: Elsewhere, kind: str, told: Any, path: str, url: str = "", **settings: Any
) -> list[Reply]:
    body = told if isinstance(told, bytes) else json.dumps(told).encode()
    elsewhere.told[path] = Told(body)
    source = described("x", kind, elsewhere.url(url or path), settings or None)
    return ask(source, WANTED, reach(elsewhere))


# As they are.


def test_mediawiki_is_asked_once_and_says_where_its_pages_are(elsewhere: Elsewhere) -> None:
    assert answered(elsewhere, "mediawiki", WIKI, "/api.php") == [
        Reply("Frozen router/Ő", "http://wiki.example/wiki/Frozen_router/%C5%90", "Hold the button", "en")
    ]
    assert sum(elsewhere.asked.values()) == 1
    assert elsewhere.queries[0]["srsearch"] == ["frozen router"]


def test_a_wiki_that_does_not_say_where_its_pages_are_has_them_beside_its_api(elsewhere: Elsewhere) -> None:
    found = answered(elsewhere, "mediawiki", {"query": {"search": [{"title": "A b"}]}}, "/w/api.php")
    assert found == [Reply("A b", elsewhere.url("/index.php?title=A_b"), "")]


def test_a_wiki_that_refuses_says_why(elsewhere: Elsewhere) -> None:
    with pytest.raises(Unusable, match="Search is disabled"):
        answered(elsewhere, "mediawiki", {"error": {"info": "Search is disabled"}}, "/api.php")


def test_discourse_gives_the_best_post_of_each_topic(elsewhere: Elsewhere) -> None:
    base = elsewhere.url("/forum")
    assert answered(elsewhere, "discourse", FORUM, "/forum/search.json", "/forum/") == [
        Reply("My router froze", f"{base}/t/my-router-froze/7/3", "Pull the plug & wait"),
        Reply("B", f"{base}/t/-/8", "x"),
    ]


def test_discourse_without_a_find_answers_with_empty_lists_or_none(elsewhere: Elsewhere) -> None:
    assert answered(elsewhere, "discourse", {"posts": []}, "/search.json", "/") == []
    assert answered(elsewhere, "discourse", {"grouped_search_result": {}}, "/search.json", "/") == []


def test_json_of_any_shape_is_read_by_its_paths(elsewhere: Elsewhere) -> None:
    told = {"data": {"hits": [{"t": ["Router"], "u": "/r", "b": "<i>x</i>", "l": "sv"}, {"t": 1, "u": 2}]}}
    own = {
        "items_path": "data.hits",
        "title_path": "t.0",
        "link_path": "u",
        "snippet_path": "b",
        "language_path": "l",
    }
    found = answered(elsewhere, "json", told, "/s", "/s?q={q}&l={lang}&n={limit}", **own)
    assert found == [Reply("Router", elsewhere.url("/r"), "x", "sv")]
    assert elsewhere.queries[0] == {"q": ["frozen router"], "l": ["en"], "n": ["3"]}


def test_json_that_is_a_list_itself_needs_no_path(elsewhere: Elsewhere) -> None:
    own = {"items_path": "", "title_path": "t", "link_path": "u"}
    found = answered(elsewhere, "json", [{"t": "A", "u": "https://x.example/"}], "/s", "/s?q={q}", **own)
    assert found == [Reply("A", "https://x.example/", "")]


@pytest.mark.parametrize(
    ("feed", "expected"),
    [
        (RSS, [("Router & modem", "{base}/router", "Hold the button.", "sv")]),
        (ATOM, [("Router", "https://x.example/r", "Hold it.", "hu")]),
    ],
)
def test_opensearch_is_asked_as_its_description_says(
    elsewhere: Elsewhere, feed: str, expected: list[tuple[str, ...]]
) -> None:
    elsewhere.told["/os.xml"] = Told(DESCRIPTION.encode(), "application/opensearchdescription+xml")
    elsewhere.told["/rss"] = Told(feed.encode(), "application/rss+xml")
    source, far = described("x", "opensearch", elsewhere.url("/os.xml")), reach(elsewhere)
    found = [(reply.title, reply.url, reply.snippet, reply.language) for reply in ask(source, WANTED, far)]
    base = elsewhere.url("")
    assert found == [(title, url.format(base=base), *rest) for title, url, *rest in expected]
    assert elsewhere.queries[-1] == {"q": ["frozen router"], "n": ["3"], "p": ["1"]}
    ask(source, WANTED, far)
    assert elsewhere.asked == {"/os.xml": 1, "/rss": 2}


def test_no_more_is_taken_than_is_wanted(elsewhere: Elsewhere) -> None:
    told = {"results": [{"title": str(number), "url": f"/{number}"} for number in range(50)]}
    assert len(answered(elsewhere, "json", told, "/s", "/s?q={q}")) == WANTED.limit


# As they should not be.

LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;">]><rss version="2.0"><channel>
<item><title>&d;</title><link>/x</link></item></channel></rss>"""
OUTSIDE = b"""<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>
<rss version="2.0"><channel><item><title>&x;</title><link>/x</link></item></channel></rss>"""


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (LAUGHS, "document type"),
        (OUTSIDE, "document type"),
        (b"<rss", "cannot be read"),
        (b"", "cannot be read"),
        (b"\xff\xfe\x00", "cannot be read"),
        (b"<html><body>Log in</body></html>", "no feed"),
        (b"<a>" * 5000 + b"</a>" * 5000, "cannot be read"),
    ],
)
def test_xml_that_is_no_feed_or_a_trap_is_refused(elsewhere: Elsewhere, body: bytes, why: str) -> None:
    elsewhere.told["/os.xml"] = Told(DESCRIPTION.encode(), XML)
    elsewhere.told["/rss"] = Told(body, XML)
    with pytest.raises(Unusable, match=why):
        ask(described("x", "opensearch", elsewhere.url("/os.xml")), WANTED, reach(elsewhere))


@pytest.mark.parametrize(
    "description",
    [
        LAUGHS,
        b"<x/>",
        DESCRIPTION.replace("{searchTerms}", "fixed").encode(),
        DESCRIPTION.replace("rss+xml", "json").encode(),
    ],
)
def test_a_description_without_a_feed_to_ask_is_refused(description: bytes) -> None:
    with pytest.raises(Unusable):
        feed_address(description, "https://x.example/", WANTED)


def test_a_description_cannot_send_us_to_another_host(elsewhere: Elsewhere) -> None:
    moved = DESCRIPTION.replace('template="/rss', 'template="http://127.0.0.2/rss')
    elsewhere.told["/os.xml"] = Told(moved.encode(), XML)
    with pytest.raises(FAILURES, match="not on the list"):
        ask(described("x", "opensearch", elsewhere.url("/os.xml")), WANTED, reach(elsewhere))


@pytest.mark.parametrize("kind", ["mediawiki", "discourse", "json"])
@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"[" * 100_000, b"1" * 5_000, b'{"a', b"null", b"[]", b'"x"', b"\xff", b'{"posts": 1}x'],
)
def test_json_that_cannot_be_understood_is_a_failure(elsewhere: Elsewhere, kind: str, body: bytes) -> None:
    with pytest.raises(Unusable):
        answered(elsewhere, kind, body, "/search.json", "/" if kind == "discourse" else "/search.json")


def test_a_page_instead_of_an_answer_is_a_failure(elsewhere: Elsewhere) -> None:
    elsewhere.told["/s"] = Told(b"{}", HTML)
    with pytest.raises(Unusable, match="text/html"):
        ask(described("x", "json", elsewhere.url("/s?q={q}")), WANTED, reach(elsewhere))


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["query", "search", "title", "general", "posts", "topics", "id", "topic_id", "slug"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@pytest.mark.parametrize("kind", ["mediawiki", "discourse", "json"])
@given(answer=ANYTHING)
def test_whatever_the_json_says_there_are_replies_or_a_failure(kind: str, answer: Any) -> None:
    class Canned(Reach):
        def json(self, url: str) -> Any:
            return answer

    canned = Canned(frozenset(), 1, Memory(lambda: 0.0, 1))
    try:
        found = ask(described("x", kind, "https://x.example/?q={q}"), WANTED, canned)
    except Unusable:
        return
    assert all(reply.url.startswith(("http://", "https://")) for reply in found)


@given(st.text())
def test_plain_text_has_no_markup_and_is_one_line(text: str) -> None:
    said = plain(text)
    assert "\n" not in said
    assert "\0" not in said
    assert len(said) <= 1000


@given(ANYTHING, st.text(max_size=10))
def test_a_path_leads_somewhere_or_nowhere(value: Any, path: str) -> None:
    at(value, path)
