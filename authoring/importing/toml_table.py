"""A TOML table whose entries are checked as they are taken; a fault names its key and how to mend it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any


class MapError(Exception):
    """A map that cannot be used.

    Args:
        key: the TOML key, for example "fields.titel"; empty for the file as a whole.
        sentence: what is wrong and how to mend it.
    """

    def __init__(self, key: str, sentence: str) -> None:
        super().__init__(f"{key}: {sentence}" if key else sentence)
        self.key = key
        self.sentence = sentence


class Table:
    """One table of a map.

    Args:
        raw: what TOML gave; anything but a table is refused.
        key: where it stands, for example "values.state"; empty for the file.
        names: entries that it can have; None for any.

    Raises:
        MapError: it is no table, or has an entry of another name.
    """

    def __init__(self, raw: Any, key: str = "", names: Sequence[str] | None = None) -> None:
        self._key = key
        if not isinstance(raw, Mapping):
            raise MapError(key, f"must be a table, [{key}].")
        self._raw = raw
        if names is not None:
            for name in raw.keys() - set(names):
                raise self.error(name, f"there is no such entry; {_hint(name, names)}")

    def __iter__(self) -> Iterator[str]:
        return iter(self._raw)

    def __len__(self) -> int:
        return len(self._raw)

    def error(self, name: str, sentence: str) -> MapError:
        """A fault of this entry, to be raised."""
        return MapError(f"{self._key}.{name}".lstrip("."), sentence)

    def table(self, name: str, names: Sequence[str] | None = None) -> Table:
        """The table below; empty when there is none."""
        return Table(self._raw.get(name, {}), f"{self._key}.{name}".lstrip("."), names)

    def tables(self, name: str, names: Sequence[str]) -> list[Table]:
        """The tables of a list, [[name]]; empty when there is none."""
        raw = self._raw.get(name, [])
        if not isinstance(raw, list):
            raise self.error(name, f"must be a list of tables, [[{name}]].")
        return [
            Table(each, f"{self._key}.{name}[{number}]".lstrip("."), names) for number, each in enumerate(raw)
        ]

    def text(self, name: str, *, empty: bool = False) -> str | None:
        """A text, or None when it is not there; an empty one only where that means something."""
        value = self._raw.get(name)
        if name in self._raw and not (isinstance(value, str) and (value or empty)):
            raise self.error(name, "must be a text, in quotes.")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """One text or a list of texts; empty when it is not there."""
        value = self._raw.get(name, [])
        values = [value] if isinstance(value, str) else value
        if not isinstance(values, list) or not all(isinstance(text, str) and text for text in values):
            raise self.error(name, "must be a text, or a list of texts.")
        return tuple(values)

    def pattern(self, name: str) -> re.Pattern[str] | None:
        """A regular expression, or None when it is not there."""
        text = self.text(name)
        try:
            return re.compile(text) if text is not None else None
        except re.error as error:
            raise self.error(name, f"is no regular expression: {error}.") from None

    def flag(self, name: str, *, default: bool) -> bool:
        """True or false."""
        value = self._raw.get(name, default)
        if not isinstance(value, bool):
            raise self.error(name, "must be true or false.")
        return value

    def choice(self, name: str, choices: Sequence[str]) -> str | None:
        """One of the choices, or None when it is not there."""
        value = self.text(name)
        if value is not None and value not in choices:
            raise self.error(name, f"{value!r} is none of {', '.join(choices)}.")
        return value


def _hint(name: str, names: Sequence[str]) -> str:
    near = get_close_matches(name, names, n=1)
    return f"did you mean {near[0]!r}?" if near else f"it can be {', '.join(names)}."
