"""What the use cases need of a store to keep associations."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from registry.domain.access import Areas
from registry.domain.associations import TOPIC, Association, Lifecycle
from registry.domain.model import Subject


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which associations are asked for; None and an empty tuple stand for any.

    Attributes:
        among: Only those of subjects in one of these areas; of no subject, if there
            are no areas.

    """

    subject: Subject | None = None
    resource_id: str | None = None
    name: str | None = None
    namespace: str | None = None
    resource_type: str = TOPIC
    association_types: tuple[str, ...] = ()
    lifecycle: Lifecycle | None = None
    among: Areas | None = None


@dataclass(frozen=True, slots=True)
class Bound:
    """Which subjects are meant, by how resources use them.

    Attributes:
        association_types: An empty tuple for any.
        lifecycles: Of their associations, several of which widen; none for any.
        or_not_at_all: Whether subjects without an association are meant as well; with
            no lifecycle beside it, only these.

    """

    association_types: tuple[str, ...] = ()
    lifecycles: tuple[Lifecycle, ...] = ()
    or_not_at_all: bool = False


class AssociationReader(Protocol):
    """Reads. Each call is one statement and sees what is committed when it runs."""

    def find(self, wanted: Wanted, offset: int, limit: int | None) -> list[Association]:
        """Return a part of the associations, by name, namespace and type."""
        ...

    def page(self, after: Sequence[str], limit: int) -> list[Association]:
        """Return associations by id, type of resource and type of association.

        Args:
            after: These three of the last one before the page; empty for the first.
            limit: How many at the most.

        """
        ...

    def of_subject(self, subject: Subject) -> list[Association]: ...

    def of_subjects(self, subjects: Collection[Subject]) -> list[Association]:
        """Return the same for up to a page of subjects."""
        ...

    def of_resource(self, resource_type: str, resource_id: str) -> list[Association]:
        """Return the associations of a resource, at most one of each type."""
        ...

    def of_name(
        self, resource_type: str, name: str, namespace: str
    ) -> list[Association]:
        """Return the same by what the resource is called."""
        ...


class AssociationStore(AssociationReader, Protocol):
    """Writes, by whoever holds the subject's context, and records it there."""

    def add(self, association: Association) -> None:
        """Write a new association.

        A strong one makes decisions stale that were made about its subject's context,
        for they may refer to it.

        Raises:
            StaleRevisionError: Somebody else was there first.

        """
        ...

    def remove(self, association: Association) -> None: ...
