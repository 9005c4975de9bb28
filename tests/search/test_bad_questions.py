"""Whatever is typed gets an answer; only what nobody can mean is refused, and kindly."""

from __future__ import annotations

from urllib.parse import quote_from_bytes

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.models import Portal
from kb.portals import FEATURES
from search.advice import Advice
from search.query import LONGEST_QUESTION, MOST_WILDCARDS, asks_too_much
from search.tantivy.engine import TantivyEngine
from search.thesaurus import Thesaurus, synonyms
from tests import factories
from tests.kb.admin.conftest import words
from tests.search.documents import document, put, seen_by

ADVICE = Advice({"en": Thesaurus("en", synonyms([(["puk", "personal unblocking key"], False)]))})
ADDRESSES = ("/help/en/search?q=", "/help/en/suggest?q=", "/api/v1/search?portal=help&q=")


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> TantivyEngine:
    engine = TantivyEngine(tmp_path_factory.mktemp("search") / "index")
    put(
        engine,
        document("Reset the PUK of A54-5G", "Personal unblocking key", tags=("sim",)),
        document("PIN beállítása", "Nyomtató", language="hu"),
        document("Настройка принтера", language="ru"),
    )
    return engine


PIECES = st.sampled_from(
    [
        *(
            "puk",
            "pukk",
            "personal unblocking key",
            "A54-5G",
            "a54-5h",
            "nyomatto",
            "ghbynth",
            "настрйока",
            "\u0301",
        ),
        *(
            '"',
            '"reset',
            'the puk"',
            '"reset puk"',
            "(",
            ")",
            "+",
            "-",
            "+pin",
            "-puk",
            "*",
            "re*",
            "**",
            ":",
            "::",
        ),
        *(
            "kind:",
            "kind:faq",
            "tag:sim",
            "title:rset",
            "lang:hu",
            "changed:30d",
            "changed:99999999d",
            "tag:(",
            "=>",
        ),
        *(
            "AND",
            "OR",
            "NOT",
            "TO",
            "[a TO b]",
            "~",
            "^2",
            "\\",
            "/",
            "\0",
            "\ud800",
            "\u202e",
            "\ufeff",
            "𝔘",
            "ẞ",
            "İ",
        ),
        *(
            "x" * 500,
            "\n",
            "\t",
            "<script>",
            "' OR 1=1 --",
            "{{7*7}}",
            "%00",
            "🙂",
            "a" * 64 + "-" + "b" * 64,
        ),
    ]
)
TYPED = (
    st.text(max_size=LONGEST_QUESTION)
    | st.lists(PIECES, max_size=40).map(" ".join)
    | st.lists(PIECES, max_size=40).map("".join)
    | st.binary(max_size=LONGEST_QUESTION).map(lambda data: data.decode("utf-8", "surrogateescape"))
)


@settings(max_examples=300)
@given(typed=TYPED, exact=st.booleans(), offset=st.integers(-2, 3))
def test_no_question_breaks_the_index(filled: TantivyEngine, typed: str, exact: bool, offset: int) -> None:
    for filters in (seen_by(), seen_by(languages=("hu", "en")), seen_by(languages=("xx",))):
        found = filled.search(typed, filters, offset=offset, advice=ADVICE, exact=exact)
        assert len(found.hits) <= found.total <= 3
        assert not (exact and found.instead)
        if found.instead:
            again = filled.search(found.instead, filters, advice=ADVICE, exact=True)
            assert again.total == found.total > 0
        filled.suggest(typed, filters)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=600) | TYPED.map(lambda typed: typed[:600].encode("utf-8", "surrogatepass")))
def test_no_bytes_break_a_page(client: FlaskClient, session: Session, data: bytes) -> None:
    open_portal(session)
    for address in ADDRESSES:
        assert client.get(address + quote_from_bytes(data)).status_code in {200, 400}


def open_portal(session: Session) -> None:
    """The portal `help`, made when it is first needed."""
    if session.scalar(select(Portal.id).limit(1)) is None:
        factories.portal(session, features=list(FEATURES))
        factories.article(session, title="Reset the PIN", body="Nyomtató.")
        session.commit()


@pytest.mark.parametrize("typed", ["re* " * 200, "*" * 200, "a* OR " * 200])
def test_far_too_many_asterisks_are_refused_kindly(client: FlaskClient, session: Session, typed: str) -> None:
    open_portal(session)
    assert asks_too_much(typed)
    page = client.get("/help/en/search", query_string={"q": typed})
    assert page.status_code in {200, 400}
    assert f"Use at most {MOST_WILDCARDS} words with an asterisk." in words(page)
    machine = client.get("/api/v1/search", query_string={"q": typed, "portal": "help"})
    assert machine.status_code == 400
    assert machine.content_type == "application/problem+json"
    assert client.get("/help/en/suggest", query_string={"q": typed}).status_code == 200


def test_some_asterisks_are_answered(filled: TantivyEngine) -> None:
    assert not asks_too_much("re* " * MOST_WILDCARDS)
    assert filled.search("res* " * MOST_WILDCARDS, seen_by()).total > 0
