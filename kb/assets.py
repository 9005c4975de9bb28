"""Static files: under an address that changes with any of them, browsers keep them for ever.

The version stands before the path, not behind it, so that scripts that import one another get the same version.
"""

from __future__ import annotations

import hashlib
import re
from functools import cache
from pathlib import Path
from urllib.parse import quote

from flask import Flask, Response, current_app, request

from kb import access

YEAR_S = 365 * 24 * 3600
HOUR_S = 3600
VERSIONED = re.compile(r"v-([0-9a-f]{10})/(.+)", re.DOTALL)


def init_app(app: Flask) -> None:
    """Serve static files with and without a version."""

    @access.public
    def static(filename: str) -> Response:
        return _served(filename)

    app.view_functions["static"] = static


def asset(path: str) -> str:
    """The address of a static file."""
    root = f"{request.script_root}{current_app.static_url_path}"
    return f"{root}/v-{version(current_app.static_folder or '')}/{quote(path)}"


@cache
def version(folder: str) -> str:
    """Ten hexadecimal digits that change with any file in the folder."""
    digest = hashlib.sha256()
    for path in sorted(path for path in Path(folder).rglob("*") if path.is_file()):
        digest.update(path.relative_to(folder).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:10]


def _served(filename: str) -> Response:
    """The file; kept for a year under its present version, and for an hour under another one or none."""
    found = VERSIONED.fullmatch(filename)
    response = current_app.send_static_file(found[2] if found else filename)
    response.cache_control.no_cache, response.cache_control.public = None, True
    present = found is not None and found[1] == version(current_app.static_folder or "")
    response.cache_control.max_age = YEAR_S if present else HOUR_S
    response.cache_control.immutable = present
    response.headers["Access-Control-Allow-Origin"] = (
        "*"  # nobody's, so that other sites' pages can import scripts
    )
    return response
