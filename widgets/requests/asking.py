"""The verb of requests: what a customer sends becomes a contact, with all that they read and answered before."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from authoring.telling import mail
from cbr.guided import runs
from kb import attachments, queries, texts
from kb.config import Config
from kb.errors import N_, Conflict, Invalid, NotFound
from kb.languages import interface_language
from kb.models import Article
from kb.permissions import SYSTEM
from kb.viewers import Viewer
from routing import arrivals, deadlines, events, floor, reported
from routing.arrivals import LONGEST_QUESTION, Arrival
from routing.core import Core
from routing.events import Happening
from routing.looking_up import LookUp
from routing.models import Channel, Contact, Queue
from routing.plain_addresses import plain_address
from widgets.requests.models import HelpRequest, RequestFile
from widgets.requests.slots import slots

LONGEST_NAME, LONGEST_EMAIL, LONGEST_PHONE, LONGEST_FILENAME = 200, 254, 40, 200
FEWEST_DIGITS, MOST_DIGITS = 5, 15
MOST_FILES, LARGEST_FILE = 3, 5 * 1024 * 1024
MOST_READ = 30
ACCEPTED = frozenset({*attachments.IMAGES.values(), "application/pdf", "text/plain"})
"""What a stranger may send to somebody's desk: nothing that can hold a program."""
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
PATH = "requests"
KEY = "request:"
"""So the keys of contacts begin that came from a request."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A file as it was sent."""

    filename: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Wish:
    """What a customer asks for.

    Args:
        portal: key of the portal it comes from.
        language: of the portal's page.
        question: in their words.
        call_at: when they want to be called; a message without.
        run_id: of the guided help that they went through; "" for none.
        read: keys of the articles that they opened.
        agreed: to what becomes of it.
        facts: what is known of the customer: attribute -> plain value.
    """

    portal: str
    language: str
    question: str
    name: str = ""
    email: str = ""
    phone: str = ""
    wants_call: bool = False
    call_at: datetime | None = None
    run_id: str = ""
    read: Sequence[str] = ()
    files: Sequence[Sent] = ()
    agreed: bool = False
    facts: Mapping[str, object] = field(default_factory=dict)


def is_offered(session: Session) -> bool:
    """Whether anybody is there to take a request."""
    return session.scalars(select(Queue.id).where(Queue.is_active).limit(1)).first() is not None


def hours_to_call(session: Session, portal: str, now: datetime) -> list[datetime]:
    """When customers of a portal can be called, in the time of those who call."""
    queue = arrivals.expected(session, Arrival(Channel.CALLBACK, called=portal)).queue
    hours = deadlines.hours_of(queue, now)
    return [at.astimezone(ZoneInfo(hours.zone)) for at in slots(hours, now)]


def ask(
    session: Session,
    config: Config,
    wish: Wish,
    core: Core,
    look_up: LookUp,
    *,
    by: Viewer,
    now: datetime,
) -> HelpRequest:
    """Send a request: it waits for an agent from now on, or from when they want to be called.

    Args:
        core, look_up: as of `reported.came`.
        by: who asks, inside of the portal; what they may not read does not go along.

    Raises:
        Invalid: field -> what is wrong with it.
        NotFound: nobody takes requests here.
    """
    _check(session, wish, now)
    number = _number()
    arrival = Arrival(
        Channel.CALLBACK if wish.wants_call else Channel.WEB,
        key=KEY + number,
        called=wish.portal,
        address=wish.phone.strip() if wish.wants_call else wish.email.strip(),
        language=wish.language,
        portal=wish.portal,
        question=wish.question,
        facts=wish.facts,
        run_id=_own_run(session, wish, by, now),
        not_before=wish.call_at,
    )
    contact, _is_new = reported.came(session, arrival, core, by=SYSTEM, now=now, look_up=look_up)
    made = HelpRequest(
        number=number,
        token=secrets.token_urlsafe(16),
        contact=contact,
        name=" ".join(wish.name.split()),
        email=wish.email.strip(),
        phone=wish.phone.strip(),
        call_at=wish.call_at,
        agreed_at=now,
        files=[_file(one) for one in wish.files],
    )
    session.add(made)
    _carry(session, contact, wish.read, by, now)
    session.flush()
    if made.email and not config.missing_for_mail:
        _confirm(session, config, made, wish, now)
    floor.round_(session, now)
    return made


def found(session: Session, token: str) -> HelpRequest:
    """The request behind a link. Raises `NotFound`."""
    one = session.scalars(select(HelpRequest).where(HelpRequest.token == token)).first()
    if one is None:
        raise NotFound(N_("There is no such request, or it is too old."))
    return one


def by_number(session: Session, number: str, email: str) -> HelpRequest:
    """The request of somebody who lost the link, by its number and the address that was given with it.

    Raises:
        NotFound: there is none with both; nobody is told which of them is wrong.
    """
    plain = "".join(letter for letter in number.upper() if letter in ALPHABET)
    one = session.scalars(select(HelpRequest).where(HelpRequest.number == _parted(plain))).first()
    wanted = email.strip().casefold()
    if one is None or not wanted or one.email.casefold() != wanted:
        raise NotFound(N_("There is no request with this number and this address."))
    return one


def of_contact(session: Session, contact: Contact) -> HelpRequest | None:
    """The request that a contact came from; nobody asks of one that came by another way."""
    if not contact.key.startswith(KEY):
        return None
    return session.scalars(select(HelpRequest).where(HelpRequest.contact_id == contact.id)).first()


def address(config: Config, request: HelpRequest, language: str) -> str:
    """Of the customer's own page, for mails."""
    return f"{config.base_url}/{request.contact.portal}/{language}/{PATH}/{request.token}"


def _check(session: Session, wish: Wish, now: datetime) -> None:
    """Raises `Invalid` with all that is wrong."""
    problems = {
        "question": texts.problem(wish.question, LONGEST_QUESTION)
        or ("" if wish.question.strip() else N_("Say what it is about.")),
        "name": texts.problem(wish.name, LONGEST_NAME),
        "email": mail.address_problem(wish.email.strip())
        if wish.email.strip() or not wish.wants_call
        else "",
        "phone": _phone_problem(wish),
        "agreed": "" if wish.agreed else N_("Without your consent it cannot be sent."),
        "files": _file_problem(wish.files),
    }
    if wish.call_at is not None and wish.call_at not in hours_to_call(session, wish.portal, now):
        problems["call_at"] = N_("This time is not free any more. Choose another.")
    if wrong := {name: problem for name, problem in problems.items() if problem}:
        raise Invalid(wrong)


def _phone_problem(wish: Wish) -> str:
    if not wish.phone.strip() and not wish.wants_call:
        return ""
    digits = sum(letter.isdigit() for letter in plain_address(wish.phone))
    if texts.problem(wish.phone, LONGEST_PHONE) or not FEWEST_DIGITS <= digits <= MOST_DIGITS:
        return N_("Give the number with its area code, such as +36 1 234 5678.")
    return ""


def _file_problem(files: Sequence[Sent]) -> str:
    if len(files) > MOST_FILES:
        return N_("At most %(most)s files.", most=MOST_FILES)
    for one in files:
        if not one.data or len(one.data) > LARGEST_FILE:
            return N_("Each file may have up to %(most)s MB, and not be empty.", most=LARGEST_FILE // 2**20)
        try:
            media_type = attachments.media_type_of(one.data, one.filename)
        except Invalid:
            media_type = ""
        if media_type not in ACCEPTED:
            return N_("Only images, PDF and plain text are accepted.")
    return ""


def _file(one: Sent) -> RequestFile:
    return RequestFile(
        filename=attachments.safe_name(one.filename),
        media_type=attachments.media_type_of(one.data, one.filename),
        size=len(one.data),
        data=one.data,
    )


def _own_run(session: Session, wish: Wish, by: Viewer, now: datetime) -> str:
    """The guided help that goes along, if it is theirs and still there."""
    if not wish.run_id or texts.problem(wish.run_id, 22):
        return ""
    try:
        return runs.find(session, wish.run_id, by=by, now=now, portal=wish.portal).id
    except (NotFound, Conflict):
        return ""


def _carry(session: Session, contact: Contact, read: Sequence[str], by: Viewer, now: datetime) -> None:
    """What they read goes along, as far as they may read it."""
    keys = [key for key in dict.fromkeys(read) if not texts.problem(key, 128)][:MOST_READ]
    query = queries.visible_to(by, now, *queries.CARD).where(Article.key.in_(keys))
    cards: Mapping[str, queries.Card] = {
        card.key: card for card in queries.best_language(queries.cards(session, query), [contact.language])
    }
    for key in keys:
        if key in cards:
            title = cards[key].title[:300]
            events.add(
                session, Happening.TRIED, now=now, contact=contact, what="article", key=key, title=title
            )


def _confirm(session: Session, config: Config, made: HelpRequest, wish: Wish, now: datetime) -> None:
    with force_locale(interface_language(wish.language)):
        lines = [
            _("Your request has the number %(number)s.", number=made.number),
            _("Here you see how it stands: %(address)s", address=address(config, made, wish.language)),
        ]
        mail.to_outside(
            session,
            made.email,
            _("Your request %(number)s", number=made.number),
            "\n\n".join(lines) + "\n",
            now=now,
        )


def _number() -> str:
    return _parted("".join(secrets.choice(ALPHABET) for _ in range(8)))


def _parted(plain: str) -> str:
    """As it is read out.

    >>> _parted("KX4T9M2P")
    'KX4T-9M2P'
    """
    return f"{plain[:4]}-{plain[4:8]}"
