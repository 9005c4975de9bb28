"""Handing mails over to a mail server, one connection for all that are due."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from email.errors import MessageError
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from typing import Any

from kb.mail_settings import MailServer

TIMEOUT_S = 15
SERVICE_ENDS = 421  # the server closes the connection, whatever it was asked
PERMANENT = 500


class Unreachable(Exception):
    """The server takes no mail at all now, or not from us; no fault of the mail at hand."""


class Refused(Exception):
    """The server does not take this mail.

    Args:
        for_ever: trying again is no use.
    """

    def __init__(self, reason: str, *, for_ever: bool) -> None:
        super().__init__(reason)
        self.for_ever = for_ever


class _Policy(EmailPolicy):
    """Lines as SMTP wants them, with what the library does wrong done right.

    An address that is too long for a line would be encoded as text, and lead nowhere: it stays whole. Of a long subject
    that is not English, it loses blanks: the older `Header` does not.
    """

    def fold_binary(self, name: str, value: Any) -> bytes:
        if name == "List-Unsubscribe":
            return f"{name}: {value}{self.linesep}".encode("ascii")
        if name == "Subject" and not str(value).isascii():
            words = Header(str(value), "utf-8", header_name=name).encode(linesep=self.linesep)
            return f"{name}: {words}{self.linesep}".encode("ascii")
        return super().fold_binary(name, value)


POLICY = _Policy(linesep="\r\n")


def message(
    *,
    sender: Address,
    recipient: str,
    subject: str,
    text: str,
    unsubscribe: str,
    identity: str,
    now: datetime,
) -> EmailMessage:
    """A mail as it goes over the wire.

    Args:
        unsubscribe: the address that switches mails off by a POST (RFC 8058).
        identity: the same whenever the same mail is sent, so that a mailbox can know it again.

    Raises:
        ValueError: the recipient or a header cannot be written.
    """
    try:
        to = Address(addr_spec=recipient)
    except (MessageError, IndexError) as error:  # the latter for an empty one
        raise ValueError(f"{recipient!r} is no address") from error
    made = EmailMessage(policy=POLICY)
    made["From"] = sender
    made["To"] = to
    made["Subject"] = " ".join(subject.split())
    made["Date"] = now
    made["Message-ID"] = f"<{identity}@{sender.domain}>"
    made["Auto-Submitted"] = "auto-generated"
    if unsubscribe:
        made["List-Unsubscribe"] = f"<{unsubscribe}>"
        made["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    made.set_content(text, cte="quoted-printable")
    return made


class Post:
    """A connection to a mail server, opened by the first mail.

    Args:
        name: what we call ourselves to the server.
    """

    def __init__(self, server: MailServer, name: str) -> None:
        self._server, self._name = server, name
        self._smtp: smtplib.SMTP | None = None

    def __enter__(self) -> Post:
        return self

    def __exit__(self, *_error: object) -> None:
        if self._smtp is not None:
            with suppress(OSError):
                self._smtp.quit()
            self._smtp.close()

    def send(self, mail: EmailMessage) -> None:
        """Hand a mail over.

        Raises:
            Unreachable: the server cannot be reached, is not who it should be, or takes nothing from us.
            Refused: it does not take this one.
        """
        smtp = self._connected()
        try:
            smtp.send_message(mail)
        except smtplib.SMTPSenderRefused as error:
            raise Unreachable(_reason(error.smtp_code, error.smtp_error)) from error
        except smtplib.SMTPRecipientsRefused as error:
            raise _answered(*_only(error.recipients)) from error
        except smtplib.SMTPNotSupportedError as error:
            raise Refused(str(error), for_ever=True) from error
        except smtplib.SMTPResponseException as error:
            raise _answered(error.smtp_code, error.smtp_error) from error
        except OSError as error:
            raise Unreachable(_words(error)) from error

    def _connected(self) -> smtplib.SMTP:
        if self._smtp is None:
            try:
                self._smtp = self._open()
            except (OSError, UnicodeError) as error:
                raise Unreachable(_words(error)) from error
        return self._smtp

    def _open(self) -> smtplib.SMTP:
        server, trusted = self._server, ssl.create_default_context()
        how: dict[str, Any] = {"local_hostname": self._name, "timeout": TIMEOUT_S}
        if server.tls == "at once":
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, context=trusted, **how)
        else:
            smtp = smtplib.SMTP(server.host, server.port, **how)
        try:
            if server.tls == "starttls":
                smtp.starttls(context=trusted)
            if server.user:
                smtp.login(server.user, server.password)
        except BaseException:
            smtp.close()
            raise
        return smtp


def _answered(code: int, said: bytes | str) -> Exception:
    if code == SERVICE_ENDS:
        return Unreachable(_reason(code, said))
    return Refused(_reason(code, said), for_ever=code >= PERMANENT)


def _only(recipients: Mapping[str, tuple[int, bytes]]) -> tuple[int, bytes]:
    return next(iter(recipients.values()))


def _reason(code: int, said: bytes | str) -> str:
    words = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return f"{code} {' '.join(words.split())}"


def _words(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return _reason(error.smtp_code, error.smtp_error)
    return f"{type(error).__name__}: {error}"
