"""Pages of authoring; each module adds its own to the blueprint."""

from __future__ import annotations
