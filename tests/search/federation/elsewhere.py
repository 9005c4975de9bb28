"""A real server for tests of federation: it answers as it is told, and misbehaves in every way we know."""

from __future__ import annotations

import gzip
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.loopback import Loopback

JSON = "application/json; charset=utf-8"
XML = "application/xml"
HTML = "text/html; charset=utf-8"


@dataclass(frozen=True)
class Told:
    """An answer."""

    body: bytes = b""
    media_type: str = JSON
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


class Elsewhere(Loopback):
    """A server whose answers are told by the path without its query, and can be told anew.

    A path that is not told is a 404. Those that begin with /bad/ misbehave.
    """

    def __init__(self) -> None:
        self.told: dict[str, Told] = {}
        self.asked: Counter[str] = Counter()
        self.queries: list[dict[str, list[str]]] = []
        self.headers: list[dict[str, str]] = []
        self.gate = threading.Event()  # /bad/held answers when it is open
        super().__init__(self._handler())

    def let_go(self) -> None:
        self.gate.set()

    def _handler(elsewhere) -> type[BaseHTTPRequestHandler]:  # noqa: N805 - the handler has a self of its own
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                elsewhere.asked[parts.path] += 1
                elsewhere.queries.append(parse_qs(parts.query))
                elsewhere.headers.append(dict(self.headers))
                name = parts.path.removeprefix("/bad/").replace("-", "_")
                with suppress(OSError):
                    if parts.path.startswith("/bad/"):
                        getattr(self, f"_{name}")()
                    else:
                        self._say(elsewhere.told.get(parts.path, Told(b"", status=404)))

            def _say(self, told: Told) -> None:
                if told.headers.get("ETag") and told.headers["ETag"] == self.headers.get("If-None-Match"):
                    told = Told(status=304)
                self.send_response(told.status)
                self.send_header("Content-Type", told.media_type)
                for name, value in told.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(told.body)

            def _silent(self) -> None:
                self.connection.recv(1)  # until the other side hangs up

            def _held(self) -> None:
                elsewhere.gate.wait(60)
                self._say(elsewhere.told["/held"])

            def _dripping(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", JSON)
                self.end_headers()
                while not elsewhere.closing.wait(0.02):
                    self.wfile.write(b" ")
                    self.wfile.flush()

            def _dripping_head(self) -> None:
                self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
                while not elsewhere.closing.wait(0.02):
                    self.wfile.write(b"x")
                    self.wfile.flush()

            def _endless(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", JSON)
                self.end_headers()
                while True:
                    self.wfile.write(b"1" * 65536)

            def _half_closed(self) -> None:
                self._say(Told(b'{"a"', headers={"Content-Length": "100"}))

            def _hanging_up(self) -> None:
                self.connection.close()

            def _no_http(self) -> None:
                self.wfile.write(b"SSH-2.0-OpenSSH\r\n\0\r\n")

            def _bomb(self) -> None:
                packed = gzip.compress(b" " * 50_000_000)
                self._say(Told(packed, headers={"Content-Encoding": "gzip"}))

            def _loop(self) -> None:
                self._say(Told(status=302, headers={"Location": elsewhere.url("/bad/loop")}))

            def _private(self) -> None:
                port = elsewhere.server.server_port
                self._say(Told(status=302, headers={"Location": f"http://127.0.0.2:{port}/secret"}))

            def _metadata(self) -> None:
                self._say(Told(status=307, headers={"Location": "http://169.254.169.254/latest/meta-data"}))

            def _file(self) -> None:
                self._say(Told(status=302, headers={"Location": "file:///etc/passwd"}))

            def log_message(self, *_said: Any) -> None:
                pass

        return Handler


@contextmanager
def serving() -> Iterator[Elsewhere]:
    made = Elsewhere()
    try:
        yield made
    finally:
        made.close()
