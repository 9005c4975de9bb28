"""Plays a day of contacts with people who follow a script, beside whoever else is on the floor.

It works on the base of a running service with the verbs that its pages use, so that all who look see it live, and
whoever is available in a browser is offered contacts as well; those the script leaves to them.
"""

from __future__ import annotations

import random
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic, sleep
from typing import NamedTuple

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from cbr import cases
from cbr.contents import Content
from cbr.guided import runs
from cbr.guided.answers import TOGETHER
from cbr.guided.playing import Kind, Players
from cbr.guided.standing import standing
from cbr.guided.steps import Answer, Outcome, Question
from cbr.models import Case, CaseState, CaseTypeRow
from kb.context import Services
from kb.errors import N_, Invalid
from kb.viewers import Viewer
from routing import contacts, floor, presence, reported
from routing.arrivals import Arrival
from routing.chain import escalations
from routing.chain.escalations import Escalating
from routing.contacts import Ending
from routing.core import Core
from routing.day_crew import Crew, Member
from routing.day_plan import WRITING_S, Caller, Plan, callers, told_first
from routing.lifecycle import HELD, OPEN, State
from routing.models import Channel, Contact, Queue
from routing.permissions import SCOPE

PAUSE_S, SEEN_EVERY_S = 0.2, 5.0
MOST_TRUTHS, MOST_STEPS, AT_THE_BRINK = 400, 20, 3
AFTER_S = 3600.0
"""So long after the last caller, in seconds of the day, whoever is still open is left as they are."""
LEFT_OUT_SHARE = 0.15
"""Questions that a caller cannot answer."""
HUNG_UP = "hung up"
MACHINE = Viewer(name="demo day", scopes=frozenset({SCOPE}))


class Truth(NamedTuple):
    """A solved case that callers' troubles are like.

    Args:
        solved_by: what guided help calls its solution: an article, or the solution itself.
    """

    facts: Mapping[str, object]
    problem: str
    title: str
    solution: str
    solved_by: str
    language: str


@dataclass
class Talk:
    """What the script knows of a contact.

    Args:
        due_s: when its next step is due, in seconds of the day.
        caller: None for somebody whom the script did not send, and the crew was offered.
        rank: the place of what solves it among what guided help proposed; None for nowhere.
        answered_s: when somebody of the crew took it first, in seconds of the day.
    """

    caller: Caller | None
    due_s: float = 0.0
    rank: int | None = None
    run_id: str = ""
    answered_s: float | None = None


@dataclass
class Told:
    """What happened, beside what the contacts themselves say."""

    avoided: int = 0
    escalated: int = 0
    retained: int = 0
    keys: list[str] = field(default_factory=list)


class Day:
    """One day.

    Args:
        crew: those who follow the script.
        rest: waits so many seconds.
        tick: seconds that go by; the clock of the house knows whole ones only.
        say: told a line now and then.
    """

    def __init__(
        self,
        services: Services,
        players: Players,
        core: Core,
        crew: Crew,
        plan: Plan,
        *,
        rest: Callable[[float], None] = sleep,
        tick: Callable[[], float] = monotonic,
        say: Callable[[str], None] = lambda line: None,
    ) -> None:
        self._services, self._players, self._core = services, players, core
        self._crew, self._plan, self._say = crew, plan, say
        self._rest, self._tick = rest, tick
        self._draw = random.Random(plan.seed)  # noqa: S311 - nothing secret
        self._name = f"day-{secrets.token_hex(3)}"
        self._talks: dict[int, Talk] = {}
        self._begun = self._seen = tick()
        self.told = Told()
        with services.database.session() as session:
            self._type, self._truths = truths(session)
            self._queues = session.scalars(
                select(Queue.key).where(Queue.is_active).order_by(Queue.position)
            ).all()

    def play(self) -> None:
        """From the first caller until nobody is left, or an hour of the day after the last."""
        coming = callers(self._plan, len(self._truths))
        self._begun = self._seen = self._tick()
        said, last_s = 0, coming[-1].at_s if coming else 0.0
        waiting = iter(coming)
        following = next(waiting, None)
        while True:
            at_s = self._at_s()
            while following is not None and following.at_s <= at_s:
                self._bring(following)
                following = next(waiting, None)
            is_open = self._step(at_s)
            if at_s // 3600 > said:
                said = int(at_s // 3600)
                self._say(
                    f"hour {said}: {len(self.told.keys)} came, {is_open} open, {self.told.escalated} escalated"
                )
            if following is None and (not is_open or at_s > last_s + AFTER_S):
                return
            self._rest(PAUSE_S)

    def waits(self) -> dict[int, float]:
        """How long those waited whom the crew answered, by the id of the contact, in seconds of the day."""
        return {
            contact_id: max(talk.answered_s - talk.caller.at_s, 0.0)
            for contact_id, talk in self._talks.items()
            if talk.caller is not None and talk.answered_s is not None
        }

    def _at_s(self) -> float:
        return (self._tick() - self._begun) * self._plan.speed

    def _bring(self, caller: Caller) -> None:
        truth = self._truths[caller.truth]
        key = f"{self._name}-{len(self.told.keys)}"
        arrival = Arrival(
            Channel.PHONE,
            key=key,
            queue=self._draw.choice(self._queues),
            language=truth.language,
            question=truth.problem,
            facts=told_first(truth.facts, self._draw),
        )
        now = self._services.clock()
        with self._services.database.transaction(actor="demo day") as session:
            made, _ = reported.came(session, arrival, self._core, by=MACHINE, now=now)
            floor.round_(session, now)
            self._talks[made.id] = Talk(caller)
        self.told.keys.append(key)

    def _step(self, at_s: float) -> int:
        """Let everybody do what is due; how many contacts are open afterwards."""
        now = self._services.clock()
        asking: list[tuple[int, Member]] = []
        with self._services.database.transaction(actor="demo day") as session:
            if self._tick() - self._seen >= SEEN_EVERY_S:
                self._seen = self._tick()
                for member in self._crew.members.values():
                    presence.seen(session, member.viewer.person_id or 0, now)
            ours = or_(Contact.id.in_(self._talks), Contact.agent_id.in_(self._crew.members))
            open_ids = session.scalars(select(Contact.id).where(ours, Contact.state.in_(OPEN))).all()
            for contact_id in open_ids:
                contact = contacts.held(session, contact_id)
                whose = self._crew.members.get(contact.agent_id or 0)
                if contact.state in HELD and whose is not None:
                    if self._works(session, contact, whose, at_s, now):
                        asking.append((contact.id, whose))
                elif contact.state == State.WAITING and contact_id in self._talks:
                    self._may_hang_up(session, contact, at_s, now)
            floor.round_(session, now)
        for contact_id, member in asking:
            if caller := self._talks[contact_id].caller:
                self._guide(contact_id, caller, member)
        return len(open_ids)

    def _may_hang_up(self, session: Session, contact: Contact, at_s: float, now: datetime) -> None:
        caller = self._talks[contact.id].caller
        if caller and contact.answered_at is None and at_s - caller.at_s > caller.patience_s:
            reported.gone(session, contact.key, by=MACHINE, now=now, why=HUNG_UP)

    def _works(self, session: Session, contact: Contact, member: Member, at_s: float, now: datetime) -> bool:
        """The next step of whoever has it; whether guided help is to be asked."""
        talk = self._talks.setdefault(contact.id, Talk(None))
        if contact.state == State.OFFERED:
            contacts.accept(session, contact, by=member.viewer, now=now)
            talk.due_s = at_s + (talk.caller.handling_s if talk.caller else self._plan.handling_s)
            is_first = talk.caller is not None and talk.answered_s is None
            talk.answered_s = at_s if is_first else talk.answered_s
            return is_first
        if at_s < talk.due_s:
            return False
        if contact.state == State.ACTIVE:
            self._ends_talk(session, contact, member, talk, now)
            talk.due_s = at_s + WRITING_S
        elif contact.state == State.WRAP_UP:
            self._close(session, contact, member, talk, now)
        return False

    def _ends_talk(
        self, session: Session, contact: Contact, member: Member, talk: Talk, now: datetime
    ) -> None:
        by = member.viewer
        is_new, is_ours = (talk.caller.is_new, True) if talk.caller else (False, False)
        self._finish(session, member, talk, now)
        if is_ours and contact.level == 1 and talk.rank != 0:
            if talk.rank is not None:
                escalations.avoided(session, contact, "guide", self._type, by=by, now=now)
                self.told.avoided += 1
            elif above := self._crew.above(contact.level):
                self._sends_up(session, contact, above, by, now)
                return
        elif contact.level == 2 and is_new and (above := self._crew.above(contact.level)):
            self._sends_up(session, contact, above, by, now)
            return
        contacts.wrap_up(session, contact, by=by, now=now)

    def _finish(self, session: Session, member: Member, talk: Talk, now: datetime) -> None:
        """Say how guided help went."""
        by, run_id, talk.run_id = member.viewer, talk.run_id, ""
        if run_id:
            run = runs.find(session, run_id, by=by, now=now, change=True)
            play = self._players.play(session, by, now, run)
            solved_by = (
                self._truths[talk.caller.truth].solved_by if talk.caller and talk.rank is not None else ""
            )
            runs.finish(session, run, play, "worked" if solved_by else "failed", proposal=solved_by, now=now)

    def _sends_up(self, session: Session, contact: Contact, above: Member, by: Viewer, now: datetime) -> None:
        what = Escalating(
            contact.level + 1, person_id=above.viewer.person_id, note="Guided help did not solve it."
        )
        escalations.escalate(session, contact, what, by=by, now=now)
        self.told.escalated += 1

    def _close(self, session: Session, contact: Contact, member: Member, talk: Talk, now: datetime) -> None:
        by = member.viewer
        if contact.level == 3 and talk.caller is not None and talk.caller.is_new:
            case = self._retain(session, contact, self._truths[talk.caller.truth], by, now)
            ending = Ending(solved_kind="case", solved_key=case.key, case=case)
        elif talk.rank is not None:
            ending = Ending(solved_kind="guide", solved_key=self._type)
        else:
            ending = Ending(solved_kind="answer")
        contacts.close(session, contact, ending, by=by, now=now)

    def _retain(self, session: Session, contact: Contact, truth: Truth, by: Viewer, now: datetime) -> Case:
        """What the specialist found is kept as a case, and waits for review."""
        row = session.scalars(select(CaseTypeRow).where(CaseTypeRow.key == self._type)).one()
        content = Content(
            facts=dict(truth.facts),
            problem=contact.question,
            title=truth.title,
            solution=f"{truth.solution}\n\n{contact.key}",
            language=truth.language,
        )
        self.told.retained += 1
        return cases.record(session, row, content, by=by, now=now)

    def _guide(self, contact_id: int, caller: Caller, member: Member) -> None:
        """Ask what guided help asks, with what the caller knows, and see what it proposes."""
        talk, by, now = self._talks[contact_id], member.viewer, self._services.clock()
        truth = self._truths[caller.truth]
        with self._services.database.transaction(actor="demo day") as session:
            contact = contacts.held(session, contact_id)
            if contact.agent_id != by.person_id or contact.state != State.ACTIVE:
                return  # somebody took it over meanwhile
            beginning = runs.Beginning(
                Kind.ADAPTIVE,
                self._type,
                [truth.language],
                text=contact.question,
                facts=contact.facts,
                answerer="agent",
            )
            secret = self._services.config.secret_key
            run, play = runs.start(session, self._players, beginning, by=by, now=now, secret=secret)
            answered: dict[str, object] = {}
            step = standing(run, play).step
            for _ in range(MOST_STEPS):
                if not isinstance(step, Question):
                    break
                value = self._said(step, truth)
                answered |= {step.id: value} if step.id in truth.facts and value is not None else {}
                step = runs.answer(session, run, play, Answer(step.id, value), now=now).step
            proposed = [one.id for one in step.proposals] if isinstance(step, Outcome) else []
            if truth.solved_by in proposed[:AT_THE_BRINK] and not caller.is_new:
                talk.rank = proposed.index(truth.solved_by)
            talk.run_id = run.id
            contacts.guided_by(session, contact, run.id, by=by, now=now)
            contacts.change_facts(session, contact, answered, by=by, now=now)

    def _said(self, question: Question, truth: Truth) -> object:
        """What the caller says; sometimes they do not know."""
        if TOGETHER in question.id:
            return [key for key in question.id.split(TOGETHER) if truth.facts.get(key) is True]
        return None if self._draw.random() < LEFT_OUT_SHARE else truth.facts.get(question.id)


def truths(session: Session) -> tuple[str, list[Truth]]:
    """The key of the case type with most solved cases, and some of these.

    Raises:
        Invalid: there are none.
    """
    solved = Case.state.in_([CaseState.SOLVED, CaseState.CONFIRMED]) & (Case.solution_key != "")
    most = (
        select(CaseTypeRow.id, CaseTypeRow.key)
        .join(Case, Case.case_type_id == CaseTypeRow.id)
        .where(solved)
        .group_by(CaseTypeRow.id)
        .order_by(func.count().desc(), CaseTypeRow.id)
    )
    row = session.execute(most).first()
    if row is None:
        raise Invalid({"cases": N_("There are no solved cases to play with.")})
    found = select(Case).where(Case.case_type_id == row.id, solved).order_by(Case.id).limit(MOST_TRUTHS)
    return row.key, [
        Truth(
            case.facts,
            case.problem,
            case.title,
            case.solution,
            case.article or case.solution_key,
            case.language,
        )
        for case in session.scalars(found)
    ]
