"""What holds for every form."""

import ast
import re
from pathlib import Path

import pytest
from hypothesis import given

import registry.gate.writers
from registry.gate.report import Report
from registry.gate.writers.circumstances import Circumstances
from registry.gate.writers.writing import Form, write
from tests.strategies import reports as made
from tests.unit.gate.reports import a_located, a_report, a_waiver, many

LISTS = {Form.JSON, Form.SARIF, Form.GITLAB}
ONLY_SOME = {Form.GITHUB, Form.AZURE}
WRITERS = Path(registry.gate.writers.__file__).parent


@pytest.mark.parametrize("form", Form)
@made.FEW
@given(report=made.reports())
def test_a_report_is_text_that_can_be_stored_and_is_the_same_again(form, report):
    circumstances = Circumstances(text_of=lambda _file: "a\n\x1b[2Jb\n" * 20)

    text = write(report, form, circumstances)

    text.encode()
    assert text == write(report, form, circumstances)
    assert text == "" or text.endswith("\n")
    assert "\r" not in text.replace("\\r", "")
    assert "\x00" not in text


@pytest.mark.parametrize("form", sorted({*Form} - ONLY_SOME))
@made.FEW
@given(report=made.reports())
def test_a_report_in_the_log_of_a_build_commands_no_agent(form, report):
    text = write(report, form, Circumstances(text_of=lambda _file: "##[error]\n" * 9))

    assert not re.search(r"^\s*::", text, re.MULTILINE)
    assert not re.search(r"##(vso)?\[", text, re.IGNORECASE)


@pytest.mark.parametrize("form", Form)
def test_given_an_empty_report_when_written_then_it_is_one_of_its_form(form):
    text = write(Report(), form)

    assert bool(text) == (form not in {*ONLY_SOME, Form.RDJSONL})


@pytest.mark.parametrize("form", sorted({*Form} - ONLY_SOME))
def test_given_a_waived_finding_when_written_then_it_is_not_hidden(form):
    text = write(a_report(a_located(waived=a_waiver())), form)

    assert "AVRO_READER_FIELD_MISSING_DEFAULT_VALUE" in text
    assert "all readers were updated" in text


@pytest.mark.parametrize("form", sorted({*Form} - LISTS))
def test_given_huge_messages_when_written_then_none_of_them_is_told_whole(form):
    report = a_report(*many(20, message="m" * 100_000, why="w" * 100_000))

    text = write(report, form)

    assert len(text) < 20 * 25_000
    assert "100000 characters" in text


def test_no_writer_reads_files_or_the_clock():
    modules = {
        (name.name if isinstance(node, ast.Import) else node.module).partition(".")[0]
        for file in WRITERS.glob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in node.names
    }

    assert not modules & {"os", "io", "time", "shutil", "subprocess", "socket", "click"}
