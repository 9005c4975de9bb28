"""A tree as the text of an article: Markdown that anyone can read, with a line for each thing that can change; pure.

::

    ## How much data is used? {#data}

    <!-- step: number; attribute: data_used; unit: GB -->

    Look under **My plan**.

    - [Less than 2 GB](#settings) <!-- below: 2 -->
    - [2 GB or more](#refuel) <!-- from: 2 -->
    - [I don't know](#contact) <!-- unknown -->

A heading begins a step and names it; links to other steps are its ways; what cannot be read on a page stands in
comments, and is left out where it is the usual: a step with ways is a choice, one without is an outcome, a way is named
after the step it leads to. The first step is the start. Positions on the canvas come last, a line for each. Steps of a
translation have the same names, and need no positions.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from cbr.trees.conditions import (
    NAME,
    Condition,
    Tokens,
    read_bound,
    read_conditions,
    tokens,
    word,
    write_conditions,
)
from cbr.trees.lines import (
    CANVAS,
    END,
    STEP,
    WORDLESS,
    Heading,
    WayLine,
    fenced,
    heading,
    one_line,
    says_canvas,
    says_step,
    straight,
    tidy,
    way,
)
from cbr.trees.plain_tree import FARTHEST, MOST_CHARACTERS
from cbr.trees.tree import (
    MOST_CONDITIONS,
    MOST_NODES,
    MOST_WAYS,
    NODE_ID,
    POINTING,
    RANGED,
    TEXT_LIMIT,
    TITLE_LIMIT,
    WAY_KEY,
    Kind,
    Node,
    Tree,
    Way,
    usual_key,
    usual_kind,
    with_keys,
)
from kb.errors import N_, Invalid

MOST_FAULTS = 50
LINKED = frozenset({Kind.GUIDE, Kind.ARTICLE})
"""What they are about is an article, which the page links to; so the knowledge base knows who uses it."""

_NAMED = frozenset({"step", "attribute", "unit", "subject"})
_LINK = re.compile(r"\[.*\]\(kb:(?P<key>[^()\s]*)\)")


def write(tree: Tree) -> str:
    """A tree as text; `read` reads the same tree back, where its texts are tidy (as those of every reader are)."""
    parts = [tree.intro] if tree.intro else []
    for node in tree.nodes:
        parts.extend(_node_parts(node, is_start=bool(tree.start) and node is tree.first))
    if places := [f"{node.id} {node.at[0]} {node.at[1]}" for node in tree.nodes if node.at]:
        parts.append("\n".join([CANVAS, *places, END]))
    return "\n\n".join(parts) + "\n" if parts else ""


def _node_parts(node: Node, *, is_start: bool) -> list[str]:
    parts = [f"## {node.title} {{#{node.id}}}" if node.title else f"## {{#{node.id}}}"]
    settings = _settings(node, is_start=is_start)
    if settings or node.kind != usual_kind(bool(node.ways)):
        parts.append("; ".join([f"{STEP} {node.kind.value}", *settings]) + f" {END}")
    if node.kind in LINKED:
        parts.append(f"[{node.title or node.subject}](kb:{node.subject})")
    if node.text:
        parts.append(node.text)
    if node.ways:
        parts.append("\n".join(_way_lines(node)))
    return parts


def _settings(node: Node, *, is_start: bool) -> list[str]:
    named = {"attribute": node.attribute, "unit": node.unit}
    if node.kind not in LINKED:
        named["subject"] = node.subject
    settings = [f"{name}: {word(value)}" for name, value in named.items() if value]
    return [*settings, *(["afresh"] if node.afresh else []), *(["start"] if is_start else [])]


def _way_lines(node: Node) -> list[str]:
    lines: list[str] = []
    taken: list[str] = []
    for one in node.ways:
        settings = [] if one.key == usual_key(node.kind, one.target, taken) else [word(one.key)]
        taken.append(one.key)
        settings += [f"{name}: {word(end)}" for name, end in (("from", one.low), ("below", one.high)) if end]
        if one.when:
            settings.append(f"when: {write_conditions(one.when)}")
        comment = f" <!-- {'; '.join(settings)} {END}" if settings else ""
        lines.append(f"- [{one.text or WORDLESS}](#{one.target}){comment}")
    return lines


def read(text: str) -> Tree:
    """A tree from text. Raises `Invalid`: line (such as "line 12") -> sentence, for the first faults in it.

    Only what could not be kept is refused: what could not be played is for :mod:`cbr.trees.checks` to say.
    """
    if len(text) > MOST_CHARACTERS:
        raise Invalid({"line 1": N_("At most %(most)s characters can be read.", most=MOST_CHARACTERS)})
    reading = _Reading()
    for number, line in enumerate(straight(text).split("\n"), start=1):
        reading.take(line, number)
    return reading.finished()


@dataclass
class _Draft:
    """A step as far as it was read."""

    title: str
    id: str
    line: int
    settings: dict[str, str] = field(default_factory=dict)
    text: list[str] = field(default_factory=list)
    ways: list[tuple[WayLine, int]] = field(default_factory=list)


class _Reading:
    def __init__(self) -> None:
        self.faults: dict[str, str] = {}
        self.intro: list[str] = []
        self.drafts: list[_Draft] = []
        self.places: dict[str, tuple[int, int]] = {}
        self.fence, self.fence_line = "", 0
        self.in_canvas = False

    def fault(self, line: int, sentence: str) -> None:
        self.faults.setdefault(f"line {line}", sentence)
        if len(self.faults) >= MOST_FAULTS:
            raise Invalid(self.faults)

    def take(self, line: str, number: int) -> None:
        """One more line."""
        before = self.fence
        self.fence, is_code = fenced(line, self.fence)
        if self.fence and not before:
            self.fence_line = number
        if self.in_canvas and not is_code:
            self._take_place(line, number)
        elif is_code:
            self._take_words(line)
        elif found := heading(line):
            self._begin(found, number)
        elif says_canvas(line):
            self.in_canvas = True
        elif self.drafts and says_step(line):
            self._take_settings(line, number)
        elif self.drafts and (found_way := way(line)):
            self.drafts[-1].ways.append((found_way, number))
        else:
            self._take_words(line)

    def _take_words(self, line: str) -> None:
        (self.drafts[-1].text if self.drafts else self.intro).append(line)

    def _begin(self, found: Heading, number: int) -> None:
        if not NODE_ID.fullmatch(found.id):
            sentence = N_("A step needs a name of its own, such as {#restart}, of letters, digits, - and _.")
            self.fault(number, sentence)
        if len(self.drafts) >= MOST_NODES:
            self.fault(number, N_("A guide has at most %(most)s steps.", most=MOST_NODES))
            raise Invalid(self.faults)
        if len(found.title) > TITLE_LIMIT:
            self.fault(number, N_("A text of at most %(most)s characters belongs here.", most=TITLE_LIMIT))
        self.drafts.append(_Draft(one_line(found.title), found.id, number))

    def _take_settings(self, line: str, number: int) -> None:
        draft = self.drafts[-1]
        if draft.settings:
            self.fault(number, N_("What a step is can be said only once."))
            return
        written = line.rstrip()
        if not written.endswith(END):
            self.fault(number, N_("What a step is stands in one line, which ends with %(sign)s.", sign=END))
            return
        inside = written.partition("<!--")[2].removesuffix(END)
        try:
            for name, given in settings_of(tokens(inside)):
                if name in {"afresh", "start"} and given is None:
                    draft.settings[name] = name
                elif name in _NAMED and given and len(given) == 1 and not given[0][1]:
                    draft.settings[name] = given[0][0]
                else:
                    self.fault(number, N_("There is no such setting here."))
        except Invalid as refused:
            self.fault(number, refused.fields[""])
        if draft.settings.get("step") not in tuple(Kind):
            words = ", ".join(Kind)
            self.fault(number, N_("It can be one of these: %(words)s.", words=words))
            draft.settings["step"] = ""
        for name in ("attribute", "subject"):
            if not NAME.fullmatch(draft.settings.get(name, "-")):
                self.fault(number, N_("A key is one word, at most %(most)s characters.", most=128))

    def _take_place(self, line: str, number: int) -> None:
        if line.strip() == END:
            self.in_canvas = False
            return
        try:
            name, right, down = line.split()
            self.places[name] = (int(right[:20]), int(down[:20]))
            if max(map(abs, self.places[name])) > FARTHEST:
                raise ValueError
        except ValueError:
            self.fault(number, N_("A step and two numbers belong here: to the right, and down."))

    def finished(self) -> Tree:
        """The tree. Raises `Invalid`."""
        if self.fence:
            self.fault(self.fence_line, N_("A block of code does not end."))
        nodes: list[Node] = []
        start = ""
        for draft in self.drafts:
            nodes.append(self._node(draft))
            if "start" in draft.settings:
                start = draft.id
        if self.faults:
            raise Invalid(self.faults)
        return Tree(tuple(nodes), start, tidy("\n".join(self.intro)))

    def _node(self, draft: _Draft) -> Node:
        kind = Kind(draft.settings.get("step") or usual_kind(bool(draft.ways)))
        if len(draft.ways) > MOST_WAYS:
            self.fault(draft.line, N_("At most %(most)s ways lead on from a step.", most=MOST_WAYS))
        subject, words = self._subject(draft, kind)
        text = tidy("\n".join(words))
        if len(text) > TEXT_LIMIT:
            self.fault(draft.line, N_("A text of at most %(most)s characters belongs here.", most=TEXT_LIMIT))
        if subject and kind not in POINTING:
            self.fault(draft.line, N_("A step of this kind is about nothing else."))
        return Node(
            id=draft.id,
            kind=kind,
            title=draft.title,
            text=text,
            ways=with_keys(kind, [self._way(found, line, kind) for found, line in draft.ways[:MOST_WAYS]]),
            attribute=draft.settings.get("attribute", ""),
            unit=one_line(draft.settings.get("unit", "")),
            afresh="afresh" in draft.settings,
            subject=subject,
            at=self.places.get(draft.id),
        )

    def _subject(self, draft: _Draft, kind: Kind) -> tuple[str, list[str]]:
        """What a step is about, and the lines of its text: a guide or article is linked to, before everything else."""
        if kind in LINKED:
            first = next((at for at, line in enumerate(draft.text) if line.strip()), None)
            found = None if first is None else _LINK.fullmatch(draft.text[first].strip())
            if first is not None and found:
                return found["key"], draft.text[first + 1 :]
        return draft.settings.get("subject", ""), draft.text

    def _way(self, found: WayLine, line: int, kind: Kind) -> Way:
        read_way = Way("", found.target, one_line(found.text))
        if len(found.text) > TITLE_LIMIT:
            self.fault(line, N_("A text of at most %(most)s characters belongs here.", most=TITLE_LIMIT))
        if found.target and not NODE_ID.fullmatch(found.target):
            self.fault(line, N_("A name has letters, digits, - and _, at most %(most)s.", most=60))
        try:
            for name, given in settings_of(tokens(found.settings)) if found.settings else ():
                read_way = self._with_setting(read_way, name, given, kind)
        except Invalid as refused:
            self.fault(line, refused.fields[""])
        return read_way

    def _with_setting(self, one: Way, name: str, given: Tokens | None, kind: Kind) -> Way:
        if given is not None and name == "when":
            return replace(one, when=_few(read_conditions(given)))
        if given is not None and name in {"from", "below"} and kind in RANGED:
            written = " ".join(text for text, _ in given)
            bound = read_bound(written, is_day=kind == Kind.DATE)
            if bound is None:
                raise Invalid({"": N_("One number or one day belongs here.")})
            return replace(one, low=bound) if name == "from" else replace(one, high=bound)
        if given is not None or one.key or not WAY_KEY.fullmatch(name):
            raise Invalid({"": N_("There is no such setting here.")})
        return replace(one, key=name)


def settings_of(given: Tokens) -> Sequence[tuple[str, Tokens | None]]:
    """Settings between semicolons: name, and what it is set to, None where it stands alone.

    Raises `Invalid` (field "").
    """
    found: dict[tuple[str, bool], Tokens] = {}
    part: list[tuple[str, bool]] = []
    for token in [*given, (";", True)]:
        if token != (";", True):
            part.append(token)
        elif part:
            is_named = len(part) > 1 and part[1] == (":", True)
            if part[0][1] or (len(part) > 1 and not is_named) or (part[0][0], is_named) in found:
                raise Invalid(
                    {"": N_("Settings are written like this: %(example)s.", example="from: 2; below: 5")}
                )
            found[part[0][0], is_named] = part[2:]
            part = []
    return [(name, value if is_named else None) for (name, is_named), value in found.items()]


def _few(conditions: tuple[Condition, ...]) -> tuple[Condition, ...]:
    if len(conditions) > MOST_CONDITIONS:
        raise Invalid({"": N_("A list of at most %(most)s belongs here.", most=MOST_CONDITIONS)})
    return conditions
