"""The words of the registry: subjects, versions, ids, references."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NewType, Self
from uuid import UUID

from registry.domain.errors import InvalidSubjectError

DEFAULT_CONTEXT: Final = "."
GLOBAL_CONTEXT: Final = ".__GLOBAL"
ACCESS_CONTEXT: Final = ".__ACCESS"
"""Where changes of who may do what are recorded and counted; it has no subjects."""

MAX_NUMBER: Final = 2**31 - 1
"""The largest id and version: both travel as signed 32-bit integers."""

LATEST: Final = -1
"""What a request writes for "the newest live version"."""

SchemaId = NewType("SchemaId", int)
Version = NewType("Version", int)

_QUALIFIED: Final = ":."
# Printed, such a name reads as one of another context, or of all of them.
_MISTAKEN: Final = (_QUALIFIED, ":*:")
_RESERVED_NAMES: Final = frozenset({"__GLOBAL", "__EMPTY"})
_CONTROL_OR_SURROGATE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


class SchemaType(StrEnum):
    """The schema languages, in the spelling of the wire."""

    AVRO = "AVRO"
    JSON = "JSON"
    PROTOBUF = "PROTOBUF"


@dataclass(frozen=True, slots=True, order=True)
class Subject:
    """A name under which versions of a schema are kept.

    Attributes:
        name: The bare name; empty when a context itself is meant.
        context: With its leading dot; `.` is the default one.

    """

    name: str
    context: str = DEFAULT_CONTEXT

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `name` or `:.context:name`; what this prints, it reads."""
        if not text.startswith(_QUALIFIED):
            return cls(text)
        context, _, name = text[1:].partition(":")
        return cls(name, context)

    def __str__(self) -> str:
        """The qualified form; the default context is never written."""
        if self.context == DEFAULT_CONTEXT:
            return self.name
        return f":{self.context}:{self.name}"

    @property
    def is_qualified(self) -> bool:
        return self.context != DEFAULT_CONTEXT

    def checked(self) -> Self:
        """Return the subject itself if something may be stored under it.

        Raises:
            InvalidSubjectError: The name is empty or reserved, begins like a context,
                or has a control character or half a surrogate pair.

        """
        text = str(self)
        if (
            not self.name
            or self.name in _RESERVED_NAMES
            or self.name.startswith(_MISTAKEN)
            or self.context in {GLOBAL_CONTEXT, ACCESS_CONTEXT}
            or _CONTROL_OR_SURROGATE.search(text)
        ):
            raise InvalidSubjectError(text)
        return self


@dataclass(frozen=True, slots=True)
class Reference:
    """A named use of another subject's schema.

    Attributes:
        name: What the schema text writes; for Avro a full type name.
        subject: As written by the client, qualified only if the client did.
        version: A real number once stored; `LATEST` only in a request.

    """

    name: str
    subject: str
    version: int


@dataclass(frozen=True, slots=True)
class Metadata:
    """Facts beside a schema; part of its identity. Sorted when hashed or sent."""

    tags: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    properties: Mapping[str, str] = field(default_factory=dict)
    sensitive: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not (self.tags or self.properties or self.sensitive)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a rule set, as clients execute it."""

    name: str | None = None
    doc: str | None = None
    kind: str | None = None
    mode: str | None = None
    type: str | None = None
    tags: tuple[str, ...] | None = None
    params: Mapping[str, str] | None = None
    expr: str | None = None
    on_success: str | None = None
    on_failure: str | None = None
    disabled: bool = False


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Rules that clients execute; part of a schema's identity. None: list absent."""

    migration_rules: tuple[Rule, ...] | None = None
    domain_rules: tuple[Rule, ...] | None = None
    encoding_rules: tuple[Rule, ...] | None = None
    enable_at: str | None = None

    @property
    def is_empty(self) -> bool:
        rules = (self.migration_rules, self.domain_rules, self.encoding_rules)
        return not any(rules) and self.enable_at is None


@dataclass(frozen=True, slots=True)
class Content:
    """What an id means, for ever: the same content has one id in a context.

    Attributes:
        text: The canonical text of its format.
        references: With real version numbers, in the order given.

    """

    schema_type: SchemaType
    text: str
    references: tuple[Reference, ...] = ()
    metadata: Metadata | None = None
    rule_set: RuleSet | None = None


@dataclass(frozen=True, slots=True)
class StoredContent:
    """A content with the id and GUID it was given."""

    content: Content
    schema_id: SchemaId
    guid: UUID


@dataclass(frozen=True, slots=True)
class SchemaVersion:
    """A content at its place in a subject's history.

    Attributes:
        created_ms: When the version was written, in milliseconds since 1970.
        is_deleted: Soft-deleted: hidden from new work, readable by id.

    """

    subject: Subject
    version: Version
    stored: StoredContent
    created_ms: int
    is_deleted: bool = False

    @property
    def schema_id(self) -> SchemaId:
        return self.stored.schema_id

    @property
    def content(self) -> Content:
        return self.stored.content

    @property
    def metadata(self) -> Metadata | None:
        return self.content.metadata
