"""Reading plain data (what JSON can say) without trusting it: every fault is noted with its place; pure."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from kb.errors import N_, Invalid

TEXT_LIMIT = 2000
LIST_LIMIT = 20_000

Plain = Any
"""None, a bool, number, text, list or mapping."""


class Reader:
    """One mapping of the data, and what is wrong with it so far.

    Args:
        data: what was read; anything but a mapping is a fault.
        path: where it stands, such as "attributes[2].".
        faults: place -> sentence; shared by all readers of the same data.
    """

    def __init__(self, data: Plain, path: str = "", faults: dict[str, str] | None = None) -> None:
        self.path = path
        self.faults: dict[str, str] = {} if faults is None else faults
        if not isinstance(data, Mapping):
            self.faults[path.rstrip(".") or "."] = N_(
                "Here stands a single value where several with names belong."
            )
        self.data: Mapping[str, Plain] = data if isinstance(data, Mapping) else {}

    def fault(self, name: str, sentence: str) -> None:
        """Note the first fault of a place."""
        self.faults.setdefault(f"{self.path}{name}", sentence)

    def check(self) -> None:
        """Raise `Invalid` with all faults, if there are any."""
        if self.faults:
            raise Invalid(self.faults)

    def only(self, names: Collection[str]) -> None:
        """Nothing else may stand here: a name that is misspelt would be lost in silence."""
        for name in self.data:
            if name not in names:
                self.fault(str(name), N_("There is no such setting here."))

    def text(self, name: str, default: str | None = None) -> str:
        """A text; one must be there unless there is a default."""
        value = self.data.get(name)
        if value is None and default is not None:
            return default
        if isinstance(value, str) and (value or default is not None) and len(value) <= TEXT_LIMIT:
            return value
        self.fault(name, N_("A text of at most %(most)s characters belongs here.", most=TEXT_LIMIT))
        return default or ""

    def one_of(self, name: str, allowed: Collection[str], default: str) -> str:
        """One of a few words."""
        value = self.data.get(name, default)
        if isinstance(value, str) and value in allowed:
            return value
        self.fault(name, N_("It can be one of these: %(words)s.", words=", ".join(allowed)))
        return default

    def some_of(self, name: str, allowed: Collection[str], default: Collection[str]) -> frozenset[str]:
        """Any of a few words."""
        value = self.data.get(name, list(default))
        if isinstance(value, list) and all(isinstance(word, str) and word in allowed for word in value):
            return frozenset(value)
        self.fault(name, N_("It can be any of these: %(words)s.", words=", ".join(allowed)))
        return frozenset(default)

    def flag(self, name: str, default: bool) -> bool:
        """True or false."""
        value = self.data.get(name, default)
        if isinstance(value, bool):
            return value
        self.fault(name, N_("Only true or false can stand here."))
        return default

    def number(
        self, name: str, default: float | None = None, *, least: float = 0.0, above: bool = False
    ) -> float:
        """A finite number from `least` on, or above it."""
        value = self.data.get(name, default)
        if isinstance(value, int | float) and not isinstance(value, bool) and _fits(value, least, above):
            return float(value)
        sentence = (
            N_("A number above %(least)s belongs here.", least=f"{least:g}")
            if above
            else N_("A number from %(least)s on belongs here.", least=f"{least:g}")
        )
        self.fault(name, sentence)
        return 1.0 if default is None else default

    def texts(self, name: str) -> dict[str, str]:
        """Language -> text; empty texts are left out."""
        value = self.data.get(name, {})
        fits = isinstance(value, Mapping) and all(
            isinstance(language, str) and isinstance(text, str) and len(text) <= TEXT_LIMIT
            for language, text in value.items()
        )
        if not fits:
            self.fault(name, N_("Texts with their languages belong here."))
            return {}
        return {language: text for language, text in value.items() if text.strip()}

    def each(self, name: str) -> Iterator[Reader]:
        """A reader for each mapping of a list."""
        value = self.data.get(name, [])
        if not isinstance(value, list) or len(value) > LIST_LIMIT:
            self.fault(name, N_("A list of at most %(most)s belongs here.", most=LIST_LIMIT))
            return
        for at, entry in enumerate(value):
            yield Reader(entry, f"{self.path}{name}[{at}].", self.faults)

    def below(self, name: str) -> Reader:
        """A reader for a mapping in this one, an empty one where there is none."""
        return Reader(self.data.get(name, {}), f"{self.path}{name}.", self.faults)


def _fits(value: float, least: float, above: bool) -> bool:
    return abs(value) <= sys.float_info.max and (value > least if above else value >= least)
