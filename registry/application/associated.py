"""Finding associations. Nothing in here writes."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from registry.application.association_ports import Wanted
from registry.application.ports import Ports
from registry.application.stored import Page
from registry.domain.associations import (
    Association,
    AssociationNotFoundError,
    InvalidAssociationError,
)
from registry.domain.model import SchemaVersion, Subject


@dataclass(frozen=True, slots=True)
class Shown:
    """An association, and the latest schema of its subject if that was asked for."""

    association: Association
    version: SchemaVersion | None = None


def list_associations(ports: Ports, wanted: Wanted, page: Page) -> list[Association]:
    """Return associations by name, namespace and type; often there are none."""
    with ports.transactions.read() as store:
        return store.associations.find(wanted, page.offset, page.limit)


def by_subject(
    ports: Ports, subjects: Iterable[Subject]
) -> Mapping[Subject, list[Association]]:
    """Return the associations of up to a page of subjects, by subject."""
    with ports.transactions.read() as store:
        found = store.associations.of_subjects(frozenset(subjects))
    sorted_out: defaultdict[Subject, list[Association]] = defaultdict(list)
    for each in found:
        sorted_out[each.subject].append(each)
    return sorted_out


def get_resource(ports: Ports, wanted: Wanted, *, with_schemas: bool) -> list[Shown]:
    """Return the associations of one resource.

    Raises:
        InvalidAssociationError: Neither an id nor a name is given, or several
            resources are meant.
        AssociationNotFoundError: There are none.

    """
    if not (wanted.resource_id or wanted.name):
        raise InvalidAssociationError(
            "resourceId", "either an id or a name must be given"
        )
    with ports.transactions.read() as store:
        found = store.associations.find(wanted, 0, None)
        if not found:
            raise AssociationNotFoundError(wanted.resource_id or wanted.name or "")
        if len({each.resource for each in found}) > 1:
            raise InvalidAssociationError(
                "resourceNamespace", "resources of this name are in several namespaces"
            )
        return [
            Shown(each, store.find_latest(each.subject) if with_schemas else None)
            for each in found
        ]
