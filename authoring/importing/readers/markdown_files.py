"""Markdown: one article a file, its properties in YAML between two lines of dashes at the top."""

from __future__ import annotations

import re
from collections.abc import Iterator

import yaml

from authoring.importing.mapping import Raw
from authoring.importing.maps import ImportMap
from authoring.importing.readers.files import SourceFile, identify
from authoring.importing.records import Fault, Place

_FRONT_MATTER = re.compile(r"---[ \t]*\n(?P<yaml>.*?\n)??(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_TITLE = re.compile(r"\s*#[ \t]+(?P<title>[^\n]+?)[ \t#]*(?:\n|\Z)")
LONGEST_FRONT_MATTER = 64 * 1024


def raws(file: SourceFile, rules: ImportMap) -> Iterator[Raw | Fault]:
    """The one article of a file; a first-level heading before all else is the title where none is given."""
    text = file.data().decode(rules.source.encoding).replace("\r\n", "\n")
    place = Place(str(file.path), 1)
    front = _FRONT_MATTER.match(text)
    fields = _properties(front["yaml"] or "", place) if front else {}
    if isinstance(fields, Fault):
        yield fields
        return
    known, body = {}, text[front.end() :] if front else text
    titled = any(fields.get(name) for name in rules.fields.get("title", ()))
    if not titled and (heading := _TITLE.match(body)):
        known["title"], body = heading["title"], body[heading.end() :]
    said = next((str(fields[name]) for name in rules.fields.get("language", ()) if fields.get(name)), "")
    key, language = identify(file.relative, said)
    known |= {"key": key, "language": language or "", "body": body}
    yield Raw(place, fields, known, "markdown", file.pictures(), file.sibling)


def _properties(text: str, place: Place) -> dict[str, object] | Fault:
    """The front matter; every value stays a text, so that the language "no" is not "false"."""
    if len(text) > LONGEST_FRONT_MATTER:
        return Fault(place, "record", f"has more than {LONGEST_FRONT_MATTER // 1024} K of properties")
    try:
        found = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - it makes texts, lists and tables, nothing else
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 2 if error.problem_mark else 1
        reason = f"has properties that are not YAML ({error.problem}); put a value with a colon in quotes"
        return Fault(Place(place.file, line), "record", reason)
    except (yaml.YAMLError, RecursionError):
        return Fault(place, "record", "has properties that are not YAML")
    if found is None or found == "":
        return {}
    if not isinstance(found, dict):
        return Fault(place, "record", "has properties that are no list of names and values")
    return {str(name): value for name, value in found.items()}
