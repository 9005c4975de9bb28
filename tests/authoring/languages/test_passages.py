"""Texts taken apart into passages, and put together again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authoring.languages.passages import CODE, Passage, line_of, rewrite, split, straight

DEMO = Path(__file__).parents[3] / "demo" / "articles"
GNOME = Path(__file__).parents[4] / "shared" / "data" / "gnome-help"

WHOLE = """\
# Move house {#move}

Tell us
*two weeks* before.

> [!WARNING]
> Take the
> router along.

1. Call us.
   We answer.

   Have your number ready.
2. Pack.
   - the router
   - [x] the cable

| What | Price |
|:-----|------:|
| Move | 25 EUR |
| A \\| B | `x` |

Term
: What it means

```
never {{this}}
```

> Said by someone

[^1]: A note
"""


def kinds(markdown: str) -> list[tuple[str, str]]:
    return [(one.kind, one.text) for one in split(markdown)]


def test_every_kind_of_passage_is_found() -> None:
    assert kinds(WHOLE) == [
        ("heading", "Move house"),
        ("paragraph", "Tell us\n*two weeks* before."),
        ("callout", "Take the\nrouter along."),
        ("step", "Call us.\nWe answer."),
        ("paragraph", "Have your number ready."),
        ("step", "Pack."),
        ("item", "the router"),
        ("item", "the cable"),
        ("row", "What | Price"),
        ("row", "Move | 25 EUR"),
        ("row", "A \\| B | `x`"),
        ("term", "Term"),
        ("definition", "What it means"),
        ("code", "```\nnever {{this}}\n```"),
        ("quote", "Said by someone"),
        ("footnote", "A note"),
    ]


def test_an_empty_text_has_no_passages() -> None:
    assert split("") == split("\n \n") == ()


def test_a_passage_names_what_stands_among_its_words() -> None:
    (found,) = split("See [it](kb:roaming#costs), ![a](attachment:3), `code`, {{ext:a.b}} and <kbd>x</kbd>.")
    assert [piece for piece in found.pieces if piece.sort != "text"] == [
        ("link", "kb:roaming#costs"),
        ("image", "attachment:3"),
        ("code", "code"),
        ("value", "a.b"),
        ("html", "<kbd>"),
        ("html", "</kbd>"),
    ]


def test_a_link_by_reference_has_its_target() -> None:
    (found,) = split("See [it][one].\n\n[one]: https://example.com/a")
    assert ("link", "https://example.com/a") in found.pieces


def test_a_title_is_a_passage_too() -> None:
    assert line_of("title", "Move *house*").text == "Move *house*"
    assert line_of("summary", "").text == ""


def test_words_are_replaced_and_the_signs_around_them_stay() -> None:
    said = {
        0: ("Költözés",),
        2: ("Vigye magával\na routert.",),
        3: ("Hívjon minket.\nFelvesszük.\nTényleg.",),
        7: ("a kábel",),
        9: ("Költözés", "25 | EUR"),
    }
    got = rewrite(WHOLE, said)
    assert "# Költözés {#move}\n" in got
    assert "> [!WARNING]\n> Vigye magával\n> a routert.\n" in got
    assert "1. Hívjon minket.\n   Felvesszük.\n   Tényleg.\n\n   Have" in got
    assert "   - the router\n   - [x] a kábel\n" in got
    assert "| Költözés | 25 \\| EUR |\n" in got


def test_a_line_break_in_a_heading_becomes_a_blank() -> None:
    assert rewrite("# One\n\nTwo", {0: ("Egy\nkettő",)}) == "# Egy kettő\n\nTwo"


def bodies() -> list[str]:
    """Bodies of the demonstration and, where they are at hand, of the help pages of gnome-help."""
    found = [path.read_text().split("---\n", 2)[2] for path in sorted(DEMO.rglob("*.md"))]
    for path in sorted(GNOME.glob("*.jsonl")):
        found += [json.loads(line)["body_md"] for line in path.read_text().splitlines()]
    return found


def marked(one: Passage) -> tuple[str, ...]:
    return tuple(f"x{cell}" for cell in one.cells)


def test_real_texts_come_back_as_they_were_and_take_other_words() -> None:
    for body in bodies():
        passages = split(body)
        assert rewrite(body, {number: one.cells for number, one in enumerate(passages)}) == straight(body)
        others = {number: marked(one) for number, one in enumerate(passages) if one.kind != CODE}
        again = split(rewrite(body, others))
        assert [one.kind for one in again] == [one.kind for one in passages]
        assert [again[number].cells for number in others] == list(others.values())


SIGNS = st.sampled_from(
    [*"ab 1\n\n#>-|*`[]()!:\t\\~{}<&_.=", "- ", "1. ", "> ", "| ", "|-", "```\n", "    ", "\r\n"]
)


@given(st.lists(SIGNS, max_size=60).map("".join))
def test_any_text_is_put_together_as_it_was(markdown: str) -> None:
    passages = split(markdown)
    assert rewrite(markdown, {number: one.cells for number, one in enumerate(passages)}) == straight(markdown)
    places = [place for one in passages for line in one.places for place in line]
    assert all(a.end <= b.start for a, b in zip(sorted(places), sorted(places)[1:], strict=False))


@pytest.mark.parametrize(
    "markdown", ["- - - a\n", "> - 1. a\n>   b", "# # a\n", "*\n\n a", "a\n=\n", "\ta\n"]
)
def test_odd_texts_have_a_place(markdown: str) -> None:
    for one in split(markdown):
        assert all(place.end > place.start for line in one.places for place in line)


# Guides.

GUIDE = """\
## How old is it? {#age}

<!-- step: number; unit: years -->

Look at the bill.

- [Less than 2](#new) <!-- below: 2 -->
- [I don't know](#old) <!-- unknown -->

<!-- canvas
age 0 0
new 10 20
-->
"""


def test_what_says_what_a_step_of_a_guide_is_is_for_machines() -> None:
    kinds = {passage.text: passage.kind for passage in split(GUIDE)}
    assert kinds["<!-- step: number; unit: years -->"] == CODE
    assert kinds["How old is it?"] == "heading"
    assert kinds["[I don't know](#old) <!-- unknown -->"] == "item"


def test_where_steps_stand_on_the_canvas_is_no_passage() -> None:
    assert not [passage for passage in split(GUIDE) if "canvas" in passage.text]
    assert split(GUIDE) == split(GUIDE.replace("new 10 20", "new 30 40"))


def test_html_with_words_beside_a_comment_is_translated() -> None:
    assert [passage.kind for passage in split("<div>Words</div> <!-- a note -->\n")] == ["html"]
