"""Grants: who may do what.

The previous release runs on: it does not ask who somebody is, and lets nobody in less
than before.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

# Frozen here: a migration must not change when the tables do.
NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
COLUMNS = ("grantee_kind", "grantee", "role", "context", "pattern_kind", "pattern")


def upgrade() -> None:
    op.create_table(
        "access_grant",
        *(sa.Column(name, NAME, nullable=False) for name in COLUMNS),
        sa.PrimaryKeyConstraint(*COLUMNS, name="pk_access_grant"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("access_grant")
