"""Our own JSON: all that is known, under keys that stay.

The keys of a finding are those of `POST /governance/v1/check`; what the gate knows
besides (contract, kind, files, waiver) is added to them. Its schema is `shape.SHAPE`.
"""

from typing import Any, Final

from registry.domain.levels import Level
from registry.domain.loosening import is_kept
from registry.domain.places import Place
from registry.domain.verdict import Fix
from registry.gate import documentation
from registry.gate.report import App, Located, Report, Suggestion
from registry.gate.writers.circumstances import Circumstances
from registry.gate.writers.escaping import as_json
from registry.gate.writers.wording import counts

VERSION: Final = 1
"""Counted up when a key goes or changes its meaning; a new key changes nothing."""


def write(report: Report, circumstances: Circumstances) -> str:
    """Return the report as JSON."""
    return as_json(_report(report, circumstances)) + "\n"


def _report(report: Report, circumstances: Circumstances) -> dict[str, Any]:
    errors, warnings, waived = counts(report)
    failing = report.counted(circumstances.fail_on)
    return {
        "version": VERSION,
        "passed": not failing,
        "fail_on": circumstances.fail_on.value,
        "baseline": report.baseline,
        "counts": {"errors": errors, "warnings": warnings, "waived": waived},
        "findings": [_located(each) for each in report.findings],
        "looks": [
            {"contract": each.contract, "kind": each.kind.value, "file": str(each.file)}
            for each in report.looks
        ],
        "notes": list(report.notes),
        "suggestions": [_suggestion(each) for each in report.suggestions],
    }


def _located(located: Located) -> dict[str, Any]:
    finding = located.finding
    return {
        "rule": finding.rule,
        "category": finding.category.value,
        "kind": located.kind.value,
        "severity": finding.severity.value,
        "contract": located.contract,
        "subject": finding.subject,
        "format": finding.schema_type,
        "message": finding.message,
        "path": finding.path,
        "file": str(located.file),
        "location": None if finding.location is None else _range(finding.location),
        "old_location": _earlier(located),
        **_reasons(located),
        "fixes": [_fix(located, each) for each in finding.fixes],
        "waiver": _waiver(located),
        "docs_url": documentation.url(finding.docs_url),
        "fingerprint": finding.fingerprint,
    }


def _reasons(located: Located) -> dict[str, Any]:
    finding = located.finding
    change, checked = finding.change, finding.checked
    return {
        "change": None
        if change is None
        else {"kind": change.kind, "old": change.old, "new": change.new},
        "checked": None
        if checked is None
        else {
            "level": checked.level.name,
            "direction": checked.direction.name,
            "against": list(checked.against),
            "policy": checked.policy,
        },
        "broken": [
            {
                "who": each.who,
                "consequence": each.consequence,
                "since_version": each.since_version,
                "apps": [_app(app) for app in located.apps],
            }
            for each in finding.broken
        ],
        "why": finding.why,
    }


def _earlier(located: Located) -> dict[str, Any] | None:
    old = located.finding.old_location
    if old is None:
        return None
    return {
        "version": old.version,
        "id": old.schema_id,
        "file": located.old_file,
        "pointer": old.pointer,
        "line": old.line,
    }


def _range(place: Place) -> dict[str, Any]:
    return {
        "line": place.line,
        "col": place.column,
        "endLine": place.end_line,
        "endCol": place.end_column,
        "pointer": place.pointer,
    }


def _app(app: App) -> dict[str, Any]:
    return {
        "app": app.name,
        "team": app.team or None,
        "env": app.env or None,
    }


def _fix(located: Located, fix: Fix) -> dict[str, Any]:
    file = str(located.file)
    return {
        "title": fix.title,
        "safe": _is_safe(located, fix),
        "edits": [
            {"file": file, "range": _range(each.place), "text": each.text}
            for each in fix.edits
        ],
        "result_level": fix.result_level.name,
    }


def _is_safe(located: Located, fix: Fix) -> bool:
    """Say whether it is known that the contract keeps its level by this fix alone.

    What lint would have otherwise is not tried against earlier versions.
    """
    checked, reached = located.finding.checked, fix.result_level
    if checked is None or reached is Level.NONE:
        return False
    return is_kept(checked.level, reached)


def _waiver(located: Located) -> dict[str, Any] | None:
    waived = located.waived
    if waived is None:
        return None
    return {
        "file": str(waived.file),
        "reason": waived.reason,
        "approved_by": list(waived.approved_by),
        "expires": waived.expires,
    }


def _suggestion(suggestion: Suggestion) -> dict[str, Any]:
    return {
        "contract": suggestion.contract,
        "change": suggestion.change,
        "before": suggestion.before,
        "after": suggestion.after,
    }
