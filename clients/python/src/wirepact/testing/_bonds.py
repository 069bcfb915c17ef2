"""The associations of the registry in memory: which topic is bound to which subject."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

ANY: Final = "-"


class BoundError(Exception):
    """The resource is bound to another subject already."""


@dataclass(frozen=True, slots=True)
class _Bond:
    resource_id: str
    namespace: str
    resource: str
    role: str
    subject: str
    said: Mapping[str, Any]


class Bonds:
    """All of them, in the order in which they were made."""

    def __init__(self) -> None:
        self._bonds: list[_Bond] = []

    def add(self, body: Mapping[str, Any]) -> None:
        """Bind a topic as a request says it; all of it or nothing.

        Raises:
            BoundError: One of its roles is bound to another subject.

        """
        new = [_bond(body, each) for each in body["associations"]]
        for bond in new:
            for held in self._bonds:
                self._refuse(held, bond)
        self._bonds.extend(bond for bond in new if bond not in self._bonds)

    def find(
        self, namespace: str, resource: str, roles: Iterable[str]
    ) -> list[Mapping[str, Any]]:
        """Return what a topic is bound to; `-` stands for all of them."""
        wanted = {*roles}
        return [
            bond.said
            for bond in self._bonds
            if namespace in (ANY, bond.namespace)
            and resource in (ANY, bond.resource)
            and (not wanted or bond.role in wanted)
        ]

    def remove(self, resource_id: str, roles: Iterable[str]) -> int:
        """Take bonds away, and say how many."""
        wanted = {*roles}
        kept = [
            bond
            for bond in self._bonds
            if bond.resource_id != resource_id or (wanted and bond.role not in wanted)
        ]
        count = len(self._bonds) - len(kept)
        self._bonds = kept
        return count

    @staticmethod
    def _refuse(held: _Bond, new: _Bond) -> None:
        is_same_place = (held.resource_id, held.role) == (new.resource_id, new.role)
        if is_same_place and held.subject != new.subject:
            raise BoundError(
                f"An association of type '{new.role}' already exists for resource"
                f" '{new.resource}'"
            )


def _bond(body: Mapping[str, Any], each: Mapping[str, Any]) -> _Bond:
    role = str(each.get("associationType") or "value")
    place = {
        "resourceId": str(body["resourceId"]),
        "resourceNamespace": str(body.get("resourceNamespace") or ANY),
        "resourceName": str(body["resourceName"]),
        "resourceType": str(body.get("resourceType") or "topic"),
    }
    subject = str(each["subject"])
    said = {
        **place,
        "subject": subject,
        "associationType": role,
        "lifecycle": str(each.get("lifecycle") or "WEAK"),
        "frozen": bool(each.get("frozen")),
    }
    return _Bond(
        place["resourceId"],
        place["resourceNamespace"],
        place["resourceName"],
        role,
        subject,
        said,
    )
