"""Cases as JSON: case types, cases, and the cases nearest to what is known."""

from __future__ import annotations

import time
from typing import Any

from flask import Flask, url_for
from marshmallow import Schema, fields, validate

from cbr import case_types, cases, queries
from cbr.case_type import MOST_ATTRIBUTES, read_case_type
from cbr.contents import Content
from cbr.followers import case_bases
from cbr.models import Case, CaseState, CaseTypeRow
from cbr.retrieving import MOST_CASES, Nearest, retrieve
from kb import context, openapi
from kb.access import needs, public, same_site
from kb.api import LARGEST_PAGE, article_address, asker, language_code
from kb.concurrency import version_of
from kb.context import head, now, session
from kb.errors import N_, Invalid, LoginRequired, NotAllowed, NotFound
from kb.limits import API, limiter
from kb.models.people import Role
from kb.structure import PortalSite

blueprint = openapi.Blueprint("cases_api", __name__, description="Cases")

FACTS = {"description": "Attribute -> value; what is not known is left out"}
MOST_SKIPPED = 100_000


class Facts(fields.Dict):
    """Attribute -> plain value."""

    def __init__(self, **more: Any) -> None:
        most = validate.Length(max=MOST_ATTRIBUTES)
        super().__init__(
            keys=fields.String(), values=fields.Raw(allow_none=True), validate=most, metadata=FACTS, **more
        )


class CaseTypeCard(Schema):
    """A case type in a list."""

    key = fields.String(required=True)
    names = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    audience = fields.String(required=True)
    version = fields.Integer(required=True)
    attributes = fields.Integer(required=True, metadata={"description": "How many"})
    cases = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        required=True,
        metadata={"description": "State -> how many the caller may read"},
    )


class CaseTypeList(Schema):
    """The case types that the caller may know of."""

    case_types = fields.List(fields.Nested(CaseTypeCard), required=True)


class CaseTypeSchema(Schema):
    """A case type in full."""

    key = fields.String(required=True)
    audience = fields.String(required=True)
    version = fields.Integer(required=True)
    etag = fields.String(required=True, metadata={"description": "Send it back as `seen` with a change"})
    schema = fields.Dict(required=True, metadata={"description": "Names and attributes"})


class NewCaseType(Schema):
    """What a case type is to be."""

    schema = fields.Dict(required=True)
    audience = fields.String(load_default="")
    seen = fields.String(load_default=None, allow_none=True)


class Misfits(CaseTypeSchema):
    """A changed case type, and what no longer fits it."""

    unfit_cases = fields.Integer(
        required=True, metadata={"description": "Cases with values it does not take"}
    )
    unfit = fields.Dict(
        keys=fields.String(), values=fields.Dict(keys=fields.String(), values=fields.String()), required=True
    )


class CaseSchema(Schema):
    """A case."""

    key = fields.String(required=True)
    case_type = fields.String(required=True)
    state = fields.String(required=True)
    language = fields.String(required=True)
    audience = fields.String(required=True)
    facts = Facts(required=True)
    problem = fields.String(required=True)
    title = fields.String(required=True)
    solution = fields.String(required=True, metadata={"description": "Markdown"})
    article = fields.String(required=True)
    links = fields.List(fields.String(), required=True)
    count = fields.Integer(required=True, metadata={"description": "Contacts that it stands for"})
    changed_at = fields.DateTime(required=True)


class CaseList(Schema):
    """A page of cases, the newest first."""

    cases = fields.List(fields.Nested(CaseSchema), required=True)
    total = fields.Integer(required=True)
    next = fields.String(required=True, allow_none=True)


class Listing(Schema):
    """Which cases."""

    case_type = fields.String(load_default="")
    state = fields.String(load_default="", validate=validate.OneOf(["", *CaseState]))
    text = fields.String(load_default="", validate=validate.Length(max=200))
    article = fields.String(load_default="")
    portal = fields.String(load_default=None)
    limit = fields.Integer(load_default=20, validate=validate.Range(1, LARGEST_PAGE))
    offset = fields.Integer(load_default=0, validate=validate.Range(0, MOST_SKIPPED))


class NewCase(Schema):
    """What solved a contact."""

    case_type = fields.String(required=True)
    facts = Facts(load_default=dict)
    problem = fields.String(load_default="")
    title = fields.String(load_default="")
    solution = fields.String(load_default="")
    article = fields.String(load_default="")
    links = fields.List(fields.String(), load_default=list)
    language = fields.String(load_default="en", validate=language_code)
    audience = fields.String(load_default="")
    key = fields.String(load_default="", metadata={"description": "Sent twice, it is kept once"})


class Asked(Schema):
    """What is known of a problem."""

    case_type = fields.String(required=True)
    facts = Facts(load_default=dict)
    text = fields.String(load_default="")
    lang = fields.String(load_default="en", validate=language_code)
    portal = fields.String(load_default=None, allow_none=True)
    limit = fields.Integer(load_default=5, validate=validate.Range(1, MOST_CASES))


class ReasonSchema(Schema):
    """What one attribute did for the score."""

    attribute = fields.String(required=True, metadata={"description": "Empty for the text"})
    name = fields.String(required=True)
    asked = fields.String(required=True)
    held = fields.String(required=True)
    similarity = fields.Float(required=True)
    weight = fields.Float(required=True)
    contribution = fields.Float(required=True)


class Linked(Schema):
    """An article that the solution links to."""

    key = fields.String(required=True)
    title = fields.String(required=True)
    url = fields.String(required=True)


class MatchSchema(Schema):
    """A case that was found."""

    case = fields.Nested(CaseSchema, required=True)
    score = fields.Float(required=True)
    solution = fields.String(required=True, metadata={"description": "With the known facts in its places"})
    title = fields.String(required=True)
    articles = fields.List(fields.Nested(Linked), required=True)
    why = fields.List(
        fields.Nested(ReasonSchema), required=True, metadata={"description": "They add up to the score"}
    )


class Matches(Schema):
    """The nearest cases, best first."""

    matches = fields.List(fields.Nested(MatchSchema), required=True)
    cases = fields.Integer(required=True, metadata={"description": "Cases that there were to find"})
    took_ms = fields.Float(required=True)


def init_app(app: Flask) -> None:
    """Add cases to the API."""
    app.extensions["api"].register_blueprint(blueprint)


@blueprint.get("/case-types")
@public
@limiter.limit(API)
@blueprint.response(200, CaseTypeList)
def types() -> dict[str, Any]:
    """The case types that the caller may know of."""
    own, _ = asker(None)
    counts = queries.counts(session(), own, now())
    return {
        "case_types": [
            {
                "key": row.key,
                "names": row.schema["names"],
                "audience": row.audience,
                "version": row.version,
                "attributes": len(row.schema["attributes"]),
                "cases": counts.get(row.key, {}),
            }
            for row in queries.case_types(session(), own)
        ]
    }


@blueprint.get("/case-types/<key>")
@public
@limiter.limit(API)
@blueprint.response(200, CaseTypeSchema)
def one_type(key: str) -> dict[str, Any]:
    """One case type with its attributes."""
    own, _ = asker(None)
    return _type(queries.case_type(session(), own, key))


@blueprint.put("/case-types/<key>")
@same_site
@needs(Role.SPECIALIST, Role.ADMIN)
@limiter.limit(API)
@blueprint.arguments(NewCaseType)
@blueprint.response(200, Misfits)
def put_type(args: dict[str, Any], key: str) -> dict[str, Any]:
    """Make or change a case type; values that no longer fit are kept and named."""
    viewer = context.viewer()
    case_type = read_case_type({**args["schema"], "key": key})
    try:
        row = case_types.by_key(session(), key)
    except NotFound:
        made = case_types.create(
            session(), case_type, audience=args["audience"] or "agent", by=viewer, now=now()
        )
        return _type(made) | {"unfit_cases": 0, "unfit": {}}
    changed = case_types.change(
        session(),
        row,
        case_type,
        by=viewer,
        now=now(),
        audience=args["audience"] or None,
        seen=args["seen"],
    )
    return _type(changed.row) | {"unfit_cases": changed.cases, "unfit": changed.unfit}


@blueprint.get("/cases")
@public
@limiter.limit(API)
@blueprint.arguments(Listing, location="query")
@blueprint.response(200, CaseList)
def page(args: dict[str, Any]) -> dict[str, Any]:
    """The cases that the caller may read."""
    own, _ = asker(args["portal"])
    filters = queries.Filters(args["case_type"], args["state"], text=args["text"], article=args["article"])
    offset, limit = args["offset"], args["limit"]
    found = queries.page(session(), own, now(), filters, offset=offset, limit=limit)
    following = url_for("cases_api.page", _external=True, **{**args, "offset": offset + limit})
    return {
        "cases": [_case(case, found.types[case.case_type_id]) for case in found.cases],
        "total": found.total,
        "next": following if offset + limit < found.total else None,
    }


@blueprint.post("/cases")
@same_site
@public
@limiter.limit(API)
@blueprint.arguments(NewCase)
@blueprint.response(201, CaseSchema)
def record(args: dict[str, Any]) -> dict[str, Any]:
    """Keep what solved a contact, for staff and for keys that may; somebody else confirms it."""
    viewer = context.viewer()
    if viewer.is_anonymous:
        raise LoginRequired(N_("Log in to do this."))
    if not viewer.is_staff and cases.SCOPE not in viewer.scopes:
        raise NotAllowed(N_("Your roles do not allow this."))
    row = queries.case_type(session(), viewer, args["case_type"])
    named = ("facts", "problem", "title", "solution", "article", "language")
    content = Content(**{name: args[name] for name in named}, links=tuple(args["links"]))
    attributes = case_types.schema_of(row).by_key
    try:
        made = cases.record(
            session(), row, content, by=viewer, now=now(), audience=args["audience"], key=args["key"]
        )
    except Invalid as refused:
        raise _of_facts(refused, {*attributes, *args["facts"]}) from None
    return _case(made, row.key)


@blueprint.post("/cases/nearest")
@same_site
@public
@limiter.limit(API)
@blueprint.arguments(Asked)
@blueprint.response(200, Matches)
def nearest(args: dict[str, Any]) -> dict[str, Any]:
    """The cases nearest to what is known, with what each attribute did for it."""
    context.only_reads()
    started = time.perf_counter()
    own, site = asker(args["portal"])
    try:
        found = retrieve(
            session(),
            case_bases(),
            own,
            now(),
            args["case_type"],
            args["facts"],
            args["text"],
            language=args["lang"],
            k=args["limit"],
            head=head(),
        )
    except Invalid as refused:
        raise _of_facts(refused, args["facts"]) from None
    return {
        "matches": [_match(one, args["case_type"], site) for one in found.nearest],
        "cases": found.cases,
        "took_ms": round((time.perf_counter() - started) * 1000, 2),
    }


def _of_facts(refused: Invalid, facts: Any) -> Invalid:
    """The same with the place in the request: facts.signal."""
    return Invalid(
        {f"facts.{name}" if name in facts else name: reason for name, reason in refused.fields.items()}
    )


def _type(row: CaseTypeRow) -> dict[str, Any]:
    return {
        "key": row.key,
        "audience": row.audience,
        "version": row.version,
        "etag": version_of(row),
        "schema": row.schema,
    }


def _case(case: Case, type_key: str) -> dict[str, Any]:
    told = {name: getattr(case, name) for name in CaseSchema().fields if hasattr(case, name)}
    return told | {"case_type": type_key, "links": sorted(link.key for link in case.links)}


def _match(one: Nearest, type_key: str, site: PortalSite | None) -> dict[str, Any]:
    return {
        "case": _case(one.case, type_key),
        "score": one.score,
        "solution": one.solution,
        "title": one.title,
        "articles": [
            {
                "key": card.key,
                "title": card.title,
                "url": article_address(card.language, card.slug, site),
            }
            for card in one.articles
        ],
        "why": [{"attribute": reason.key} | reason._asdict() for reason in one.reasons],
    }
