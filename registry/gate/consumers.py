"""Who reads a contract's events: the file that its readers are written down in.

consumers:
  - application: billing
    team: team-billing
    environments: [prod]
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from registry.gate import file_names, told, yaml_text
from registry.gate.contracts import Contract
from registry.gate.members import Members
from registry.gate.snapshots import Snapshot


@dataclass(frozen=True, slots=True)
class Consumer:
    """An application that reads the events.

    Attributes:
        environments: Where; empty for everywhere.

    """

    application: str
    team: str
    environments: tuple[str, ...]


def of(now: Snapshot, contract: Contract) -> tuple[Consumer, ...]:
    """Return the readers of a contract; none where nobody has written them down.

    Raises:
        ManifestError: The file is not what it must be, or is missing where the manifest
            names it.

    """
    said = _said(contract)
    file = _beside(contract.manifest.file, said or file_names.CONSUMERS)
    if said is None and file not in now.tree.names:
        return ()
    members = Members.of(Path(file), now.text(Path(file), yaml_text.MAX_BYTES))
    members.only("consumers")
    return tuple(map(_consumer, members.each("consumers")))


def files(now: Snapshot, contract: Contract) -> Mapping[str, bytes]:
    """Return the file that readers are written down in, if there is one."""
    name = _said(contract) or file_names.CONSUMERS
    return now.tree.read((_beside(contract.manifest.file, name),))


def folder_for(now: Snapshot, manifest: str) -> str | None:
    """Return the folder to look into for readers; None where there is no file."""
    folder = manifest.rpartition("/")[0]
    file = _beside(Path(manifest), file_names.CONSUMERS)
    return folder if file in now.tree.names else None


def _said(contract: Contract) -> str | None:
    said = told.entry(contract.manifest).get("consumersFile")
    return said if isinstance(said, str) and said else None


def _beside(manifest: Path, name: str) -> str:
    # One that leads out of the contract's folder is none of the contract's.
    parts = (part for part in PurePosixPath(name).parts if part not in ("..", "/"))
    return PurePosixPath(manifest.as_posix()).parent.joinpath(*parts).as_posix()


def _consumer(entry: Members) -> Consumer:
    entry.only("application", "team", "environments")
    return Consumer(
        entry.get_text("application"),
        entry.find("team", str) or "",
        entry.texts("environments"),
    )
