"""What a registry holds, piece by piece, as it is moved in and out.

A record is complete: from all records of a registry another one is made that answers
the same. Each kind stands in the tables of whoever reads, writes or words it.
"""

from dataclasses import dataclass
from uuid import UUID

from registry.domain.associations import Association
from registry.domain.configuration import Config, Mode
from registry.domain.keys import Dek, Kek
from registry.domain.model import Content, SchemaId, SchemaVersion, Subject, Version


@dataclass(frozen=True, slots=True)
class ContextRecord:
    """A context; it exists though it be empty.

    Attributes:
        last_id: The highest id ever given in it.

    """

    name: str
    last_id: int


@dataclass(frozen=True, slots=True)
class VersionRecord:
    """A version, with what only the trash knows of it."""

    version: SchemaVersion
    deleted_ms: int | None


@dataclass(frozen=True, slots=True)
class AliasRecord:
    """What another registry called a content."""

    guid: UUID
    context: str
    schema_id: SchemaId


@dataclass(frozen=True, slots=True)
class ConfigRecord:
    """What a place says; a subject, a context (no name), or `:.__GLOBAL:`."""

    scope: Subject
    config: Config


@dataclass(frozen=True, slots=True)
class ModeRecord:
    """The mode of a place."""

    scope: Subject
    mode: Mode


@dataclass(frozen=True, slots=True)
class PoliciesRecord:
    """The stricter policies of a subject."""

    subject: Subject
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AssociationRecord:
    """That a resource uses a subject."""

    association: Association


@dataclass(frozen=True, slots=True)
class KekRecord:
    """A key-encryption key, described."""

    kek: Kek


@dataclass(frozen=True, slots=True)
class DekRecord:
    """A data-encryption key, encrypted."""

    dek: Dek


Record = (
    ContextRecord
    | VersionRecord
    | AliasRecord
    | ConfigRecord
    | ModeRecord
    | PoliciesRecord
    | AssociationRecord
    | KekRecord
    | DekRecord
)


@dataclass(frozen=True, slots=True)
class Incoming:
    """A version that is to be moved in, as its source words it.

    Attributes:
        content: References have real version numbers.
        created_ms: None if the source does not tell.
        deleted_ms: Likewise; of a live version it is None as well.
        guid: What the source calls the content; None if it does not tell.

    """

    subject: Subject
    version: Version
    schema_id: SchemaId
    content: Content
    is_deleted: bool = False
    created_ms: int | None = None
    deleted_ms: int | None = None
    guid: UUID | None = None


Arriving = (
    ContextRecord
    | Incoming
    | AliasRecord
    | ConfigRecord
    | ModeRecord
    | PoliciesRecord
    | AssociationRecord
    | KekRecord
    | DekRecord
)
