"""Loads: so many clients ask a server so many times."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.programs import ROOT, Failed, Server
from bench.tables import percentile

SMOOTH = 997  # a prime, so that clients that start apart do not meet
TICK_S = 1 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Load:
    """How a server answered.

    Args:
        took_s: of each request, in seconds.
        wall_s: from the first request to the last answer.
        processor_s: what all of it cost the server.
    """

    took_s: Sequence[float]
    wall_s: float
    processor_s: float

    @property
    def p50_ms(self) -> float:
        """Half of the requests took no longer."""
        return percentile(self.took_s, 0.5) * 1000

    @property
    def p95_ms(self) -> float:
        """Nineteen in twenty took no longer."""
        return percentile(self.took_s, 0.95) * 1000

    @property
    def processor_ms(self) -> float:
        """Processor time of the server for one request; no less than the system's clock can tell."""
        return max(self.processor_s, TICK_S) * 1000 / len(self.took_s)

    @property
    def per_second(self) -> float:
        """Requests answered in a second."""
        return len(self.took_s) / self.wall_s


def load(
    server: Server,
    paths: Sequence[str],
    *,
    count: int,
    clients: int = 1,
    headers: Mapping[str, str] | None = None,
    warm: bool = True,
) -> Load:
    """Let clients go round the paths, each from a place of its own.

    Args:
        count: requests of each client.
        warm: each client goes round once before anything is measured, over the connection that it keeps.

    Raises:
        Failed: an answer was not 200.
    """
    sent = {"Accept-Encoding": "gzip"} | dict(headers or {})
    lines = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
    started = [_start(server, _turned(paths, place), lines, count, warm) for place in range(clients)]
    try:
        for client in started:
            _line(client)
        before = server.processor_s()
        for client in started:
            _say(client, "go\n")
        answers = [json.loads(_line(client)) for client in started]
        processor_s = server.processor_s() - before
    finally:
        for client in started:
            client.kill()
            client.communicate()
    statuses = {status for answer in answers for status in answer["statuses"]}
    if statuses != {200}:
        raise Failed(f"answers with the status {sorted(statuses)} from paths such as {paths[0]}")
    wall_s = max(answer["ended"] for answer in answers) - min(answer["started"] for answer in answers)
    return Load([took for answer in answers for took in answer["took"]], wall_s, processor_s)


def _turned(paths: Sequence[str], place: int) -> list[str]:
    start = place * SMOOTH % len(paths)
    return [*paths[start:], *paths[:start]]


def _start(
    server: Server, paths: Sequence[str], headers: str, count: int, warm: bool
) -> subprocess.Popen[str]:
    client = subprocess.Popen(
        [sys.executable, "-m", "bench.client"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    job = {"port": server.port, "paths": list(paths), "headers": headers, "count": count, "warm": warm}
    _say(client, json.dumps(job) + "\n")
    return client


def _say(client: subprocess.Popen[str], words: str) -> None:
    if client.stdin:
        client.stdin.write(words)
        client.stdin.flush()


def _line(client: subprocess.Popen[str]) -> str:
    line = client.stdout.readline() if client.stdout else ""
    if not line:
        raise Failed("a client ended before its time")
    return line
