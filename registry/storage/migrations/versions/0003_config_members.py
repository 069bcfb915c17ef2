"""All members of a config: aliases, and what is added to metadata and rule sets.

The previous release runs on: it names the columns that it reads and writes, and all
that is new may be null.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TEXTS = (
    "alias",
    "alias_for_deks",
    "default_metadata_json",
    "override_metadata_json",
    "default_rule_set_json",
    "override_rule_set_json",
)


def upgrade() -> None:
    op.add_column("config", sa.Column("validate_rules", sa.Boolean()))
    for name in TEXTS:
        op.add_column("config", sa.Column(name, sa.Text()))


def downgrade() -> None:
    for name in reversed(TEXTS):
        op.drop_column("config", name)
    op.drop_column("config", "validate_rules")
