"""Content: from the Markdown that is stored to HTML that is safe to show, and back from other systems' HTML.

Markdown -> ``expand_snippets`` -> ``render`` (once per revision) -> ``resolve`` (once per viewer).
All HTML passes ``sanitise``, the only place that decides which tags and attributes may exist.
"""

from __future__ import annotations

import re
from html import escape

import nh3

from kb.content.conversion import to_markdown, with_word_lists
from kb.content.markdown import ALIGNMENTS, CALLOUTS, build_parser
from kb.content.markup import BLOCKS, CELLS
from kb.content.reading import Heading, Rendered, anchor, read
from kb.content.references import ExternalValue, LinkTarget, resolve
from kb.content.snippets import expand_snippets

__all__ = [
    "ExternalValue",
    "Heading",
    "LinkTarget",
    "Rendered",
    "anchor",
    "expand_snippets",
    "from_html",
    "inline_text",
    "plain_excerpt",
    "render",
    "resolve",
    "sanitise",
]

MAX_DEPTH = 200  # open tags; HTML nested deeper costs quadratic time to parse and shows nothing more
MAX_GROWTH = 8  # how many times longer clean HTML may be than its source before it is taken for an attack

_FORMATTING = frozenset("b big code em font i nobr s small strike strong tt u".split())
_INLINE = frozenset("a abbr cite data del img ins kbd mark q samp span sub sup var wbr".split())
_TAGS = BLOCKS | CELLS | _INLINE | (_FORMATTING - {"big", "font", "nobr", "strike", "tt"})
_DROPPED_WITH_CONTENT = frozenset("script style svg math template object applet title xml".split())
# These may end without an end tag, so they are not counted; a list or a table must be around them to nest.
_UNCOUNTED = frozenset(
    """p li dt dd td th tr thead tbody tfoot caption colgroup option optgroup rb rp rt rtc
    area base br col embed hr img input link meta param source track wbr""".split()
)

_CLEANER = nh3.Cleaner(
    tags=_TAGS,
    clean_content_tags=_DROPPED_WITH_CONTENT,
    attributes={
        "*": {"lang", "dir"},
        "a": {"href", "id", "title"},
        "abbr": {"title"},
        "data": {"value"},
        "details": {"open"},
        "div": {"id"},
        "dt": {"id"},
        **{f"h{level}": {"id"} for level in range(1, 7)},
        "img": {"src", "alt", "title", "width", "height"},
        "li": {"id", "value"},
        "ol": {"start", "type"},
        "p": {"id"},
        "pre": {"data-language"},
        "section": {"id"},
        "span": {"id"},
        "td": {"colspan", "rowspan"},
        "th": {"colspan", "rowspan", "scope"},
    },
    allowed_classes={
        "a": {"footnote-backref"},
        "aside": {"callout", *(f"callout-{kind}" for kind in CALLOUTS)},
        "li": {"task", "task-done"},
        "section": {"footnotes"},
        "sup": {"footnote-ref"},
        "td": {f"align-{side}" for side in ALIGNMENTS},
        "th": {f"align-{side}" for side in ALIGNMENTS},
    },
    set_tag_attribute_values={
        "aside": {"role": "note"},
        "img": {"loading": "lazy"},
        "pre": {"tabindex": "0"},  # code scrolls sideways, and must do so by keyboard too
    },
    url_schemes={"http", "https", "mailto", "tel", "kb", "attachment"},
    url_relative=lambda url: url if url.startswith(("#", "/files/")) else None,
    link_rel=None,
)
_PARSER = build_parser()
_RAW_TAG = re.compile(
    r"<!--(?:-?>|.*?(?:--!?>|\Z))"
    r"|<(?P<whole>script|style)(?=[\s/>]).*?(?:</(?P=whole)(?=[\s/>])[^>]*>|\Z)"
    r"|<(?P<end>/?)(?P<name>[a-z][^\s/>]*)[^>]*(?:>|\Z)",
    re.IGNORECASE | re.DOTALL,
)


def render(markdown: str) -> Rendered:
    """Markdown to safe HTML and what it refers to; never raises, whatever the text."""
    return read(sanitise(_PARSER.render(markdown)))


def inline_text(markdown: str) -> str:
    """The words of a line of Markdown (a title, a summary), without its markup."""
    return " ".join(read(sanitise(_PARSER.renderInline(markdown))).text.split())


def plain_excerpt(text: str, length: int) -> str:
    """The beginning of a text in one line of at most `length` characters, cut after a word.

    >>> plain_excerpt("How to cancel a contract", 15)
    'How to cancel…'
    """
    line = " ".join(text.split())
    if len(line) <= length:
        return line
    cut = line[: max(length, 1)]
    words = cut.rpartition(" ")[0] or cut[:-1]
    return words.rstrip(" ,;:.-") + "…"


def from_html(html: str) -> str:
    """HTML of other systems as Markdown, without scripts, styles, comments and word processors' clutter."""
    return to_markdown(sanitise(with_word_lists(html)))


def sanitise(html: str) -> str:
    """HTML with nothing left but the tags, attributes, classes and URL schemes that content may have.

    HTML made to exhaust the machine (tags nested by the thousand, formatting that repeats in every paragraph)
    loses tags, never words; where it still grows beyond measure, its source is shown as text.
    """
    clean = _CLEANER.clean(_tamed(html))
    return clean if len(clean) <= MAX_GROWTH * len(html) + 1000 else escape(html)


def _tamed(html: str) -> str:
    """Drops tags nested beyond MAX_DEPTH, end tags without a start, and the attributes of formatting tags.

    An HTML parser opens unclosed formatting again in each paragraph: 14 KB became 6 MB. It keeps three of
    each kind that look the same, so without attributes they cannot pile up.
    """
    kept: dict[str, list[bool]] = {}
    depth = 0

    def tamed(match: re.Match[str]) -> str:
        nonlocal depth
        name = (match["name"] or "").lower()
        if not name:
            return ""  # a comment, a script or a style sheet
        if name in _UNCOUNTED:
            return match[0]
        gap = " " if name in BLOCKS else ""
        opened = kept.setdefault(name, [])
        if match["end"]:
            keep = bool(opened) and opened.pop()
            depth -= keep
            return match[0] if keep else gap
        keep = depth < MAX_DEPTH
        opened.append(keep)
        depth += keep
        if not keep:
            return gap
        return f"<{name}>" if name in _FORMATTING else match[0]

    return _RAW_TAG.sub(tamed, html)
