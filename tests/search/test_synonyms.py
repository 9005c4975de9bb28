"""Synonyms as authors keep them: who may, what is refused, and that every process knows of them at once."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb import journal
from kb.concurrency import version_of
from kb.db import Database
from kb.errors import Conflict, Invalid, LoginRequired, NotAllowed
from kb.models import AuditEntry, JournalEntry
from kb.models.people import Role
from kb.permissions import SYSTEM
from kb.viewers import ANONYMOUS, Viewer
from search import synonym_lines, synonyms, thesaurus
from search.models import SynonymGroup
from search.synonyms import FEWEST_WORDS, LONGEST_WORD, MOST_WORDS, SynonymCache


def somebody(*roles: Role) -> Viewer:
    return Viewer(person_id=1, name="Somebody", roles=frozenset(roles))


def make(session: Session, *words: str, language: str = "en", one_way: bool = False) -> SynonymGroup:
    return synonyms.save(session, None, language=language, words=words, one_way=one_way, by=SYSTEM)


@pytest.mark.parametrize("role", [Role.AUTHOR, Role.SPECIALIST, Role.SUPERVISOR, Role.ADMIN])
def test_those_who_write_may_keep_synonyms(session: Session, role: Role) -> None:
    made = synonyms.save(session, None, language="hu", words=["PUK", "feloldókód"], by=somebody(role))
    synonyms.delete(session, made, by=somebody(role))


@pytest.mark.parametrize("roles", [(), (Role.AGENT,), (Role.TRANSLATOR, Role.REVIEWER)])
def test_nobody_else_may(session: Session, roles: tuple[Role, ...]) -> None:
    made = make(session, "a", "b")
    other = somebody(*roles)
    for refused in (
        lambda: synonyms.save(session, None, language="en", words=["c", "d"], by=other),
        lambda: synonyms.save(session, made, language="en", words=["c", "d"], by=other),
        lambda: synonyms.delete(session, made, by=other),
        lambda: synonyms.import_lines(session, "en", "e, f", by=other),
    ):
        with pytest.raises(NotAllowed):
            refused()
    with pytest.raises(LoginRequired):
        synonyms.delete(session, made, by=ANONYMOUS)
    assert synonyms.exported(session, "en") == "a, b\n"


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["puk"],
        ["puk", "  "],
        [f"w{number}" for number in range(MOST_WORDS + 1)],
        ["puk", "x" * (LONGEST_WORD + 1)],
        ["puk", "PUK"],
        ["wifi", "Wifi!"],
        ["puk", '"code"'],
        ["puk", "code*"],
        ["puk", "-code"],
        ["puk", "this OR that"],
        ["puk", "tag:code"],
        ["puk", "a, b"],
        ["puk", "a => b"],
        ["puk", "?!"],
        ["puk", "no\0ne"],
        ["puk", "half \ud800"],
        ["puk", "one two three four five six seven eight nine"],
    ],
)
def test_what_makes_no_group_is_refused_under_its_field(session: Session, words: Sequence[str]) -> None:
    with pytest.raises(Invalid) as refused:
        make(session, *words)
    assert set(refused.value.fields) == {"words"}


@pytest.mark.parametrize("language", ["", "klingon!", "x" * 40])
def test_a_language_is_asked_for(session: Session, language: str) -> None:
    with pytest.raises(Invalid) as refused:
        make(session, "a", "b", language=language)
    assert set(refused.value.fields) == {"language"}


def test_the_largest_group_fits(session: Session) -> None:
    make(session, *(f"{number:02}" + "w" * (LONGEST_WORD - 2) for number in range(MOST_WORDS)))
    make(session, *(f"a{number}" for number in range(FEWEST_WORDS)))


def test_the_same_group_is_refused_a_second_time_but_not_in_another_language(session: Session) -> None:
    made = make(session, "PUK", "code")
    with pytest.raises(Invalid):
        make(session, "code", " puk ")
    make(session, "PUK", "code", language="sv")
    make(session, "PUK", "code", one_way=True)
    synonyms.save(session, made, language="en", words=["PUK", "Code"], by=SYSTEM)


def test_whoever_saves_second_is_told(session: Session) -> None:
    made = make(session, "a", "b")
    seen = version_of(made)
    synonyms.save(session, made, language="en", words=["a", "b", "c"], by=SYSTEM, seen=seen)
    with pytest.raises(Conflict):
        synonyms.save(session, made, language="en", words=["a", "d"], by=SYSTEM, seen=seen)


def test_lines_are_taken_in_once(session: Session) -> None:
    text = "# ours\nPUK, personal key\nphone => mobile, handset\n\nPUK, personal key\n"
    assert synonyms.import_lines(session, "en", text, by=SYSTEM) == (2, 1)
    assert synonyms.import_lines(session, "en", text, by=SYSTEM) == (0, 3)
    assert synonyms.exported(session, "en") == "PUK, personal key\nphone => mobile, handset\n"
    assert synonyms.import_lines(session, "sv", synonyms.exported(session, "en"), by=SYSTEM) == (2, 0)


def test_every_wrong_line_is_named_and_then_nothing_is_taken_in(session: Session) -> None:
    with pytest.raises(Invalid) as refused:
        synonyms.import_lines(session, "en", 'a\nb, c\nd, "e"\nf =>\n', by=SYSTEM)
    assert set(refused.value.fields) == {"line1", "line3", "line4"}
    assert synonyms.every(session, "en") == []


@pytest.mark.parametrize("text", ["", "\n\n# nothing", "x" * 200_001])
def test_an_import_of_nothing_or_of_far_too_much_is_refused(session: Session, text: str) -> None:
    with pytest.raises(Invalid) as refused:
        synonyms.import_lines(session, "en", text, by=SYSTEM)
    assert set(refused.value.fields) == {"lines"}


def test_there_is_room_for_many_groups_but_not_for_any_number(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(synonyms, "MOST_GROUPS", 2)
    synonyms.import_lines(session, "en", "a, b\nc, d", by=SYSTEM)
    for refused in (
        lambda: make(session, "e", "f"),
        lambda: synonyms.import_lines(session, "en", "e, f", by=SYSTEM),
    ):
        with pytest.raises(Invalid):
            refused()


def test_every_change_is_in_the_log_and_in_the_journal(session: Session) -> None:
    made = make(session, "a", "b")
    session.commit()
    synonyms.delete(session, made, by=SYSTEM)
    session.commit()
    kinds = session.scalars(select(JournalEntry.kind).where(JournalEntry.kind == "synonyms")).all()
    assert len(kinds) == 2
    actions = session.scalars(
        select(AuditEntry.action).where(AuditEntry.subject_kind == SynonymGroup.__tablename__)
    )
    assert list(actions) == ["created", "deleted"]


def test_every_process_knows_of_a_change_before_its_next_answer(
    both_databases: str, database: Database
) -> None:
    here, there = SynonymCache(), SynonymCache()

    def known(cache: SynonymCache) -> dict[str, dict[str, tuple[str, ...]]]:
        with database.session() as session:
            current = cache.current(session, journal.head(session))
        return {language: dict(found) for language, found in current.items()}

    assert known(here) == known(there) == {}
    with database.transaction(actor="tests") as session:
        make(session, "PUK", "code", language="hu")
    assert known(here) == known(there) == {"hu": {"puk": ("code",), "code": ("puk",)}}
    with database.transaction(actor="tests") as session:
        synonyms.delete(session, synonyms.every(session, "hu")[0], by=SYSTEM)
    assert known(there) == known(here) == {}


def test_a_copy_that_knows_too_much_starts_again(database: Database) -> None:
    cache = SynonymCache()
    with database.transaction(actor="tests") as session:
        make(session, "PUK", "code")
    with database.session() as session:
        cache.current(session, journal.head(session) + 7)
        cache.restart(session)
        assert cache.position() == journal.head(session)
        assert set(cache.current(session, cache.position())) == {"en"}


def test_what_is_rolled_back_nobody_knows(database: Database) -> None:
    cache = SynonymCache()
    with database.session() as session:
        make(session, "PUK", "code")
        session.rollback()
        assert cache.current(session, journal.head(session)) == {}


@given(st.text(max_size=120))
def test_no_line_breaks_the_rules(text: str) -> None:
    for line in synonym_lines.read(text):
        if not synonyms._problem(line.words):
            assert FEWEST_WORDS <= len(line.words) <= MOST_WORDS
            found = thesaurus.synonyms([(line.words, line.one_way)])
            assert len(found) == (1 if line.one_way else len(line.words))
