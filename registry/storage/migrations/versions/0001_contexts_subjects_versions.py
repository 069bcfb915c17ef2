"""Contexts, subjects, contents, versions, references, settings, audit."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.schema import SchemaItem

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Frozen here: a migration must not change when the tables do.
NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    _contexts_and_subjects()
    _contents_and_versions()
    _references()
    _settings()
    _audit()
    _triggers()
    # The context of all contexts, and the one that every registry has.
    op.execute("INSERT INTO context (name) VALUES ('.'), ('.__GLOBAL')")


def downgrade() -> None:
    for table in (
        "audit",
        "mode",
        "config",
        "tombstone",
        "reference",
        "version",
        "content",
        "subject",
        "context",
    ):
        op.drop_table(table)
    if _is_postgresql():
        op.execute("DROP FUNCTION wirepact_refuse_change()")


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _clustered(name: str, *items: SchemaItem) -> None:
    op.create_table(name, *items, sqlite_with_rowid=False)


def _counter(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False, server_default="0")


def _contexts_and_subjects() -> None:
    _clustered(
        "context",
        sa.Column("name", NAME, nullable=False),
        _counter("last_id"),
        _counter("change_seq"),
        _counter("settings_revision"),
        sa.PrimaryKeyConstraint("name", name="pk_context"),
    )
    _clustered(
        "subject",
        sa.Column("context", NAME, nullable=False),
        sa.Column("name", NAME, nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("context", "name", name="pk_subject"),
        sa.ForeignKeyConstraint(
            ["context"], ["context.name"], name="fk_subject_context"
        ),
    )


def _contents_and_versions() -> None:
    op.create_table(
        "content",
        sa.Column("context", NAME, nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("schema_type", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("content_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("guid", sa.LargeBinary(), nullable=False),
        sa.Column("reference_json", sa.Text()),
        sa.Column("metadata_json", sa.Text()),
        sa.Column("rule_set_json", sa.Text()),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", "context", name="pk_content"),
        sa.UniqueConstraint(
            "content_sha256", "context", "schema_type", name="uq_content_identity"
        ),
        sa.CheckConstraint("id BETWEEN 1 AND 2147483647", name="ck_content_id"),
        sa.CheckConstraint("length(content_sha256) = 32", name="ck_content_sha256"),
    )
    op.create_index("ix_content_guid", "content", ["guid"])
    _clustered(
        "version",
        sa.Column("context", NAME, nullable=False),
        sa.Column("subject", NAME, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("schema_id", sa.Integer(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("is_deleted", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("subject", "context", "version", name="pk_version"),
        sa.ForeignKeyConstraint(
            ["context", "subject"],
            ["subject.context", "subject.name"],
            name="fk_version_subject",
        ),
        sa.ForeignKeyConstraint(
            ["schema_id", "context"],
            ["content.id", "content.context"],
            name="fk_version_content",
            ondelete="RESTRICT",
        ),
        sa.CheckConstraint(
            "version BETWEEN 1 AND 2147483647", name="ck_version_number"
        ),
    )
    op.create_index(
        "ix_version_schema_id",
        "version",
        ["schema_id", "context", "is_deleted", "subject", "version"],
    )
    _clustered(
        "tombstone",
        sa.Column("context", NAME, nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("context", "id", name="pk_tombstone"),
    )


def _references() -> None:
    key = ["version.subject", "version.context", "version.version"]
    target = ["target_subject", "target_context", "target_version"]
    _clustered(
        "reference",
        sa.Column("context", NAME, nullable=False),
        sa.Column("subject", NAME, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("target_context", NAME, nullable=False),
        sa.Column("target_subject", NAME, nullable=False),
        sa.Column("target_version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "context", "subject", "version", "position", name="pk_reference"
        ),
        sa.ForeignKeyConstraint(
            ["subject", "context", "version"], key, name="fk_reference_referrer"
        ),
        sa.ForeignKeyConstraint(
            target, key, name="fk_reference_target", ondelete="RESTRICT"
        ),
    )
    op.create_index("ix_reference_target", "reference", target)


def _settings() -> None:
    _clustered(
        "config",
        sa.Column("context", NAME, nullable=False),
        sa.Column("subject", NAME, nullable=False),
        sa.Column("level", sa.Text()),
        sa.Column("normalize", sa.Boolean()),
        sa.Column("validate_new_schemas", sa.Boolean()),
        sa.PrimaryKeyConstraint("context", "subject", name="pk_config"),
        sa.ForeignKeyConstraint(
            ["context"], ["context.name"], name="fk_config_context"
        ),
    )
    _clustered(
        "mode",
        sa.Column("context", NAME, nullable=False),
        sa.Column("subject", NAME, nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("context", "subject", name="pk_mode"),
        sa.ForeignKeyConstraint(["context"], ["context.name"], name="fk_mode_context"),
    )


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("context", NAME, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("before", sa.Text()),
        sa.Column("after", sa.Text()),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("context", "seq", name="pk_audit"),
    )


def _triggers() -> None:
    """Refuse to change a content, and to change or remove an audit row."""
    if _is_postgresql():
        op.execute(
            "CREATE FUNCTION wirepact_refuse_change() RETURNS trigger"
            " LANGUAGE plpgsql AS $$ BEGIN"
            " RAISE EXCEPTION 'rows of % are immutable', TG_TABLE_NAME;"
            " END $$"
        )
        op.execute(
            "CREATE TRIGGER content_is_immutable BEFORE UPDATE ON content"
            " FOR EACH ROW EXECUTE FUNCTION wirepact_refuse_change()"
        )
        op.execute(
            "CREATE TRIGGER audit_is_immutable BEFORE UPDATE OR DELETE ON audit"
            " FOR EACH ROW EXECUTE FUNCTION wirepact_refuse_change()"
        )
        return
    for trigger, act, table in (
        ("content_is_immutable", "UPDATE", "content"),
        ("audit_is_immutable", "UPDATE", "audit"),
        ("audit_stays", "DELETE", "audit"),
    ):
        op.execute(
            f"CREATE TRIGGER {trigger} BEFORE {act} ON {table}"
            f" BEGIN SELECT RAISE(ABORT, 'rows of {table} are immutable'); END"
        )
