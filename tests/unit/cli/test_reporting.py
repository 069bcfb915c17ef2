"""Where reports go: what is asked for, and what a CI service reads unasked."""

import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from registry.cli import reporting
from registry.cli.progress import progress
from registry.domain.rules import Severity
from registry.gate.report import Report
from tests.unit.gate.reports import FILE, TEXT, a_located, a_report

BROKEN = a_report(a_located())
CI = ("GITHUB_ACTIONS", "GITLAB_CI", "TF_BUILD", "GITHUB_STEP_SUMMARY", "NO_COLOR")


def a_command(report: Report, root: Path) -> click.Command:
    @click.command()
    @reporting.options
    def check(reporting: reporting.Reporting) -> None:
        raise SystemExit(reporting.deliver(report, texts_in(root)))

    return check


texts_in = reporting.texts_in


@pytest.fixture
def told(tmp_path, monkeypatch):
    """Run a command of the gate in a folder of its own, on no CI service."""
    monkeypatch.chdir(tmp_path)
    for name in CI:
        monkeypatch.delenv(name, raising=False)

    def run(*arguments, report=BROKEN, **environ):
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        return CliRunner().invoke(a_command(report, tmp_path), [*map(str, arguments)])

    return run


def test_given_nothing_asked_for_when_told_then_it_is_a_plain_text(told, tmp_path):
    file = tmp_path / FILE
    file.parent.mkdir(parents=True)
    file.write_text(TEXT)

    result = told()

    assert result.exit_code == 1
    assert result.stdout.startswith("error[AVRO_")
    assert '2 |   "name": "currency",' in result.stdout
    assert "\x1b" not in result.stdout


@pytest.mark.parametrize(
    ("arguments", "severity", "status"),
    [
        ([], Severity.WARNING, 0),
        (["--fail-on", "warning"], Severity.WARNING, 1),
        (["--soft"], Severity.ERROR, 0),
        (["--fail-on", "warning", "--soft"], Severity.WARNING, 0),
    ],
)
def test_what_fails_is_chosen(told, arguments, severity, status):
    result = told(*arguments, report=a_report(a_located(severity=severity)))

    assert result.exit_code == status
    assert "AVRO_READER" in result.stdout


def test_given_several_outputs_when_told_then_each_is_written_and_the_text(told):
    result = told("--output", "sarif=out.sarif", "--output", "junit=out.xml")

    assert json.loads(Path("out.sarif").read_text())["version"] == "2.1.0"
    assert Path("out.xml").read_text().startswith("<?xml")
    assert result.stdout.startswith("error[")
    assert sorted(each.name for each in Path.cwd().iterdir()) == [
        "out.sarif",
        "out.xml",
    ]


@pytest.mark.parametrize("asked", [["--format", "json"], ["--output", "json=-"]])
def test_given_a_form_for_standard_output_when_told_then_there_is_nothing_else(
    told, asked
):
    result = told(*asked, GITHUB_ACTIONS="true")

    assert json.loads(result.stdout)["passed"] is False


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--output", "sarif"], "expected FORMAT=FILE"),
        (["--output", "pdf=x"], "FORMAT one of text, json, sarif"),
        (["--output", "json="], "expected FORMAT=FILE"),
        (["--output", "json=no/such/x"], "there is no folder no/such"),
        (["--output", "json=."], "is a folder"),
        (["--output", "json=-", "--format", "text"], "only one report"),
        (["--output", "json=x", "--output", "sarif=./x"], "to one file"),
    ],
)
def test_given_a_wrong_output_when_told_then_it_is_a_wrong_use(
    told, arguments, message
):
    result = told(*arguments)

    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stdout == ""


def test_given_a_file_that_was_there_when_told_then_it_is_replaced(told):
    Path("out.json").write_text("x" * 1_000_000)

    told("--output", "json=out.json")

    assert json.loads(Path("out.json").read_text())["version"] == 1


def test_given_a_device_when_told_then_it_is_written_to_and_stays(told):
    result = told("--output", "json=/dev/null", "--soft")

    assert result.exit_code == 0
    assert not Path("/dev/null").is_file()


def test_given_github_when_told_then_annotations_and_a_summary_follow_the_text(
    told, tmp_path
):
    summary = tmp_path / "summary.md"
    summary.write_text("of an earlier command\n")

    result = told(GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=str(summary))

    assert result.stdout.startswith("error[")
    assert result.stdout.splitlines()[-1].startswith("::error file=contracts/")
    assert summary.read_text().startswith("of an earlier command\n### Contracts")


def test_given_azure_when_told_then_issues_follow_the_text(told):
    assert told(TF_BUILD="True").stdout.splitlines()[-1].startswith("##vso[task.log")


def test_given_gitlab_when_told_then_the_file_that_it_reads_is_written(told):
    result = told(GITLAB_CI="true")

    (issue,) = json.loads(Path("gl-code-quality-report.json").read_text())
    assert issue["severity"] == "critical"
    assert result.stdout.startswith("error[")


def test_given_gitlab_and_a_file_asked_for_when_told_then_it_is_not_written_twice(told):
    told("--output", "gitlab=mine.json", GITLAB_CI="true")

    assert [each.name for each in Path.cwd().iterdir()] == ["mine.json"]


def test_given_a_variable_that_says_no_when_told_then_there_is_no_service(told):
    assert "::error" not in told(GITHUB_ACTIONS="false").stdout


def test_given_no_terminal_when_something_takes_long_then_nothing_is_said(capsys):
    with progress("checking") as begun:
        begun("orders", 2)

    assert capsys.readouterr().err == ""


def test_given_a_terminal_when_something_takes_long_then_it_is_told_and_wiped(
    capsys, monkeypatch
):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)

    with progress("checking") as begun:
        begun("orders\x1b[2J", 2)

    shown = capsys.readouterr().err
    assert "checking 1/2 'orders\\x1b[2J'" in shown
    assert shown.endswith("\r\x1b[K")
