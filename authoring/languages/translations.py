"""Translations: the source beside the editing form, passage by passage; what fell behind, and whom that concerns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import String, cast, select
from sqlalchemy.orm import Session, selectinload

from authoring.approval.turns import take_turn
from authoring.languages import facts
from authoring.languages.passages import Passage
from authoring.languages.tracing import Fate, Traced, passages_of
from authoring.telling import notices
from kb import articles, auth, structure
from kb.articles import Text
from kb.errors import N_, Conflict, NotFound
from kb.models import Article, Person, Revision, Role, State, Translation
from kb.permissions import TRANSLATE_ARTICLES, require
from kb.staleness import facts_of
from kb.standing import WAITING, state_of
from kb.validity import Validity
from kb.viewers import Viewer

LONGEST_NUMBER = 10  # digits: more is no row


@dataclass(frozen=True, slots=True)
class Side:
    """A text beside the form of a translation.

    Args:
        edited: the language of the form.
        language: of the text that is shown.
        shown: the revision that is shown.
        passages: what it says; where the translation was made from an older one, with what each passage was then.
        removed: what the translation may still say and the text does not say any more.
        is_behind: whether the translation that is edited says something else than its source.
        is_source: whether the text is the source, and not another translation of it.
        is_confirmable: whether the translation shows, is stale and has no newer work on it: see `still_right`.
        made_from_id: the source revision that a translation of this text says the same as; None where nobody knows.
        held_from_id: the source revision that the newest text in the form's language was made from.
        chosen: what the person who translates said of their text already: the value of `made_from_id` in the form.
        others: languages of the article that can be shown instead.
    """

    edited: str
    language: str
    shown: Revision
    passages: tuple[Traced, ...]
    removed: tuple[Passage, ...]
    is_behind: bool
    is_source: bool
    is_confirmable: bool
    made_from_id: int | None
    held_from_id: int | None
    chosen: str
    others: tuple[str, ...]

    @property
    def differing(self) -> int:
        """How many passages the translator has to look at."""
        return len(self.removed) + sum(one.fate != Fate.CURRENT for one in self.passages)


def source_side(
    session: Session,
    article: Article,
    language: str,
    from_language: str | None,
    now: datetime,
    *,
    chosen: str | None = None,
) -> Side | None:
    """What stands beside the form of a translation: the source, or the language that is asked for.

    Args:
        language: that is edited.
        from_language: to translate from; None or one that is not written for the source.
        chosen: what the form said already, when it is shown again.

    Returns:
        None for the source itself when no other language is asked for, and while there is nothing to show.
    """
    written = {one.language: one for one in _written(session, article)}
    beside = from_language if from_language in written else article.source_language
    if beside == language or beside not in written:
        return None
    held = held_in(session, article, language)
    held_from = session.get(Revision, held.made_from_id) if held and held.made_from_id else None
    shown = _to_read(session, written[beside], now)
    if shown is None:
        return None
    is_source = beside == article.source_language
    if is_source and held_from is not None and held_from.number > shown.number:
        shown = held_from  # the translator is ahead of what shows
    source = shown if is_source else _to_read(session, written[article.source_language], now)
    traced = _traced(session, held_from if is_source else None, shown)
    return Side(
        edited=language,
        language=beside,
        shown=shown,
        passages=traced[0],
        removed=traced[1],
        is_behind=is_behind(held_from, source),
        is_source=is_source,
        is_confirmable=held is not None and _is_stale(held, now),
        made_from_id=shown.id if is_source else shown.made_from_id,
        held_from_id=held_from.id if held_from else None,
        chosen=chosen or "",
        others=tuple(sorted(code for code in written if code not in {language, beside})),
    )


def _traced(
    session: Session, held_from: Revision | None, shown: Revision
) -> tuple[tuple[Traced, ...], tuple[Passage, ...]]:
    if held_from is None or held_from.id == shown.id:
        plain = passages_of(shown.title, shown.summary, shown.body)
        return tuple(Traced(one, one, Fate.CURRENT) for one in plain), ()
    found = facts.traced(session, held_from, shown)
    return found.passages, found.removed


def is_behind(held_from: Revision | None, source: Revision | None) -> bool:
    """Whether a source says something else than its revision that a translation was made from; None: there is none."""
    return (
        held_from is not None
        and source is not None
        and source.number > held_from.number
        and facts_of(source) != facts_of(held_from)
    )


def _is_stale(held: Revision, now: datetime) -> bool:
    """Whether it shows and says something else than its source."""
    return state_of(held, now) == "published" and held.stale_at is not None and held.stale_at <= now


def _written(session: Session, article: Article) -> Sequence[Translation]:
    return session.scalars(select(Translation).where(Translation.article_id == article.id)).all()


def _to_read(session: Session, translation: Translation, now: datetime) -> Revision | None:
    """What shows of a text; else what will show, else the newest that may show one day, else the newest."""
    query = select(Revision).where(Revision.translation_id == translation.id).order_by(Revision.number.desc())
    found = session.scalars(query).all()
    order = ("published", "scheduled", *reversed(WAITING))
    ranks = {
        one.id: order.index(state) if (state := state_of(one, now)) in order else len(order) for one in found
    }
    return min(found, key=lambda one: ranks[one.id], default=None)


def held_in(session: Session, article: Article, language: str) -> Revision | None:
    """The newest revision of an article in a language, whatever its state."""
    query = select(Revision).join(Revision.translation)
    own = query.where(Translation.article_id == article.id, Translation.language == language)
    return session.scalars(own.order_by(Revision.number.desc()).limit(1)).first()


def shown_source(session: Session, article: Article, now: datetime) -> Revision | None:
    """What shows of an article's source; None while nothing does."""
    written = {one.language: one for one in _written(session, article)}
    source = written.get(article.source_language)
    found = _to_read(session, source, now) if source else None
    return found if found is not None and state_of(found, now) == "published" else None


def made_from(session: Session, article: Article, language: str, value: object) -> Revision | None:
    """The source revision that a form names, if a translation of this article can be made from it.

    Where the form says nothing that can be used, the translation says what it said before.

    Returns:
        None for the source itself, and for a translation that was made from nothing.
    """
    if language == article.source_language:
        return None
    number = str(value)
    known = number.isascii() and number.isdigit() and len(number) < LONGEST_NUMBER
    named = session.get(Revision, int(number)) if known else None
    if named is not None and _is_source(named, article):
        return named
    held = held_in(session, article, language)
    before = session.get(Revision, held.made_from_id) if held and held.made_from_id else None
    return before if before is not None and _is_source(before, article) else None


def _is_source(revision: Revision, article: Article) -> bool:
    translation = revision.translation
    return translation.article_id == article.id and translation.language == article.source_language


def still_right(
    session: Session, article: Article, language: str, *, note: str, by: Viewer, now: datetime
) -> Revision:
    """Somebody read the changed source, and the translation that shows needs no other word: a draft that says so.

    It has the same text, is made from the source that shows, and goes through review like any other.

    Args:
        note: the change note of the draft.

    Raises:
        NotFound: nothing shows in this language.
        Conflict: it is in step already, or there is newer work on it.
    """
    take_turn(session)
    require(by, TRANSLATE_ARTICLES, articles.ground_of(article, language))
    session.expire_all()
    written = {one.language: one for one in _written(session, article)}
    translation, source = written.get(language), written.get(article.source_language)
    held = _to_read(session, translation, now) if translation else None
    newest = _to_read(session, source, now) if source else None
    if translation is None or held is None or newest is None or state_of(held, now) != "published":
        raise NotFound(N_("Nothing of it shows in this language."))
    last = held_in(session, article, language)
    if last is not None and last.id != held.id and last.state in WAITING:
        raise Conflict(N_("There is newer work on this translation: go on with that."))
    if held.stale_at is None or held.stale_at > now:
        raise Conflict(N_("It says what its source says already."))
    return articles.revise(
        session,
        article,
        language,
        Text(held.title, held.body, held.summary, tuple(held.tags), note),
        validity=Validity(now, held.expires_at, review_by=held.review_by),
        by=by,
        now=now,
        base=last,
        made_from=newest,
    )


def tell_stale(session: Session, revision: Revision, now: datetime) -> None:
    """Tell whom it concerns which translations fall behind with a source revision that was just published.

    It does nothing for a translation, and for a source revision that kept the facts of what showed before it.
    """
    translation = revision.translation
    article = translation.article
    if translation.language != article.source_language:
        return
    behind = _falling_behind(session, article, revision)
    if not behind:
        return
    people = _translators(session)
    for one in behind:
        language = one.translation.language
        ground = articles.ground_of(article, language)
        concerned = {person.person_id for person in people if person.may([Role.TRANSLATOR], ground)}
        notices.tell(
            session,
            {person_id for person_id in concerned | {article.owner_id} if person_id},
            "stale",
            about=f"stale {one.translation_id} {revision.id}",
            path=f"/authoring/articles/{article.id}/{language}",
            now=now,
            title=one.title,
            language=language,
            publish_at=(one.stale_at or now).isoformat(),
        )


def _falling_behind(session: Session, article: Article, revision: Revision) -> Sequence[Revision]:
    """The translations that go stale at the moment when a source revision begins to show, and still last then."""
    query = (
        select(Revision)
        .join(Revision.translation)
        .where(
            Translation.article_id == article.id,
            Revision.state == State.PUBLISHED,
            Revision.stale_at == revision.publish_at,
            Revision.superseded_at.is_(None),
        )
        .order_by(Translation.language)
    )
    return session.scalars(query).all()


def _translators(session: Session) -> Iterable[Viewer]:
    holds = cast(Person.roles, String).contains(f'"{Role.TRANSLATOR}"', autoescape=True)
    query = select(Person).where(Person.is_active, holds)
    found = session.scalars(query.options(selectinload(Person.groups), selectinload(Person.limits))).all()
    known = structure.load(session, 0)
    return [auth.viewer_of(person, known) for person in found]
