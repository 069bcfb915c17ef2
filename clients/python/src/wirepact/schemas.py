"""What a registry holds, as values: schemas, references, versions, verdicts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from wirepact.errors import Finding

AVRO = "AVRO"
JSON = "JSON"
PROTOBUF = "PROTOBUF"


@dataclass(frozen=True, slots=True)
class Reference:
    """A named use of another subject's schema.

    Attributes:
        name: How the text calls it: a full name, an import path or a URI.

    """

    name: str
    subject: str
    version: int


@dataclass(frozen=True, slots=True)
class Schema:
    """The content of a schema.

    Attributes:
        metadata: Tags, properties and sensitive names, as the registry words them.
        rule_set: Rules that clients execute, as the registry words them.
        guid: The registry's name for this content; None if it does not tell.

    """

    text: str
    schema_type: str = AVRO
    references: tuple[Reference, ...] = ()
    metadata: Mapping[str, Any] | None = field(default=None, hash=False)
    rule_set: Mapping[str, Any] | None = field(default=None, hash=False)
    guid: UUID | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class RegisteredSchema:
    """A version of a subject."""

    subject: str
    version: int
    id: int
    schema: Schema


@dataclass(frozen=True, slots=True)
class SubjectVersion:
    subject: str
    version: int


@dataclass(frozen=True, slots=True)
class Compatibility:
    """Whether a schema would be accepted.

    Attributes:
        messages: Why not; some registries give reasons for acceptance as well.

    """

    is_compatible: bool
    messages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Config:
    """What a subject, a context or the registry says.

    Attributes:
        level: The compatibility level in upper case; None if this place says nothing.
        details: All that the registry answered, in its own spelling.

    """

    level: str | None
    normalize: bool | None = None
    details: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Association:
    """A topic bound to a subject.

    Attributes:
        role: `key` or `value`.

    """

    subject: str
    resource_name: str
    role: str
    lifecycle: str = ""
    is_frozen: bool = False


@dataclass(frozen=True, slots=True)
class CheckItem:
    """A schema to be checked against the live versions of a subject.

    Attributes:
        level: None for the one in scope.

    """

    subject: str
    schema: Schema
    level: str | None = None


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What was found about one item.

    Attributes:
        verdict: `compatible`, `incompatible`, `invalid` and so on, in the registry's
            words.
        error: Why the schema is invalid; empty if it is not.

    """

    subject: str
    verdict: str
    level: str | None
    messages: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    error: str = ""
