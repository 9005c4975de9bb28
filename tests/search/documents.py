"""Documents for tests: each says only what it is about; and what the rules say of one, apart from any index."""

from __future__ import annotations

from itertools import count

from search.engine import Document, Engine, Filters

NOW = 1_780_000_000  # unix seconds
DAY = 86_400
_numbers = count(1)

PLAIN = Document(
    id="",
    article="",
    key="",
    kind="wiki",
    language="en",
    slug="",
    title="Untitled",
    summary="",
    body="",
    headings=(),
    tags=(),
    topics=("devices",),
    audience="public",
    visible_from=NOW - DAY,
    visible_until=NOW + DAY,
    changed_at=NOW - DAY,
)


def document(title: str = "Untitled", body: str = "", **values: object) -> Document:
    """A public English document that is visible now, unless said otherwise."""
    number = str(next(_numbers))
    named = {"id": f"r{number}", "article": f"a{number}", "key": f"key-{number}", "slug": f"slug-{number}"}
    fields = {name: getattr(PLAIN, name) for name in Document.__dataclass_fields__}
    return Document(**(fields | named | {"title": title, "body": body} | values))


def seen_by(*audiences: str, languages: tuple[str, ...] = (), **values: object) -> Filters:
    """The filters of a viewer with these audiences (the public where none is named), now."""
    fields: dict[str, object] = {
        "audiences": frozenset(audiences or ("public",)),
        "now": NOW,
        "languages": languages,
    }
    return Filters(**(fields | values))  # type: ignore[arg-type]


def put(engine: Engine, *documents: Document, position: int = 1) -> None:
    """Put documents into an engine."""
    engine.apply(deletes=(), documents=documents, position=position)


def titles(engine: Engine, question: str, filters: Filters | None = None) -> list[str]:
    """The titles that a question finds, best first."""
    return [hit.title for hit in engine.search(question, filters or seen_by(), limit=100).hits]


def is_visible(given: Document, filters: Filters) -> bool:
    """The rules of who sees what, written once more and slowly."""
    topics = set(given.topics)
    return (
        given.audience in filters.audiences
        and given.visible_from <= filters.now < given.visible_until
        and not (filters.hides_stale and given.stale_from <= filters.now)
        and (not filters.languages or given.language in filters.languages)
        and (filters.portal_topics is None or bool(topics & filters.portal_topics))
        and (filters.topic is None or filters.topic in topics)
        and (not filters.kinds or given.kind in filters.kinds)
        and (not filters.tags or bool(filters.tags & set(given.tags)))
    )
