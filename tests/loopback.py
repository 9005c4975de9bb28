"""Servers on loopback that tests talk to: one thread each, an address of their own, closed by whoever opened them."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Loopback:
    """A server; what it answers is its handler's."""

    def __init__(self, handler: type[BaseHTTPRequestHandler]) -> None:
        self.closing = threading.Event()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True
        self.host = f"127.0.0.1:{self.server.server_port}"
        self._thread = threading.Thread(target=self.server.serve_forever, args=[0.01])
        self._thread.start()

    def url(self, path: str) -> str:
        return f"http://{self.host}{path}"

    def close(self) -> None:
        self.closing.set()
        self.let_go()
        self.server.shutdown()
        self.server.server_close()
        self._thread.join()

    def let_go(self) -> None:
        """Free whoever waits in a handler."""
