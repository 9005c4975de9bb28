"""Where mails go is said in one address; half an address, or one that would give a password away, is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from kb.config import ConfigError
from kb.mail_settings import MailServer, base_address, mail_server, sender
from tests.kb.test_config import read


@pytest.mark.parametrize(
    ("raw", "meant"),
    [
        ("smtp://mail.example.com", MailServer("mail.example.com", 587, "starttls")),
        ("smtp://mail.example.com:25?starttls=off", MailServer("mail.example.com", 25, "")),
        (
            "smtp://me:p%40ss%2F@mail.example.com/",
            MailServer("mail.example.com", 587, "starttls", "me", "p@ss/"),
        ),
        (
            "smtps://me%40example.com:x@Mail.example.com",
            MailServer("mail.example.com", 465, "at once", "me@example.com", "x"),
        ),
        ("smtp://me:x@localhost:2525?starttls=off", MailServer("localhost", 2525, "", "me", "x")),
        ("smtp://me:x@[::1]:2525?starttls=off", MailServer("::1", 2525, "", "me", "x")),
        ("smtp://mail.example.com?starttls=required", MailServer("mail.example.com", 587, "starttls")),
    ],
)
def test_a_mail_server_is_one_address(raw: str, meant: MailServer) -> None:
    assert mail_server(raw) == meant


@pytest.mark.parametrize(
    "raw",
    [
        "mail.example.com",
        "http://mail.example.com",
        "smtp://",
        "smtp://:587",
        "smtp://mail.example.com:port",
        "smtp://mail.example.com:0",
        "smtp://mail.example.com:70000",
        "smtp://mail.example.com/folder",
        "smtp://mail.example.com?starttls=perhaps",
        "smtp://mail.example.com?timeout=5",
        "smtps://mail.example.com?starttls=off",
        "smtp://me@mail.example.com",
        "smtp://:secret@mail.example.com",
        "smtp://me:secret@mail.example.com?starttls=off",
        "smtp://me:secret@10.0.0.5?starttls=off",
        "smtp://me:wörd@mail.example.com",
        "smtp://mail example.com",
        "smtp://mail.example.com\r\nX: y",
        "smtp://[::1",
    ],
)
def test_an_address_that_cannot_be_used_is_refused_without_repeating_the_password(
    tmp_path: Path, raw: str
) -> None:
    with pytest.raises(
        ConfigError, match=r"^KALAUZ_SMTP_URL is no address of a mail server: write smtp://"
    ) as refused:
        read(tmp_path, SMTP_URL=raw)
    assert "secret" not in str(refused.value)


def test_the_password_is_never_in_what_a_setting_prints(tmp_path: Path) -> None:
    found = read(tmp_path, SMTP_URL="smtp://me:hush-hush@mail.example.com")
    assert found.mail_server
    assert found.mail_server.password == "hush-hush"
    assert "hush" not in repr(found)


@pytest.mark.parametrize(
    ("raw", "meant"),
    [
        ("https://Help.example.com/", "https://help.example.com"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("https://example.com/help/", "https://example.com/help"),
    ],
)
def test_links_begin_with_one_address_without_a_slash_at_its_end(raw: str, meant: str) -> None:
    assert base_address(raw) == meant


@pytest.mark.parametrize(
    "raw",
    [
        "help.example.com",
        "ftp://help.example.com",
        "https://",
        "https://me@help.example.com",
        "https://help.example.com/?a=b",
        "https://help.example.com/#a",
        "https://help.example.com/a b",
        "https://[::1",
        "https://példa.hu",
    ],
)
def test_an_address_that_links_cannot_begin_with_is_refused(tmp_path: Path, raw: str) -> None:
    with pytest.raises(
        ConfigError, match=r"KALAUZ_BASE_URL is .* an address such as https://help.example.com"
    ):
        read(tmp_path, BASE_URL=raw)


def test_a_sender_may_have_a_name() -> None:
    assert str(sender("kalauz@example.com")) == "kalauz@example.com"
    named = sender("Kalauz, az útmutató <kalauz@example.com>".replace(",", ""))
    assert (named.display_name, named.addr_spec) == ("Kalauz az útmutató", "kalauz@example.com")


@pytest.mark.parametrize(
    "raw", ["kalauz", "Kalauz", "a@b@c", "Kalauz <>", "k@example.com\nBcc: x@example.com", "@"]
)
def test_a_sender_that_is_no_address_is_refused(tmp_path: Path, raw: str) -> None:
    with pytest.raises(
        ConfigError, match=r"KALAUZ_MAIL_FROM is .* an address such as Kalauz <kalauz@example.com>"
    ):
        read(tmp_path, MAIL_FROM=raw)


def test_what_is_missing_for_mail_is_named(tmp_path: Path) -> None:
    assert read(tmp_path).missing_for_mail == ("KALAUZ_SMTP_URL", "KALAUZ_MAIL_FROM", "KALAUZ_BASE_URL")
    some = {"SMTP_URL": "smtp://mail.example.com", "BASE_URL": "https://help.example.com"}
    assert read(tmp_path, **some).missing_for_mail == ("KALAUZ_MAIL_FROM",)
    assert read(tmp_path, **some, MAIL_FROM="kalauz@example.com").missing_for_mail == ()
