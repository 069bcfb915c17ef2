"""The finding that the digits of a fingerprint mean: looked for, or out of a report."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import click

from registry.cli import gating as gate
from registry.cli import looking, sides
from registry.cli.asking import Asked
from registry.cli.gating import Gating
from registry.domain.model import Subject
from registry.domain.rules import Severity
from registry.domain.verdict import Finding
from registry.domain.waivers import bare_fingerprint
from registry.gate import checking, online, views
from registry.gate.baselines import Baseline
from registry.gate.checking import Run
from registry.gate.house import House
from registry.gate.project import Project
from registry.gate.report import Kind, Located, Report
from registry.gate.snapshots import Snapshot

_MOST_BYTES: Final = 64 * 1024 * 1024
_DIGITS: Final = re.compile(r"[0-9a-f]{8,64}")
_EVERYTHING: Final = Asked(is_check=True, is_whole=True, is_fixing=False)
_NOT_FOUND: Final = (
    "no finding that there is; look as the command did that told it (--against,"
    " --contracts), or name its report by --from (`--output json=report.json` writes"
    " one)"
)


@dataclass(frozen=True, slots=True)
class Found:
    """What a waiver says of the finding that it accepts.

    Attributes:
        kind: Which of the looks at a contract has found it.

    """

    fingerprint: str
    rule: str
    subject: str
    kind: str


def looked_for(digits: str, gating: Gating) -> Found:
    """Return the finding of contracts whose fingerprint begins like that.

    Raises:
        click.UsageError: There is none, or there are several.

    """
    digits = _digits(digits)
    with gate.told():
        for report in _reports(gating):
            if found := _meant(digits, map(_of_report, report.findings)):
                return found
    raise _unknown(digits, _NOT_FOUND)


def reported(digits: str, file: Path, folders: tuple[Path, ...]) -> Found:
    """Return the same of a report in JSON, or of a plan.

    Args:
        folders: With the contracts that a plan was made of.

    Raises:
        click.UsageError: There is none, there are several, or the file is no report.

    """
    digits = _digits(digits)
    try:
        with file.open("rb") as stream:
            value = json.loads(stream.read(_MOST_BYTES))
        if "findings" not in value:
            return _planned(digits, file, value, folders)
        known = [_said(each) for each in value["findings"]]
    except (
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        RecursionError,
        OSError,
        online.AnswerError,
    ) as error:
        raise click.UsageError(
            f"{file} is no report in JSON (`--format json`), and no plan"
        ) from error
    found = _meant(digits, known)
    if found is None:
        raise _unknown(digits, f"no finding that there is in {file}")
    return found


def _digits(text: str) -> str:
    digits = text.lower()
    if not _DIGITS.fullmatch(digits):
        raise click.UsageError("expected 8 to 64 digits of a fingerprint")
    return digits


def _meant(digits: str, known: Iterable[Found]) -> Found | None:
    found = {each.fingerprint: each for each in known}
    meant = [each for each in found if each.startswith(digits)]
    if len(meant) > 1:
        raise _unknown(digits, "several findings: give more digits")
    return found[meant[0]] if meant else None


def _unknown(digits: str, reason: str) -> click.UsageError:
    return click.UsageError(f"{digits} is the beginning of {reason}")


def _reports(gating: Gating) -> Iterator[Report]:
    """Yield what `check` finds, then what commands find that compare nothing."""
    project = Project.of(gating.paths)
    tree = gating.tree(project)
    report, _ = looking.look(gating, project, tree, None, _EVERYTHING, _untold)
    yield report
    yield _alone(sides.now(gating, project, tree))


def _alone(now: Snapshot) -> Report:
    run = Run((*views.ALL, *House(now).views()), clock=gate.clock, is_whole=True)
    return checking.check(now, Baseline(""), run)


def _untold(_name: str, _total: int) -> None:
    return


def _of_report(located: Located) -> Found:
    finding = located.finding
    return Found(finding.fingerprint, finding.rule, finding.subject, located.kind.value)


def _said(finding: Mapping[str, Any]) -> Found:
    keys = ("fingerprint", "rule", "subject", "kind")
    return Found(*(str(finding[key]) for key in keys))


def _planned(
    digits: str, file: Path, value: Mapping[str, Any], folders: tuple[Path, ...]
) -> Found:
    actions = value.get("plan", value)["actions"]
    told = [
        online.finding(each)
        for action in actions
        for each in action.get("findings") or ()
    ]
    # What is loosened is a warning there, to who has decided so.
    broken = [each for each in told if each.severity is Severity.ERROR]
    known = {each.fingerprint: each for each in broken}
    found = _meant(digits, map(_of_plan, known.values()))
    if found is None:
        raise _unknown(digits, f"no break that there is in {file}")
    return _of_plan(_here(known[found.fingerprint], folders))


def _of_plan(finding: Finding) -> Found:
    return Found(
        finding.fingerprint, finding.rule, finding.subject, Kind.COMPATIBILITY.value
    )


def _here(finding: Finding, folders: tuple[Path, ...]) -> Finding:
    """Return a finding under the name that its subject has in the contracts.

    A folder of contracts does not know into which context it is applied.
    """
    with gate.told():
        _, now = sides.present(Gating(folders))
        if now.claiming(finding.subject):
            return finding
    bare = Subject.parse(finding.subject).name
    return replace(finding, subject=bare, fingerprint=bare_fingerprint(finding))
