"""Help inside of other sites' pages, and requests of customers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kb.db import UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    op.add_column("contact", sa.Column("not_before", UtcDateTime(), nullable=True))
    op.create_table(
        "help_widget",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("portal_id", sa.Integer(), nullable=False),
        sa.Column("origins", sa.JSON(), nullable=False),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["portal_id"], ["portal.id"], name=op.f("fk_help_widget_portal_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_help_widget")),
        sa.UniqueConstraint("portal_id", name=op.f("uq_help_widget_portal_id")),
    )
    op.create_table(
        "help_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=16), nullable=False),
        sa.Column("token", sa.String(length=22), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("call_at", UtcDateTime(), nullable=True),
        sa.Column("agreed_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_help_request_contact_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_help_request")),
        sa.UniqueConstraint("number", name=op.f("uq_help_request_number")),
        sa.UniqueConstraint("token", name=op.f("uq_help_request_token")),
        sa.UniqueConstraint("contact_id", name=op.f("uq_help_request_contact_id")),
    )
    op.create_table(
        "request_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("filename", sa.String(length=200), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"], ["help_request.id"], name=op.f("fk_request_file_request_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request_file")),
    )
    op.create_index(op.f("ix_request_file_request_id"), "request_file", ["request_id"])


def downgrade() -> None:
    """Take it back."""
    op.drop_table("request_file")
    op.drop_table("help_request")
    op.drop_table("help_widget")
    op.drop_column("contact", "not_before")
