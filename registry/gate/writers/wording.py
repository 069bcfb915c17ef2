"""Findings in words: the sentences that several forms share."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from registry.domain.levels import Direction
from registry.domain.rules import Severity
from registry.domain.verdict import Broken, Fix
from registry.gate.report import (
    IN_REGISTRY,
    App,
    Kind,
    Located,
    Report,
    Suggestion,
)
from registry.gate.rules import HISTORY_INCOMPLETE
from registry.gate.writers.circumstances import Circumstances
from registry.gate.writers.escaping import clipped, line, visible

_AT_REVISION: Final = re.compile(r"(?P<file>.+)@[0-9a-f]{4,64}", re.DOTALL)
_IN_A_PARAGRAPH: Final = 1_000
"""So that a huge message leaves room for what mends it."""

_SHORT: Final = 12
"""How much of a fingerprint names a finding; `waive` takes as much."""

_MOST_APPS: Final = 10
_PLURALS: Final = {"error": "errors", "warning": "warnings", "contract": "contracts"}


def count(number: int, noun: str) -> str:
    """Return `1 error` or `2 errors`."""
    return f"{number} {noun if number == 1 else _PLURALS[noun]}"


def tally(report: Report) -> str:
    """Return how many findings there are, such as `2 errors, 1 waived`."""
    errors, warnings, waived = counts(report)
    said = [
        *([count(errors, "error")] if errors else ()),
        *([count(warnings, "warning")] if warnings else ()),
        *([f"{waived} waived"] if waived else ()),
    ]
    return ", ".join(said) or "nothing found"


def counts(report: Report) -> tuple[int, int, int]:
    """Return the numbers of errors, of warnings, and of what is waived."""
    live = [each.finding.severity for each in report.findings if each.waived is None]
    errors = live.count(Severity.ERROR)
    return errors, len(live) - errors, len(report.findings) - len(live)


def headline(report: Report, circumstances: Circumstances) -> str:
    """Return the outcome in one line."""
    verdict = "failed" if report.counted(circumstances.fail_on) else "passed"
    contracts = {each.contract for each in report.looks}
    looked = f" in {count(len(contracts), 'contract')}" if contracts else ""
    against = f", compared with {visible(report.baseline)}" if report.baseline else ""
    return f"{verdict}: {tally(report)}{looked}{against}"


def place(located: Located) -> str:
    """Return `contracts/orders/schema.avsc:14:5`, or the file alone."""
    where = located.finding.location
    file = line(str(located.file))
    return file if where is None else f"{file}:{where.line}:{where.column}"


def level_of(located: Located) -> str:
    """Return what is said in front of a finding: its severity, or that it is waived."""
    return "waived" if located.waived is not None else located.finding.severity.value


def earlier(located: Located) -> str:
    """Return where the earlier text stands; empty if there is none."""
    old = located.finding.old_location
    if old is None:
        return ""
    file = f" in {line(located.old_file)}" if located.old_file is not None else ""
    at = f", line {old.line}" if old.line is not None else ""
    return f"version {old.version}{file}{at}"


def earlier_file(located: Located) -> str | None:
    """Return the file of the repository that had the earlier text, if it was one."""
    said = located.old_file
    if said is None or said.startswith(IN_REGISTRY):
        return None
    revision = _AT_REVISION.fullmatch(said)
    if revision is not None:
        return revision["file"]
    return None if {"@", ":"} & set(said) else said


def broken(located: Located, each: Broken) -> str:
    """Return who is hurt, and under what promise."""
    checked = located.finding.checked
    promise = "" if checked is None else f" ({checked.policy or checked.level.name})"
    return f"{line(each.who)}: {line(each.consequence)}{line(promise)}"


def apps(located: Located) -> str:
    """Return who reads the events that break; empty if nobody is known."""
    told = [_app(each) for each in located.apps[:_MOST_APPS]]
    more = len(located.apps) - len(told)
    return ", ".join([*told, *([f"and {more} more"] if more else ())])


def _app(app: App) -> str:
    name = line(f"{app.name} {app.version}".rstrip(), 200)
    where = line(", ".join(filter(None, (app.env, app.team))), 200)
    return f"{name} ({where})" if where else name


def fixed(fix: Fix) -> str:
    """Return what a fix does, and what it was checked to reach."""
    return f"{line(fix.title)} [checked: {fix.result_level.name}]"


def waiving(located: Located, circumstances: Circumstances) -> str:
    """Return the command that accepts a finding, but for who says so and why."""
    options = circumstances.waiving(located.file)
    return waiving_of(located.finding.fingerprint, options)


def waiving_of(fingerprint: str, options: str) -> str:
    """Return the same of a fingerprint, and of what finds it again; may be empty."""
    how = f" {line(options)}" if options else ""
    short = line(fingerprint)[:_SHORT]
    return f"wirepact waive {short}{how} --reason WHY --approved-by WHO"


def waiver(located: Located) -> str:
    """Return who accepted a finding, until when, and why; empty if nobody did."""
    waived = located.waived
    if waived is None:
        return ""
    names = line(", ".join(waived.approved_by))
    return (
        f"waived until {line(waived.expires)} by {names}: {line(waived.reason)}"
        f" ({line(str(waived.file))})"
    )


def suggested(suggestion: Suggestion) -> str:
    """Return which version a contract should have."""
    return (
        f"{line(suggestion.contract)}: a {line(suggestion.change)} change,"
        f" {line(suggestion.before)} becomes {line(suggestion.after)}"
    )


def remarks(report: Report) -> Iterator[str]:
    """Yield what closes a report: how far it looked, and versions to choose."""
    yield from (f"note: {line(each)}" for each in report.notes)
    yield from (f"version: {suggested(each)}" for each in report.suggestions)


def hints(report: Report) -> Iterator[str]:
    """Yield what may be done about breaks: an order of deployment, a new subject."""
    broken = [
        each
        for each in report.findings
        if each.waived is None
        and each.kind is Kind.COMPATIBILITY
        and each.finding.severity is Severity.ERROR
        # That nothing was compared says nothing of what would be found.
        and each.finding.rule != HISTORY_INCOMPLETE.id
    ]
    yield from _orders(broken)
    if any(not each.finding.fixes for each in broken):
        yield (
            "hint: what cannot be made compatible is published under a new subject,"
            " beside the old one until its readers have moved"
        )


_ORDERS: Final = {
    frozenset({Direction.BACKWARD}): (
        "would be safe if producers of {subject} were deployed first, and its consumers"
        " once no older data is left to be read"
    ),
    frozenset({Direction.FORWARD}): (
        "would be safe if consumers of {subject} were deployed first, all of them, and"
        " then its producers"
    ),
    frozenset(Direction): "no order of deployment makes the change of {subject} safe",
}


def _orders(broken: Sequence[Located]) -> Iterator[str]:
    """Yield in which order each subject's services could be deployed nevertheless."""
    directions: dict[str, set[Direction]] = {}
    for each in broken:
        if each.finding.checked is not None:
            known = directions.setdefault(each.finding.subject, set())
            known.add(each.finding.checked.direction)
    for subject, found in directions.items():
        said = _ORDERS[frozenset(found)].format(subject=line(subject))
        yield f"order: {said}"


def paragraph(located: Located) -> str:
    """Return all that is known of a finding as a few plain lines."""
    finding = located.finding
    lines = [
        line(finding.message, _IN_A_PARAGRAPH),
        *([f"element: {line(finding.path, 200)}"] if finding.path else ()),
        *(f"breaks: {broken(located, each)}" for each in finding.broken),
        *([f"apps: {apps(located)}"] if located.apps else ()),
        *([f"why: {line(finding.why, _IN_A_PARAGRAPH)}"] if finding.why else ()),
        *([f"earlier: {earlier(located)}"] if finding.old_location else ()),
        *(f"fix: {fixed(each)}" for each in finding.fixes),
        *([waiver(located)] if located.waived else ()),
        f"more: wirepact explain {line(finding.rule)}",
    ]
    return clipped("\n".join(lines))
