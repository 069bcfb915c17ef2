"""What the gate says of a contract as a whole, put at its place."""

from dataclasses import replace

from registry.domain.errors import RegistryError
from registry.domain.places import Place
from registry.domain.rules import Rule, Severity
from registry.domain.verdict import Change
from registry.gate import closures, rules
from registry.gate.contracts import Contract
from registry.gate.manifests import ManifestError
from registry.gate.report import Kind, Located
from registry.gate.snapshots import is_given_up


def of_contract(
    rule: Rule,
    kind: Kind,
    contract: Contract,
    message: str,
    change: Change | None = None,
) -> Located:
    manifest = contract.manifest
    return rules.found(
        rule,
        kind,
        manifest.file,
        message,
        contract=manifest.id,
        subject=str(manifest.subject),
        schema_type=manifest.schema_type,
        change=change,
    )


def removed(contract: Contract) -> Located:
    said = f"{contract.manifest.id} is not there any more; it was in"
    message = f"{said} {contract.manifest.file.as_posix()}"
    return _with_severity_of_loss(
        contract, of_contract(rules.REMOVED, Kind.POLICY, contract, message)
    )


def _with_severity_of_loss(contract: Contract, located: Located) -> Located:
    if not is_given_up(contract):
        return located
    mild = replace(located.finding, severity=Severity.WARNING)
    return replace(located, finding=mild)


def unreadable(name: str, error: ManifestError) -> Located:
    is_manifest = error.file.as_posix() == name
    return rules.found(
        rules.INVALID_MANIFEST if is_manifest else rules.INVALID_SCHEMA,
        Kind.MANIFEST if is_manifest else Kind.SCHEMA,
        error.file,
        error.reason,
        place=error.place,
    )


def invalid(
    contract: Contract, error: RegistryError, place: Place | None = None
) -> Located:
    is_reference = isinstance(error, closures.UnknownReferenceError)
    manifest = contract.manifest
    return rules.found(
        rules.REFERENCE_UNKNOWN if is_reference else rules.INVALID_SCHEMA,
        Kind.SCHEMA,
        manifest.schema_file,
        getattr(error, "reason", str(error)),
        contract=manifest.id,
        subject=str(manifest.subject),
        schema_type=manifest.schema_type,
        place=place or getattr(error, "place", None),
    )
