"""Annotations, read back as the runners of GitHub and the agents of Azure read them."""

import re

import pytest
from hypothesis import given

from registry.domain.rules import Severity
from registry.gate.writers.writing import Form, write
from tests.strategies import reports as made
from tests.unit.gate.reports import a_located, a_report, a_waiver, many


def read_by_github(line):
    """Return command, properties and data, as the runner's own parser takes them."""
    assert line.startswith("::")
    head, _, data = line[2:].partition("::")
    command, _, rest = head.partition(" ")
    properties = {}
    for each in rest.split(","):
        name, _, value = each.partition("=")
        for code, character in (
            ("%0D", "\r"),
            ("%0A", "\n"),
            ("%3A", ":"),
            ("%2C", ","),
            ("%25", "%"),
        ):
            value = value.replace(code, character)
        properties[name] = value
    for code, character in (("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
        data = data.replace(code, character)
    return command, properties, data


def read_by_azure(line):
    head, _, data = line.partition("##vso[")[2].partition("]")
    command, _, rest = head.partition(" ")
    properties = {}
    for each in filter(None, rest.split(";")):
        name, _, value = each.partition("=")
        for code, character in (
            ("%0D", "\r"),
            ("%0A", "\n"),
            ("%3B", ";"),
            ("%5D", "]"),
            ("%AZP25", "%"),
        ):
            value = value.replace(code, character)
        properties[name] = value
    for code, character in (("%0D", "\r"), ("%0A", "\n"), ("%AZP25", "%")):
        data = data.replace(code, character)
    return command, properties, data


def shown(text):
    r"""Return a text as annotations have it: `\x1b` for what cannot be seen."""
    return "".join(
        each
        if each.isprintable() or each == "\n"
        else each.encode("unicode_escape").decode()
        for each in text
    )


@made.FEW
@given(made.reports())
def test_the_runner_of_github_reads_what_was_meant_and_no_other_command(report):
    lines = write(report, Form.GITHUB).split("\n")[:-1]

    live = [each for each in report.findings if each.waived is None]
    assert len(lines) == len(live)
    for line, located in zip(lines, live, strict=True):
        command, properties, data = read_by_github(line)
        assert command == located.finding.severity
        assert properties["file"] == shown(str(located.file))
        assert properties["title"] == shown(located.finding.rule)
        assert {*properties} <= {"file", "line", "endLine", "col", "endColumn", "title"}
        assert "\nmore: wirepact explain" in data or "characters)" in data


@made.FEW
@given(made.reports())
def test_the_agent_of_azure_reads_what_was_meant_and_no_other_command(report):
    lines = write(report, Form.AZURE).split("\n")[:-1]

    live = [each for each in report.findings if each.waived is None]
    assert len(lines) == len(live)
    for line, located in zip(lines, live, strict=True):
        command, properties, _ = read_by_azure(line)
        assert command == "task.logissue"
        assert properties["type"] == located.finding.severity
        assert properties["sourcepath"] == shown(str(located.file))
        assert properties["code"] == shown(located.finding.rule)


def test_given_an_error_when_annotated_then_it_marks_its_columns():
    (line,) = write(a_report(a_located()), Form.GITHUB).splitlines()

    assert line.startswith(
        "::error file=contracts/orders/order-created/schema.avsc,line=2,endLine=2,"
        "col=3,endColumn=21,title=AVRO_READER_FIELD_MISSING_DEFAULT_VALUE::"
        "the new schema reads field 'currency', which version 3 does not write%0A"
    )


def test_given_an_error_when_logged_for_azure_then_it_has_its_place():
    (line,) = write(a_report(a_located()), Form.AZURE).splitlines()

    assert line.startswith(
        "##vso[task.logissue type=error;"
        "sourcepath=contracts/orders/order-created/schema.avsc;linenumber=2;"
        "columnnumber=3;code=AVRO_READER_FIELD_MISSING_DEFAULT_VALUE;]the new schema"
    )


@pytest.mark.parametrize(
    ("form", "error", "warning"),
    [(Form.GITHUB, "::error", "::warning"), (Form.AZURE, "type=error", "type=warning")],
)
def test_given_more_than_are_shown_when_annotated_then_the_tenth_says_how_many(
    form, error, warning
):
    found = [*many(47), *many(10, severity=Severity.WARNING)]

    lines = write(a_report(*found), form).splitlines()

    errors = [line for line in lines if error in line]
    assert len(errors) == 10
    assert re.search(r"\+38 more errors: see the", errors[-1])
    assert len([line for line in lines if warning in line]) == 10
    assert "more warnings" not in lines[-1]


@pytest.mark.parametrize("form", [Form.GITHUB, Form.AZURE])
def test_given_only_waived_findings_when_annotated_then_there_is_no_mark(form):
    assert write(a_report(a_located(waived=a_waiver())), form) == ""
