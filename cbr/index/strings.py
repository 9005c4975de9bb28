"""Many texts as one array of bytes, which can be mapped into memory and is decoded only where it is read; pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Strings(Sequence[str]):
    """Texts one behind the other.

    Args:
        blob: all of them as UTF-8.
        ends: (texts,) the byte behind each.

    >>> texts = Strings.of(["a", "", "térerő"])
    >>> list(texts), texts[-1], len(texts), texts[:2]
    (['a', '', 'térerő'], 'térerő', 3, ['a', ''])
    """

    blob: NDArray[np.uint8]
    ends: NDArray[np.int64]

    @classmethod
    def of(cls, texts: Iterable[str]) -> Strings:
        """Pack texts."""
        encoded = [text.encode("utf-8", "surrogatepass") for text in texts]
        ends = np.cumsum([len(text) for text in encoded], dtype=np.int64)
        return cls(np.frombuffer(b"".join(encoded), np.uint8), ends)

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> list[str]: ...
    def __getitem__(self, at: int | slice) -> str | list[str]:
        if isinstance(at, slice):
            return [self[one] for one in range(*at.indices(len(self)))]
        place = range(len(self.ends))[at]
        start = int(self.ends[place - 1]) if place else 0
        return self.blob[start : int(self.ends[place])].tobytes().decode("utf-8", "surrogatepass")

    def __len__(self) -> int:
        return len(self.ends)
