"""Reports that tell with each break who reads the events of the contract."""

from collections.abc import Iterator
from dataclasses import replace

from registry.gate import consumers, remarks
from registry.gate.contracts import Contract
from registry.gate.manifests import ManifestError
from registry.gate.report import App, Kind, Located, Report, in_order
from registry.gate.snapshots import Snapshot


def told(now: Snapshot, report: Report) -> Report:
    """Return a report in which each break names the readers that are written down.

    A file of them that is not what it must be is a finding, if it is not one already.
    """
    known: dict[str, tuple[App, ...]] = {}
    faults = {(each.finding.rule, each.file): each for each in report.findings}
    new: list[Located] = []
    for contract in _looked_at(now, report):
        try:
            known[contract.manifest.id] = _apps(now, contract)
        except ManifestError as error:
            fault = remarks.unreadable(error.file.as_posix(), error)
            if (fault.finding.rule, fault.file) not in faults:
                new.append(replace(fault, contract=contract.manifest.id))
    findings = (
        replace(each, apps=known.get(each.contract or "", ()))
        if each.finding.broken
        else each
        for each in report.findings
    )
    return replace(report, findings=in_order((*findings, *new)))


def _looked_at(now: Snapshot, report: Report) -> Iterator[Contract]:
    for look in report.looks:
        if look.kind is Kind.MANIFEST:
            contract = now.find(str(look.file))
            if contract is not None:
                yield contract


def _apps(now: Snapshot, contract: Contract) -> tuple[App, ...]:
    """Return the readers, one for each environment; none stands for all of them."""
    return tuple(
        App(each.application, each.team, environment, each.version)
        for each in consumers.of(now, contract)
        for environment in each.environments or ("",)
    )
