"""Files are what their bytes say, kept once, seen with their article, and never half there."""

from __future__ import annotations

import io
import zipfile
import zlib
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from kb import articles, attachments, publication
from kb.db import Database
from kb.errors import Invalid, LoginRequired, NotAllowed, NotFound, TooLarge
from kb.models import Article, Attachment, AttachmentContent, AuditEntry, JournalEntry, Person, State
from kb.permissions import SYSTEM
from kb.viewers import ANONYMOUS, Viewer
from tests import cast, factories
from tests.conftest import START

LIMIT = 1024 * 1024
HTML = b"<!doctype html><script>alert(1)</script>"
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def image(kind: str = "PNG", size: tuple[int, int] = (4, 3)) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, "teal").save(file, kind)
    return file.getvalue()


def archive(*names: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        for name in names:
            made.writestr(name, f"content of {name}")
    return file.getvalue()


def bomb() -> bytes:
    """A tiny PNG that says it is 60,000 pixels wide and high."""
    small = image()
    at = small.index(b"IHDR")
    header = b"IHDR" + (60_000).to_bytes(4) * 2 + small[at + 12 : at + 17]
    return small[:at] + header + zlib.crc32(header).to_bytes(4) + small[at + 21 :]


def attach(
    session: Session,
    article: Article,
    filename: str = "note.txt",
    data: bytes = b"A note.",
    by: Viewer = SYSTEM,
) -> Attachment:
    return attachments.attach(session, article, filename=filename, data=data, limit=LIMIT, by=by, now=START)


def stored(session: Session) -> list[bytes]:
    return list(session.scalars(select(AttachmentContent.data).order_by(AttachmentContent.sha256)))


PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
MP3 = b"ID3\x04\x00\x00\x00\x00\x00\x00" + b"\xff\xfb\x90\x00" * 8
MP4 = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + bytes(32)
ELF = b"\x7fELF\x02\x01\x01" + bytes(64)
EXE = b"MZ\x90\x00" + bytes(60) + b"PE\x00\x00" + bytes(64)

# What a file is.


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("a.png", image("PNG"), "image/png"),
        ("a.jpg", image("JPEG"), "image/jpeg"),
        ("a.gif", image("GIF"), "image/gif"),
        ("a.webp", image("WEBP"), "image/webp"),
        ("photo.exe", image("PNG"), "image/png"),
        ("without-suffix", image("GIF"), "image/gif"),
        ("a.pdf", PDF, "application/pdf"),
        ("A.PDF", PDF, "application/pdf"),
        ("a.zip", archive("a"), "application/zip"),
        ("a.docx", archive("[Content_Types].xml", "word/document.xml"), attachments.DOCUMENTS[".docx"]),
        ("a.ods", archive("mimetype"), attachments.DOCUMENTS[".ods"]),
        ("a.mp3", MP3, "audio/mpeg"),
        ("a.mp4", MP4, "video/mp4"),
        ("a.txt", "Árvíztűrő".encode(), "text/plain"),
        ("a.csv", b"a;b\n1;2\n", "text/csv"),
        ("page.txt", HTML, "text/plain"),
    ],
)
def test_a_file_is_what_its_content_says(name: str, data: bytes, expected: str) -> None:
    assert attachments.media_type_of(data, name) == expected


@pytest.mark.parametrize(
    "data", [HTML, SVG, ELF, EXE, b"#!/bin/sh\nrm -rf /\n", PDF, archive("a"), b"", bytes(100)]
)
@pytest.mark.parametrize(
    "name", ["a.png", "a.jpg", "a.html", "a.svg", "a.exe", "a.js", "a", "", "a.png.html"]
)
def test_what_is_no_image_is_refused_whatever_it_is_called(name: str, data: bytes) -> None:
    with pytest.raises(Invalid, match="Only images"):
        attachments.media_type_of(data, name)


@pytest.mark.parametrize("suffix", [*attachments.DOCUMENTS, ".txt", ".csv"])
@pytest.mark.parametrize("data", [ELF, EXE], ids=["elf", "exe"])
def test_a_program_is_no_document_and_no_text(suffix: str, data: bytes) -> None:
    with pytest.raises(Invalid):
        attachments.media_type_of(data, f"a{suffix}")


@pytest.mark.parametrize("suffix", sorted(attachments.DOCUMENTS))
@pytest.mark.parametrize("data", [HTML, SVG, b"alert(1)"], ids=["html", "svg", "script"])
def test_a_page_is_no_document(suffix: str, data: bytes) -> None:
    with pytest.raises(Invalid):
        attachments.media_type_of(data, f"a{suffix}")


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.pdf", archive("a")),
        ("a.docx", PDF),
        ("a.zip", PDF),
        ("a.mp4", MP3),
        ("a.txt", image("PNG")[:20]),
        ("a.txt", b"\xff\xfe\x00"),
        ("a.csv", b"a\0b"),
    ],
)
def test_a_name_that_does_not_agree_with_the_content_is_refused(name: str, data: bytes) -> None:
    with pytest.raises(Invalid):
        attachments.media_type_of(data, name)


@pytest.mark.parametrize("tail", [HTML, SVG, archive("a"), PDF], ids=["html", "svg", "zip", "pdf"])
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF"])
@pytest.mark.parametrize("suffix", ["html", "svg", "zip", "pdf", "js"])
def test_an_image_with_something_behind_it_is_only_ever_an_image(kind: str, tail: bytes, suffix: str) -> None:
    """It is served as what it is called here, with nosniff: nothing behind the image can run."""
    assert attachments.media_type_of(image(kind) + tail, f"a.{suffix}") == attachments.IMAGES[kind]


@pytest.mark.parametrize(
    "data", [HTML + PDF, HTML + archive("a"), EXE + archive("a")], ids=["pdf", "zip", "exe"]
)
@pytest.mark.parametrize("suffix", sorted(attachments.DOCUMENTS))
def test_a_document_behind_something_else_is_no_document(suffix: str, data: bytes) -> None:
    with pytest.raises(Invalid):
        attachments.media_type_of(data, f"a{suffix}")


def test_an_image_bomb_is_refused_before_it_is_unpacked() -> None:
    with pytest.raises(Invalid, match="more than 50 million pixels"):
        attachments.media_type_of(bomb(), "a.png")


def test_an_image_of_more_than_fifty_million_pixels_is_refused() -> None:
    with pytest.raises(Invalid, match="more than 50 million pixels"):
        attachments.media_type_of(image("PNG", (50_001, 1_000)), "a.png")


@settings(deadline=None)
@given(
    st.sampled_from([image(kind) for kind in attachments.IMAGES] + [PDF, MP3, MP4, archive("a")]),
    st.data(),
    st.sampled_from(["a.png", "a.pdf", "a.mp3", "a.docx", "a.txt", "a"]),
)
def test_a_damaged_file_is_taken_or_refused_and_nothing_else(
    whole: bytes, data: st.DataObject, name: str
) -> None:
    spoilt = bytearray(whole[: data.draw(st.integers(0, len(whole)))])
    for place in data.draw(st.lists(st.integers(0, max(len(spoilt) - 1, 0)), max_size=4)):
        if spoilt:
            spoilt[place] = data.draw(st.integers(0, 255))
    try:
        found = attachments.media_type_of(bytes(spoilt), name)
    except Invalid:
        return
    assert found in {
        *attachments.IMAGES.values(),
        *attachments.DOCUMENTS.values(),
        *attachments.TEXTS.values(),
    }


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("note.txt", "note.txt"),
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\Users\\me\\note.txt", "note.txt"),
        ("árvíz (2).txt", "árvíz (2).txt"),
        ("a\r\nSet-Cookie: x.txt", "a_Set-Cookie_ x.txt"),
        ("<b>\"'&%00;.txt", "_b_00_.txt"),
        ("...txt", "txt"),
        (f"{'a' * 300}.txt", f"{'a' * 196}.txt"),
    ],
)
def test_a_name_is_kept_without_what_could_do_harm(session: Session, given: str, kept: str) -> None:
    made = factories.article(session)
    data = image() if kept == "txt" else b"A note."
    assert attach(session, made, given, data).filename == kept


# Who may, and how much.


@pytest.mark.parametrize("part", sorted(cast.NAMES))
def test_only_who_writes_may_add(session: Session, request: pytest.FixtureRequest, part: str) -> None:
    """The translator of the cast has no language to write in."""
    by = factories.viewer(session, request.getfixturevalue(part))
    made = factories.article(session)
    if part in {"author", "specialist", "supervisor", "admin"}:
        assert attach(session, made, by=by).uploaded_by_id == by.person_id
    else:
        with pytest.raises(NotAllowed):
            attach(session, made, by=by)


@pytest.mark.parametrize("part", sorted(cast.NAMES))
@pytest.mark.parametrize("approved", [False, True])
def test_what_readers_may_have_only_those_take_away_who_publish(
    session: Session, request: pytest.FixtureRequest, part: str, approved: bool
) -> None:
    by = factories.viewer(session, request.getfixturevalue(part))
    uploader = request.getfixturevalue("supervisor" if approved else "author")
    file = attach(session, factories.article(session), by=factories.viewer(session, uploader))
    may = {"reviewer"} if approved else {"author", "specialist"}
    if part in {"supervisor", "admin", *may}:
        attachments.remove(session, file, by=by)
        assert stored(session) == []
    else:
        with pytest.raises(NotAllowed):
            attachments.remove(session, file, by=by)


def test_whose_role_is_limited_to_a_topic_adds_and_removes_there_only(
    session: Session, supervisor: Person
) -> None:
    phones, sim = factories.topic(session, "phones"), factories.topic(session, "sim")
    own, other = (
        factories.article(session, key, topics=[topic]) for key, topic in (("own", phones), ("other", sim))
    )
    factories.limit(session, supervisor, topics=["phones"])
    by = factories.viewer(session, supervisor)
    assert attach(session, own, by=by).readable_at == START
    with pytest.raises(NotAllowed):
        attach(session, other, by=by)
    with pytest.raises(NotAllowed):
        attachments.remove(session, attach(session, other), by=by)


def test_a_translator_limited_to_a_language_adds_files_to_what_they_translate(
    session: Session, translator: Person
) -> None:
    made = factories.article(session)
    factories.limit(session, translator, languages=["hu"])
    assert attach(session, made, by=factories.viewer(session, translator)).readable_at is None


def test_who_is_not_logged_in_may_not(session: Session) -> None:
    with pytest.raises(LoginRequired):
        attach(session, factories.article(session), by=ANONYMOUS)


def test_a_file_may_be_as_large_as_the_limit_and_no_larger(session: Session) -> None:
    made = factories.article(session)
    assert attach(session, made, data=b"a" * LIMIT).size == LIMIT
    with pytest.raises(TooLarge, match="larger than 1 MB"):
        attach(session, made, data=b"a" * (LIMIT + 1))


def test_an_empty_file_is_refused(session: Session) -> None:
    with pytest.raises(Invalid, match="empty"):
        attach(session, factories.article(session), data=b"")


# Kept once.


def test_the_same_content_is_kept_once_and_goes_with_the_last_that_has_it(
    both_databases: str, session: Session
) -> None:
    first, second = factories.article(session, "first"), factories.article(session, "second")
    files = [attach(session, first), attach(session, first, "copy.txt"), attach(session, second)]
    for file in files:
        assert stored(session) == [b"A note."]
        attachments.remove(session, file, by=SYSTEM)
    session.commit()
    assert stored(session) == []


def test_the_same_file_is_not_added_twice_to_an_article(session: Session) -> None:
    made = factories.article(session)
    assert attach(session, made) is attach(session, made)
    assert attach(session, made, data=b"Another.").id != attach(session, made).id


def test_the_files_of_a_deleted_article_go_with_it(both_databases: str, session: Session) -> None:
    kept, made = factories.article(session, "kept"), factories.article(session, "made")
    attach(session, kept)
    attach(session, made)
    attach(session, made, "own.txt", b"Its own.")
    session.commit()
    articles.delete(session, made, by=SYSTEM)
    session.commit()
    assert stored(session) == [b"A note."]
    assert session.scalar(select(func.count()).select_from(Attachment)) == 1


# Who sees it.


def seen(session: Session, viewer: Viewer, file: Attachment, later: timedelta = timedelta()) -> bool:
    try:
        found, data = attachments.open_for(session, viewer, START + later, file.id)
    except NotFound:
        return False
    assert (found, data) == (file, b"A note.")
    return True


def test_who_may_read_the_article_now_may_read_its_file(
    session: Session, request: pytest.FixtureRequest
) -> None:
    file = attach(
        session, factories.article(session, audience="agent", expires_at=START + timedelta(hours=1))
    )
    session.commit()
    viewers = {part: factories.viewer(session, request.getfixturevalue(part)) for part in cast.NAMES}
    viewers["anonymous"] = ANONYMOUS
    before = {part for part, viewer in viewers.items() if seen(session, viewer, file)}
    after = {part for part, viewer in viewers.items() if seen(session, viewer, file, timedelta(hours=1))}
    assert before == set(viewers) - {"customer", "outsider", "anonymous"}
    assert after == {"author", "translator", "reviewer", "specialist", "supervisor", "admin"}


def test_a_file_waits_for_an_approval_of_its_article(
    session: Session, agent: Person, author: Person, reviewer: Person
) -> None:
    made = factories.article(session)
    file = attach(session, made, by=factories.viewer(session, author))
    planned = factories.revision(session, made, state=State.IN_REVIEW, publish_at=START + timedelta(hours=2))
    session.commit()
    readers = [ANONYMOUS, factories.viewer(session, agent)]
    assert not any(seen(session, viewer, file) for viewer in readers)
    assert all(seen(session, factories.viewer(session, one), file) for one in (author, reviewer))
    publication.publish(session, planned, by=SYSTEM, approved_at=START + timedelta(hours=1))
    session.commit()
    moments = [timedelta(hours=2) - timedelta(seconds=1), timedelta(hours=2)]
    assert [[seen(session, viewer, file, later) for viewer in readers] for later in moments] == [
        [False, False],
        [True, True],
    ]


def test_a_file_that_was_approved_once_stays_so(session: Session) -> None:
    made = factories.article(session)
    file = attach(session, made)
    factories.revision(session, made, publish_at=START + timedelta(hours=1))
    assert file.readable_at == START


def test_a_file_of_a_draft_is_for_writers_only(session: Session, agent: Person, author: Person) -> None:
    file = attach(session, factories.article(session, state=State.DRAFT))
    session.commit()
    assert not seen(session, factories.viewer(session, agent), file)
    assert seen(session, factories.viewer(session, author), file)


@pytest.mark.parametrize("number", [0, -1, 999, 2**31 - 1])
def test_a_file_that_is_not_there_is_not_found(session: Session, number: int) -> None:
    with pytest.raises(NotFound):
        attachments.open_for(session, ANONYMOUS, START, number)


# When there is no space.


def test_a_full_disk_leaves_nothing_half_done(database: Database) -> None:
    with database.transaction() as session:
        made = factories.article(session)
        attach(session, made)
    with database.session(write=True) as session:
        before = counts(session)
        pages = session.connection().exec_driver_sql("PRAGMA page_count").scalar_one()
        session.connection().exec_driver_sql(f"PRAGMA max_page_count = {pages + 20}")
        article = session.get_one(Article, made.id)
        attach(session, article, "small.txt", b"Some space is left.")
        with pytest.raises(OperationalError, match="full"):
            attach(session, article, "large.txt", b"a" * LIMIT)
        session.rollback()
        assert counts(session) == before
        assert stored(session) == [b"A note."]
    with database.transaction() as session:
        attach(session, session.get_one(Article, made.id), "small.txt", b"It still works.")
    with database.session() as session:
        assert session.connection().exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
        assert len(stored(session)) == 2


def counts(session: Session) -> list[int | None]:
    tables = (Attachment, AttachmentContent, JournalEntry, AuditEntry)
    return [session.scalar(select(func.count()).select_from(table)) for table in tables]
