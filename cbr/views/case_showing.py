"""A case as this person sees it: what is known, what to do with the facts filled in, what is like it, their rights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from cbr import queries
from cbr.case_type import CaseType
from cbr.cases import MAY_CONFIRM
from cbr.followers import case_bases
from cbr.guided.assist import article_address
from cbr.models import Case, CaseState
from cbr.rendering import rendering
from cbr.retrieving import Nearest, retrieve
from cbr.values import write_value
from cbr.views.case_words import (
    LONGEST_NAME,
    FactLine,
    case_types,
    fact_lines,
    known_of,
    name_of,
    solution_of,
    type_name,
)
from cbr.wording import filled_in
from kb import content, context
from kb.context import head, now, session, structure, viewer
from kb.errors import N_, NotFound
from kb.languages import named
from kb.queries import Card
from kb.views.admin.blueprint import reading_order

MOST_ALIKE = 5
MOST_SAME = 5


@dataclass(frozen=True)
class Rights:
    """What this person may do with a case."""

    change: bool
    decide: bool
    retire: bool
    reopen: bool


@dataclass(frozen=True)
class ShownCase:
    """A case on its page.

    Args:
        name: what stands for it.
        facts: what is known of it.
        title, solution: with the facts filled in; the solution as HTML.
        cards: the articles and guides that it links to and this person may read, what says it best first, each with
            its address.
        audience: what its audience is called.
    """

    case: Case
    case_type: CaseType
    type_name: str
    name: str
    facts: Sequence[FactLine]
    title: str
    solution: Markup
    cards: Sequence[tuple[Card, str]]
    audience: str
    rights: Rights


@dataclass(frozen=True)
class Other:
    """Another case beside the one that is shown.

    Args:
        name, solution: what stands for it; of one that nobody described in words, what differs.
        score: how alike it is, from 0 to 1; None where nobody asked.
    """

    case: Case
    name: str
    solution: str
    score: float | None = None


def case_type(key: str) -> CaseType:
    """One of the case types that this person may know of. Raises `NotFound`."""
    found = case_types().get(key)
    if found is None:
        raise NotFound(N_("There is no case type %(key)s.", key=key))
    return found


def languages() -> tuple[str, ...]:
    """In which texts and titles are wanted, best first."""
    return tuple(dict.fromkeys((context.language(), *viewer().languages, "en")))


def shown_case(case: Case, of: CaseType) -> ShownCase:
    """A case with its solution as it is read; one query for its links, and one for its files if it has any."""
    known = known_of(of, case.facts)
    text = filled_in(of, case.solution, known, context.language())
    keys = {link.key for link in case.links}
    html = rendering([text], keys, languages(), article_address)
    order = sorted(keys, key=lambda key: (key != case.article, key))
    return ShownCase(
        case,
        of,
        type_name(of),
        name_of(case, of),
        fact_lines(of, case.facts),
        filled_in(of, case.title, known, context.language(), markdown=False),
        html.of(text),
        [(html.cards[key], article_address(html.cards[key])) for key in order if key in html.cards],
        audience_name(case.audience),
        rights(case),
    )


def audience_name(key: str) -> str:
    """What an audience is called in the language of the page."""
    return named(structure().audiences.get(key, {}), reading_order(), key)


def rights(case: Case) -> Rights:
    """What this person may do with a case that they may read."""
    confirms = viewer().has(*MAY_CONFIRM)
    own = case.author_id is not None and case.author_id == viewer().person_id
    return Rights(
        change=confirms or (own and case.state != CaseState.CONFIRMED),
        decide=confirms and not own and case.state == CaseState.SOLVED,
        retire=confirms and case.state != CaseState.RETIRED,
        reopen=confirms and case.state in (CaseState.RETIRED, CaseState.CONFIRMED),
    )


def alike(case: Case, of: CaseType) -> Sequence[Other]:
    """The cases most like it, of those that are found as help."""
    facts = {key: write_value(value, of.by_key[key].kind) for key, value in known_of(of, case.facts).items()}
    found = retrieve(
        session(),
        case_bases(),
        viewer(),
        now(),
        of.key,
        facts,
        case.problem,
        language=context.language(),
        spoken=case.language,
        k=MOST_ALIKE + 1,
        head=head(),
    )
    others = [one for one in found.nearest if one.case.id != case.id][:MOST_ALIKE]
    return [_other(one, of) for one in others]


def same_solution(case: Case, of: CaseType) -> tuple[Sequence[Other], int]:
    """Other cases that propose the same, and how many there are: by the article that says it, or by the solution."""
    if not case.proposes:
        return [], 0
    filters = queries.Filters(of.key, proposes=case.proposes)
    page = queries.page(session(), viewer(), now(), filters, limit=MOST_SAME + 1)
    others = [one for one in page.cases if one.id != case.id][:MOST_SAME]
    titles: Mapping[str, str] = {}
    return [Other(one, name_of(one, of), solution_of(one, titles)) for one in others], page.total - 1


def _other(one: Nearest, of: CaseType) -> Other:
    titles = {card.key: card.title for card in one.articles}
    differs = [f"{why.name}: {why.held or '–'}" for why in one.reasons if why.name and why.similarity < 1]
    differing = content.plain_excerpt(" · ".join(differs), LONGEST_NAME)
    name = name_of(one.case, of) if one.case.problem else differing
    return Other(one.case, name, one.title or solution_of(one.case, titles), one.score)
