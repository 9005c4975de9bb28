"""HTML of other systems becomes Markdown that says the same."""

from __future__ import annotations

from html import escape

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kb.content import from_html, render, sanitise
from kb.content.reading import read

SIGNS = st.text(st.sampled_from("ab1 .)#>+-=:~`*_[]()<>!|&;\\{}\"'é$/^@x\n"), max_size=30)
AROUND = {
    "li": ("<ul>", "</ul>"),
    "td": ("<table><tr>", "</tr></table>"),
    "dd": ("<dl><dt>term</dt>", "</dl>"),
}
LOOKS_LIKE_MARKDOWN = [
    *("# a", "1. a", "- a", "+ a", "> a", ": a", "| a |", "a\n: b", "a\n===", "a\n---", "> [!NOTE]"),
    *("*a*", "_a_", "__a__", "`a`", "~~a~~", "[a](b)", "![a](b)", "[^1]", "<b>", "&amp;", "\\*a*"),
    *("{{ext:a.b}}", "{{snippet:a}}"),
]
WORD_LIST = """
<p class=MsoListParagraphCxSpFirst style='text-indent:-18.0pt;mso-list:l0 level1 lfo1'><![if !supportLists]>
<span style='font-family:Symbol;mso-list:Ignore'>·<span style='font:7.0pt "Times"'>&nbsp;&nbsp; </span></span><![endif]>
First<o:p></o:p></p>
<p class=MsoListParagraphCxSpMiddle style='mso-list:l0 level2 lfo1'><span style='mso-list:Ignore'>1.</span>Inner</p>
<p class=MsoListParagraphCxSpMiddle style='mso-list:l0 level2 lfo1'><span style='mso-list:Ignore'>2.</span>Other</p>
<p class=MsoListParagraphCxSpLast style='mso-list:l0 level1 lfo1'><span style='mso-list:Ignore'>·</span>Second</p>
<p class=MsoNormal>Between</p>
<p class=MsoListParagraph style='mso-list:l1 level1 lfo2'><span style='mso-list:Ignore'>a)</span>Again</p>
"""


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ("<h1>Fees</h1><p>The <b>new</b> <i>ones</i></p>", "# Fees\n\nThe **new** *ones*"),
        ("<ul><li>a<ul><li>b</ul><li>c</ul>", "- a\n  - b\n- c"),
        ("<ol start=3><li>a<li>b</ol>", "3. a\n4. b"),
        ("<p>a<br>b</p>", "a\\\nb"),
        ("<blockquote><p>a</p><p>b</p></blockquote>", "> a\n>\n> b"),
        ("<pre>a ``` b\n  c</pre>", "````\na ``` b\n  c\n````"),
        ("<table><tr><td>a|b</td><td>c<br>d</td></tr></table>", "| a\\|b | c d |\n| --- | --- |"),
        ("<dl><dt>a</dt><dd>b</dd></dl>", "a\n:   b"),
        ("H<sub>2</sub>O", "H<sub>2</sub>O"),
        (
            '<a href="https://e.example/a_(b)" title=\'t "u"\'>x</a>',
            '[x](<https://e.example/a_(b)> "t \\"u\\"")',
        ),
        ('<a href="kb:refund#fees">x</a>', "[x](kb:refund#fees)"),
        ('<a href="https://e.example/">https://e.example/</a>', "<https://e.example/>"),
        ('<img src="attachment:1" alt="a [plan]">', "![a \\[plan\\]](attachment:1)"),
        ('<img src="data:image/png;base64,AAAA" alt="plan">', "plan"),
        ("<h2>a <img src='attachment:1' alt='b'></h2>", "## a b"),
    ],
)
def test_markup_is_kept(html: str, markdown: str) -> None:
    assert from_html(html) == markdown


@pytest.mark.parametrize(
    "html",
    [
        "<script>alert(1)</script>x",
        "<style>p { color: red }</style>x",
        "<!-- note --><p>x</p>",
        "<html><head><title>t</title><meta charset=utf-8></head><body>x</body></html>",
        "<!--[if gte mso 9]><xml>y</xml><![endif]-->x",
        "<xml><w:WordDocument>y</w:WordDocument></xml>x",
        "<p class=MsoNormal style='margin:0'><span lang=HU style='font-size:12pt'>x<o:p></o:p></span></p>",
        "<p>x</p><p>&nbsp;</p><p class=MsoNormal><o:p>&nbsp;</o:p></p>",
        "<svg><text>y</text></svg>x",
        "x\u200b\u00ad\ufeff",
    ],
)
def test_clutter_is_left_out(html: str) -> None:
    assert from_html(html) == "x"


def test_spaces_made_of_pieces_are_one_space_and_single_ones_stay() -> None:
    assert from_html("a &nbsp; b&nbsp;c") == "a b\u00a0c"


def test_the_lists_of_word_are_lists() -> None:
    assert from_html(WORD_LIST) == "- First\n  1. Inner\n  2. Other\n- Second\n\nBetween\n\n1. Again"


@pytest.mark.parametrize("text", LOOKS_LIKE_MARKDOWN)
def test_text_that_looks_like_markdown_stays_text(text: str) -> None:
    assert render(from_html(f"<p>{escape(text)}</p>")).text == " ".join(text.split())


def test_snake_case_is_not_disturbed() -> None:
    assert from_html("<p>call get_the_fee now</p>") == "call get_the_fee now"


def test_cells_beyond_the_first_row_are_kept() -> None:
    html = from_html(
        "<table><tr></tr><tr><th colspan=2>a</th></tr><tr><td>b</td><td>c</td><td>d</td></tr></table>"
    )
    assert render(html).text == "a\nb c d"


def test_a_table_that_arranges_tables_is_dissolved() -> None:
    html = "<table><tr><td>a<table><tr><td>b</td><td>c</td></tr></table></td><td>d</td></tr></table>"
    assert from_html(html) == "a\n\n| b | c |\n| --- | --- |\n\nd"


def test_an_exclamation_before_a_link_does_not_make_it_an_image() -> None:
    assert render(from_html('Look!<a href="kb:a">here</a>')).links == ("a",)


@given(SIGNS)
def test_the_words_of_a_paragraph_come_through(text: str) -> None:
    shown = render(from_html(f"<p>{escape(text)}</p>")).text
    assert shown.split() == text.split()


@given(st.lists(SIGNS, max_size=4), st.sampled_from(["li", "td", "dd", "h2", "blockquote"]))
@example(["", "", "", "1"], "dd")
@example(["1 #"], "h2")
def test_the_words_of_other_blocks_come_through(texts: list[str], name: str) -> None:
    before, after = AROUND.get(name, ("<div>", "</div>"))
    html = before + "".join(f"<{name}>{escape(text)}</{name}>" for text in texts) + after
    assert "".join(render(from_html(html)).text.split()) == "".join(read(sanitise(html)).text.split())


def test_deep_nesting_does_not_exhaust_the_stack() -> None:
    assert from_html("<ul><li>" * 2000 + "a").replace("-", "").strip() == "a"
    assert from_html("<div>" * 5000 + "a" + "<ul><li>" * 2000 + "b").replace("-", "").split() == ["a", "b"]


def test_a_long_list_is_numbered_to_its_end() -> None:
    assert from_html("<ol>" + "<li>a" * 3000 + "</ol>").endswith("\n3000. a")


@given(st.text())
def test_anything_can_be_imported(html: str) -> None:
    from_html(html)
