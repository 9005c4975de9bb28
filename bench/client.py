"""One client with one connection, in a process of its own (`python -m bench.client`) so that the server is alone.

It reads a job from standard input (a line of JSON), goes once through its paths without measuring, says "ready",
waits for a line, asks and prints what it saw. It reads only as much of HTTP as Kalauz and gunicorn speak.
"""

from __future__ import annotations

import json
import socket
import sys
import time
from typing import Any

LENGTH = b"\r\ncontent-length: "


class Connection:
    """A connection that stays open from one request to the next."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._left = b""

    def ask(self, request: bytes) -> int:
        """Send a request, read the answer whole, give its status; 0 when the server hung up."""
        self._socket.sendall(request)
        received = self._left
        while (end := received.find(b"\r\n\r\n")) < 0:
            if not (more := self._socket.recv(65536)):
                return 0
            received += more
        head = received[:end].lower()
        length = int(head.partition(LENGTH)[2].partition(b"\r\n")[0])
        missing = end + 4 + length - len(received)
        while missing > 0:
            if not (more := self._socket.recv(min(missing, 65536))):
                return 0
            missing -= len(more)
        self._left = received[end + 4 + length :]
        return int(head[9:12])


def work(job: dict[str, Any]) -> dict[str, Any]:
    """Ask `count` times, going round the paths.

    Args:
        job: port, paths, headers (text, each line with its end), count, warm (whether to go round once before).
    """
    tail = f" HTTP/1.1\r\nHost: 127.0.0.1:{job['port']}\r\n{job['headers']}\r\n"
    requests = [f"GET {path}{tail}".encode() for path in job["paths"]]
    connection = Connection(job["port"])
    for request in requests if job["warm"] else requests[:0]:
        connection.ask(request)
    print("ready", flush=True)
    sys.stdin.readline()
    tick = time.perf_counter
    took, statuses = [], []
    started = time.monotonic()
    for number in range(job["count"]):
        before = tick()
        statuses.append(connection.ask(requests[number % len(requests)]))
        took.append(tick() - before)
    return {"started": started, "ended": time.monotonic(), "took": took, "statuses": sorted(set(statuses))}


if __name__ == "__main__":
    print(json.dumps(work(json.loads(sys.stdin.readline()))))
