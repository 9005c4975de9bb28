"""What a case says, checked and ready to be kept; with names for the same solution and the same content. Pure."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from cbr.case_type import CaseType
from cbr.plain import Plain
from cbr.values import Value, read_case, write_value
from kb import texts
from kb.errors import N_, Invalid
from kb.languages import is_language

MOST_PROBLEM, MOST_TITLE, MOST_SOLUTION, MOST_LINKS = 10_000, 300, 50_000, 50
_LINK = re.compile(r"\]\(\s*kb:([^)#\s]+)")
_PLAIN = json.JSONEncoder(sort_keys=True, ensure_ascii=False, default=list)
_ARTICLE_KEY = re.compile(r"[\w.-]{1,128}")


@dataclass(frozen=True)
class Content:
    """What a case says.

    Args:
        facts: plain values by attribute.
        problem: in the words of whoever had it.
        title: of the solution, one line.
        solution: Markdown, with places for facts such as {data_used_gb}.
        article: the key of the article or guide that says it best; "" for none.
        language: of the texts.
        links: keys of articles; those that the solution links to come in by themselves.
    """

    facts: Mapping[str, Plain]
    problem: str = ""
    title: str = ""
    solution: str = ""
    article: str = ""
    language: str = "en"
    links: tuple[str, ...] = field(default=())

    @cached_property
    def solution_key(self) -> str:
        """The same for the same solution, whatever its spaces; "" for none."""
        words = " ".join(self.solution.split()).casefold()
        return digest(words, self.article) if words or self.article else ""

    @cached_property
    def digest(self) -> str:
        """The same for the same facts and solution."""
        return digest(self.facts, self.solution_key)

    @cached_property
    def hash(self) -> str:
        """The same for the same content altogether."""
        texts = (self.problem, self.title, self.solution, self.article, self.language, self.links)
        return digest(self.digest, texts)

    @property
    def all_links(self) -> list[str]:
        """Every article that it names, each once."""
        named = [self.article, *self.links, *_LINK.findall(self.solution)]
        return list(dict.fromkeys(key for key in named if key))[:MOST_LINKS]


def digest(*parts: object) -> str:
    """24 letters and digits that stand for some plain data."""
    text = _PLAIN.encode(parts)
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def read_content(case_type: CaseType, raw: Content) -> Content:
    """The content as it is kept: values as the case type writes them.

    Raises:
        Invalid: an attribute's key, "problem", "title", "solution", "article", "language" or "links" -> sentence.
    """
    faults = dict(_faults(raw))
    facts: Mapping[str, Value] = {}
    try:
        facts = read_case(case_type, raw.facts)
    except Invalid as refused:
        faults = refused.fields | faults
    for key, value in facts.items():
        if isinstance(value, str) and (problem := texts.problem(value)):
            faults[key] = problem
    if faults:
        raise Invalid(faults)
    kept = {key: write_value(value, case_type.by_key[key].kind) for key, value in facts.items()}
    return Content(
        kept,
        raw.problem.strip(),
        " ".join(raw.title.split()),
        raw.solution.strip(),
        raw.article,
        raw.language,
        tuple(dict.fromkeys(raw.links)),
    )


def _faults(raw: Content) -> Iterable[tuple[str, str]]:
    for name, text, most in (
        ("problem", raw.problem, MOST_PROBLEM),
        ("title", raw.title, MOST_TITLE),
        ("solution", raw.solution, MOST_SOLUTION),
    ):
        if problem := texts.problem(text, most):
            yield name, problem
    if not is_language(raw.language):
        yield "language", N_("Choose a language.")
    if raw.article and not _ARTICLE_KEY.fullmatch(raw.article):
        yield "article", N_("This is no key of an article.")
    if len(raw.links) > MOST_LINKS or not all(_ARTICLE_KEY.fullmatch(key) for key in raw.links):
        yield "links", N_("Name at most %(most)s articles by their keys.", most=MOST_LINKS)
