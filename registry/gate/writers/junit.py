"""JUnit's XML, by the schema of Ant's JUnit task.

A suite is a contract. A look at it that found nothing severe is a passed test, so that
a clean run is no empty one; a severe finding is a failed test, a waived one a skipped
one, and what is only a warning stands in the suite's output.
"""

from collections.abc import Iterable, Sequence
from typing import Final
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from registry.gate.report import Kind, Located, Look, Report
from registry.gate.writers import wording
from registry.gate.writers.circumstances import Circumstances
from registry.gate.writers.escaping import line

_NOBODY: Final = "contracts"
"""The suite of what is about no contract, or about all of them."""


def write(report: Report, circumstances: Circumstances) -> str:
    """Return the report as one document."""
    root = Element("testsuites")
    failing = {id(each) for each in report.counted(circumstances.fail_on)}
    for number, name in enumerate(_names(report)):
        _suite(root, number, name, report, failing, circumstances)
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, "unicode") + "\n"


def _names(report: Report) -> Iterable[str | None]:
    """Return the contracts in order; first None, if there is something about none."""
    looked = [each.contract for each in report.looks]
    found = [each.contract for each in report.findings]
    names = dict.fromkeys((*looked, *found))
    is_needed = None in names or report.notes or report.suggestions or not names
    return [*([None] if is_needed else ()), *(each for each in names if each)]


def _suite(
    root: Element,
    number: int,
    name: str | None,
    report: Report,
    failing: set[int],
    circumstances: Circumstances,
) -> None:
    title = line(name or _NOBODY, 500).strip() or _NOBODY
    findings = [each for each in report.findings if each.contract == name]
    failed = [each for each in findings if id(each) in failing]
    waived = [each for each in findings if each.waived is not None]
    warned = [
        each for each in findings if each.waived is None and id(each) not in failing
    ]
    bad = {each.kind for each in failed}
    passed = [
        each for each in report.looks if each.contract == name and each.kind not in bad
    ]
    counts = {
        "tests": len(passed) + len(failed) + len(waived),
        "failures": len(failed),
        "errors": 0,
        "skipped": len(waived),
    }
    suite = SubElement(
        root,
        "testsuite",
        {
            "name": title,
            "package": title,
            "id": str(number),
            "timestamp": circumstances.at.strftime("%Y-%m-%dT%H:%M:%S"),
            "hostname": "localhost",
            **{key: str(value) for key, value in counts.items()},
            "time": "0",
        },
    )
    SubElement(suite, "properties")
    _cases(suite, title, passed, failed, waived)
    remarks = [*wording.remarks(report)] if name is None else []
    told = [*map(_told, warned), *remarks]
    SubElement(suite, "system-out").text = "\n\n".join(told)
    SubElement(suite, "system-err")


def _cases(
    suite: Element,
    title: str,
    passed: Sequence[Look],
    failed: Sequence[Located],
    waived: Sequence[Located],
) -> None:
    for look in passed:
        _case(suite, title, look.kind, line(str(look.file)))
    for each in failed:
        case = _case(suite, title, each.kind, _name(each))
        said = {"message": line(each.finding.message), "type": line(each.finding.rule)}
        SubElement(case, "failure", said).text = _told(each)
    for each in waived:
        case = _case(suite, title, each.kind, _name(each))
        said = {"message": wording.waiver(each)}
        SubElement(case, "skipped", said).text = _told(each)


def _case(suite: Element, title: str, kind: Kind, name: str) -> Element:
    said = {"name": f"{kind}: {name}", "classname": title, "time": "0"}
    return SubElement(suite, "testcase", said)


def _name(located: Located) -> str:
    """Return what tells a finding from others, whatever the lines are."""
    finding = located.finding
    return line(f"{finding.rule} {finding.path} {finding.fingerprint[:8]}", 500)


def _told(located: Located) -> str:
    level = wording.level_of(located)
    head = f"{wording.place(located)}: {level}[{line(located.finding.rule)}]"
    return f"{head}\n{wording.paragraph(located)}"
