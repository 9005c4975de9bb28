"""What holds for a kind: what comes built in, and what somebody sets; the page on which they do."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from authoring.lifetimes import kind_defaults, kinds
from authoring.lifetimes.kinds import Point, Rule
from authoring.models import KindRule
from kb import content
from kb.concurrency import version_of
from kb.errors import Conflict, Invalid, NotAllowed
from kb.models import KINDS, Person
from kb.permissions import SYSTEM
from tests import cast, factories
from tests.conftest import START

Open = Callable[[Person], FlaskClient]
LANGUAGES = {"en", "hu", "sv", "ru"}
RULE = Rule(
    30,
    20,
    {"en": "## Begin", "hu": " "},
    [Point("", {"en": "It is right", "hu": ""}), Point("", {"en": " "})],
)


# Built in.


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_comes_with_a_template_and_a_standard_in_four_languages(
    session: Session, kind: str
) -> None:
    rule = kinds.rule_of(session, kind)
    assert set(rule.templates) == LANGUAGES
    assert all(rule.templates.values())
    assert [point.key for point in rule.checklist] == ["complete", "clear", "findable", "correct", "linked"]
    assert all(set(point.names) == LANGUAGES for point in rule.checklist)
    assert rule.review_days


def test_templates_say_the_same_in_every_language() -> None:
    for kind, templates in kind_defaults.TEMPLATES.items():
        shapes = {
            language: re.findall(r"^(##|- |\d\. |\| ---)|\{(#\w+)\}|\]\((#\w+)\)", text, re.MULTILINE)
            for language, text in templates.items()
        }
        assert all(shape == shapes["en"] for shape in shapes.values()), kind
        assert len(set(templates.values())) == len(LANGUAGES)


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_every_choice_of_the_guide_leads_to_one_of_its_steps(language: str) -> None:
    text = kind_defaults.TEMPLATES["guide"][language]
    steps = {heading.id.removeprefix("at-") for heading in content.render(text).headings}
    assert "start" in steps
    assert set(re.findall(r"\]\(#(\w+)\)", text)) == steps - {"start"}


def test_an_unknown_kind_has_no_rule(session: Session) -> None:
    assert kinds.rule_of(session, "poem").templates == {}


def test_a_lifetime_begins_with_the_publication() -> None:
    rule = Rule(lifetime_days=30, review_days=20)
    assert rule.expires_at(START) == START + timedelta(days=30)
    assert rule.review_by(START) == START + timedelta(days=20)
    assert (Rule().expires_at(START), Rule().review_by(START)) == (None, None)


# Set.


def test_what_is_set_holds_for_its_kind_only(session: Session) -> None:
    kinds.save_rule(session, "faq", RULE, by=SYSTEM)
    session.commit()
    rule = kinds.rule_of(session, "faq")
    assert (rule.lifetime_days, rule.review_days, rule.templates) == (30, 20, {"en": "## Begin"})
    assert [(point.key, point.names) for point in rule.checklist] == [("it-is-right", {"en": "It is right"})]
    assert kinds.rule_of(session, "wiki") == kinds.built_in("wiki")
    assert {kind: is_stored for kind, (_, is_stored) in kinds.rules(session).items()} == {
        kind: kind == "faq" for kind in KINDS
    }


def test_a_point_keeps_its_key_when_it_is_renamed_and_new_ones_get_their_own(session: Session) -> None:
    points = [
        Point("clear", {"en": "Easy to read"}),
        Point("", {"hu": "Könnyű"}),
        Point("", {"hu": "Könnyű"}),
        Point("", {"ru": "!"}),
    ]
    kinds.save_rule(session, "faq", Rule(checklist=points), by=SYSTEM)
    keys = [point.key for point in kinds.rule_of(session, "faq").checklist]
    assert keys == ["clear", "konnyu", "konnyu-2", "point"]


def test_a_kind_without_any_point_or_template_is_possible(session: Session) -> None:
    kinds.save_rule(session, "faq", Rule(), by=SYSTEM)
    assert kinds.rule_of(session, "faq") == Rule()


@pytest.mark.parametrize(
    ("kind", "rule", "field"),
    [
        ("faq", Rule(lifetime_days=0), "lifetime_days"),
        ("faq", Rule(lifetime_days=3651), "lifetime_days"),
        ("faq", Rule(review_days=-1), "review_days"),
        ("faq", Rule(lifetime_days=30, review_days=30), "review_days"),
        ("faq", Rule(templates={"en": "a\0"}), "templates"),
        ("faq", Rule(checklist=[Point("", {"en": "a" * 201})]), "checklist"),
        ("faq", Rule(checklist=[Point("", {"en": "a\0"})]), "checklist"),
        ("faq", Rule(checklist=[Point("", {"en": f"a{n}"}) for n in range(13)]), "checklist"),
        ("poem", Rule(), "kind"),
    ],
)
def test_what_cannot_hold_is_refused(session: Session, kind: str, rule: Rule, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        kinds.save_rule(session, kind, rule, by=SYSTEM)
    assert set(refused.value.fields) == {field}
    assert session.scalar(select(KindRule)) is None


@pytest.mark.parametrize("part", sorted(cast.NAMES))
def test_supervisors_and_administrators_may(
    session: Session, request: pytest.FixtureRequest, part: str
) -> None:
    by = factories.viewer(session, request.getfixturevalue(part))
    if part in {"supervisor", "admin"}:
        kinds.save_rule(session, "faq", RULE, by=by)
        kinds.reset_rule(session, "faq", by=by)
    else:
        with pytest.raises(NotAllowed):
            kinds.save_rule(session, "faq", RULE, by=by)
        with pytest.raises(NotAllowed):
            kinds.reset_rule(session, "faq", by=by)


def test_whoever_saves_second_is_told(session: Session) -> None:
    first = kinds.save_rule(session, "faq", RULE, by=SYSTEM, seen="")
    session.commit()
    with pytest.raises(Conflict):
        kinds.save_rule(session, "faq", Rule(lifetime_days=5), by=SYSTEM, seen="")
    seen = version_of(first)
    kinds.save_rule(session, "faq", Rule(lifetime_days=7), by=SYSTEM, seen=seen)
    session.commit()
    with pytest.raises(Conflict):
        kinds.save_rule(session, "faq", Rule(lifetime_days=5), by=SYSTEM, seen=seen)
    kinds.reset_rule(session, "faq", by=SYSTEM)
    with pytest.raises(Conflict):
        kinds.save_rule(session, "faq", Rule(lifetime_days=5), by=SYSTEM, seen=seen)


# The page.


def form_of(page: str) -> dict[str, Any]:
    """What a browser would send back."""
    names = re.findall(r"<(?:input|textarea)[^>]* name=\"(\w+)\"", page)
    values = dict(re.findall(r"<input[^>]* name=\"(\w+)\"[^>]* value=\"([^\"]*)\"", page))
    return {name: values.get(name, "") for name in names}


def test_a_supervisor_sets_what_holds_and_goes_back(
    client_of: Open, session: Session, supervisor: Person
) -> None:
    browser = client_of(supervisor)
    fields = form_of(browser.get("/authoring/kinds/faq").text)
    assert fields["key0"] == "complete"
    fields |= {
        "lifetime_days": "90",
        "review_days": "60",
        "templates_en": "## Hello",
        "point5_hu": "Barátságos",
    }
    fields |= {name: "" for name in fields if name.startswith("point0_")}
    answer = browser.post("/authoring/kinds/faq", data=fields)
    assert (answer.status_code, answer.location) == (303, "/authoring/kinds/")
    session.rollback()
    rule = kinds.rule_of(session, "faq")
    assert (rule.lifetime_days, rule.review_days, rule.templates["en"]) == (90, 60, "## Hello")
    assert [point.key for point in rule.checklist] == ["clear", "findable", "correct", "linked", "baratsagos"]
    assert "90 days" in browser.get("/authoring/kinds/").text
    assert browser.post("/authoring/kinds/faq/reset").status_code == 303
    session.rollback()
    assert kinds.rule_of(session, "faq") == kinds.built_in("faq")


def test_what_was_typed_stays_when_it_is_refused(
    client_of: Open, session: Session, supervisor: Person
) -> None:
    browser = client_of(supervisor)
    fields = form_of(browser.get("/authoring/kinds/faq").text) | {"lifetime_days": "30", "review_days": "30"}
    fields |= {"point6_sv": "Vänlig", "templates_ru": "## Начало"}
    answer = browser.post("/authoring/kinds/faq", data=fields)
    assert answer.status_code == 422
    assert "Look at it again before it expires." in answer.text
    for kept in ('value="30"', 'value="Vänlig"', "## Начало"):
        assert kept in answer.text
    assert session.scalar(select(KindRule)) is None


def test_who_saves_what_somebody_else_saved_meanwhile_is_told_and_keeps_it(
    client_of: Open, session: Session, supervisor: Person, admin: Person
) -> None:
    browser, other = client_of(supervisor), client_of(admin)
    fields = form_of(browser.get("/authoring/kinds/faq").text)
    assert other.post("/authoring/kinds/faq", data=fields | {"lifetime_days": "500"}).status_code == 303
    answer = browser.post("/authoring/kinds/faq", data=fields | {"lifetime_days": "700"})
    assert answer.status_code == 409
    assert 'value="700"' in answer.text
    again = form_of(answer.text) | {"lifetime_days": "700"}
    assert browser.post("/authoring/kinds/faq", data=again).status_code == 303


@pytest.mark.parametrize("part", ["author", "reviewer", "agent", "translator", "customer", "outsider"])
def test_others_do_not_get_in(client_of: Open, request: pytest.FixtureRequest, part: str) -> None:
    browser = client_of(request.getfixturevalue(part))
    assert browser.get("/authoring/kinds/").status_code == 403
    assert browser.get("/authoring/kinds/faq").status_code == 403
    assert browser.post("/authoring/kinds/faq", data={}).status_code == 403
    assert browser.post("/authoring/kinds/faq/reset").status_code == 403


def test_a_kind_that_does_not_exist_is_not_found(client_of: Open, admin: Person) -> None:
    browser = client_of(admin)
    assert browser.get("/authoring/kinds/poem").status_code == 404
    assert browser.post("/authoring/kinds/poem/reset").status_code == 404
