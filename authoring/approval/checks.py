"""What a machine can see in a revision before people approve it: links, files, translations, reading ease."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session, contains_eager

from authoring.approval import readability
from authoring.languages import facts
from authoring.languages.passages import split
from authoring.lifetimes.kinds import rule_of
from kb import content
from kb.concerns import shows
from kb.models import Article, Attachment, Revision, State, Translation

_UNREAD = frozenset({"code", "html", "row"})
_KEPT = frozenset({"heading", "row"})  # of a template, where it is followed
_SNIPPET = re.compile(r"\{\{snippet:[ ]?([\w.-]{1,100})[ ]?\}\}")
_IMAGE = re.compile(r"<img\b[^>]*>")
_DESCRIPTION = re.compile(r'\balt="[^"]*[^"\s][^"]*"')


class Item(NamedTuple):
    """One of the things that a finding is about: what it is called, and the article it leads to, if any."""

    words: str
    article_id: int | None = None
    language: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a reviewer should know.

    Args:
        key: what it is; its words are chosen when it is shown.
        tone: bad (readers will run into it), warn, or info.
        items: what exactly.
        number: how many, where that is all there is to say.
    """

    key: str
    tone: str
    items: tuple[Item, ...] = ()
    number: int = 0


@dataclass(frozen=True, slots=True)
class Checked:
    """All that was found in a revision, the worst first, and how hard it is to read."""

    findings: tuple[Finding, ...]
    reading: readability.Reading


TONES = ("bad", "warn", "info")


def check(
    session: Session,
    revision: Revision,
    *,
    now: datetime,
    languages: Sequence[str],
    snippets: Mapping[str, str],
) -> Checked:
    """Look at a revision as it would show.

    Args:
        languages: those that the portals show.
        snippets: key -> text of the passages that articles share.
    """
    whole = content.render(content.expand_snippets(revision.body, snippets))
    findings = [
        *_summary(revision),
        *_template(session, revision),
        *_references(session, revision, whole.links, now),
        *_files(session, revision, whole.attachments),
        *_pictures(whole.html),
        *_snippets(revision.body, snippets),
        *_translations(session, revision, languages, now),
    ]
    order = {tone: place for place, tone in enumerate(TONES)}
    found = sorted(findings, key=lambda one: order[one.tone])
    return Checked(tuple(found), readability.reading(_words(revision.body), revision.translation.language))


def _words(body: str) -> Iterable[str]:
    """The passages of a text without their signs; code and tables are not read aloud."""
    for passage in split(body):
        if passage.kind not in _UNREAD:
            yield "".join(piece.text for piece in passage.pieces if piece.sort == "text")


def _summary(revision: Revision) -> Iterable[Finding]:
    if not revision.summary.strip():
        yield Finding("summary_missing", "warn")


def _template(session: Session, revision: Revision) -> Iterable[Finding]:
    """What the template of its kind said, and nobody has put anything in its place."""
    article, language = revision.translation.article, revision.translation.language
    template = rule_of(session, article.kind).templates.get(language, "")
    lines = {passage.text for passage in split(template) if passage.kind not in _KEPT}
    left = [passage.text for passage in split(revision.body) if passage.text in lines]
    if left:
        yield Finding("template_left", "warn", tuple(map(Item, left)))


def _references(
    session: Session, revision: Revision, links: Sequence[str], now: datetime
) -> Iterable[Finding]:
    """Where the links of the text lead, and those to be read next."""
    article = revision.translation.article
    keys = sorted({*links, *article.related} - {article.key})
    known = {one.key: one for one in session.scalars(select(Article).where(Article.key.in_(keys)))}
    ends = _ends(session, keys, now)
    if missing := [Item(key) for key in keys if key not in known]:
        yield Finding("links_broken", "bad", tuple(missing))
    silent = [Item(key, known[key].id) for key in keys if key in known and key not in ends]
    expired = set(_once_shown(session, [item.words for item in silent]))
    if gone := [item for item in silent if item.words in expired]:
        yield Finding("links_expired", "bad", tuple(gone))
    if waiting := [item for item in silent if item.words not in expired]:
        yield Finding("links_unpublished", "warn", tuple(waiting))
    until = revision.expires_at
    sooner = [
        Item(key, known[key].id)
        for key, end in sorted(ends.items())
        if end is not None and (until is None or end < until)
    ]
    if sooner:
        yield Finding("links_expiring", "info", tuple(sooner))


def _ends(session: Session, keys: Sequence[str], now: datetime) -> dict[str, datetime | None]:
    """Key -> when the last translation of what shows now expires, None for never; only articles that show."""
    query = (
        select(Article.key, func.count() - func.count(Revision.expires_at), func.max(Revision.expires_at))
        .select_from(Revision)
        .join(Revision.translation)
        .join(Translation.article)
        .where(Article.key.in_(keys), shows(now))
        .group_by(Article.key)
    )
    return {key: None if lasting else end for key, lasting, end in session.execute(query)}


def _once_shown(session: Session, keys: Sequence[str]) -> Iterable[str]:
    query = (
        select(Article.key)
        .join(Article.translations)
        .join(Translation.revisions)
        .where(Article.key.in_(keys), Revision.state.in_([State.PUBLISHED, State.WITHDRAWN]))
    )
    return session.scalars(query.distinct())


def _files(session: Session, revision: Revision, ids: Sequence[str]) -> Iterable[Finding]:
    """Files that the text names and that the article does not have."""
    query = select(Attachment.id).where(Attachment.article_id == revision.translation.article_id)
    held = {str(one) for one in session.scalars(query)} if ids else set()
    if missing := [Item(one) for one in ids if one not in held]:
        yield Finding("files_missing", "bad", tuple(missing))


def _pictures(html: str) -> Iterable[Finding]:
    without = [tag for tag in _IMAGE.findall(html) if not _DESCRIPTION.search(tag)]
    if without:
        yield Finding("images_undescribed", "warn", number=len(without))


def _snippets(body: str, snippets: Mapping[str, str]) -> Iterable[Finding]:
    missing = sorted({key for key in _SNIPPET.findall(body) if not snippets.get(key)})
    if missing:
        yield Finding("snippets_missing", "bad", tuple(map(Item, missing)))


def _translations(
    session: Session, revision: Revision, languages: Sequence[str], now: datetime
) -> Iterable[Finding]:
    """What becomes of the other languages when this text shows."""
    translation = revision.translation
    article = translation.article
    if translation.language != article.source_language:
        yield from _behind(session, revision, now)
        return
    query = (
        select(Revision)
        .join(Revision.translation)
        .where(Translation.article_id == article.id, Translation.id != translation.id, shows(now))
        .options(contains_eager(Revision.translation))
        .order_by(Translation.language)
    )
    others = session.scalars(query).all()
    shown = {one.translation.language for one in others} | {translation.language}
    if missing := [Item(code, article.id, code) for code in languages if code not in shown]:
        yield Finding("translations_missing", "info", tuple(missing))
    current = [one for one in others if one.stale_at is None or one.stale_at > now]
    if current and not facts.same_facts(session, revision, at=now):
        stale = [Item(one.translation.language, article.id, one.translation.language) for one in current]
        yield Finding("translations_stale", "warn", tuple(stale))


def _behind(session: Session, revision: Revision, now: datetime) -> Iterable[Finding]:
    """Whether the source says something else by now than this translation was made from."""
    article = revision.translation.article
    query = (
        select(Revision)
        .join(Revision.translation)
        .where(
            Translation.article_id == article.id, Translation.language == article.source_language, shows(now)
        )
        .order_by(Revision.number.desc())
    )
    source = session.scalars(query.limit(1)).first()
    made_from = session.get(Revision, revision.made_from_id) if revision.made_from_id else None
    if source is None or made_from is None or source.number <= made_from.number:
        return
    differing = facts.traced(session, made_from, source).differing
    if differing:
        item = Item(article.source_language, article.id, article.source_language)
        yield Finding("source_moved", "warn", (item,), number=differing)


def shown_before(session: Session, revision: Revision, now: datetime) -> Revision | None:
    """What readers have had last of the same translation before this revision."""
    query = select(Revision).where(
        Revision.translation_id == revision.translation_id,
        Revision.number < revision.number,
        Revision.state == State.PUBLISHED,
        Revision.publish_at <= now,
    )
    return session.scalars(query.order_by(Revision.number.desc()).limit(1)).first()
