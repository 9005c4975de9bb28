"""Guides from elsewhere: a chart that somebody drew with another tool becomes a guide, or the next draft of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from authoring.writing import drafts
from authoring.writing.beginnings import begin
from authoring.writing.drafts import Saved
from cbr.trees import body
from cbr.trees.forms import FORMS
from cbr.trees.layout import laid_out
from cbr.trees.tree import Tree
from kb.errors import N_, Conflict, Invalid
from kb.models import Article, Revision
from kb.viewers import Viewer

GUIDE = "guide"
MOST_BYTES = 1_500_000
"""What a form can carry from one page to the next; about the text of 5,000 steps."""


def read(raw: bytes, form: str) -> Tree:
    """A tree from a file; steps that nobody has put anywhere are laid out.

    Args:
        form: one of `cbr.trees.forms.FORMS`.

    Raises:
        Invalid: "file" where it is no text of that form at all, else line or place -> sentence.
    """
    if form not in FORMS:
        raise Invalid({"form": N_("It can be one of these: %(words)s.", words=", ".join(FORMS))})
    if len(raw) > MOST_BYTES:
        raise Invalid({"file": N_("A guide has at most %(most)s bytes.", most=MOST_BYTES)})
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Invalid({"file": N_("This is not a text in UTF-8.")}) from None
    if not text.strip():
        raise Invalid({"file": N_("Choose a file, or paste its text.")})
    return laid_out(FORMS[form].read(text))


def edges(tree: Tree) -> int:
    """How many ways a tree has."""
    return sum(len(node.ways) for node in tree.nodes)


def make(
    session: Session,
    tree: Tree,
    *,
    title: str,
    language: str,
    audience: str,
    topics: Sequence[str],
    note: str,
    by: Viewer,
    now: datetime,
    since: datetime | None = None,
) -> Revision:
    """A new guide whose first draft is the tree.

    Args:
        language: that it is written in.
        topics: keys, the first its breadcrumb.
        note: what the draft says of itself in the history.
        since: when its lifetimes begin; now where it is not given.

    Raises:
        Invalid: a property cannot be used.
        NotAllowed: this person may not write, or not there.
    """
    return begin(
        session,
        title=title,
        kind=GUIDE,
        language=language,
        audience=audience,
        topics=topics,
        by=by,
        now=now,
        since=since,
        note=note,
        body=body.write(tree),
    )


def replace(
    session: Session,
    article: Article,
    language: str,
    tree: Tree,
    *,
    base_id: int | None,
    note: str,
    by: Viewer,
    now: datetime,
    fields: Mapping[str, object] | None = None,
) -> Saved:
    """The tree as the next draft of a guide, in the place of all its steps; the person's working copy goes.

    Args:
        base_id: the newest revision as the person saw it; None where there was none.
        fields: what else the draft says, such as the title of a language that had nothing.

    Raises:
        Conflict: somebody saved since.
        Invalid: the article is no guide, or a field cannot be used.
        NotAllowed: this person may not write this.
    """
    if article.kind != GUIDE:
        raise Invalid({"file": N_("Only a guide can be drawn as a tree.")})
    newest = drafts.newest(session, article, language)
    if (newest.id if newest else None) != base_id:
        raise Conflict(
            N_("Somebody has saved this guide since you looked. Look again what it would replace.")
        )
    given = {**(fields or {}), "body": body.write(tree), "change_note": note}
    saved = drafts.save(session, article, language, given, base_id=base_id, by=by, now=now)
    drafts.discard(session, article, language, by=by)
    return saved
