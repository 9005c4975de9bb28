"""The floor: the least that Flask can do, under the server's own settings."""

from __future__ import annotations

from flask import Flask

app = Flask("hello")


@app.get("/")
def hello() -> str:
    """One word."""
    return "Hello"
