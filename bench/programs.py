"""Programs that are measured: what they cost in time, processor time and memory."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from tempfile import TemporaryFile

import psutil  # type: ignore[import-untyped]  # comes without type annotations

ROOT = Path(__file__).parent.parent
PATIENCE_S = 120.0


class Failed(Exception):
    """A program that is measured did not do what it should; the message is what it said."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one run of a program cost.

    Args:
        wall_s: from start to end, in seconds.
        processor_s: user and system time of the program and its children, in seconds.
        peak_mb: largest resident memory.
    """

    wall_s: float
    processor_s: float
    peak_mb: float


def run(arguments: Sequence[str], environment: Mapping[str, str]) -> Cost:
    """Run a Python module (`arguments` as after `python -m`) in the project's folder, to its end.

    Raises:
        Failed: it ended with an error.
    """
    with TemporaryFile() as said:
        started = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
        )
        _, status, used = os.wait4(process.pid, 0)
        wall_s = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            raise Failed(said.read().decode(errors="replace"))
    return Cost(wall_s, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


class Server:
    """A running server with its workers."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self.port = port
        self._master = psutil.Process(process.pid)

    def processor_s(self) -> float:
        """User and system time of all its processes until now, in seconds."""
        times = (process.cpu_times() for process in self._processes())
        return float(sum(time.user + time.system for time in times))

    def memory_mb(self) -> float:
        """Proportional set size of all its processes: shared pages are shared out among them."""
        return float(sum(process.memory_full_info().pss for process in self._processes())) / 2**20

    def _processes(self) -> list[psutil.Process]:
        return [self._master, *self._master.children(recursive=True)]


@contextmanager
def serving(arguments: Sequence[str], environment: Mapping[str, str], *, ready: str) -> Iterator[Server]:
    """A server on this machine, until the end of the block.

    Args:
        arguments: as after `python -m`; "{port}" becomes a free port.
        ready: a path that answers 200 as soon as it serves.

    Raises:
        Failed: it did not start.
    """
    port = _free_port()
    with TemporaryFile() as said:
        process = subprocess.Popen(
            [sys.executable, "-m", *(argument.format(port=port) for argument in arguments)],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
        )
        try:
            if not _answers(process, port, ready):
                said.seek(0)
                raise Failed(said.read().decode(errors="replace"))
            yield Server(process, port)
        finally:
            process.terminate()
            process.wait()


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def _answers(process: subprocess.Popen[bytes], port: int, path: str) -> bool:
    deadline = time.monotonic() + PATIENCE_S
    while process.poll() is None and time.monotonic() < deadline:
        connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
        try:
            connection.request("GET", path)
            if connection.getresponse().status == 200:
                return True
        except (OSError, HTTPException):
            time.sleep(0.05)
        finally:
            connection.close()
    return False
