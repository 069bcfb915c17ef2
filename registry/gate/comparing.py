"""What became of the schemas between the two sides of a `diff`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from registry.application.parsing import Source
from registry.domain.configuration import SERVER_DEFAULT, level_of
from registry.domain.errors import RegistryError
from registry.domain.levels import Level
from registry.gate.differences import ChangeClass, Row, change_class, rows
from registry.gate.snapshots import Snapshot

DEFAULT_LEVEL: Final = level_of(SERVER_DEFAULT)


class SideError(Exception):
    """A side of a comparison that is not there; the message is for a person."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A schema on one side.

    Attributes:
        source: None where it is known only that it was there.
        level: Of its contract; the default where it has none.
        version: Of its contract; empty where it has none.
        file: The manifest of its contract; empty where it has none.

    """

    source: Source | None
    level: Level = DEFAULT_LEVEL
    version: str = ""
    file: str = ""


Side = Mapping[str, Shown]
"""Schemas by their contracts' ids; a schema of no contract under the empty one."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What became of one contract.

    Attributes:
        rows: Empty if it is only on one side.
        kind: `added`, `removed`, `changed` or `same`.
        change: None where nothing can be compared.

    """

    contract: str
    kind: str
    rows: tuple[Row, ...] = ()
    change: ChangeClass | None = None
    before: str = ""
    after: str = ""


def compare(old: Side, new: Side, now: Snapshot) -> list[Comparison]:
    """Return what is different, contract by contract.

    Raises:
        SideError: A schema cannot be parsed, or their languages differ.

    """
    found: list[Comparison] = []
    for contract in sorted({*old, *new}):
        before, after = old.get(contract), new.get(contract)
        if before is not None and after is not None:
            found.append(_compared(contract, before, after, now))
        else:
            found.append(Comparison(contract, "added" if after else "removed"))
    return found


def _compared(contract: str, old: Shown, new: Shown, now: Snapshot) -> Comparison:
    name = contract or "the schema"
    if old.source is None or new.source is None:
        raise SideError(f"{name}: the text of one side is not known")
    language = new.source.schema_type
    if old.source.schema_type is not language:
        was = old.source.schema_type
        raise SideError(f"{name} is {was} on one side and {language} on the other")
    parsing = now.parsing
    try:
        pair = parsing.parse(old.source), parsing.parse(new.source)
    except RegistryError as error:
        raise SideError(f"{name} cannot be read: {error}") from error
    found = rows(parsing.format(language), *pair)
    kind = "changed" if found else "same"
    change = change_class(found, new.level)
    return Comparison(contract, kind, found, change, old.version, new.version)
