"""A registry in memory that begins with the contracts of a folder."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from wirepact.client import RegistryClient
from wirepact.events import avro_nodes, json_nodes
from wirepact.schemas import AVRO, JSON, PROTOBUF, Reference, Schema
from wirepact.testing.fake_registry import FakeRegistry

_MANIFEST: Final = "contract.yaml"
_IMPORT: Final = re.compile(r'^\s*import\s+(?:public\s+|weak\s+)?"([^"]+)"', re.M)


class SeedError(Exception):
    """A folder of contracts cannot be read."""


@dataclass(frozen=True, slots=True)
class Contract:
    """What of a contract is registered.

    Attributes:
        name: How others refer to it; empty if they cannot.
        uses: The names that it may refer to; those nobody has are no references.

    """

    subject: str
    text: str
    schema_type: str
    name: str
    uses: tuple[str, ...]


def seed(registry: FakeRegistry | RegistryClient, folder: Path) -> list[str]:
    """Register all contracts of a folder, after those that they refer to.

    By a client it is done in any registry, such as that of `wirepact_registry`.

    Manifests are read with ruamel.yaml, which the extra `testing` brings.

    Returns:
        The subjects, in the order of their registration.

    Raises:
        SeedError: There is none, or one cannot be read.

    """
    contracts = {each.name or each.subject: each for each in _contracts(folder)}
    if not contracts:
        raise SeedError(f"{folder}: no {_MANIFEST} in any folder below")
    done: dict[str, int] = {}
    with _opened(registry) as client:
        for name in contracts:
            _register(client, contracts, name, done, ())
    return [contracts[name].subject for name in done]


def _opened(
    registry: FakeRegistry | RegistryClient,
) -> AbstractContextManager[RegistryClient]:
    if isinstance(registry, FakeRegistry):
        return registry.client()
    return nullcontext(registry)


def _register(
    client: RegistryClient,
    contracts: Mapping[str, Contract],
    name: str,
    done: dict[str, int],
    open_names: tuple[str, ...],
) -> None:
    if name in done:
        return
    if name in open_names:
        raise SeedError(f"{name} refers to itself through {open_names[-1]}")
    contract = contracts[name]
    used = [each for each in contract.uses if each in contracts and each != name]
    for each in used:
        _register(client, contracts, each, done, (*open_names, name))
    references = tuple(
        Reference(each, contracts[each].subject, done[each]) for each in used
    )
    schema = Schema(contract.text, contract.schema_type, references)
    client.register(contract.subject, schema)
    done[name] = client.lookup(contract.subject, schema).version


def _contracts(folder: Path) -> Iterator[Contract]:
    for manifest in sorted(folder.rglob(_MANIFEST)):
        try:
            said = _yaml(manifest)
            place = _of_registry(said)
            text = (manifest.parent / place["schemaFile"]).read_text(encoding="utf-8")
        except (KeyError, OSError, TypeError, ValueError) as error:
            raise SeedError(f"{manifest}: no contract: {error!r}") from error
        language = place.get("format", AVRO)
        yield Contract(
            place["subject"],
            text,
            language,
            place.get("name") or _name(manifest, language, text),
            tuple(dict.fromkeys(_uses(manifest, language, text))),
        )


def _of_registry(said: Any) -> Mapping[str, Any]:
    """Return what a manifest's custom property `registry` says."""
    for each in said["customProperties"]:
        if each["property"] == "registry":
            found: Mapping[str, Any] = each["value"]
            return found
    raise KeyError("registry")


def _yaml(file: Path) -> Any:
    try:
        yaml = import_module("ruamel.yaml")
    except ModuleNotFoundError as error:
        raise SeedError(
            f"{file}: pip install 'wirepact[testing]', which reads manifests"
        ) from error
    try:
        return yaml.YAML(typ="safe", pure=True).load(file.read_text(encoding="utf-8"))
    except yaml.error.YAMLError as error:
        raise SeedError(f"{file}: no YAML: {error}") from error


def _name(manifest: Path, language: str, text: str) -> str:
    if language != AVRO:
        return ""
    try:
        said = json.loads(text)
        return next(iter(avro_nodes.names_in(text)[0]), "") if said else ""
    except (ValueError, avro_nodes.AvroTextError) as error:
        raise SeedError(f"{manifest}: no Avro schema: {error}") from error


def _uses(manifest: Path, language: str, text: str) -> Iterator[str]:
    if language == PROTOBUF:
        yield from _IMPORT.findall(text)
    elif language == JSON:
        yield from _documents(manifest, text)
    else:
        for candidates in avro_nodes.names_in(text)[1]:
            yield from candidates


def _documents(manifest: Path, text: str) -> Iterator[str]:
    try:
        yield from json_nodes.documents_referred_to(text)
    except json_nodes.JsonTextError as error:
        raise SeedError(f"{manifest}: no JSON Schema: {error}") from error
