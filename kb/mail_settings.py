"""What mail needs from outside: a mail server, a sender, the address under which people reach this service."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.utils import parseaddr
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from email_validator import EmailNotValidError, validate_email

PORTS = {"smtp": 587, "smtps": 465}
STARTTLS = ("required", "off")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\]")


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mails are handed over.

    Args:
        tls: "at once" (smtps), "starttls", or "" for none.
        user: empty for a server that asks for no name.
    """

    host: str
    port: int
    tls: str
    user: str = ""
    password: str = field(default="", repr=False)


def mail_server(raw: str) -> MailServer:
    """Read smtp://user:password@host:587?starttls=required or smtps://user:password@host:465.

    STARTTLS is required unless it is switched off, and a password goes over TLS or stays on this machine.

    Raises:
        ValueError: it is no such address.
    """
    parts = _split(raw, tuple(PORTS))
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    starttls = options.pop("starttls", STARTTLS[0])
    if options or parts.path not in {"", "/"} or starttls not in STARTTLS:
        raise ValueError("unknown parts")
    if parts.scheme == "smtps" and parts.query:
        raise ValueError("smtps begins with TLS")
    tls = "at once" if parts.scheme == "smtps" else "starttls" if starttls == STARTTLS[0] else ""
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    host = parts.hostname or ""
    if not (user + password).isascii():
        raise ValueError("letters that the protocol does not know")
    if bool(user) != bool(password) or (user and not tls and not _is_here(host)):
        raise ValueError("a password in the open")
    return MailServer(host, parts.port or PORTS[parts.scheme], tls, user, password)


def base_address(raw: str) -> str:
    """Read https://help.example.com, perhaps with a folder; a slash at the end does not matter.

    Raises:
        ValueError: it is no such address.
    """
    parts = _split(raw, ("http", "https"))
    if parts.query or parts.username is not None or not re.fullmatch(r"[\w./~-]*", parts.path, re.ASCII):
        raise ValueError("unknown parts")
    return f"{parts.scheme}://{parts.netloc.lower()}{parts.path.rstrip('/')}"


def sender(raw: str) -> Address:
    """Read kalauz@example.com or Kalauz <kalauz@example.com>.

    Raises:
        ValueError: it is no such address.
    """
    name, address = parseaddr(raw)
    if not raw.isprintable():
        raise ValueError("a line break")
    try:
        found = validate_email(address, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        raise ValueError(address) from None
    return Address(display_name=name, addr_spec=found.ascii_email or address)


def _split(raw: str, schemes: tuple[str, ...]) -> SplitResult:
    parts = urlsplit(raw)
    netloc_host = parts.netloc.rpartition("@")[2].partition(":")[0]
    host = f"[{parts.hostname}]" if netloc_host.startswith("[") else parts.hostname or ""
    if parts.scheme not in schemes or not _HOST.fullmatch(host) or parts.fragment or not raw.isprintable():
        raise ValueError("no address")
    if parts.port == 0:
        raise ValueError("no port")
    return parts


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
