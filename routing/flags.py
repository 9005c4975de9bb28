"""What an agent says of the knowledge with a customer on the line: this article is wrong, or nothing answers this."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from authoring.models import Suggestion
from authoring.writing import suggestions
from kb import texts
from kb.errors import N_, Conflict, Invalid
from kb.viewers import Viewer
from routing.models import Contact
from routing.permissions import require_holder
from routing.quoting import languages_of, revision_of
from search.learning.log import QuestionLog
from search.learning.scrubbing import LONGEST_KEPT, scrub

SURFACE = "panel"
GAP = "gap"
"""Its questions are of a visitor of their own: asked in the one box a moment before, it is still a gap."""


def wrong(
    session: Session, contact: Contact, key: str, note: str, *, by: Viewer, now: datetime
) -> Suggestion:
    """Tell whoever looks after an article that it is wrong or outdated, with what the customer asked.

    Args:
        key: of the article.
        note: what is wrong; "" where the question says enough.

    Raises:
        NotFound: there is no such article for this viewer.
        NotAllowed: somebody else has the contact.
        Conflict: the same person said the same before, and nobody has answered yet.
    """
    require_holder(contact, by)
    read = revision_of(session, by, now, key, languages_of(contact, by))
    asked = scrub(contact.question)
    lines = [note.strip() or _("Wrong or outdated, as seen with a customer.")]
    if asked:
        lines.append(_("The customer asked: %(question)s", question=asked))
    return suggestions.suggest(session, read.translation.article, read, "\n\n".join(lines), by=by, now=now)


def gap(log: QuestionLog, contact: Contact, question: str, *, by: Viewer, now: datetime) -> None:
    """Say that nothing answers a question; it stands in the report of gaps from then on.

    Raises:
        Invalid: "question" -> empty, or not storable.
        NotAllowed: somebody else has the contact.
        Conflict: no questions are kept here.
    """
    require_holder(contact, by)
    if problem := texts.problem(question, LONGEST_KEPT) or (
        "" if question.strip() else N_("Write the question.")
    ):
        raise Invalid({"question": problem})
    kept = log.asked(
        text=question,
        language=languages_of(contact, by)[0],
        portal=contact.portal,
        surface=SURFACE,
        hits=0,
        relaxed=False,
        shown=(),
        previous=None,
        now=now,
        visitor=f"{GAP} {contact.id}",
    )
    if not kept:
        raise Conflict(N_("No questions are kept here, so that there is no report of gaps."))
