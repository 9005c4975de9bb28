"""Asking other machines: whom, how long, how much; of a real server that does all it should not."""

from __future__ import annotations

import gzip
import socket
import ssl
import zlib
from collections.abc import Iterator
from contextlib import suppress
from ipaddress import ip_address
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb import fetching
from kb.errors import N_, Invalid, Sentence
from kb.fetching import FAILURES, Limits, Unusable, fetch, reason, unpacked
from kb.hosts import is_public
from tests.search.federation.elsewhere import HTML, JSON, Elsewhere, Told, serving
from tests.server import free_port

SOON = Limits(seconds=0.3, largest=100_000, redirects=3)
LIMITS = Limits(seconds=20, largest=100_000, redirects=3)


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    with serving() as made:
        yield made


def hosts(elsewhere: Elsewhere, *more: str) -> frozenset[str]:
    return frozenset({elsewhere.host, *more})


def resolving(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    """Let every name lead to these addresses."""

    def looked_up(_host: str, port: int, *_more: Any, **_options: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", looked_up)


# What comes back.


def test_an_answer_says_where_it_is_from_and_what_it_is(elsewhere: Elsewhere) -> None:
    elsewhere.told["/a"] = Told(b'{"a": 1}', headers={"ETag": '"7"'})
    got = fetch(elsewhere.url("/a"), hosts(elsewhere), LIMITS, types=("application/json",))
    assert (got.url, got.status, got.body, got.media_type, got.charset, got.etag) == (
        elsewhere.url("/a"),
        200,
        b'{"a": 1}',
        "application/json",
        "utf-8",
        '"7"',
    )


def test_what_has_not_changed_is_not_sent_again(elsewhere: Elsewhere) -> None:
    elsewhere.told["/a"] = Told(b"{}", headers={"ETag": '"7"'})
    again = fetch(
        elsewhere.url("/a"), hosts(elsewhere), LIMITS, types=(HTML,), headers={"If-None-Match": '"7"'}
    )
    assert (again.status, again.body) == (304, b"")


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", "deflate", "identity", "GZIP"])
def test_packed_answers_are_unpacked(elsewhere: Elsewhere, encoding: str) -> None:
    text = b"text" * 100
    packed = {"deflate": zlib.compress(text), "identity": text}.get(encoding, gzip.compress(text))
    elsewhere.told["/a"] = Told(packed, headers={"Content-Encoding": encoding})
    assert fetch(elsewhere.url("/a"), hosts(elsewhere), LIMITS).body == b"text" * 100


@pytest.mark.parametrize(
    ("told", "why"),
    [
        (Told(b"x", HTML), "text/html, which is of no use"),
        (Told(b"x", "nonsense"), "text/plain, which is of no use"),
        (Told(b"x", headers={"Content-Encoding": "br"}), "br, which is of no use"),
        (Told(b"no gzip at all", headers={"Content-Encoding": "gzip"}), "cannot be unpacked"),
        (Told(gzip.compress(b"x" * 999)[:-9], headers={"Content-Encoding": "gzip"}), "cut short"),
        (Told(gzip.compress(b"") * 200, headers={"Content-Encoding": "gzip"}), "cannot be unpacked"),
        (Told(b"x" * 100_001), "larger than 100000 bytes"),
        (Told(b"x", status=404), "status 404"),
        (Told(b"x", status=304), "status 304"),
        (Told(b"x", status=204), "status 204"),
        (Told(b"x", status=302), "status 302"),
    ],
)
def test_what_is_of_no_use_is_named(elsewhere: Elsewhere, told: Told, why: str) -> None:
    elsewhere.told["/a"] = told
    with pytest.raises(Unusable, match=why):
        fetch(elsewhere.url("/a"), hosts(elsewhere), LIMITS, types=("application/json", "+json"))


@pytest.mark.parametrize(
    "path",
    [
        *("silent", "dripping", "dripping-head", "endless", "half-closed", "hanging-up", "no-http", "bomb"),
        *("loop", "private", "metadata", "file"),
    ],
)
def test_a_server_that_misbehaves_is_a_failure_within_the_time(elsewhere: Elsewhere, path: str) -> None:
    with pytest.raises(FAILURES) as failed:
        fetch(elsewhere.url(f"/bad/{path}"), hosts(elsewhere), SOON, types=("application/json",))
    assert reason(failed.value)
    assert "/secret" not in elsewhere.asked


def test_a_packed_bomb_is_never_unpacked_in_full(elsewhere: Elsewhere) -> None:
    with pytest.raises(Unusable, match="larger than"):
        fetch(elsewhere.url("/bad/bomb"), hosts(elsewhere), LIMITS)


@given(st.binary(max_size=200))
def test_whatever_was_packed_nothing_but_unusable_is_raised(data: bytes) -> None:
    with suppress(Unusable):
        assert len(unpacked(data, 100)) <= 100


# Where it leads.


def test_redirects_are_followed_to_hosts_on_the_list(elsewhere: Elsewhere) -> None:
    elsewhere.told["/a"] = Told(status=301, headers={"Location": "/b?x=1"})
    elsewhere.told["/b"] = Told(b"here", JSON)
    got = fetch(elsewhere.url("/a"), hosts(elsewhere), LIMITS)
    assert (got.url, got.body) == (elsewhere.url("/b?x=1"), b"here")


def test_redirects_are_followed_three_times(elsewhere: Elsewhere) -> None:
    with pytest.raises(Unusable, match="more than 3 times"):
        fetch(elsewhere.url("/bad/loop"), hosts(elsewhere), LIMITS)
    assert elsewhere.asked["/bad/loop"] == 4


@pytest.mark.parametrize("path", ["private", "metadata", "file"])
def test_a_redirect_elsewhere_is_refused(elsewhere: Elsewhere, path: str) -> None:
    with pytest.raises(Invalid):
        fetch(elsewhere.url(f"/bad/{path}"), hosts(elsewhere), LIMITS)


INSIDE = "127.0.0.1 10.1.2.3 172.16.0.1 192.168.1.1 169.254.169.254 100.64.0.1 0.0.0.0 224.0.0.1 "
INSIDE += "::1 fe80::1 fc00::1 ::ffff:10.0.0.1 64:ff9b::a00:1 2002:a00:1:: ::"


@pytest.mark.parametrize("address", INSIDE.split())
def test_a_name_that_leads_inside_is_not_asked(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    assert not is_public(ip_address(address))
    resolving(monkeypatch, address)
    with pytest.raises(Unusable, match="no public address"):
        fetch("http://wiki.example/", frozenset({"wiki.example"}), LIMITS)


@pytest.mark.parametrize("also", ["127.0.0.1", "127.0.0.1:{port}", "127.0.0.0/8", "0.0.0.0/0"])
def test_a_name_may_lead_inside_where_the_operator_lists_that_address(
    monkeypatch: pytest.MonkeyPatch, elsewhere: Elsewhere, also: str
) -> None:
    port = elsewhere.server.server_port
    elsewhere.told["/a"] = Told(b"{}")
    resolving(monkeypatch, "127.0.0.1")
    listed = frozenset({f"wiki.example:{port}", also.format(port=port)})
    assert fetch(f"http://wiki.example:{port}/a", listed, LIMITS).body == b"{}"
    assert elsewhere.headers[-1]["Host"] == f"wiki.example:{port}"


def test_an_address_listed_for_one_port_opens_no_other(
    monkeypatch: pytest.MonkeyPatch, elsewhere: Elsewhere
) -> None:
    port = elsewhere.server.server_port
    resolving(monkeypatch, "127.0.0.1")
    with pytest.raises(Unusable, match="no public address"):
        fetch(f"http://wiki.example:{port}/a", frozenset({f"wiki.example:{port}", "127.0.0.1:1"}), LIMITS)


def test_the_name_is_looked_up_once_and_that_address_is_asked(
    monkeypatch: pytest.MonkeyPatch, elsewhere: Elsewhere
) -> None:
    """A name that is public when it is checked and inside a moment later gets nowhere."""
    answers = iter(["93.184.215.14", "127.0.0.1"])

    def rebinding(_host: str, port: int, **_options: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

    asked = []

    def connecting(place: tuple[str, int], timeout: float) -> socket.socket:
        asked.append(place[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    monkeypatch.setattr(socket, "create_connection", connecting)
    with pytest.raises(ConnectionRefusedError):
        fetch("http://wiki.example/", frozenset({"wiki.example"}), LIMITS)
    assert asked == ["93.184.215.14"]


def test_of_several_addresses_only_the_public_ones_are_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def connecting(place: tuple[str, int], timeout: float) -> socket.socket:
        asked.append(place[0])
        raise ConnectionRefusedError

    resolving(monkeypatch, "10.0.0.1", "93.184.215.14", "93.184.215.15")
    monkeypatch.setattr(socket, "create_connection", connecting)
    with pytest.raises(ConnectionRefusedError):
        fetch("http://wiki.example/", frozenset({"wiki.example"}), LIMITS)
    assert asked == ["93.184.215.14", "93.184.215.15"]


def test_localhost_is_this_machine(elsewhere: Elsewhere) -> None:
    elsewhere.told["/a"] = Told(b"{}")
    port = elsewhere.server.server_port
    listed = frozenset({f"localhost:{port}"})
    assert fetch(f"http://localhost:{port}/a", listed, LIMITS).body == b"{}"


def test_somebody_who_is_no_server_of_https_is_a_failure(elsewhere: Elsewhere) -> None:
    with pytest.raises(ssl.SSLError) as failed:
        fetch(elsewhere.url("/").replace("http:", "https:"), hosts(elsewhere), LIMITS)
    assert reason(failed.value)


# Why, in words.


def test_reasons_are_sentences_for_people(elsewhere: Elsewhere) -> None:
    port = free_port()
    asked = {
        f"http://127.0.0.1:{port}/": "Nobody answers at its address.",
        elsewhere.url("/bad/silent"): "It did not answer within 0.3 seconds.",
        elsewhere.url("/bad/no-http"): "What it says is no HTTP, or is cut short.",
        "http://127.0.0.9/": "The host 127.0.0.9 is not on the list of allowed hosts (KALAUZ_EXTERNAL_HOSTS).",
    }
    for url, sentence in asked.items():
        with pytest.raises(FAILURES) as failed:
            fetch(url, hosts(elsewhere, f"127.0.0.1:{port}"), SOON)
        assert reason(failed.value) == sentence
    assert fetching.reason(KeyError("x")) == "KeyError: 'x'"


def test_reasons_can_still_be_said_in_other_languages() -> None:
    said = N_("It did not answer within %(seconds)s seconds.", seconds="2")
    for failure in (Unusable(said), TimeoutError(said), Invalid({"url": said})):
        assert isinstance(reason(failure), Sentence)
