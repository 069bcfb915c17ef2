"""Contexts that were deleted, and an index of the few configs with an alias.

The previous release runs on: it names the columns that it writes, and the new one has
a default. What it registers in a deleted context does not list that again, until this
release registers something there.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

HAS_ALIAS = sa.text("coalesce(alias, alias_for_deks) IS NOT NULL")


def upgrade() -> None:
    op.add_column(
        "context",
        sa.Column(
            "is_dropped", sa.Boolean(), nullable=False, server_default=sa.false()
        ),
    )
    op.create_index(
        "ix_config_alias",
        "config",
        ["subject", "context"],
        sqlite_where=HAS_ALIAS,
        postgresql_where=HAS_ALIAS,
    )


def downgrade() -> None:
    op.drop_index("ix_config_alias", "config")
    op.drop_column("context", "is_dropped")
