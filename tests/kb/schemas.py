"""Compares a JSON value with its schema in an OpenAPI 3.1 document, as far as our documents use schemas."""

from __future__ import annotations

from datetime import datetime
from typing import Any

KINDS: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
}


def mismatches(value: Any, schema: dict[str, Any], document: dict[str, Any], place: str = "$") -> list[str]:
    """Where the value is not as the schema says; properties that the schema does not name count too."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return mismatches(value, document["components"]["schemas"][name], document, place)
    if "anyOf" in schema:
        return min((mismatches(value, one, document, place) for one in schema["anyOf"]), key=len)
    if "type" not in schema:  # anything at all
        return []
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    fitting = tuple(kind for name in kinds for kind in KINDS[name])
    if not isinstance(value, fitting) or (isinstance(value, bool) and "boolean" not in kinds):
        return [f"{place} is {value!r} and not {schema['type']}"]
    if isinstance(value, dict):
        return _of_object(value, schema, document, place)
    if isinstance(value, list):
        found = (mismatches(one, schema["items"], document, f"{place}[{at}]") for at, one in enumerate(value))
        return [mismatch for one in found for mismatch in one]
    if schema.get("format") == "date-time" and isinstance(value, str):
        datetime.fromisoformat(value)
    return []


def _of_object(
    value: dict[str, Any], schema: dict[str, Any], document: dict[str, Any], place: str
) -> list[str]:
    known = schema.get("properties", {})
    found = [f"{place}.{name} is missing" for name in schema.get("required", ()) if name not in value]
    for name, inner in value.items():
        inner_schema = known.get(name) or schema.get("additionalProperties")
        if inner_schema is None:
            found.append(f"{place}.{name} is not described")
        else:
            found += mismatches(inner, inner_schema, document, f"{place}.{name}")
    return found
