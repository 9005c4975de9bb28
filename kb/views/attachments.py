"""Files, served so that nothing in them can run."""

from __future__ import annotations

import io

from flask import Blueprint, Response, send_file

from kb import attachments, context
from kb.access import public

blueprint = Blueprint("attachments", __name__)

SHOWN_INLINE = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf"})


@blueprint.get("/files/<int:attachment_id>/<filename>")
@public
def file(attachment_id: int, filename: str) -> Response:
    """A file of an article that the viewer may read now. The name is for people, the number decides."""
    found, data = attachments.open_for(context.session(), context.viewer(), context.now(), attachment_id)
    response = send_file(
        io.BytesIO(data),
        mimetype=found.media_type,
        download_name=found.filename,
        as_attachment=found.media_type not in SHOWN_INLINE,
        etag=found.sha256,
        max_age=0,
    )
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.headers["Cache-Control"] = "private, no-cache"
    return response
