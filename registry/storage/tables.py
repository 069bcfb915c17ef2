"""The tables. Keys are natural: a context's name, a subject's name, a number.

Names compare by code point everywhere, so that order and prefixes mean the same on
every database. Where a table has several indexes, at most one begins with the context:
all rows may have the same, and a plan made for a small table takes any index that fits
in part, and is kept when the table has grown. Beyond keys and indexes, triggers that
only the migrations spell out refuse to change a content, and to change or remove an
audit row.
"""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.types import BigInteger, TypeEngine
from sqlmodel import Field, SQLModel

METADATA = SQLModel.metadata

# SQLite then keeps the rows in the tree of the primary key, instead of beside it.
_CLUSTERED = {"sqlite_with_rowid": False}

_HAS_ALIAS = "coalesce(alias, alias_for_deks) IS NOT NULL"


def _name() -> TypeEngine[str]:
    return Text().with_variant(Text(collation="C"), "postgresql")


def _counter() -> Column[int]:
    return Column(BigInteger, nullable=False, server_default="0")


class ContextRow(SQLModel, table=True):
    """A context and its counters; whoever writes in it holds this row.

    Attributes:
        last_id: The highest id ever given.
        change_seq: Counts commits; the sequence of audit rows.
        settings_revision: Counts changes of configs and modes that may concern it.
        is_dropped: It was deleted, and nothing has been registered in it since. The
            row stays, as no id is ever given twice.

    """

    __tablename__ = "context"
    __table_args__ = (PrimaryKeyConstraint("name", name="pk_context"), _CLUSTERED)

    name: str = Field(sa_type=_name())
    last_id: int = Field(sa_column=_counter())
    change_seq: int = Field(sa_column=_counter())
    settings_revision: int = Field(sa_column=_counter())
    is_dropped: bool = Field(
        sa_column=Column(Boolean, nullable=False, server_default=false())
    )


class SubjectRow(SQLModel, table=True):
    """A subject that has, or once had, a version.

    It stays when the last version goes: a revision that counts from 1 again could be
    taken for the one that an old decision was based on.
    """

    __tablename__ = "subject"
    __table_args__ = (
        PrimaryKeyConstraint("context", "name", name="pk_subject"),
        ForeignKeyConstraint(["context"], ["context.name"], name="fk_subject_context"),
        _CLUSTERED,
    )

    context: str = Field(sa_type=_name())
    name: str = Field(sa_type=_name())
    revision: int = Field(sa_column=Column(BigInteger, nullable=False))


class ContentRow(SQLModel, table=True):
    """What an id means; never changed.

    Attributes:
        content_sha256: Of `domain.identity.identity_bytes`.
        guid: The 16 bytes of the MD5 over the same bytes; not unique.
        reference_json: The references as they are hashed and sent.

    """

    __tablename__ = "content"
    __table_args__ = (
        PrimaryKeyConstraint("id", "context", name="pk_content"),
        UniqueConstraint(
            "content_sha256", "context", "schema_type", name="uq_content_identity"
        ),
        CheckConstraint("id BETWEEN 1 AND 2147483647", name="ck_content_id"),
        CheckConstraint("length(content_sha256) = 32", name="ck_content_sha256"),
        Index("ix_content_guid", "guid"),
    )

    context: str = Field(sa_type=_name())
    id: int
    schema_type: str = Field(sa_type=Text)
    text: str = Field(sa_type=Text)
    content_sha256: bytes = Field(sa_type=LargeBinary)
    guid: bytes = Field(sa_type=LargeBinary)
    reference_json: str | None = Field(sa_type=Text)
    metadata_json: str | None = Field(sa_type=Text)
    rule_set_json: str | None = Field(sa_type=Text)
    created_ms: int = Field(sa_type=BigInteger)


class VersionRow(SQLModel, table=True):
    """A content at its place in a subject's history.

    Attributes:
        deleted_ms: When it was soft-deleted; None for a live one, and where an earlier
            release has done it.

    """

    __tablename__ = "version"
    __table_args__ = (
        PrimaryKeyConstraint("subject", "context", "version", name="pk_version"),
        ForeignKeyConstraint(
            ["context", "subject"],
            ["subject.context", "subject.name"],
            name="fk_version_subject",
        ),
        ForeignKeyConstraint(
            ["schema_id", "context"],
            ["content.id", "content.context"],
            name="fk_version_content",
            ondelete="RESTRICT",
        ),
        CheckConstraint("version BETWEEN 1 AND 2147483647", name="ck_version_number"),
        # In the order in which the use of an id is chosen: live ones first.
        Index(
            "ix_version_schema_id",
            "schema_id",
            "context",
            "is_deleted",
            "subject",
            "version",
        ),
        # Of the few that are soft-deleted only, in the order in which they are listed.
        Index(
            "ix_version_trash",
            "context",
            "subject",
            "version",
            sqlite_where=text("is_deleted"),
            postgresql_where=text("is_deleted"),
        ),
        _CLUSTERED,
    )

    context: str = Field(sa_type=_name())
    subject: str = Field(sa_type=_name())
    version: int
    schema_id: int
    created_ms: int = Field(sa_type=BigInteger)
    is_deleted: bool
    deleted_ms: int | None = Field(sa_type=BigInteger)


class ReferenceRow(SQLModel, table=True):
    """That a version refers to another one, which therefore cannot go.

    How the client wrote it is a part of the content; this is what it means. The
    target may be in another context.
    """

    __tablename__ = "reference"
    __table_args__ = (
        PrimaryKeyConstraint(
            "context", "subject", "version", "position", name="pk_reference"
        ),
        ForeignKeyConstraint(
            ["subject", "context", "version"],
            ["version.subject", "version.context", "version.version"],
            name="fk_reference_referrer",
        ),
        ForeignKeyConstraint(
            ["target_subject", "target_context", "target_version"],
            ["version.subject", "version.context", "version.version"],
            name="fk_reference_target",
            ondelete="RESTRICT",
        ),
        Index(
            "ix_reference_target", "target_subject", "target_context", "target_version"
        ),
        _CLUSTERED,
    )

    context: str = Field(sa_type=_name())
    subject: str = Field(sa_type=_name())
    version: int
    position: int
    name: str = Field(sa_type=Text)
    target_context: str = Field(sa_type=_name())
    target_subject: str = Field(sa_type=_name())
    target_version: int


class TombstoneRow(SQLModel, table=True):
    """An id whose content was removed; it is never given again.

    What the content was is not known of those that an earlier release has removed.
    """

    __tablename__ = "tombstone"
    __table_args__ = (
        PrimaryKeyConstraint("context", "id", name="pk_tombstone"),
        _CLUSTERED,
    )

    context: str = Field(sa_type=_name())
    id: int
    schema_type: str | None = Field(sa_type=Text)
    content_sha256: bytes | None = Field(sa_type=LargeBinary)


class GuidAliasRow(SQLModel, table=True):
    """What another registry called a content that was moved in from it."""

    __tablename__ = "guid_alias"
    __table_args__ = (
        PrimaryKeyConstraint("guid", "context", "schema_id", name="pk_guid_alias"),
        ForeignKeyConstraint(
            ["schema_id", "context"],
            ["content.id", "content.context"],
            name="fk_guid_alias_content",
            ondelete="CASCADE",
        ),
        Index("ix_guid_alias_content", "schema_id", "context"),
        _CLUSTERED,
    )

    guid: bytes = Field(sa_type=LargeBinary)
    context: str = Field(sa_type=_name())
    schema_id: int


class TurnRow(SQLModel, table=True):
    """What is done now and then by one process for all; when it is due again."""

    __tablename__ = "turn"
    __table_args__ = (PrimaryKeyConstraint("name", name="pk_turn"), _CLUSTERED)

    name: str = Field(sa_type=Text)
    next_ms: int = Field(sa_type=BigInteger)


class ConfigRow(SQLModel, table=True):
    """What a place says; the subject is empty for the context itself."""

    __tablename__ = "config"
    __table_args__ = (
        PrimaryKeyConstraint("context", "subject", name="pk_config"),
        ForeignKeyConstraint(["context"], ["context.name"], name="fk_config_context"),
        Index(
            "ix_config_alias",
            "subject",
            "context",
            sqlite_where=text(_HAS_ALIAS),
            postgresql_where=text(_HAS_ALIAS),
        ),
        _CLUSTERED,
    )

    context: str = Field(sa_type=_name())
    subject: str = Field(sa_type=_name())
    level: str | None = Field(sa_type=Text)
    normalize: bool | None
    validate_new_schemas: bool | None
    validate_fields: bool | None
    content_policy: str | None = Field(sa_type=Text)
    compatibility_group: str | None = Field(sa_type=Text)
    validate_rules: bool | None
    alias: str | None = Field(sa_type=Text)
    alias_for_deks: str | None = Field(sa_type=Text)
    default_metadata_json: str | None = Field(sa_type=Text)
    override_metadata_json: str | None = Field(sa_type=Text)
    default_rule_set_json: str | None = Field(sa_type=Text)
    override_rule_set_json: str | None = Field(sa_type=Text)


class ModeRow(SQLModel, table=True):
    """What may be written at a place; the subject as in `ConfigRow`."""

    __tablename__ = "mode"
    __table_args__ = (
        PrimaryKeyConstraint("context", "subject", name="pk_mode"),
        ForeignKeyConstraint(["context"], ["context.name"], name="fk_mode_context"),
        _CLUSTERED,
    )

    context: str = Field(sa_type=_name())
    subject: str = Field(sa_type=_name())
    mode: str = Field(sa_type=Text)


class NamedPolicyRow(SQLModel, table=True):
    """A stricter promise that a subject has chosen beside its level."""

    __tablename__ = "named_policy"
    __table_args__ = (
        PrimaryKeyConstraint("context", "subject", "name", name="pk_named_policy"),
        ForeignKeyConstraint(
            ["context"], ["context.name"], name="fk_named_policy_context"
        ),
        _CLUSTERED,
    )

    context: str = Field(sa_type=_name())
    subject: str = Field(sa_type=_name())
    name: str = Field(sa_type=Text)


class OwnerRow(SQLModel, table=True):
    """By whom a subject is managed: a folder of a repository, whose plans alone count.

    The subject need not have versions.
    """

    __tablename__ = "owner"
    __table_args__ = (
        PrimaryKeyConstraint("context", "subject", name="pk_owner"),
        ForeignKeyConstraint(["context"], ["context.name"], name="fk_owner_context"),
        Index("ix_owner_owner", "owner"),
        _CLUSTERED,
    )

    context: str = Field(sa_type=_name())
    subject: str = Field(sa_type=_name())
    owner: str = Field(sa_type=_name())


class AssociationRow(SQLModel, table=True):
    """That a resource uses a subject; one row for each type of use.

    A resource has one name and one id. Both have keys of their own: of two that claim
    one name, in whatever contexts, only one can be first.
    """

    __tablename__ = "association"
    __table_args__ = (
        PrimaryKeyConstraint(
            "resource_id", "resource_type", "association_type", name="pk_association"
        ),
        UniqueConstraint(
            "resource_name",
            "resource_namespace",
            "resource_type",
            "association_type",
            name="uq_association_name",
        ),
        ForeignKeyConstraint(
            ["context", "subject"],
            ["subject.context", "subject.name"],
            name="fk_association_subject",
        ),
        Index("ix_association_subject", "subject", "context"),
        _CLUSTERED,
    )

    resource_id: str = Field(sa_type=_name())
    resource_type: str = Field(sa_type=_name())
    association_type: str = Field(sa_type=_name())
    resource_name: str = Field(sa_type=_name())
    resource_namespace: str = Field(sa_type=_name())
    context: str = Field(sa_type=_name())
    subject: str = Field(sa_type=_name())
    lifecycle: str = Field(sa_type=Text)
    created_ms: int = Field(sa_type=BigInteger)


class KekRow(SQLModel, table=True):
    """A key-encryption key of a KMS, described."""

    __tablename__ = "kek"
    __table_args__ = (
        PrimaryKeyConstraint("context", "name", name="pk_kek"),
        ForeignKeyConstraint(["context"], ["context.name"], name="fk_kek_context"),
        _CLUSTERED,
    )

    context: str = Field(sa_type=_name())
    name: str = Field(sa_type=_name())
    kms_type: str = Field(sa_type=Text)
    kms_key_id: str = Field(sa_type=Text)
    kms_props_json: str | None = Field(sa_type=Text)
    doc: str | None = Field(sa_type=Text)
    written_ms: int = Field(sa_type=BigInteger)
    is_deleted: bool


class DekRow(SQLModel, table=True):
    """A data-encryption key, encrypted by a client; the subject need not exist."""

    __tablename__ = "dek"
    __table_args__ = (
        PrimaryKeyConstraint(
            "kek_context",
            "kek_name",
            "context",
            "subject",
            "algorithm",
            "version",
            name="pk_dek",
        ),
        ForeignKeyConstraint(
            ["kek_context", "kek_name"],
            ["kek.context", "kek.name"],
            name="fk_dek_kek",
            ondelete="RESTRICT",
        ),
        _CLUSTERED,
    )

    kek_context: str = Field(sa_type=_name())
    kek_name: str = Field(sa_type=_name())
    context: str = Field(sa_type=_name())
    subject: str = Field(sa_type=_name())
    algorithm: str = Field(sa_type=_name())
    version: int
    material: str = Field(sa_type=Text)
    written_ms: int = Field(sa_type=BigInteger)
    is_deleted: bool


class GrantRow(SQLModel, table=True):
    """That somebody has a role for the names that a pattern covers."""

    __tablename__ = "access_grant"
    __table_args__ = (
        PrimaryKeyConstraint(
            "grantee_kind",
            "grantee",
            "role",
            "context",
            "pattern_kind",
            "pattern",
            name="pk_access_grant",
        ),
        _CLUSTERED,
    )

    grantee_kind: str = Field(sa_type=_name())
    grantee: str = Field(sa_type=_name())
    role: str = Field(sa_type=_name())
    context: str = Field(sa_type=_name())
    pattern_kind: str = Field(sa_type=_name())
    pattern: str = Field(sa_type=_name())


class AccountRow(SQLModel, table=True):
    """Somebody, or a service, that may show who they are.

    Attributes:
        password_hash: As argon2id writes it, with its salt and costs.
        certificate_subject: Of client certificates that stand for the account.

    """

    __tablename__ = "account"
    __table_args__ = (
        PrimaryKeyConstraint("name", name="pk_account"),
        UniqueConstraint("certificate_subject", name="uq_account_certificate"),
        _CLUSTERED,
    )

    name: str = Field(sa_type=_name())
    password_hash: str | None = Field(sa_type=Text)
    certificate_subject: str | None = Field(sa_type=_name())
    created_ms: int = Field(sa_type=BigInteger)


class ApiTokenRow(SQLModel, table=True):
    """A token that speaks for an account; its secret is nowhere.

    Attributes:
        secret_sha256: The secret is random and long: no slower hash is needed.
        scopes_json: What the token is narrowed to; None for nothing.
        expires_ms: None for never.
        last_used_ms: To the minute.

    """

    __tablename__ = "api_token"
    __table_args__ = (
        PrimaryKeyConstraint("id", name="pk_api_token"),
        ForeignKeyConstraint(
            ["account"],
            ["account.name"],
            name="fk_api_token_account",
            ondelete="CASCADE",
        ),
        Index("ix_api_token_account", "account"),
        _CLUSTERED,
    )

    id: str = Field(sa_type=_name())
    account: str = Field(sa_type=_name())
    secret_sha256: bytes = Field(sa_type=LargeBinary)
    scopes_json: str | None = Field(sa_type=Text)
    created_ms: int = Field(sa_type=BigInteger)
    expires_ms: int | None = Field(sa_type=BigInteger)
    last_used_ms: int | None = Field(sa_type=BigInteger)


class AuditRow(SQLModel, table=True):
    """One write, for ever; also what other processes learn of it."""

    __tablename__ = "audit"
    __table_args__ = (PrimaryKeyConstraint("context", "seq", name="pk_audit"),)

    context: str = Field(sa_type=_name())
    seq: int = Field(sa_type=BigInteger)
    at_ms: int = Field(sa_type=BigInteger)
    actor: str = Field(sa_type=Text)
    action: str = Field(sa_type=Text)
    target: str = Field(sa_type=Text)
    before: str | None = Field(sa_type=Text)
    after: str | None = Field(sa_type=Text)
    request_id: str = Field(sa_type=Text)
