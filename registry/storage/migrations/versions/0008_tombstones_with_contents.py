"""Tombstones with contents: what an id meant, so that it never means anything else.

The previous release runs on: the tombstones that it writes do not say it, as those that
are there already.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tombstone", sa.Column("schema_type", sa.Text()))
    op.add_column("tombstone", sa.Column("content_sha256", sa.LargeBinary()))


def downgrade() -> None:
    op.drop_column("tombstone", "content_sha256")
    op.drop_column("tombstone", "schema_type")
