"""The pictures of one article, found beside its file, inside an address or inside a document."""

from __future__ import annotations

import base64
import binascii
import mimetypes
import re
from pathlib import Path
from urllib.parse import unquote

from authoring.importing.records import Image

SUFFIXES = {
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/gif": ".gif",
    "image/webp": ".webp",
    "image/svg+xml": ".svg",
}
LARGEST = 10 * 1024 * 1024
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:|//|#", re.IGNORECASE)
_DATA = re.compile(r"data:(?P<type>[\w/+.-]+);base64,(?P<data>[A-Za-z0-9+/=\s]+)")


class Pictures:
    """Collects what a body shows.

    Args:
        folder: where relative addresses start; None when the source is no folder, then they stay as they are.
        root: nothing outside this folder is read, whatever an address says.
    """

    def __init__(self, folder: Path | None = None, root: Path | None = None) -> None:
        self._folder = folder
        self._root = root
        self._images: dict[str, Image] = {}
        self.notes: list[str] = []

    @property
    def images(self) -> tuple[Image, ...]:
        """What was kept, in the order of the body."""
        return tuple(self._images.values())

    def keep(self, address: str) -> str:
        """The address that the body should have; a picture that can be read is kept on the way."""
        if embedded := _DATA.fullmatch(address):
            return self._embedded(address, embedded)
        if self._folder is None or self._root is None or not address or _SCHEME.match(address):
            return address
        path = (self._folder / unquote(address.partition("#")[0].partition("?")[0])).resolve()
        media_type = mimetypes.guess_type(path.name)[0] or ""
        if not path.is_relative_to(self._root.resolve()) or not path.is_file():
            self.notes.append(f"the picture {address[:200]} is not in the folder")
        elif path.stat().st_size > LARGEST:
            self.notes.append(f"the picture {address[:200]} is larger than {LARGEST // 2**20} MB")
        else:
            return self.add(path.read_bytes(), media_type, path.name) or address
        return address

    def add(self, data: bytes, media_type: str, name: str = "") -> str | None:
        """Keep a picture, and return its address for the body; None when a page could not show it.

        Args:
            name: a file name; one is made when empty.
        """
        if media_type not in SUFFIXES or len(data) > LARGEST:
            what = f"{name or 'inside the document'} of {len(data)} bytes and type {media_type or 'unknown'}"
            self.notes.append(f"a picture {what} cannot be kept")
            return None
        same = next((image for image in self._images.values() if image.data == data), None)
        free = self._free(name or f"image-{len(self._images) + 1}{SUFFIXES[media_type]}")
        image = same or Image(free, media_type, data)
        self._images[image.name] = image
        return f"attachment:{image.name}"

    def _embedded(self, address: str, match: re.Match[str]) -> str:
        try:
            return self.add(base64.b64decode(match["data"], validate=False), match["type"]) or address
        except binascii.Error:
            self.notes.append("a picture inside the text is broken")
            return address

    def _free(self, name: str) -> str:
        """A name that no other picture of this article has, and that needs no escaping in Markdown."""
        stem, dot, suffix = re.sub(r"[^\w.-]+", "-", name).rpartition(".")
        free, number = f"{stem}{dot}{suffix}", 1
        while free in self._images:
            number += 1
            free = f"{stem}-{number}{dot}{suffix}"
        return free
