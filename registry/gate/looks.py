"""The looks at a contract that compare it with what came before.

Whether a schema is compatible is decided by the very `check` that a server calls when
the schema is registered, and explained by its explanation.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Final

from registry.application import explanation
from registry.application.cases import RESERVED_FIELD_REMOVED, Candidate, Case
from registry.application.compatibility import check as held
from registry.application.explanation import Means
from registry.application.ledger import Ledger
from registry.domain import loosening
from registry.domain.loosening import LEVEL_LOOSENED
from registry.domain.verdict import Change, Finding
from registry.gate import differences, promised, remarks, rules, told
from registry.gate.causes import Causes
from registry.gate.differences import ChangeClass
from registry.gate.history import sha256
from registry.gate.report import Kind, Located, Suggestion
from registry.gate.situations import Situation
from registry.gate.snapshots import version


def compatibility(it: Situation) -> Iterator[Located]:
    """Hold a contract's schema to what it promises, and that to what it promised.

    What a draft breaks is told, and fails nothing: nobody relies on it yet.
    """
    for each in _compatibility(it):
        yield remarks.of_draft(each) if it.is_draft else each


def _compatibility(it: Situation) -> Iterator[Located]:
    yield from _of_promises(it)
    if it.is_unchanged:
        return
    past = it.past
    if past.subject not in {None, str(it.contract.subject)}:
        return  # Under this one it has no history.
    yield from _of_history(it)
    case = _case(it)
    means = Means(it.source.closure, is_whole=True, clock=it.clock)
    findings = explanation.explained(case, means)
    assert _is_kept(case) or findings  # noqa: S101 - both ask the same case
    known = Causes(it.contract, it.now)
    for finding, spot in findings:
        yield known.at_change(_located(it, finding), spot)


def _case(it: Situation) -> Case:
    subject, schema_type = str(it.contract.subject), it.source.schema_type
    candidate = Candidate(subject, schema_type, it.schema, it.beside.metadata)
    form = it.now.parsing.format(schema_type)
    ledger = Ledger(it.now.parsing.limits.max_comparison_units)
    return Case(form, candidate, it.past.versions, it.promise, ledger)


def _is_kept(case: Case) -> bool:
    each = (case.form, case.candidate, case.history, case.promise, case.ledger)
    return held(*each).is_compatible


def semver(it: Situation) -> Iterator[Located]:
    """Hold a contract's version to the size of its change."""
    suggested = it.suggestion
    if suggested is None:
        return
    stated = version(it.contract)
    numbers = differences.parsed_version(stated)
    least = differences.parsed_version(suggested.after)
    if numbers is None or least is None or numbers >= least:
        return
    yield remarks.of_contract(
        rules.SEMVER,
        Kind.POLICY,
        it.contract,
        f"a {suggested.change} change of {suggested.before} is {suggested.after} at"
        f" least, the version is {stated}",
        Change("changed", suggested.before, stated),
        at=remarks.member_at(it.contract, "version"),
    )


def suggestion(it: Situation) -> Suggestion | None:
    """Return which version a contract should have; None where that is not known.

    A change is as large as it is to the version before, and a major one wherever it
    breaks what is promised of any version.
    """
    before, past = it.past.contract, it.past.versions
    if before is None or not past or it.is_unchanged:
        return None
    latest = past[-1]
    if latest.schema_type is not it.source.schema_type:
        return None
    form = it.now.parsing.format(it.source.schema_type)
    found = differences.rows(form, latest.schema, it.schema)
    change = differences.change_class(found, it.level)
    if it.past.subject == str(it.contract.subject) and not _is_kept(_case(it)):
        change = ChangeClass.MAJOR
    after = differences.next_version(version(before), change)
    if after is None or change is ChangeClass.NONE:
        return None
    contract = it.contract.manifest.id
    return Suggestion(contract, change.name.lower(), version(before), after)


def _of_promises(it: Situation) -> Iterator[Located]:
    before = it.past.contract
    if before is None:
        return
    old, new = it.past.subject, str(it.contract.subject)
    if old != new:
        yield remarks.of_contract(
            rules.SUBJECT_CHANGED,
            Kind.POLICY,
            it.contract,
            f"the subject was '{old}' and is '{new}'",
            Change("changed", old, new),
            at=remarks.told_at(it.contract, "subject"),
        )
    earlier = it.past.level or it.now.level(before)
    if not loosening.is_kept(earlier, it.level):
        yield remarks.of_contract(
            LEVEL_LOOSENED,
            Kind.POLICY,
            it.contract,
            loosening.told(earlier, it.level),
            Change("changed", earlier.name, it.level.name),
            at=remarks.level_at(it.contract, it.now),
        )
    offered = [*it.now.parsing.format(it.source.schema_type).policies]
    policies = promised.policies_of(before.manifest), it.promise.policies
    if (change := loosening.of_policies(*policies, offered)) is not None:
        message = loosening.told_of_policies(change)
        yield remarks.of_contract(
            LEVEL_LOOSENED,
            Kind.POLICY,
            it.contract,
            message,
            change,
            at=remarks.told_at(it.contract, told.POLICIES),
        )


def _of_history(it: Situation) -> Iterator[Located]:
    if it.fault_of_past is not None:
        yield remarks.of_contract(
            rules.HISTORY_INCOMPLETE,
            Kind.COMPATIBILITY,
            it.contract,
            f"nothing was compared: {it.fault_of_past}",
        )
    missing = it.past.missing(it.reach)
    known = len(it.past.versions)
    if missing:
        total = known + missing
        noun = "version" if total == 1 else "versions"
        is_blind = _is_blind(it)
        ways = it.past.faults or (_WAYS_OUT if is_blind else ())
        faults = "".join(f"; {each}" for each in ways)
        found = remarks.of_contract(
            rules.HISTORY_INCOMPLETE,
            Kind.COMPATIBILITY,
            it.contract,
            f"checked against {known} of {total} {noun}{faults}",
            at=remarks.level_at(it.contract, it.now),
        )
        yield remarks.as_error(found) if is_blind else found
    if it.ungrouped:
        noun = "version" if it.ungrouped == 1 else "versions"
        yield remarks.of_contract(
            rules.HISTORY_INCOMPLETE,
            Kind.COMPATIBILITY,
            it.contract,
            f"{it.ungrouped} earlier {noun} may have the same {it.promise.group!r} and"
            " were not compared: of texts that are kept alone it is not known",
            at=remarks.told_at(it.contract, told.CONFIG),
        )


_WAYS_OUT: Final = (
    "the latest is not known: `wirepact lock --history` keeps the texts",
)


def _is_blind(it: Situation) -> bool:
    """Whether a change is compared with less than the version that a lock has.

    To have nothing to compare with is no pass.
    """
    locked = None if it.kept is None else it.kept.newest_lock
    if locked is None or sha256(it.schema.canonical) == locked.sha256:
        return False
    versions = it.past.versions
    return not versions or versions[-1].version < locked.version


def _located(it: Situation, finding: Finding) -> Located:
    if finding.rule == RESERVED_FIELD_REMOVED.id:
        return _in_manifest(it, finding)
    file = it.contract.manifest.schema_file
    old = finding.old_location
    old_file = None if old is None else it.past.files.get(old.version)
    return Located(
        finding,
        Kind.COMPATIBILITY,
        it.contract.manifest.id,
        PurePosixPath(file.as_posix()),
        old_file,
    )


def _in_manifest(it: Situation, finding: Finding) -> Located:
    """Put what is about metadata at the metadata, if the manifest has any."""
    manifest = it.contract.manifest
    place = manifest.document.places.get(told.pointer(manifest, told.METADATA))
    bare = replace(finding, location=place, old_location=None)
    file = PurePosixPath(manifest.file.as_posix())
    return Located(bare, Kind.COMPATIBILITY, manifest.id, file)
