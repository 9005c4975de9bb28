"""The lines of the text that a guide is kept as: which begin a step, which are ways, which are only its words; pure.

Every function takes a line once from end to end: what somebody else wrote may be long and mean.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from kb.errors import N_

STEP, CANVAS = "<!-- step:", "<!-- canvas"
END = "-->"
WORDLESS = "→"
"""What a way without words has instead, so that there is something to press where it is read as a page."""

_STEP = re.compile(r" {0,3}<!--[ \t]*step[ \t]*:")
_CANVAS = re.compile(r" {0,3}<!--[ \t]*canvas[ \t]*")
_FENCE = re.compile(r" {0,3}(?P<fence>`{3,}|~{3,})(?P<info>.*)")
_WAY_BEGINS = re.compile(r" {0,3}[-*+] {1,4}\[")
_TARGET = re.compile(r"[^()\s]*")


class Heading(NamedTuple):
    """A line that begins a step; `id` is "" where the author gave none."""

    title: str
    id: str


class WayLine(NamedTuple):
    """A line that is a way; `settings` is what stands in its comment."""

    text: str
    target: str
    settings: str


def heading(line: str) -> Heading | None:
    """The step that a line begins, if it does.

    >>> heading("## Is it on? {#lamp}")
    Heading(title='Is it on?', id='lamp')
    """
    if not line.startswith("## ") and line.rstrip() != "##":
        return None
    words, opened, name = line[2:].rstrip().rpartition("{#")
    if not opened or not name.endswith("}") or (words and not words[-1].isspace()):
        return Heading(line[2:].strip(), "")
    return Heading(words.strip(), name[:-1])


def way(line: str) -> WayLine | None:
    """The way that a line is, if it is one.

    >>> way("- [Up to 2 GB](#small) <!-- below: 2 -->")
    WayLine(text='Up to 2 GB', target='small', settings='below: 2')
    """
    begins = _WAY_BEGINS.match(line)
    if begins is None:
        return None
    rest, settings = line[begins.end() :].rstrip(), ""
    if rest.endswith(END):
        rest, opened, settings = rest.removesuffix(END).rpartition("<!--")
        if not opened:
            return None
    text, opened, target = rest.rstrip().rpartition("](#")
    if not opened or not target.endswith(")") or not _TARGET.fullmatch(target[:-1]):
        return None
    words = text.strip()
    return WayLine("" if words == WORDLESS else words, target[:-1], settings.strip())


def says_step(line: str) -> bool:
    """Whether a line is the comment that says what a step is."""
    return _STEP.match(line) is not None


def says_canvas(line: str) -> bool:
    """Whether a line begins the places on the canvas."""
    return _CANVAS.fullmatch(line) is not None


def fenced(line: str, fence: str) -> tuple[str, bool]:
    """The fence of code that is open after a line, "" for none, and whether the line is code (or its fence).

    Args:
        fence: what was open before it.
    """
    found = _FENCE.fullmatch(line)
    if fence:
        ends = found is not None and found["fence"].startswith(fence) and not found["info"].strip()
        return ("" if ends else fence), True
    if found is None or (found["fence"][0] == "`" and "`" in found["info"]):
        return "", False
    return found["fence"], True


def unfit(text: str, *, is_intro: bool = False) -> str | None:
    """What is wrong with the text of a step: a line that would begin another step, or be one of its ways.

    Args:
        is_intro: whether it stands before all steps, where nothing is a way.
    """
    fence = ""
    for line in text.split("\n"):
        fence, is_code = fenced(line, fence)
        if is_code:
            continue
        if heading(line):
            return N_("Inside of a step, headings begin with ###.")
        if says_canvas(line) or (says_step(line) and not is_intro):
            return N_("A comment such as this one says what a step is, and does not stand in the text.")
        if way(line) and not is_intro:
            return N_("A link to another step is a way, and does not stand in the text.")
    return N_("A block of code does not end.") if fence else None


# Texts as they are kept.


def straight(text: str) -> str:
    """A text with line ends of one kind, and nothing that a database cannot hold."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "�")
    return lines.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def tidy(text: str) -> str:
    """A text as it is kept: `straight`, and without empty lines around it.

    >>> tidy("\\n\\n  one \\r\\n\\n two\\n\\n")
    '  one \\n\\n two'
    """
    lines = straight(text).split("\n")
    filled = [at for at, line in enumerate(lines) if line.strip()]
    return "\n".join(lines[filled[0] : filled[-1] + 1]) if filled else ""


def one_line(text: str) -> str:
    """A text in a single line.

    >>> one_line(" Is it\\non? ")
    'Is it on?'
    """
    return " ".join(straight(text).split())
