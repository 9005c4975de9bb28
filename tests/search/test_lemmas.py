"""Words that a caller uses for one thing have one root, in each language."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search import form_tables
from search.analysis import analyzer
from search.lemmas import STEMMERS, WordList, word_list

SAME = {
    "hu": [
        "menteni mentés mentett mentem mentéshez",
        "beállítás beállítani beállítások beállításai beállította beállítható",
        "fizetés fizetni fizettem fizetek fizetését",
        "kifizet kifizetés kifizetni kifizették",
        "befizetés befizetni",
        "jelszó jelszavam jelszavát jelszavak jelszót",
        "elfelejtettem elfelejteni elfelejtette",
        "lemondani lemondás lemondom",
        "visszaállítani visszaállítás visszaállítom",
        "bekapcsolni bekapcsolás bekapcsolom",
        "nyomtatás nyomtatni nyomtatott",
        "letiltás letiltani letiltom letiltották",
        "módosítani módosítás módosítottam",
        "számla számlát számlám számlák számláim",
        "előfizetés előfizetni",
        "törölni törlés töröltem",
        "regisztráció regisztrálni",
        "aktiválni aktiválás",
        "újraindítani újraindítás",
    ],
    "sv": [
        "lösenord lösenordet lösenorden",
        "nätverk nätverket nätverken",
        "återställa återställning återställer återställde",
        "betala betalning betalar betalade betalningar",
        "faktura fakturan fakturor",
        "ändra ändring ändrade",
        "glömma glömt glömde glömmer",
        "skrivare skrivaren skrivarna",
        "aktivera aktivering aktiverade",
        "beställa beställning",
        "registrera registrering",
        "spärra spärrade spärrar spärrning",
        "bok boken böcker",
    ],
    "ru": [
        "сохранить сохранение сохраняю сохранять сохранил",
        "пароль пароли паролем",
        "забыть забыл забыла",
        "оплатить оплачивать",
        "счёт счета счёту",
        "настроить настройка настройки настраивать",
        "изменить изменение изменять изменил",
        "подключить подключение подключать",
        "удалить удаление удалять",
        "проверить проверка проверять",
        "отключить отключение отключать",
        "восстановить восстановление восстанавливать",
        "установить установка устанавливать",
        "загрузить загрузка",
        "создать создание",
        "отправить отправка отправлять",
        "активировать активация",
        "открыть открывать",
        "ещё еще",
    ],
    "de": [
        "rechnung rechnungen",
        "bezahlen bezahlt bezahlung",
        "passwort passwörter passworts",
        "vergessen vergaß vergisst",
        "kündigen kündigung gekündigt",
        "einrichten eingerichtet einrichtung",
        "haus häuser",
        "ändern änderung geändert",
        "sperren gesperrt sperrung",
        "vertrag verträge vertrags",
    ],
    "en": [
        "pay paid paying pays",
        "forget forgot forgotten",
        "child children",
        "buy bought",
        "send sent",
        "lose lost",
        "choose chose chosen",
        "save saved saving",
    ],
}
APART = [
    ("hu", "beállítás", "leállítás"),
    ("hu", "kifizetés", "befizetés"),
    ("hu", "számla", "szám"),
    ("sv", "lösenord", "lösning"),
    ("ru", "подключение", "отключение"),
    ("de", "vertrag", "vertreter"),
    ("en", "payment", "paint"),
]


def root(language: str, word: str) -> str:
    return analyzer(language)[word.replace("ё", "е")].roots[0]


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        (language, first, other)
        for language, groups in SAME.items()
        for first, *others in map(str.split, groups)
        for other in others
    ],
)
def test_words_of_one_root_meet(language: str, one: str, other: str) -> None:
    assert root(language, one) == root(language, other)


@pytest.mark.parametrize(("language", "one", "other"), APART)
def test_words_of_different_roots_stay_apart(language: str, one: str, other: str) -> None:
    assert root(language, one) != root(language, other)


@pytest.mark.parametrize("name", ["sim", "pin", "puk", "5g", "4k", "a54", "mp3"])
@pytest.mark.parametrize("language", sorted(STEMMERS))
def test_names_stay_as_they_are(language: str, name: str) -> None:
    words = word_list(language)
    assert words
    assert words.root(name) == name
    assert words.inner(name) == ()


@pytest.mark.parametrize(
    ("language", "word", "parts"),
    [
        ("sv", "lösenordsåterställning", ("lösenord", "återställa")),
        ("sv", "fakturakopia", ("faktura", "kopia")),
        ("sv", "bredbandsanslutning", ("bredband", "ansluta")),
        ("sv", "skrivarinställningar", ("skrivare", "inställa")),
        ("sv", "kundtjänst", ("kund", "tjänst")),
        ("de", "rechnungsbetrag", ("rechnen", "betrag")),
        ("de", "kundennummer", ("kunde", "nummer")),
        ("de", "kündigungsfrist", ("kündigen", "frist")),
        ("de", "passwortänderung", ("passwort", "ändern")),
        ("hu", "jelszóváltoztatás", ("jelszó", "változtat")),
        ("hu", "számlabefizetés", ("számla", "befizet")),
        ("hu", "bankkártya", ("bank", "kártya")),
    ],
)
def test_a_compound_is_cut_into_the_roots_of_its_words(
    language: str, word: str, parts: tuple[str, ...]
) -> None:
    words = word_list(language)
    assert words
    assert words.inner(word) == parts


@pytest.mark.parametrize(
    ("language", "word"),
    [
        ("sv", "lösenord"),
        ("sv", "betala"),
        ("sv", "funktionen"),
        ("sv", "berättar"),
        ("de", "aktivieren"),
        ("de", "verbindung"),
        ("hu", "alkalmazás"),
        ("hu", "szolgáltatások"),
        ("hu", "visszaállítás"),
        ("ru", "подключение"),
        ("en", "password"),
    ],
)
def test_other_words_are_not_cut(language: str, word: str) -> None:
    words = word_list(language)
    assert words
    assert words.inner(word) == ()


def test_a_language_without_a_list_has_none() -> None:
    assert word_list("fi") is None
    assert analyzer("fi")["tulostimet"].roots == ()


def test_a_list_may_lead_anywhere_and_still_there_is_a_root() -> None:
    circle = WordList("hu", {"abcda": "efgha", "efgha": "abcda", "abcdabcd": "x"}, lambda word: word)
    assert circle.root("abcda") == "abcda"
    assert circle.root("abcdabcd") == "abcdabcd"
    assert WordList("sv", {}, lambda word: word).inner("lösenordet") == ()


@given(st.text(), st.sampled_from(sorted(STEMMERS)))
def test_any_word_has_a_root(word: str, language: str) -> None:
    words = word_list(language)
    assert words
    assert isinstance(words.root(word.lower()), str)
    assert all(words.inner(word.lower()))


def test_what_nobody_asks_for_is_never_read(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []

    def table(language: str, *_folder: Path) -> dict[str, str]:
        read.append(language)
        return {}

    monkeypatch.setattr(form_tables, "table", table)
    assert word_list.__wrapped__("fi") is None
    assert read == []
    assert word_list.__wrapped__("hu")
    assert read == ["hu"]


def test_threads_that_ask_at_once_get_the_same() -> None:
    with ThreadPoolExecutor(8) as threads:
        roots = set(threads.map(lambda _: word_list("en").root("forgotten"), range(64)))  # type: ignore[union-attr]
    assert roots == {"forget"}
