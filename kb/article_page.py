"""Reading an article: from a visible revision to everything its page shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from sqlalchemy.orm import Session

from kb import content, queries
from kb.external import Reading
from kb.models import Article, Attachment, Revision, Translation
from kb.queries import Card
from kb.structure import Structure, TopicNode
from kb.viewers import Viewer

MOST_RENDERED = 512
TOP_HEADING = 2


@dataclass(frozen=True, slots=True)
class ArticlePage:
    """An article as one viewer sees it at one moment.

    `asked_again_at` is when an outside value in it is due again; `is_stale` whether its source says something else.
    """

    article: Article
    translation: Translation
    revision: Revision
    html: str
    headings: tuple[content.Heading, ...]
    topics: tuple[TopicNode, ...]
    translations: Sequence[Card]
    related: Sequence[Card]
    backlinks: Sequence[Card]
    attachments: Sequence[Attachment]
    asked_again_at: datetime | None
    is_stale: bool

    @property
    def contents(self) -> list[tuple[content.Heading, list[content.Heading]]]:
        """The headings of the second level, each with those of the third below it."""
        found: list[tuple[content.Heading, list[content.Heading]]] = []
        for heading in self.headings:
            if heading.level == TOP_HEADING or not found:
                found.append((heading, []))
            elif heading.level == TOP_HEADING + 1:
                found[-1][1].append(heading)
        return found

    @property
    def breadcrumb(self) -> tuple[TopicNode, ...]:
        """The way from the top of the tree to the article."""
        return self.topics[0].path if self.topics else ()


@dataclass(frozen=True, slots=True)
class Addresses:
    """How a surface addresses things: the page, the API and others each have their own way.

    Args:
        article: card, fragment -> address.
        attachment: attachment -> address.
        moment: a moment as a reader sees it, for the age of an outside value.
        labels: callout kind, or "table" -> its word in the reader's language.
    """

    article: Callable[[Card, str | None], str]
    attachment: Callable[[Attachment], str]
    moment: Callable[[datetime], str]
    labels: Mapping[str, str]


@lru_cache(maxsize=MOST_RENDERED)
def rendered(markdown: str) -> content.Rendered:
    """The rendered Markdown; revisions are immutable, so the text is its own key."""
    return content.render(markdown)


def article_page(
    session: Session,
    viewer: Viewer,
    now: datetime,
    revision: Revision,
    structure: Structure,
    languages: Sequence[str],
    addresses: Addresses,
    outside: Callable[[set[str]], Mapping[str, Reading]],
    *,
    sees_all: bool = False,
) -> ArticlePage:
    """Everything around and in a revision that `visible_to` gave out.

    Args:
        sees_all: files that are not approved yet too, for those who write and review.
        languages: the reader's languages, best first, for links and topics.
        outside: source keys -> what the outside systems said last.
    """
    translation = revision.translation
    article = translation.article
    own_first = (translation.language, *languages)
    made = rendered(content.expand_snippets(revision.body, structure.snippets_in(own_first)))
    around = queries.neighbours(session, viewer, now, article, [*made.links, *article.related], languages)
    topic_ids = queries.topic_ids_of(session, article.id)
    attachments = queries.attachments_of(session, article.id, None if sees_all else now)
    readings = outside({path.partition(".")[0] for path in made.externals}) if made.externals else {}
    return ArticlePage(
        article=article,
        translation=translation,
        revision=revision,
        html=_resolve(made.html, around.by_key, attachments, readings, addresses),
        headings=made.headings,
        topics=tuple(
            structure.topics_by_id[topic_id] for topic_id in topic_ids if topic_id in structure.topics_by_id
        ),
        translations=around.translations,
        related=[around.by_key[key] for key in article.related if key in around.by_key],
        backlinks=around.backlinks,
        attachments=[file for file in attachments if str(file.id) not in made.attachments],
        asked_again_at=min((reading.next_try for reading in readings.values()), default=None),
        is_stale=revision.stale_at is not None and revision.stale_at <= now,
    )


def _resolve(
    html: str,
    by_key: Mapping[str, Card],
    attachments: Sequence[Attachment],
    readings: Mapping[str, Reading],
    addresses: Addresses,
) -> str:
    files = {str(file.id): file for file in attachments}

    def link(key: str, fragment: str | None) -> content.LinkTarget | None:
        card = by_key.get(key)
        return content.LinkTarget(addresses.article(card, fragment), card.title) if card else None

    def attachment(attachment_id: str) -> str | None:
        return addresses.attachment(files[attachment_id]) if attachment_id in files else None

    def external(path: str) -> content.ExternalValue | None:
        source, *names = path.split(".")
        text = readings[source].at(names) if source in readings else None
        if text is None:
            return None
        reading = readings[source]
        return content.ExternalValue(text, addresses.moment(reading.fetched_at), reading.stale)

    return content.resolve(html, link=link, attachment=attachment, external=external, labels=addresses.labels)
