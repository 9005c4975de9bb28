"""The archive: everything that an instance knows in one ZIP file, and back into an empty base."""

from __future__ import annotations

from authoring.archive.exporting import write
from authoring.archive.format import BadArchive, Manifest
from authoring.archive.reading import Limits, opened
from authoring.archive.restoring import restore

__all__ = ["BadArchive", "Limits", "Manifest", "opened", "restore", "write"]
