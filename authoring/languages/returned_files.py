"""Files that come back from translators: looked at whole, then made drafts, all or none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from authoring.approval import reviews
from authoring.languages.passages import CODE, SUMMARY, TITLE, Passage, rewrite, split
from authoring.languages.translation_files import NAME, TAGS, parts, sources
from authoring.languages.translations import held_in, shown_source
from authoring.languages.xliff import Segment
from authoring.languages.xliff_reading import Fault, ReadDocument, ReadFile, ReadUnit, Refused, check, filled
from kb import articles, texts
from kb.articles import Text
from kb.errors import N_
from kb.languages import is_language
from kb.models import Article, Revision, State
from kb.staleness import facts_of
from kb.standing import WAITING
from kb.validity import Validity
from kb.viewers import Viewer


@dataclass(frozen=True, slots=True)
class Imported:
    """A draft that came from a file.

    Args:
        is_behind: the source says something else by now; the draft is out of step, and not lost.
        set_aside: number of the unfinished revision that gave way to it; None where there was none.
    """

    article: Article
    language: str
    revision: Revision
    is_behind: bool
    set_aside: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a file: the drafts, and the keys of articles of which nothing was translated."""

    drafts: Sequence[Imported]
    untouched: Sequence[str]


@dataclass(frozen=True, slots=True)
class _Plan:
    """A file that can be taken."""

    article: Article
    source: Revision
    text: Text


def bring_back(session: Session, document: ReadDocument, *, note: str, by: Viewer, now: datetime) -> Outcome:
    """Make drafts of what translators sent back, all or none. Everything is looked at before anything is written.

    Args:
        note: the change note of the drafts.

    Raises:
        Refused: names every fault with its line; nothing is written.
    """
    faults: list[Fault] = []
    plans: list[_Plan] = []
    untouched: list[str] = []
    seen: set[str] = set()
    _check_languages(document, faults)
    for file in document.files:
        place = file.original or file.name
        if file.name in seen:
            faults.append(Fault(file.line, place, N_("The same article is in the file twice.")))
        seen.add(file.name)
        source = _source_of(session, file, document, by, faults)
        if source is None:
            continue
        if not any(segment.target for unit in file.units for segment in unit.segments):
            untouched.append(file.original)
            continue
        text = _text(file, source, note, faults)
        if text is not None:
            plans.append(_Plan(source.translation.article, source, text))
    if not document.files:
        faults.append(Fault(1, "", N_("There is no article in it.")))
    if faults:
        raise Refused(faults)
    language = document.target_language
    return Outcome([_draft(session, plan, language, by=by, now=now) for plan in plans], untouched)


def _check_languages(document: ReadDocument, faults: list[Fault]) -> None:
    for code in (document.source_language, document.target_language):
        if not is_language(code):
            reason = N_("%(code)s is not a language code such as en or hu.", code=code or "–")
            faults.append(Fault(1, "", reason))


def _source_of(
    session: Session, file: ReadFile, document: ReadDocument, by: Viewer, faults: list[Fault]
) -> Revision | None:
    """The source revision that a file was made of, if this person may translate it."""
    number = file.name.removeprefix(NAME)
    known = file.name.startswith(NAME) and number.isascii() and number.isdigit() and len(number) < 18
    revision = session.get(Revision, int(number)) if known else None
    place = file.original or file.name
    if revision is None or revision.translation.article.key != file.original:
        faults.append(
            Fault(file.line, place, N_("There is no such article here, or not this revision of it."))
        )
        return None
    translation, article = revision.translation, revision.translation.article
    if translation.language != article.source_language or translation.language != document.source_language:
        faults.append(Fault(file.line, place, N_("Its source is not written in this language.")))
        return None
    language = document.target_language
    ground = articles.ground_of(article, language)
    if language == article.source_language or not by.may(articles.may_revise(article, language), ground):
        faults.append(Fault(file.line, place, N_("You may not translate it into this language.")))
        return None
    return revision


def _text(file: ReadFile, source: Revision, note: str, faults: list[Fault]) -> Text | None:
    """What a file says as a text; None, with faults, where it cannot be taken."""
    units: dict[str, ReadUnit] = {}
    found: list[Fault] = []
    wanted_parts = {name: cells for name, _kind, cells in parts(source)}
    for unit in file.units:
        if unit.name in units or unit.name not in wanted_parts:
            found.append(
                Fault(unit.line, f"{file.original} / {unit.name}", N_("This unit was not sent out."))
            )
        units.setdefault(unit.name, unit)
    cells: dict[str, list[str]] = {}
    for name, own in wanted_parts.items():
        place = f"{file.original} / {name}"
        if name not in units:
            found.append(Fault(file.line, place, N_("The unit is missing.")))
            continue
        wanted = [Segment(tokens) for tokens in sources(own)]
        wrong = list(_check_unit(wanted, units[name], place))
        found += wrong
        if not wrong:
            cells[name] = [filled(one, got) for one, got in zip(wanted, units[name].segments, strict=True)]
    text = _put_together(source, cells, note) if not found else None
    if text is not None:
        found += _check_text(text, cells, source, file, units)
    faults += found
    return None if found else text


def _check_unit(wanted: Sequence[Segment], unit: ReadUnit, place: str) -> Iterator[Fault]:
    if len(unit.segments) != len(wanted):
        reason = N_(
            "It has %(there)s segments instead of %(wanted)s.", there=len(unit.segments), wanted=len(wanted)
        )
        yield Fault(unit.line, place, reason)
        return
    for one, got in zip(wanted, unit.segments, strict=True):
        yield from check(one, got, place)


def _put_together(source: Revision, cells: Mapping[str, Sequence[str]], note: str) -> Text:
    body = {int(name[1:]) - 1: own for name, own in cells.items() if name not in {TITLE, SUMMARY, TAGS}}
    tags = tuple(tag for tag in (one.strip() for one in cells.get(TAGS, ())) if tag)
    summary = cells.get(SUMMARY, [""])[0]
    return Text(cells[TITLE][0].strip(), rewrite(source.body, body), summary, tags, note)


def _check_text(
    text: Text,
    cells: Mapping[str, Sequence[str]],
    source: Revision,
    file: ReadFile,
    units: Mapping[str, ReadUnit],
) -> Iterator[Fault]:
    """Whether the translated passages stand where those of the source stood: words can look like Markdown."""
    for name, reason in _problems(text):
        unit = units.get(name)
        yield Fault(unit.line if unit else file.line, f"{file.original} / {name}", reason)
    old, new = split(source.body), split(text.body)
    for number, passage in enumerate(old):
        there = new[number] if number < len(new) else None
        if not _fits(passage, there):
            unit = units.get(f"p{number + 1}")
            reason = N_("Its translation would change what kind of passage it is, or part it in two.")
            yield Fault(unit.line if unit else file.line, f"{file.original} / p{number + 1}", reason)
            return
    if len(new) > len(old):
        yield Fault(file.line, file.original, N_("The translation has more passages than its source."))


def _problems(text: Text) -> Iterator[tuple[str, str]]:
    """What no article may say: (unit, reason)."""
    if not text.title:
        yield TITLE, N_("Give it a title.")
    said = (
        (TITLE, text.title, articles.LONGEST_TITLE),
        (SUMMARY, text.summary, None),
        (TAGS, " ".join(text.tags), None),
    )
    for name, words, most in said:
        if problem := texts.problem(words, most):
            yield name, problem
    if problem := texts.problem(text.body):
        yield "p1", problem


def _fits(passage: Passage, there: Passage | None) -> bool:
    if there is None or there.kind != passage.kind or len(there.cells) != len(passage.cells):
        return False
    return passage.kind != CODE or there.text == passage.text


def _draft(session: Session, plan: _Plan, language: str, *, by: Viewer, now: datetime) -> Imported:
    held = held_in(session, plan.article, language)
    set_aside = held.number if held is not None and held.state in WAITING else None
    if held is not None:
        reviews.overtake_open(session, held.translation, now=now)
    like = held or plan.source
    expires_at = like.expires_at if like.expires_at and like.expires_at > now else None
    revision = articles.revise(
        session,
        plan.article,
        language,
        plan.text,
        validity=Validity(now, expires_at, review_by=like.review_by),
        by=by,
        now=now,
        state=State.DRAFT,
        base=held,
        made_from=plan.source,
    )
    shown = shown_source(session, plan.article, now)
    is_behind = (
        shown is not None and shown.number > plan.source.number and facts_of(shown) != facts_of(plan.source)
    )
    return Imported(plan.article, language, revision, is_behind, set_aside)
