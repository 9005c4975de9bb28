"""Beginning an article: its key, its place, and the first draft that its kind prepares."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import chain, count

from slugify import slugify
from sqlalchemy import select
from sqlalchemy.orm import Session

from authoring.lifetimes.kinds import Rule, rule_of
from kb import articles
from kb.articles import Text
from kb.models import Article, Revision
from kb.validity import Validity
from kb.viewers import Viewer

LONGEST_BASE = 80  # characters of a key that come from the title; a number may follow


def begin(
    session: Session,
    *,
    title: str,
    kind: str,
    language: str,
    audience: str,
    topics: Sequence[str],
    by: Viewer,
    now: datetime,
    since: datetime | None = None,
    note: str = "",
    body: str | None = None,
) -> Revision:
    """A new article with its first draft: the template of its kind, and the lifetimes that it asks for.

    Args:
        language: of the source.
        topics: keys, the first its breadcrumb.
        since: when the lifetimes begin; now where it is not given.
        note: what the first draft says of itself in the history.
        body: what it says instead of the template.

    Raises:
        Invalid: a property cannot be used.
        NotAllowed: this person may not write, or not there.
    """
    article = articles.create(
        session,
        key=free_key(session, title, kind),
        kind=kind,
        source_language=language,
        audience=audience,
        by=by,
        now=now,
    )
    articles.place(session, article, articles.topics_by_key(session, topics), by=by)
    rule, since = rule_of(session, kind), since or now
    validity = Validity(now, rule.expires_at(since), review_by=rule.review_by(since))
    text = Text(title, template(rule, language) if body is None else body, change_note=note)
    return articles.revise(session, article, language, text, validity=validity, by=by, now=now)


def template(rule: Rule, language: str) -> str:
    """What a new text of a kind begins with; nothing where the kind has no template in the language."""
    return rule.templates.get(language) or rule.templates.get(language.split("-", maxsplit=1)[0], "")


def free_key(session: Session, title: str, kind: str) -> str:
    """A key made of a title that no article has; of its kind where the title holds no letters or digits."""
    base = slugify(title, max_length=LONGEST_BASE, word_boundary=True) or kind
    taken = set(session.scalars(select(Article.key).where(Article.key.startswith(base, autoescape=True))))
    numbered = (f"{base}-{number}" for number in count(2))
    return next(key for key in chain([base], numbered) if key not in taken)
