"""Writing down what a registry has: the lock file, and the texts of all versions."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Final

from registry.domain.levels import Level
from registry.gate import file_names, lock
from registry.gate.contracts import Contract
from registry.gate.history import sha256
from registry.gate.lock import Locked
from registry.gate.snapshots import Snapshot
from wirepact import RegistryClient
from wirepact.errors import SubjectNotFoundError

_AT_ONCE: Final = 8


@dataclass(frozen=True, slots=True)
class Written:
    """A file's content, by its name in the repository."""

    name: str
    text: str


def lock_files(
    client: RegistryClient, now: Snapshot, *, with_history: bool
) -> Iterator[Written]:
    """Yield what is to be written: versions first, so that no lock promises too much.

    Subjects that the registry does not have are left out.

    Raises:
        WirepactError: The registry cannot be reached, or refuses.

    """
    roots: dict[str, dict[str, Locked]] = {}
    for contract, locked in _each_locked(client, [*now.every()]):
        root = now.root_of(contract.manifest.file.as_posix())
        roots.setdefault(root, {})
        if locked is not None:
            roots[root][str(contract.subject)] = locked
            if with_history:
                yield from _history(client, contract)
    for root, found in roots.items():
        yield Written(file_names.lock_of(root), lock.written(found))


def stale(files: Iterable[Written], now: Snapshot) -> Iterator[Written]:
    """Yield the files that a tree does not have like that."""
    for each in files:
        if now.tree.read((each.name,)).get(each.name) != each.text.encode():
            yield each


def _each_locked(
    client: RegistryClient, contracts: Sequence[Contract]
) -> Iterator[tuple[Contract, Locked | None]]:
    # A subject is two requests: one after the other, a thousand of them take minutes.
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        yield from zip(
            contracts, pool.map(partial(_locked, client), contracts), strict=True
        )


def _locked(client: RegistryClient, contract: Contract) -> Locked | None:
    subject = str(contract.subject)
    try:
        latest = client.get_latest(subject)
    except SubjectNotFoundError:
        return None
    level = client.get_config(subject, in_scope=True).level
    guid = latest.schema.guid
    return Locked(
        latest.version,
        latest.id,
        None if guid is None else str(guid),
        sha256(latest.schema.text),
        Level.parse(level or "NONE"),
        contract.manifest.id,
    )


def _history(client: RegistryClient, contract: Contract) -> Iterator[Written]:
    subject = str(contract.subject)
    folder = contract.manifest.file.parent / file_names.VERSIONS
    suffix = contract.manifest.schema_file.suffix
    for number in client.list_versions(subject):
        text = client.get_version(subject, number).schema.text
        yield Written((folder / f"{number:04}{suffix}").as_posix(), text)
