"""A page that shows the API as its OpenAPI document has it, and on which every request can be tried."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from flask import Blueprint, current_app, render_template

from kb.access import public

blueprint = Blueprint("api_page", __name__)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value that a request takes, from the path or the query."""

    name: str
    where: str
    required: bool
    description: str
    kind: str
    choices: tuple[str, ...]
    default: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One request that the API answers."""

    group: str
    method: str
    path: str
    summary: str
    parameters: tuple[Parameter, ...]

    @property
    def id(self) -> str:
        """Fit for an element's id."""
        return f"{self.method}-{self.path}".lower().replace("/", "-").replace("{", "").replace("}", "")


@blueprint.get("/api/")
@public
def page() -> str:
    """All operations by group."""
    found = sorted(
        operations(current_app.extensions["api"].spec.to_dict()), key=lambda one: (one.group, one.path)
    )
    groups = [(group, list(members)) for group, members in groupby(found, key=lambda one: one.group)]
    return render_template("kb/api.html", groups=groups)


def operations(document: Mapping[str, Any]) -> Iterator[Operation]:
    """The operations of an OpenAPI 3 document, references to shared parameters resolved.

    Args:
        document: as JSON would give it.
    """
    groups = {tag["name"]: tag.get("description") or tag["name"] for tag in document.get("tags", [])}
    for path, item in document["paths"].items():
        shared = item.get("parameters", [])
        for method, operation in item.items():
            if method in {"get", "post", "put", "patch", "delete"}:
                yield Operation(
                    group=next((groups.get(tag, tag) for tag in operation.get("tags", [])), ""),
                    method=method.upper(),
                    path=path,
                    summary=operation.get("summary", ""),
                    parameters=tuple(_parameter(raw) for raw in [*shared, *operation.get("parameters", [])]),
                )


def _parameter(raw: Mapping[str, Any]) -> Parameter:
    schema = raw.get("schema", {})
    return Parameter(
        name=raw["name"],
        where=raw["in"],
        required=raw.get("required", False),
        description=raw.get("description", ""),
        kind=_kind(schema),
        choices=tuple(str(choice) for choice in schema.get("enum", ())),
        default=str(schema.get("default", "")),
    )


def _kind(schema: Mapping[str, Any]) -> str:
    """The type with its bounds, for example "integer, 1-100"."""
    found = schema.get("type", "string")
    name = found if isinstance(found, str) else "/".join(found)
    if "minimum" in schema and "maximum" in schema:
        return f"{name}, {schema['minimum']}–{schema['maximum']}"
    return f"{name}, max. {schema['maxLength']}" if "maxLength" in schema else name
