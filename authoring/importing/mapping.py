"""A map applied: a record as its source wrote it becomes an article, or a fault."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from authoring.importing import bodies
from authoring.importing.maps import BODY_FORMATS, ImportMap
from authoring.importing.pictures import Pictures
from authoring.importing.records import (
    AUDIENCE_LIMIT,
    BODY_LIMIT,
    KINDS,
    STATES,
    SUMMARY_LIMIT,
    TITLE_LIMIT,
    ArticleRecord,
    Fault,
    Place,
    TopicRef,
)
from authoring.importing.topic_pages import Outline, TopicPages
from authoring.importing.values import (
    Refused,
    article_key,
    language_tag,
    line_of,
    moment_of,
    pick,
    text_of,
    texts_of,
)
from kb import content

FALLBACKS = {"kind": "wiki", "audience": "agent", "state": "draft"}
"""Where neither the source nor the map says anything: seen by as few people as possible."""


@dataclass(frozen=True)
class Raw:
    """A record as its source wrote it.

    Args:
        fields: by the names of the source.
        known: what the format itself says, by our names, for example the key in a file's name.
        body_format: the format of the body where the file's own format decides it.
        pictures: finds the pictures beside the file.
        sibling: from a relative address to the key of the file that it means, with its "#heading".
    """

    place: Place
    fields: Mapping[str, object]
    known: Mapping[str, object] = field(default_factory=dict)
    body_format: str | None = None
    pictures: Pictures = field(default_factory=Pictures)
    sibling: Callable[[str], str | None] = lambda _address: None


def outline(raw: Raw, rules: ImportMap) -> Outline | None:
    """A record without its body; None when it is spoilt, which its reading as an article will report."""
    try:
        return _Reading(raw, rules, None).outline()
    except Refused:
        return None


def items(
    raw: Raw, rules: ImportMap, *, pages: TopicPages | None, now: datetime, state: str | None = None
) -> Iterator[ArticleRecord | Fault]:
    """The article and notes about it; or the fault that spoils it.

    Args:
        pages: where the pages of this source lie, if its pages define the topics.
        now: aware; the review date of what is due for review without a date.
        state: overrides what the source says.
    """
    reading = _Reading(raw, rules, pages)
    try:
        record = reading.article(now, state)
    except Refused as refusal:
        yield Fault(raw.place, refusal.field, refusal.reason)
    except RecursionError:
        yield Fault(raw.place, "body", "is nested too deeply")
    else:
        yield record
        for name, reason in reading.notes:
            yield Fault(raw.place, name, reason, kept=True)


class _Reading:
    """One record and the rules that it is read by."""

    def __init__(self, raw: Raw, rules: ImportMap, pages: TopicPages | None) -> None:
        self._raw = raw
        self._rules = rules
        self._pages = pages
        self._nowhere: list[str] = []

    @property
    def notes(self) -> list[tuple[str, str]]:
        """What was left out: field and reason."""
        topics = [("topics", f"{key!r} leads to no topic") for key in self._nowhere]
        return topics + [("images", note) for note in self._raw.pictures.notes]

    def outline(self) -> Outline:
        """The page without its body."""
        key = self._key()
        is_topic = self._is_topic_page and key not in self._rules.topics.root
        return Outline(key, self._language(), self._title(), tuple(self._refs()), is_topic, self._raw.place)

    def article(self, now: datetime, state: str | None) -> ArticleRecord:
        page = self.outline()
        body_format = self._choice("format", BODY_FORMATS, self._raw.body_format or self._rules.body_format)
        body = self._body(body_format)
        summary = self._summary(body_format)
        if not body and not summary and not self._is_topic_page:
            raise Refused("body", "is missing, and so is the summary")
        publish_at, expires_at = self._moment("publish_at"), self._moment("expires_at")
        if publish_at and expires_at and expires_at <= publish_at:
            raise Refused("expires_at", "is not after publish_at")
        changed_at = self._moment("changed_at")
        review_by = self._moment("review_by")
        due = self._is_review_due and review_by is None
        return ArticleRecord(
            key=page.key,
            language=page.language,
            title=page.title,
            summary=summary,
            body=body,
            kind=self._choice("kind", KINDS),
            topics=self._topics(page),
            tags=tuple(texts_of(self._many("tags"), "tags", self._rules.source.separator)),
            audience=line_of(self._one("audience"), "audience", AUDIENCE_LIMIT),
            state=state or self._choice("state", STATES),
            publish_at=publish_at,
            expires_at=expires_at,
            review_by=(changed_at or publish_at or now) if due else review_by,
            changed_at=changed_at,
            related=self._related(page.key),
            images=self._raw.pictures.images,
            place=self._raw.place,
            review_now=due and not (changed_at or publish_at),
        )

    def _key(self) -> str:
        text = text_of(self._required("key"), "key")
        key = article_key(text)
        if not key:
            raise Refused("key", f"{text[:40]!r} has no letters or digits")
        return key

    def _title(self) -> str:
        return line_of(self._mended("title", self._required("title")), "title", TITLE_LIMIT)

    def _language(self) -> str:
        text = line_of(self._required("language"), "language", TITLE_LIMIT)
        tag = language_tag(self._ours("language", text))
        if tag is None:
            hint = "translate it in [values.language]"
            raise Refused("language", f"{text[:40]!r} is no language code such as en or hu; {hint}")
        return tag

    def _body(self, body_format: str) -> str:
        value = self._one("body")
        if value is not None and not isinstance(value, str):
            raise Refused("body", "must be a text")
        text = self._mended("body", value).replace("\r\n", "\n").replace("\r", "\n")
        if len(text) > BODY_LIMIT:
            raise Refused("body", f"has {len(text)} characters; at most {BODY_LIMIT} are kept")
        if body_format == "html":
            return bodies.from_html(text, self._link, self._raw.pictures).strip()
        if body_format == "text":
            return bodies.from_text(text)
        return bodies.from_markdown(text, self._link, self._raw.pictures).strip("\n")

    def _summary(self, body_format: str) -> str:
        text = self._mended("summary", self._one("summary"))
        own = self._rules.summary_format or ("markdown" if body_format == "markdown" else "text")
        if own == "html":
            text = content.from_html(text)
        if own != "text":
            text = content.inline_text(text)
        return line_of(text, "summary", SUMMARY_LIMIT)

    def _topics(self, page: Outline) -> tuple[TopicRef, ...]:
        """Where the article is found; a topic page in its own topic, which lies in the first of its parents."""
        refs: Sequence[TopicRef | None] = page.parents[1:] if page.is_topic else page.parents
        if self._pages:
            refs, self._nowhere = self._pages.placed(refs, page.language)
        own = [TopicRef(page.key, page.title)] if page.is_topic else []
        return tuple({ref.key: ref for ref in (*own, *refs) if ref}.values())

    def _refs(self) -> list[TopicRef | None]:
        """The topics that the record names, in order; None is the top level."""
        rules = self._rules.topics
        names = texts_of(self._many("topics"), "topics", self._rules.source.separator)
        cut = [name.partition(rules.cut_at)[0].strip() if rules.cut_at else name for name in names]
        return [None if name in rules.root else self._ref(self._ours("topics", name)) for name in cut if name]

    def _ref(self, name: str) -> TopicRef:
        ref: TopicRef | None = None
        levels = name.split(self._rules.topics.path) if self._rules.topics.path else [name]
        for level in filter(None, (level.strip() for level in levels)):
            key = article_key(f"{ref.key}-{level}" if ref else level)
            ref = TopicRef(key, level, ref)
        if ref is None or not ref.key:
            raise Refused("topics", f"{name[:40]!r} has no letters or digits")
        return ref

    def _related(self, key: str) -> tuple[str, ...]:
        names = texts_of(self._many("related"), "related", self._rules.source.separator)
        links = (self._link(name) or article_key(name.partition("#")[0]) for name in names)
        keys = dict.fromkeys(link.partition("#")[0] for link in links)
        return tuple(other for other in keys if other not in {"", key})

    def _link(self, address: str) -> str | None:
        """The article that an address means: ours already, by the map's pattern, or a file nearby."""
        pattern = self._rules.link_pattern
        if address.startswith("kb:"):
            key, mark, heading = address.removeprefix("kb:").partition("#")
            return f"{article_key(key)}{mark}{heading}"
        if pattern and (match := pattern.search(address)) and match["key"]:
            _, mark, heading = address.partition("#")
            return f"{article_key(match['key'])}{mark}{heading}"
        return self._raw.sibling(address)

    def _mended(self, name: str, value: object) -> str:
        text = text_of(value, name)
        for replacement in self._rules.replacements:
            if name in replacement.fields:
                text = replacement.pattern.sub(replacement.text, text)
        return text

    @property
    def _is_topic_page(self) -> bool:
        rules = self._rules.topics
        return bool(rules.page_field) and pick(self._raw.fields, rules.page_field or "") == rules.page_equals

    @property
    def _is_review_due(self) -> bool:
        return line_of(self._one("state"), "state", TITLE_LIMIT).casefold() in self._rules.review_due

    def _moment(self, name: str) -> datetime | None:
        return moment_of(self._one(name), name, self._rules.date_formats, self._rules.zone)

    def _choice(self, name: str, choices: Sequence[str], fallback: str = "") -> str:
        text = line_of(self._one(name, fallback), name, TITLE_LIMIT)
        ours = self._ours(name, text)
        if ours.casefold() not in choices:
            hint = f"translate it in [values.{name}]"
            raise Refused(name, f"{text[:40]!r} is none of {', '.join(choices)}; {hint}")
        return ours.casefold()

    def _ours(self, name: str, theirs: str) -> str:
        return self._rules.values.get(name, {}).get(theirs.casefold(), theirs)

    def _required(self, name: str) -> object:
        value = self._one(name)
        if value is None or (isinstance(value, str) and not value.strip()):
            named = " or ".join(self._rules.fields.get(name, (name,)))
            raise Refused(name, f"is missing (looked for {named})")
        return value

    def _one(self, name: str, fallback: str = "") -> object:
        """The first value that says something: the record's, the format's, the map's default; else None."""
        for path in self._rules.fields.get(name, ()):
            value = pick(self._raw.fields, path)
            if value is not None and value != "":
                return value
        default = (*self._rules.defaults.get(name, ()), fallback or FALLBACKS.get(name))[0]
        return self._raw.known.get(name) or default

    def _many(self, name: str) -> Sequence[object]:
        """All values of all fields of a name; the map's defaults where there are none."""
        values = [pick(self._raw.fields, path) for path in self._rules.fields.get(name, ())]
        found = [value for value in (*values, self._raw.known.get(name)) if value]
        return found or [list(self._rules.defaults.get(name, ()))]
