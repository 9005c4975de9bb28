"""Reading clean HTML once: giving it the house's form, and noting its headings, references and words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape, unescape
from urllib.parse import unquote

from slugify import slugify

from kb.content.markdown import EXTERNAL_PATH
from kb.content.markup import BLOCKS, CELLS, Tag, start_tag, walk

ANCHOR_PREFIX = "at-"  # of ids in articles, and of no id of our pages: no author can take one of those

_HEADING = re.compile(r"h[1-6]")
_URL_NOISE = re.compile(r"[\t\n\r]|^[\x00-\x20]+|[\x00-\x20]+$")
_REFERENCE = re.compile(r"(?i:(kb|attachment)):(\w[\w.~-]*(?:/\w[\w.~-]*)*)(?:#(.*))?", re.DOTALL)
_OUTSIDE = re.compile(r"https?:", re.IGNORECASE)
_CONTACT = re.compile(r"(?:mailto|tel):", re.IGNORECASE)
_EXTERNAL = re.compile(rf"ext:({EXTERNAL_PATH})")
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading as it stands in the HTML: its level (2 to 6), its id without ``#``, its words."""

    level: int
    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """An article's body, safe to show; ``resolve`` fills in what depends on the viewer.

    links: keys of the articles it links to; attachments: ids; externals: paths of live values; each once, in
    order of appearance. text: its words, one block a line, for the index and for summaries.
    """

    html: str
    headings: tuple[Heading, ...]
    links: tuple[str, ...]
    attachments: tuple[str, ...]
    externals: tuple[str, ...]
    text: str


def read(html: str) -> Rendered:
    """Sanitised HTML in the form our pages show.

    Headings start at h2, skip no level and have ids; links lead to the web, to articles, attachments and
    headings; images are our own (others become links); tables scroll by themselves and have a name.
    """
    return _Reader(list(walk(html))).rendered()


def anchor(name: str) -> str:
    """The id of a heading called so, or of a link's fragment: what an author writes behind ``#`` leads there.

    >>> anchor("Fizetési határidők"), anchor("fizetési-határidők"), anchor("at-fizetési-határidők")
    ('at-fizetési-határidők', 'at-fizetési-határidők', 'at-fizetési-határidők')
    """
    plain = name[:300].removeprefix(ANCHOR_PREFIX)
    slug = slugify(plain, allow_unicode=True, max_length=80, word_boundary=True)
    return ANCHOR_PREFIX + (slug or "section")


class _Ids:
    """The ids of one page, so that each is given once and an author's choice goes before an automatic one."""

    def __init__(self, chosen: Iterable[str]) -> None:
        self.chosen = frozenset(chosen)
        self.given: set[str] = set()
        self.numbers: Counter[str] = Counter()

    def unique(self, wanted: str, *, is_chosen: bool) -> str:
        candidate = wanted
        while candidate in self.given or (candidate in self.chosen and not is_chosen):
            self.numbers[wanted] += 1
            candidate = f"{wanted}-{self.numbers[wanted] + 1}"
        self.given.add(candidate)
        return candidate


@dataclass(slots=True)
class _OpenHeading:
    level: int
    attributes: dict[str, str]
    html_start: int  # index in the reader's `html`, where the start tag goes
    words_start: int


class _Reader:
    def __init__(self, pieces: list[str | Tag]) -> None:
        self.pieces = pieces
        headings = [tag for tag in pieces if isinstance(tag, Tag) and _HEADING.fullmatch(tag.name)]
        self.ids = _Ids(anchor(tag.attributes["id"]) for tag in headings if ' id="' in tag.source)
        self.html: list[str] = []
        self.words: list[str] = []
        self.headings: list[Heading] = []
        self.links: dict[str, None] = {}
        self.attachments: dict[str, None] = {}
        self.externals: dict[str, None] = {}
        self.outline: list[int] = []  # the author's levels of the headings we are under, outermost first
        self.open_headings: list[_OpenHeading] = []
        self.link_ends: list[str] = []
        self.tables: Counter[str] = Counter()
        self.muted_by = ""  # the tag whose text is a sign and no words (a footnote's number)
        self.verbatim = 0  # depth of <pre>

    def rendered(self) -> Rendered:
        for piece in self.pieces:
            if isinstance(piece, str):
                self._text(piece)
            elif piece.closing:
                self._end(piece)
            else:
                self._start(piece)
        return Rendered(
            html="".join(self.html),
            headings=tuple(self.headings),
            links=tuple(self.links),
            attachments=tuple(self.attachments),
            externals=tuple(self.externals),
            text=_tidy("".join(self.words)),
        )

    def _text(self, piece: str) -> None:
        self.html.append(piece)
        if not self.muted_by:
            text = unescape(piece)
            self.words.append(text if self.verbatim else _SPACE.sub(" ", text))

    def _start(self, tag: Tag) -> None:
        self._space_words(tag.name)
        match tag.name:
            case "a":
                self._start_link(tag)
            case "img":
                self._image(tag)
            case "data":
                self._external(tag)
            case "table":
                self._start_table(tag)
            case "h1" | "h2" | "h3" | "h4" | "h5" | "h6":
                self._start_heading(tag)
            case _:
                self.verbatim += tag.name == "pre"
                if 'class="footnote-ref"' in tag.source:
                    self.muted_by = tag.name
                self.html.append(self._with_own_id(tag))

    def _end(self, tag: Tag) -> None:
        self._space_words(tag.name)
        if tag.name == self.muted_by:
            self.muted_by = ""
        match tag.name:
            case "a":
                self.html.append(self.link_ends.pop() if self.link_ends else "")
            case "data":
                pass  # written with its start tag
            case "table":
                self.html.append("</table></div>")
            case "h1" | "h2" | "h3" | "h4" | "h5" | "h6" if self.open_headings:
                self._end_heading()
            case _:
                self.verbatim -= tag.name == "pre"
                self.html.append(tag.source)

    def _space_words(self, name: str) -> None:
        if name in BLOCKS:
            self.words.append("\n")
        elif name in CELLS:
            self.words.append(" ")

    def _with_own_id(self, tag: Tag) -> str:
        source = tag.source.replace(' class=""', "")  # what is left of a class that is not ours
        return start_tag(tag.name, self._own_id(tag.attributes)) if ' id="' in source else source

    def _own_id(self, attributes: dict[str, str]) -> dict[str, str]:
        """The attributes with an id from the articles' own range, or without one if it is given already."""
        if not attributes.get("class", "ours"):
            del attributes["class"]
        if "id" in attributes:
            wanted = anchor(attributes.pop("id"))
            if wanted not in self.ids.given and wanted not in self.ids.chosen:
                self.ids.given.add(wanted)
                attributes["id"] = wanted
        return attributes

    def _start_heading(self, tag: Tag) -> None:
        """A heading goes one level below the one it stands under: screen readers read skipped levels as gaps."""
        written = int(tag.name[1])
        while self.outline and self.outline[-1] >= written:
            self.outline.pop()
        self.outline.append(written)
        level = min(1 + len(self.outline), 6)
        self.open_headings.append(_OpenHeading(level, tag.attributes, len(self.html), len(self.words)))
        self.html.append("")

    def _end_heading(self) -> None:
        heading = self.open_headings.pop()
        text = " ".join("".join(self.words[heading.words_start :]).split())
        chosen = heading.attributes.get("id")
        heading.attributes["id"] = self.ids.unique(anchor(chosen or text), is_chosen=chosen is not None)
        self.html[heading.html_start] = start_tag(f"h{heading.level}", heading.attributes)
        self.html.append(f"</h{heading.level}>")
        if text:
            self.headings.append(Heading(heading.level, heading.attributes["id"], text))

    def _start_table(self, tag: Tag) -> None:
        """A table in a region that scrolls sideways, named after the heading it stands under."""
        name = self.headings[-1].text if self.headings else ""
        self.tables[name] += 1
        if name and self.tables[name] > 1:
            name = f"{name} {self.tables[name]}"
        region = {"class": "table-scroll", "tabindex": "0", "role": "region", "aria-label": name}
        self.html += (start_tag("div", region), tag.source)

    def _external(self, tag: Tag) -> None:
        if match := _EXTERNAL.fullmatch(tag.attributes.get("value", "")):
            self.externals[match[1]] = None
            self.html.append(start_tag("data", {"value": match[0]}) + "</data>")

    def _start_link(self, tag: Tag) -> None:
        attributes = self._own_id(tag.attributes)
        target = self._target(attributes.pop("href", ""))
        if target:
            if attributes.get("class") == "footnote-backref":
                self.muted_by = "a"
            self.html.append(start_tag("a", target | attributes))
            self.link_ends.append("</a>")
        else:
            self.html.append(start_tag("span", attributes))
            self.link_ends.append("</span>")

    def _target(self, url: str) -> dict[str, str]:
        """The attributes of a link that leads to a URL; none where it leads nowhere we know."""
        url = _URL_NOISE.sub("", url)
        if url.startswith("#"):
            return {"href": "#" + anchor(unquote(url[1:]))}
        if _OUTSIDE.match(url):
            return {"href": url, "rel": "noopener noreferrer"}
        if _CONTACT.match(url):
            return {"href": url}
        if match := _REFERENCE.fullmatch(unquote(url)):
            scheme, name, fragment = match.groups()
            if scheme.lower() == "attachment":
                self.attachments[name] = None
                return {"href": f"attachment:{name}"}
            self.links[name] = None
            return {"href": f"kb:{name}#{anchor(fragment)}" if fragment else f"kb:{name}"}
        return {}

    def _image(self, tag: Tag) -> None:
        attributes = {"alt": "", **tag.attributes}
        url = _URL_NOISE.sub("", attributes.pop("src", ""))
        self.words.append(f" {attributes['alt']} ")
        match = _REFERENCE.fullmatch(unquote(url))
        if match and match[1].lower() == "attachment":
            self.attachments[match[2]] = None
            self.html.append(start_tag("img", {"src": f"attachment:{match[2]}"} | attributes))
        elif _is_own_file(url):
            self.html.append(start_tag("img", {"src": url} | attributes))
        elif _OUTSIDE.match(url) and not self.link_ends:
            self.html.append(start_tag("a", self._target(url)) + escape(attributes["alt"] or url) + "</a>")
        else:
            self.html.append(escape(attributes["alt"]))


def _is_own_file(url: str) -> bool:
    """Whether an image comes from /files/ and from nowhere else, however a browser reads its path."""
    path = unquote(url)
    return path.startswith("/files/") and "\\" not in path and not {".", "..", ""} & set(path[1:].split("/"))


def _tidy(words: str) -> str:
    lines = (" ".join(line.split()) for line in words.split("\n"))
    return "\n".join(line for line in lines if line)
