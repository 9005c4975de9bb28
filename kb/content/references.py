"""Filling in what depends on the viewer: links to articles, attachments, live values, translated titles."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape

from kb.content.markup import Tag, start_tag, walk

_REFERENCE = re.compile(r"(kb|attachment):([^#]+)(?:#(.*))?", re.DOTALL)
_SAFE_URL = re.compile(r"(?:https?://|/(?![/\\])|[?#])[^\x00-\x20]*")


@dataclass(frozen=True, slots=True)
class LinkTarget:
    """Where a link to an article leads, and the article's title as this viewer may see it."""

    url: str
    title: str


@dataclass(frozen=True, slots=True)
class ExternalValue:
    """A value from another system, ready to be read.

    as_of: how old the value is, in the viewer's words ("2 hours ago").
    stale: whether it is older than it should be, so that its age must be seen.
    """

    text: str
    as_of: str | None = None
    stale: bool = False


def resolve(
    html: str,
    *,
    link: Callable[[str, str], LinkTarget | None],
    attachment: Callable[[str], str | None],
    external: Callable[[str], ExternalValue | None],
    labels: Mapping[str, str],
) -> str:
    """Rendered HTML (``Rendered.html``) made ready for one viewer.

    Args:
        link: article key and fragment ("" for none) to its target; None where the viewer may not see the article,
            and then the link's words stay as plain text.
        attachment: id to URL; None likewise.
        external: path to value; None where it is not known.
        labels: translated titles by callout kind (note, tip, important, warning, caution), and by ``table`` the
            name of a table that stands under no heading.

    Everything inserted is escaped; a URL that is neither http(s) nor of this site is taken for None.
    """
    return _Resolver(link, attachment, external, labels).resolved(html)


class _Resolver:
    def __init__(
        self,
        link: Callable[[str, str], LinkTarget | None],
        attachment: Callable[[str], str | None],
        external: Callable[[str], ExternalValue | None],
        labels: Mapping[str, str],
    ) -> None:
        self.link = link
        self.attachment = attachment
        self.external = external
        self.labels = labels
        self.link_ends: list[str] = []
        self.nameless_tables = 0

    def resolved(self, html: str) -> str:
        return "".join(piece if isinstance(piece, str) else self._tag(piece) for piece in walk(html))

    def _tag(self, tag: Tag) -> str:
        match tag.name:
            case "a" if tag.closing:
                return self.link_ends.pop() if self.link_ends else ""
            case "a":
                start, end = self._link(tag)
                self.link_ends.append(end)
                return start
            case "img":
                return self._image(tag)
            case "data":
                return "" if tag.closing else self._external(tag)
            case "aside" if not tag.closing:
                return tag.source + self._callout_title(tag)
            case "div" if not tag.closing and tag.attributes.get("class") == "table-scroll":
                return self._table(tag)
        return tag.source

    def _link(self, tag: Tag) -> tuple[str, str]:
        attributes = tag.attributes
        reference = _REFERENCE.fullmatch(attributes.get("href", ""))
        if not reference:
            return tag.source, "</a>"
        target = self._target(*reference.groups())
        if not target or not _SAFE_URL.fullmatch(target.url):
            return '<span class="link-missing">', "</span>"
        attributes["href"] = target.url
        if target.title and "title" not in attributes:
            attributes["title"] = target.title
        return start_tag("a", attributes), "</a>"

    def _target(self, scheme: str, name: str, fragment: str | None) -> LinkTarget | None:
        if scheme == "kb":
            return self.link(name, fragment or "")
        url = self.attachment(name)
        return LinkTarget(url, "") if url else None

    def _image(self, tag: Tag) -> str:
        attributes = tag.attributes
        reference = _REFERENCE.fullmatch(attributes.get("src", ""))
        if not reference:
            return tag.source
        url = self.attachment(reference[2])
        if not url or not _SAFE_URL.fullmatch(url):
            return f'<span class="link-missing">{escape(attributes.get("alt", ""))}</span>'
        attributes["src"] = url
        return start_tag("img", attributes)

    def _external(self, tag: Tag) -> str:
        value = self.external(tag.attributes.get("value", "").removeprefix("ext:"))
        if value is None:
            return '<span class="external external-missing">—</span>'
        if not value.stale:
            return f'<span class="external">{escape(value.text)}</span>'
        age = f' <small class="external-age">({escape(value.as_of)})</small>' if value.as_of else ""
        return f'<span class="external external-stale">{escape(value.text)}{age}</span>'

    def _callout_title(self, tag: Tag) -> str:
        kind = tag.attributes.get("class", "").rpartition("callout-")[2]
        label = self.labels.get(kind, "")
        return f'<p class="callout-title">{escape(label)}</p>' if label else ""

    def _table(self, tag: Tag) -> str:
        """Each scrolling region needs a name of its own for those who do not see it."""
        attributes = tag.attributes
        if attributes.get("aria-label"):
            return tag.source
        self.nameless_tables += 1
        attributes["aria-label"] = f"{self.labels.get('table', '')} {self.nameless_tables}".strip()
        return start_tag("div", attributes)
