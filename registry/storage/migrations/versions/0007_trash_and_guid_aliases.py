"""Trash and GUID aliases: when versions were deleted, what others call a content.

The previous release runs on: it deletes without saying when, which is told apart, and
tables that it does not know do not concern it, but for a content that is removed: then
the names that others have for it go with it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# Frozen here: a migration must not change when the tables do.
NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column("version", sa.Column("deleted_ms", sa.BigInteger()))
    op.create_index(
        "ix_version_trash",
        "version",
        ["context", "subject", "version"],
        sqlite_where=sa.text("is_deleted"),
        postgresql_where=sa.text("is_deleted"),
    )
    op.create_table(
        "turn",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("next_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_turn"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "guid_alias",
        sa.Column("guid", sa.LargeBinary(), nullable=False),
        sa.Column("context", NAME, nullable=False),
        sa.Column("schema_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("guid", "context", "schema_id", name="pk_guid_alias"),
        sa.ForeignKeyConstraint(
            ["schema_id", "context"],
            ["content.id", "content.context"],
            name="fk_guid_alias_content",
            ondelete="CASCADE",
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_guid_alias_content", "guid_alias", ["schema_id", "context"])


def downgrade() -> None:
    op.drop_table("guid_alias")
    op.drop_table("turn")
    op.drop_index("ix_version_trash", "version")
    op.drop_column("version", "deleted_ms")
