"""What code reviews show: GitLab's code quality, and reviewdog's diagnostics."""

import json
from functools import cache

from hypothesis import given

from registry.domain.levels import Level
from registry.domain.places import Place
from registry.domain.rules import Severity
from registry.domain.verdict import Fix, Replacement
from registry.gate.writers.circumstances import Circumstances
from registry.gate.writers.writing import Form, write
from tests.strategies import reports as made
from tests.unit.gate.formats import validator
from tests.unit.gate.reports import a_finding, a_located, a_report, a_waiver

official = cache(validator)


def issues_of(report):
    return json.loads(write(report, Form.GITLAB))


def diagnostics_of(report, **given):
    text = write(report, Form.RDJSONL, Circumstances(**given))
    return [json.loads(line) for line in text.split("\n")[:-1]]


@made.FEW
@given(made.reports())
def test_every_issue_of_gitlab_is_its_own(report):
    issues = issues_of(report)

    assert len(issues) == len(report.findings)
    assert len({each["fingerprint"] for each in issues}) == len(issues)
    for each in issues:
        assert each["severity"] in {"info", "minor", "major", "critical", "blocker"}
        assert each["location"]["lines"]["begin"] >= 1


def test_given_a_finding_that_moved_when_written_then_gitlab_knows_it_again():
    (before,) = issues_of(a_report(a_located()))
    (after,) = issues_of(a_report(a_located(location=Place(9, 1, 9, 2), message="x")))

    assert before["location"]["lines"] != after["location"]["lines"]
    assert before["fingerprint"] == after["fingerprint"]
    assert before["severity"] == "critical"
    assert before["location"]["path"] == "contracts/orders/order-created/schema.avsc"


def test_given_a_waived_finding_when_written_then_gitlab_shows_it_as_information():
    (issue,) = issues_of(a_report(a_located(waived=a_waiver())))

    assert issue["severity"] == "info"
    assert "waived until 2027-01-31" in issue["description"]


def test_given_nothing_found_when_written_then_gitlab_gets_an_empty_array():
    assert issues_of(a_report()) == []


@made.FEW
@given(made.reports(), made.texts)
def test_every_diagnostic_is_one_line_and_valid_by_the_official_schema(report, text):
    diagnostics = diagnostics_of(report, text_of=lambda _file: text)

    assert len(diagnostics) == len(report.findings)
    for each in diagnostics:
        official("rdjson-diagnostic.json").validate(each)


def test_given_other_letters_before_it_when_written_then_columns_count_bytes():
    located = a_located(location=Place(1, 3, 1, 4))

    (said,) = diagnostics_of(a_report(located), text_of=lambda _file: "äöx\n")

    assert said["location"]["range"] == {
        "start": {"line": 1, "column": 5},
        "end": {"line": 1, "column": 6},
    }


def test_given_a_fix_of_one_edit_when_written_then_it_can_be_taken_in_the_review():
    one = Replacement(Place(1, 1, 1, 2), "a")
    fixes = (
        Fix("one", (one,), Level.FULL, ""),
        Fix("two", (one, one), Level.FULL, ""),
    )
    located = a_located(finding=a_finding(fixes=fixes))

    (said,) = diagnostics_of(a_report(located), text_of=lambda _file: "xyz")

    assert [each["text"] for each in said["suggestions"]] == ["a"]


def test_given_a_file_that_cannot_be_read_when_written_then_there_are_lines_alone():
    (said,) = diagnostics_of(a_report(a_located()))

    assert said["location"]["range"]["start"] == {"line": 2}
    assert said["suggestions"] == []


def test_severities_are_those_of_reviewdog():
    report = a_report(
        a_located(),
        a_located(severity=Severity.WARNING),
        a_located(waived=a_waiver()),
    )

    assert [each["severity"] for each in diagnostics_of(report)] == [
        "ERROR",
        "WARNING",
        "INFO",
    ]
