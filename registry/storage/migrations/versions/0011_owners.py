"""Owners: by which repository a subject is managed.

The previous release runs on: it asks for no owner, and what it deletes for good leaves
its owner behind, who may manage the name again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

# Frozen here: a migration must not change when the tables do.
NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "owner",
        sa.Column("context", NAME, nullable=False),
        sa.Column("subject", NAME, nullable=False),
        sa.Column("owner", NAME, nullable=False),
        sa.PrimaryKeyConstraint("context", "subject", name="pk_owner"),
        sa.ForeignKeyConstraint(["context"], ["context.name"], name="fk_owner_context"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_owner_owner", "owner", ["owner"])


def downgrade() -> None:
    op.drop_table("owner")
