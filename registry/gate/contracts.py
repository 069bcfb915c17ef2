"""The contracts of a folder: manifests with their schemas, in the order of need."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any, Final

from registry.application.parsing import Parsing
from registry.domain import json_text
from registry.domain.errors import InvalidSchemaError
from registry.domain.levels import Level
from registry.domain.model import SchemaType, Subject
from registry.gate import file_names, folder_settings, manifests
from registry.gate.manifests import Manifest, ManifestError

_FILES: Final = "**/" + file_names.CONTRACT


@dataclass(frozen=True, slots=True)
class Contract:
    """A manifest with its schema.

    Attributes:
        level: The contract's own, else the folder's; None where neither names one.
        name: How other schemas refer to it; None for one that none can refer to.
        needs: The names that its schema uses and does not define.

    """

    manifest: Manifest
    text: str
    level: Level | None
    name: str | None
    needs: tuple[str, ...]

    @property
    def subject(self) -> Subject:
        return self.manifest.subject


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a contract is left out.

    Attributes:
        file: The manifest, or the file that is at fault.

    """

    file: Path
    reason: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What is in a folder.

    Attributes:
        contracts: Sorted by subject, whatever the names of files and folders.

    """

    contracts: tuple[Contract, ...]
    refused: tuple[Refusal, ...]


def read(folder: Path, parsing: Parsing) -> Reading:
    """Read all contracts of a folder and of the folders in it.

    Raises:
        ManifestError: The folder is not there, or its own settings cannot be read.

    """
    if not folder.is_dir():
        raise ManifestError(folder, "expected a folder with contracts, found none")
    defaults = folder_settings.read(folder)
    found: list[Contract] = []
    refused: list[Refusal] = []
    for file in sorted(folder.glob(_FILES)):
        try:
            found.append(_contract(manifests.read(file), defaults.level, parsing))
        except ManifestError as error:
            refused.append(Refusal(file, str(error)))
    single, doubled = _single(found)
    return Reading(single, (*refused, *doubled))


@dataclass(frozen=True, slots=True)
class Order:
    """Contracts, each after those that it uses.

    Attributes:
        cycles: Those that cannot be put in order; each uses the next, the last one the
            first.

    """

    contracts: tuple[Contract, ...]
    cycles: tuple[tuple[Contract, ...], ...]


def by_need(
    contracts: Sequence[Contract], uses: Callable[[Contract], Iterable[Contract]]
) -> Order:
    """Put contracts in the order of need; the same set gives the same order.

    Args:
        uses: Which of the contracts one needs directly.

    """
    left = {each.subject: each for each in contracts}
    cycles: list[tuple[Contract, ...]] = []
    while True:
        graph = {
            subject: [used.subject for used in uses(each) if used.subject in left]
            for subject, each in left.items()
        }
        try:
            order = [*TopologicalSorter(graph).static_order()]
        except CycleError as error:
            # There, each is needed by the next, and the first stands at the end too.
            around = reversed(error.args[1][1:])
            cycles.append(tuple(left.pop(subject) for subject in around))
        else:
            return Order(tuple(left[subject] for subject in order), tuple(cycles))


def _contract(manifest: Manifest, default: Level | None, parsing: Parsing) -> Contract:
    text = manifests.text_of(manifest.schema_file, parsing.limits.max_schema_bytes)
    names = names_of(manifest, text, parsing)
    level, name = manifest.level or default, manifest.name or names.name
    return Contract(manifest, text, level, name, names.needs)


@dataclass(frozen=True, slots=True)
class Names:
    """What a schema is called in its own text, and the names that it needs, sorted."""

    name: str | None
    needs: tuple[str, ...]


def names_of(manifest: Manifest, text: str, parsing: Parsing) -> Names:
    """Find the names in a schema's text.

    Raises:
        ManifestError: The text cannot be read as the language that it should be in.

    """
    schema_type = manifest.schema_type
    try:
        needs = parsing.format(schema_type).external_names(text)
        return Names(_name_of(schema_type, text), tuple(sorted(needs)))
    except InvalidSchemaError as error:
        raise ManifestError(manifest.schema_file, error.reason, error.place) from error


def _single(found: Iterable[Contract]) -> tuple[tuple[Contract, ...], list[Refusal]]:
    """Set apart the contracts that claim one subject; neither can be the right one."""
    claims: dict[Subject, list[Contract]] = {}
    for each in found:
        claims.setdefault(each.subject, []).append(each)
    single = [claim[0] for claim in claims.values() if len(claim) == 1]
    refused = [
        Refusal(each.manifest.file, _claimed(each, claim))
        for claim in claims.values()
        if len(claim) > 1
        for each in claim
    ]
    return tuple(sorted(single, key=lambda each: each.subject)), refused


def _claimed(contract: Contract, claim: Iterable[Contract]) -> str:
    others = ", ".join(
        str(each.manifest.file) for each in claim if each is not contract
    )
    file = contract.manifest.file
    return f"{file}: the subject {contract.subject} is claimed by {others} too"


def _name_of(schema_type: SchemaType, text: str) -> str | None:
    find = _NAMES.get(schema_type)
    return None if find is None else find(json_text.read(text))


def _avro_name(value: Any) -> str | None:
    if not isinstance(value, dict) or not isinstance(value.get("name"), str):
        return None
    name, namespace = value["name"], value.get("namespace")
    return f"{namespace}.{name}" if namespace and "." not in name else name


# What a schema is called by others stands in its text for Avro alone: a Protobuf file
# is imported by a path, a JSON Schema by an address, which the manifest has to say.
_NAMES: Final[Mapping[SchemaType, Callable[[Any], str | None]]] = {
    SchemaType.AVRO: _avro_name
}
