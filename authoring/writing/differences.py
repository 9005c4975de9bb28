"""What changed between two texts, word by word: changed lines are found first, then the words inside them.

White space counts: nothing is lost, whatever it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal, NamedTuple

from markupsafe import Markup, escape

from authoring.writing.edits import Search

Kind = Literal["equal", "removed", "added"]

SHORTEST_FOLD = 3  # lines; fewer take no more room than the words that stand for them
_WORD = re.compile(r"[\w\u0300-\u036f]+|\s+|[^\w\s]")
_SIGNS = str.maketrans({" ": "␣", "\u00a0": "⍽", "\t": "⇥\t", "\n": "↵\n", "\r": "␍"})


class Run(NamedTuple):
    """A stretch of text that stands in both texts, in the earlier one only, or in the later one only."""

    kind: Kind
    text: str


Line = Sequence[Run]


@dataclass(frozen=True, slots=True)
class Words:
    """What is said beside the colours, in the reader's language.

    Args:
        removed, added: read out before a change by a screen reader, not seen.
        unchanged: says how many lines are folded away.
    """

    removed: str = "removed:"
    added: str = "added:"
    unchanged: Callable[[int], str] = "… {} unchanged lines …".format


ENGLISH = Words()


def words(before: str, after: str) -> Sequence[Run]:
    """What became of a text: stretches in reading order, what went before what came.

    The stretches that are not added make up `before`, those that are not removed make up `after`, to the last blank.
    Texts that have little in common are called replaced rather than compared for long.

    >>> [(run.kind, run.text) for run in words("Press OK twice.", "Press OK once.")]
    [('equal', 'Press OK '), ('removed', 'twice'), ('added', 'once'), ('equal', '.')]
    """
    search = Search()
    runs: list[Run] = []
    for same, old, new in search.blocks(before.splitlines(keepends=True), after.splitlines(keepends=True)):
        runs.extend([Run("equal", "".join(old))] if same else _inside(search, "".join(old), "".join(new)))
    return _tidy(runs)


def _inside(search: Search, before: str, after: str) -> Iterator[Run]:
    for same, old, new in search.blocks(_WORD.findall(before), _WORD.findall(after)):
        if same:
            yield Run("equal", "".join(old))
        else:
            yield Run("removed", "".join(old))
            yield Run("added", "".join(new))


def _tidy(runs: Sequence[Run]) -> Sequence[Run]:
    """Join neighbours of a kind; a blank, or a word alone in a rewritten sentence, belongs to the change."""
    tidy: list[Run] = []
    for changed, group in groupby(_absorbed(_joined(runs)), lambda run: run.kind != "equal"):
        held = list(group)
        kinds: Sequence[Kind] = ("removed", "added") if changed else ("equal",)
        joined = (Run(kind, "".join(run.text for run in held if run.kind == kind)) for kind in kinds)
        tidy.extend(run for run in joined if run.text)
    return tidy


def _joined(runs: Sequence[Run]) -> list[Run]:
    groups = groupby((run for run in runs if run.text), lambda run: run.kind)
    return [Run(kind, "".join(run.text for run in group)) for kind, group in groups]


def _absorbed(runs: Sequence[Run]) -> Iterator[Run]:
    changed = [0 if run.kind == "equal" else len(run.text) for run in runs]
    for place, run in enumerate(runs):
        if run.kind == "equal" and 0 < place < len(runs) - 1 and "\n" not in run.text:
            around = min(max(changed[max(place - 2, 0) : place]), max(changed[place + 1 : place + 3]))
            visible = sum(map(str.isalnum, run.text))
            if visible == 0 or 2 * len(run.text) <= around:
                yield from (Run("removed", run.text), Run("added", run.text))
                continue
        yield run


def lines(before: str, after: str) -> Sequence[Line]:
    """The same stretches cut where a line ends in both texts: to show them below or beside each other."""
    cut: list[list[Run]] = [[]]
    for run in words(before, after):
        if run.kind != "equal":
            cut[-1].append(run)
            continue
        for piece in run.text.splitlines(keepends=True):
            cut[-1].append(Run("equal", piece))
            if piece.splitlines() != [piece]:
                cut.append([])
    return [line for line in cut if line]


def folded(found: Sequence[Line], context: int | None) -> Iterator[Line | int]:
    """The lines, with how many they are instead of unchanged ones that are far from every change.

    Args:
        context: how many unchanged lines stay before and after a change; None for all.
    """
    changed = [place for place, line in enumerate(found) if is_changed(line)]
    near = {
        place for centre in changed for place in range(centre - (context or 0), centre + (context or 0) + 1)
    }
    for stays, group in groupby(enumerate(found), lambda numbered: context is None or numbered[0] in near):
        held = [line for _place, line in group]
        if stays or len(held) < SHORTEST_FOLD:
            yield from held
        else:
            yield len(held)


def html(before: str, after: str, *, context: int | None = None, say: Words = ENGLISH) -> Markup:
    """Both texts in one, for people: what went is struck through, what came is underlined.

    Args:
        context: as for `folded`.
        say: the words beside it, in the reader's language.
    """
    shown = (
        _fold(line, say) if isinstance(line, int) else marked(line, say)
        for line in folded(lines(before, after), context)
    )
    return Markup('<div class="diff">{}</div>').format(Markup().join(shown))


def _fold(count: int, say: Words) -> Markup:
    return Markup('<span class="diff-fold">{}</span>').format(say.unchanged(count))


def marked(line: Line, say: Words = ENGLISH, without: Kind | None = None) -> Markup:
    """A line as HTML.

    Args:
        without: leave out what was added (to show the earlier text) or what was removed (to show the later one).
    """
    return Markup().join(_mark(run, say) for run in line if run.kind != without)


def _mark(run: Run, say: Words) -> Markup:
    if run.kind == "equal":
        return escape(run.text)
    tag, name = ("del", say.removed) if run.kind == "removed" else ("ins", say.added)
    text = run.text.translate(_SIGNS) if run.text.isspace() else run.text
    return Markup('<{0}><span class="visually-hidden">{1} </span>{2}</{0}>').format(tag, name, text)


def is_changed(line: Line) -> bool:
    """Whether anything went from a line or came into it."""
    return any(run.kind != "equal" for run in line)
