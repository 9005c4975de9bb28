"""Mails as a real mail server gets them: encrypted, with a checked certificate, and with headers nobody can break."""

from __future__ import annotations

from email.headerregistry import Address
from email.message import EmailMessage
from pathlib import Path

import pytest

from authoring.telling import post
from authoring.telling.post import Post, Refused, Unreachable
from kb.mail_settings import MailServer
from tests.authoring.telling import certificates
from tests.authoring.telling.post_office import PASSWORD, USER, PostOffice, open_office
from tests.conftest import START
from tests.server import free_port

LONG = "https://help.halmar.example/desk/mail/off/" + "x" * 120


def message(recipient: str = "anna@example.com", subject: str = "Őrült tarifa") -> EmailMessage:
    return post.message(
        sender=Address("Kalauz útmutató", "kalauz", "halmar.example"),
        recipient=recipient,
        subject=subject,
        text="„Őrült tarifa” vár.\n.\nПривет\n" + "long " * 60 + "\n",
        unsubscribe=LONG,
        identity="kalauz.1",
        now=START,
    )


def send(server: MailServer, *mails: EmailMessage) -> None:
    with Post(server, "halmar.example") as office:
        for mail in mails:
            office.send(mail)


def read(mail: EmailMessage) -> str:
    return str(mail.get_content()).replace("\r\n", "\n")


def plain(office: PostOffice) -> MailServer:
    return MailServer("127.0.0.1", office.port, "")


def test_a_mail_arrives_with_its_headers_and_its_text() -> None:
    with open_office() as office:
        send(plain(office), message())
    mail = office.messages[0]
    assert mail["From"] == "Kalauz útmutató <kalauz@halmar.example>"
    assert mail["To"] == "anna@example.com"
    assert mail["Subject"] == "Őrült tarifa"
    assert mail["Date"].datetime == START
    assert mail["Message-ID"] == "<kalauz.1@halmar.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert read(mail) == message().get_content()
    assert mail.get_content_type() == "text/plain"


def test_what_goes_over_the_wire_is_ascii_in_short_lines_but_for_the_address_that_must_stay_whole() -> None:
    with open_office() as office:
        send(plain(office), message(subject="Ждёт вас: " + "Очень длинное название статьи " * 5))
    raw = office.raw[0]
    assert raw.isascii()
    assert f"List-Unsubscribe: <{LONG}>\r\n".encode() in raw
    others = [line for line in raw.split(b"\r\n") if not line.startswith(b"List-Unsubscribe:")]
    assert max(map(len, others)) <= 78
    assert b"=?utf-8?" in raw
    assert b"Content-Transfer-Encoding: quoted-printable" in raw
    assert office.messages[0]["Subject"] == ("Ждёт вас: " + "Очень длинное название статьи " * 5).strip()


@pytest.mark.parametrize(
    "subject", ["A\r\nBcc: x@example.com", "A\nBcc: x@example.com", "A\r\n\r\nBody", "A\u2028B", "\r\n", ""]
)
def test_a_title_makes_no_header_of_its_own(subject: str) -> None:
    with open_office() as office:
        send(plain(office), message(subject=subject))
    mail = office.messages[0]
    assert mail["Bcc"] is None
    assert mail["Subject"] == " ".join(subject.split())
    assert read(mail) == message().get_content()


@pytest.mark.parametrize(
    "recipient", ["a@example.com\r\nBcc: b@example.com", "a@b@example.com", "", "nobody"]
)
def test_what_is_no_address_is_no_recipient(recipient: str) -> None:
    with open_office() as office, pytest.raises((ValueError, Refused)):
        send(plain(office), message(recipient=recipient))
    assert office.messages == []


def test_one_connection_takes_many_mails() -> None:
    with open_office() as office:
        send(plain(office), *(message(f"{number}@example.com") for number in range(5)))
    assert office.recipients == [f"{number}@example.com" for number in range(5)]


@pytest.mark.parametrize(
    ("command", "answer", "for_ever"),
    [
        ("RCPT", "550 5.1.1 No such person", True),
        ("RCPT", "450 4.2.0 Come back later", False),
        ("DATA", "554 5.7.1 Looks like spam", True),
        ("DATA", "451 4.3.0 Try again", False),
    ],
)
def test_a_refusal_says_why_and_whether_for_ever(command: str, answer: str, for_ever: bool) -> None:
    with open_office() as office:
        office.answers[command] = answer
        with pytest.raises(Refused) as refused:
            send(plain(office), message())
    assert (str(refused.value), refused.value.for_ever) == (answer, for_ever)


def test_after_a_refusal_the_next_mail_goes_out() -> None:
    with open_office() as office:
        office.for_whom["bad@example.com"] = "550 No"
        with Post(plain(office), "halmar.example") as sending:
            with pytest.raises(Refused):
                sending.send(message("bad@example.com"))
            sending.send(message("good@example.com"))
    assert office.recipients == ["good@example.com"]


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("MAIL", "550 You may not send"),
        ("RCPT", "421 Closing"),
        ("DATA", "421 Closing"),
        ("MAIL", "421 Closing"),
    ],
)
def test_a_server_that_takes_nothing_from_us_is_no_fault_of_the_mail(command: str, answer: str) -> None:
    with open_office() as office:
        office.answers[command] = answer
        with pytest.raises(Unreachable, match=answer):
            send(plain(office), message())


def test_a_server_that_is_down_is_unreachable() -> None:
    with pytest.raises(Unreachable, match="ConnectionRefusedError"):
        send(MailServer("127.0.0.1", free_port(), ""), message())


def test_a_server_that_says_nothing_is_given_up_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    monkeypatch.setattr(post, "TIMEOUT_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(Unreachable, match="timed out"):
        send(MailServer("127.0.0.1", silent.getsockname()[1], ""), message())


# Encrypted


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificates.make(tmp_path_factory.mktemp("certificate") / "own.pem")


@pytest.fixture
def trusted(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The certificate, which this machine takes for good."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    return certificate


def secure(office: PostOffice, tls: str, user: str = "", password: str = "") -> MailServer:
    return MailServer("127.0.0.1", office.port, tls, user, password)


@pytest.mark.parametrize("tls", ["starttls", "at once"])
def test_a_mail_goes_over_tls(trusted: Path, tls: str) -> None:
    with open_office(certificate=trusted, tls=tls) as office:
        send(secure(office, tls), message())
    assert office.was_encrypted == [True]


@pytest.mark.parametrize("tls", ["starttls", "at once"])
def test_a_server_that_nobody_vouches_for_gets_neither_password_nor_mail(certificate: Path, tls: str) -> None:
    refused = pytest.raises(Unreachable, match="CERTIFICATE_VERIFY_FAILED")
    with open_office(certificate=certificate, tls=tls, login=True) as office, refused:
        send(secure(office, tls, USER, PASSWORD), message())
    assert (office.logins, office.messages) == ([], [])


@pytest.mark.parametrize("tls", ["starttls", "at once"])
def test_a_certificate_of_another_machine_is_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tls: str
) -> None:
    other = certificates.make(tmp_path / "other.pem", "127.0.0.2")
    monkeypatch.setenv("SSL_CERT_FILE", str(other))
    with (
        open_office(certificate=other, tls=tls) as office,
        pytest.raises(Unreachable, match="IP address mismatch"),
    ):
        send(secure(office, tls), message())
    assert office.messages == []


def test_a_server_that_offers_no_tls_gets_nothing_when_tls_is_required() -> None:
    with open_office() as office, pytest.raises(Unreachable, match="STARTTLS"):
        send(secure(office, "starttls"), message())
    assert office.messages == []


@pytest.mark.parametrize("tls", ["starttls", "at once"])
def test_who_must_log_in_does(trusted: Path, tls: str) -> None:
    with open_office(certificate=trusted, tls=tls, login=True) as office:
        send(secure(office, tls, USER, PASSWORD), message())
    assert (office.logins, office.recipients) == ([USER], ["anna@example.com"])


def test_a_wrong_password_is_no_fault_of_the_mail(trusted: Path) -> None:
    refused = pytest.raises(Unreachable, match="535")
    with open_office(certificate=trusted, tls="starttls", login=True) as office, refused as error:
        send(secure(office, "starttls", USER, "a wrong one"), message())
    assert "a wrong one" not in str(error.value)
    assert office.messages == []
