"""Fixes are made in the files, keep their layout, and do no harm."""

from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pytest
from click.testing import CliRunner, Result

from registry.cli.check import breaking
from registry.domain.levels import Level
from registry.domain.places import Place
from registry.domain.rules import Severity
from registry.domain.verdict import Category, Finding, Fix, Replacement
from registry.gate import fixing
from registry.gate.fixing import ChangedMeanwhileError, MisplacedError
from registry.gate.report import Kind, Located, Report
from tests.integration.gate.repositories import ARepository

BEFORE = """{
  "type": "record", "name": "A", "namespace": "shop",
  "fields": [ {"name": "id",   "type": "string"} ]
}
"""
AFTER = """{
  "type": "record", "name": "A", "namespace": "shop",
  "fields": [ {"name": "id",   "type": "string"},
    {"doc": "ünsinn",  "name": "note",   "type": "string"},

    {"name": "count", "type": "int"} ]
}
"""


def _run(folder: Path, monkeypatch: pytest.MonkeyPatch, *more: str) -> Result:
    monkeypatch.chdir(folder)
    arguments = ["--against", "git:HEAD", "--no-cache", *more]
    return CliRunner().invoke(breaking, arguments)


@pytest.fixture
def changed(tmp_path: Path) -> Path:
    """A repository whose contract has got two fields that old data do not have."""
    repository = ARepository(tmp_path)
    repository.contract("a b", schema=BEFORE)
    repository.commit()
    (tmp_path / "contracts/a b/schema.avsc").write_text(AFTER, encoding="utf-8")
    return tmp_path


def test_given_two_findings_in_a_file_when_fixed_then_nothing_else_is_touched(
    changed: Path, monkeypatch: pytest.MonkeyPatch
):
    result = _run(changed, monkeypatch, "--fix")

    text = (changed / "contracts/a b/schema.avsc").read_text(encoding="utf-8")
    assert result.exit_code == 0, result.output
    assert result.stderr.count("fixed contracts/a b/schema.avsc: ") == 2
    left = [line for line in text.splitlines() if line not in AFTER.splitlines()]
    assert len(left) == 2
    assert all('"default"' in line for line in left)
    assert len(text.splitlines()) == len(AFTER.splitlines())


def test_when_fixed_twice_then_the_second_time_nothing_changes(
    changed: Path, monkeypatch: pytest.MonkeyPatch
):
    _run(changed, monkeypatch, "--fix")
    file = changed / "contracts/a b/schema.avsc"
    once = file.read_bytes()

    result = _run(changed, monkeypatch, "--fix")

    assert (file.read_bytes(), result.exit_code) == (once, 0)


def test_given_line_ends_of_windows_when_fixed_then_they_stay(
    changed: Path, monkeypatch: pytest.MonkeyPatch
):
    file = changed / "contracts/a b/schema.avsc"
    file.write_bytes(AFTER.replace("\n", "\r\n").encode())
    file.chmod(0o640)

    result = _run(changed, monkeypatch, "--fix")

    content = file.read_bytes()
    assert result.exit_code == 0, result.output
    assert content.count(b"\r\n") == content.count(b"\n") == AFTER.count("\n")
    assert file.stat().st_mode & 0o777 == 0o640
    assert {each.name for each in file.parent.iterdir()} == {
        "schema.avsc",
        "contract.yaml",
    }


@pytest.mark.parametrize(
    "name", ['"fields"', '"f\\u0069elds"'], ids=["as it is", "in other letters"]
)
def test_given_a_member_twice_when_fixed_then_the_file_is_left_alone(
    name: str, changed: Path, monkeypatch: pytest.MonkeyPatch
):
    file = changed / "contracts/a b/schema.avsc"
    twice = AFTER.replace('"fields"', f'{name}: [], "fields"')
    file.write_text(twice, encoding="utf-8")

    result = _run(changed, monkeypatch, "--fix")

    assert result.exit_code == 1, result.output
    assert "expected each member of an object once" in result.output
    # At the second one: which of the two was meant, nobody but the author knows.
    column = twice.splitlines()[2].index('"fields": [ {') + 1
    assert f"schema.avsc:3:{column}" in result.output
    assert file.read_text(encoding="utf-8") == twice


@pytest.mark.parametrize("member", ["properties", "type"])
def test_given_a_json_schema_with_a_member_twice_when_fixed_then_it_is_left_alone(
    member: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def text(*more: str) -> str:
        closed = '"title": "A", "additionalProperties": false'
        members = ['"type": "object"', *more, '"properties": {"a": {"type": "string"}}']
        return "{" + ", ".join([closed, *members]) + "}"

    repository = ARepository(tmp_path)
    repository.contract("a", schema=text(), format="JSON")
    repository.commit()
    file = tmp_path / "contracts/a/schema.avsc"
    twice = text(f'"{member}": {{"b": {{"type": "string"}}}}', '"required": ["b"]')
    file.write_text(twice, encoding="utf-8")

    result = _run(tmp_path, monkeypatch, "--fix")

    assert result.exit_code == 1, result.output
    assert "expected each member of an object once" in result.output
    assert file.read_text(encoding="utf-8") == twice


def test_when_what_is_staged_should_be_fixed_then_that_is_refused(
    changed: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(changed)

    result = CliRunner().invoke(breaking, ["--staged", "--fix"])

    assert (result.exit_code, "--staged" in result.output) == (2, True)


FILE = PurePosixPath("a.txt")


def _a_finding(name: str, *fixes: Fix) -> Located:
    finding = Finding(
        rule="R",
        category=Category.LINT,
        severity=Severity.ERROR,
        subject="s",
        schema_type=None,
        message=name,
        path=name,
        change=None,
        location=None,
        old_location=None,
        checked=None,
        broken=(),
        why="",
        fixes=fixes,
        docs_url="",
        fingerprint=name,
    )
    return Located(finding, Kind.LINT, "c", FILE)


def _a_fix(word: str, text: str, place: Place) -> Fix:
    return Fix(f"replace {word}", (Replacement(place, text),), Level.NONE, "")


def _check(wrong: dict[str, str]) -> Callable[[fixing.Texts], Report]:
    """Return a check that finds words where they stand, and offers others."""

    def check(texts: fixing.Texts) -> Report:
        text = texts[FILE]
        found = []
        for word, better in wrong.items():
            if (at := text.find(word)) >= 0:
                fix = _a_fix(word, better, Place.of(text, at, at + len(word)))
                found.append(_a_finding(word, fix))
        return Report(tuple(found))

    return check


def _fixed(text: str, wrong: dict[str, str]) -> fixing.Outcome:
    check = _check(wrong)
    return fixing.fix(check({FILE: text}), lambda _: text, check)


def test_given_findings_that_move_each_other_then_all_are_fixed():
    outcome = _fixed("bad\nworse worst", {"bad": "a\nb\nc", "worse": "", "worst": "d"})

    assert outcome.after == {FILE: "a\nb\nc\n d"}
    assert (len(outcome.made), outcome.left) == (3, ())


def test_given_a_fix_that_brings_another_finding_then_it_is_not_made():
    outcome = _fixed("bad good", {"bad": "worse", "worse": "bad", "good": "best"})

    assert outcome.after == {FILE: "bad best"}
    assert [each.located.finding.path for each in outcome.left] == ["bad"]


def test_given_fixes_of_one_place_then_one_is_made_after_the_other():
    outcome = _fixed("abc", {"abc": "abd", "ab": "x"})

    assert outcome.after == {FILE: "xd"}


def test_given_a_fix_that_changes_nothing_then_it_ends():
    outcome = _fixed("bad", {"bad": "bad"})

    assert (outcome.after, len(outcome.left)) == ({}, 1)


@pytest.mark.parametrize(
    "place",
    [Place(3, 1, 3, 1), Place(1, 5, 1, 5), Place(0, 1, 1, 1), Place(2, 2, 1, 1)],
    ids=str,
)
def test_given_a_place_that_is_not_there_then_nothing_is_edited(place: Place):
    with pytest.raises(MisplacedError):
        fixing.edited("abc\nd", [Replacement(place, "x")])


def test_given_a_file_that_changed_since_then_no_file_is_written(tmp_path: Path):
    (tmp_path / "a.txt").write_text("bad")
    outcome = _fixed("bad", {"bad": "good"})
    (tmp_path / "a.txt").write_text("bad, and more")

    with pytest.raises(ChangedMeanwhileError, match="run the command again"):
        fixing.write(tmp_path, outcome)

    assert (tmp_path / "a.txt").read_text() == "bad, and more"
