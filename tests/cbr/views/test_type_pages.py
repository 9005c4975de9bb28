"""The pages of case types: what is listed, shaped, drawn, refused and put away."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from cbr import case_types
from cbr.case_type import Attribute, CaseType, Choice, Kind
from cbr.case_types import by_key, schema_of
from cbr.models import CaseReport, CaseTypeRow
from cbr.similarity import Overlap, Table, Taxonomy
from kb.context import Services
from kb.models import Person
from kb.permissions import SYSTEM
from tests import factories
from tests.cbr.stage import phones, solved
from tests.conftest import START
from tests.kb.stage import Page, reread, statements

Open = Callable[[Person], FlaskClient]
SIGNAL = "/cases/types/phones/attributes/signal"


@pytest.fixture
def row(session: Session) -> CaseTypeRow:
    """The phones, with two cases."""
    made = phones(session)
    solved(session, made, abroad=True, signal="none", used=3)
    solved(session, made, "Restart it.", abroad=False, signal="good", maker="Nokia")
    session.commit()
    return made


@pytest.fixture
def shaper(client_of: Open, specialist: Person) -> FlaskClient:
    return client_of(specialist)


def typed(page: Any, **changed: Any) -> dict[str, Any]:
    """The fields of an attribute's form as they stand on its page, but those that are changed."""
    shown = Page(page)
    data: dict[str, Any] = {}
    for one in shown.all("input"):
        box = one.get("type") in ("checkbox", "radio")
        if one.get("name") and (not box or "checked" in one):
            data.setdefault(one["name"], []).append(one.get("value", "y"))
    form = attribute_fields(page.text)
    return data | form | changed


def attribute_fields(text: str) -> dict[str, str]:
    """What stands in text areas and lists of choices."""
    found = {
        name: unescape(value).removeprefix("\r\n").removeprefix("\n")
        for name, value in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>(.*?)</textarea>', text, re.DOTALL)
    }
    for name, options in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', text, re.DOTALL):
        chosen = re.findall(r'<option selected value="([^"]*)"', options)
        found[name] = chosen[0] if chosen else re.findall(r'value="([^"]*)"', options)[0]
    return found


@pytest.mark.parametrize(
    "address",
    [
        "/cases/types/",
        "/cases/types/phones",
        SIGNAL,
        "/cases/types/phones/names",
        "/cases/new-type",
        "/cases/import",
    ],
)
def test_only_those_who_shape_case_types_open_their_pages(
    client: FlaskClient, client_of: Open, agent: Person, outsider: Person, row: CaseTypeRow, address: str
) -> None:
    assert client.get(address).status_code == 302
    assert client_of(outsider).get(address).status_code == 403
    assert client_of(agent).get(address).status_code == 403


def test_a_type_for_other_people_is_not_there(shaper: FlaskClient, session: Session) -> None:
    factories.audience(session, "partners")
    case_types.create(
        session, CaseType("secrets", (), {"en": "Secret things"}), audience="partners", by=SYSTEM, now=START
    )
    session.commit()
    assert "Secret things" not in Page(shaper.get("/cases/types/")).words
    assert shaper.get("/cases/types/secrets").status_code == 404


def test_the_list_counts_cases_and_tells_the_last_accuracy(
    shaper: FlaskClient, session: Session, row: CaseTypeRow
) -> None:
    result = {"case_base": {"at_1": 0.875}}
    session.add(CaseReport(case_type_id=row.id, kind="evaluation", version=1, at=START, result=result))
    session.commit()
    words = Page(shaper.get("/cases/types/")).words
    assert "Phones phones 4 – 2 – – 87.5 %" in words


def test_the_list_asks_no_more_questions_for_more_types(
    shaper: FlaskClient, session: Session, row: CaseTypeRow, services: Services
) -> None:
    shaper.get("/cases/types/")  # what a process keeps for all requests is read once
    with statements(services.database.engine) as few:
        shaper.get("/cases/types/")
    for number in range(5):
        case_types.create(session, CaseType(f"t{number}", ()), audience="public", by=SYSTEM, now=START)
    session.commit()
    shaper.get("/cases/types/")
    with statements(services.database.engine) as many:
        shaper.get("/cases/types/")
    assert len(many) == len(few) <= 10


def test_a_type_is_made_named_and_filled(shaper: FlaskClient, session: Session) -> None:
    made = shaper.post("/cases/new-type", data={"key": "routers", "names_en": "Routers", "audience": "agent"})
    assert made.location == "/cases/types/routers"
    form = typed(
        shaper.get("/cases/types/routers/new-attribute"), key="lamp", kind="category", values="red\ngreen"
    )
    assert shaper.post("/cases/types/routers/new-attribute", data=form).status_code == 303
    session.rollback()
    lamp = schema_of(by_key(session, "routers")).attribute("lamp")
    assert (lamp.kind, list(lamp.levels)) == (Kind.CATEGORY, ["red", "green"])


@pytest.mark.parametrize("key", ["", "Phones!", "phones", "types"])
def test_a_key_that_cannot_be_is_refused_and_all_stays_typed(
    shaper: FlaskClient, row: CaseTypeRow, key: str
) -> None:
    page = shaper.post("/cases/new-type", data={"key": key, "names_en": "My routers", "audience": "agent"})
    assert page.status_code in (409, 422)
    assert Page(page).all("input", name="names_en", value="My routers")


def test_a_form_that_is_sent_as_it_is_changes_nothing(
    shaper: FlaskClient, session: Session, row: CaseTypeRow
) -> None:
    before = dict(row.schema)
    for attribute in schema_of(row).attributes:
        address = f"/cases/types/phones/attributes/{attribute.key}"
        assert shaper.post(address, data=typed(shaper.get(address))).status_code == 303
    reread(session, row)
    assert (row.schema, row.version) == (before, 1)


def test_values_that_do_not_fit_any_more_are_named(
    shaper: FlaskClient, session: Session, row: CaseTypeRow
) -> None:
    form = typed(shaper.get(SIGNAL), values="none\npoor\nfull | en: Full bars = five bars | hu: Teljes")
    answer = shaper.post(SIGNAL, data=form)
    assert answer.location == "/cases/types/phones/misfits"
    words = Page(shaper.get(answer.location)).words
    assert "1 case has values that do not fit any more" in words
    assert "There is no choice good." in words
    reread(session, row)
    full = schema_of(row).attribute("signal").choices[2]
    assert (full.names["hu"], full.synonyms["en"]) == ("Teljes", "five bars")


def test_what_cannot_be_is_said_beside_its_field(
    shaper: FlaskClient, session: Session, row: CaseTypeRow
) -> None:
    form = typed(shaper.get(SIGNAL), values="none\nnone", weight="much", cost="0", questions_en="Bars?")
    page = shaper.post(SIGNAL, data=form)
    assert page.status_code == 422
    assert "Line 2 has a value that stands above already." in Page(page).words
    assert Page(page).all("input", id="weight", **{"aria-invalid": "true"})
    assert Page(page).all("input", name="questions_en", value="Bars?")
    assert Page(page).all("input", id="cost", **{"aria-invalid": "true"})
    reread(session, row)
    assert row.version == 1


def test_a_measure_that_does_not_fit_the_kind_is_refused(shaper: FlaskClient, row: CaseTypeRow) -> None:
    page = shaper.post(SIGNAL, data=typed(shaper.get(SIGNAL), kind="boolean", measure="linear"))
    assert page.status_code == 422
    assert "This does not fit such values." in Page(page).words


def test_a_small_table_is_edited_as_squares(shaper: FlaskClient, session: Session, row: CaseTypeRow) -> None:
    form = typed(
        shaper.get(SIGNAL), measure="table", otherwise="0,1", **{"cell-0-1": "0,5", "cell-2-1": ".25"}
    )
    assert shaper.post(SIGNAL, data=form).status_code == 303
    reread(session, row)
    measure = schema_of(row).attribute("signal").similarity
    assert isinstance(measure, Table)
    assert (measure.entries, measure.otherwise) == ({"none": {"poor": 0.5}, "good": {"poor": 0.25}}, 0.1)
    page = shaper.get(SIGNAL)
    assert Page(page).all("input", name="cell-0-1", value="0.5")
    wrong = shaper.post(SIGNAL, data=typed(page, **{"cell-0-1": "2"}))
    assert wrong.status_code == 422
    assert Page(wrong).all("input", name="cell-0-1", value="2")


def test_a_table_of_many_values_is_edited_as_lines(
    shaper: FlaskClient, session: Session, row: CaseTypeRow
) -> None:
    levels = [f"level {number}" for number in range(20)]
    form = typed(
        shaper.get(SIGNAL), values="\n".join(levels), measure="table", entries="level 1 | level 2 | 0.5"
    )
    form = {name: value for name, value in form.items() if not name.startswith(("cell-", "level-"))}
    assert shaper.post(SIGNAL, data=form).status_code == 303
    page = shaper.get(SIGNAL)
    assert "level 1 | level 2 | 0.5" in page.text
    wrong = shaper.post(SIGNAL, data=typed(page, entries="level 1 | 0.5"))
    assert wrong.status_code == 422
    assert "Line 1 needs two values" in Page(wrong).words


def test_what_was_typed_is_drawn_without_being_saved(
    shaper: FlaskClient, session: Session, row: CaseTypeRow
) -> None:
    used = "/cases/types/phones/attributes/used"
    page = shaper.get(used)
    drawn = shaper.post(used, data=typed(page, measure="step", tolerance="4", act="show"))
    before, after = (
        Page(one).all("polyline", **{"class": "likeness-line"})[0]["points"] for one in (page, drawn)
    )
    assert before != after
    reread(session, row)
    assert row.version == 1


def test_the_first_of_two_who_save_wins_and_the_second_keeps_what_was_typed(
    shaper: FlaskClient, client_of: Open, admin: Person, row: CaseTypeRow
) -> None:
    mine, theirs = typed(shaper.get(SIGNAL), unit=""), client_of(admin)
    assert theirs.post(SIGNAL, data=typed(theirs.get(SIGNAL), weight="2")).status_code == 303
    page = shaper.post(SIGNAL, data=mine | {"weight": "3"})
    assert page.status_code == 409
    assert Page(page).all("input", name="weight", value="3")
    assert shaper.post(SIGNAL, data=typed(page)).status_code == 303


def test_attributes_move_and_go(shaper: FlaskClient, session: Session, row: CaseTypeRow) -> None:
    version = Page(shaper.get("/cases/types/phones")).all("input", name="version")[0]["value"]
    moved = shaper.post("/cases/types/phones/move", data={"move": "up:signal", "version": version})
    page = Page(shaper.get(moved.location))
    (focused,) = (one for one in page.all("button", name="move") if "autofocus" in one)
    assert focused["value"] == "down:signal"  # it is the first now
    assert "place 1 of 4" in page.words
    assert (
        shaper.post("/cases/types/phones/move", data={"move": "up:used", "version": version}).status_code
        == 409
    )
    assert "values of it" in Page(shaper.get(f"{SIGNAL}/delete")).words
    assert shaper.post(f"{SIGNAL}/delete").status_code == 303
    reread(session, row)
    assert [one.key for one in schema_of(row).attributes] == ["abroad", "used", "maker"]
    assert shaper.get(SIGNAL).status_code == 404


def test_a_type_is_put_away_changed_there_and_brought_back(
    shaper: FlaskClient, session: Session, row: CaseTypeRow
) -> None:
    assert shaper.post("/cases/types/phones/away").status_code == 303
    shaper.post(
        "/cases/types/phones/names",
        data=typed(shaper.get("/cases/types/phones/names"), names_en="Old phones"),
    )
    reread(session, row)
    assert (row.is_active, row.schema["names"]["en"]) == (False, "Old phones")
    assert "Put away" in Page(shaper.get("/cases/types/")).words
    assert shaper.post("/cases/types/phones/back").status_code == 303
    reread(session, row)
    assert row.is_active


def test_the_audit_log_calls_it_in_use(
    shaper: FlaskClient, client_of: Open, admin: Person, row: CaseTypeRow
) -> None:
    shaper.post("/cases/types/phones/away")
    words = Page(client_of(admin).get("/admin/audit")).words
    assert "In use" in words
    assert "May log in" not in words


def test_every_kind_is_drawn(shaper: FlaskClient, session: Session) -> None:
    many = tuple(Choice(f"c{number}", parent="c0" if number else "") for number in range(30))
    attributes = (
        Attribute("when", Kind.DATE),
        Attribute("tree", Kind.TAXONOMY, choices=many, similarity=Taxonomy()),
        Attribute("tags", Kind.SET, similarity=Overlap()),
        Attribute("words", Kind.TEXT, similarity=Overlap("mean")),
        Attribute("yes", Kind.BOOLEAN),
        Attribute("any", Kind.CATEGORY),
    )
    schema = CaseType("all", attributes)
    case_types.create(session, schema, audience="public", by=SYSTEM, now=START)
    session.commit()
    pages = {one.key: Page(shaper.get(f"/cases/types/all/attributes/{one.key}")) for one in attributes}
    assert all(pages[key].all("polyline") for key in ("when", "tags", "words"))
    assert "14 more values are not shown." in pages["tree"].words
    assert len(pages["yes"].all("rect", **{"class": "shade"})) == 4
    assert "There is no picture of this yet." in pages["any"].words
