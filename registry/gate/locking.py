"""Writing down what a registry has: the lock file, and the texts of all versions."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from registry.gate import file_names, holdings, lock
from registry.gate.contracts import Contract
from registry.gate.history import sha256
from registry.gate.holdings import Held
from registry.gate.lock import Locked, LockError
from registry.gate.snapshots import Snapshot
from wirepact import RegistryClient


@dataclass(frozen=True, slots=True)
class Written:
    """A file's content, by its name in the repository.

    Attributes:
        dropped: Which subjects it does not tell of any more, and why.

    """

    name: str
    text: str
    dropped: tuple[str, ...] = ()

    def told(self) -> Iterator[str]:
        """Yield what has to be known of what it leaves out."""
        yield from (f"{self.name}: dropped {each}" for each in self.dropped)


def lock_files(
    client: RegistryClient, now: Snapshot, *, with_history: bool
) -> Iterator[Written]:
    """Yield what is to be written: versions first, so that no lock promises too much.

    Subjects that the registry does not have are left out, and those that no contract
    has any more; of a contract that cannot be read, it stays as it was.

    Raises:
        WirepactError: The registry cannot be reached, or refuses.

    """
    contracts = [*now.every()]
    subjects = [str(each.subject) for each in contracts]
    found = holdings.read(client, subjects, with_history=with_history)
    roots: dict[str, dict[str, Locked]] = {root: {} for root in now.folders}
    for contract, (subject, held) in zip(contracts, found, strict=True):
        root = now.root_of(contract.manifest.file.as_posix())
        if held is not None:
            roots[root][subject] = _locked(contract, held, with_history=with_history)
            if with_history:
                yield from _history(contract, held)
    used = {now.root_of(name) for name in now.manifests}
    for root, locked in roots.items():
        former = _former(now, root)
        if former or root in used:
            yield _lock_file(now, root, former, locked)


def _lock_file(
    now: Snapshot, root: str, former: Mapping[str, Locked], locked: dict[str, Locked]
) -> Written:
    left = sorted(former.keys() - locked.keys())
    hidden = {each for each in left if now.is_hidden(each.rpartition(":")[2])}
    kept = {each: former[each] for each in hidden}
    dropped = tuple(f"{each}: {_why(now, each)}" for each in left if each not in hidden)
    text = lock.written({**kept, **locked})
    return Written(file_names.lock_of(root), text, dropped)


def _why(now: Snapshot, subject: str) -> str:
    if now.claiming(subject):
        return "the registry does not have it"
    return "no contract here has it any more"


def _former(now: Snapshot, root: str) -> dict[str, Locked]:
    """Return what the lock file says that is there; of a broken one, nothing."""
    name = file_names.lock_of(root)
    content = now.tree.read((name,)).get(name, b"")
    try:
        return lock.read(content.decode(errors="replace"))
    except LockError:
        return {}


def stale(files: Iterable[Written], now: Snapshot) -> Iterator[Written]:
    """Yield the files that a tree does not have like that."""
    for each in files:
        if now.tree.read((each.name,)).get(each.name) != each.text.encode():
            yield each


def _locked(contract: Contract, held: Held, *, with_history: bool) -> Locked:
    latest = held.latest
    guid = latest.schema.guid
    return Locked(
        latest.version,
        latest.id,
        None if guid is None else str(guid),
        sha256(latest.schema.text),
        held.level,
        contract.manifest.id,
        tuple(each.version for each in held.versions) if with_history else (),
    )


def _history(contract: Contract, held: Held) -> Iterator[Written]:
    folder = contract.manifest.file.parent / file_names.VERSIONS
    suffix = contract.manifest.schema_file.suffix
    for each in held.versions:
        name = f"{each.version:04}{suffix}"
        yield Written((folder / name).as_posix(), each.schema.text)
