"""What folders of contracts want of a registry, as `/governance/v1/plan` takes it."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from registry.domain.model import Subject
from registry.gate.contracts import Contract
from registry.gate.git import Repository
from registry.gate.manifests import ManifestError
from registry.gate.registering import Accepted
from registry.gate.snapshots import Snapshot
from registry.gate.told import Told

_SCHEME: Final = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*://")
_SSH: Final = re.compile(r"^(?P<host>[^/:]+):(?P<path>[^/].*)$")

Qualify = Callable[[str], str]
"""Puts a bare subject into the context that is asked."""


@dataclass(frozen=True, slots=True)
class Asked:
    """How a plan is asked for.

    Attributes:
        owners: Who manages the subjects of each folder; None leaves that open.
        accepted: What of the contracts may be incompatible.

    """

    owners: Mapping[str, str | None] = field(default_factory=dict)
    takes_over: bool = False
    prunes: bool = False
    accepted: Accepted = field(default_factory=Accepted)


def owner_of(repository: Repository | None, root: str) -> str | None:
    """Return how the folder of a repository is called: `example.com/shop#contracts`.

    Where the repository is fetched from is in it, without the credentials; None if it
    is fetched from nowhere.
    """
    origin = None if repository is None else repository.find_origin()
    if origin is None:
        return None
    return f"{address(origin)}#{root}" if root else address(origin)


def address(origin: str) -> str:
    """Return host and path of where a repository is fetched from, and nothing else."""
    bare = origin.strip()
    if _SCHEME.match(bare):
        bare = _SCHEME.sub("", bare)
        host, slash, path = bare.partition("/")
        bare = f"{host.rpartition('@')[2]}{slash}{path}"
    elif found := _SSH.match(bare):
        bare = f"{found['host'].rpartition('@')[2]}/{found['path']}"
    return bare.rstrip("/").removesuffix(".git")


def contracts(now: Snapshot) -> list[Contract]:
    """Return all contracts; one that cannot be read is no reason to go on without it.

    Raises:
        ManifestError: One cannot be read, or two claim one subject.

    """
    found: dict[str, Contract] = {}
    for name in now.manifests:
        contract = now.contract(name)
        subject = str(contract.subject)
        if subject in found:
            other = found[subject].manifest.file.as_posix()
            reason = f"the subject {subject} is claimed by {other} too"
            raise ManifestError(contract.manifest.file, reason)
        found[subject] = contract
    return [*found.values()]


def desired(
    now: Snapshot, wanted: Sequence[Contract], asked: Asked, qualify: Qualify
) -> dict[str, Any]:
    """Return the body of a plan for some of the contracts of a tree.

    Raises:
        ManifestError: A manifest tells the registry something of the wrong kind.

    """
    items = [item(now, each, qualify) for each in wanted]
    for each, contract in zip(items, wanted, strict=True):
        accepting = asked.accepted.of_subject(str(contract.subject))
        each.update({"waivers": accepting} if accepting else {})
    body: dict[str, Any] = {"contracts": items}
    owners = {*asked.owners.values()}
    if len(owners) > 1:
        body["owners"] = sorted(each for each in owners if each is not None)
        for each, contract in zip(items, wanted, strict=True):
            owner = asked.owners[now.root_of(contract.manifest.file.as_posix())]
            each.update({} if owner is None else {"owner": owner})
    elif any(owners):
        (body["owner"],) = owners
    if asked.takes_over:
        body["takeOver"] = True
    if asked.prunes:
        body |= {"prune": True, "contexts": contexts(items, qualify)}
    return body


def contexts(items: Iterable[Mapping[str, Any]], qualify: Qualify) -> list[str]:
    """Return where what is gone is looked for: where bare subjects are, or others are.

    The same owner may have subjects in further contexts, of which nothing is said here.
    """
    subjects = (qualify(""), *(each["subject"] for each in items))
    return sorted({Subject.parse(each).context for each in subjects})


def item(now: Snapshot, contract: Contract, qualify: Qualify) -> dict[str, Any]:
    """Return what is wanted of one contract.

    Raises:
        ManifestError: Its manifest tells something of the wrong kind.

    """
    told = Told.of(contract.manifest)
    parts = {
        "name": contract.name,
        "references": [*references(now, contract, told, qualify)] or None,
        "metadata": told.metadata,
        "ruleSet": told.rule_set,
        "level": None if contract.level is None else contract.level.name,
        "config": told.config,
        "policies": None if told.policies is None else [*told.policies],
    }
    return {
        "subject": qualify(str(contract.subject)),
        "schema": contract.text,
        "schemaType": contract.manifest.schema_type.value,
        **{key: value for key, value in parts.items() if value is not None},
    }


def references(
    now: Snapshot, contract: Contract, told: Told, qualify: Qualify
) -> Iterator[Mapping[str, Any]]:
    """Yield what a schema refers to: as its manifest says, else by its name."""
    said = {each["name"]: each for each in told.references}
    for name, each in said.items():
        subject = each.get("subject") or _defining(now, contract, name)
        yield {**each, "subject": qualify(subject)} if subject else each
    for name in contract.needs:
        if name not in said:
            # Which one is meant, or that there is none, the registry says.
            found = _defining(now, contract, name)
            yield {"name": name, **({"subject": qualify(found)} if found else {})}


def _defining(now: Snapshot, contract: Contract, name: str) -> str | None:
    """Return the subject of the only contract that defines a name."""
    found = now.named(contract.manifest.schema_type, name)
    return str(found[0].subject) if len(found) == 1 else None
