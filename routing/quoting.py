"""What of the knowledge goes into a reply: the words of an article or a case in the customer's language, or a link."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from cbr import queries as case_queries
from cbr.case_types import schema_of
from cbr.models import Case, CaseTypeRow
from cbr.values import read_facts
from cbr.wording import filled_in
from kb import queries
from kb.errors import N_, NotFound
from kb.models import Revision
from kb.structure import PortalSite
from kb.viewers import ANONYMOUS, Viewer
from routing.ending import facts_for
from routing.models import Contact


@dataclass(frozen=True, slots=True)
class Quoted:
    """Words for a reply.

    Args:
        text: Markdown.
        language: that they are in; not always the customer's.
    """

    text: str
    language: str


def languages_of(contact: Contact, viewer: Viewer) -> tuple[str, ...]:
    """Those to answer in: the customer's, then the agent's."""
    wanted = (contact.language.partition("-")[0], *viewer.languages, "en")
    return tuple(dict.fromkeys(filter(None, wanted)))


def revision_of(
    session: Session, viewer: Viewer, now: datetime, key: str, languages: Sequence[str]
) -> Revision:
    """An article in the best of these languages.

    Raises:
        NotFound: there is none that this viewer may read.
    """
    found = queries.article_by_key(session, viewer, now, key)
    if not found:
        raise NotFound(N_("There is no article %(key)s that you may read.", key=key[:128]))
    return _best(found, languages)


def article(session: Session, contact: Contact, key: str, viewer: Viewer, now: datetime) -> Quoted:
    """What an article says in short; all of it where it has no summary.

    Raises:
        NotFound: there is none that this viewer may read.
    """
    found = revision_of(session, viewer, now, key, languages_of(contact, viewer))
    return Quoted(found.summary or found.body, found.translation.language)


def case(session: Session, contact: Contact, key: str, viewer: Viewer, now: datetime) -> Quoted:
    """What a case says, with what is known of the contact in its places.

    Raises:
        NotFound: there is none that this viewer may read.
    """
    found = session.scalars(case_queries.visible_to(viewer, now).where(Case.key == key)).first()
    if found is None:
        raise NotFound(N_("There is no case %(key)s that you may read.", key=key[:64]))
    languages = languages_of(contact, viewer)
    said = case_queries.spoken(session, viewer, now, found, languages[0])
    case_type = schema_of(session.get_one(CaseTypeRow, said.case_type_id))
    known = read_facts(case_type, facts_for(case_type, contact.facts))
    return Quoted(filled_in(case_type, said.solution or said.title, known, said.language), said.language)


def link(
    session: Session, contact: Contact, key: str, sites: Iterable[PortalSite], now: datetime
) -> tuple[PortalSite, Revision] | None:
    """Where the customer reads an article: the portal that the contact came from, else the first open one that has it.

    Args:
        sites: the portals, in their order.

    Returns:
        None where no customer may read it without a login.
    """
    ordered = sorted(sites, key=lambda site: site.key != contact.portal)
    for site in ordered:
        if not site.is_open:
            continue
        reader = site.seen_by(ANONYMOUS)
        found = queries.article_by_key(session, reader, now, key)
        if found:
            return site, _best(
                found, site.preference(contact.language.partition("-")[0] or site.default_language)
            )
    return None


def _best(found: Sequence[Revision], languages: Sequence[str]) -> Revision:
    order = {language: place for place, language in enumerate(languages)}
    return min(found, key=lambda revision: order.get(revision.translation.language, len(order)))
