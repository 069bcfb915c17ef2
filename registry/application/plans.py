"""What is to be written, worked out before anything is locked."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from registry.application.ports import Ports
from registry.application.stored import (
    AuditEntry,
    NewVersion,
    Origin,
    Policy,
)
from registry.application.submission import Submission
from registry.domain import identity
from registry.domain.errors import InvalidSchemaError, TooManyVersionsError
from registry.domain.model import (
    LATEST,
    Content,
    Metadata,
    SchemaId,
    SchemaVersion,
    StoredContent,
    Subject,
    Version,
)
from registry.domain.rule_sets import VERSION_PROPERTY


@dataclass(frozen=True, slots=True)
class Request:
    """What stays the same over all attempts to register."""

    ports: Ports
    subject: Subject
    submission: Submission
    force: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """A version that may be written if nothing has changed since `policy` was read.

    Attributes:
        schema_id: None for the one that the content has already, or the next.

    """

    new: NewVersion
    policy: Policy
    schema_id: SchemaId | None = None

    def entry(self, action: str, origin: Origin) -> AuditEntry:
        new = self.new
        known: dict[str, object] = {
            "guid": str(identity.guid(new.identity)),
            "schemaType": new.content.schema_type,
        }
        if self.schema_id is not None:
            known = {"id": self.schema_id, **known}
        target = f"{new.subject}/versions/{new.version}"
        text = json.dumps(known)
        return AuditEntry(origin, action, target, None, text, new.created_ms)

    def outcome(self, schema_id: SchemaId) -> SchemaVersion:
        """Return the version as it is once it was written."""
        new = self.new
        stored = StoredContent(new.content, schema_id, identity.guid(new.identity))
        return SchemaVersion(new.subject, new.version, stored, new.created_ms)


def next_version(
    request: Request, content: Content, history: Sequence[SchemaVersion]
) -> NewVersion:
    """Return a content as the version that follows a history.

    Raises:
        InvalidSchemaError: Another number was asked for.
        TooManyVersionsError: The subject has as many as it may.

    """
    number = next_number(history)
    asked = request.submission.version
    if asked not in {0, LATEST, number}:
        raise InvalidSchemaError("Version is not one more than previous version")
    return numbered(request, number, content, history)


def next_number(history: Sequence[SchemaVersion]) -> Version:
    return Version(history[-1].version + 1 if history else 1)


def numbered(
    request: Request,
    number: Version,
    content: Content,
    history: Sequence[SchemaVersion],
) -> NewVersion:
    """Return a content as a version; what it replaces is worked out.

    Whoever writes it has been held to the revision that the history is of, so that no
    two of them pass the limit at once.

    Args:
        history: All versions, soft-deleted ones included.

    Raises:
        TooManyVersionsError: The subject has as many as it may.

    """
    written = identity.identity_bytes(content)
    same = [
        each.version
        for each in history
        if each.is_deleted and each.content == content and each.version != number
    ]
    kept = {each.version for each in history}.difference(same)
    most = request.ports.parsing.limits.max_versions
    if number not in kept and len(kept) >= most:
        raise TooManyVersionsError(str(request.subject), most)
    now = request.ports.clock()
    return NewVersion(request.subject, number, content, written, now, tuple(same))


def stamped(content: Content, number: int) -> Content:
    """Return a content whose metadata tells the version's number."""
    metadata = content.metadata or Metadata()
    properties = {**metadata.properties, VERSION_PROPERTY: str(number)}
    return replace(content, metadata=replace(metadata, properties=properties))


def is_stamped(metadata: Metadata | None) -> bool:
    return metadata is not None and VERSION_PROPERTY in metadata.properties
