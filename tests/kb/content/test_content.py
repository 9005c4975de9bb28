"""What Markdown becomes: its HTML, its headings, what it refers to, its words."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb import content
from kb.content import Heading, render
from kb.content.markdown import MAX_QUOTED

WORDS = st.lists(st.text(st.characters(categories=["Lu", "Ll", "Lo"]), min_size=1, max_size=12), min_size=1)
HELP_PAGES = sorted(Path(__file__).parents[3].glob("shared/data/gnome-help/*.jsonl"))


def test_paragraphs_emphasis_and_lists_are_html() -> None:
    html = render("Use the **charger**.\n\n1. one\n2. two").html
    assert html == "<p>Use the <strong>charger</strong>.</p>\n<ol>\n<li>one</li>\n<li>two</li>\n</ol>\n"


# Headings


@pytest.mark.parametrize(
    ("markdown", "levels"),
    [
        ("# a\n## b\n## c\n# d", [2, 3, 3, 2]),
        ("## a\n### b\n#### c\n### d\n## e", [2, 3, 4, 3, 2]),
        ("# a\n#### b\n#### c\n## d", [2, 3, 3, 3]),
        ("### a\n## b\n###### c", [2, 2, 3]),
        ("# a\n## b\n### c\n#### d\n##### e\n###### f", [2, 3, 4, 5, 6, 6]),
        ("<h1>a</h1><h3>b</h3>", [2, 3]),
    ],
)
def test_headings_begin_below_the_title_of_the_page_and_skip_no_level(
    markdown: str, levels: list[int]
) -> None:
    rendered = render(markdown)
    assert [heading.level for heading in rendered.headings] == levels
    assert [int(level) for level in re.findall(r"<h(\d) ", rendered.html)] == levels


def test_headings_have_readable_ids_in_any_script() -> None:
    ids = [
        heading.id
        for heading in render("## Fizetési határidők\n## Как оплатить?\n## 1. *Vad* är det").headings
    ]
    assert ids == ["at-fizetési-határidők", "at-как-оплатить", "at-1-vad-är-det"]


def test_headings_of_the_same_words_have_different_ids() -> None:
    ids = [heading.id for heading in render("## Fee\n## Fee\n## Fee 2\n## Fee").headings]
    assert ids == ["at-fee", "at-fee-2", "at-fee-2-2", "at-fee-3"]


def test_a_heading_without_letters_still_has_an_id() -> None:
    rendered = render("## 💥\n##\n")
    assert rendered.headings == (Heading(2, "at-section", "💥"),)
    assert 'id="at-section-2"' in rendered.html


def test_an_id_the_author_has_chosen_goes_before_the_same_words_further_up() -> None:
    rendered = render("## Fee\n\n## What it costs {#fee}\n\n[see](#fee)")
    assert rendered.headings == (Heading(2, "at-fee-2", "Fee"), Heading(2, "at-fee", "What it costs"))
    assert '<a href="#at-fee">see</a>' in rendered.html


def test_a_chosen_id_is_taken_off_setext_headings_and_left_in_code() -> None:
    assert render("Title {#x}\n=====").headings == (Heading(2, "at-x", "Title"),)
    assert render("## Write `{#x}`").headings == (Heading(2, "at-write-x", "Write {#x}"),)


@pytest.mark.parametrize("fragment", ["Fizetési%20határidők", "fizetési-határidők", "at-fizetési-határidők"])
def test_a_link_finds_a_heading_by_its_words_its_slug_and_its_id(fragment: str) -> None:
    rendered = render(f"## Fizetési határidők\n\n[see](#{fragment})")
    assert f'href="#{rendered.headings[0].id}"' in rendered.html


def test_ids_of_raw_html_are_kept_apart_from_ours_and_from_each_other() -> None:
    html = render('<p id="search">a</p>\n<div id="search">b</div>\n<a id="old name">c</a>').html
    assert re.findall(r'id="([^"]*)"', html) == ["at-search", "at-old-name"]


# References


def test_links_to_articles_are_noted_once_and_in_order() -> None:
    rendered = render(
        "[a](kb:refund) [b](kb:cancel#how-to) [c](kb:refund#fees) <a href='KB:team/rules'>d</a>"
    )
    assert rendered.links == ("refund", "cancel", "team/rules")
    assert 'href="kb:cancel#at-how-to"' in rendered.html


def test_attachments_are_noted_whether_shown_or_linked() -> None:
    rendered = render("![plan](attachment:12) [form](attachment:form.pdf)")
    assert rendered.attachments == ("12", "form.pdf")


def test_outside_links_know_nothing_of_us() -> None:
    html = render("[a](https://example.org/?a=1&b=2)").html
    assert html == '<p><a href="https://example.org/?a=1&amp;b=2" rel="noopener noreferrer">a</a></p>\n'


@pytest.mark.parametrize("url", ["mailto:a@example.org", "tel:+3612345678"])
def test_links_to_a_mailbox_or_a_telephone_are_kept(url: str) -> None:
    assert f'<a href="{url}">x</a>' in render(f"[x]({url})").html


@pytest.mark.parametrize(
    "url", ["/logout", "//example.org", "ftp://example.org", "page.html", "?q=1", "kb:", "kb:a:b"]
)
def test_other_links_leave_their_words(url: str) -> None:
    assert render(f"[the words]({url})").html == "<p><span>the words</span></p>\n"


def test_addresses_in_the_text_are_not_made_links() -> None:
    assert render("see www.example.org").html == "<p>see www.example.org</p>\n"


def test_images_of_our_own_are_lazy_and_have_an_alternative() -> None:
    assert render("![](attachment:7)").html == '<p><img src="attachment:7" alt="" loading="lazy"></p>\n'
    assert 'src="/files/k%C3%A9p.png" alt="a kép"' in render("![a kép](/files/kép.png)").html
    assert 'alt=""' in render("<img src='/files/a.png'>").html


def test_a_remote_image_becomes_a_link() -> None:
    html = render("![the map](https://example.org/map.png)").html
    assert html == '<p><a href="https://example.org/map.png" rel="noopener noreferrer">the map</a></p>\n'


def test_a_remote_image_inside_a_link_becomes_its_words() -> None:
    html = render("[![the map](https://example.org/map.png)](kb:map)").html
    assert html == '<p><a href="kb:map">the map</a></p>\n'


# Live values


def test_a_live_value_has_a_place_and_is_noted() -> None:
    rendered = render("It is **{{ext:tariffs.monthly_fee}}** or {{ext:tariffs.plans.0.fee}}.")
    assert rendered.externals == ("tariffs.monthly_fee", "tariffs.plans.0.fee")
    assert '<strong><data value="ext:tariffs.monthly_fee"></data></strong>' in rendered.html
    assert rendered.text == "It is or ."


@pytest.mark.parametrize(
    "markdown",
    [
        "`{{ext:a.b}}`",
        "    {{ext:a.b}}",
        "```\n{{ext:a.b}}\n```",
        r"\{{ext:a.b}}",
        "{{ext:a}}",
        "{{ext:a.}}",
        "{{ext:a.b c}}",
        '[x](https://example.org "{{ext:a.b}}")',
        '<span title="{{ext:a.b}}">x</span>',
    ],
)
def test_in_code_attributes_or_when_misspelt_a_live_value_is_text(markdown: str) -> None:
    assert render(markdown).externals == ()


# Callouts, tables and the rest of the language


@pytest.mark.parametrize("kind", ["note", "tip", "important", "warning", "caution"])
def test_a_callout_says_its_kind_without_a_word(kind: str) -> None:
    rendered = render(f"> [!{kind.upper()}]\n> Mind the *gap*.")
    assert (
        f'<aside class="callout callout-{kind}" role="note">\n<p>Mind the <em>gap</em>.</p>' in rendered.html
    )
    assert rendered.text == "Mind the gap."


def test_a_quotation_is_no_callout() -> None:
    assert "<blockquote>\n<p>[!OTHER]\nx</p>" in render("> [!OTHER]\n> x").html


def test_a_table_scrolls_by_itself_and_is_named_after_its_heading() -> None:
    html = render("## Fees\n\n|a|b|\n|-|-:|\n|1|2|\n\n---\n\n|c|\n|-|\n\n## More\n\n|d|\n|-|").html
    assert re.findall(
        r'<div class="table-scroll" tabindex="0" role="region" aria-label="(.*?)"><table>', html
    ) == [
        "Fees",
        "Fees 2",
        "More",
    ]
    assert html.count("</table></div>") == 3
    assert '<th class="align-right" scope="col">b</th>' in html


def test_a_task_is_a_sign_and_words() -> None:
    html = render("- [x] called\n- [ ] `wrote`").html
    assert '<li class="task task-done">☑ called</li>' in html
    assert '<li class="task">☐ <code>wrote</code></li>' in html


def test_definition_lists_strikethrough_and_code_are_html() -> None:
    html = render("Term\n: Meaning\n\n~~old~~\n\n```bash\nls <x>\n```").html
    assert "<dt>Term</dt>\n<dd>Meaning</dd>" in html
    assert "<s>old</s>" in html
    assert '<pre data-language="bash" tabindex="0"><code>ls &lt;x&gt;\n</code></pre>' in html


def test_footnotes_lead_there_and_back() -> None:
    rendered = render("Fee[^a].\n\n[^a]: With tax.")
    hrefs, ids = (re.findall(rf'{name}="#?([^"]*)"', rendered.html) for name in ("href", "id"))
    assert hrefs == ["at-fn1", "at-fnref1"]
    assert ids == ["at-fnref1", "at-fn1"]
    assert rendered.text == "Fee.\nWith tax."


def test_words_in_angle_brackets_are_kept() -> None:
    rendered = render("Press <Enter> for <customer number>.\n\n<your-name>\n\n<textarea> and <b>bold</b>")
    assert rendered.text == "Press <Enter> for <customer number>.\n<your-name>\n<textarea> and bold"
    assert "<b>bold</b>" in rendered.html


def test_foreign_classes_leave_nothing() -> None:
    assert render('<td class="x">').html == ""
    assert render('<aside class="x">y</aside>').html == '<aside role="note">y</aside>'


# Words


def test_the_text_has_one_line_for_each_block() -> None:
    rendered = render(
        "# A\n\nb\nc<br>d\n\n- e\n- f\n\n|g|h|\n|-|-|\n|i|j|\n\n```\nk\n  l\n```\n![m](attachment:1)"
    )
    assert rendered.text == "A\nb c\nd\ne\nf\ng h\ni j\nk\nl\nm"


@given(WORDS)
def test_plain_words_are_all_kept(words: list[str]) -> None:
    assert render(" ".join(words)).text.split() == words


@given(WORDS, st.integers(0, 60), st.sampled_from(["> ", "- ", ">- ", "1. "]))
def test_words_are_kept_however_deep_they_stand(words: list[str], depth: int, mark: str) -> None:
    assert set(words) <= set(render(mark * depth + " ".join(words)).text.split())


def test_inline_text_is_words_in_one_line() -> None:
    assert content.inline_text("Use the **Orca** `reader`\nwith [Braille](kb:x) &amp; <b>more</b>") == (
        "Use the Orca reader with Braille & more"
    )
    assert content.inline_text("# 1. not a block") == "# 1. not a block"


def test_an_excerpt_is_cut_after_a_word() -> None:
    text = "How to cancel,\na contract"
    assert content.plain_excerpt(text, 100) == "How to cancel, a contract"
    assert content.plain_excerpt(text, 25) == "How to cancel, a contract"
    assert content.plain_excerpt(text, 24) == "How to cancel, a…"
    assert content.plain_excerpt(text, 16) == "How to cancel…"
    assert content.plain_excerpt("Kapcsolatfelvétel", 8) == "Kapcsol…"


@given(st.text(), st.integers(1, 200))
def test_an_excerpt_is_never_longer_than_asked(text: str, length: int) -> None:
    assert len(content.plain_excerpt(text, length)) <= length


# Bounds


def test_formatting_left_open_does_not_multiply() -> None:
    opened = "".join(f"<b lang=x{number}>" for number in range(100))
    html = render(f"<p>{opened}" + "<p>a" * 20).html
    assert html.count("a</b>") == 20
    assert html.count("<b>") == 100 + 3 * 20


def test_html_that_grows_beyond_measure_is_shown_as_its_source() -> None:
    hostile = "<p>" + "<b><i><u><s><em><strong><code><small>" * 3 + "<p>a" * 3000
    assert content.sanitise(hostile).startswith("&lt;p&gt;&lt;b&gt;")


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "//example.org", "/logout", "x", "?x", "ftp://x"]
)
def test_the_sanitiser_alone_lets_no_other_address_through(url: str) -> None:
    html = content.sanitise(f'<a href="{url}" target="x">a</a><img src="{url}">')
    assert html == '<a>a</a><img loading="lazy">'


def test_nesting_without_end_is_cut_and_the_words_stay() -> None:
    html = content.sanitise("<div>" * 5000 + "words" + "</div>" * 5000)
    assert "words" in html
    assert html.count("<div>") == html.count("</div>") == 200


def test_tags_inside_comments_and_scripts_do_not_count() -> None:
    noise = "<!-- " + "<div>" * 300 + " --><script>" + "if (a<b && c>d) {}" * 300 + "</script>"
    assert content.sanitise(f"{noise}<div><b>words</b></div>") == "<div><b>words</b></div>"


def test_quotations_that_alternate_with_lines_stay_quotations() -> None:
    html = render("> # a\nb\n" * 2000).html
    assert html.count("<blockquote>") == 2000
    assert html.count("<p>b</p>") == 2000


def test_the_last_of_very_many_quotations_still_ends_where_it_should() -> None:
    lines = MAX_QUOTED // 2
    html = render("> x\n\n" * lines * 3 + "> last\n\nafter\nit").html
    assert html.endswith("<blockquote>\n<p>last</p>\n</blockquote>\n<p>after\nit</p>\n")


@pytest.mark.parametrize(
    "mark", ["[", "![", ">", "*", "`", "<", "[^a]: ", "[^", "- ", "&", "{{ext:", "<div>", "|"]
)
def test_one_mark_ten_thousand_times_is_rendered(mark: str) -> None:
    assert render("[^a]: x\n\n" + mark * 10_000).html


# Real pages


@pytest.mark.skipif(not HELP_PAGES, reason="the GNOME help pages are not here")
@pytest.mark.parametrize("path", HELP_PAGES, ids=lambda path: path.stem)
def test_real_help_pages_keep_their_links_and_headings(path: Path) -> None:
    for line in path.read_text().splitlines():
        page = json.loads(line)
        body = re.sub(r"```.*?```", "", page["body_md"], flags=re.DOTALL)
        rendered = render(body)
        assert set(rendered.links) == set(re.findall(r"\]\(kb:([^)#]+)", body)), page["id"]
        assert len(rendered.headings) == len(re.findall(r"^#+ +\S", body, flags=re.MULTILINE)), page["id"]
        assert "**" not in content.inline_text((page["desc"] or "").replace("****", "")), page["id"]
