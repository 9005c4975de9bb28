"""The command `kalauz xliff`."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from kb.models import Article, AuditEntry, State
from tests import factories
from tests.authoring.languages.test_translation_files import filled_in, sent


@pytest.fixture
def bills(session: Session) -> Article:
    """An article in English only, and one that needs nothing."""
    factories.article(session, "fine", translations={"hu": "Rendben"})
    made = factories.article(session, "bills", title="Bills")
    session.commit()
    return made


def test_what_needs_translating_goes_out_and_comes_back(
    app: Flask, session: Session, bills: Article, tmp_path: Path
) -> None:
    file = tmp_path / "out.xlf"
    said = app.test_cli_runner().invoke(args=["xliff", "export", str(file), "--to", "hu"])
    assert said.exit_code == 0, said.output
    assert "1 articles from en into hu" in said.output
    assert b'original="bills"' in file.read_bytes()
    back = tmp_path / "back.xlf"
    back.write_bytes(filled_in(sent(session, bills)))
    said = app.test_cli_runner().invoke(args=["xliff", "import", str(back)])
    assert said.exit_code == 0, said.output
    assert "bills: a draft in hu\n1 drafts, 0 articles without any translation" in said.output
    session.rollback()
    assert factories.newest(bills, "hu").state == State.DRAFT
    assert session.query(AuditEntry).order_by(AuditEntry.id.desc()).first().actor == "system"  # type: ignore[union-attr]


def test_one_article_can_be_chosen(app: Flask, bills: Article, tmp_path: Path) -> None:
    file = tmp_path / "out.xlf"
    run = app.test_cli_runner()
    assert run.invoke(args=["xliff", "export", str(file), "--to", "hu", "--article", "fine"]).exit_code == 0
    assert b'original="fine"' in file.read_bytes()
    wrong = run.invoke(args=["xliff", "export", str(tmp_path / "no"), "--to", "hu", "--article", "no-such"])
    assert wrong.exit_code == 1
    assert "no article with the key no-such" in wrong.output
    assert not (tmp_path / "no").exists()


def test_a_file_that_is_wrong_is_refused_with_its_lines(
    app: Flask, session: Session, bills: Article, tmp_path: Path
) -> None:
    file = tmp_path / "back.xlf"
    file.write_bytes(filled_in(sent(session, bills), ("<target>Bills</target>", "<target/>")))
    said = app.test_cli_runner().invoke(args=["xliff", "import", str(file)])
    assert said.exit_code == 1
    assert "bills / title: It has no translation." in said.output
    assert "Nothing was imported." in said.output
    session.rollback()
    assert [one.language for one in bills.translations] == ["en"]
