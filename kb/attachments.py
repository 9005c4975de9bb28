"""Attachments: files of articles, typed by their content, kept once per content in the database."""

from __future__ import annotations

import hashlib
import io
import re
import warnings
from collections.abc import Sequence
from datetime import datetime

import puremagic
from PIL import Image, UnidentifiedImageError
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from kb import queries
from kb.errors import N_, Invalid, NotFound, TooLarge
from kb.models import Article, Attachment, AttachmentContent
from kb.permissions import PUBLISH_ARTICLES, TRANSLATE_ARTICLES, require
from kb.viewers import Ground, Viewer

IMAGES = {"PNG": "image/png", "JPEG": "image/jpeg", "GIF": "image/gif", "WEBP": "image/webp"}
MOST_PIXELS = 50_000_000
DOCUMENTS = {
    ".pdf": "application/pdf",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ".odt": "application/vnd.oasis.opendocument.text",
    ".ods": "application/vnd.oasis.opendocument.spreadsheet",
    ".zip": "application/zip",
    ".mp4": "video/mp4",
    ".mp3": "audio/mpeg",
}
TEXTS = {".txt": "text/plain", ".csv": "text/csv"}
_UNSAFE = re.compile(r"[^\w.() -]+")


def media_type_of(data: bytes, filename: str) -> str:
    """The type, by content: an image that decodes, a known kind of document whose bytes agree with its name, or text.

    Raises:
        Invalid: anything else, above all HTML, SVG and programs.
    """
    suffix = f".{filename.rpartition('.')[2].lower()}"
    if image := _image_type(data):
        return image
    if suffix in DOCUMENTS and suffix in _suffixes_by_content(data):
        return DOCUMENTS[suffix]
    if suffix in TEXTS and _is_text(data):
        return TEXTS[suffix]
    raise Invalid(
        {
            "file": N_(
                "Only images, PDF, Office and OpenDocument files, ZIP, MP3, MP4, TXT and CSV are accepted."
            )
        }
    )


def _image_type(data: bytes) -> str | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=list(IMAGES)) as image:
                if image.width * image.height > MOST_PIXELS:
                    raise Invalid({"file": N_("This image has more than 50 million pixels.")})
                image.verify()
                return IMAGES[str(image.format)]
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Invalid({"file": N_("This image has more than 50 million pixels.")}) from None
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError):
        return None


def _suffixes_by_content(data: bytes) -> set[str]:
    try:
        found = {match.extension.lower() for match in puremagic.magic_string(data)}
    except (puremagic.PureError, ValueError):  # the latter for no bytes at all
        return set()
    if ".zip" in found:  # Office and OpenDocument files are ZIP archives; the bytes alone tell no more
        found |= {".docx", ".xlsx", ".pptx", ".odt", ".ods"}
    return found


def _is_text(data: bytes) -> bool:
    try:
        return "\0" not in data.decode("utf-8")
    except UnicodeDecodeError:
        return False


def safe_name(filename: str) -> str:
    """The name without a path, and without what a system could take for something else.

    >>> safe_name("C:\\\\tmp\\\\..bill<1>.pdf")
    'bill_1_.pdf'
    """
    return _UNSAFE.sub("_", filename.replace("\\", "/").rpartition("/")[2])[-200:].lstrip(".") or "file"


def attach(
    session: Session, article: Article, *, filename: str, data: bytes, limit: int, by: Viewer, now: datetime
) -> Attachment:
    """Add a file to an article. The same content under the same name is not added twice.

    Readers get it once a revision of the article is approved; at once where somebody adds it who may publish.

    Args:
        limit: largest size in bytes.

    Raises:
        TooLarge: more than the limit.
        Invalid: empty, or of a type that is not accepted.
    """
    require(by, TRANSLATE_ARTICLES, _ground_of(article, by))
    if len(data) > limit:
        raise TooLarge(N_("This file is larger than %(most)s MB.", most=limit // 1024 // 1024))
    if not data:
        raise Invalid({"file": N_("This file is empty.")})
    name = safe_name(filename)
    media_type = media_type_of(data, name)
    digest = hashlib.sha256(data).hexdigest()
    query = select(Attachment).where(
        Attachment.article_id == article.id, Attachment.sha256 == digest, Attachment.filename == name
    )
    if held := session.scalars(query).first():
        return held
    if session.get(AttachmentContent, digest) is None:
        session.add(AttachmentContent(sha256=digest, data=data))
        session.flush()
    made = Attachment(
        article_id=article.id,
        filename=name,
        media_type=media_type,
        size=len(data),
        sha256=digest,
        uploaded_by_id=by.person_id or None,
        created_at=now,
        readable_at=now if by.may(PUBLISH_ARTICLES, _ground_of(article, by)) else None,
    )
    session.add(made)
    session.flush()
    return made


def remove(session: Session, attachment: Attachment, *, by: Viewer) -> None:
    """Take a file off its article; the bytes go with the last article that has them.

    Once readers may have it, that takes who may publish.
    """
    article = session.get_one(Article, attachment.article_id)
    roles = TRANSLATE_ARTICLES if attachment.readable_at is None else PUBLISH_ARTICLES
    require(by, roles, _ground_of(article, by))
    _remove(session, [attachment])


def _ground_of(article: Article, by: Viewer) -> Ground:
    """The article's topics, in the source's language or one that this viewer works in: files belong to them all."""
    topic_ids = frozenset(place.topic_id for place in article.topics)
    own = sorted(code for limit in by.limits.values() for code in limit.languages or ())
    grounds = [Ground(topic_ids, code) for code in (article.source_language, *own)]
    return next((ground for ground in grounds if by.may(TRANSLATE_ARTICLES, ground)), grounds[0])


def remove_all(session: Session, article: Article) -> None:
    """Take every file off an article that is about to be deleted."""
    _remove(session, queries.attachments_of(session, article.id))


def _remove(session: Session, files: Sequence[Attachment]) -> None:
    for file in files:
        session.delete(file)
    session.flush()
    left = select(Attachment.id).where(Attachment.sha256 == AttachmentContent.sha256)
    digests = sorted({file.sha256 for file in files})
    session.execute(delete(AttachmentContent).where(AttachmentContent.sha256.in_(digests), ~left.exists()))


def open_for(session: Session, viewer: Viewer, now: datetime, attachment_id: int) -> tuple[Attachment, bytes]:
    """A file and its bytes, if the viewer may read its article now (those who write articles always may).

    Raises:
        NotFound: there is no such file for this viewer.
    """
    attachment = session.get(Attachment, attachment_id)
    if attachment is None or not _may_read(session, viewer, now, attachment):
        raise NotFound(N_("There is no such file here."))
    return attachment, session.get_one(AttachmentContent, attachment.sha256).data


def _may_read(session: Session, viewer: Viewer, now: datetime, attachment: Attachment) -> bool:
    if viewer.has(*TRANSLATE_ARTICLES, *PUBLISH_ARTICLES):
        return True
    visible = queries.visible_to(viewer, now, Article.id).where(Article.id == attachment.article_id).limit(1)
    approved = attachment.readable_at is not None and attachment.readable_at <= now
    return approved and session.scalar(visible) is not None
