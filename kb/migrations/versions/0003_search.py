"""Search: synonyms, sources beside the index, questions asked and what became of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kb.db import UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_table(
        "asked_question",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(length=22), nullable=False),
        sa.Column("previous", sa.String(length=22), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("portal", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("surface", sa.String(length=16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("shape", sa.String(length=200), nullable=False),
        sa.Column("hits", sa.Integer(), nullable=False),
        sa.Column("relaxed", sa.Boolean(), nullable=False),
        sa.Column("shown", sa.JSON(), nullable=False),
        sa.Column("learned", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_asked_question")),
        sa.UniqueConstraint("token", name=op.f("uq_asked_question_token")),
    )
    op.create_index(op.f("ix_asked_question_at"), "asked_question", ["at"], unique=False)
    op.create_index("ix_asked_question_learned_at", "asked_question", ["learned", "at"], unique=False)
    op.create_index(
        "ix_asked_question_portal_language_at", "asked_question", ["portal", "language", "at"], unique=False
    )
    op.create_index(op.f("ix_asked_question_previous"), "asked_question", ["previous"], unique=False)
    op.create_index(op.f("ix_asked_question_shape"), "asked_question", ["shape"], unique=False)
    op.create_table(
        "search_source",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("names", sa.JSON(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("portals", sa.JSON(), nullable=False),
        sa.Column("audience", sa.String(length=64), nullable=False),
        sa.Column("budget_ms", sa.Integer(), nullable=False),
        sa.Column("ttl_s", sa.Integer(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("crawled_at", UtcDateTime(), nullable=True),
        sa.Column("tried_at", UtcDateTime(), nullable=True),
        sa.Column("error", sa.String(length=300), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_source")),
        sa.UniqueConstraint("key", name=op.f("uq_search_source_key")),
    )
    op.create_table(
        "synonym_group",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("one_way", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_synonym_group")),
    )
    op.create_index(op.f("ix_synonym_group_language"), "synonym_group", ["language"], unique=False)
    op.create_table(
        "crawled_page",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("url_hash", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("etag", sa.String(length=200), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("read_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"], ["search_source.id"], name=op.f("fk_crawled_page_source_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crawled_page")),
        sa.UniqueConstraint("source_id", "url_hash", name=op.f("uq_crawled_page_source_id_url_hash")),
    )
    op.create_table(
        "click_signal",
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("expected", sa.Double(), nullable=False),
        sa.Column("opened", sa.Double(), nullable=False),
        sa.Column("helpful", sa.Double(), nullable=False),
        sa.Column("unhelpful", sa.Double(), nullable=False),
        sa.Column("as_of", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"], ["article.id"], name=op.f("fk_click_signal_article_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("article_id", "language", name=op.f("pk_click_signal")),
    )
    op.create_table(
        "gap_decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("portal", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("shape", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("article_id", sa.Integer(), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"], ["article.id"], name=op.f("fk_gap_decision_article_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gap_decision")),
        sa.UniqueConstraint(
            "portal", "language", "shape", name=op.f("uq_gap_decision_portal_language_shape")
        ),
    )
    op.create_table(
        "opened_answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("verdict", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"], ["article.id"], name=op.f("fk_opened_answer_article_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["question_id"],
            ["asked_question.id"],
            name=op.f("fk_opened_answer_question_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opened_answer")),
        sa.UniqueConstraint(
            "question_id", "article_id", name=op.f("uq_opened_answer_question_id_article_id")
        ),
    )
    op.create_index(op.f("ix_opened_answer_article_id"), "opened_answer", ["article_id"], unique=False)


def downgrade() -> None:
    """Take it back."""
    for name in (
        "click_signal",
        "opened_answer",
        "asked_question",
        "gap_decision",
        "crawled_page",
        "search_source",
        "synonym_group",
    ):
        op.drop_table(name)
