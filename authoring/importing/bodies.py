"""Bodies become Markdown: links between articles become `kb:KEY`, pictures `attachment:NAME`."""

from __future__ import annotations

import re
from collections.abc import Callable

from bs4 import BeautifulSoup

from authoring.importing.pictures import Pictures
from kb import content

Links = Callable[[str], str | None]
"""From an address to the article it means, "key" or "key#heading"; None when it means no article."""

_MARKDOWN = re.compile(
    r"""(?P<code>
          ^[ ]*(?P<fence>`{3,}|~{3,}).*?(?:^[ ]*(?P=fence)[`~]*[ ]*$|\Z)
        | (?<!`)(?P<ticks>`+)(?!`).{1,2000}?(?<!`)(?P=ticks)(?!`)
        )
      | (?P<image>!\[[^\[\]\n]*\]\()(?P<source><[^<>\n]*>|[^\s()<>]+)
      | (?P<link>\]\(|^[ ]{0,3}\[[^\[\]\n]+\]:[ ]*)(?P<target><[^<>\n]*>|[^\s()<>]+)
    """,
    re.VERBOSE | re.MULTILINE | re.DOTALL,
)
_LINE_START = re.compile(r"^(?:(\d{1,9})(?=[.)](?:\s|$))|(?=[#>+=:~-]))")
_INLINE = re.compile(r"([\\`*\[<|]|&(?=#|\w+;)|(?<!\w)_|_(?!\w)|~(?=~)|!(?=\[))")


def from_markdown(markdown: str, links: Links, pictures: Pictures) -> str:
    """Markdown with our links and pictures; code stays as it is."""

    def mended(match: re.Match[str]) -> str:
        if match["code"]:
            return match[0]
        if match["image"]:
            source = match["source"].strip("<>")
            kept = pictures.keep(source)
            return match[0] if kept == source else match["image"] + kept
        target = links(match["target"].strip("<>"))
        return f"{match['link']}kb:{target}" if target else match[0]

    return _MARKDOWN.sub(mended, markdown)


def from_html(html: str, links: Links, pictures: Pictures) -> str:
    """HTML as Markdown, with our links and pictures.

    Raises:
        RecursionError: it is nested deeper than anybody writes.
    """
    soup = BeautifulSoup(html, "html.parser")
    for anchor in soup.find_all("a", href=True):
        target = links(str(anchor["href"]))
        if target:
            anchor["href"] = f"kb:{target}"
    for picture in soup.find_all("img", src=True):
        picture["src"] = pictures.keep(str(picture["src"]))
    return content.from_html(str(soup))


def from_text(text: str) -> str:
    r"""Plain text as Markdown that shows the same words and lines.

    >>> print(from_text("1. Press *OK*\n# twice\n\n\nDone."))
    1\. Press \*OK\*\
    \# twice
    <BLANKLINE>
    Done.
    """
    paragraphs = [part.splitlines() for part in re.split(r"\n\s*\n", text)]
    written = ("\\\n".join(_escaped(line.strip()) for line in part if line.strip()) for part in paragraphs)
    return "\n\n".join(part for part in written if part)


def _escaped(line: str) -> str:
    return _LINE_START.sub(r"\1\\", _INLINE.sub(r"\\\1", line))
