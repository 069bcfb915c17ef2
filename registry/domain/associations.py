"""Associations: which subject a topic uses for its keys, and which for its values.

A weak association is a link to a subject that lives on its own and may have many. A
strong one makes the topic own the subject: it has no other association, nothing may
refer to it, and it goes with the topic. A strong association is frozen: it never
changes, and goes only together with its subject.

Source: Confluent Schema Registry, associations.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID, uuid5

from registry.domain.errors import RegistryError
from registry.domain.model import Subject

TOPIC: Final = "topic"
"""The only type of resource there is."""

KEY, VALUE = "key", "value"
ASSOCIATION_TYPES: Final = (KEY, VALUE)
ANY: Final = "-"
"""What a request writes in place of any name or namespace."""

_GUIDS: Final = UUID("5b2c1c36-5b0f-5c0e-9a44-6d1f8a6e7d11")
"""Of ours; the guids of associations are derived in it."""


class Lifecycle(StrEnum):
    """Whether the subject goes with the resource, in the spelling of the wire."""

    STRONG = "STRONG"
    WEAK = "WEAK"


@dataclass(frozen=True, slots=True)
class Resource:
    """What a subject is for.

    Attributes:
        name: Of the topic.
        namespace: The id of its Kafka cluster.
        id: The topic's own id: it changes when a topic is made anew under its name.

    """

    name: str
    namespace: str
    id: str
    type: str = TOPIC

    def own_subject(self, association_type: str) -> Subject:
        """Return the subject that a strong association has."""
        return Subject(f"{self.name}-{association_type}", f".{self.namespace}")


@dataclass(frozen=True, slots=True)
class Association:
    """That a resource uses a subject.

    Attributes:
        association_type: `KEY` or `VALUE`; a resource has one of each at the most.
        created_ms: When it was made, in milliseconds since 1970.

    """

    resource: Resource
    association_type: str
    subject: Subject
    lifecycle: Lifecycle
    created_ms: int

    @property
    def is_frozen(self) -> bool:
        return self.lifecycle is Lifecycle.STRONG

    @property
    def guid(self) -> UUID:
        """A name for it that no other one has, not even a later one in its place."""
        resource = self.resource
        parts = (resource.type, resource.id, self.association_type)
        return uuid5(_GUIDS, "\0".join((*parts, str(self.created_ms))))


class AssociationNotFoundError(RegistryError):
    """A resource has no association, or none of the type."""

    code = 40410

    def __init__(self, resource: str) -> None:
        self.resource = resource
        super().__init__(f"Association for '{resource}' not found.")


class ResourceAssociatedError(RegistryError):
    """A resource has an association of the type already, and not the one asked for."""

    code = 40903

    def __init__(self, association_type: str, resource: str) -> None:
        self.association_type, self.resource = association_type, resource
        super().__init__(
            f"An association of type '{association_type}' already exists for resource"
            f" '{resource}'"
        )


class SubjectAssociatedError(RegistryError):
    """A subject has associations, so that it cannot be owned, and cannot go."""

    code = 40904

    def __init__(self, subject: str) -> None:
        self.subject = subject
        super().__init__(f"An association already exists for subject '{subject}'")


class SubjectOwnedError(RegistryError):
    """A subject belongs to one resource, so that no other may use it."""

    code = 40905

    def __init__(self, subject: str) -> None:
        self.subject = subject
        super().__init__(f"A strong association already exists for subject '{subject}'")


class NoLiveVersionError(RegistryError):
    """A subject with an association has, or would have, no live version."""

    code = 40907

    def __init__(self, subject: str) -> None:
        self.subject = subject
        super().__init__(
            f"No active (non-deleted) version exists for subject '{subject}'"
        )


class AssociationFrozenError(RegistryError):
    """A strong association was to change, or to go without its subject."""

    code = 40908

    def __init__(self, association_type: str, subject: str) -> None:
        self.association_type, self.subject = association_type, subject
        # Two spaces, as Confluent prints it.
        super().__init__(
            f"The association of type  '{association_type}' is frozen for subject"
            f" '{subject}'"
        )


class InvalidAssociationError(RegistryError):
    """A request about associations that makes no sense.

    Attributes:
        name: The property that is wrong, in the spelling of the wire.
        detail: What is expected of it.

    """

    code = 42212

    def __init__(self, name: str, detail: str) -> None:
        self.name, self.detail = name, detail
        super().__init__(
            "The association specified an invalid value for property:"
            f" '{name}', detail: {detail}"
        )
