"""Writing down what a registry has: the lock file, and the texts of all versions."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from registry.gate import file_names, holdings, lock
from registry.gate.contracts import Contract
from registry.gate.history import sha256
from registry.gate.holdings import Held
from registry.gate.lock import Locked
from registry.gate.snapshots import Snapshot
from wirepact import RegistryClient


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
    contracts = [*now.every()]
    subjects = [str(each.subject) for each in contracts]
    found = holdings.read(client, subjects, with_history=with_history)
    roots: dict[str, dict[str, Locked]] = {}
    for contract, (subject, held) in zip(contracts, found, strict=True):
        root = now.root_of(contract.manifest.file.as_posix())
        roots.setdefault(root, {})
        if held is not None:
            roots[root][subject] = _locked(contract, held)
            if with_history:
                yield from _history(contract, held)
    for root, locked in roots.items():
        yield Written(file_names.lock_of(root), lock.written(locked))


def stale(files: Iterable[Written], now: Snapshot) -> Iterator[Written]:
    """Yield the files that a tree does not have like that."""
    for each in files:
        if now.tree.read((each.name,)).get(each.name) != each.text.encode():
            yield each


def _locked(contract: Contract, held: Held) -> Locked:
    latest = held.latest
    guid = latest.schema.guid
    return Locked(
        latest.version,
        latest.id,
        None if guid is None else str(guid),
        sha256(latest.schema.text),
        held.level,
        contract.manifest.id,
    )


def _history(contract: Contract, held: Held) -> Iterator[Written]:
    folder = contract.manifest.file.parent / file_names.VERSIONS
    suffix = contract.manifest.schema_file.suffix
    for each in held.versions:
        name = f"{each.version:04}{suffix}"
        yield Written((folder / name).as_posix(), each.schema.text)
