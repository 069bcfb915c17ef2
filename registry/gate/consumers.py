"""Who reads the events of a contract: what the file says that its manifest names.

consumers:
  - app: billing
    team: team-billing
    env: prod
    version: 1.8.0
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from registry.gate import rules, yaml_text
from registry.gate.contracts import Contract
from registry.gate.example_folders import registry_entry
from registry.gate.manifests import ManifestError
from registry.gate.members import Members
from registry.gate.report import App, Kind, Located, Report, in_order
from registry.gate.snapshots import Snapshot

_KEY: Final = "consumersFile"


def told(now: Snapshot, report: Report) -> Report:
    """Return a report that tells with each break who reads the contract's events.

    A file that does not say it in the right form is a finding of its manifest's.
    """
    known: dict[str, tuple[App, ...]] = {}
    faults: list[Located] = []
    for contract in _looked_at(now, report):
        try:
            known[contract.manifest.id] = of(now, contract)
        except ManifestError as error:
            faults.append(_fault(contract, error))
    findings = (
        replace(each, apps=known.get(each.contract or "", ()))
        if each.finding.broken
        else each
        for each in report.findings
    )
    return replace(report, findings=in_order((*findings, *faults)))


def of(now: Snapshot, contract: Contract) -> tuple[App, ...]:
    """Return who reads the events of a contract; nobody if its manifest says nothing.

    Raises:
        ManifestError: The file is not there, or not what it must be.

    """
    written = registry_entry(contract).get(_KEY)
    if not isinstance(written, str) or not written:
        return ()
    file = contract.manifest.file.parent / written
    members = Members.of(file, now.text(file, yaml_text.MAX_BYTES))
    members.only("consumers")
    return tuple(map(_app, members.each("consumers")))


def _looked_at(now: Snapshot, report: Report) -> Iterator[Contract]:
    for look in report.looks:
        if look.kind is Kind.MANIFEST:
            contract = now.find(str(look.file))
            if contract is not None:
                yield contract


def _app(entry: Members) -> App:
    entry.only("app", "team", "env", "version")
    team, env, version = (
        entry.find(key, str) or "" for key in ("team", "env", "version")
    )
    return App(entry.get_text("app"), team, env, version)


def _fault(contract: Contract, error: ManifestError) -> Located:
    return rules.found(
        rules.INVALID_MANIFEST,
        Kind.MANIFEST,
        Path(error.file),
        error.reason,
        contract=contract.manifest.id,
        subject=str(contract.subject),
        place=error.place,
    )
