"""The tables of the knowledge base."""

from __future__ import annotations

from kb.models.articles import (
    KINDS,
    Article,
    ArticleTopic,
    Attachment,
    AttachmentContent,
    Feedback,
    OldSlug,
    Revision,
    RevisionLink,
    State,
    Translation,
)
from kb.models.people import ApiKey, Audience, Group, Person, Role, RoleLimit
from kb.models.records import AuditEntry, Job, JournalEntry
from kb.models.sites import ExternalSource, Folder, Portal, Snippet, Topic

__all__ = [
    "KINDS",
    "ApiKey",
    "Article",
    "ArticleTopic",
    "Attachment",
    "AttachmentContent",
    "Audience",
    "AuditEntry",
    "ExternalSource",
    "Feedback",
    "Folder",
    "Group",
    "Job",
    "JournalEntry",
    "OldSlug",
    "Person",
    "Portal",
    "Revision",
    "RevisionLink",
    "Role",
    "RoleLimit",
    "Snippet",
    "State",
    "Topic",
    "Translation",
]
