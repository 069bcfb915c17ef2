"""Accounts, and the tokens that speak for them.

The previous release runs on: tables that it does not know do not concern it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# Frozen here: a migration must not change when the tables do.
NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("name", NAME, nullable=False),
        sa.Column("password_hash", sa.Text()),
        sa.Column("certificate_subject", NAME),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_account"),
        sa.UniqueConstraint("certificate_subject", name="uq_account_certificate"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "api_token",
        sa.Column("id", NAME, nullable=False),
        sa.Column("account", NAME, nullable=False),
        sa.Column("secret_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("scopes_json", sa.Text()),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("expires_ms", sa.BigInteger()),
        sa.Column("last_used_ms", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="pk_api_token"),
        sa.ForeignKeyConstraint(
            ["account"],
            ["account.name"],
            name="fk_api_token_account",
            ondelete="CASCADE",
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_api_token_account", "api_token", ["account"])


def downgrade() -> None:
    op.drop_table("api_token")
    op.drop_table("account")
