"""The list of cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import render_template, request

from cbr import queries
from cbr.cases import LONGEST_NOTE, MAY_CONFIRM
from cbr.models import Case, CaseState
from cbr.queries import Filters
from cbr.views.blueprint import READERS, blueprint
from cbr.views.case_showing import languages
from cbr.views.case_words import SOURCE_NAMES, STATE_NAMES, case_types, name_of, solution_of, type_name
from kb.access import needs
from kb.concurrency import version_of
from kb.context import now, session, structure, viewer
from kb.languages import named, native_name
from kb.listings import PAGE_SIZE
from kb.views.admin.blueprint import languages_in_use, reading_order
from kb.views.admin.navigation import MOST_COUNTED

LONGEST_ASKED = 200
TEXTS = ("type", "state", "language", "audience", "source", "q", "article")


def waiting() -> int:
    """How many cases wait for this person's confirmation, for the side navigation."""
    if not viewer().has(*MAY_CONFIRM):
        return 0
    return queries.waiting_count(session(), viewer(), now(), most=MOST_COUNTED + 1)


@blueprint.get("/")
@needs(*READERS)
def cases() -> str:
    """Cases by state, type, language, audience, source, words and article; those that fail, and one's own."""
    asked = _asked()
    filters = Filters(
        asked.get("type", ""),
        asked.get("state", ""),
        asked.get("audience", ""),
        asked.get("language", ""),
        asked.get("source", ""),
        asked.get("q", ""),
        asked.get("article", ""),
        failing="failing" in asked,
        author_id=viewer().person_id or 0 if "mine" in asked else 0,
    )
    types = case_types()
    states = queries.states(session(), viewer(), now(), filters)
    total = states.get(filters.state, 0) if filters.state else sum(states.values())
    pages = max(-(-total // PAGE_SIZE), 1)
    page = min(max(request.args.get("page", 1, type=int), 1), pages)
    found = queries.page(
        session(), viewer(), now(), filters, offset=(page - 1) * PAGE_SIZE, limit=PAGE_SIZE, total=total
    )
    keys = {case.article for case in found.cases if case.article and not case.title}
    cards = queries.linked_articles(session(), viewer(), now(), keys, languages()) if keys else {}
    titles = {key: card.title for key, card in cards.items()}
    return render_template(
        "cbr/cases.html",
        rows=[
            (case, of, name_of(case, of), solution_of(case, titles))
            for case in found.cases
            if (of := types.get(found.types[case.case_type_id]))
        ],
        asked=asked,
        states=states,
        total=total,
        every=sum(states.values()),
        page=page,
        pages=pages,
        state_names=STATE_NAMES,
        source_names=SOURCE_NAMES,
        types={key: type_name(of) for key, of in types.items()},
        audiences={
            key: named(names, reading_order(), key)
            for key, names in structure().audiences.items()
            if key in viewer().audiences
        },
        in_use=[(code, native_name(code)) for code in languages_in_use()],
        may_confirm=viewer().has(*MAY_CONFIRM),
        waiting=states.get(CaseState.SOLVED, 0),
        picks=_picks(found.cases) if asked.get("state") == CaseState.SOLVED else {},
        ticked=set(request.args.getlist("pick", type=int)),
        reason=request.args.get("reason", "")[:LONGEST_NOTE],
    )


def _asked() -> Mapping[str, str]:
    """What the list is narrowed to, as it stands in the address."""
    asked = {name: value for name in TEXTS if (value := request.args.get(name, "").strip()[:LONGEST_ASKED])}
    if asked.get("state") not in STATE_NAMES:
        asked.pop("state", None)
    return asked | {name: "1" for name in ("failing", "mine") if request.args.get(name)}


def _picks(found: Sequence[Case]) -> Mapping[int, str]:
    """Id -> version of the cases that this person can decide together with others: not those of their own."""
    if not viewer().has(*MAY_CONFIRM):
        return {}
    return {case.id: version_of(case) for case in found if case.author_id != viewer().person_id}
