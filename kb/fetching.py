"""Asking other machines over HTTP, with distrust: whom, how long, how much and what kind of answer.

Only hosts on the operator's list are asked. A host's name is resolved first, and the connection goes to the address
that was looked at, so that a name cannot lead elsewhere a moment later. Addresses that are not public (this machine,
the network it stands in) are for those hosts only that the operator lists by that very address.
"""

from __future__ import annotations

import socket
import ssl
import threading
import zlib
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPResponse, IncompleteRead
from time import monotonic
from urllib.parse import SplitResult, quote, urljoin, urlsplit, urlunsplit

from kb.errors import N_, Invalid, KalauzError
from kb.hosts import may_be_asked

AGENT = "Kalauz"
PORTS = {"http": 80, "https": 443}
REDIRECTS = frozenset({301, 302, 303, 307, 308})
MOST_PARTS = 100  # that one compressed answer may be made of
_URL_SIGNS = "/%:@!$&'()*+,;=?~[]"  # what stands for itself, or is written with its code already


class Unusable(ValueError):
    """It answered, but not with anything that can be used; str() says why.

    Args:
        status: that of its answer, where that is the reason; else 0.
    """

    def __init__(self, sentence: str, status: int = 0) -> None:
        super().__init__(sentence)
        self.status = status

    @property
    def sentence(self) -> str:
        """Why, as it can be said in other languages."""
        sentence: str = self.args[0]
        return sentence


FAILURES = (Invalid, HTTPException, OSError, ValueError)
"""What `fetch` raises, whatever the other side does."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How far we go.

    Args:
        seconds: for all of it: connecting, every redirect, the whole answer.
        largest: bytes of an answer, unpacked.
        redirects: how many are followed, each to a host on the list again.
    """

    seconds: float
    largest: int
    redirects: int = 0


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer.

    Args:
        url: where it came from in the end.
        status: 200, or 304 where that was asked for.
        media_type: what it says it is, in lower case and without parameters.
        charset: the encoding that it names, "" for none.
        body: unpacked.
        etag: its own name for this version, "" for none.
    """

    url: str
    status: int
    media_type: str
    charset: str
    body: bytes = field(repr=False)
    etag: str = ""


def check_url(url: str, hosts: frozenset[str]) -> None:
    """Only hosts that the operator listed may be asked.

    Args:
        hosts: "host" or "host:port" in lower case.

    Raises:
        Invalid: another scheme, credentials in the address, or a host that is not on the list.
    """
    parts = _parts(url)
    host = parts.netloc.lower()
    if parts.scheme not in PORTS or "@" in host or not host:
        raise Invalid({"url": N_("Give an http or https address without a user name.")})
    if host not in hosts:
        raise Invalid(
            {
                "url": N_(
                    "The host %(host)s is not on the list of allowed hosts (KALAUZ_EXTERNAL_HOSTS).",
                    host=host,
                )
            }
        )


def _parts(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError:  # half an IPv6 address
        return urlsplit("")


def fetch(
    url: str,
    hosts: frozenset[str],
    limits: Limits,
    *,
    accept: str = "*/*",
    types: Collection[str] = (),
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
) -> Fetched:
    """What stands at an address, or what is answered to what is sent there.

    Args:
        hosts: those that may be asked: "host" or "host:port"; addresses and networks ("10.1.0.0/16") among them let
            names lead there although they are not public.
        accept: what to say that we would like.
        types: media types that will do; "+json" stands for all that end so. None given: any.
        headers: further ones; with If-None-Match or If-Modified-Since the answer may have the status 304.
        body: sent there by POST, where it is given; any status from 200 to 299 says that it was taken.

    Raises:
        Invalid: the address, or one that it redirects to, may not be asked.
        Unusable: it answered with something else than is wanted.
        TimeoutError: it took longer than it may.
        HTTPException, OSError, ValueError: it does not speak HTTP, or hangs up, or cannot be reached.
    """
    until = monotonic() + limits.seconds
    sent = {"Accept": accept, "Accept-Encoding": "gzip", "User-Agent": AGENT, "Connection": "close"}
    for _ in range(limits.redirects + 1):
        check_url(url, hosts)
        found = _ask(url, hosts, until, limits, types, sent | dict(headers or {}), body)
        if isinstance(found, Fetched):
            return found
        url = found
    raise Unusable(N_("It redirects more than %(most)s times.", most=limits.redirects))


def _ask(
    url: str,
    hosts: frozenset[str],
    until: float,
    limits: Limits,
    types: Collection[str],
    headers: Mapping[str, str],
    body: bytes | None,
) -> Fetched | str:
    """One question; an address where it redirects."""
    parts = urlsplit(url)
    with _connected(parts, hosts, until, limits.seconds) as connected:
        connection = HTTPConnection(parts.netloc)
        connection.sock = connected
        path = urlunsplit(("", "", parts.path or "/", parts.query, ""))
        method = "GET" if body is None else "POST"
        connection.request(method, quote(path, safe=_URL_SIGNS), body, dict(headers))
        with connection.getresponse() as response:
            location = response.getheader("Location")
            if limits.redirects and response.status in REDIRECTS and location:
                return urljoin(url, location)
            if body is None or not HTTPStatus.OK <= response.status < HTTPStatus.MULTIPLE_CHOICES:
                _check(response, types, is_conditional=any(name.startswith("If-") for name in headers))
            return Fetched(
                url=url,
                status=response.status,
                media_type=response.headers.get_content_type(),
                charset=response.headers.get_content_charset() or "",
                body=_body(response, limits.largest),
                etag=response.getheader("ETag") or "",
            )


def _check(response: HTTPResponse, types: Collection[str], *, is_conditional: bool) -> None:
    if response.status == HTTPStatus.NOT_MODIFIED and is_conditional:
        return
    if response.status != HTTPStatus.OK:
        raise Unusable(N_("It answered with status %(status)s.", status=response.status), response.status)
    given = response.headers.get_content_type()
    if types and not any(given == kind or (kind[0] == "+" and given.endswith(kind)) for kind in types):
        raise Unusable(N_("It answered with %(type)s, which is of no use here.", type=given))


def _body(response: HTTPResponse, largest: int) -> bytes:
    data = response.read(largest + 1)
    if len(data) > largest:
        raise _too_large(largest)
    if response.length:
        raise IncompleteRead(data, response.length)
    encoding = (response.getheader("Content-Encoding") or "identity").strip().lower()
    if encoding == "identity":
        return data
    if encoding not in {"gzip", "x-gzip", "deflate"}:
        raise Unusable(N_("It answered with %(type)s, which is of no use here.", type=encoding))
    return unpacked(data, largest)


def unpacked(data: bytes, largest: int) -> bytes:
    """What was packed by gzip or zlib, as long as it is not larger than it may be.

    Args:
        largest: in bytes; more than that is never unpacked.

    Raises:
        Unusable: it is larger, cut short, or not packed at all.

    >>> unpacked(zlib.compress(b"ab"), 2)
    b'ab'
    """
    made = b""
    for _ in range(MOST_PARTS):
        unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)  # either of the two
        try:
            made += unpacker.decompress(data, largest + 1 - len(made))
        except zlib.error as error:
            raise Unusable(N_("What it sent cannot be unpacked.")) from error
        if len(made) > largest:
            raise _too_large(largest)
        if not unpacker.eof:
            raise Unusable(N_("What it sent is cut short."))
        data = unpacker.unused_data
        if not data.strip(b"\0"):
            return made
    raise Unusable(N_("What it sent cannot be unpacked."))


def _too_large(largest: int) -> Unusable:
    return Unusable(N_("Its answer is larger than %(most)s bytes.", most=largest))


# Where the host is.


def _addresses(host: str, port: int, hosts: frozenset[str]) -> list[str]:
    """The addresses of a host that may be connected to.

    Raises:
        Unusable: it has none, or only such as are not public and not listed.
        OSError: its name is not known.
    """
    found = [str(place[4][0]) for place in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    allowed = [one for one in found if may_be_asked(one, host, port, hosts)]
    if not allowed:
        raise Unusable(
            N_(
                "%(host)s leads to %(address)s, which is no public address: list that address, too, if it is meant.",
                host=host,
                address=", ".join(dict.fromkeys(found)) or "nothing",
            )
        )
    return list(dict.fromkeys(allowed))


@contextmanager
def _connected(
    parts: SplitResult, hosts: frozenset[str], until: float, seconds: float
) -> Iterator[socket.socket]:
    """A connection that hangs up when the time is over."""
    host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
    with _opened(_addresses(host, port, hosts), port, until, seconds) as plain:
        if parts.scheme == "http":
            with _at_most(until, seconds, plain):
                yield plain
            return
        handed_over = _tls().wrap_socket(plain, server_hostname=host, do_handshake_on_connect=False)
        with handed_over as secure, _at_most(until, seconds, secure):
            secure.do_handshake()
            yield secure


@cache
def _tls() -> ssl.SSLContext:
    """Reading all certificates takes a while: once a process."""
    return ssl.create_default_context()


def _opened(addresses: list[str], port: int, until: float, seconds: float) -> socket.socket:
    """The first address that takes a connection."""
    for place, address in enumerate(addresses, 1):
        left = until - monotonic()
        if left <= 0:
            break
        try:
            return socket.create_connection((address, port), timeout=left)
        except TimeoutError:
            break
        except OSError:
            if place == len(addresses):
                raise
    raise TimeoutError(_late(seconds))


@contextmanager
def _at_most(until: float, seconds: float, connected: socket.socket) -> Iterator[None]:
    """Hang up when it takes longer: a socket's own time limit starts anew with every byte.

    Raises:
        TimeoutError: it took longer, whatever was read by then.
    """
    late = threading.Event()

    def hang_up() -> None:
        late.set()
        with suppress(OSError):  # a secure socket's own way to do it breaks the thread that reads from it
            socket.socket.shutdown(connected, socket.SHUT_RDWR)

    timer = threading.Timer(max(0.0, until - monotonic()), hang_up)
    timer.daemon = True
    timer.start()
    try:
        yield
    except TimeoutError:
        late.set()
    except (HTTPException, OSError, ValueError):
        if not late.is_set():
            raise
    finally:
        timer.cancel()
    if late.is_set():
        raise TimeoutError(_late(seconds))


def _late(seconds: float) -> str:
    return N_("It did not answer within %(seconds)s seconds.", seconds=f"{seconds:g}")


def reason(failure: BaseException) -> str:
    """Why nothing came, as a sentence for a person who looks after the source."""
    if isinstance(failure, Invalid):
        return next(iter(failure.fields.values()), str(failure))
    if isinstance(failure, Unusable | KalauzError):
        return failure.sentence
    if isinstance(failure, TimeoutError) and failure.args:
        said = failure.args[0]  # as it is, if it is a sentence: it can still be said in other languages
        return said if isinstance(said, str) and len(failure.args) == 1 else N_("It does not answer.")
    for kind, sentence in (
        (socket.gaierror, N_("The name of its host is not known.")),
        (ConnectionRefusedError, N_("Nobody answers at its address.")),
        (ssl.SSLCertVerificationError, N_("Its certificate cannot be trusted.")),
        (HTTPException, N_("What it says is no HTTP, or is cut short.")),
        (ConnectionError, N_("It hung up.")),
    ):
        if isinstance(failure, kind):
            return sentence
    return f"{type(failure).__name__}: {failure}"[:300]
