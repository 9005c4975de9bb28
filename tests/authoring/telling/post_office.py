"""A real mail server for the tests, on a port of this machine: it keeps what it takes, and answers as it is told."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session

from tests.server import free_port

USER, PASSWORD = "kalauz", "p@ss/word:"
TAKEN = "250 OK"


class PostOffice:
    """What the server has taken and how it answers.

    Args:
        port: where it listens.
        answers: command (MAIL, RCPT, DATA) -> what it says instead of taking.
        for_whom: recipient -> what it says of them only.
        messages: as they came over the wire, read.
        raw: the same, as they came.
    """

    def __init__(self, port: int) -> None:
        self.port = port
        self.answers: dict[str, str] = {}
        self.for_whom: dict[str, str] = {}
        self.messages: list[EmailMessage] = []
        self.raw: list[bytes] = []
        self.logins: list[str] = []
        self.was_encrypted: list[bool] = []

    @property
    def recipients(self) -> list[str]:
        """To whom it took mails, in order."""
        return [message["To"] for message in self.messages]

    async def handle_MAIL(  # noqa: N802 - the names are the server's
        self, _server: object, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return self.answers.get("MAIL", TAKEN)

    async def handle_RCPT(  # noqa: N802
        self, _server: object, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        answer = self.for_whom.get(address, self.answers.get("RCPT", TAKEN))
        if answer == TAKEN:
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: Any, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        if "DATA" in self.answers:
            return self.answers["DATA"]
        assert isinstance(envelope.content, bytes)
        self.raw.append(envelope.content)
        read: Any = message_from_bytes(envelope.content, policy=default)
        self.messages.append(read)
        self.was_encrypted.append(server.transport.get_extra_info("ssl_object") is not None)
        return TAKEN

    def log_in(
        self, _server: object, _session: object, _envelope: object, _how: str, data: object
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.logins.append(data.login.decode())
        return AuthResult(
            success=(data.login.decode(), data.password.decode()) == (USER, PASSWORD), handled=False
        )


@contextmanager
def open_office(
    port: int | None = None, *, certificate: Path | None = None, tls: str = "", login: bool = False
) -> Iterator[PostOffice]:
    """Run a mail server.

    Args:
        certificate: a PEM file with key and certificate, when it speaks TLS.
        tls: "at once", "starttls" or "" for none.
        login: whether it takes mails only from those who log in as USER.
    """
    office = PostOffice(port or free_port())
    context = None
    if certificate is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
    starttls = tls == "starttls"  # the server knows no other way to be safe, and asks for logins only then
    options: dict[str, Any] = {"auth_required": login and starttls, "auth_require_tls": starttls}
    if login:
        options["authenticator"] = office.log_in
    if starttls:
        options.update(tls_context=context, require_starttls=True)
    server = Controller(
        office,
        hostname="127.0.0.1",
        port=office.port,
        ssl_context=context if tls == "at once" else None,
        **options,
    )
    server.start()
    try:
        yield office
    finally:
        server.stop()
