"""A real server for tests of what is fetched: it answers as it is told, too slowly, too much, or not at all."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.loopback import Loopback

PATIENCE = 0.25  # seconds for a source to answer, in these tests


class Peer(Loopback):
    """A server whose answers are told by the path, and can be told anew."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.answers: dict[str, tuple[int, bytes]] = {}
        self.headers: dict[str, str] = {}
        self.four = threading.Barrier(4)  # who asks for /all-four is answered when four are there
        super().__init__(self._handler())

    def let_go(self) -> None:
        self.four.abort()

    def _handler(peer) -> type[BaseHTTPRequestHandler]:  # noqa: N805 - the handler has a self of its own
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                peer.asked[self.path] += 1
                peer.headers = dict(self.headers)
                with suppress(OSError, threading.BrokenBarrierError):
                    special = getattr(self, f"_{self.path[1:].replace('-', '_')}", None)
                    special() if special else self._plain()

            def _plain(self) -> None:
                status, body = peer.answers.get(self.path, (404, b"{}"))
                self.send_response(status)
                self.send_header("Location", peer.url("/elsewhere"))
                self.end_headers()
                self.wfile.write(body)

            def _silent(self) -> None:
                self.connection.recv(1)  # until the other side hangs up

            def _all_four(self) -> None:
                peer.four.wait()
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b"4")

            def _dripping_body(self) -> None:
                self.send_response(200)
                self.end_headers()
                self._drip(b"1")

            def _dripping_head(self) -> None:
                self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
                self._drip(b"x")

            def _endless(self) -> None:
                self.send_response(200)
                self.end_headers()
                while True:
                    self.wfile.write(b"1" * 65536)

            def _cut_short(self) -> None:
                self.send_response(200)
                self.send_header("Content-Length", "100")
                self.end_headers()
                self.wfile.write(b"1")

            def _no_http(self) -> None:
                self.wfile.write(b"SSH-2.0-OpenSSH\r\n\0\r\n")

            def _drip(self, piece: bytes) -> None:
                for _ in range(100):  # ten times as long as anybody has patience for
                    self.wfile.write(piece)
                    self.wfile.flush()
                    if peer.closing.wait(PATIENCE / 10):
                        return

            def log_message(self, *_said: Any) -> None:
                pass

        return Handler


@contextmanager
def serving() -> Iterator[Peer]:
    made = Peer()
    try:
        yield made
    finally:
        made.close()
