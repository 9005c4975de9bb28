"""An article's address: made of its first title, given once, and never dead."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kb import articles, queries
from kb.errors import Conflict, Invalid
from kb.models import OldSlug
from kb.permissions import SYSTEM
from tests import factories


@pytest.mark.parametrize(
    ("language", "title", "slug"),
    [
        ("en", "Roaming: what does it cost?", "roaming-what-does-it-cost"),
        ("hu", "Árvíztűrő tükörfúrógép", "arvizturo-tukorfurogep"),
        ("sv", "Återställ lösenordet på Åland", "aterstall-losenordet-pa-aland"),
        ("ru", "Как подключить роуминг", "kak-podkliuchit-rouming"),
        ("en", "📱", "phone"),
        ("en", "../../etc/passwd", "etc-passwd"),
    ],
)
def test_an_address_is_made_of_the_first_title(
    session: Session, language: str, title: str, slug: str
) -> None:
    made = factories.article(session, "phone", title=title, language=language)
    assert factories.translation(made).slug == slug
    factories.revision(session, made, title="Something else")
    assert factories.translation(made).slug == slug


def test_a_long_title_makes_an_address_of_whole_words(session: Session) -> None:
    slug = factories.translation(factories.article(session, title="roaming " * 30)).slug
    assert len(slug) <= 120
    assert set(slug.split("-")) == {"roaming"}


def test_an_address_that_is_taken_gets_a_number_in_its_language(session: Session) -> None:
    slugs = [
        factories.translation(factories.article(session, key, title="SIM", language=code)).slug
        for key, code in (("a", "en"), ("b", "en"), ("c", "hu"), ("d", "en"))
    ]
    assert slugs == ["sim", "sim-2", "sim", "sim-3"]


def test_a_percent_sign_or_a_blank_finds_no_other_address(session: Session) -> None:
    factories.article(session, "a", title="100 percent")
    assert factories.translation(factories.article(session, "b", title="100")).slug == "100"


def test_after_a_rename_the_old_address_leads_to_the_same_article(session: Session) -> None:
    made = factories.article(session, title="SIM")
    held = factories.translation(made)
    articles.rename(session, held, "Új cím", by=SYSTEM)
    assert held.slug == "uj-cim"
    assert queries.slug_owner(session, "en", "sim") is held
    assert queries.slug_owner(session, "en", "uj-cim") is held
    assert queries.slug_owner(session, "hu", "sim") is None


def test_an_article_can_have_its_old_address_back(session: Session) -> None:
    held = factories.translation(factories.article(session, title="SIM"))
    for slug in ("esim", "sim", "esim"):
        articles.rename(session, held, slug, by=SYSTEM)
    assert held.slug == "esim"
    assert session.scalars(select(OldSlug.slug)).all() == ["sim"]


def test_an_address_that_once_was_another_articles_is_not_given_again(session: Session) -> None:
    first = factories.translation(factories.article(session, "first", title="SIM"))
    articles.rename(session, first, "esim", by=SYSTEM)
    second = factories.translation(factories.article(session, "second", title="SIM"))
    assert second.slug == "sim-2"
    for taken in ("sim", "esim"):
        with pytest.raises(Conflict, match=f"The address {taken} is taken"):
            articles.rename(session, second, taken, by=SYSTEM)


def test_a_new_name_without_letters_is_refused_and_the_same_one_changes_nothing(session: Session) -> None:
    held = factories.translation(factories.article(session, title="SIM"))
    with pytest.raises(Invalid, match="slug"):
        articles.rename(session, held, "…", by=SYSTEM)
    articles.rename(session, held, "SIM!", by=SYSTEM)
    assert session.scalar(select(func.count()).select_from(OldSlug)) == 0
