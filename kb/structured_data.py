"""schema.org data of an article for search engines: FAQPage, HowTo or TechArticle, as JSON-LD."""

from __future__ import annotations

from html import unescape
from typing import Any

from kb.article_page import ArticlePage
from kb.content.markup import Tag, walk

CONTEXT = "https://schema.org"


def structured_data(page: ArticlePage, *, url: str) -> dict[str, Any]:
    """What the page says about itself, made from the very HTML that it shows.

    Args:
        url: the page's canonical address.
    """
    sections, steps = _outline(page.html)
    questions = [(heading, text) for heading, text in sections if heading.endswith("?") and text]
    if page.article.kind == "faq" and questions:
        return _base("FAQPage", page, url) | {"mainEntity": [_question(*entry) for entry in questions]}
    if page.article.kind != "guide" and steps:
        listed = [
            {"@type": "HowToStep", "position": place, "text": step} for place, step in enumerate(steps, 1)
        ]
        return _base("HowTo", page, url) | {"step": listed}
    return _base("TechArticle", page, url)


def _base(kind: str, page: ArticlePage, url: str) -> dict[str, Any]:
    return {
        "@context": CONTEXT,
        "@type": kind,
        "name": page.revision.title,
        "headline": page.revision.title,
        "description": page.revision.summary,
        "inLanguage": page.translation.language,
        "datePublished": page.revision.publish_at.isoformat(),
        "url": url,
    }


def _question(question: str, reply: str) -> dict[str, Any]:
    return {"@type": "Question", "name": question, "acceptedAnswer": {"@type": "Answer", "text": reply}}


def _outline(html: str) -> tuple[list[tuple[str, str]], list[str]]:
    """The headings with the text under each, and the items of numbered lists."""
    sections: list[tuple[list[str], list[str]]] = []
    steps: list[list[str]] = []
    lists: list[str] = []
    in_heading = False
    for piece in walk(html):
        if isinstance(piece, Tag):
            if piece.name in {"h2", "h3"}:
                in_heading = not piece.closing
                if in_heading:
                    sections.append(([], []))
            elif piece.name in {"ol", "ul"}:
                lists = lists[:-1] if piece.closing else [*lists, piece.name]
            elif piece.name == "li" and not piece.closing and lists == ["ol"]:
                steps.append([])
        else:
            words = unescape(piece)
            if sections:
                sections[-1][0 if in_heading else 1].append(words)
            if lists[:1] == ["ol"] and steps:
                steps[-1].append(words)
    return [(_joined(heading), _joined(text)) for heading, text in sections], [
        _joined(step) for step in steps
    ]


def _joined(words: list[str]) -> str:
    return " ".join("".join(words).split())
