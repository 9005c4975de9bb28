"""Guided help over HTTP with very many cases: what a person waits for after each answer, through the real server."""

from __future__ import annotations

import csv
import json
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from bench.case_libraries import expanded
from bench.instances import Instance, instance
from bench.programs import Failed, Server
from bench.tables import Cell, percentile, table
from cbr.followers import CaseBases
from cbr.guided.dialogs import People, answers_of, reply
from cbr.guided.library import Library
from cbr.guided.steps import Question
from cbr.values import write_value

CASES = 100_000
DIALOGS = 40
WORKERS = (1, 2)
NOISY = People("", 0.2, 0.05)


def measure(source: Library, cases: int = CASES, dialogs: int = DIALOGS) -> str:
    """Markdown tables: what bringing the cases in and opening them costs, and answers over HTTP.

    Args:
        source: the cases that so many are made of.
    """
    library = expanded(source, cases)
    with instance() as made:
        made.command("upgrade")
        file = made.data / "cases.csv"
        write_cases(library, file)
        cost = made.command(
            *("cases", "import", "measured", str(file), "--solution", "solution", "--problem", "problem"),
            *("--key", "number", "--state", "confirmed", "--audience", "public"),
        )
        begun = time.perf_counter()
        bases = CaseBases(made.data / "cases")
        opened = time.perf_counter() - begun
        if bases.kept("measured") is None:
            raise Failed("the cases are not in the snapshot")
        rows = [_answers(made, library, workers, dialogs) for workers in WORKERS]
    before: list[list[Cell]] = [
        ["imported by the command, seconds", cost.wall_s],
        ["imported, processor seconds", cost.processor_s],
        ["imported, MB at most", cost.peak_mb],
        ["opened in a fresh process, with the texts, ms", 1000 * opened],
    ]
    headings = ["", "answers", "p50", "p95", "longest", "the first of a process"]
    return "\n\n".join(
        [
            table(f"{cases:,} cases, beside guided help", ["what", "figure"], before),
            table(f"Guided help over HTTP with {cases:,} cases, ms for an answer", headings, rows),
        ]
    )


def write_cases(library: Library, path: Path) -> None:
    """The cases as a table that the command takes in."""
    keys = list(library.columns)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["number", "problem", *keys, "solution"])
        for at in range(len(library)):
            held = library.case(at)
            problem = f"Call {at}: {' '.join(str(held.get(key, '')) for key in keys[:6])}"
            solution = library.solutions[int(library.solved_by[at])].id
            writer.writerow([at, problem, *(_cell(held.get(key)) for key in keys), solution])


def _cell(value: Any) -> object:
    plain = "" if value is None else write_value(value)
    return "|".join(plain) if isinstance(plain, list) else plain


def _answers(made: Instance, library: Library, workers: int, dialogs: int) -> list[Cell]:
    with made.serving(workers) as server:
        first = [_begun(HTTPConnection("127.0.0.1", server.port))[1] for _ in range(4 * workers)]
        cases = range(0, len(library), -(-len(library) // dialogs))
        took = [one for case in cases for one in _dialog(server, library, case)]
    name = f"{workers} worker{'s' if workers > 1 else ''}"
    return [name, len(took), percentile(took, 0.5), percentile(took, 0.95), max(took), max(first)]


def _dialog(server: Server, library: Library, case: int) -> Iterator[float]:
    """What each answer of one takes, in milliseconds."""
    answers = answers_of(library, case, NOISY)
    connection = HTTPConnection("127.0.0.1", server.port)
    told, _ = _begun(connection)
    while (step := told["step"])["type"] == "question":
        value = reply(Question(step["id"], step["kind"], ""), answers)
        path = f"/api/v1/runs/{told['run']['id']}/answers"
        told, took = _post(connection, path, {"step": step["id"], "value": value})
        yield took
    connection.close()


def _begun(connection: HTTPConnection) -> tuple[dict[str, Any], float]:
    return _post(connection, "/api/v1/runs", {"case_type": "measured", "answerer": "customer"})


def _post(connection: HTTPConnection, path: str, body: dict[str, Any]) -> tuple[dict[str, Any], float]:
    """What is answered, and how long that took, in milliseconds."""
    begun = time.perf_counter()
    connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
    answer = connection.getresponse()
    said = answer.read()
    took = 1000 * (time.perf_counter() - begun)
    if answer.status >= 400:
        raise Failed(f"{answer.status} from {path}: {said[:300].decode()}")
    return json.loads(said), took
