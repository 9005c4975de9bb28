"""The cases most like what is known now, each with what every attribute did for its score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import render_template, request
from markupsafe import Markup
from werkzeug.datastructures import MultiDict

from cbr.case_type import CaseType
from cbr.followers import case_bases
from cbr.guided.assist import article_address
from cbr.guided.pages import players
from cbr.plain import Plain
from cbr.rendering import Rendering, rendering
from cbr.retrieving import Found, Nearest, Reason, retrieve
from cbr.values import Fact
from cbr.views.blueprint import READERS, blueprint
from cbr.views.case_forms import FACT, NearestForm, typed, with_facts
from cbr.views.case_showing import languages
from cbr.views.case_words import FactLine, case_types, fact_lines, name_of, solution_of, type_name
from kb import context
from kb.access import needs
from kb.context import head, now, session, viewer
from kb.queries import Card
from kb.views.admin.blueprint import Answer

MOST = 10
MOST_TO_ASK = 4


@dataclass(frozen=True)
class Row:
    """A case that was found.

    Args:
        reasons: what is known now and what the case has, the strongest first.
        unknown: what the case has and nobody knows yet, what counts most first.
        solution: with what is known in its places, as HTML.
    """

    found: Nearest
    name: str
    title: str
    reasons: Sequence[Reason]
    unknown: Sequence[FactLine]
    solution: Markup
    cards: Sequence[tuple[Card, str]]

    @property
    def most(self) -> float:
        """The largest weight of a reason: the length of the longest bar."""
        return max((one.weight for one in self.reasons), default=1.0) or 1.0


@blueprint.get("/nearest")
@needs(*READERS)
def case_nearest() -> Answer:
    """What is known, typed or chosen, and the nearest cases."""
    types = case_types()
    key = request.args.get("type", "")
    of = types.get(key) or next(iter(types.values()), None)
    if of is None:
        return render_template("cbr/case_nearest.html", of=None)
    form, understood = _form(of)
    found: Found | None = None
    with form.problems():
        found = retrieve(
            session(),
            case_bases(),
            viewer(),
            now(),
            of.key,
            form.facts,
            form.text.data or "",
            language=context.language(),
            k=MOST,
            head=head(),
        )
    page = render_template(
        "cbr/case_nearest.html",
        of=of,
        types={one: type_name(each) for one, each in types.items()},
        form=form,
        counting=form.fact_fields(of, counting=True),
        others=form.fact_fields(of, counting=False),
        understood=understood,
        asked=bool(form.facts or form.text.data),
        rows=_rows(found, of) if found else [],
        cases=found.cases if found else 0,
    )
    return page, form.status


def _form(of: CaseType) -> tuple[NearestForm, Mapping[str, str]]:
    """The form, with what the text tells in its fields; and the words that told it.

    A text is read once: what was taken out of a field stays out.
    """
    asked = MultiDict(request.args)
    text = asked.get("text", "").strip()
    words: dict[str, str] = {}
    if text and text != asked.get("read", "").strip():
        read = players().cases.understood(of, text, context.language(), now().date())
        told: dict[str, Plain] = {
            one.attribute: one.value for one in read if not asked.get(FACT + one.attribute)
        }
        words = {FACT + one.attribute: one.words for one in read if one.attribute in told}
        for name, value in typed(of, told).items():
            asked.setlist(name, value if isinstance(value, list) else [str(value)])
    return with_facts(NearestForm, of, {})(formdata=asked), words


def _rows(found: Found, of: CaseType) -> list[Row]:
    """With their solutions as they are read: their links are resolved together."""
    keys = [card.key for one in found.nearest for card in one.articles]
    html = rendering({one.solution for one in found.nearest}, keys, languages(), article_address)
    return [_row(one, of, found, html) for one in found.nearest]


def _row(one: Nearest, of: CaseType, found: Found, html: Rendering) -> Row:
    """A solution that its title says already is not said twice."""
    titles = {card.key: card.title for card in one.articles}
    title = one.title or solution_of(one.case, titles)
    return Row(
        one,
        name_of(one.case, of),
        title,
        one.reasons,
        _unknown(one, of, found.facts),
        html.of(one.solution) if one.solution.strip() != title else Markup(),
        [(card, article_address(card)) for card in one.articles],
    )


def _unknown(one: Nearest, of: CaseType, known: Mapping[str, Fact]) -> list[FactLine]:
    lines = [line for line in fact_lines(of, one.case.facts) if line.key not in known and line.weight > 0]
    return sorted(lines, key=lambda line: -line.weight)[:MOST_TO_ASK]
