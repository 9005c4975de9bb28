"""What a process that answers costs in memory: ``python -m bench.search_memory FOLDER`` is such a process."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from bench.programs import ROOT
from search import lemmas
from search.engine import Filters
from search.tantivy.engine import TantivyEngine

QUESTIONS = 200
Asked = Sequence[tuple[str, Filters]]


def line(index: Path, words: Path, asked: Asked) -> str:
    """What it costs to answer these questions, as a sentence.

    Args:
        index, words: the folders of the index and of the word lists.
    """
    answered = subprocess.run(
        [sys.executable, "-m", __name__, str(index), str(words)],
        cwd=ROOT,
        input=pickle.dumps(list(asked)[:QUESTIONS]),
        stdout=subprocess.PIPE,
        check=True,
    )
    loaded, answering = json.loads(answered.stdout)
    return (
        f"Memory of a process that has answered {QUESTIONS} questions and made the vocabularies of their languages:"
        f" {_of(answering, 'Pss_Anon'):.0f} MB of its own and {_of(answering, 'Pss_File'):.0f} MB of files in memory,"
        f" which all processes share; after loading the service it was {_of(loaded, 'Pss_Anon'):.0f} and"
        f" {_of(loaded, 'Pss_File'):.0f} MB."
    )


def _of(taken: str, what: str) -> float:
    """A line of what the system says of a process's memory, in megabytes."""
    said = next(line for line in taken.splitlines() if line.startswith(f"{what}:"))
    return int(said.split()[1]) / 1024


def _taken() -> str:
    return Path("/proc/self/smaps_rollup").read_text(encoding="ascii")


def _misspelled(question: str) -> str:
    """Its longest word with a letter too many, which only a vocabulary can mend."""
    word = max(question.split(), key=len, default="")
    return f"{word[:2]}x{word[2:]}"


def main(index: str, words: str) -> None:
    """Answer the questions on standard input, and tell what was taken before and after."""
    import kb.app  # noqa: F401, PLC0415 - what a worker has loaded, without a base behind it

    loaded = _taken()
    asked: Asked = pickle.loads(sys.stdin.buffer.read())
    lemmas.keep_in(Path(words))
    engine = TantivyEngine(Path(index))
    of_each_language = {filters.languages: (question, filters) for question, filters in asked}
    for question, filters in of_each_language.values():
        engine.search(_misspelled(question), filters)
    for making in threading.enumerate():
        if making is not threading.current_thread():
            making.join()
    for question, filters in asked:
        engine.search(question, filters)
        engine.search(_misspelled(question), filters)
    print(json.dumps([loaded, _taken()]))


if __name__ == "__main__":
    main(*sys.argv[1:])
