"""Administration: people, groups, keys, portals, topics, audiences, articles, snippets, sources, folders, audit."""

from __future__ import annotations

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the pages."""
