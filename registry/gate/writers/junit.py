"""JUnit's XML, by the schema of Ant's JUnit task.

A suite is a contract. A look at it that found nothing severe is a passed test, so that
a clean run is no empty one; a severe finding is a failed test, a waived one a skipped
one, and what is only a warning stands in the suite's output.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from registry.gate.report import Kind, Located, Look, Report
from registry.gate.writers import wording
from registry.gate.writers.circumstances import Circumstances
from registry.gate.writers.escaping import inert, line

_NOBODY: Final = "contracts"
"""The suite of what is about no contract, or about all of them."""

_COMMAND: Final = re.compile(r"^(\s*):(?=:)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class _Suite:
    """What is in a suite, told apart by what becomes of it."""

    title: str
    passed: Sequence[Look]
    failed: Sequence[Located]
    waived: Sequence[Located]
    output: Sequence[str]


def write(report: Report, circumstances: Circumstances) -> str:
    """Return the report as one document."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', "<testsuites>"]
    for number, suite in enumerate(_suites(report, circumstances)):
        lines += _suite(number, suite, circumstances)
    lines.append("</testsuites>")
    return inert("\n".join(lines)) + "\n"


def _suites(report: Report, circumstances: Circumstances) -> Iterator[_Suite]:
    failing = {id(each) for each in report.counted(circumstances.fail_on)}
    for name in _names(report):
        findings = [each for each in report.findings if each.contract == name]
        failed = [each for each in findings if id(each) in failing]
        bad = {each.kind for each in failed}
        others = [each for each in findings if id(each) not in failing]
        told = [_told(each) for each in others if each.waived is None]
        yield _Suite(
            title=line(name or _NOBODY, 500).strip() or _NOBODY,
            passed=[
                each
                for each in report.looks
                if each.contract == name and each.kind not in bad
            ],
            failed=failed,
            waived=[each for each in others if each.waived is not None],
            output=told if name is not None else [*told, *wording.remarks(report)],
        )


def _names(report: Report) -> Iterable[str | None]:
    """Return the contracts in order; first None, if there is something about none."""
    looked = [each.contract for each in report.looks]
    found = [each.contract for each in report.findings]
    names = dict.fromkeys((*looked, *found))
    is_needed = None in names or report.notes or report.suggestions or not names
    return [*([None] if is_needed else ()), *(each for each in names if each)]


def _suite(number: int, suite: _Suite, circumstances: Circumstances) -> Iterator[str]:
    said = {
        "name": suite.title,
        "package": suite.title,
        "id": str(number),
        "timestamp": circumstances.at.strftime("%Y-%m-%dT%H:%M:%S"),
        "hostname": "localhost",
        "tests": str(len(suite.passed) + len(suite.failed) + len(suite.waived)),
        "failures": str(len(suite.failed)),
        "errors": "0",
        "skipped": str(len(suite.waived)),
        "time": "0",
    }
    yield f"  <testsuite{_attributes(said)}>"
    yield "    <properties/>"
    for each in _cases(suite):
        yield f"    {each}"
    output = "\n\n".join(suite.output)
    yield f"    {_element('system-out', {}, output)}"
    yield "    <system-err/>"
    yield "  </testsuite>"


def _cases(suite: _Suite) -> Iterator[str]:
    for look in suite.passed:
        yield _case(suite, look.kind, line(str(look.file)))
    for each in suite.failed:
        said = {"message": line(each.finding.message), "type": line(each.finding.rule)}
        yield _case(
            suite, each.kind, _name(each), _element("failure", said, _told(each))
        )
    for each in suite.waived:
        said = {"message": wording.waiver(each)}
        yield _case(
            suite, each.kind, _name(each), _element("skipped", said, _told(each))
        )


def _case(suite: _Suite, kind: Kind, name: str, outcome: str = "") -> str:
    said = {"name": f"{kind}: {name}", "classname": suite.title, "time": "0"}
    return f"<testcase{_attributes(said)}>{outcome}</testcase>"


def _name(located: Located) -> str:
    """Return what tells a finding from others, whatever the lines are."""
    finding = located.finding
    return line(f"{finding.rule} {finding.path} {finding.fingerprint[:8]}", 500)


def _told(located: Located) -> str:
    level = wording.level_of(located)
    head = f"{wording.place(located)}: {level}[{line(located.finding.rule)}]"
    # In one line: an agent takes a line that begins with "::" for a command.
    return f"{head} {wording.paragraph(located)}"


def _element(name: str, attributes: dict[str, str], text: str) -> str:
    # What XML has no characters for was made visible where the words were chosen. And
    # an agent takes a line that begins with "::" for a command; XML reads the same.
    written = _COMMAND.sub(r"\1&#58;", escape(text))
    return f"<{name}{_attributes(attributes)}>{written}</{name}>"


def _attributes(given: dict[str, str]) -> str:
    return "".join(f' {name}="{escape(value)}"' for name, value in given.items())
