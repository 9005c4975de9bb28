"""What is shown first on which page of another site: a line for each rule; pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from kb.errors import N_, Invalid

MOST_RULES, LONGEST_PATTERN = 200, 300
_LINE = re.compile(r"(/\S*)\s*=\s*(\S+)")


class Rule(NamedTuple):
    """On pages whose path fits the pattern, this topic or article comes first.

    Args:
        pattern: a path; * stands for anything.
        kind: "topic" or "article"; "" as long as nobody looked.
        key: which.
    """

    pattern: str
    kind: str
    key: str


def rules_of(text: str) -> list[Rule]:
    """Rules as they are typed, a line for each: "/invoices/* = invoices".

    Raises:
        Invalid: "rules" -> the line that cannot be read.

    >>> rules_of("/invoices/* = invoices")
    [Rule(pattern='/invoices/*', kind='', key='invoices')]
    """
    found = []
    for line in filter(None, map(str.strip, text.splitlines())):
        read = _LINE.fullmatch(line)
        if read is None or len(read[1]) > LONGEST_PATTERN:
            raise Invalid({"rules": N_("This line cannot be read: %(line)s", line=line[:80])})
        found.append(Rule(read[1], "", read[2]))
    if len(found) > MOST_RULES:
        raise Invalid({"rules": N_("At most %(most)s lines.", most=MOST_RULES)})
    return found


def rules_text(rules: Iterable[Sequence[str]]) -> str:
    """Rules as they are typed.

    >>> rules_text([["/invoices/*", "topic", "invoices"]])
    '/invoices/* = invoices'
    """
    return "\n".join(f"{pattern} = {key}" for pattern, _kind, key in rules)


def fitting(rules: Iterable[Sequence[str]], page: str) -> list[Rule]:
    """The rules for a page, in their order.

    Args:
        page: its address, as the browser has it.

    >>> fitting([["/shop/*", "topic", "buying"], ["/", "topic", "news"]], "https://halmar.example/shop/phones?page=2")
    [Rule(pattern='/shop/*', kind='topic', key='buying')]
    """
    path = path_of(page)
    return [Rule(*rule) for rule in rules if fnmatchcase(path, rule[0].replace("[", "[[]"))]


def path_of(page: str) -> str:
    """The path of an address; "/" where it has none, or is none.

    >>> path_of("https://halmar.example/m%C3%A5nad?x#y"), path_of("http://["), path_of("")
    ('/månad', '/', '/')
    """
    try:
        return unquote(urlsplit(page).path) or "/"
    except ValueError:
        return "/"
