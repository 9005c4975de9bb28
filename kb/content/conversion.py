"""Markdown from clean HTML, and word processors' lists made into lists."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any, cast
from urllib.parse import quote

from bs4 import BeautifulSoup, Tag
from bs4.element import NavigableString
from markdownify import ATX, BACKSLASH, MarkdownConverter

from kb.content import markup

MAX_SPAN = 20  # columns; each one that a cell spans is written
MAX_DEPTH = 60  # tags nested deeper are left out, never their words: the converter calls itself once a level

_SIGNS = re.compile(
    r"[\\`*\[\]<]"
    r"|(?<![^\W_])_|_(?![^\W_])"  # not inside of words: snake_case stays
    r"|~(?=~)|&(?=#?\w+;)|\{(?=\{)"
)
_LINE_START = re.compile(r"^\s*(?:(?=[>|]|#{1,6}(?:\s|$)|[:+-](?:\s|$)|-{2}|=+\s*$)|\d{1,9}(?=[.)](?:\s|$)))")
_CLOSING = re.compile(r"((?:^|\s))(#+\s*)$")  # Markdown would take it for the end of the heading's line
_INVISIBLE = re.compile("[\u200b\ufeff\u00ad]")
_WIDE_SPACE = re.compile("[ \t\u00a0]{2,}")
_BACKTICKS = re.compile(r"`+")
_WORD_LEVEL = re.compile(r"mso-list:\s*l\d+\s+level(\d)")
_WORD_MARKER = re.compile(r"mso-list:\s*Ignore")
_NUMBERED = re.compile(r"\s*\(?(?:\d+|[A-Za-z]{1,4})[.)]")


def to_markdown(clean_html: str) -> str:
    """Markdown for sanitised HTML; text that looks like Markdown is escaped, so that it stays text."""
    soup = BeautifulSoup(f"<div>{_flattened(clean_html)}</div>", "html.parser")
    for cell in soup.find_all(["td", "th"], colspan=True):
        cell["colspan"] = str(_span(cell))
    for description in soup.find_all("dd"):
        if not description.get_text(strip=True) and not description.find("img"):
            description.decompose()  # two blank lines would end the list
    for table in soup.find_all("table"):
        if table.find("table"):
            _dissolve(table)
        else:
            _straighten(table, soup)
    markdown: str = _Converter().convert_soup(soup)
    return markdown.strip()


def with_word_lists(html: str) -> str:
    """HTML in which the list paragraphs of Word ("·   first point") are real, nested lists."""
    if "mso-list" not in html:
        return html
    soup = BeautifulSoup(f"<div>{html}</div>", "html.parser")
    open_lists: list[tuple[int, Tag]] = []  # outermost first, with their levels
    for paragraph in soup.find_all("p", style=_WORD_LEVEL):
        open_lists = _list_for(paragraph, open_lists, soup)
        paragraph.name = "li"
        open_lists[-1][1].append(paragraph.extract())
    return str(soup)


def _list_for(paragraph: Tag, lists: list[tuple[int, Tag]], soup: BeautifulSoup) -> list[tuple[int, Tag]]:
    """The lists that are open once this paragraph has its own, which comes last."""
    found = _WORD_LEVEL.search(str(paragraph["style"]))
    level = int(found[1]) if found else 1
    marker = paragraph.find("span", style=_WORD_MARKER)
    kind = "ol" if isinstance(marker, Tag) and _NUMBERED.match(marker.get_text()) else "ul"
    if isinstance(marker, Tag):
        marker.decompose()
    if not lists or _neighbour_before(paragraph) is not lists[0][1]:
        lists = []
    lists = [(depth, tag) for depth, tag in lists if depth < level or (depth == level and tag.name == kind)]
    if lists and lists[-1][0] == level:
        return lists
    new = soup.new_tag(kind)
    if lists:
        cast(Tag, lists[-1][1].contents[-1]).append(new)  # a list of ours holds nothing but items
    else:
        paragraph.insert_before(new)
    return [*lists, (level, new)]


def _neighbour_before(paragraph: Tag) -> Any:
    before = paragraph.previous_sibling
    while isinstance(before, NavigableString) and not before.strip():
        before = before.previous_sibling
    return before


def _flattened(html: str) -> str:
    out: list[str] = []
    depth = 0
    for piece in markup.walk(html):
        if isinstance(piece, str) or piece.name in markup.VOID:
            out.append(piece if isinstance(piece, str) else piece.source)
            continue
        depth -= piece.closing
        out.append(piece.source if depth < MAX_DEPTH else " ")
        depth += not piece.closing
    return "".join(out)


def _dissolve(layout: Tag) -> None:
    """Makes blocks of a table that only arranges others: Markdown has no table in a table."""
    for part in layout.find_all(["caption", "thead", "tbody", "tfoot", "tr", "td", "th"]):
        if part.find_parent("table") is layout:
            part.name = "div"
    layout.name = "div"


def _straighten(table: Tag, soup: BeautifulSoup) -> None:
    """Makes the first row as wide as the widest: Markdown drops the cells for which it has no heading."""
    rows = []
    for row in table.find_all("tr"):
        if row.find(["td", "th"]):
            rows.append(row)
        else:
            row.decompose()
    widths = [sum(_span(cell) for cell in row.find_all(["td", "th"])) for row in rows]
    for _ in range(max(widths, default=0) - (widths[0] if widths else 0)):
        rows[0].append(soup.new_tag("td"))


def _span(cell: Tag) -> int:
    span = str(cell.get("colspan", "1"))
    return max(1, min(MAX_SPAN, int(span))) if span.isdecimal() and len(span) < 5 else 1


class _Converter(MarkdownConverter):
    """The house's own way of escaping, fencing code, numbering lists and writing addresses."""

    def __init__(self) -> None:
        super().__init__(
            heading_style=ATX,
            newline_style=BACKSLASH,
            sup_symbol="<sup>",
            sub_symbol="<sub>",
            table_infer_header=True,
            keep_inline_images_in=["td", "th"],
            wrap=True,
            wrap_width=None,
        )
        self.items: Counter[int] = Counter()  # items written so far, by the id of their list

    def process_text(self, el: Any, parent_tags: Any = None) -> str:
        text: str = super().process_text(el, parent_tags)  # type: ignore[misc]
        if "pre" in (parent_tags or ()):
            return text
        text = _WIDE_SPACE.sub(" ", _INVISIBLE.sub("", text))
        if text.endswith("!") and getattr(el.next_sibling, "name", None) == "a":
            text = text[:-1] + r"\!"  # or the link becomes an image
        return "" if text == "\u00a0" else text

    def escape(self, text: str, parent_tags: Any) -> str:
        text = _LINE_START.sub(r"\g<0>\\", _SIGNS.sub(r"\\\g<0>", text), count=1)
        return text.replace("|", r"\|") if {"td", "th"} & set(parent_tags) else text

    def convert_a(self, el: Any, text: str, parent_tags: Any) -> str:
        href = el.get("href")
        if "_noformat" in parent_tags or not href or not text.strip():
            return text
        if el.get_text() == href and href.startswith(("http:", "https:")):
            return f"<{href}>"
        before = " " if text[0].isspace() else ""
        after = " " if text[-1].isspace() else ""
        return f"{before}[{text.strip()}]({_destination(href, el.get('title'))}){after}"

    def convert_img(self, el: Any, text: str, parent_tags: Any) -> str:
        alt = self.escape(" ".join(el.get("alt", "").split()), parent_tags)
        src = el.get("src")
        in_heading = "_inline" in parent_tags and not {"td", "th"} & set(parent_tags)
        return alt if in_heading or not src else f"![{alt}]({_destination(src, el.get('title'))})"

    def convert_li(self, el: Any, text: str, parent_tags: Any) -> str:
        marker = "- "
        if el.parent is not None and el.parent.name == "ol":
            start = el.parent.get("start", "1")
            first = int(start) if start.isdecimal() and len(start) <= 6 else 1
            marker = f"{first + self.items[id(el.parent)]}. "
            self.items[id(el.parent)] += 1
        indentation = " " * len(marker)
        return marker + re.sub(r"\n(?=[^\n])", "\n" + indentation, text.strip()) + "\n"

    def convert_hN(self, n: int, el: Any, text: str, parent_tags: Any) -> str:  # noqa: N802 - the library's name
        closing = _CLOSING.sub(r"\g<1>\\\g<2>", text)
        made: str = super().convert_hN(n, el, closing, parent_tags)  # type: ignore[misc]
        return made

    def convert_pre(self, el: Any, text: str, parent_tags: Any) -> str:
        fence = "`" * max(3, 1 + max((len(run) for run in _BACKTICKS.findall(text)), default=0))
        code = text.strip("\n")
        return f"\n\n{fence}{el.get('data-language', '')}\n{code}\n{fence}\n\n" if code else ""


def _destination(url: str, title: str | None) -> str:
    url = re.sub(r"[\x00-\x20<>\\]", lambda found: quote(found[0]), url)
    if "(" in url or ")" in url:
        url = f"<{url}>"
    if not title:
        return url
    words = " ".join(title.split()).replace("\\", r"\\").replace('"', r"\"")
    return f'{url} "{words}"'
