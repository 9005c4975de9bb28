"""Telling one visit from another without knowing who visits, and whether a visitor lets questions be kept at all."""

from __future__ import annotations

import base64
import hmac
import secrets
import threading
from datetime import datetime, timedelta
from hashlib import sha256

from flask import request
from werkzeug.datastructures import Headers

from kb import context

WINDOW = timedelta(minutes=10)
TOKEN_BYTES = 16
NO = "1"  # in Do Not Track and Global Privacy Control


def allowed(headers: Headers) -> bool:
    """Whether the visitor's browser says nothing against it (DNT, Sec-GPC)."""
    return NO not in {headers.get("DNT"), headers.get("Sec-GPC")}


def visitor() -> str:
    """Whoever sends this request, as far as it can be told from others; never to be kept, only for `Tokens`."""
    person_id = context.viewer().person_id
    if person_id is not None:
        return f"person {person_id}"
    return f"{request.remote_addr} {request.user_agent.string}"


class Tokens:
    """Names for questions: the same question of the same visitor has the same name within ten minutes.

    So a page that is loaded again, paged, narrowed down or returned to is no second question. The name is a keyed hash.
    Its key is random, made before the workers of a node are forked so that they share it, kept nowhere, and after every
    ten minutes replaced by its own hash: from then on nobody can find out any more whether a visitor asked a question.

    Args:
        now: when it begins.
    """

    def __init__(self, now: datetime) -> None:
        self._key = secrets.token_bytes()
        self._window = _window(now)
        self._lock = threading.Lock()

    def token(self, now: datetime, visitor: str, *question: str) -> str:
        """The name of a question: 128 bits, 22 characters; a random one where the visitor is not known.

        Args:
            question: all that makes it this question: where and in which language it is asked, and its words.
        """
        if not visitor:
            return _written(secrets.token_bytes(TOKEN_BYTES))
        said = "\0".join([visitor, *question]).encode("utf-8", "replace")
        return _written(hmac.digest(self._key_at(now), said, "sha256")[:TOKEN_BYTES])

    def _key_at(self, now: datetime) -> bytes:
        with self._lock:
            while self._window < _window(now):
                self._key = sha256(self._key).digest()
                self._window += 1
            return self._key


def _window(now: datetime) -> int:
    return int(now.timestamp() // WINDOW.total_seconds())


def _written(name: bytes) -> str:
    return base64.urlsafe_b64encode(name).rstrip(b"=").decode()
