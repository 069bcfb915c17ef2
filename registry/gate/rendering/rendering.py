"""Every form that contracts are rendered in, and what goes into them."""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from importlib import import_module
from typing import Any, Final

from registry.domain import json_text
from registry.domain.errors import RegistryError
from registry.domain.limits import check_json
from registry.domain.model import SchemaType
from registry.gate import closures
from registry.gate.contracts import Contract
from registry.gate.example_folders import folder_of, registry_entry
from registry.gate.manifests import ManifestError
from registry.gate.rendering.described import Described
from registry.gate.rendering.elements import elements
from registry.gate.rendering.names import file_name
from registry.gate.snapshots import Snapshot


class Form(StrEnum):
    """What contracts can be rendered as."""

    ODCS = "odcs"
    ASYNCAPI = "asyncapi"
    BACKSTAGE = "backstage"
    CONFLUENT = "confluent"
    MARKDOWN = "markdown"


_PACKAGE: Final = "registry.gate.rendering"
_NEEDS_TOPIC: Final = frozenset({Form.ASYNCAPI})


class RenderingError(Exception):
    """A contract that cannot be rendered; the message says where it is at fault."""


def render(form: Form, contracts: Sequence[Described]) -> Mapping[str, str]:
    """Return texts by the names of their files; the same contracts give the same.

    Raises:
        RenderingError: Two contracts have the same id.

    """
    ids: dict[str, Contract] = {}
    for each in contracts:
        if (other := ids.get(each.id)) is not None:
            files = f"{other.manifest.file} and {each.contract.manifest.file}"
            raise RenderingError(f"{files} have the same id '{each.id}'")
        ids[each.id] = each.contract
    ordered = sorted(contracts, key=lambda each: each.id)
    texts: Callable[[Sequence[Described]], Mapping[str, str]]
    texts = import_module(f"{_PACKAGE}.{form}").texts
    made = texts(ordered)
    return {file_name(name): made[name] for name in sorted(made)}


def left_out(form: Form, contracts: Sequence[Described]) -> list[str]:
    """Return the ids of contracts that have no topic, where a form needs one."""
    if form not in _NEEDS_TOPIC:
        return []
    return sorted(each.id for each in contracts if not each.topic)


def described(snapshot: Snapshot, name: str) -> Described:
    """Return the contract of a manifest's file, understood.

    Raises:
        RenderingError: It cannot be read.

    """
    try:
        contract = snapshot.contract(name)
        source = closures.source_of(snapshot, contract)
        schema = snapshot.parsing.parse(source)
    except ManifestError as error:
        raise RenderingError(str(error)) from error
    except RegistryError as error:
        raise RenderingError(f"{name}: {error}") from error
    language = source.schema_type
    form = snapshot.parsing.format(language)
    types = form.payload_types(schema)
    resolved = form.renderings.get("resolved")
    is_whole = language is SchemaType.AVRO and resolved is not None
    return Described(
        contract,
        schema,
        resolved(schema) if is_whole and resolved else source.text,
        types[0].name if types else "",
        elements(language, schema, _message(contract)),
        _examples(snapshot, contract),
    )


def _message(contract: Contract) -> str | None:
    found = registry_entry(contract).get("message")
    return found if isinstance(found, str) else None


def _examples(snapshot: Snapshot, contract: Contract) -> Mapping[str, Any]:
    folder = f"{folder_of(contract)}/valid"
    found: dict[str, Any] = {}
    for name, content in sorted(snapshot.tree.inside(folder).items()):
        inside = name.removeprefix(f"{folder}/")
        if inside.endswith(".json"):
            try:
                text = content.decode()
                check_json(text)
                found[inside.removesuffix(".json")] = json_text.read(text)
            except (RegistryError, UnicodeDecodeError):
                # `test` tells of it; a page does without.
                continue
    return found
