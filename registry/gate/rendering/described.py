"""A contract with all that pages and documents say of it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from registry.domain.schema import ParsedSchema
from registry.gate.contracts import Contract
from registry.gate.rendering.elements import Element

_VERSION: Final = re.compile(r"([0-9]{1,9})(?:\.([0-9]{1,9}))?(?:\.([0-9]{1,9}))?")
_DAYS: Final = {"d": 1, "day": 1, "days": 1, "y": 365, "year": 365, "years": 365}
_SECONDS: Final = {
    "s": 1,
    "second": 1,
    "seconds": 1,
    "m": 60,
    "minute": 60,
    "minutes": 60,
    "h": 3600,
    "hour": 3600,
    "hours": 3600,
    **{unit: days * 86_400 for unit, days in _DAYS.items()},
}


@dataclass(frozen=True, slots=True)
class Described:
    """A contract that has been understood.

    Attributes:
        text: The schema's text; where its language can, with all that it refers to.
        root: The full name of the outermost type; empty for none.
        examples: Those that are valid, by the names of their files, without endings.

    """

    contract: Contract
    schema: ParsedSchema
    text: str
    root: str = ""
    elements: tuple[Element, ...] = ()
    examples: Mapping[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return self.contract.manifest.id

    @property
    def value(self) -> dict[str, Any]:
        found: dict[str, Any] = self.contract.manifest.document.value
        return found

    @property
    def name(self) -> str:
        return self.said("name") or self.id

    @property
    def team(self) -> str:
        """The owner; empty where there is none. A list of people has no name."""
        team = self.value.get("team")
        return _text(team.get("name")) if isinstance(team, dict) else ""

    @property
    def topic(self) -> str:
        """Where the events go; empty for a type that others share."""
        return next((_text(each.get("physicalName")) for each in self.objects), "")

    @property
    def objects(self) -> Sequence[dict[str, Any]]:
        return self.listed("schema")

    @property
    def level(self) -> str:
        level = self.contract.level
        return level.name if level else ""

    @property
    def retention_ms(self) -> int | None:
        """How long the topic keeps events; None if that is not said, or for ever."""
        for each in self.listed("slaProperties"):
            unit, value = each.get("unit", "d"), each.get("value", 0)
            is_number = isinstance(value, int | float)
            if each.get("property") == "retention" and is_number:
                seconds = _SECONDS.get(str(unit).casefold())
                return None if seconds is None else int(value * seconds * 1000)
        return None

    def said(self, name: str) -> str:
        """Return a text of the manifest; empty if it is not there."""
        return _text(self.value.get(name))

    def listed(self, name: str) -> Sequence[dict[str, Any]]:
        """Return the mappings in a list of the manifest."""
        found = self.value.get(name)
        return [*_mappings(found)] if isinstance(found, list) else []

    def described_as(self, name: str) -> str:
        """Return a part of the description: its purpose, usage or limitations."""
        found = self.value.get("description")
        return _text(found.get(name)) if isinstance(found, dict) else ""

    def tags(self) -> list[str]:
        found = self.value.get("tags")
        given = found if isinstance(found, list) else []
        return [
            *dict.fromkeys(each for each in given if isinstance(each, str) and each)
        ]

    def order(self) -> tuple[int, ...]:
        """Sorts contracts by their versions."""
        found = _VERSION.match(self.said("version"))
        return tuple(int(each or 0) for each in found.groups()) if found else (0, 0, 0)


def by_domain(contracts: Sequence[Described]) -> Mapping[str, list[Described]]:
    """Return contracts by their domains, both sorted; none is the domain `events`."""
    found: dict[str, list[Described]] = {}
    for each in sorted(contracts, key=lambda each: each.id):
        found.setdefault(each.said("domain") or "events", []).append(each)
    return {name: found[name] for name in sorted(found)}


def unique(wanted: str, taken: Mapping[str, object]) -> str:
    """Return a name that is not taken: the one wanted, or with a number behind it."""
    number, name = 1, wanted
    while name in taken:
        number += 1
        name = f"{wanted}-{number}"
    return name


def _mappings(values: list[Any]) -> Iterator[dict[str, Any]]:
    return (each for each in values if isinstance(each, dict))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
