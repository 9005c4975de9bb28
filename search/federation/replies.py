"""What all sources outside share: what they are asked, what they reply, and how their words become an answer. Pure."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from lxml import etree

from kb.errors import N_
from kb.fetching import Unusable
from kb.languages import is_language
from search.analysis import analyzer, lowered
from search.answers import Item
from search.query import parse
from search.snippets import Highlighter

LONGEST_TEXT = 200
"""Characters of a question that are sent: some systems take no more, and nobody's question gains by more."""

LONGEST_TITLE = 300
LONGEST_SNIPPET = 1000
LONGEST_URL = 2000

_FILTER = re.compile(r"(?<![^\s(+-])(?:kind|tag|topic|title|lang|changed):\S", re.IGNORECASE)
_AROUND = ".,;:!?()[]{}\u2026\u201c\u201d\u201e\u00ab\u00bb*"
_BLOCK = re.compile(r"</?(?:p|br|div|li|ul|ol|tr|td|th|h[1-6])\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(r"</?[A-Za-z][^<>]*>|<!--.*?-->")
_SPACES = re.compile(r"\s+")
_UNREADABLE = re.compile(r"[\0-\x08\x0e-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a source outside is told of a question: its words, the reader's language, and how many answers will do."""

    text: str
    language: str
    limit: int


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer of a source outside, as plain text.

    Args:
        language: "" where the source does not say.
    """

    title: str
    url: str
    snippet: str
    language: str = ""


def words_of(question: str, language: str) -> str:
    """What of a question goes out: its telling words, since most systems find only what has every word.

    Nothing goes where it asks for what only this base has, such as `kind:faq`. What is quoted goes as it is.

    >>> words_of("Why is my  phone so slow?", "en"), words_of("slow kind:faq", "en"), words_of('"not so" slow', "en")
    ('phone slow', '', '"not so" slow')
    """
    if _FILTER.search(question):
        return ""
    text = _SPACES.sub(" ", _UNREADABLE.sub(" ", question)).strip()
    if '"' not in text:
        common = analyzer(language).common
        words = [word.strip(_AROUND) for word in text.split(" ")]
        telling = [word for word in words if word and lowered(word) not in common]
        text = " ".join(telling or filter(None, words))
    return text[:LONGEST_TEXT].strip()


def shape(text: str) -> str:
    """The same for questions that differ in capitals only."""
    return text.casefold()


def plain(text: object, longest: int = LONGEST_SNIPPET) -> str:
    """HTML or text of another system as one line of text; "" for what is no text.

    >>> plain("<b>Fast</b>, &amp;<br>cheap: 1 < 2"), plain(None)
    ('Fast, & cheap: 1 < 2', '')
    """
    if not isinstance(text, str):
        return ""
    bare = html.unescape(_TAG.sub("", _BLOCK.sub(" ", text[: 10 * longest])))
    line = _SPACES.sub(" ", _UNREADABLE.sub(" ", bare)).strip()
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def link(base: str, address: object) -> str:
    """Where an answer is read; "" for what no reader should follow.

    >>> link("https://x.example/a/", "b"), link("https://x.example/", "javascript:alert(1)")
    ('https://x.example/a/b', '')
    """
    if not isinstance(address, str) or not address.strip():
        return ""
    try:
        full = urljoin(base, address.strip())
        parts = urlsplit(full)
    except ValueError:
        return ""
    is_fit = parts.scheme in {"http", "https"} and bool(parts.hostname) and "@" not in parts.netloc
    return full if is_fit and len(full) <= LONGEST_URL and not _UNREADABLE.search(full) else ""


def language_of(code: object) -> str:
    """A language code that means something here, by its first part; else "".

    >>> language_of("pt-BR"), language_of("en_US"), language_of("x-klingon")
    ('pt', 'en', '')
    """
    first = re.split("[-_]", code.strip().lower())[0] if isinstance(code, str) and code.strip() else ""
    return first if is_language(first) else ""


def tree_of(body: bytes) -> etree._Element:
    """XML from somebody we do not know: no document types, no entities, nothing fetched.

    Raises:
        Unusable: it is no XML, or has a document type.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Unusable(N_("It answered with XML that cannot be read.")) from error
    if root is None or root.getroottree().docinfo.doctype:
        raise Unusable(N_("Its XML has a document type, which is refused."))
    return root


def items_of(
    replies: Iterable[Reply], question: str, language: str, *, key: str, name: str, now: int
) -> Sequence[Item]:
    """Replies as lines of the list, the question's words marked.

    Args:
        language: the reader's, for replies that do not say theirs.
        now: in unix seconds.
    """
    asked = parse(question, now=now).texts()
    highlighters: dict[str, Highlighter] = {}
    items = []
    for reply in replies:
        said = reply.language or language
        marks = highlighters.setdefault(said, Highlighter(asked, said))
        items.append(
            Item(
                source=key,
                source_name=name,
                kind="page",
                title=marks.whole(reply.title or reply.url),
                snippet=marks.passage(reply.snippet, ""),
                url=reply.url,
                language=reply.language,
            )
        )
    return items
