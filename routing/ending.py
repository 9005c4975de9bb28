"""How a contact ends: tags that fit it, from the tree of topics, and the case that is made of it to be confirmed.

The tree of topics is the tree of tags: what articles are about is what contacts are about, and one can be compared with
the other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from authoring.writing.likeness import telling_words
from cbr import cases
from cbr.case_type import CaseType
from cbr.case_types import schema_of
from cbr.contents import Content
from cbr.models import Case, CaseTypeRow
from cbr.plain import Plain
from cbr.values import read_case
from kb.errors import N_, Invalid
from kb.models import Article, ArticleTopic, Topic
from kb.structure import TopicNode
from kb.viewers import Viewer
from routing.models import Contact
from routing.permissions import require_holder
from search.learning.scrubbing import scrub

LATELY = timedelta(weeks=4)
LOOKED_AT = 500
"""Contacts of the same queue whose tags are looked at, the newest first."""
MOST_SUGGESTED, LEAST_OFTEN = 6, 2

Tree = Mapping[str, TopicNode]
"""Topics by key, as `Structure.topics`."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A tag that may fit a contact.

    Args:
        key: of the topic.
        why: one line.
    """

    key: str
    why: str


@dataclass(frozen=True, slots=True)
class Cloud:
    """The tags of the contacts of a queue that ended lately.

    Args:
        times: tag -> how many contacts have it.
        by_solver: key of what solved a contact -> the tags that such contacts have, and how often.
    """

    times: Counter[str]
    by_solver: Mapping[str, Counter[str]]


def tag_cloud(session: Session, queue_id: int, since: datetime) -> Cloud:
    """What the newest contacts of a queue were about; one query.

    Args:
        since: those that came before do not count.
    """
    query = (
        select(Contact.tags, Contact.solved_key)
        .where(Contact.queue_id == queue_id, Contact.came_at >= since, Contact.ended_at.is_not(None))
        .order_by(Contact.came_at.desc())
        .limit(LOOKED_AT)
    )
    times: Counter[str] = Counter()
    by_solver: dict[str, Counter[str]] = {}
    for tags, solver in session.execute(query):
        times.update(tags)
        if solver:
            by_solver.setdefault(solver, Counter()).update(tags)
    return Cloud(times, by_solver)


def suggest_tags(
    session: Session,
    contact: Contact,
    tree: Tree,
    proposed: Sequence[str],
    languages: Sequence[str],
    now: datetime,
) -> list[Suggestion]:
    """Tags that fit a contact, the likeliest first: two queries.

    What its words say comes first, then what the proposed answers are about, then how contacts with the same answer
    were filed, then what is common in its queue.

    Args:
        proposed: keys of articles and cases that answer it, the best first.
        languages: of whoever reads the names, best first.
    """
    cloud = tag_cloud(session, contact.queue_id, now - LATELY)
    found = [
        *(Suggestion(key, _("the question says so")) for key in _said(contact, tree, languages)),
        *(Suggestion(key, _("the answer is about it")) for key in _topics_of(session, proposed)),
        *(Suggestion(key, _("such contacts were filed here")) for key in _filed(cloud, proposed)),
        *(
            Suggestion(key, _("common in this queue"))
            for key, times in cloud.times.most_common()
            if times >= LEAST_OFTEN
        ),
    ]
    first: dict[str, Suggestion] = {}
    for one in found:
        if one.key in tree and one.key not in contact.tags:
            first.setdefault(one.key, one)
    return list(first.values())[:MOST_SUGGESTED]


def _said(contact: Contact, tree: Tree, languages: Sequence[str]) -> Iterable[str]:
    """Topics whose whole name is in the question or the notes, those of more words and further down first."""
    language = contact.language.partition("-")[0] or languages[0]
    words = telling_words(f"{contact.question}\n{contact.notes}", language).keys()
    names = {
        node.key: telling_words(node.name((language, *languages)), language).keys() for node in tree.values()
    }
    said = [key for key, name in names.items() if name and name <= words]
    return sorted(said, key=lambda key: (-len(names[key]), -len(tree[key].path)))


def _topics_of(session: Session, keys: Sequence[str]) -> Iterable[str]:
    """What articles are about, their breadcrumbs first."""
    if not keys:
        return []
    query = (
        select(Topic.key)
        .join(ArticleTopic, ArticleTopic.topic_id == Topic.id)
        .join(ArticleTopic.article)
        .where(Article.key.in_(keys))
        .order_by(ArticleTopic.position)
    )
    return session.scalars(query).all()


def _filed(cloud: Cloud, keys: Sequence[str]) -> Iterable[str]:
    filed: Counter[str] = Counter()
    for key in keys:
        filed.update(cloud.by_solver.get(key, {}))
    return [key for key, _times in filed.most_common()]


def facts_for(case_type: CaseType, facts: Mapping[str, Plain]) -> dict[str, Plain]:
    """What is known in the terms of a case type, without what a case cannot say."""
    known = {key: value for key, value in facts.items() if key in case_type.by_key}
    try:
        read_case(case_type, known)
    except Invalid as refused:
        known = {key: value for key, value in known.items() if key not in refused.fields}
    return known


def case_from(
    session: Session,
    contact: Contact,
    row: CaseTypeRow,
    *,
    title: str,
    solution: str,
    by: Viewer,
    now: datetime,
) -> Case:
    """Make a case of a contact, which waits for somebody else to confirm it; a contact becomes one case.

    Others read it: what tells who the customer is goes out of the question.

    Args:
        title: of the solution, one line.
        solution: Markdown.

    Raises:
        Invalid: "solution", or as with `cases.record`.
        NotAllowed: somebody else has the contact.
    """
    require_holder(contact, by)
    if not solution.strip():
        raise Invalid({"solution": N_("Write what solved it first.")})
    content = Content(
        facts_for(schema_of(row), contact.facts),
        problem=scrub(contact.question),
        title=title,
        solution=solution,
        article=contact.solved_key if contact.solved_kind == "article" else "",
        language=contact.language.partition("-")[0] or "en",
    )
    if contact.case_id is not None and (made := session.get(Case, contact.case_id)) is not None:
        return cases.change(session, made, content, by=by, now=now)
    made = cases.record(session, row, content, by=by, now=now)
    contact.case_id = made.id
    return made
