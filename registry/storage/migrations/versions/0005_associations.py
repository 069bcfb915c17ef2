"""Associations: which subjects topics use.

The previous release runs on: a table that it does not know does not concern it. It
could delete a subject that has an association, which then names one without versions.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# Frozen here: a migration must not change when the tables do.
NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "association",
        *(
            sa.Column(name, NAME, nullable=False)
            for name in (
                "resource_id",
                "resource_type",
                "association_type",
                "resource_name",
                "resource_namespace",
                "context",
                "subject",
            )
        ),
        sa.Column("lifecycle", sa.Text(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "resource_id", "resource_type", "association_type", name="pk_association"
        ),
        sa.UniqueConstraint(
            "resource_name",
            "resource_namespace",
            "resource_type",
            "association_type",
            name="uq_association_name",
        ),
        sa.ForeignKeyConstraint(
            ["context", "subject"],
            ["subject.context", "subject.name"],
            name="fk_association_subject",
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_association_subject", "association", ["subject", "context"])


def downgrade() -> None:
    op.drop_table("association")
