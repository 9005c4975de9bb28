"""What depends on the viewer is filled in when the page is shown."""

from __future__ import annotations

import pytest

from kb import content
from kb.content import ExternalValue, LinkTarget

TITLES = {"note": "Megjegyzés", "warning": "Figyelem", "table": "Táblázat"}
TARGETS = {
    "refund": LinkTarget("/hu/refund", 'Refund "policy" <2026>'),
    "plain": LinkTarget("https://kb.example/p", ""),
}
FILES = {"12": "/files/12/plan.png"}
VALUES = {
    "tariffs.fee": ExternalValue("1 000 Ft & <tax>", "2 perce"),
    "tariffs.old": ExternalValue("900 Ft", "3 napos", stale=True),
    "tariffs.ageless": ExternalValue("9 Ft", stale=True),
}


def resolved(markdown: str) -> str:
    def link(key: str, fragment: str) -> LinkTarget | None:
        target = TARGETS.get(key)
        return target and LinkTarget(target.url + (f"#{fragment}" if fragment else ""), target.title)

    html = content.render(markdown).html
    return content.resolve(html, link=link, attachment=FILES.get, external=VALUES.get, labels=TITLES)


def test_a_link_leads_to_the_article_and_says_its_title() -> None:
    assert resolved("[how](kb:refund)") == (
        '<p><a href="/hu/refund" title="Refund &quot;policy&quot; &lt;2026&gt;">how</a></p>\n'
    )


def test_a_link_keeps_the_title_its_author_gave_it() -> None:
    assert 'title="mine"' in resolved('[how](kb:refund "mine")')
    assert "title" not in resolved("[how](kb:plain)")


def test_a_link_leads_to_the_heading() -> None:
    assert 'href="/hu/refund#at-how-long"' in resolved("[how](kb:refund#how-long)")


def test_a_link_the_viewer_may_not_follow_is_plain_text() -> None:
    assert resolved("[*how*](kb:secret) on") == '<p><span class="link-missing"><em>how</em></span> on</p>\n'


def test_other_links_are_left_alone() -> None:
    markdown = "[a](https://example.org) [b](#c) [d](mailto:e@example.org)"
    assert resolved(markdown) == content.render(markdown).html


def test_attachments_are_shown_and_linked() -> None:
    assert '<img src="/files/12/plan.png" alt="plan" loading="lazy">' in resolved("![plan](attachment:12)")
    assert '<a href="/files/12/plan.png">plan</a>' in resolved("[plan](attachment:12)")


def test_missing_attachments_leave_their_words() -> None:
    assert resolved('![a "plan"](attachment:9)') == (
        '<p><span class="link-missing">a &quot;plan&quot;</span></p>\n'
    )
    assert resolved("[plan](attachment:9)") == '<p><span class="link-missing">plan</span></p>\n'


def test_a_live_value_is_shown() -> None:
    assert (
        resolved("{{ext:tariffs.fee}}") == '<p><span class="external">1 000 Ft &amp; &lt;tax&gt;</span></p>\n'
    )


def test_a_stale_value_says_its_age() -> None:
    assert resolved("{{ext:tariffs.old}} {{ext:tariffs.ageless}}") == (
        '<p><span class="external external-stale">900 Ft <small class="external-age">(3 napos)</small></span>'
        ' <span class="external external-stale">9 Ft</span></p>\n'
    )


def test_an_unknown_value_is_a_visible_gap() -> None:
    assert resolved("{{ext:tariffs.none}}") == '<p><span class="external external-missing">—</span></p>\n'


def test_a_callout_has_its_title_in_the_viewers_language() -> None:
    assert (
        '<aside class="callout callout-warning" role="note"><p class="callout-title">Figyelem</p>'
        in resolved("> [!WARNING]\n> x")
    )
    assert "callout-title" not in resolved("> [!TIP]\n> x")


def test_tables_under_no_heading_are_named_in_the_viewers_language() -> None:
    html = resolved("|a|\n|-|\n\ntext\n\n|b|\n|-|\n\n## Fees\n\n|c|\n|-|")
    assert [part.partition('"')[0] for part in html.split('aria-label="')[1:]] == [
        "Táblázat 1",
        "Táblázat 2",
        "Fees",
    ]


@pytest.mark.parametrize(
    "html",
    [
        "<p",
        "<p title='x'",
        "<p title='x'>",
        '<a href="kb:x" onclick=alert(1)>',
        "<!-- x -->",
        "<P>",
        "<x:y>",
        '<p x="<">',
    ],
)
def test_html_that_the_sanitiser_did_not_write_does_not_come_to_life(html: str) -> None:
    nothing = content.resolve(
        html, link=lambda key, fragment: None, attachment=FILES.get, external=VALUES.get, labels={}
    )
    assert nothing == html.replace("<", "&lt;")
