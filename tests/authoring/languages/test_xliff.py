"""XLIFF as it is written, and what is refused of what comes back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from authoring.languages.inline_codes import Mark, coded, plain
from authoring.languages.xliff import Document, File, Note, Segment, Unit, write
from authoring.languages.xliff_reading import ReadDocument, Refused, check, filled, read

XLIFF = "{urn:oasis:names:tc:xliff:document:2.0}"


def document(text: str, target: str | None = None) -> Document:
    """A document with one text in it."""
    segment = Segment(coded(text), coded(target) if target is not None else None)
    unit = Unit("p1", [segment], [Note("kind", "step")])
    return Document("en", "hu", [File("revision-7", "roaming", [unit])])


def one(data: bytes) -> etree._Element:
    return etree.fromstring(data)


def test_a_document_has_the_form_that_the_standard_asks_for() -> None:
    root = one(write(document("See [it](kb:a) `x`.", "Lásd [azt](kb:a) `x`.")))
    assert (root.tag, root.get("version"), root.get("srcLang"), root.get("trgLang")) == (
        f"{XLIFF}xliff",
        "2.1",
        "en",
        "hu",
    )
    file = root.find(f"{XLIFF}file")
    assert file is not None
    assert (file.get("id"), file.get("original")) == ("revision-7", "roaming")
    unit = file.find(f"{XLIFF}unit")
    assert unit is not None
    assert [etree.QName(child).localname for child in unit] == ["notes", "originalData", "segment"]
    data = {child.get("id"): child.text for child in unit.iter(f"{XLIFF}data")}
    link = unit.find(f".//{XLIFF}source/{XLIFF}pc")
    assert link is not None
    assert (data[link.get("dataRefStart")], link.text, data[link.get("dataRefEnd")]) == ("[", "it", "](kb:a)")
    code = unit.find(f".//{XLIFF}target/{XLIFF}ph")
    assert code is not None
    assert data[code.get("dataRef")] == "`x`"
    states = [segment.get("state") for segment in unit.iter(f"{XLIFF}segment")]
    assert states == ["final"]


def test_a_segment_without_a_translation_is_initial() -> None:
    segment = one(write(document("a"))).find(f".//{XLIFF}segment")
    assert segment is not None
    assert segment.get("state") == "initial"
    assert segment.find(f"{XLIFF}target") is None


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\0"), max_size=60))
def test_any_text_comes_back_as_it_went(text: str) -> None:
    back = read(write(document(text, text)))
    segment = back.files[0].units[0].segments[0]
    expected = Segment(coded(text))
    assert not [fault for fault in check(expected, segment, "") if text.strip()]
    assert filled(expected, segment) == text


def changed(text: str, *pairs: tuple[str, str], target: str | None = None) -> ReadDocument:
    """What is read after a translator's tool changed some of the file."""
    data = write(document(text, target or text)).decode()
    for old, new in pairs:
        assert old in data, data
        data = data.replace(old, new)
    return read(data.encode())


def reasons(text: str, *pairs: tuple[str, str]) -> list[str]:
    segment = changed(text, *pairs).files[0].units[0].segments[0]
    return [str(fault.reason) for fault in check(Segment(coded(text)), segment, "roaming / p1")]


CODE = '<ph id="1" dataRef="d1"/>'


def target(inner: str) -> tuple[str, str]:
    """Put something else into the target of the text "a `x` b"."""
    return f"<target>a {CODE} b</target>", f"<target>{inner}</target>"


@pytest.mark.parametrize(
    ("inner", "reason"),
    [
        ("a b", "The code 1 (`x`) is missing."),
        (f"{CODE} a {CODE}", "The code 1 (`x`) is there more than once."),
        (f'{CODE}<ph id="9"/>', "It has a code that was not sent out."),
        (f"{CODE}<b>a</b>", "It has a code that was not sent out."),
        (f'{CODE}<pc id="4">a</pc>', "It has a code that was not sent out."),
        ("", "It has no translation."),
        (" \n ", "It has no translation."),
    ],
)
def test_codes_that_are_missing_doubled_or_made_up_are_found(inner: str, reason: str) -> None:
    assert reasons("a `x` b", target(inner)) == [reason]


def test_codes_may_stand_in_another_order() -> None:
    segment = changed("`x` `y`", target="`y` `x`").files[0].units[0].segments[0]
    assert reasons("a `x` b", target(f"b {CODE} a")) == []
    expected = Segment(coded("`x` `y`"))
    assert [token.number for token in segment.source if isinstance(token, Mark)] == [1, 2]
    assert not list(check(expected, segment, ""))


def test_a_pair_may_come_back_parted() -> None:
    pair = '<pc id="1" dataRefStart="d1" dataRefEnd="d2">it</pc>'
    parted = '<target><sc id="1" dataRef="d1"/>azt<ec startRef="1" dataRef="d2"/></target>'
    back = changed("[it](kb:a)", (f"<target>{pair}</target>", parted))
    assert filled(Segment(coded("[it](kb:a)")), back.files[0].units[0].segments[0]) == "[azt](kb:a)"
    crossed = '<target><ec startRef="1"/>azt<sc id="1"/></target>'
    assert reasons("[it](kb:a)", (f"<target>{pair}</target>", crossed)) == [
        "Its codes begin and end in another order than they may."
    ]


def test_what_a_tool_says_of_the_markdown_of_a_code_is_not_believed() -> None:
    back = changed("[it](kb:a)", ("](kb:a)", "](javascript:x)"))
    assert filled(Segment(coded("[it](kb:a)")), back.files[0].units[0].segments[0]) == "[it](kb:a)"


def test_remarks_and_comments_of_tools_are_passed_over() -> None:
    inner = f'<mrk id="m1" type="term">a</mrk> <!-- hm -->{CODE}<sm id="m2"/> b<em startRef="m2"/>'
    assert reasons("a `x` b", target(inner)) == []


def test_a_changed_source_is_found() -> None:
    wrong = reasons("a `x` b", (f"<source>a {CODE} b</source>", f"<source>A {CODE} b</source>"))
    assert wrong == ["The source text in the file is not what was sent out."]


def refused(data: bytes) -> tuple[int, str]:
    with pytest.raises(Refused) as caught:
        read(data)
    (fault,) = caught.value.faults
    return fault.line, str(fault.reason)


GOOD = write(document("a")).decode()
BOMB = (
    '<?xml version="1.0"?>\n<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>\n<x>&c;</x>'
)
NO_DTD = "It declares a document type (DTD), which is not allowed."


@pytest.mark.parametrize(
    ("data", "line", "words"),
    [
        (b"", 1, "cannot be read as XML"),
        (b"hello", 1, "cannot be read as XML"),
        (GOOD[:-20].encode(), 11, "cannot be read as XML"),
        (GOOD.replace("<unit", "<unit <", 1).encode(), 4, "cannot be read as XML"),
        (b"\xff\xfe\x00\x01", 1, "cannot be read as XML"),
        (b'<?xml version="1.0" encoding="no-such"?><a/>', 1, "cannot be read as XML"),
        (BOMB.encode(), 2, NO_DTD),
        (BOMB.replace('"1.0"', '"1.0" encoding="UTF-16"').encode("utf-16"), 2, NO_DTD),
        (b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>', 1, NO_DTD),
        (b'<!DOCTYPE x SYSTEM "http://example.com/x.dtd"><x/>', 1, NO_DTD),
        (b"<html/>", 1, "not an XLIFF file"),
        (GOOD.replace("2.1", "2.2").encode(), 2, "It is XLIFF 2.2; XLIFF 2.0 / 2.1 is needed."),
        (GOOD.replace("2.1", "9").encode(), 2, "It is XLIFF 9"),
        (b'<xliff version="1.2" xmlns="urn:oasis:names:tc:xliff:document:1.2"/>', 1, "It is XLIFF 1.2"),
        (b'<xliff xmlns="urn:oasis:names:tc:xliff:document:2.2" version="2.2"/>', 1, "It is XLIFF 2.2"),
        (b"<a>" * 5000 + b"</a>" * 5000, 1, "cannot be read as XML"),
    ],
)
def test_what_cannot_be_taken_is_refused_with_its_line(data: bytes, line: int, words: str) -> None:
    found, reason = refused(data)
    assert words in reason
    assert found == line


def test_a_huge_file_is_refused_before_it_is_read() -> None:
    with pytest.raises(Refused, match="larger than 1 MB"):
        read(b"<" + b" " * 2**20, 2**20)


def test_a_fault_says_where_it_is() -> None:
    with pytest.raises(Refused) as caught:
        read(BOMB.encode())
    assert str(caught.value.faults[0]) == f"2: {NO_DTD}"


def test_version_2_0_is_read_too() -> None:
    assert read(GOOD.replace("2.1", "2.0").encode()).files[0].original == "roaming"


def test_lines_are_those_of_the_file() -> None:
    back = read(GOOD.encode())
    lines = GOOD.splitlines()
    assert "<file" in lines[back.files[0].line - 1]
    assert "<unit" in lines[back.files[0].units[0].line - 1]
    assert "<segment" in lines[back.files[0].units[0].segments[0].line - 1]
    assert plain(back.files[0].units[0].segments[0].source) == "a"
