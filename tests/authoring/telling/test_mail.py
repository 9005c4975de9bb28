"""Notices become mails that arrive once: whatever the server does, whoever dies, however many processes send."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from authoring.models import Mail, Notice
from authoring.telling import mail, notices, preferences
from kb.context import Services
from kb.errors import NotAllowed
from kb.jobs import run_due
from kb.mail_settings import MailServer
from kb.models import Person
from tests import factories
from tests.authoring.telling.mailing import BASE, set_up, speak, tell
from tests.authoring.telling.post_office import PostOffice, open_office
from tests.conftest import START, Clock

pytestmark = pytest.mark.usefixtures("set_up_mail")
SOON = START + timedelta(seconds=10)
Run = Callable[..., None]


@pytest.fixture
def office() -> Iterator[PostOffice]:
    """A mail server that takes everything."""
    with open_office() as opened:
        yield opened


@pytest.fixture
def set_up_mail(services: Services, office: PostOffice) -> None:
    """The application sends its mails there."""
    set_up(services, MailServer("127.0.0.1", office.port, ""))


@pytest.fixture
def run(app: Flask, clock: Clock) -> Run:
    """Do the job, now or after some time has passed: run(minutes=5)."""

    def done(**passed: float) -> None:
        mail.run(app, clock.advance(**passed))

    return done


def text_of(office: PostOffice, number: int = -1) -> str:
    return str(office.messages[number].get_content()).replace("\r\n", "\n")


def subjects(office: PostOffice) -> list[str]:
    return [message["Subject"] for message in office.messages]


def stored(session: Session) -> list[Mail]:
    session.rollback()
    session.expire_all()
    return list(session.scalars(select(Mail).order_by(Mail.id)))


# At once


def test_a_notice_arrives_with_its_words_and_an_address_that_works_anywhere(
    session: Session, office: PostOffice, run: Run, reviewer: Person
) -> None:
    reviewer.zone = "Europe/Budapest"
    tell(session, reviewer, by="Anna Author", due_at="2026-03-05T16:00:00+00:00")
    run()
    notice = session.scalars(select(Notice)).one()
    assert office.recipients == ["reviewer@example.com"]
    assert subjects(office) == ["Waiting for you: Roaming abroad"]
    body, _, footer = text_of(office).partition("\n\n-- \n")
    assert body.split("\n") == [
        "“Roaming abroad” (English) is waiting for your approval.",
        "By: Anna Author",
        "Due: March 5, 2026, 5:00\u202fPM",
        f"{BASE}/authoring/notices/{notice.id}",
    ]
    assert f"{BASE}/authoring/notices/preferences" in footer
    assert office.messages[0]["List-Unsubscribe"] == f"<{footer.strip().rpartition(' ')[2]}>"


@pytest.mark.parametrize(
    ("languages", "subject", "words"),
    [
        ([], "Waiting for you: Őrült tarifa", "is waiting for your approval."),
        (["hu"], "Önre vár: Őrült tarifa", "az ön jóváhagyására vár."),
        (["sv", "hu"], "Väntar på dig: Őrült tarifa", "väntar på ditt godkännande."),
        (["ru"], "Ждёт вас: Őrült tarifa", "ждёт вашего одобрения."),
    ],
)
def test_a_mail_speaks_the_reader_s_language(
    app: Flask,
    session: Session,
    office: PostOffice,
    run: Run,
    reviewer: Person,
    tmp_path: Path,
    languages: list[str],
    subject: str,
    words: str,
) -> None:
    speak(app, tmp_path / "words")
    reviewer.languages = languages
    tell(session, reviewer, title="Őrült tarifa")
    run()
    assert subjects(office) == [subject]
    assert words in text_of(office)


def test_each_notice_is_mailed_once(
    session: Session, office: PostOffice, run: Run, reviewer: Person, author: Person
) -> None:
    tell(session, [reviewer, author], title="One")
    for _ in range(3):
        run(minutes=20)
    tell(session, reviewer, title="Two", now=START + timedelta(hours=1))
    run()
    run(hours=7)
    assert sorted(zip(office.recipients, subjects(office), strict=True)) == [
        ("author@example.com", "Waiting for you: One"),
        ("reviewer@example.com", "Waiting for you: One"),
        ("reviewer@example.com", "Waiting for you: Two"),
    ]


def test_what_comes_together_is_one_mail_in_the_order_of_its_kinds(
    session: Session, office: PostOffice, run: Run, author: Person
) -> None:
    tell(session, author, "comment", title="A")
    tell(session, author, "returned", title="B")
    tell(session, author, "a kind of tomorrow", title="C")
    tell(session, author, "comment", title="D")
    run()
    assert subjects(office) == ["4 new notices"]
    assert re.findall(r"“(.)”|^(.+)\n---", text_of(office), re.MULTILINE) == [
        ("", "Returned to you"),
        ("B", ""),
        ("", "Comments"),
        ("A", ""),
        ("D", ""),
        ("", "Other news"),
        ("C", ""),
    ]


def test_a_title_makes_no_header_and_no_line_of_its_own(
    session: Session, office: PostOffice, run: Run, author: Person
) -> None:
    tell(session, author, title="A\r\nBcc: x@example.com\r\n\r\nhttps://evil.example/\n" + "%(x)s" * 99)
    run()
    (message,) = office.messages
    assert message["Bcc"] is None
    assert message["Subject"].startswith("Waiting for you: A Bcc: x@example.com https://evil.example/ %(x)s")
    assert "\nhttps://evil" not in text_of(office)


def test_who_left_gets_nothing(session: Session, office: PostOffice, run: Run, author: Person) -> None:
    author.is_active = False
    tell(session, author)
    run()
    author.is_active = True
    session.commit()
    run(hours=1)
    assert (office.messages, stored(session)) == ([], [])


def test_of_what_was_seen_before_no_mail_is_written(
    app: Flask, services: Services, session: Session, author: Person
) -> None:
    tell(session, author)
    notices.see_all(session, by=author.id, up_to=9, now=START)
    session.commit()
    with app.app_context():
        mail.write(services, SOON)
    assert stored(session) == []


def test_who_wants_no_mail_gets_none_and_no_flood_when_they_change_their_mind(
    session: Session, office: PostOffice, run: Run, author: Person
) -> None:
    preferences.choose(session, author.id, "off", START)
    tell(session, author, title="One")
    run()
    preferences.choose(session, author.id, "at_once", SOON)
    tell(session, author, title="Two", now=SOON)
    run(seconds=10)
    assert subjects(office) == ["Waiting for you: Two"]


def test_what_waited_for_weeks_because_mail_was_not_set_up_is_no_news(
    session: Session, office: PostOffice, run: Run, author: Person
) -> None:
    tell(session, author, title="Old")
    tell(session, author, title="New", now=START + timedelta(days=5))
    run(days=8)
    run(days=1)
    assert subjects(office) == ["Waiting for you: New"]


def test_one_notice_that_cannot_be_said_holds_up_nobody_else(
    session: Session, office: PostOffice, run: Run, author: Person, reviewer: Person
) -> None:
    author.zone = "Mars/Olympus"
    tell(session, [author, reviewer], due_at="2026-03-05T16:00:00+00:00")
    run()
    assert office.recipients == ["reviewer@example.com"]


# Once a day


def test_a_digest_comes_at_seven_with_all_that_was_not_seen(
    session: Session, office: PostOffice, run: Run, clock: Clock, author: Person
) -> None:
    author.zone = "Europe/Budapest"  # seven o'clock is six in UTC until 29 March, then five
    clock.now = datetime.fromisoformat("2026-03-28T08:00:00+00:00")
    preferences.choose(session, author.id, "daily", clock.now)
    for title in ("One", "Two", "Seen"):
        tell(session, author, title=title, now=clock.now)
    notices.see(
        session,
        session.scalars(select(Notice.id).order_by(Notice.id.desc())).first() or 0,
        by=author.id,
        now=clock.now,
    )
    session.commit()
    run()
    clock.now = datetime.fromisoformat("2026-03-29T04:59:50+00:00")
    run()
    assert office.messages == []
    run(seconds=10)
    assert subjects(office) == ["2 new notices"]
    assert re.findall("“(.+)”", text_of(office)) == ["One", "Two"]
    tell(session, author, title="Three", now=clock.now + timedelta(minutes=1))
    run(hours=23, minutes=59, seconds=50)
    assert len(office.messages) == 1
    run(seconds=10)
    assert subjects(office)[1:] == ["Waiting for you: Three"]


def test_no_digest_comes_when_there_is_nothing(
    session: Session, office: PostOffice, run: Run, author: Person
) -> None:
    preferences.choose(session, author.id, "daily", START)
    session.commit()
    for _ in range(3):
        run(days=1)
    assert office.messages == []


def test_a_late_digest_comes_once(session: Session, office: PostOffice, run: Run, author: Person) -> None:
    preferences.choose(session, author.id, "daily", START)
    tell(session, author)
    run(days=2)
    run(hours=1)
    assert len(office.messages) == 1


# When the server fails


def test_a_server_that_is_down_loses_nothing(
    app: Flask, services: Services, session: Session, clock: Clock, author: Person, reviewer: Person
) -> None:
    with open_office() as gone:
        port = gone.port
    set_up(services, MailServer("127.0.0.1", port, ""))
    tell(session, [author, reviewer])
    for _ in range(4):
        mail.run(app, clock.advance(minutes=1))
    waiting = stored(session)
    assert [one.sent_at for one in waiting] == [None, None]
    assert all(one.error.startswith("ConnectionRefusedError") and one.attempts for one in waiting)
    with open_office(port) as office:
        mail.run(app, clock.advance(hours=1))
        assert sorted(office.recipients) == ["author@example.com", "reviewer@example.com"]
    assert [(one.sent_at, one.error) for one in stored(session)] == [(clock.now, ""), (clock.now, "")]


def test_pauses_grow_from_a_minute_to_six_hours(
    session: Session, office: PostOffice, run: Run, clock: Clock, author: Person
) -> None:
    office.answers["RCPT"] = "450 Later"
    tell(session, author)
    pauses = []
    for _ in range(8):
        run()
        (one,) = stored(session)
        pauses.append((one.next_try_at - clock.now).total_seconds() / 60)
        clock.now = one.next_try_at - timedelta(seconds=1)
        run()
        assert stored(session)[0].attempts == len(pauses), "not before its time"
        clock.advance(seconds=1)
    assert pauses == [1, 5, 15, 60, 180, 360, 360, 360]
    office.answers.clear()
    run()
    assert len(office.messages) == 1


def test_a_mail_that_is_refused_for_ever_is_given_up_with_its_reason(
    session: Session, office: PostOffice, run: Run, author: Person, reviewer: Person, admin: Person
) -> None:
    office.for_whom["author@example.com"] = "550 5.1.1 No such person"
    tell(session, [author, reviewer])
    run()
    run(days=30)
    assert office.recipients == ["reviewer@example.com"], "the others get theirs"
    one = next(one for one in stored(session) if one.recipient == "author@example.com")
    assert (one.sent_at, one.attempts, one.error) == (None, 1, "550 5.1.1 No such person")
    office.for_whom.clear()
    mail.again(session, one, by=factories.viewer(session, admin), now=START)
    session.commit()
    run()
    assert office.recipients == ["reviewer@example.com", "author@example.com"]


def test_only_administrators_try_again(session: Session, author: Person, run: Run) -> None:
    tell(session, author)
    run()
    (one,) = stored(session)
    with pytest.raises(NotAllowed):
        mail.again(session, one, by=factories.viewer(session, author), now=START)


def test_a_mail_that_was_sent_is_not_tried_again(
    session: Session, office: PostOffice, run: Run, author: Person, admin: Person
) -> None:
    tell(session, author)
    run()
    mail.again(session, stored(session)[0], by=factories.viewer(session, admin), now=START)
    session.commit()
    run(hours=1)
    assert len(office.messages) == 1


def test_what_is_seen_while_its_mail_waits_is_not_sent(
    session: Session, office: PostOffice, run: Run, author: Person
) -> None:
    office.answers["RCPT"] = "450 Later"
    tell(session, author)
    run()
    notices.see_all(session, by=author.id, up_to=9, now=SOON)
    session.commit()
    office.answers.clear()
    run(hours=1)
    assert (office.messages, stored(session)) == ([], [])


def test_a_mail_that_waits_leaves_out_what_was_seen_meanwhile(
    session: Session, office: PostOffice, run: Run, author: Person
) -> None:
    office.answers["RCPT"] = "450 Later"
    tell(session, author, title="One")
    tell(session, author, title="Two")
    run()
    notices.see_all(session, by=author.id, up_to=1, now=SOON)
    session.commit()
    office.answers.clear()
    run(hours=1)
    assert subjects(office) == ["Waiting for you: Two"]
    assert "One" not in text_of(office)


@pytest.mark.parametrize("change", ["left", "off", "gone"])
def test_who_leaves_or_wants_no_mail_gets_not_even_what_waits(
    session: Session, office: PostOffice, run: Run, author: Person, change: str
) -> None:
    office.answers["RCPT"] = "450 Later"
    tell(session, author)
    run()
    if change == "left":
        author.is_active = False
    elif change == "off":
        preferences.choose(session, author.id, "off", SOON)
    else:
        session.delete(author)
    session.commit()
    office.answers.clear()
    run(hours=1)
    assert (office.messages, stored(session)) == ([], [])


def test_a_mail_that_waits_follows_its_person_to_a_new_address(
    session: Session, office: PostOffice, run: Run, author: Person
) -> None:
    office.answers["RCPT"] = "450 Later"
    tell(session, author)
    run()
    author.email = "anna@example.org"
    session.commit()
    office.answers.clear()
    run(hours=1)
    assert office.recipients == ["anna@example.org"]


def test_a_domain_with_other_letters_is_written_as_mail_servers_know_it(
    session: Session, office: PostOffice, run: Run, author: Person
) -> None:
    author.email = "anna@példa.hu"
    tell(session, author)
    run()
    assert office.recipients == ["anna@xn--plda-bpa.hu"]


# Many processes


def test_two_senders_at_once_send_each_mail_once(
    both_databases: str, app: Flask, services: Services, session: Session, office: PostOffice
) -> None:
    people = session.scalars(select(Person)).all()
    for number in range(3):
        tell(session, people, title=str(number))
        with app.app_context():
            mail.write(services, START + timedelta(seconds=number))
    session.rollback()
    together = threading.Barrier(4)

    def send() -> None:
        together.wait()
        mail.run(app, SOON)

    senders = [threading.Thread(target=send) for _ in range(4)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    expected = sorted(
        (person.email, f"Waiting for you: {number}") for person in people for number in range(3)
    )
    assert sorted(zip(office.recipients, subjects(office), strict=True)) == expected
    assert all(one.sent_at and one.attempts == 1 for one in stored(session))


def test_two_writers_at_once_write_one_mail(
    both_databases: str, app: Flask, services: Services, session: Session
) -> None:
    people = session.scalars(select(Person)).all()
    tell(session, people)
    together = threading.Barrier(4)

    def write() -> None:
        with app.app_context():
            together.wait()
            mail.write(services, SOON)

    writers = [threading.Thread(target=write) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert sorted(one.recipient for one in stored(session)) == sorted(person.email for person in people)


def test_a_mail_that_one_has_claimed_is_nobody_else_s_until_the_claim_runs_out(
    both_databases: str, app: Flask, services: Services, session: Session, author: Person
) -> None:
    tell(session, author)
    with app.app_context():
        mail.write(services, START)
        mine = mail.claim(services, START)
        assert mine
        assert mail.claim(services, START + mail.CLAIM - timedelta(seconds=1)) is None
        again = mail.claim(services, START + mail.CLAIM)
    assert again, "whoever claimed it first has died"
    assert (again.id, again.attempts) == (mine.id, 2)


def test_a_process_that_dies_after_sending_sends_the_same_mail_once_more(
    session: Session, office: PostOffice, run: Run, author: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Died(BaseException):
        pass

    def die(*_arguments: object, **_more: object) -> None:
        raise Died

    tell(session, author)
    with monkeypatch.context() as patch:
        patch.setattr(mail, "_note_sent", die)
        with pytest.raises(Died):
            run()
    run(minutes=5)
    assert len(office.messages) == 1, "it is still claimed"
    run(minutes=5)
    run(hours=7)
    first, second = office.messages
    assert first["Message-ID"] == second["Message-ID"]


# The job


def test_the_job_runs_where_mail_is_set_up_and_nothing_is_written_where_it_is_not(
    services: Services, session: Session, clock: Clock, author: Person
) -> None:
    from kb.app import create_app

    tell(session, author)
    without = replace(services.config, mail_server=None)
    made = {}
    for name, config in (("with", services.config), ("without", without)):
        found: Services = create_app(config, clock=clock).extensions["kalauz"]
        made[name] = [job for job in found.jobs if job.name.startswith("mail")]
        found.database.engine.dispose()
    assert [job.name for job in made["without"]] == ["mail clean-up"]
    run_due(services.database, made["without"], clock.now)
    assert stored(session) == []
    assert set(run_due(services.database, made["with"], clock.advance(seconds=10))) == {"mail"}
    assert [one.sent_at for one in stored(session)] == [clock.now]


def test_what_was_sent_long_ago_is_removed_and_what_waits_stays(
    services: Services, session: Session, office: PostOffice, run: Run, clock: Clock, author: Person
) -> None:
    tell(session, author, title="Sent")
    run()
    office.answers["RCPT"] = "550 No"
    tell(session, author, title="Given up", now=clock.now)
    run(seconds=10)
    office.answers["RCPT"] = "450 Later"
    tell(session, author, title="Waits", now=clock.now)
    run(seconds=10)
    mail.clean(services, START + timedelta(days=90))
    assert len(stored(session)) == 3
    mail.clean(services, START + timedelta(days=91))
    assert [one.subject for one in stored(session)] == ["Waiting for you: Waits"]
