"""JUnit's XML, held by its schema."""

from datetime import UTC, datetime
from functools import cache

from hypothesis import given
from lxml import etree

from registry.domain.rules import Severity
from registry.gate.report import Kind
from registry.gate.writers.circumstances import Circumstances
from registry.gate.writers.writing import Form, write
from tests.strategies import reports as made
from tests.unit.gate import formats
from tests.unit.gate.reports import a_located, a_report, a_waiver


@cache
def official():
    return etree.XMLSchema(etree.parse(formats.official_file(formats.JUNIT)))


def suites_of(report, **given):
    text = write(report, Form.JUNIT, Circumstances(**given))
    return etree.fromstring(text.encode())


@made.FEW
@given(made.reports())
def test_every_report_is_valid_by_the_official_schema(report):
    official().assertValid(suites_of(report))


@made.FEW
@given(made.reports())
def test_what_a_suite_counts_is_what_it_has(report):
    for suite in suites_of(report):
        assert len(suite.findall("testcase")) == int(suite.get("tests"))
        assert len(suite.findall("*/failure")) == int(suite.get("failures"))
        assert len(suite.findall("*/skipped")) == int(suite.get("skipped"))


@made.FEW
@given(made.reports())
def test_every_finding_that_fails_the_run_is_a_failure_and_nothing_else_is(report):
    failures = suites_of(report).findall("*/*/failure")

    assert len(failures) == len(report.counted())


def test_given_nothing_found_when_written_then_each_look_is_a_passed_test():
    (suite,) = suites_of(a_report())

    names = [case.get("name") for case in suite.findall("testcase")]
    file = "contracts/orders/order-created/schema.avsc"
    assert names == [f"compatibility: {file}", f"lint: {file}"]
    assert suite.get("name") == "orders.order-created"


def test_given_an_error_when_written_then_its_look_failed_and_the_other_passed():
    (suite,) = suites_of(a_report(a_located()))

    passed, failed = suite.findall("testcase")
    assert passed.get("name").startswith("lint: ")
    failure = failed.find("failure")
    assert failure.get("type") == "AVRO_READER_FIELD_MISSING_DEFAULT_VALUE"
    assert failure.text.startswith(
        "contracts/orders/order-created/schema.avsc:2:3: error["
    )


def test_given_a_warning_when_written_then_its_look_passed_and_it_is_in_the_output():
    (suite,) = suites_of(a_report(a_located(severity=Severity.WARNING)))

    assert (suite.get("tests"), suite.get("failures")) == ("2", "0")
    assert "warning[AVRO_READER" in suite.findtext("system-out")


def test_given_a_waived_finding_when_written_then_it_is_a_skipped_test():
    (suite,) = suites_of(a_report(a_located(waived=a_waiver())))

    (skipped,) = suite.findall("testcase/skipped")
    assert suite.get("tests") == "3"
    assert skipped.get("message").startswith("waived until 2027-01-31")


def test_given_a_note_when_written_then_it_is_in_a_suite_of_no_contract():
    first, second = suites_of(a_report(notes=("history is missing",)))

    assert first.get("name") == "contracts"
    assert first.findtext("system-out") == "note: history is missing"
    assert second.get("id") == "1"


def test_given_a_finding_about_no_contract_when_written_then_it_is_no_ones_failure():
    lost = a_located(contract=None, kind=Kind.WAIVER)

    first, second = suites_of(a_report(lost))

    assert (first.get("failures"), second.get("failures")) == ("1", "0")


def test_the_time_of_the_run_is_handed_in():
    at = datetime(2027, 1, 2, 3, 4, 5, 678, tzinfo=UTC)

    (suite,) = suites_of(a_report(), at=at)

    assert suite.get("timestamp") == "2027-01-02T03:04:05"
