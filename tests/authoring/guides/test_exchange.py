"""Charts of other tools become guides, and guides become charts again."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from lxml import etree
from sqlalchemy import select
from sqlalchemy.orm import Session

from authoring.importing import guides
from cbr.trees import body
from cbr.trees.forms import FORMS
from cbr.trees.layout import laid_out
from cbr.trees.tree import Tree
from kb.models import Article, Person, Revision, State
from tests import factories
from tests.cbr.guided_runs import stage
from tests.kb.stage import Page

DOT = 'digraph { a [label="Is it on?", shape=diamond]; a -> b [label="Yes"]; a -> c [label="No"]; b; c; }'
NESTED = "digraph {" + "subgraph {" * 60 + "a -> b" + "}" * 60 + "}"
NEW = "/authoring/guides/import"


@pytest.fixture
def desk(client_of: Callable[[Person], FlaskClient], author: Person) -> FlaskClient:
    """The author's browser."""
    return client_of(author)


@pytest.fixture
def router(session: Session) -> Article:
    """A guide."""
    made = factories.article(session, "router", title="Router", kind="guide", body=stage.ROUTER)
    session.commit()
    return made


def newest(session: Session) -> Revision:
    session.rollback()
    found = session.scalars(select(Revision).order_by(Revision.id.desc())).first()
    assert found is not None
    return found


def test_a_file_is_looked_at_before_it_is_taken(desk: FlaskClient, session: Session) -> None:
    sent = {"action": "look", "form": "auto", "file": (BytesIO(DOT.encode()), "no_service.dot")}
    page = Page(desk.post(NEW, data=sent))
    assert "3 steps , 2 ways" in page.words
    assert "Nothing is said for “I don't know”" in page.words
    assert page.all("input", name="title")[0]["value"] == "No service"
    assert page.all("svg", role="img")
    assert session.scalars(select(Article)).all() == []


def test_what_was_looked_at_becomes_a_draft(desk: FlaskClient, session: Session) -> None:
    sent = {"action": "take", "form": "dot", "text": DOT, "title": "No service", "language": "en"}
    answer = desk.post(NEW, data={**sent, "topic": "", "audience": "public"})
    made = newest(session)
    assert (answer.status_code, made.state, made.title) == (303, State.DRAFT, "No service")
    assert made.translation.article.kind == "guide"
    tree = body.read(made.body)
    assert [way.text for way in tree.by_id["a"].ways] == ["Yes", "No"]
    assert all(node.at for node in tree.nodes)


def test_a_guide_needs_a_title(desk: FlaskClient) -> None:
    sent = {"action": "take", "form": "dot", "text": DOT, "title": "", "language": "en", "topic": ""}
    answer = desk.post(NEW, data={**sent, "audience": "public"})
    assert answer.status_code == 422
    assert "Give it a title." in Page(answer).words
    assert "Is it on?" in answer.text, "what was pasted is still there"


@pytest.mark.parametrize(
    ("text", "form", "said"),
    [
        (NESTED, "dot", "20 deep"),
        ("digraph { a -> ", "dot", "Line 1"),
        ("no chart at all", "mermaid", "Line 1"),
        ('{"nodes": [{"id": "a b"}]}', "json", "nodes[0].id"),
        ("[" * 100_000, "json", "This is not JSON"),
        ("", "dot", "Choose a file, or paste its text."),
        (DOT, "auto", "Say which form the text has."),
        ("digraph {" + "".join(f"n{at};" for at in range(10_001)) + "}", "dot", "at most 10000 steps"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(
    desk: FlaskClient, text: str, form: str, said: str
) -> None:
    answer = desk.post(NEW, data={"action": "look", "form": form, "text": text})
    assert answer.status_code == 422
    assert said in Page(answer).words
    assert text in Page(answer).words or len(text) > 1000 or not text


@pytest.mark.parametrize(
    ("raw", "name", "said"),
    [
        (b"\xff\xfe\x00", "guide.dot", "not a text in UTF-8"),
        (b"x" * 101, "guide.dot", "at most 100 bytes"),
        (b"digraph {a}", "guide.exe", ".mermaid"),
    ],
)
def test_files_that_are_none_are_refused(
    desk: FlaskClient, monkeypatch: pytest.MonkeyPatch, raw: bytes, name: str, said: str
) -> None:
    monkeypatch.setattr(guides, "MOST_BYTES", 100)
    sent = {"action": "look", "form": "auto", "file": (BytesIO(raw), name)}
    answer = desk.post(NEW, data=sent)
    assert answer.status_code == 422
    assert said in Page(answer).words


def into(article: Article) -> str:
    return f"/authoring/articles/{article.id}/en/import"


def test_a_guide_shows_what_would_be_replaced(desk: FlaskClient, router: Article) -> None:
    page = Page(desk.post(into(router), data={"action": "look", "form": "dot", "text": DOT}))
    assert "In the file 3 steps , 2 ways In its place now 6 steps , 9 ways" in page.words
    assert "All steps of revision 1 are replaced" in page.words


def test_all_steps_are_replaced_by_the_next_draft(
    desk: FlaskClient, session: Session, router: Article
) -> None:
    base = newest(session).id
    answer = desk.post(into(router), data={"action": "take", "form": "dot", "text": DOT, "base": base})
    made = newest(session)
    assert (answer.status_code, made.number, made.state, made.title) == (303, 2, State.DRAFT, "Router")
    assert set(body.read(made.body).by_id) == {"a", "b", "c"}


def test_who_looked_before_somebody_saved_looks_again(
    desk: FlaskClient, session: Session, router: Article
) -> None:
    base = newest(session).id
    factories.revision(session, router, title="Router, newer", state=State.DRAFT)
    session.commit()
    answer = desk.post(into(router), data={"action": "take", "form": "dot", "text": DOT, "base": base})
    assert answer.status_code == 409
    assert "Somebody has saved this guide since you looked." in Page(answer).words
    assert newest(session).title == "Router, newer"


def test_only_a_guide_takes_a_tree(desk: FlaskClient, session: Session) -> None:
    prices = factories.article(session, "prices")
    session.commit()
    base = newest(session).id
    answer = desk.post(into(prices), data={"action": "take", "form": "dot", "text": DOT, "base": base})
    assert answer.status_code == 422
    assert newest(session).id == base


@pytest.mark.parametrize("part", ["agent", "reviewer", "customer", "outsider"])
def test_only_those_who_write_bring_guides_in(
    client_of: Callable[[Person], FlaskClient], request: pytest.FixtureRequest, router: Article, part: str
) -> None:
    client = client_of(request.getfixturevalue(part))
    sent = {"action": "take", "form": "dot", "text": DOT}
    assert client.post(NEW, data=sent).status_code == 403
    assert client.post(into(router), data=sent).status_code == 403


# Out.


@pytest.mark.parametrize("form", FORMS)
def test_every_form_comes_back_as_the_same_guide(
    desk: FlaskClient, session: Session, router: Article, form: str
) -> None:
    answer = desk.get(f"/authoring/guides/revisions/{newest(session).id}/{form}")
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="router-en-1.')
    assert FORMS[form].read(answer.text) == body.read(stage.ROUTER)


def test_the_picture_is_a_drawing_that_runs_nothing(
    desk: FlaskClient, session: Session, router: Article
) -> None:
    evil = stage.ROUTER.replace("Is the light on?", '<script>alert(1)</script> & "x"')
    factories.revision(session, router, title="Evil", body=evil, state=State.DRAFT)
    session.commit()
    answer = desk.get(f"/authoring/guides/revisions/{newest(session).id}/picture")
    root = etree.fromstring(answer.data)
    names = {etree.QName(one).localname for one in root.iter()}
    assert answer.mimetype == "image/svg+xml"
    assert "script" not in names
    assert len(root.findall(".//{*}g")) == len(body.read(stage.ROUTER).nodes)


def test_there_are_no_other_forms(desk: FlaskClient, session: Session, router: Article) -> None:
    assert desk.get(f"/authoring/guides/revisions/{newest(session).id}/pdf").status_code == 404


def test_prose_has_no_files(desk: FlaskClient, session: Session) -> None:
    factories.article(session, "prose", kind="guide", body="Nothing to choose here.")
    session.commit()
    number = newest(session).id
    assert desk.get(f"/authoring/guides/revisions/{number}/dot").status_code == 404
    assert "As a file" not in desk.get(f"/admin/revisions/{number}").text


@pytest.mark.parametrize("part", ["customer", "outsider"])
def test_outsiders_get_no_files(
    client_of: Callable[[Person], FlaskClient],
    request: pytest.FixtureRequest,
    session: Session,
    router: Article,
    part: str,
) -> None:
    client = client_of(request.getfixturevalue(part))
    for form in (*FORMS, "picture"):
        assert client.get(f"/authoring/guides/revisions/{newest(session).id}/{form}").status_code == 403


# Commands.


def test_the_command_brings_a_chart_in_and_takes_it_out_again(
    app: Flask, session: Session, tmp_path: Path
) -> None:
    chart = tmp_path / "no_service.dot"
    chart.write_text(DOT)
    runner = app.test_cli_runner()
    said = runner.invoke(args=["guides", "import", str(chart), "--publish"]).output
    assert "no-service: 3 nodes, 2 edges; 0 errors, 1 warnings; published" in said
    assert newest(session).state == State.PUBLISHED
    again = runner.invoke(args=["guides", "import", str(chart), "--into", "no-service"]).output
    assert "a draft" in again
    out = tmp_path / "out.mmd"
    runner.invoke(args=["guides", "export", "no-service", "--form", "mermaid", "-o", str(out)])
    read: Tree = FORMS["mermaid"].read(out.read_text())
    assert read == laid_out(FORMS["dot"].read(DOT))


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("bad.dot", NESTED, "line 1"),
        ("bad.exe", DOT, "ends with one of these"),
        ("bad.json", '{"nodes": [{"id": "a", "kind": "choice"}]}', "dead-end at a"),
    ],
)
def test_the_command_refuses_what_nobody_could_follow(
    app: Flask, session: Session, tmp_path: Path, name: str, text: str, said: str
) -> None:
    (tmp_path / name).write_text(text)
    result = app.test_cli_runner().invoke(args=["guides", "import", str(tmp_path / name), "--publish"])
    assert result.exit_code == 1
    assert said in result.output
    assert session.scalars(select(Article)).all() == []
