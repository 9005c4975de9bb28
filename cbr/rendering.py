"""Solutions and steps as this viewer reads them: Markdown with its links, files and outside values in place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from cbr.guided import queries
from kb import content, context, external
from kb.article_page import rendered
from kb.context import now, services, session, structure, viewer
from kb.queries import Card
from kb.templating import attachment_url, content_names, moment


@dataclass(frozen=True)
class Rendering:
    """Markdown as this viewer sees it.

    Args:
        resolved: text -> HTML.
        cards: key -> the article, of all those that the texts link to or that were asked for.
    """

    resolved: Mapping[str, Markup]
    cards: Mapping[str, Card]

    def of(self, text: str) -> Markup:
        """One of the texts."""
        return self.resolved[text]


def rendering(
    texts: Iterable[str], keys: Iterable[str], languages: Sequence[str], address: Callable[[Card], str]
) -> Rendering:
    """Several texts, with their links resolved together.

    Args:
        keys: of articles whose cards are wanted beside those that the texts link to.
        languages: best first.
        address: of an article; "" where this viewer has no page of it.
    """
    snippets = structure().snippets_in(languages)
    made = {text: rendered(content.expand_snippets(text, snippets)) for text in texts}
    links = {key for one in made.values() for key in one.links} | set(keys)
    cards = queries.cards_of(session(), viewer(), now(), links, languages)
    wanted = {number for one in made.values() for number in one.attachments}
    files = {str(file.id): file for file in queries.files(session(), viewer(), now(), wanted)}
    sources = {path.partition(".")[0] for one in made.values() for path in one.externals}
    readings = _outside(sources)

    def link(key: str, fragment: str | None) -> content.LinkTarget | None:
        card = cards.get(key)
        place = f"#{fragment}" if fragment else ""
        return content.LinkTarget(address(card) + place, card.title) if card else None

    def value(path: str) -> content.ExternalValue | None:
        source, *names = path.split(".")
        text = readings[source].at(names) if source in readings else None
        if text is None:
            return None
        reading = readings[source]
        return content.ExternalValue(text, moment(reading.fetched_at), reading.stale)

    resolved = {
        text: Markup(  # noqa: S704 - it passed the sanitiser
            content.resolve(
                one.html,
                link=link,
                attachment=lambda number: attachment_url(files[number]) if number in files else None,
                external=value,
                labels=content_names(),
            )
        )
        for text, one in made.items()
    }
    return Rendering(resolved, cards)


def _outside(sources: set[str]) -> Mapping[str, external.Reading]:
    """What outside systems said; a request that holds the database does not wait for them."""
    if not sources or context.may_write():
        return {}
    return external.readings(services().database, services().config, sources, now())
