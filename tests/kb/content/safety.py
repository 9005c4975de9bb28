"""What HTML may contain to be safe on our pages; written apart from the code that makes it so."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from urllib.parse import unquote

import nh3

ELEMENTS = set(
    """a abbr aside b blockquote br caption cite code data dd del details div dl dt em figcaption figure h2 h3 h4 h5
    h6 hr i img ins kbd li mark ol p pre q s samp section small span strong sub summary sup table tbody td tfoot th
    thead tr u ul var wbr""".split()
)
ATTRIBUTES = set(
    """alt aria-label class colspan data-language dir height href id lang loading open rel role rowspan scope src
    start tabindex title type value width""".split()
)
CLASSES = re.compile(
    r"callout|callout-(note|tip|important|warning|caution|title)|task|task-done|footnotes|footnote-(ref|backref)"
    r"|align-(left|center|right)|table-scroll|link-missing|external|external-(stale|missing|age)"
)
LINK = re.compile(r"https?:|mailto:|tel:|#at-|/(?![/\\])", re.IGNORECASE)
CONTROL = re.compile(r"[\x00-\x20]")


class _Inspector(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.complaints: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._check(tag in ELEMENTS, f"<{tag}>")
        names = [name for name, _ in attrs]
        self._check(len(names) == len(set(names)), f"<{tag}> has an attribute twice")
        for name, value in attrs:
            self._check(name in ATTRIBUTES, f"{name} on <{tag}>")
            self._check_value(name, value or "")

    def _check_value(self, name: str, value: str) -> None:
        if name == "href":
            self._check(LINK.match(CONTROL.sub("", value)) is not None, f"href {value!r}")
            self._check(not {".", ".."} & set(_steps(value)), f"href {value!r}")
        elif name == "src":
            steps = _steps(value)
            self._check(steps[:2] == ["", "files"] and not {".", ".."} & set(steps), f"src {value!r}")
        elif name == "id":
            self._check(value.startswith("at-") and value not in self.ids, f"id {value!r}")
            self.ids.append(value)
        elif name == "class":
            self._check(all(CLASSES.fullmatch(word) for word in value.split()), f"class {value!r}")
        elif name == "role":
            self._check(value in ("note", "region"), f"role {value!r}")

    def handle_decl(self, decl: str) -> None:
        self.complaints.append(f"declaration {decl!r}")

    def handle_comment(self, data: str) -> None:
        self.complaints.append(f"comment {data!r}")

    def handle_pi(self, data: str) -> None:
        self.complaints.append(f"processing instruction {data!r}")

    def _check(self, fine: bool, complaint: str) -> None:
        if not fine:
            self.complaints.append(complaint)


def _steps(url: str) -> list[str]:
    return re.split(r"[/\\]", unquote(CONTROL.sub("", url)))


def complaints(html: str) -> list[str]:
    """What is wrong with HTML, as it is written and as a browser's parser would read and write it again."""
    found = []
    for reading in (html, _as_a_browser_reads_it(html)):
        inspector = _Inspector()
        inspector.feed(reading)
        inspector.close()
        found += inspector.complaints
    return found


def _as_a_browser_reads_it(html: str) -> str:
    """Parsed and written again by the HTML5 algorithm, with nothing that is in the text taken away."""
    names = {name.lower() for name in re.findall(r"<([A-Za-z][A-Za-z0-9-]*)", html)}
    attributes = {name.lower() for name in re.findall(r"([A-Za-z][A-Za-z0-9:-]*)\s*=", html)}
    return nh3.clean(
        html,
        tags=names,
        clean_content_tags=set(),
        attributes={"*": attributes - {"rel"}},
        url_schemes={
            "http",
            "https",
            "mailto",
            "tel",
            "javascript",
            "data",
            "vbscript",
            "file",
            "kb",
            "attachment",
        },
        link_rel=None,
        strip_comments=False,
    )
