"""Compatibility settings: three members of a config, and named policies.

The previous release runs on: it names the columns that it reads and writes, all that
is new may be null, and a table that it does not know does not concern it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# Frozen here: a migration must not change when the tables do.
NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column("config", sa.Column("validate_fields", sa.Boolean()))
    op.add_column("config", sa.Column("content_policy", sa.Text()))
    op.add_column("config", sa.Column("compatibility_group", sa.Text()))
    op.create_table(
        "named_policy",
        sa.Column("context", NAME, nullable=False),
        sa.Column("subject", NAME, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("context", "subject", "name", name="pk_named_policy"),
        sa.ForeignKeyConstraint(
            ["context"], ["context.name"], name="fk_named_policy_context"
        ),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("named_policy")
    for column in ("compatibility_group", "content_policy", "validate_fields"):
        op.drop_column("config", column)
