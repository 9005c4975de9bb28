"""The outbox: notices become mails, mails are kept until a mail server has taken them.

Writing a mail and marking its notices is one transaction, so that each notice goes into one mail. Sending claims a
mail in one transaction, hands it over, and notes that in another. A process that dies in between leaves a claimed mail,
which is sent again when the claim has run out: once too often, with the same Message-ID, rather than never.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import structlog
from email_validator import EmailNotValidError, validate_email
from flask import Flask
from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from authoring.models import Mail, Notice, NoticePreference
from authoring.telling import digests, letters, post, preferences
from authoring.telling.letters import Letter
from authoring.telling.notices import forget_old
from authoring.telling.post import Post, Refused, Unreachable
from authoring.telling.preferences import AT_ONCE, DAILY, OFF
from kb.config import Config
from kb.context import Services
from kb.errors import N_, Invalid
from kb.models import Person
from kb.permissions import ADMINISTER, require
from kb.viewers import Viewer

log = structlog.get_logger(__name__)

FRESH = timedelta(days=7)
"""What has waited longer for its mail, because mail was not set up, is no news any more."""
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360))
"""How long a mail waits after each try; after the last of them, again and again."""
CLAIM = timedelta(minutes=10)
"""How long a mail is one process's own. Longer than a run, in which it is sent or put back."""
LONGEST_RUN_S = 60.0
NEVER = datetime(9000, 1, 1, tzinfo=UTC)
"""When a mail is tried again that was given up."""
KEPT = timedelta(days=90)
LONGEST_ERROR = 500
LONGEST_SUBJECT = 300


def run(app: Flask, now: datetime) -> None:
    """Write what is to be told, and send what is due: the job, every few seconds."""
    services: Services = app.extensions["kalauz"]
    with app.app_context():
        write(services, now)
        send(services, now)


def clean(services: Services, now: datetime) -> None:
    """Remove mails that were sent or given up long ago, and notices that were seen long ago."""
    with services.database.transaction(actor="system") as session:
        over = or_(Mail.sent_at.is_not(None), Mail.next_try_at == NEVER)
        session.execute(delete(Mail).where(over, Mail.created_at < now - KEPT))
        forget_old(session, now)


def write(services: Services, now: datetime) -> None:
    """Turn notices into mails, for everybody whose time it is: one mail a person. What fails holds up nobody else."""
    with services.database.session() as reading:
        due = list(_told_now(reading, now))
    for person_id in due:
        try:
            with services.database.transaction(actor="system") as session:
                _write_to(session, session.get_one(Person, person_id), services.config, now)
        except Exception:
            log.exception("mail could not be written", person=person_id)


def _told_now(session: Session, now: datetime) -> Iterator[int]:
    waiting = select(Notice.person_id).where(Notice.mailed_at.is_(None)).distinct()
    query = (
        select(Person.id, Person.zone, NoticePreference)
        .join(NoticePreference, NoticePreference.person_id == Person.id, isouter=True)
        .where(Person.id.in_(waiting))
        .order_by(Person.id)
    )
    for person_id, zone, wish in session.execute(query):
        if wish is None or wish.mail != DAILY or digests.is_due(now, zone, wish.digested_at):
            yield person_id


def _write_to(session: Session, person: Person, config: Config, now: datetime) -> None:
    """Put a person's notices into a mail. Those that need none are marked as well, so that they wait no longer."""
    wish = session.get(NoticePreference, person.id)
    query = select(Notice).where(Notice.person_id == person.id, Notice.mailed_at.is_(None))
    if wish is not None and wish.mail == DAILY:
        query = query.where(Notice.created_at < digests.last_morning(now, person.zone))
        wish.digested_at = now
    taken = session.scalars(query.order_by(Notice.id).with_for_update(skip_locked=True)).all()
    for notice in taken:
        notice.mailed_at = now
    wanted = [notice for notice in taken if notice.seen_at is None and notice.created_at > now - FRESH]
    if wanted and _gets_mail(person, wish):
        _enter(session, person, letters.letter(person, wanted, config), now)


def _gets_mail(person: Person, wish: NoticePreference | None) -> bool:
    return person.is_active and (wish.mail if wish else AT_ONCE) != OFF


def _enter(session: Session, person: Person, letter: Letter, now: datetime) -> None:
    session.add(
        Mail(
            person_id=person.id,
            recipient=person.email,
            subject=letter.subject[:LONGEST_SUBJECT],
            text=letter.text,
            unsubscribe=letter.unsubscribe,
            created_at=now,
            next_try_at=now,
        )
    )
    session.flush()


def try_out(session: Session, person: Person, config: Config, *, by: Viewer, now: datetime) -> None:
    """A mail to an administrator, to see whether mails arrive; whatever they chose for notices."""
    require(by, ADMINISTER)
    _enter(session, person, letters.trial(person, config), now)


def address_problem(address: str) -> str:
    """What is wrong with an address; "" for nothing."""
    try:
        validate_email(address, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return N_("Give an address such as anna@example.com.")
    return ""


def to_outside(session: Session, recipient: str, subject: str, text: str, *, now: datetime) -> None:
    """A mail to somebody who has no account here; whoever calls it has seen to it that they may be written to.

    Raises:
        Invalid: "recipient" -> it is no address.
    """
    if problem := address_problem(recipient):
        raise Invalid({"recipient": problem})
    session.add(
        Mail(
            recipient=recipient, subject=subject[:LONGEST_SUBJECT], text=text, created_at=now, next_try_at=now
        )
    )
    session.flush()


def send(services: Services, now: datetime) -> None:
    """Hand over what is due, until the server fails or the time of a run is over."""
    config = services.config
    if config.mail_server is None or config.mail_from is None:
        return
    end = time.monotonic() + LONGEST_RUN_S
    with Post(config.mail_server, config.mail_from.domain) as office:
        while time.monotonic() < end:
            mail = claim(services, now)
            if mail is None or not _hand_over(services, office, mail, now):
                return


def claim(services: Services, now: datetime) -> Mail | None:
    """The mail that has been due for longest, for this process alone until the claim runs out."""
    due = select(Mail).where(Mail.sent_at.is_(None), Mail.next_try_at <= now)
    with services.database.session() as reading:  # takes no lock, since most of the time nothing is due
        if reading.scalar(due.limit(1)) is None:
            return None
    oldest = due.order_by(Mail.next_try_at, Mail.id).limit(1).with_for_update(skip_locked=True)
    with services.database.transaction(actor="system") as session:
        while found := session.scalars(oldest).first():
            if _still_wanted(session, found, services.config):
                found.attempts += 1
                found.next_try_at = now + CLAIM
                return found
            session.delete(found)
            session.flush()
    return None


def again(session: Session, mail: Mail, *, by: Viewer, now: datetime) -> None:
    """Try a mail at once that waits or was given up."""
    require(by, ADMINISTER)
    if mail.sent_at is None:
        mail.next_try_at, mail.attempts = now, 0
        session.flush()


def _still_wanted(session: Session, mail: Mail, config: Config) -> bool:
    """Whether somebody still waits for it; what they have seen meanwhile is left out."""
    if mail.person_id is None and not mail.unsubscribe:
        return True  # to somebody outside: all others have been told how to get no more
    person = session.get(Person, mail.person_id) if mail.person_id else None
    if person is None or not person.is_active:
        return False
    mail.recipient = person.email
    told = _notices_in(session, mail)
    if not told:
        return True
    unseen = [notice for notice in told if notice.seen_at is None]
    if not unseen or preferences.of(session, person.id) == OFF:
        return False
    if len(unseen) < len(told):
        written = letters.letter(person, unseen, config)
        mail.subject, mail.text = written.subject[:LONGEST_SUBJECT], written.text
    return True


def _notices_in(session: Session, mail: Mail) -> Sequence[Notice]:
    """What a mail tells: it was written at the moment at which its notices were marked."""
    query = select(Notice).where(
        Notice.person_id == mail.person_id,
        Notice.mailed_at == mail.created_at,
        Notice.created_at > mail.created_at - FRESH,
    )
    return session.scalars(query.order_by(Notice.id)).all()


def _hand_over(services: Services, office: Post, mail: Mail, now: datetime) -> bool:
    """Whether the server is there for the next one."""
    try:
        office.send(_as_message(mail, services.config, now))
    except Unreachable as error:
        _note(services, mail, str(error), now + _pause(mail))
        log.warning("mail server fails", error=str(error))
        return False
    except Refused as error:
        _note(services, mail, str(error), NEVER if error.for_ever else now + _pause(mail))
        log.warning("mail refused", mail=mail.id, error=str(error), given_up=error.for_ever)
        return True
    _note_sent(services, mail, now)
    log.info("mail sent", mail=mail.id)
    return True


def _as_message(mail: Mail, config: Config, now: datetime) -> EmailMessage:
    """The mail for the wire.

    Raises:
        Refused: it cannot be written.
    """
    if config.mail_from is None:
        raise Unreachable("KALAUZ_MAIL_FROM is not set")
    try:
        return post.message(
            sender=config.mail_from,
            recipient=_mailbox(mail.recipient),
            subject=mail.subject,
            text=mail.text,
            unsubscribe=mail.unsubscribe,
            identity=f"kalauz.{mail.id}.{mail.created_at:%Y%m%d%H%M%S}",
            now=now,
        )
    except ValueError as error:
        raise Refused(str(error), for_ever=True) from error


def _mailbox(address: str) -> str:
    """An address as mail servers write it: the name of the machine in ASCII."""
    try:
        found = validate_email(address, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return address
    return found.ascii_email or found.normalized


def _pause(mail: Mail) -> timedelta:
    return PAUSES[min(mail.attempts, len(PAUSES)) - 1]


def _note(services: Services, mail: Mail, error: str, next_try_at: datetime) -> None:
    with services.database.transaction(actor="system") as session:
        if stored := session.get(Mail, mail.id):
            stored.error, stored.next_try_at = error[:LONGEST_ERROR], next_try_at


def _note_sent(services: Services, mail: Mail, now: datetime) -> None:
    with services.database.transaction(actor="system") as session:
        if stored := session.get(Mail, mail.id):
            stored.sent_at, stored.error = now, ""
