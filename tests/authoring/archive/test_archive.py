"""An archive brings everything back as it was, from either database to either, and holds one moment."""

from __future__ import annotations

import json
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, func, insert, select, text

from authoring import archive
from authoring.archive import exporting
from authoring.archive.format import CONTENTS, EMPTIED, LEFT_OUT, tables
from kb.db import Base
from kb.models import Article, Audience, JournalEntry, Person, Topic
from kb.models.records import Audited
from tests.authoring.archive.bases import ROWS, everything, fill
from tests.authoring.archive.conftest import NewBase
from tests.conftest import START

ALL_WAYS = [(source, target) for source in ("sqlite", "postgresql") for target in ("sqlite", "postgresql")]


def test_every_table_is_either_archived_or_left_out_with_a_reason() -> None:
    known = set(Base.metadata.tables)
    assert known >= LEFT_OUT.keys()
    assert {table.name for table in tables()} == known - LEFT_OUT.keys()
    assert all(len(reason) > 20 for reason in LEFT_OUT.values())


def test_what_is_secret_is_not_archived() -> None:
    secret = {
        (str(mapper.local_table), column)
        for mapper in Base.registry.mappers
        if issubclass(mapper.class_, Audited)
        for column in mapper.class_.secret_columns
    }
    assert secret, "nothing is secret: has the mix-in another name for it now?"
    assert [
        (table, column)
        for table, column in sorted(secret)
        if table not in LEFT_OUT and column not in EMPTIED.get(table, {})
    ] == []


def test_the_first_table_stands_before_those_that_refer_to_it() -> None:
    seen: set[str] = set()
    for table in tables():
        needed = {key.column.table.name for key in table.foreign_keys} - {table.name}
        assert needed <= seen, f"{table.name} comes before {needed - seen}"
        seen.add(table.name)


@pytest.mark.parametrize(("source", "target"), ALL_WAYS)
def test_a_base_comes_back_field_by_field(
    new_base: NewBase, tmp_path: Path, source: str, target: str
) -> None:
    old, new = new_base(source), new_base(target)
    fill(old)
    archive.write(old, tmp_path / "all.zip", now=START)
    archive.restore(new, tmp_path / "all.zip", now=START)
    assert min(len(rows) for rows in everything(new).values()) >= ROWS
    assert everything(new) == everything(old)


@pytest.mark.parametrize(("source", "target"), ALL_WAYS)
def test_an_archive_of_what_was_restored_is_the_same_archive(
    new_base: NewBase, tmp_path: Path, source: str, target: str
) -> None:
    old, new = new_base(source), new_base(target)
    fill(old)
    first, second = tmp_path / "first.zip", tmp_path / "second.zip"
    archive.write(old, first, now=START)
    archive.restore(new, first, now=START)
    archive.write(new, second, now=START + timedelta(days=1))
    assert members(first) == members(second)
    assert manifest(second).pop("made_at") != manifest(first)["made_at"]


def members(path: Path) -> dict[str, bytes]:
    """All members, the manifest without the moment."""
    with zipfile.ZipFile(path) as file:
        found = {name: file.read(name) for name in file.namelist()}
    found["manifest.json"] = json.dumps(manifest(path) | {"made_at": ""}).encode()
    return found


def manifest(path: Path) -> dict[str, str]:
    with zipfile.ZipFile(path) as file:
        found: dict[str, str] = json.loads(file.read("manifest.json"))
        return found


def test_no_password_and_no_fetched_value_is_in_it(new_base: NewBase, tmp_path: Path) -> None:
    old, new = new_base("sqlite"), new_base("sqlite")
    fill(old)
    archive.write(old, tmp_path / "all.zip", now=START)
    archive.restore(new, tmp_path / "all.zip", now=START)
    with new.session() as session:
        assert session.scalars(select(Person.password_hash)).all() == [None] * ROWS
    text_of_all = b"".join(members(tmp_path / "all.zip").values())
    assert b"password_hash" in text_of_all
    assert "password_hash Árvíztűrő".encode() not in text_of_all
    assert b"secret_hash" not in text_of_all


def test_new_rows_are_numbered_after_those_that_came_with_their_ids(
    new_base: NewBase, tmp_path: Path, both_databases: str
) -> None:
    old, new = new_base("sqlite"), new_base(both_databases)
    fill(old)
    archive.write(old, tmp_path / "all.zip", now=START)
    archive.restore(new, tmp_path / "all.zip", now=START)
    numbered = [table for table in tables() if table.autoincrement_column is not None]
    assert len(numbered) > 20
    with new.transaction() as session:
        newest = session.scalar(select(func.max(Topic.id))) or 0
        session.add(Topic(key="one more", names={}))
        session.flush()
        assert session.scalars(select(Topic.id).where(Topic.key == "one more")).one() == newest + 1
        if both_databases == "postgresql":
            for table in numbered:
                last = text(f"SELECT nextval(pg_get_serial_sequence('\"{table.name}\"', 'id'))")
                assert (session.scalar(last) or 0) > (session.scalar(select(func.max(table.c.id))) or 0)


def test_followers_find_an_entry_for_everything_that_they_follow(
    new_base: NewBase, tmp_path: Path, both_databases: str
) -> None:
    old, new = new_base("sqlite"), new_base(both_databases)
    fill(old)
    with new.session() as session:
        head = session.scalar(select(func.max(JournalEntry.seq))) or 0
    archive.write(old, tmp_path / "all.zip", now=START)
    archive.restore(new, tmp_path / "all.zip", now=START)
    with new.session() as session:
        entries = session.execute(
            select(JournalEntry.kind, JournalEntry.subject_id).where(JournalEntry.seq > head)
        ).all()
        articles = session.scalars(select(Article.id).order_by(Article.id)).all()
        audiences = session.scalars(select(Audience.id).order_by(Audience.id)).all()
    kinds = {"article", "group", "audience", "topic", "portal", "folder", "snippet", "external_source"}
    kinds |= {"synonyms", "search_source", "case", "case_type"}
    assert {kind for kind, _ in entries} == kinds
    assert [subject for kind, subject in entries if kind == "article"] == list(articles)
    assert [subject for kind, subject in entries if kind == "audience"] == list(audiences)


def test_an_archive_holds_one_moment(
    new_base: NewBase, tmp_path: Path, both_databases: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What others commit while it is written is not in it, not even in tables that are read later."""
    base = new_base(both_databases)
    fill(base)
    before = everything(base)
    lines = exporting._lines

    def disturbed(connection: object, table: object) -> object:
        with base.transaction() as session:
            session.execute(delete(Base.metadata.tables["feedback"]))
            session.add(Topic(key=f"meanwhile {table}", names={}))
        return lines(connection, table)  # type: ignore[arg-type]

    monkeypatch.setattr(exporting, "_lines", disturbed)
    archive.write(base, tmp_path / "all.zip", now=START)
    new = new_base("sqlite")
    archive.restore(new, tmp_path / "all.zip", now=START)
    assert everything(new) == before


def test_rows_are_in_the_same_order_whatever_the_language_of_the_database(new_base: NewBase) -> None:
    column = Base.metadata.tables["old_slug"].c.slug
    with new_base("postgresql").engine.connect() as connection:
        ordered = select(column).order_by(exporting._everywhere_alike(column, connection))
        assert 'COLLATE "C"' in str(ordered.compile(connection))


def test_the_same_base_gives_the_same_bytes(new_base: NewBase, tmp_path: Path) -> None:
    base = new_base("sqlite")
    fill(base)
    archive.write(base, tmp_path / "a.zip", now=START)
    archive.write(base, tmp_path / "b.zip", now=START)
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


def test_what_goes_wrong_while_writing_leaves_nothing_behind_and_the_old_file_alone(
    new_base: NewBase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = new_base("sqlite")
    fill(base)
    target = tmp_path / "here" / "all.zip"
    target.parent.mkdir()
    target.write_bytes(b"the old one")

    def full(*_given: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(zipfile.ZipFile, "_write_end_record", full)
    with pytest.raises(OSError, match="No space left"):
        archive.write(base, target, now=START)
    assert [path.name for path in target.parent.iterdir()] == ["all.zip"]
    assert target.read_bytes() == b"the old one"


def test_an_archive_from_an_older_schema_gets_what_is_newer_by_default(
    new_base: NewBase, tmp_path: Path
) -> None:
    old, new = new_base("sqlite"), new_base("sqlite")
    fill(old)
    with old.transaction() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    archive.write(old, tmp_path / "all.zip", now=START)
    from tests.authoring.archive.test_refusals import forged, without_column, without_table

    older = forged(
        tmp_path / "all.zip", without_table("workflow"), without_column("revision", "wording_only")
    )
    archive.restore(new, older, now=START)
    found, expected = everything(new), everything(old)
    assert found.pop("workflow") == []
    del expected["workflow"]
    for row in expected["revision"]:
        row["wording_only"] = False
    assert found == expected


def test_a_large_table_is_streamed(new_base: NewBase, tmp_path: Path, both_databases: str) -> None:
    """More rows than are read or written at once; each comes back."""
    old, new = new_base(both_databases), new_base("sqlite")
    many = [{"id": number, "key": f"t{number}", "names": {}, "position": 0} for number in range(1, 1203)]
    with old.transaction() as session:
        session.execute(insert(Topic), many)
    archive.write(old, tmp_path / "all.zip", now=START)
    archive.restore(new, tmp_path / "all.zip", now=START)
    with new.session() as session:
        assert session.scalar(select(func.count(Topic.id))) == 1202


def test_bytes_of_files_are_members_called_after_their_checksum(new_base: NewBase, tmp_path: Path) -> None:
    base = new_base("sqlite")
    fill(base)
    found = archive.write(base, tmp_path / "all.zip", now=START)
    names = [name for name in found.members if name.startswith("attachments/")]
    assert len(names) == found.counts[CONTENTS] == ROWS
    assert all(name == f"attachments/{found.members[name].sha256}" for name in names)
