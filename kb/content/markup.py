"""Regular HTML as a stream of pieces, for walking and rewriting it without a tree.

The sanitiser writes HTML in one regular form: names in lower case, every attribute quoted, every ``<`` of a
text or an attribute escaped. Such HTML is read by one expression. Whatever does not have that form is handed
out as escaped text, so a walk can never bring a tag to life that the sanitiser has not written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape, unescape

BLOCKS = frozenset(
    """p div section aside blockquote pre h1 h2 h3 h4 h5 h6 ul ol li dl dt dd hr br figure figcaption details
    summary table caption thead tbody tfoot tr""".split()
)
CELLS = frozenset(("td", "th"))
VOID = frozenset(("br", "hr", "img", "wbr"))

_PIECE = re.compile(r'<(/?)([a-z][a-z0-9]*)((?: [a-z-]+="[^"<>]*")*)>|[^<]+|<')
_ATTRIBUTE = re.compile(r' ([a-z-]+)="([^"]*)"')


@dataclass(frozen=True, slots=True)
class Tag:
    """A start or end tag.

    source: the tag as it stands in the HTML, for passing it on unchanged.
    """

    name: str
    closing: bool
    source: str

    @property
    def attributes(self) -> dict[str, str]:
        """The attributes with their values unescaped, in order; parsed anew on each call."""
        return {name: unescape(value) for name, value in _ATTRIBUTE.findall(self.source)}


def walk(html: str) -> Iterator[str | Tag]:
    """Yields the tags of regular HTML, and between them the texts as they stand (still escaped)."""
    for match in _PIECE.finditer(html):
        closing, name, _ = match.groups()
        if name:
            yield Tag(name, bool(closing), match[0])
        else:
            yield match[0].replace("<", "&lt;")


def start_tag(name: str, attributes: Mapping[str, str]) -> str:
    """A start tag with every value escaped; no value can leave its attribute."""
    written = "".join(f' {key}="{escape(value)}"' for key, value in attributes.items())
    return f"<{name}{written}>"
