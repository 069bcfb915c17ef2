"""Who reads a contract's events: the file that its readers are written down in.

consumers:
  - application: billing
    team: team-billing
    version: "1.8.0"
    environments: [prod]
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from registry.gate import file_names, remarks, told, yaml_text
from registry.gate.contracts import Contract
from registry.gate.manifests import ManifestError
from registry.gate.members import Members
from registry.gate.report import App, Kind, Located, Report, in_order
from registry.gate.snapshots import Snapshot


@dataclass(frozen=True, slots=True)
class Consumer:
    """An application that reads the events.

    Attributes:
        version: Of the application; empty where nothing is said, as is the team.
        environments: Where; empty for everywhere.

    """

    application: str
    team: str
    version: str
    environments: tuple[str, ...]

    def apps(self) -> Iterator[App]:
        """Yield what reports say of it, once for each environment."""
        for environment in self.environments or ("",):
            yield App(self.application, self.team, environment, self.version)


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


def named(now: Snapshot, report: Report) -> Report:
    """Return a report that tells with each break who reads the contract's events.

    A file that does not say it in the right form is a finding, once.
    """
    known: dict[str, tuple[App, ...]] = {}
    faults: dict[str, Located] = {}
    for contract in _looked_at(now, report):
        try:
            readers = of(now, contract)
        except ManifestError as error:
            fault = remarks.unreadable(error.file.as_posix(), error)
            faults[fault.finding.fingerprint] = fault
        else:
            known[contract.manifest.id] = tuple(
                app for each in readers for app in each.apps()
            )
    findings = [_with_apps(each, known) for each in report.findings]
    told_before = {each.finding.fingerprint for each in findings}
    more = [fault for name, fault in faults.items() if name not in told_before]
    return replace(report, findings=in_order((*findings, *more)))


def _looked_at(now: Snapshot, report: Report) -> Iterator[Contract]:
    for look in report.looks:
        if look.kind is Kind.MANIFEST:
            contract = now.find(str(look.file))
            if contract is not None:
                yield contract


def _with_apps(found: Located, known: Mapping[str, tuple[App, ...]]) -> Located:
    if not found.finding.broken:
        return found
    return replace(found, apps=known.get(found.contract or "", ()))


def _said(contract: Contract) -> str | None:
    said = told.entry(contract.manifest).get("consumersFile")
    return said if isinstance(said, str) and said else None


def _beside(manifest: Path, name: str) -> str:
    # One that leads out of the contract's folder is none of the contract's.
    parts = (part for part in PurePosixPath(name).parts if part not in ("..", "/"))
    return PurePosixPath(manifest.as_posix()).parent.joinpath(*parts).as_posix()


def _consumer(entry: Members) -> Consumer:
    entry.only("application", "team", "version", "environments")
    return Consumer(
        entry.get_text("application"),
        entry.find("team", str) or "",
        entry.find("version", str) or "",
        entry.texts("environments"),
    )
