"""What every JSON endpoint shares: its place in the OpenAPI document, its mistakes as RFC 9457 problems, its ETag."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from threading import Lock
from typing import Any

import flask_smorest
from flask import Flask, Request, Response, request
from marshmallow import Schema, fields
from webargs.flaskparser import FlaskParser

from kb.access import public
from kb.errors import N_, Invalid
from kb.http import PROBLEM

_TIMING = re.compile(rb'"took_ms": ?[0-9.]+')
_HALF_A_CHARACTER = re.compile(rb"\\u[dD][89a-fA-F]")
"""As JSON can say it; a whole character has two of them."""


class Problem(Schema):
    """What is wrong (RFC 9457)."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True, metadata={"description": "In the caller's language"})
    fields_ = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        data_key="fields",
        metadata={"description": "Parameter -> what is wrong with it"},
    )


class Api(flask_smorest.Api):  # type: ignore[misc]
    """The document maker; mistakes are answered by kb/http.py, here as everywhere.

    What the document says is gathered when somebody first reads it: that takes as long as all else of a start.
    """

    def _init_spec(self, **options: Any) -> None:
        self._gathering = Lock()
        self.unsaid: list[Callable[[], None]] = []
        super()._init_spec(**options)
        self.spec.to_dict = partial(self._whole, self.spec.to_dict)

    def _whole(self, document: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        with self._gathering:
            for say in self.unsaid:
                say()
            self.unsaid.clear()
        return document()

    def _register_error_handlers(self) -> None:
        pass

    def _register_responses(self) -> None:
        self.unsaid.append(self._say_responses)

    def _say_responses(self) -> None:
        words = {status.name: status.phrase for status in HTTPStatus}
        for name, description in {**words, self.DEFAULT_ERROR_RESPONSE_NAME: "Any other mistake"}.items():
            response = {"description": description, "content": {PROBLEM: {"schema": Problem}}}
            self.spec.components.response(name, response, lazy=True)


class Parser(FlaskParser):
    """Reads what anybody may send: JSON that Python cannot read or no database can keep is refused as a mistake."""

    def load_json(self, req: Request, schema: Schema) -> Any:
        """The body. Raises `Invalid`: "json"."""
        try:
            body = super().load_json(req, schema)
            if _HALF_A_CHARACTER.search(req.get_data(cache=True)):
                json.dumps(body, ensure_ascii=False, default=str).encode()
        except UnicodeEncodeError:
            raise Invalid({"json": N_("It contains a character that is no text.")}) from None
        except (RecursionError, ValueError):
            raise Invalid({"json": N_("It is nested too deeply, or a number in it is too long.")}) from None
        return body


class Blueprint(flask_smorest.Blueprint):  # type: ignore[misc]
    """Endpoints below /api/v1."""

    ARGUMENTS_PARSER = Parser()

    def __init__(self, name: str, import_name: str, description: str) -> None:
        super().__init__(name, import_name, url_prefix="/api/v1", description=description)
        self.after_request(tag)

    def register_views_in_doc(self, api: Api, *arguments: Any, **named: Any) -> None:
        """Say what the endpoints take and give, when the document is read."""
        api.unsaid.append(partial(super().register_views_in_doc, api, *arguments, **named))


def init_app(app: Flask) -> None:
    """Make the document; packages register their blueprints on app.extensions["api"]."""
    app.config.update(
        API_TITLE="Kalauz",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/api",
        OPENAPI_JSON_PATH="openapi.json",
    )
    security: list[dict[str, list[str]]] = [{}, {"key": []}]
    info = {"description": "Without a key, what is open to everybody; with one, what its audiences may read."}
    api = Api(app, spec_kwargs={"security": security, "info": info})
    api.spec.components.security_scheme("key", {"type": "http", "scheme": "bearer"})
    app.extensions["api"] = api
    document: Callable[[], Response] = app.view_functions["api-docs.openapi_json"]  # type: ignore[assignment]
    app.view_functions["api-docs.openapi_json"] = public(lambda: tag(document()))


def tag(response: Response) -> Response:
    """An ETag by content, so that who asks again is told when nothing has changed; how long it took is no content."""
    if (
        request.method in {"GET", "HEAD"}
        and response.status_code == HTTPStatus.OK
        and not response.is_streamed
    ):
        content: Any = _TIMING.sub(b"", response.get_data())
        response.set_etag(hashlib.sha256(content).hexdigest()[:24], weak=True)
        response.vary.update(["Authorization", "Cookie", "Accept-Language"])
        response.make_conditional(request)
    return response
