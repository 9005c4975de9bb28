"""Programs that the tests start. They end with the tests, however the tests end."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).parent.parent
HANG = 3_600  # seconds
PATIENCE = 120.0  # seconds to wait for a program that neither answers nor stops
# Waits for the end of a pipe that the tests hold, then ends the program and removes what it has written.
GUARD = """exec 2>/dev/null
read -r _
kill -INT "$0"
while kill -0 "$0"; do sleep 0.05; done
if test -n "$1"; then rm -rf "$1"; fi
"""


class NotStarted(Exception):
    """A program that the tests need would not start; the message says why."""


class Program:
    """A running program.

    Args:
        command: the program and its arguments.
        cwd: the folder that it runs in.
        log: the file for what it says.
        environment: all of its environment variables; None for those of the tests.
        user: the user it runs as; None for whoever runs the tests.
        remove: a folder to remove after it has ended.
    """

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        cwd: Path,
        log: Path,
        environment: Mapping[str, str] | None = None,
        user: str | None = None,
        remove: Path | None = None,
    ) -> None:
        self._name = Path(command[0]).name
        self._log = log
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                command,
                cwd=cwd,
                env=environment,
                user=user,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        guarded = [str(self._process.pid), str(remove or "")]
        self._guard = subprocess.Popen(["/bin/sh", "-c", GUARD, *guarded], stdin=subprocess.PIPE)

    def wait_until(self, answers: Callable[[], bool]) -> None:
        """Wait for the program to answer; end it when it does not.

        Raises:
            NotStarted: it has ended, or has not answered in time; with what it said.
        """
        deadline = time.monotonic() + PATIENCE
        while not answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                words = self.said()
                self.stop()
                raise NotStarted(f"{self._name} did not start. It said: {words}")
            time.sleep(0.02)

    def said(self) -> str:
        """Everything it has printed."""
        return self._log.read_text(errors="replace").strip()

    def stop(self) -> int:
        """End the program as Ctrl-C does; returns its exit code."""
        if self._guard.stdin:
            self._guard.stdin.close()
        code = self._process.wait()
        self._guard.wait()
        return code


@contextmanager
def python(*arguments: str | Path) -> Iterator[subprocess.Popen[str]]:
    """Another Python of this checkout, to talk with line by line; killed at the end."""
    process = subprocess.Popen(
        [sys.executable, *map(str, arguments)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def told(process: subprocess.Popen[str], line: str = "") -> str:
    """What the process says next, after it has been told a line if there is one."""
    if line and process.stdin:
        process.stdin.write(f"{line}\n")
        process.stdin.flush()
    return process.stdout.readline().strip() if process.stdout else ""


def say(word: object) -> None:
    """In such a process: tell the test a line."""
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def say_and_hang(word: object) -> NoReturn:
    """In such a process: tell the test a line, and wait to be killed."""
    say(word)
    while True:
        time.sleep(HANG)
