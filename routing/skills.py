"""Skills: what a contact can require of whoever takes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb import texts
from kb.concurrency import refuse_stale
from kb.errors import N_, Conflict, Invalid
from kb.keys import check_key
from kb.keys import texts as kept_texts
from kb.permissions import require
from kb.viewers import Viewer
from routing.lifecycle import OPEN
from routing.models import Agent, Contact, Entrance, Skill
from routing.permissions import DIRECT
from routing.queues import LONGEST_NAME


def every(session: Session) -> Sequence[Skill]:
    """All of them by key."""
    return session.scalars(select(Skill).order_by(Skill.key)).all()


def save(
    session: Session,
    found: Skill | None,
    names: Mapping[str, str],
    *,
    by: Viewer,
    key: str = "",
    seen: str | None = None,
) -> Skill:
    """Make or rename a skill.

    Args:
        found: None for a new one.
        key: of a new one; it stays for ever.
        names: language -> name.
        seen: its version when the form was opened.

    Raises:
        Invalid: no name, or a key that cannot be used.
        Conflict: the key is taken, or somebody else saved it meanwhile.
    """
    require(by, DIRECT)
    problems = {
        f"names_{code}": reason
        for code, text in names.items()
        if (reason := texts.problem(text, LONGEST_NAME))
    }
    if not kept_texts(names):
        problems["names"] = N_("Give a name in at least one language.")
    if found is None:
        found = Skill(key=check_key(session, Skill.key, key, problems))
    elif problems:
        raise Invalid(problems)
    else:
        refuse_stale(session, found, seen)
    found.names = kept_texts(names)
    session.add(found)
    session.flush()
    return found


def delete(session: Session, skill: Skill, *, by: Viewer) -> None:
    """Remove a skill from everybody who has it.

    Raises:
        Conflict: a way in asks for it, or a contact that is open does.
    """
    require(by, DIRECT)
    if any(skill.key in entrance.skills for entrance in session.scalars(select(Entrance))):
        raise Conflict(N_("A way in asks for this skill. Take it out there first."))
    asked = session.scalars(select(Contact.skills).where(Contact.state.in_(OPEN)))
    if any(skill.key in skills for skills in asked):
        raise Conflict(N_("A contact that is open asks for this skill. Wait until it has ended."))
    for agent in session.scalars(select(Agent)):
        if skill.key in agent.skills:
            agent.skills = {key: order for key, order in agent.skills.items() if key != skill.key}
    session.delete(skill)
    session.flush()
