"""A registry's contracts as files: what differs is written, nothing else is touched."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from registry.application.parsing import Source
from registry.domain.errors import RegistryError
from registry.gate import adopting, closures, holdings, locking, told, yaml_edits
from registry.gate.contracts import Contract
from registry.gate.foreign import ForeignPlanError
from registry.gate.holdings import LEVEL, Held
from registry.gate.locking import Written
from registry.gate.snapshots import Snapshot
from registry.gate.standing import Standing, standings
from registry.gate.told import Told
from registry.gate.yaml_edits import YamlEditError
from wirepact import RegistryClient
from wirepact.schemas import Reference


class PullError(Exception):
    """Something cannot be written down as it is."""


@dataclass(frozen=True, slots=True)
class Left:
    """A schema file that stays as it is, though it is not the latest version.

    Attributes:
        latest: The number of the version that it would be replaced by.

    """

    contract: Contract
    standing: Standing
    latest: int

    def __str__(self) -> str:
        file, subject = self.contract.manifest.schema_file, self.contract.subject
        if self.standing.version is None:
            why = f"it is not registered; the latest of {subject} is {self.latest}"
        else:
            why = f"it is version {self.standing.version} of {subject}"
            why = f"{why}, of which {self.latest} is the latest"
        return f"left {file} as it is: {why}"


@dataclass(frozen=True, slots=True)
class _Difference:
    """What a contract says otherwise than the registry.

    Attributes:
        text: The latest one, if it does not mean the same.
        told: Members of the manifest that belong to a version.
        settings: Those that do not.

    """

    contract: Contract
    held: Held
    text: str | None
    told: Mapping[str, Any]
    settings: Mapping[str, Any]

    @classmethod
    def of(cls, now: Snapshot, contract: Contract, held: Held) -> "_Difference":
        is_same = _is_same(now, contract, held)
        text = None if is_same else adopting.pretty(now.parsing, held)
        about, settings = _told(now, contract, held), _settings(contract, held)
        return cls(contract, held, text, about, settings)

    @property
    def is_of_version(self) -> bool:
        return self.text is not None or bool(self.told)

    def settings_alone(self) -> "_Difference":
        return replace(self, text=None, told={})

    def files(self, now: Snapshot) -> Iterator[Written]:
        manifest = self.contract.manifest
        if self.text is not None:
            yield Written(manifest.schema_file.as_posix(), self.text)
        changes = {**self.told, **self.settings}
        if not changes:
            return
        name = manifest.file.as_posix()
        text = now.tree.read((name,))[name].decode()
        try:
            edited = yaml_edits.told(text, changes)
        except YamlEditError as error:
            raise PullError(f"{name}: {error}: {', '.join(changes)}") from error
        if edited != text:
            yield Written(name, edited)


def _is_same(now: Snapshot, contract: Contract, held: Held) -> bool:
    """Whether a contract's text means what is registered, however it is written."""
    language = contract.manifest.schema_type
    if language.value != held.latest.schema.schema_type:
        reason = f"is {held.latest.schema.schema_type} in the registry"
        raise PullError(f"{contract.manifest.file}: {contract.subject} {reason}")
    if contract.text == held.latest.schema.text:
        return True
    form = now.parsing.format(language)
    try:
        source = held.source()
        closure = source.closure or closures.source_of(now, contract).closure
        ours = now.parsing.parse(Source(language, contract.text, closure))
        theirs = now.parsing.parse(source)
    except RegistryError:
        return False
    return ours.canonical == theirs.canonical or form.is_equivalent(ours, theirs)


def _told(now: Snapshot, contract: Contract, held: Held) -> dict[str, Any]:
    said, schema = Told.of(contract.manifest), held.latest.schema
    changes: dict[str, Any] = {}
    if not told.same_metadata(said.metadata, schema.metadata):
        changes[told.METADATA] = adopting.plain(schema.metadata)
    if not told.same_rules(said.rule_set, schema.rule_set):
        changes[told.RULE_SET] = adopting.plain(schema.rule_set)
    references = _references(now, contract, held)
    if references != [dict(each) for each in said.references]:
        changes[told.REFERENCES] = references or None
    return changes


def _references(now: Snapshot, contract: Contract, held: Held) -> list[dict[str, Any]]:
    """Return what a manifest has to say of references: where their names do not."""
    said = {each["name"]: dict(each) for each in Told.of(contract.manifest).references}
    kept: list[dict[str, Any]] = []
    for each in held.referred():
        there = said.get(each.name)
        defining = now.named(contract.manifest.schema_type, each.name)
        by_name = [str(one.subject) for one in defining]
        if there is not None:
            is_meant = _is_meant(there, each, held, by_name)
            kept.append(there if is_meant else _repinned(there, each))
        elif by_name != [each.subject]:
            kept.append({"name": each.name, "subject": each.subject})
    return kept


def _is_meant(
    there: Mapping[str, Any], found: Reference, held: Held, by_name: Sequence[str]
) -> bool:
    """Whether a manifest's reference leads to what a version refers to."""
    stated = there.get("subject")
    subjects = by_name if stated is None else [held.named(stated)]
    versions = {None, -1, found.version}
    return subjects == [found.subject] and there.get("version") in versions


def _repinned(there: Mapping[str, Any], found: Reference) -> dict[str, Any]:
    pinned = {} if there.get("version") in {None, -1} else {"version": found.version}
    return {"name": found.name, "subject": found.subject, **pinned}


def _settings(contract: Contract, held: Held) -> dict[str, Any]:
    said = Told.of(contract.manifest)
    changes: dict[str, Any] = {}
    level = held.config.get(LEVEL)
    ours = None if contract.level is None else contract.level.name
    if level is not None and level != ours:
        changes[LEVEL] = level
    members = {key: v for key, v in held.config.items() if key != LEVEL}
    if not told.same_members(said.config, members):
        changes[told.CONFIG] = adopting.plain(members)
    policies = held.policies
    if policies is not None and sorted(said.policies or ()) != sorted(policies):
        changes[told.POLICIES] = [*policies] or None
    return changes


class Pull:
    """What a registry has, compared with folders of contracts.

    Args:
        takes_latest: Whether schema files are replaced that say something else than
            the latest versions; else they stay as they are.

    """

    def __init__(
        self, client: RegistryClient, now: Snapshot, *, takes_latest: bool
    ) -> None:
        self._client = client
        self._now = now
        self._takes_latest = takes_latest
        self.left: list[Left] = []

    def files(self, contracts: Sequence[Contract]) -> Iterator[Written]:
        """Yield the files of contracts that do not say what the registry has.

        Raises:
            WirepactError: The registry cannot be reached, or refuses.
            PullError: Something cannot be written down as it is.

        """
        held = holdings.read(self._client, [str(each.subject) for each in contracts])
        differences = [
            _Difference.of(self._now, contract, there)
            for contract, (_, there) in zip(contracts, held, strict=True)
            if there is not None
        ]
        standing = self._standings(contracts, differences)
        for each in differences:
            stands = standing.get(str(each.contract.subject))
            if stands is None or stands.is_latest:
                yield from each.files(self._now)
                continue
            if each.is_of_version:
                latest = each.held.latest.version
                self.left.append(Left(each.contract, stands, latest))
            yield from each.settings_alone().files(self._now)

    def _standings(
        self, contracts: Sequence[Contract], differences: Iterable[_Difference]
    ) -> Mapping[str, Standing]:
        """Ask where schemas stand, if any is to stay and there is one to ask for."""
        is_asked = any(each.is_of_version for each in differences)
        if self._takes_latest or not is_asked:
            return {}
        try:
            return standings(self._client, self._now, contracts)
        except ForeignPlanError as error:
            raise PullError(str(error)) from error

    def begun(self, subjects: Sequence[str], root: str) -> Iterator[Written]:
        """Yield the files of subjects that have no contract yet.

        Args:
            root: The folder that they come into.

        Raises:
            WirepactError: The registry cannot be reached, or refuses.
            PullError: The registry lacks a subject.

        """
        taken: set[str] = set()
        for subject, held in holdings.read(self._client, subjects):
            if held is None:
                raise PullError(f"the registry has no subject {subject}")
            begun = adopting.beginning(self._now, held, root, taken)
            taken |= {each.name for each in begun}
            yield from begun


def lock(
    client: RegistryClient, now: Snapshot, *, with_history: bool
) -> Iterator[Written]:
    """Yield the lock file, and all versions if they are asked for."""
    found = locking.lock_files(client, now, with_history=with_history)
    yield from locking.stale(found, now)
