"""A registry's contracts as files: what differs is written, nothing else is touched."""

import itertools
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Final
from urllib.parse import quote

from registry.application.parsing import Parsing, Source
from registry.domain.errors import RegistryError
from registry.domain.model import SchemaType, Subject
from registry.gate import (
    closures,
    fetching,
    file_names,
    locking,
    told,
    yaml_edits,
)
from registry.gate.contracts import Contract
from registry.gate.locking import Written
from registry.gate.scaffolding.contract_files import Beginning, contract_files
from registry.gate.snapshots import Snapshot
from registry.gate.told import Told
from registry.gate.yaml_edits import YamlEditError
from wirepact import RegistryClient
from wirepact.errors import NotFoundError, RegistryResponseError
from wirepact.schemas import RegisteredSchema

_LEVEL: Final = "compatibility"
_LEVELS: Final = frozenset({"compatibility", "compatibilityLevel"})
_JSON: Final = frozenset({SchemaType.AVRO, SchemaType.JSON})
_OF_VALUES: Final = "-value"
_NOT_KNOWN: Final = frozenset({404, 405, 501})


class PullError(Exception):
    """Something cannot be written down as it is."""


@dataclass(frozen=True, slots=True)
class Pulled:
    """What a registry has of one subject.

    Attributes:
        config: What the subject itself says, in the registry's wording.
        policies: Its stricter policies; None where the registry knows none.

    """

    latest: RegisteredSchema
    source: Source
    config: Mapping[str, Any]
    policies: tuple[str, ...] | None


def fetch(client: RegistryClient, subject: str) -> Pulled | None:
    """Ask for all that a contract tells; None if the registry lacks the subject.

    Raises:
        WirepactError: The registry cannot be reached, or refuses.
        InvalidSchemaError: The schema refers to more than one may.

    """
    try:
        latest = client.get_latest(subject)
    except NotFoundError:
        return None
    source = fetching.source(client, subject, str(latest.version))
    return Pulled(latest, source, _config(client, subject), _policies(client, subject))


def _config(client: RegistryClient, subject: str) -> dict[str, Any]:
    try:
        found = client.get_config(subject)
    except NotFoundError:
        return {}
    members = {key: v for key, v in found.details.items() if key not in _LEVELS}
    return members if found.level is None else {**members, _LEVEL: found.level}


def _policies(client: RegistryClient, subject: str) -> tuple[str, ...] | None:
    path = f"/governance/v1/subjects/{quote(subject, safe='')}/policies"
    try:
        said = client.request("GET", path)
    except RegistryResponseError as error:
        if error.status in _NOT_KNOWN:
            return None
        raise
    names = said.get("policies") if isinstance(said, dict) else None
    return tuple(map(str, names)) if isinstance(names, list) else None


def updates(now: Snapshot, contract: Contract, found: Pulled) -> Iterator[Written]:
    """Yield the files of a contract that do not say what the registry has."""
    manifest = contract.manifest
    if not _is_same(now, contract, found):
        name = manifest.schema_file.as_posix()
        yield Written(name, pretty(now.parsing, found))
    changes = {**_told(now, contract, found), **_settings(now, contract, found)}
    if changes:
        name = manifest.file.as_posix()
        text = now.tree.read((name,))[name].decode()
        try:
            edited = yaml_edits.told(text, changes)
        except YamlEditError as error:
            raise PullError(f"{name}: {error}: {', '.join(changes)}") from error
        if edited != text:
            yield Written(name, edited)


def _is_same(now: Snapshot, contract: Contract, found: Pulled) -> bool:
    """Whether a contract's text means what is registered, however it is written."""
    if contract.manifest.schema_type is not found.source.schema_type:
        reason = f"is {found.source.schema_type} in the registry"
        raise PullError(f"{contract.manifest.file}: {contract.subject} {reason}")
    if contract.text == found.source.text:
        return True
    form = now.parsing.format(found.source.schema_type)
    try:
        closure = found.source.closure or closures.source_of(now, contract).closure
        ours = now.parsing.parse(
            Source(found.source.schema_type, contract.text, closure)
        )
        theirs = now.parsing.parse(found.source)
    except RegistryError:
        return False
    return ours.canonical == theirs.canonical or form.is_equivalent(ours, theirs)


def pretty(parsing: Parsing, found: Pulled) -> str:
    """Return a registered text as a person writes it, if that means the same."""
    source = found.source
    text = source.text if source.text.endswith("\n") else f"{source.text}\n"
    if source.schema_type not in _JSON:
        return text
    try:
        made = json.dumps(json.loads(source.text), indent=2, ensure_ascii=False)
        again = parsing.parse(Source(source.schema_type, made, source.closure))
        is_same = again.canonical == parsing.parse(source).canonical
    except (ValueError, RegistryError, RecursionError):
        return text
    return f"{made}\n" if is_same else text


def _told(now: Snapshot, contract: Contract, found: Pulled) -> dict[str, Any]:
    said, schema = Told.of(contract.manifest), found.latest.schema
    changes: dict[str, Any] = {}
    if not told.same_metadata(said.metadata, schema.metadata):
        changes[told.METADATA] = _plain(schema.metadata)
    if not told.same_rules(said.rule_set, schema.rule_set):
        changes[told.RULE_SET] = _plain(schema.rule_set)
    references = _references(now, contract, found)
    if references != [dict(each) for each in said.references]:
        changes[told.REFERENCES] = references or None
    return changes


def _references(
    now: Snapshot, contract: Contract, found: Pulled
) -> list[dict[str, Any]]:
    """Return what a manifest has to say of references: where their names do not."""
    said = {each["name"]: dict(each) for each in Told.of(contract.manifest).references}
    kept: list[dict[str, Any]] = []
    for each in found.latest.schema.references:
        there = said.get(each.name)
        if there is not None:
            kept.append(_repinned(there, each.subject, each.version))
            continue
        defining = now.named(contract.manifest.schema_type, each.name)
        if [str(one.subject) for one in defining] != [each.subject]:
            kept.append({"name": each.name, "subject": each.subject})
    return kept


def _repinned(there: dict[str, Any], subject: str, version: int) -> dict[str, Any]:
    if there.get("subject") == subject and there.get("version") in {None, -1, version}:
        return there
    pinned = {} if there.get("version") in {None, -1} else {"version": version}
    return {"name": there["name"], "subject": subject, **pinned}


def _settings(now: Snapshot, contract: Contract, found: Pulled) -> dict[str, Any]:
    said = Told.of(contract.manifest)
    changes: dict[str, Any] = {}
    level = found.config.get(_LEVEL)
    ours = None if contract.level is None else contract.level.name
    if level is not None and level != ours:
        changes[_LEVEL] = level
    members = {key: v for key, v in found.config.items() if key != _LEVEL}
    if not told.same_members(said.config, members):
        changes[told.CONFIG] = _plain(members)
    policies = found.policies
    if policies is not None and sorted(said.policies or ()) != sorted(policies):
        changes[told.POLICIES] = [*policies] or None
    return changes


def _plain(said: Mapping[str, Any] | None) -> Any:
    """Return a copy as YAML writes it, without what says nothing."""
    if not said:
        return None
    return json.loads(json.dumps(said))


def beginning(
    now: Snapshot, found: Pulled, root: str, taken: Collection[str] = ()
) -> list[Written]:
    """Return the files of a contract that is written down for the first time.

    Args:
        root: The folder that they come into.
        taken: Names of files that are about to be written.

    """
    text = pretty(now.parsing, found)
    name = Subject.parse(found.latest.subject).name.removesuffix(_OF_VALUES)
    used = now.tree.names | {*taken}
    for number in itertools.count(1):
        topic = name if number == 1 else f"{name}-{number}"
        made = contract_files(Beginning(topic, found.source.schema_type, text))
        places = {f"{root}/{each}".removeprefix("/"): each for each in made}
        if not used & places.keys():
            break
    return [
        Written(place, _adopted(made[each], now, found))
        if PurePosixPath(each).name == file_names.CONTRACT
        else Written(place, made[each])
        for place, each in places.items()
    ]


def _adopted(text: str, now: Snapshot, found: Pulled) -> str:
    """Return a new manifest that tells all that the registry has."""
    schema = found.latest.schema
    members = {key: v for key, v in found.config.items() if key != _LEVEL}
    language = found.source.schema_type
    references = [
        {"name": each.name, "subject": each.subject}
        for each in schema.references
        if [str(one.subject) for one in now.named(language, each.name)]
        != [each.subject]
    ]
    parts = {
        "subject": found.latest.subject,
        _LEVEL: found.config.get(_LEVEL),
        told.METADATA: _plain(schema.metadata),
        told.RULE_SET: _plain(schema.rule_set),
        told.CONFIG: _plain(members),
        told.POLICIES: [*(found.policies or ())] or None,
        told.REFERENCES: references or None,
    }
    return yaml_edits.told(text, {key: v for key, v in parts.items() if v is not None})


def files(
    client: RegistryClient,
    now: Snapshot,
    contracts: Sequence[Contract],
    adopted: Sequence[str],
    root: str,
) -> Iterator[Written]:
    """Yield all files that are to be written, but for lock and history.

    Args:
        adopted: Subjects that have no contract yet.
        root: The folder that theirs come into.

    Raises:
        WirepactError: The registry cannot be reached, or refuses.
        PullError: Something cannot be written down as it is.

    """
    for contract in contracts:
        found = fetch(client, str(contract.subject))
        if found is not None:
            yield from updates(now, contract, found)
    taken: set[str] = set()
    for subject in adopted:
        found = fetch(client, subject)
        if found is None:
            raise PullError(f"the registry has no subject {subject}")
        begun = beginning(now, found, root, taken)
        taken |= {each.name for each in begun}
        yield from begun


def lock(
    client: RegistryClient, now: Snapshot, *, with_history: bool
) -> Iterator[Written]:
    """Yield the lock file, and all versions if they are asked for."""
    found = locking.lock_files(client, now, with_history=with_history)
    yield from locking.stale(found, now)
