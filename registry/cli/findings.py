"""Why a schema is refused, and what would mend it, for people."""

from collections.abc import Iterable
from typing import Any

from registry.cli.tables import tell
from registry.domain.rules import Severity
from registry.gate.writers.wording import waiving_of
from wirepact.errors import Finding


def show(findings: Iterable[Finding], waiving: str | None = None) -> None:
    """Print findings: where, what, who breaks, why, and the fixes that were tried.

    Args:
        waiving: The options by which `wirepact waive` finds them; None where nothing
            is waived.

    """
    for finding in findings:
        said: Any = finding.details
        location = said.get("location")
        place = f"{location['line']}:{location['col']}: " if location else ""
        tell(f"{place}{finding.message} [{finding.rule}]")
        for broken in said.get("broken") or ():
            tell(f"  breaks: {broken['who']}: {broken['consequence']}")
        if finding.why:
            tell(f"  why: {finding.why}")
        for title in finding.fixes:
            tell(f"  fix: {title}")
        if waiving is not None and finding.severity == Severity.ERROR:
            tell(f"  waive: {waiving_of(said['fingerprint'], waiving)}")
