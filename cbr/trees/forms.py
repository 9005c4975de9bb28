"""The forms in which a tree comes and goes: Graphviz DOT, Mermaid, JSON, and the text of its article; pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import PurePath
from typing import NamedTuple

from cbr.trees import body
from cbr.trees.dot import from_dot, to_dot
from cbr.trees.mermaid import from_mermaid, to_mermaid
from cbr.trees.plain_tree import read_json, write_json
from cbr.trees.tree import Tree
from kb.errors import N_, Invalid


class Form(NamedTuple):
    """A form, with how it is read and written.

    Args:
        ending: of a file's name, with its dot.
        media_type: as it is sent.
        read: raises `Invalid`: line or place -> sentence.
    """

    ending: str
    media_type: str
    read: Callable[[str], Tree]
    write: Callable[[Tree], str]


FORMS: Mapping[str, Form] = {
    "dot": Form(".dot", "text/vnd.graphviz", from_dot, to_dot),
    "mermaid": Form(".mmd", "text/vnd.mermaid", from_mermaid, to_mermaid),
    "json": Form(".json", "application/json", read_json, write_json),
    "markdown": Form(".md", "text/markdown", body.read, body.write),
}
OTHER_ENDINGS: Mapping[str, str] = {".gv": "dot", ".mermaid": "mermaid"}


def form_of(filename: str) -> str:
    """Which form a file is in, by the end of its name. Raises `Invalid` (field "file").

    >>> form_of("No service.GV")
    'dot'
    """
    ending = PurePath(filename).suffix.lower()
    by_ending = {form.ending: name for name, form in FORMS.items()} | dict(OTHER_ENDINGS)
    if ending not in by_ending:
        endings = ", ".join(sorted(by_ending))
        raise Invalid(
            {"file": N_("A guide comes in a file that ends with one of these: %(endings)s.", endings=endings)}
        )
    return by_ending[ending]
