"""What the gate says of a contract as a whole, put at its place."""

from dataclasses import replace
from pathlib import Path
from typing import Final

from registry.domain.errors import RegistryError
from registry.domain.model import SchemaType
from registry.domain.places import Place
from registry.domain.rules import Rule, Severity
from registry.domain.verdict import Change
from registry.gate import closures, file_names, rules, told, yaml_text
from registry.gate.contracts import Contract
from registry.gate.lost import Lost
from registry.gate.manifests import ManifestError
from registry.gate.report import Kind, Located
from registry.gate.snapshots import Snapshot

At = tuple[Path, Place | None]
"""A file, and where in it."""

_LEVEL: Final = "compatibility"
_LINT_DOCS: Final = "docs/reference/lint-rules.md"


def of_contract(
    rule: Rule,
    kind: Kind,
    contract: Contract,
    message: str,
    change: Change | None = None,
    *,
    at: At | None = None,
) -> Located:
    """Return what is said of a contract.

    Args:
        at: Where it stands; None for the manifest as a whole.

    """
    manifest = contract.manifest
    file, place = at or (manifest.file, None)
    return rules.found(
        rule,
        kind,
        file,
        message,
        contract=manifest.id,
        subject=str(manifest.subject),
        schema_type=manifest.schema_type,
        place=place,
        change=change,
    )


def member_at(contract: Contract, key: str) -> At:
    """Return where a member of the manifest stands, by its name alone."""
    manifest = contract.manifest
    return manifest.file, manifest.document.places.get(f"/{key}")


def told_at(contract: Contract, key: str) -> At:
    """Return where the manifest tells the registry something, or might have."""
    manifest = contract.manifest
    return manifest.file, told.nearest_place(manifest, key)


def level_at(contract: Contract, now: Snapshot) -> At:
    """Return what says which level holds: the manifest, or its folder's settings."""
    if contract.manifest.level is None:
        file = Path(now.defaults_file(contract.manifest.file.as_posix()))
        if file.as_posix() in now.tree.names:
            places = yaml_text.read(now.text(file, yaml_text.MAX_BYTES)).places
            if (place := places.get(f"/{_LEVEL}")) is not None:
                return file, place
    return told_at(contract, _LEVEL)


def removed(lost: Lost) -> Located:
    """Tell that there is no contract for a subject any more."""
    found = rules.found(
        rules.REMOVED,
        Kind.POLICY,
        lost.file,
        _loss(lost),
        contract=lost.contract,
        subject=lost.subject,
        schema_type=lost.schema_type,
        place=lost.place,
    )
    return as_warning(found) if lost.is_given_up else found


def _loss(lost: Lost) -> str:
    if lost.manager is not None:
        return (
            f"no contract here has the subject {lost.subject} any more, which the"
            f" registry has from {lost.manager}"
        )
    if lost.place is not None:
        name = lost.contract or "a contract"
        return f"{name} is not there any more; it had the subject {lost.subject}"
    return f"{lost.contract} is not there any more; it was in {lost.file.as_posix()}"


def as_warning(located: Located) -> Located:
    return _as(Severity.WARNING, located)


def as_error(located: Located) -> Located:
    return _as(Severity.ERROR, located)


def _as(severity: Severity, located: Located) -> Located:
    return replace(located, finding=replace(located.finding, severity=severity))


def of_draft(located: Located) -> Located:
    """Return what a draft is told; an error becomes a warning that says why."""
    finding = located.finding
    if finding.severity is not Severity.ERROR:
        return located
    message = f"{finding.message} (a warning, as the contract is a draft)"
    return as_warning(replace(located, finding=replace(finding, message=message)))


def unreadable(name: str, error: ManifestError) -> Located:
    """Tell what cannot be read that a manifest's file needs, or is."""
    rule, kind = rules.INVALID_SCHEMA, Kind.SCHEMA
    if error.file.as_posix() == name:
        rule, kind = rules.INVALID_MANIFEST, Kind.MANIFEST
    elif _is_of_folder(error.file):
        rule, kind = rules.INVALID_SETTINGS, Kind.MANIFEST
    return rules.found(rule, kind, error.file, error.reason, place=error.place)


def _is_of_folder(file: Path) -> bool:
    is_policies = file.parent.name == file_names.POLICIES and file.suffix == ".yaml"
    return is_policies or file.name == file_names.DEFAULTS


def invalid(
    contract: Contract, error: RegistryError, place: Place | None = None
) -> Located:
    """Tell why a schema cannot be registered, by the most telling rule.

    It is an error for a draft as well, which cannot be registered either.
    """
    manifest = contract.manifest
    reason = getattr(error, "reason", str(error))
    if isinstance(error, closures.UnknownReferenceError):
        rule = rules.REFERENCE_UNKNOWN
    else:
        rule = _of_language(manifest.schema_type, reason) or rules.INVALID_SCHEMA
    return rules.found(
        rule,
        Kind.SCHEMA,
        manifest.schema_file,
        reason,
        contract=manifest.id,
        subject=str(manifest.subject),
        schema_type=manifest.schema_type,
        place=place or getattr(error, "place", None),
        docs=rules.DOCS if rule.id in rules.RULES else _LINT_DOCS,
    )


def _of_language(schema_type: SchemaType, reason: str) -> Rule | None:
    """Return the rule of lint that a parser's refusal is about, if there is one."""
    # Late: most runs find no fault, and the tables take long to import.
    from registry.domain.lint import refused_by
    from registry.gate.languages.board import LANGUAGES

    found = refused_by(LANGUAGES[schema_type].RULES, reason)
    if found is None:
        return None
    return Rule(found.id, found.purpose, found.why, "{element}", found.source)
