"""The floor: the least that Flask can do, under the server's own settings."""

from __future__ import annotations

from flask import Flask

app = Flask(__name__, static_folder=None, template_folder=None)


@app.get("/")
def hello() -> str:
    """One word."""
    return "Hello"
