"""What an agent does with a contact beside moving it, over its API: replies, flags, the case that is made of it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from marshmallow import Schema, fields, validate

from cbr import queries as case_queries
from cbr.contents import MOST_SOLUTION, MOST_TITLE
from kb import context
from kb.access import same_site
from kb.api import article_address
from kb.context import now, session, structure
from kb.errors import N_, NotFound
from routing import (
    contact_queries,
    contacts,
    customers,
    ending,
    flags,
    looking_up,
    quoting,
    recognising,
    replies,
)
from routing.api import blueprint, for_agents, told
from routing.api_schemas import ContactSchema
from routing.permissions import require_holder
from routing.reply_text import filled
from search.learning.wiring import learning

KEY = validate.Length(1, 128)


class ReplySchema(Schema):
    """What is written to the customer."""

    text = fields.String(
        required=True, metadata={"description": "Markdown, with places as {{customer.name}}"}
    )
    articles = fields.List(
        fields.String(), load_default=list, metadata={"description": "Keys of those in it"}
    )
    cases = fields.List(fields.String(), load_default=list, metadata={"description": "Keys of those in it"})


class SentReplySchema(ReplySchema):
    """A reply that was sent."""

    sent_at = fields.DateTime(required=True)


class QuoteQuery(Schema):
    """What is to be quoted."""

    kind = fields.String(required=True, validate=validate.OneOf(["article", "case", "link"]))
    key = fields.String(required=True, validate=KEY)


class QuotedSchema(Schema):
    """Words for a reply."""

    text = fields.String(required=True, metadata={"description": "What is known is filled in"})
    language = fields.String(required=True)
    is_wanted = fields.Boolean(
        required=True, metadata={"description": "Whether that is the customer's language"}
    )


class CustomerOfContact(Schema):
    """Who it is from."""

    customer = fields.String(
        required=True, allow_none=True, validate=KEY, metadata={"description": "Key; null where nobody knows"}
    )


class FlaggedArticle(Schema):
    """An article that is wrong or outdated."""

    article = fields.String(required=True, validate=KEY)
    note = fields.String(load_default="", validate=validate.Length(max=1000))


class UnansweredQuestion(Schema):
    """A question that nothing answers."""

    question = fields.String(required=True)


class CaseOfContact(Schema):
    """What solved a contact."""

    case_type = fields.String(required=True, validate=KEY)
    title = fields.String(load_default="", validate=validate.Length(max=MOST_TITLE))
    solution = fields.String(required=True, validate=validate.Length(max=MOST_SOLUTION))


class CaseMadeOfContact(Schema):
    """The case that was made of a contact."""

    key = fields.String(required=True)
    state = fields.String(required=True)


@blueprint.put("/contacts/<int:contact_id>/reply")
@same_site
@for_agents
@blueprint.arguments(ReplySchema)
@blueprint.response(200, ReplySchema)
def keep_reply(args: dict[str, Any], contact_id: int) -> Any:
    """Keep what is written so far."""
    held = contacts.held(session(), contact_id)
    return replies.keep(session(), held, **args, by=context.viewer(), now=now())


@blueprint.post("/contacts/<int:contact_id>/reply")
@same_site
@for_agents
@blueprint.arguments(ReplySchema)
@blueprint.response(201, SentReplySchema)
def send_reply(args: dict[str, Any], contact_id: int) -> tuple[Any, int]:
    """Send a reply: whoever brought the contact hears of it as an event, and delivers it."""
    held, by = contacts.held(session(), contact_id), context.viewer()
    replies.keep(session(), held, **args, by=by, now=now())
    return replies.send(session(), held, by=by, now=now()), HTTPStatus.CREATED


@blueprint.get("/contacts/<int:contact_id>/quote")
@for_agents
@blueprint.arguments(QuoteQuery, location="query")
@blueprint.response(200, QuotedSchema)
def quote(args: dict[str, Any], contact_id: int) -> dict[str, Any]:
    """Words of an article or a case in the customer's language, with what is known filled in, or a link to it."""
    found, viewer = contact_queries.one(session(), context.viewer(), contact_id), context.viewer()
    if args["kind"] == "link":
        linked = quoting.link(session(), found, args["key"], structure().portals.values(), now())
        if linked is None:
            raise NotFound(N_("No customer may read this without a login, so that there is no link to it."))
        site, revision = linked
        translation = revision.translation
        language, slug = translation.language, translation.slug
        words = quoting.Quoted(f"{revision.title}: {article_address(language, slug, site)}", language)
    else:
        of = quoting.article if args["kind"] == "article" else quoting.case
        words = of(session(), found, args["key"], viewer, now())
    return {
        "text": filled(words.text, replies.places(found, viewer)),
        "language": words.language,
        "is_wanted": words.language == quoting.languages_of(found, viewer)[0],
    }


@blueprint.put("/contacts/<int:contact_id>/customer")
@same_site
@for_agents
@blueprint.arguments(CustomerOfContact)
@blueprint.response(200, ContactSchema)
def change_customer(args: dict[str, Any], contact_id: int) -> dict[str, Any]:
    """Say which customer it is, where it was taken for another."""
    by = context.viewer()
    require_holder(contact_queries.one(session(), by, contact_id), by)
    if args["customer"]:
        looking_up.of_this_process().customer(session(), args["customer"], "", now())
    held = contacts.held(session(), contact_id)
    customer = customers.one(session(), by, args["customer"]) if args["customer"] else None
    return told(recognising.is_from(session(), held, customer, by=by, now=now()))


@blueprint.post("/contacts/<int:contact_id>/flag")
@same_site
@for_agents
@blueprint.arguments(FlaggedArticle)
@blueprint.response(204)
def flag(args: dict[str, Any], contact_id: int) -> None:
    """Tell whoever looks after an article that it is wrong or outdated."""
    found = contact_queries.one(session(), context.viewer(), contact_id)
    flags.wrong(session(), found, args["article"], args["note"], by=context.viewer(), now=now())


@blueprint.post("/contacts/<int:contact_id>/gap")
@same_site
@for_agents
@blueprint.arguments(UnansweredQuestion)
@blueprint.response(204)
def gap(args: dict[str, Any], contact_id: int) -> None:
    """Say that nothing answers a question."""
    found = contact_queries.one(session(), context.viewer(), contact_id)
    flags.gap(learning().log, found, args["question"], by=context.viewer(), now=now())


@blueprint.put("/contacts/<int:contact_id>/case")
@same_site
@for_agents
@blueprint.arguments(CaseOfContact)
@blueprint.response(200, CaseMadeOfContact)
def make_case(args: dict[str, Any], contact_id: int) -> Any:
    """Make a case of a contact for somebody else to confirm; said again, it is the same case."""
    held, by = contacts.held(session(), contact_id), context.viewer()
    row = case_queries.case_type(session(), by, args["case_type"])
    return ending.case_from(
        session(), held, row, title=args["title"], solution=args["solution"], by=by, now=now()
    )
