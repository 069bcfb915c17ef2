"""Keys of clients that encrypt: KEKs and DEKs.

The previous release runs on: tables that it does not know do not concern it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# Frozen here: a migration must not change when the tables do.
NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "kek",
        sa.Column("context", NAME, nullable=False),
        sa.Column("name", NAME, nullable=False),
        sa.Column("kms_type", sa.Text(), nullable=False),
        sa.Column("kms_key_id", sa.Text(), nullable=False),
        sa.Column("kms_props_json", sa.Text()),
        sa.Column("doc", sa.Text()),
        sa.Column("written_ms", sa.BigInteger(), nullable=False),
        sa.Column("is_deleted", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("context", "name", name="pk_kek"),
        sa.ForeignKeyConstraint(["context"], ["context.name"], name="fk_kek_context"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "dek",
        *(
            sa.Column(name, NAME, nullable=False)
            for name in ("kek_context", "kek_name", "context", "subject", "algorithm")
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("material", sa.Text(), nullable=False),
        sa.Column("written_ms", sa.BigInteger(), nullable=False),
        sa.Column("is_deleted", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint(
            "kek_context",
            "kek_name",
            "context",
            "subject",
            "algorithm",
            "version",
            name="pk_dek",
        ),
        sa.ForeignKeyConstraint(
            ["kek_context", "kek_name"],
            ["kek.context", "kek.name"],
            name="fk_dek_kek",
            ondelete="RESTRICT",
        ),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("dek")
    op.drop_table("kek")
