"""What is wrong with a guide is said in sentences, and looked for beyond its own tree."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from authoring.views.guides.findings import CODES, MOST_STEPS, Told, sentence, told_of
from cbr.guided.checking import look_at
from cbr.trees import body
from cbr.trees.checks import ERRORS, WARNINGS, Finding
from cbr.trees.tree import Tree
from kb.permissions import SYSTEM
from kb.viewers import ANONYMOUS, Viewer
from tests import factories
from tests.cbr.stage import phones, staff
from tests.conftest import START

VALUES = {
    "count": 2,
    "text": "Yes",
    "target": "nowhere",
    "steps": ["a", "b"],
    "key": "roaming",
    "most": 8,
    "what": "title",
}
LEADING_ON = """\
## First {#first}
<!-- step: guide -->
[Other](kb:other)
- [→](#cases)

## Look {#cases}
<!-- step: cases; subject: phones -->
- [→](#decide)

## Decide {#decide}
<!-- step: decision -->
- [x](#read) <!-- when: abroad is yes -->
- [y](#read) <!-- else; when: colour is red -->
- [z](#read) <!-- rest -->

## Read {#read}
<!-- step: article -->
[Read](kb:prices)
"""


def test_every_finding_has_its_sentence() -> None:
    assert CODES == ERRORS | WARNINGS


@pytest.mark.parametrize("code", sorted(CODES))
def test_a_sentence_names_what_it_is_about(app: Flask, code: str) -> None:
    with app.test_request_context():
        said = sentence(Finding(code, "a", "b", VALUES), Tree())
    assert said
    assert "%(" not in said
    assert said[0].isupper() or said[0] in "“0123456789"


def test_a_long_loop_is_named_by_its_first_steps(app: Flask) -> None:
    tree = body.read("".join(f"## Step {at} {{#s{at}}}\n" for at in range(9)))
    with app.test_request_context():
        said = sentence(Finding("loop", "s0", values={"steps": [f"s{at}" for at in range(9)]}), tree)
    assert said.count("Step") == MOST_STEPS
    assert "…" in said


def found(session: Session, text: str, by: Viewer = SYSTEM, key: str = "mine") -> set[tuple[str, str, str]]:
    return {(one.code, one.node, one.way) for one in look_at(session, by, START, key, body.read(text))} - {
        ("no-way-for-unknown", "light", "")
    }


def test_what_a_guide_leads_to_is_looked_up(session: Session) -> None:
    expected = {
        ("unknown-subject", "first", ""),
        ("unknown-subject", "cases", ""),
        ("unknown-subject", "read", ""),
        ("unknown-attribute", "decide", "read"),
        ("unknown-attribute", "decide", "else"),
    }
    assert found(session, LEADING_ON) == expected
    phones(session)
    factories.article(session, "prices")
    factories.article(session, "other", kind="guide", body="## End {#end}\n")
    assert found(session, LEADING_ON) == {("unknown-attribute", "decide", "else")}


def test_an_article_is_no_guide_to_go_on_with(session: Session) -> None:
    factories.article(session, "other", kind="faq")
    text = "## First {#first}\n<!-- step: guide -->\n[Other](kb:other)\n"
    assert found(session, text) == {("unknown-subject", "first", "")}


def test_a_guide_that_leads_back_is_found_as_far_as_one_may_read(session: Session) -> None:
    back = "## Back {#back}\n<!-- step: guide -->\n[Mine](kb:mine)\n"
    factories.article(session, "mine", kind="guide", body="## End {#end}\n")
    factories.article(session, "other", kind="guide", audience="agent", body=back)
    text = "## First {#first}\n<!-- step: guide -->\n[Other](kb:other)\n"
    assert found(session, text, staff(None)) == {("guide-in-guide", "first", "")}
    assert found(session, text, ANONYMOUS) == set()


def test_a_translation_is_compared_with_its_source(app: Flask, session: Session) -> None:
    source = body.read("## One {#one}\n- [Yes](#two)\n\n## Two {#two}\n")
    tree = body.read("## Egy {#one}\n- [→](#two)\n\n## Kettő {#two}\n")
    with app.test_request_context():
        told = told_of(look_at(session, SYSTEM, START, "mine", tree, source), tree)
    assert Told("missing-translation", True, "one", "two", "Egy", "This is not translated: text") in told
