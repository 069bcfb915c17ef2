"""GitLab's code quality report: an array of issues.

Source: GitLab, Code Quality, custom tools. Of two issues with one fingerprint only one
is shown, so that each has its own; no line is in it, or every edit would bring news.
"""

import hashlib
from collections import Counter
from typing import Any, Final

from registry.domain.rules import Severity
from registry.gate.report import Located, Report
from registry.gate.writers import wording
from registry.gate.writers.circumstances import Circumstances
from registry.gate.writers.escaping import as_bytes, as_json, line

_SEVERITIES: Final = {Severity.ERROR: "critical", Severity.WARNING: "minor"}


def write(report: Report, _circumstances: Circumstances) -> str:
    """Return all findings; a waived one is there for information."""
    seen: Counter[tuple[str, ...]] = Counter()
    issues = [_issue(each, seen) for each in report.findings]
    return as_json(issues) + "\n"


def _issue(located: Located, seen: Counter[tuple[str, ...]]) -> dict[str, Any]:
    finding = located.finding
    where = finding.location
    waiver = wording.waiver(located)
    said = f"{line(finding.message)} ({waiver})" if waiver else line(finding.message)
    return {
        "description": said,
        "check_name": finding.rule,
        "fingerprint": _fingerprint(located, seen),
        "severity": "info" if waiver else _SEVERITIES[finding.severity],
        "location": {
            "path": str(located.file),
            "lines": {"begin": 1 if where is None else where.line},
        },
    }


def _fingerprint(located: Located, seen: Counter[tuple[str, ...]]) -> str:
    """Return what is unique in the report, and equal in the next one."""
    key = (
        located.finding.fingerprint,
        located.kind.value,
        located.contract or "",
        str(located.file),
    )
    seen[key] += 1
    text = "\0".join((*key, str(seen[key])))
    return hashlib.sha256(as_bytes(text)).hexdigest()
