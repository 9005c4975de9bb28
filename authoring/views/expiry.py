"""What expires, is to be looked at again or is to appear: a calendar, a list, and the renewal of one text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_skeleton
from flask import flash, redirect, render_template, request, url_for
from flask_babel import format_date, format_time, get_locale
from flask_babel import gettext as _

from authoring.lifetimes import expiry_queries, kinds, months, renewals
from authoring.lifetimes.expiry_forms import RenewalForm, ReplacementForm
from authoring.lifetimes.expiry_queries import Event, Filters
from authoring.lifetimes.months import Day
from authoring.views.blueprint import DESK, blueprint
from kb import articles, context
from kb.access import needs
from kb.context import now, session, structure, viewer
from kb.languages import native_name
from kb.models import KINDS, Article, Revision, State
from kb.views.admin.blueprint import Answer, languages_in_use, reading_order, row
from kb.views.admin.moments import day_from
from kb.views.admin.topics import topic_choices

SORTS = ("expires", "review", "appears")
MOST_IN_CALENDAR = 2000
SHOWN_A_DAY = 4
FIRST_YEAR, LAST_YEAR = 2000, 2100


@dataclass(frozen=True, slots=True)
class Happening:
    """What happens to an article at a moment, in one or several languages; `face` is the one whose title is shown."""

    face: Event
    events: Sequence[Event]


@dataclass(frozen=True, slots=True)
class Cell:
    """A day of the calendar with what happens on it; `more` is how much else does."""

    day: Day
    happenings: Sequence[Happening]
    more: int
    is_outside: bool
    is_today: bool


@blueprint.get("/expiry/")
@needs(*DESK)
def expiry() -> str:
    """A month as a calendar, or everything to come as a list; one day of the calendar as a list too."""
    on = day_from(request.args.get("day", ""))
    listed = request.args.get("as") == "list"
    shown = _list() if listed else _day(on) if on and _is_sane(on) else _calendar()
    return render_template(
        "authoring/expiry.html",
        **shown,
        filters=_wishes(),
        kinds=KINDS,
        languages=languages_in_use(),
        topics=topic_choices(),
        sorts=SORTS,
        zone=context.zone(),
        now=now(),
        clock=_clock,
        written=format_date,
        ordered=_ordered,
    )


def _ordered(day: date, parts: str) -> str:
    """Some parts of a date, as "yMMMM", in the order and with the marks of the reader's language."""
    return str(format_skeleton(parts, day, locale=get_locale()))


@blueprint.route("/expiry/<int:revision_id>", methods=["GET", "POST"])
@needs(*DESK)
def expiry_renewal(revision_id: int) -> Answer:
    """Renew one text without a change; and what replaces it when it is to go."""
    revision = row(Revision, revision_id)
    form = _renewal_form(revision)
    if form.submitted():
        with form.problems():
            chosen = [row(Revision, other) for other in form.others.data or ()]
            for one in (revision, *chosen):
                renewals.renew(
                    session(),
                    one,
                    expires_at=form.expires_at.data,
                    review_by=form.review_by.data,
                    note=form.note.data or "",
                    by=viewer(),
                    now=now(),
                )
            flash(_("%(title)s waits for its approval.", title=revision.title), "ok")
            return redirect(url_for("authoring.expiry"), 303)
    article = revision.translation.article
    return _renewal_page(
        revision, form, ReplacementForm(data={"replaced_by": article.replaced_by})
    ), form.status


def _renewal_form(revision: Revision, *, again: bool = False) -> RenewalForm:
    """The form with what the kind of article usually gets, for this language and those that can go along.

    Args:
        again: as it is shown first, whatever was sent.
    """
    article = revision.translation.article
    rule = kinds.rule_of(session(), article.kind)
    others = [one for one in expiry_queries.siblings(session(), revision, now()) if _may_renew(one)]
    data = {
        "expires_at": rule.expires_at(now()),
        "review_by": rule.review_by(now()),
        "others": [one.id for one in others if _ends(one) == _ends(revision)],
    }
    form = RenewalForm(None, data=data) if again else RenewalForm(data=data)
    form.others.choices = [
        (one.id, f"{native_name(one.translation.language)}: {one.title}") for one in others
    ]
    return form


def _ends(revision: Revision) -> tuple[datetime | None, datetime | None]:
    return revision.expires_at, revision.review_by


def _may_renew(revision: Revision) -> bool:
    language, article = revision.translation.language, revision.translation.article
    may = viewer().may(articles.may_revise(article, language), articles.ground_of(article, language))
    return may and not renewals.obstacle(session(), revision)


@blueprint.post("/expiry/<int:revision_id>/replacement")
@needs(*DESK)
def expiry_replacement(revision_id: int) -> Answer:
    """Say what is to be read instead of an article."""
    revision, form = row(Revision, revision_id), ReplacementForm()
    if form.submitted():
        with form.problems():
            key = (form.replaced_by.data or "").strip() or None
            articles.replace(session(), revision.translation.article, key, by=viewer())
            flash(_("%(title)s is saved.", title=revision.title), "ok")
            return redirect(url_for("authoring.expiry_renewal", revision_id=revision_id), 303)
    return _renewal_page(revision, _renewal_form(revision, again=True), form), form.status


def _renewal_page(revision: Revision, form: RenewalForm, replacement: ReplacementForm) -> str:
    article: Article = revision.translation.article
    ground = articles.ground_of(article, revision.translation.language)
    by = viewer()
    return render_template(
        "authoring/renewal.html",
        form=form,
        replacement=replacement,
        revision=revision,
        article=article,
        phase=_phase(revision),
        obstacle=renewals.obstacle(session(), revision),
        may_renew=by.may(articles.may_revise(article, revision.translation.language), ground),
        may_replace=by.may(articles.may_settle(session(), article), articles.ground_of(article)),
        edit_address=url_for("authoring.edit", article_id=article.id, language=revision.translation.language),
        zone=context.zone(),
        now=now(),
    )


def _phase(revision: Revision) -> str:
    if revision.expires_at is not None and revision.expires_at <= now() and revision.state == State.PUBLISHED:
        return "expired"
    return revision.state


def _calendar() -> Mapping[str, object]:
    zone, today = _zone(), _today()
    month = _month(today)
    weeks = months.weeks_of(month, zone)
    found = _happenings(*months.span(weeks))
    return {
        "view": "calendar",
        "month": month,
        "previous": months.previous_month(month),
        "next": months.next_month(month),
        "weeks": [[_cell(day, found, month, today) for day in week] for week in weeks],
        "count": len(found),
    }


def _happenings(since: datetime, until: datetime) -> list[Happening]:
    return _faced(expiry_queries.between(session(), since, until, _filters(), now(), MOST_IN_CALENDAR))


def _faced(events: Sequence[Event]) -> list[Happening]:
    """What belongs together, with the title in the language that the viewer reads best."""
    rank = {code: place for place, code in enumerate(reading_order())}
    return [
        Happening(min(group, key=lambda event: rank.get(event.language, len(rank))), group)
        for group in expiry_queries.together(events)
    ]


def _cell(day: Day, found: Sequence[Happening], month: date, today: date) -> Cell:
    held = [one for one in found if day.holds(one.face.at)]
    shown = held if len(held) <= SHOWN_A_DAY else held[: SHOWN_A_DAY - 1]
    return Cell(day, shown, len(held) - len(shown), day.date.month != month.month, day.date == today)


def _day(on: date) -> Mapping[str, object]:
    day = months.day_of(on, _zone())
    found = _happenings(day.begins_at, day.ends_at)
    return {"view": "day", "day": day, "month": on.replace(day=1), "happenings": found}


def _list() -> Mapping[str, object]:
    page = request.args.get("page", 1, type=int)
    found = expiry_queries.upcoming(session(), _filters(), now(), page)
    return {"view": "list", "found": found, "happenings": _faced(found.rows)}


def _wishes() -> dict[str, str]:
    """The filters as the address has them, without the empty ones and those that nobody offers."""
    offered = {
        "mine": {"1"},
        "what": set(SORTS),
        "kind": set(KINDS),
        "topic": set(structure().topics),
        "language": set(languages_in_use()),
    }
    return {name: request.args[name] for name, known in offered.items() if request.args.get(name) in known}


def _filters() -> Filters:
    wishes = _wishes()
    return Filters(
        owner_id=viewer().person_id if "mine" in wishes else None,
        kind=wishes.get("kind", ""),
        topic_ids=structure().below([wishes["topic"]] if "topic" in wishes else []),
        language=wishes.get("language", ""),
        what=wishes.get("what", ""),
    )


def _zone() -> ZoneInfo:
    return ZoneInfo(context.zone())


def _today() -> date:
    return now().astimezone(_zone()).date()


def _month(today: date) -> date:
    """The month that the address names, this one when it names none."""
    asked = day_from(f"{request.args.get('month', '')}-01")
    return (asked if asked and _is_sane(asked) else today).replace(day=1)


def _is_sane(day: date) -> bool:
    return FIRST_YEAR <= day.year < LAST_YEAR


def _clock(event: Event) -> str:
    """The time of an event where the viewer is; with the name of the time where a clock shows it twice that day."""
    return " ".join(
        filter(None, [str(format_time(event.at, "short")), months.name_if_twofold(event.at, _zone())])
    )
