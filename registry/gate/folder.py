"""Registering the contracts of a folder, as a server does at its start."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from registry.application import configuration, lookup, registration
from registry.application.ports import Ports
from registry.application.stored import (
    Origin,
    Page,
    Visibility,
)
from registry.application.submission import Submission
from registry.domain.errors import (
    InvalidSchemaError,
    RegistryError,
    StoreUnavailableError,
    SubjectLevelNotFoundError,
    SubjectNotFoundError,
)
from registry.domain.levels import Level
from registry.domain.model import Reference, SchemaType, SchemaVersion, Subject
from registry.domain.rules import Severity
from registry.domain.verdict import Finding, IncompatibleSchemaError
from registry.gate import contracts
from registry.gate.contracts import Contract, Refusal
from registry.gate.manifests import ManifestError


@dataclass(frozen=True, slots=True)
class Summary:
    """What became of a folder, each list in the order of need.

    Attributes:
        registered: Versions that are new.
        unchanged: Versions that were there already.
        refused: Contracts that were left out, with what depends on them.

    """

    registered: tuple[SchemaVersion, ...] = ()
    unchanged: tuple[SchemaVersion, ...] = ()
    refused: tuple[Refusal, ...] = ()


def register(ports: Ports, path: Path, origin: Origin, log: logging.Logger) -> Summary:
    """Register every contract of a folder that can be, and log what became of each.

    A contract's level is put first; its references point at the versions that this
    very call found or made. A contract that is refused does not hold up those that do
    not need it. Safe to repeat: what is there already writes nothing.

    Raises:
        StoreUnavailableError: The database is out of reach; some may be registered.

    """
    run = _Run(ports, origin, log)
    try:
        reading = contracts.read(path, ports.parsing)
    except ManifestError as error:
        run.refuse(Refusal(error.file, str(error)))
        return run.summary()
    for refusal in reading.refused:
        run.refuse(refusal)
    providers = _Providers(reading.contracts)
    order = contracts.by_need(reading.contracts, providers.of)
    for cycle in order.cycles:
        run.refuse_cycle(cycle)
    for contract in order.contracts:
        run.take(contract, providers)
    return run.summary()


class _Providers:
    """Which contracts define a name."""

    def __init__(self, found: Sequence[Contract]) -> None:
        self._by_name: dict[tuple[SchemaType, str], list[Contract]] = {}
        for each in found:
            if each.name is not None:
                key = (each.manifest.schema_type, each.name)
                self._by_name.setdefault(key, []).append(each)

    def named(self, name: str, user: Contract) -> list[Contract]:
        return self._by_name.get((user.manifest.schema_type, name), [])

    def of(self, user: Contract) -> Iterator[Contract]:
        """Yield the contracts that one needs directly."""
        for name in user.needs:
            yield from self.named(name, user)


class _RefusedError(Exception):
    """A contract cannot be registered; the text says why, to a person."""


class _Run:
    """One call of `register`, as far as it has come."""

    def __init__(self, ports: Ports, origin: Origin, log: logging.Logger) -> None:
        self._ports = ports
        self._origin = origin
        self._log = log
        self._versions: dict[Subject, SchemaVersion] = {}
        self._registered: list[SchemaVersion] = []
        self._unchanged: list[SchemaVersion] = []
        self._refused: list[Refusal] = []

    def summary(self) -> Summary:
        return Summary(
            tuple(self._registered), tuple(self._unchanged), tuple(self._refused)
        )

    def refuse(self, refusal: Refusal) -> None:
        self._refused.append(refusal)
        self._log.error("contract refused", extra={"reason": refusal.reason})

    def refuse_cycle(self, cycle: Sequence[Contract]) -> None:
        around = " -> ".join(str(each.subject) for each in (*cycle, cycle[0]))
        for each in cycle:
            self.refuse(_refusal(each, f"the references form a cycle: {around}"))

    def take(self, contract: Contract, providers: _Providers) -> None:
        """Register one contract, after all that it needs."""
        try:
            references = tuple(self._references(contract, providers))
            self._put_level(contract)
            self._put_schema(contract, references)
        except _RefusedError as error:
            self.refuse(_refusal(contract, str(error)))
        except StoreUnavailableError:
            raise
        except RegistryError as error:
            self.refuse(_explained(contract, error))

    def _references(
        self, contract: Contract, providers: _Providers
    ) -> Iterator[Reference]:
        for name in contract.needs:
            found = providers.named(name, contract)
            if not found:
                raise _RefusedError(
                    f"it uses '{name}', which no readable contract in this folder"
                    " defines"
                )
            if len(found) > 1:
                subjects = " and ".join(str(each.subject) for each in found)
                raise _RefusedError(f"it uses '{name}', which {subjects} both define")
            version = self._versions.get(found[0].subject)
            if version is None:
                raise _RefusedError(
                    f"it uses '{name}' of {found[0].subject}, which was refused"
                )
            yield Reference(name, str(version.subject), version.version)

    def _put_level(self, contract: Contract) -> None:
        level, subject = contract.level, contract.subject
        if level is None or level is self._present_level(subject):
            return
        patch = {"level": level}
        configuration.update_config(self._ports, subject, patch, self._origin)
        told = {"subject": str(subject), "compatibility": level.name}
        self._log.info("compatibility level put", extra=told)

    def _present_level(self, subject: Subject) -> Level | None:
        try:
            config = configuration.get_config(self._ports, subject, in_scope=False)
        except SubjectLevelNotFoundError:
            return None
        return config.level

    def _put_schema(
        self, contract: Contract, references: tuple[Reference, ...]
    ) -> None:
        subject = contract.subject
        submission = Submission(
            contract.text, contract.manifest.schema_type, references
        )
        earlier = self._live_versions(subject)
        version = registration.register(self._ports, subject, submission, self._origin)
        self._versions[subject] = version
        told = {"subject": str(subject), "version": version.version}
        if version.version in earlier:
            self._unchanged.append(version)
            self._log.debug("contract unchanged", extra=told)
        else:
            self._registered.append(version)
            self._log.info("contract registered", extra=told)

    def _live_versions(self, subject: Subject) -> frozenset[int]:
        try:
            uses = lookup.list_versions(self._ports, subject, Visibility.LIVE, Page())
        except SubjectNotFoundError:
            return frozenset()
        return frozenset(use.version for use in uses)


def _refusal(contract: Contract, reason: str) -> Refusal:
    file = contract.manifest.file
    return Refusal(file, f"{file}: {contract.subject}: {reason}")


def _explained(contract: Contract, error: RegistryError) -> Refusal:
    """Tell what a use case has refused, with the places in the schema's file."""
    file = contract.manifest.schema_file
    if isinstance(error, IncompatibleSchemaError):
        errors = (f for f in error.findings if f.severity is Severity.ERROR)
        told = "; ".join(_sentence(file, finding) for finding in errors) or str(error)
    elif isinstance(error, InvalidSchemaError):
        told = str(ManifestError(file, error.reason, error.place))
    else:
        return _refusal(contract, str(error))
    return Refusal(contract.manifest.file, f"{contract.subject}: {told}")


def _sentence(file: Path, finding: Finding) -> str:
    level = f", level {finding.checked.level.name}" if finding.checked else ""
    told = f"{finding.message} ({finding.rule}{level})"
    fix = f"; fix: {finding.fixes[0].title}" if finding.fixes else ""
    return f"{ManifestError(file, told, finding.location)}{fix}"
