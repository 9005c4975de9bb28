"""A specialist who is no user: a signed link by mail opens one form, and the answer comes to the contact.

The link is good for one answer and for some days. Behind it is nothing but the text that the sender looked through
before; where the contact has become a case, the answer waits there for a review like everybody's.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from flask_babel import force_locale
from flask_babel import gettext as _
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import select
from sqlalchemy.orm import Session

from authoring.telling import mail, notices
from cbr.models import Case, CaseTypeRow
from kb import texts
from kb.config import Config
from kb.errors import N_, Conflict, Gone, Invalid, NotFound
from kb.languages import interface_language
from kb.viewers import Viewer
from routing import ending, events
from routing.chain.carrying import Carried
from routing.chain.models import ExpertRequest
from routing.events import Happening
from routing.models import Contact
from routing.permissions import require_holder
from search.learning.scrubbing import scrub

VALID = timedelta(days=7)
LONGEST_TEXT, LONGEST_ANSWER, LONGEST_NAME = 10_000, 10_000, 200
PATH = "/expert/"
NOTICE = "expert_answered"
PARTS = ("question", "facts", "path", "tried")
_SALT = "a question to an expert"


def composed(carried: Carried, parts: Sequence[str], words: str) -> str:
    """What somebody outside is to be shown, to be looked through before it goes.

    Args:
        parts: of `PARTS`; the question without what tells who the customer is.
        words: the sender's own.
    """
    blocks = [words.strip()]
    if "question" in parts:
        blocks.append(scrub(carried.contact.question))
    if "facts" in parts:
        blocks.append("\n".join(f"{name}: {value}" for name, value in carried.facts))
    if "path" in parts:
        blocks.append("\n".join(f"{name} {value}" for name, value in carried.path))
    if "tried" in parts:
        blocks.append("\n".join(f"- {one.title}" for one in carried.tried))
    return "\n\n".join(filter(None, blocks))


def ask(
    session: Session,
    config: Config,
    contact: Contact,
    recipient: str,
    text: str,
    *,
    language: str,
    by: Viewer,
    now: datetime,
) -> ExpertRequest:
    """Send somebody the way to one form.

    Args:
        text: all that they are shown.
        language: of the mail and the form.

    Raises:
        NotAllowed: somebody else has the contact.
        Conflict: mail is not set up.
        Invalid: "recipient" or "text" -> what is wrong.
    """
    require_holder(contact, by)
    if config.missing_for_mail:
        raise Conflict(N_("Mail is not set up."))
    said, address = text.strip(), recipient.strip()
    problems = {
        "recipient": mail.address_problem(address),
        "text": texts.problem(said, LONGEST_TEXT) or ("" if said else N_("Say what you would like to know.")),
    }
    _refuse(problems)
    made = ExpertRequest(
        contact=contact,
        by_id=by.person_id,
        recipient=address,
        language=interface_language(language),
        text=said,
        nonce=secrets.token_urlsafe(16),
        sent_at=now,
        expires_at=now + VALID,
    )
    session.add(made)
    session.flush()
    with force_locale(made.language):
        subject = _("A question to you")
        lines = [
            _("%(name)s asks for your advice. You need no account.", name=by.name),
            config.base_url + PATH + token(made, config.secret_key),
            _("The link is good for one answer, and for %(days)s days.", days=VALID.days),
        ]
    mail.to_outside(session, made.recipient, subject, "\n\n".join(lines) + "\n", now=now)
    events.add(
        session, Happening.NOTE, now=now, contact=contact, by=by, expert=made.recipient, request=made.id
    )
    return made


def token(request: ExpertRequest, secret: str) -> str:
    """What the link carries."""
    return str(URLSafeSerializer(secret, salt=_SALT).dumps([request.id, request.nonce]))


def opened(
    session: Session, secret: str, carried: str, now: datetime, *, change: bool = False
) -> ExpertRequest:
    """The request that a link was made for, as long as it is good.

    Args:
        change: whether it is going to be answered: then nobody else does so meanwhile.

    Raises:
        NotFound: we did not make this link, or what it was about is no more.
        Gone: it was answered, or is too old.
    """
    try:
        id_, nonce = URLSafeSerializer(secret, salt=_SALT).loads(carried)
    except (BadSignature, ValueError, TypeError):
        id_, nonce = 0, ""
    found = session.get(ExpertRequest, id_, with_for_update=change or None, populate_existing=change)
    if found is None or not secrets.compare_digest(found.nonce, str(nonce)):
        raise NotFound(N_("This link is not complete."))
    if found.answered_at is not None:
        raise Gone(N_("This question was answered. Thank you."))
    if found.expires_at <= now:
        raise Gone(N_("This link is too old. Whoever sent it can send another."))
    return found


def answer(
    session: Session, secret: str, carried: str, name: str, words: str, *, now: datetime
) -> ExpertRequest:
    """Somebody outside answers, once; whoever asked is told.

    Raises:
        NotFound, Gone: as `opened`.
        Invalid: "name" or "answer" -> what is wrong.
    """
    events.take_turn(session)
    found = opened(session, secret, carried, now, change=True)
    said, who = words.strip(), " ".join(name.split())
    problems = {
        "name": texts.problem(who, LONGEST_NAME),
        "answer": texts.problem(said, LONGEST_ANSWER) or ("" if said else N_("Write your answer first.")),
    }
    _refuse(problems)
    found.answer, found.name, found.answered_at = said, who, now
    events.add(
        session,
        Happening.NOTE,
        now=now,
        contact=found.contact,
        expert=found.name or found.recipient,
        request=found.id,
        text=said,
    )
    if found.by_id is not None:
        notices.tell(
            session,
            [found.by_id],
            NOTICE,
            about=f"expert {found.id}",
            path=f"/routing/contacts/{found.contact_id}/expert",
            now=now,
            title=found.contact.question[:120] or found.contact.key,
        )
    return found


def keep(
    session: Session, request: ExpertRequest, case_type: CaseTypeRow, *, by: Viewer, now: datetime
) -> Case:
    """Make a case of the contact with this answer; somebody else confirms it.

    Raises:
        Conflict: there is no answer yet.
        NotAllowed: somebody else has the contact.
        Invalid: as `ending.case_from`.
    """
    if request.answered_at is None:
        raise Conflict(N_("There is no answer yet."))
    title = request.answer.splitlines()[0][:120]
    made = ending.case_from(
        session, request.contact, case_type, title=title, solution=request.answer, by=by, now=now
    )
    request.case_id = made.id
    session.flush()
    return made


def of(session: Session, contact: Contact) -> Sequence[ExpertRequest]:
    """Whom somebody asked about a contact, the newest first."""
    query = select(ExpertRequest).where(ExpertRequest.contact_id == contact.id)
    return session.scalars(query.order_by(ExpertRequest.id.desc())).all()


def _refuse(problems: Mapping[str, str]) -> None:
    """Raises `Invalid` with what is wrong, if anything is."""
    if found := {field: problem for field, problem in problems.items() if problem}:
        raise Invalid(found)
