"""Whether waivers accept what a registration is refused for: all of it, or nothing."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime

from registry.application.explanation import MOST_FINDINGS
from registry.domain.rules import Severity
from registry.domain.verdict import Finding
from registry.domain.waivers import Waiver


def day_of(now_ms: int) -> date:
    """Return the day by which waivers end: the one in Greenwich."""
    return datetime.fromtimestamp(now_ms / 1_000, UTC).date()


def accepting(
    waivers: Sequence[Waiver], findings: Iterable[Finding]
) -> tuple[Waiver, ...]:
    """Return the waivers that accept all errors among some findings; none if not all.

    What could not be told in full, as it would quote what its reader may not read or
    as there is too much of it, nobody has accepted.
    """
    errors = [each for each in findings if each.severity is Severity.ERROR]
    if not errors or len(errors) >= MOST_FINDINGS:
        return ()
    used: dict[Waiver, None] = {}
    for error in errors:
        found = next((each for each in waivers if each.accepts(error)), None)
        if found is None:
            return ()
        used[found] = None
    return tuple(used)
