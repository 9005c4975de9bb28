"""What is broken, forged, huge or from a newer version is refused with place and reason, and changes nothing."""

from __future__ import annotations

import hashlib
import io
import json
import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from authoring import archive
from authoring.archive import BadArchive, Limits
from kb.db import Database
from kb.errors import Conflict
from kb.models import ApiKey, JournalEntry, Person
from tests.authoring.archive.bases import everything, fill
from tests.authoring.archive.conftest import NewBase
from tests.conftest import START

Members = dict[str, bytes]
Forgery = Callable[[Members], None]
MANIFEST = "manifest.json"


@pytest.fixture(scope="session")
def sound(tmp_path_factory: pytest.TempPathFactory, unused_sqlite: Path) -> Path:
    """An archive in which everything is right."""
    folder = tmp_path_factory.mktemp("sound")
    base = folder / "kalauz.db"
    base.write_bytes(unused_sqlite.read_bytes())
    database = Database(f"sqlite:///{base}")
    fill(database)
    archive.write(database, folder / "all.zip", now=START)
    database.engine.dispose()
    return folder / "all.zip"


@pytest.fixture
def base(new_base: NewBase) -> Database:
    """A base that nobody has used."""
    return new_base("sqlite")


def forged(path: Path, *forgeries: Forgery) -> Path:
    """A copy of an archive with other members; the manifest's sizes and checksums are made to fit."""
    with zipfile.ZipFile(path) as file:
        members = {name: file.read(name) for name in file.namelist()}
    for forgery in forgeries:
        forgery(members)
    copy = path.with_name(f"forged-{abs(hash(forgeries))}.zip")
    with zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return copy


def _fit(members: Members) -> None:
    """Say in the manifest what there is."""
    found = json.loads(members[MANIFEST])
    found["members"] = {
        name: {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        for name, data in members.items()
        if name != MANIFEST
    }
    members[MANIFEST] = json.dumps(found).encode()


def in_manifest(**values: Any) -> Forgery:
    def forge(members: Members) -> None:
        members[MANIFEST] = json.dumps(json.loads(members[MANIFEST]) | values).encode()

    return forge


def lines(table: str, change: Callable[[list[bytes]], list[bytes]]) -> Forgery:
    def forge(members: Members) -> None:
        name = f"tables/{table}.jsonl"
        members[name] = b"".join(change(members[name].splitlines(keepends=True)))
        _fit(members)

    return forge


def in_row(table: str, **values: Any) -> Forgery:
    """Change values in the second line of a table."""

    def change(found: list[bytes]) -> list[bytes]:
        row = json.loads(found[1]) | values
        return [found[0], json.dumps(row).encode() + b"\n", *found[2:]]

    return lines(table, change)


def without_column(table: str, column: str) -> Forgery:
    def change(found: list[bytes]) -> list[bytes]:
        rows = [json.loads(line) for line in found]
        return [json.dumps({k: v for k, v in row.items() if k != column}).encode() + b"\n" for row in rows]

    return lines(table, change)


def without_table(table: str) -> Forgery:
    def forge(members: Members) -> None:
        del members[f"tables/{table}.jsonl"]
        found = json.loads(members[MANIFEST])
        del found["counts"][table]
        members[MANIFEST] = json.dumps(found).encode()
        _fit(members)

    return forge


def also(name: str, data: bytes = b"x") -> Forgery:
    def forge(members: Members) -> None:
        members[name] = data
        _fit(members)

    return forge


def refused(base: Database, path: Path, limits: Limits | None = None) -> str:
    """What is said of the archive; afterwards the base is as it was."""
    before, head = everything(base), _head(base)
    with pytest.raises(BadArchive) as caught:
        archive.restore(base, path, now=START, limits=limits)
    assert everything(base) == before
    assert _head(base) == head
    return str(caught.value)


def _head(base: Database) -> int:
    with base.session() as session:
        return session.scalar(select(func.max(JournalEntry.seq))) or 0


def test_what_is_no_zip_is_refused(base: Database, tmp_path: Path) -> None:
    for number, data in enumerate([b"", b"PK", b"Hello, world. " * 100, bytes(100_000)]):
        path = tmp_path / f"{number}.zip"
        path.write_bytes(data)
        assert "This is no ZIP file" in refused(base, path)


@pytest.mark.parametrize("part", [0.1, 0.5, 0.9, 0.999])
def test_an_archive_that_is_cut_off_is_refused(
    base: Database, sound: Path, tmp_path: Path, part: float
) -> None:
    whole = sound.read_bytes()
    path = tmp_path / "cut.zip"
    path.write_bytes(whole[: int(len(whole) * part)])
    assert "cut off" in refused(base, path)


def test_wherever_a_byte_is_damaged_all_comes_back_or_nothing(
    new_base: NewBase, sound: Path, tmp_path: Path
) -> None:
    """A few bytes of a ZIP file mean nothing, such as the time of a member: damaged there it is as good as before."""
    whole, base, good = sound.read_bytes(), new_base("sqlite"), new_base("sqlite")
    archive.restore(good, sound, now=START)
    before, after, seen = everything(base), everything(good), 0
    for at in range(0, len(whole), len(whole) // 60):
        path = tmp_path / "damaged.zip"
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
        try:
            archive.restore(base, path, now=START)
        except BadArchive:
            seen += 1
            assert everything(base) == before, at
        else:
            assert everything(base) == after, at
            base = new_base("sqlite")
    assert seen > 40


def test_an_archive_of_something_else_is_refused(base: Database, tmp_path: Path) -> None:
    path = tmp_path / "other.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("manifest.json", json.dumps({"format": "other"}))
    assert refused(base, path) == "manifest.json: this is no archive of Kalauz."
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("attachments/" + "0" * 64, "x")
    assert "manifest.json: is missing" in refused(base, path)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": "kalauz-archive"}', "[" * 100_000, "\ud800"])
def test_a_manifest_that_cannot_be_understood_is_refused(base: Database, sound: Path, text: str) -> None:
    def forge(members: Members) -> None:
        members[MANIFEST] = text.encode("utf-8", "surrogatepass")

    assert refused(base, forged(sound, forge)).startswith("manifest.json: cannot be understood")


@pytest.mark.parametrize(
    "wrong",
    [
        {"counts": {"article": -1}},
        {"counts": {"article": True}},
        {"counts": []},
        {"members": {"tables/article.jsonl": {"size": "1", "sha256": "0" * 64}}},
        {"members": {"tables/article.jsonl": {"size": 1, "sha256": "../0"}}},
        {"schema": 2},
        {"schema": "two"},
        {"format_version": "1"},
    ],
)
def test_a_manifest_with_a_value_of_another_kind_is_refused(
    base: Database, sound: Path, wrong: dict[str, Any]
) -> None:
    assert refused(base, forged(sound, in_manifest(**wrong))).startswith(
        "manifest.json: cannot be understood"
    )


def test_an_archive_in_a_newer_format_is_refused(base: Database, sound: Path) -> None:
    said = refused(base, forged(sound, in_manifest(format_version=2)))
    assert said == (
        "manifest.json: the archive has format 2, made by a newer Kalauz; this one reads up to 1."
    )


def test_an_archive_with_a_newer_schema_is_refused(base: Database, sound: Path) -> None:
    said = refused(base, forged(sound, in_manifest(schema="9999")))
    assert "schema 9999, made by a newer Kalauz" in said
    assert said.endswith("Upgrade first.")


def test_a_member_with_another_checksum_is_refused(base: Database, sound: Path) -> None:
    def forge(members: Members) -> None:
        name = "tables/article.jsonl"
        members[name] = members[name].replace(b"1001", b"1009", 1)

    assert refused(base, forged(sound, forge)) == (
        "tables/article.jsonl: is damaged: its checksum is not that of the manifest."
    )


def test_what_is_damaged_is_called_so_whatever_it_breaks(base: Database, sound: Path) -> None:
    def forge(members: Members) -> None:
        name = "tables/article.jsonl"
        members[name] = members[name].replace(b"{", b"[", 1)

    assert "is damaged" in refused(base, forged(sound, forge))


def test_a_member_of_another_size_is_refused(base: Database, sound: Path) -> None:
    def longer(members: Members) -> None:
        members["tables/article.jsonl"] += b"{}\n"

    def shorter(members: Members) -> None:
        members["tables/article.jsonl"] = members["tables/article.jsonl"][:-1]

    assert "holds more than the" in refused(base, forged(sound, longer))
    assert "but the manifest says" in refused(base, forged(sound, shorter))


def test_a_member_that_is_missing_is_refused(base: Database, sound: Path) -> None:
    def forge(members: Members) -> None:
        del members["tables/topic.jsonl"]

    assert refused(base, forged(sound, forge)) == "tables/topic.jsonl: is named in the manifest, but missing."


def test_a_table_that_is_missing_is_refused(base: Database, sound: Path) -> None:
    assert refused(base, forged(sound, without_table("topic"))) == "tables/topic.jsonl: is missing."


def test_a_member_that_the_manifest_does_not_name_is_refused(base: Database, sound: Path) -> None:
    def forge(members: Members) -> None:
        members["tables/other.jsonl"] = b""

    assert refused(base, forged(sound, forge)) == "tables/other.jsonl: is not named in the manifest."


@pytest.mark.parametrize("table", ["other", "api_key", "journal", "alembic_version"])
def test_a_table_that_is_unknown_or_not_archived_is_refused(base: Database, sound: Path, table: str) -> None:
    def count(members: Members) -> None:
        found = json.loads(members[MANIFEST])
        found["counts"][table] = 0
        members[MANIFEST] = json.dumps(found).encode()

    said = refused(base, forged(sound, also(f"tables/{table}.jsonl", b""), count))
    assert said == f"manifest.json: there is no table {table!r} here."


@pytest.mark.parametrize(
    "name",
    [
        "../evil.jsonl",
        "tables/../../evil.jsonl",
        "/etc/passwd",
        "tables/article.jsonl/",
        "tables\\article.jsonl",
        "C:/evil",
        "tables/Article.jsonl",
        "attachments/../manifest.json",
        "attachments/" + "A" * 64,
        "attachments/" + "0" * 63,
        "readme.txt",
        " ",
    ],
)
def test_a_name_that_leads_elsewhere_is_refused(base: Database, sound: Path, name: str) -> None:
    assert "is no name that an archive has." in refused(base, forged(sound, also(name)))


def test_a_name_with_a_hidden_end_is_refused(base: Database, sound: Path, tmp_path: Path) -> None:
    path = forged(sound, also("tables/article_jsonl"))
    path.write_bytes(path.read_bytes().replace(b"tables/article_jsonl", b"tables/article\0jsonl"))
    assert "is no name that an archive has." in refused(base, path)


def test_a_name_that_is_there_twice_is_refused(base: Database, sound: Path, tmp_path: Path) -> None:
    path = forged(sound, also("tables/article_jsonl"))
    path.write_bytes(path.read_bytes().replace(b"tables/article_jsonl", b"tables/article.jsonl"))
    assert refused(base, path) == "tables/article.jsonl: is in the archive twice."


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFDIR, stat.S_IFIFO, stat.S_IFCHR])
def test_a_link_is_refused(base: Database, sound: Path, tmp_path: Path, kind: int) -> None:
    path = tmp_path / "link.zip"
    with zipfile.ZipFile(sound) as file, zipfile.ZipFile(path, "w") as copy:
        for entry in file.infolist():
            if entry.filename == "tables/topic.jsonl":
                entry.external_attr = (kind | 0o777) << 16
            copy.writestr(entry, file.read(entry.filename))
    assert refused(base, path) == "tables/topic.jsonl: is no ordinary file but a link or something else."


def test_an_encrypted_member_is_refused(base: Database, sound: Path, tmp_path: Path) -> None:
    data = bytearray(sound.read_bytes())
    at = data.rindex(b"PK\x01\x02")
    flags = struct.unpack_from("<H", data, at + 8)[0]
    struct.pack_into("<H", data, at + 8, flags | 1)
    path = tmp_path / "encrypted.zip"
    path.write_bytes(data)
    assert "is encrypted" in refused(base, path)


def test_a_way_of_packing_that_archives_do_not_use_is_refused(
    base: Database, sound: Path, tmp_path: Path
) -> None:
    path = tmp_path / "packed.zip"
    with zipfile.ZipFile(sound) as file, zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as copy:
        for name in file.namelist():
            copy.writestr(name, file.read(name))
    assert "is packed in a way that archives do not use" in refused(base, path)


def test_a_bomb_is_refused_before_it_is_unpacked(base: Database, sound: Path) -> None:
    said = refused(base, forged(sound, also("tables/bomb.jsonl", b"0" * 5_000_000)))
    assert said == "tables/bomb.jsonl: is packed more than 250 to 1, as no archive of ours is."


def test_a_bomb_that_lies_about_its_size_is_refused(base: Database, sound: Path) -> None:
    """Both places that tell the size say 10 bytes; what comes out is counted."""
    path = forged(sound, also("attachments/" + "0" * 64, b"0" * 900_000))
    data = bytearray(path.read_bytes())
    size = struct.pack("<I", 900_000)
    found = data.count(size)
    assert found == 2
    path.write_bytes(bytes(data).replace(size, struct.pack("<I", 10)))
    assert "attachments/0000" in refused(base, path)


def test_more_than_the_limits_is_refused(base: Database, sound: Path) -> None:
    said = refused(base, sound, Limits(total=1000))
    assert "at most 0.0 MB are taken" in said
    assert "attachments/" in refused(base, sound, Limits(attachment=100))
    with zipfile.ZipFile(sound) as file:
        exactly = sum(entry.file_size for entry in file.infolist())
    assert "--most-mb" in refused(base, sound, Limits(total=exactly - 1))
    archive.restore(base, sound, now=START, limits=Limits(total=exactly))


def test_files_that_lie_about_their_content_are_refused(base: Database, sound: Path) -> None:
    assert "is not called after its checksum" in refused(base, forged(sound, also("attachments/" + "0" * 64)))
    digest = hashlib.sha256(b"x").hexdigest()
    assert "counts 3 files, but there are 4" in refused(base, forged(sound, also(f"attachments/{digest}")))


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"\n", "this is no JSON"),
        (b"{'a': 1}\n", "this is no JSON"),
        (b"[" * 50_000 + b"\n", "this is no JSON"),
        (b"[]\n", "a row must be an object"),
        (b"\xff\n", "is no text in UTF-8"),
        (b"{}\n", "the column 'id' is missing"),
    ],
)
def test_a_line_that_is_no_row_is_refused_with_its_number(
    base: Database, sound: Path, line: bytes, reason: str
) -> None:
    bad = forged(sound, lines("topic", lambda found: [found[0], line, *found[1:]]))
    said = refused(base, bad)
    assert said.startswith("tables/topic.jsonl line 2: ")
    assert reason in said


def test_a_table_whose_last_line_is_cut_off_is_refused(base: Database, sound: Path) -> None:
    said = refused(base, forged(sound, lines("topic", lambda found: [*found[:-1], found[-1].rstrip(b"\n")])))
    assert said == "tables/topic.jsonl line 3: does not end: the table is cut off."


def test_a_table_with_fewer_rows_than_it_says_is_refused(base: Database, sound: Path) -> None:
    said = refused(base, forged(sound, lines("comment", lambda found: found[:2])))
    assert said == "tables/comment.jsonl: has 2 rows, but the manifest says 3."


@pytest.mark.parametrize(
    ("table", "values", "reason"),
    [
        ("topic", {"colour": 1}, "the table has no column 'colour'"),
        ("topic", {"key": 5}, "the column 'key' must be a text, not 5"),
        ("topic", {"key": "x" * 129}, "the column 'key': Use at most 128 characters."),
        ("topic", {"key": "a\0b"}, "the column 'key': It contains a character that is no text."),
        ("topic", {"key": "\ud800"}, "the column 'key': It contains a character that is no text."),
        ("topic", {"key": None}, "the column 'key' cannot be empty"),
        ("topic", {"position": "1"}, "the column 'position' must be a whole number"),
        ("topic", {"position": True}, "the column 'position' must be a whole number"),
        ("topic", {"position": 2**31}, "the column 'position' must be a whole number"),
        ("topic", {"position": 1.5}, "the column 'position' must be a whole number"),
        ("person", {"is_active": 1}, "the column 'is_active' must be true or false, not 1"),
        ("person", {"created_at": "2026-03-02T09:00:00"}, "the column 'created_at' must be a moment"),
        ("person", {"created_at": "0001-01-01T00:00:00+14:00"}, "the column 'created_at' must be a moment"),
        ("person", {"created_at": 5}, "the column 'created_at' must be a moment"),
        ("person", {"password_hash": "x"}, "the column 'password_hash' must be None"),
        ("external_source", {"value": {"a": 1}}, "the column 'value' must be None"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_with_its_line_and_column(
    base: Database, sound: Path, table: str, values: dict[str, Any], reason: str
) -> None:
    said = refused(base, forged(sound, in_row(table, **values)))
    assert said.startswith(f"tables/{table}.jsonl line 2: {reason}")


@pytest.mark.parametrize(
    ("table", "values"),
    [
        ("topic", {"id": 1001}),  # there already
        ("topic", {"parent_id": 77}),  # nowhere
        ("article", {"owner_id": 77}),
        ("article", {"audience": "nobody"}),
    ],
)
def test_a_row_that_the_database_refuses_is_named_by_its_line(
    new_base: NewBase, both_databases: str, sound: Path, table: str, values: dict[str, Any]
) -> None:
    said = refused(new_base(both_databases), forged(sound, in_row(table, **values)))
    assert said.startswith(f"tables/{table}.jsonl line 2: the database refuses it (")


def test_a_base_that_holds_anything_is_left_alone(
    new_base: NewBase, both_databases: str, sound: Path
) -> None:
    base = new_base(both_databases)
    with base.transaction() as session:
        session.add(Person(email="a@example.com", name="A", created_at=START))
    before = everything(base)
    with pytest.raises(Conflict, match=r"not empty: there is something in its table (person|audit_entry)"):
        archive.restore(base, sound, now=START)
    assert everything(base) == before


def test_a_base_with_nothing_but_a_key_is_not_empty(base: Database, sound: Path) -> None:
    with base.transaction() as session:
        session.add(ApiKey(name="CRM", prefix="klz_1", secret_hash="x", created_at=START))
    with pytest.raises(Conflict, match=r"table (api_key|audit_entry)"):
        archive.restore(base, sound, now=START)


def test_an_archive_is_not_restored_twice(base: Database, sound: Path) -> None:
    archive.restore(base, sound, now=START)
    before = everything(base)
    with pytest.raises(Conflict, match="not empty"):
        archive.restore(base, sound, now=START)
    assert everything(base) == before


def test_a_file_that_is_not_there_is_said_to_be_so(base: Database, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        archive.restore(base, tmp_path / "nothing.zip", now=START)


def test_what_is_packed_best_by_an_export_is_still_taken(new_base: NewBase, tmp_path: Path) -> None:
    """A text of one letter packs as well as anything can: an archive of ours is never taken for a bomb."""
    old, new = new_base("sqlite"), new_base("sqlite")
    fill(old)
    with old.transaction() as session:
        session.connection().exec_driver_sql("UPDATE revision SET body = ?", ("a" * 6_000_000,))
    archive.write(old, tmp_path / "all.zip", now=START)
    archive.restore(new, tmp_path / "all.zip", now=START)
    assert everything(new) == everything(old)


def test_a_line_without_end_is_refused(base: Database, monkeypatch: pytest.MonkeyPatch, sound: Path) -> None:
    from authoring.archive import reading

    monkeypatch.setattr(reading, "LONGEST_LINE", 100)
    monkeypatch.setattr(reading, "CHUNK", 50)
    assert "line 3: is longer than" in refused(base, sound)


def test_a_stream_of_no_length_is_no_archive(tmp_path: Path, base: Database) -> None:
    empty = io.BytesIO()
    with zipfile.ZipFile(empty, "w"):
        pass
    path = tmp_path / "empty.zip"
    path.write_bytes(empty.getvalue())
    assert "manifest.json: is missing" in refused(base, path)
