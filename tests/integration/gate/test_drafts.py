"""What a contract that is a draft is told: the same, and it fails nothing."""

from pathlib import Path

import pytest

from registry.domain.rules import Severity
from tests.integration.gate.repositories import ARepository, only, told

BREAK = "AVRO_READER_FIELD_MISSING_DEFAULT_VALUE"


@pytest.fixture
def repo(tmp_path: Path) -> ARepository:
    return ARepository(tmp_path / "repo")


def _say(file: Path, status: str) -> None:
    file.write_text(file.read_text().replace('"active"', f'"{status}"'))


def _break(repo: ARepository, before: str, after: str, **settings: str) -> None:
    _say(repo.contract("order", "id"), before)
    repo.begin_work()
    _say(repo.contract("order", "id", "total", **settings), after)


def test_given_a_draft_when_it_breaks_then_that_is_a_warning_with_its_reason(repo):
    _break(repo, "draft", "draft")

    report = repo.check()

    finding = only(report).finding
    assert (finding.rule, finding.severity) == (BREAK, Severity.WARNING)
    assert finding.message.endswith("(a warning, as the contract is a draft)")
    assert finding.fixes
    assert report.counted() == ()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("active", "draft", id="of a contract that is made one again"),
        pytest.param("draft", "active", id="of a draft that is none any more"),
        pytest.param("active", "active", id="of a contract in use"),
    ],
)
def test_given_no_draft_on_both_sides_when_it_breaks_then_that_is_an_error(
    repo, before, after
):
    _break(repo, before, after)

    finding = only(repo.check()).finding
    assert (finding.rule, finding.severity) == (BREAK, Severity.ERROR)
    assert "draft" not in finding.message


def test_given_a_draft_when_its_level_is_loosened_then_that_is_a_warning(repo):
    _break(repo, "draft", "draft", compatibility="NONE")

    report = repo.check()

    assert told(report) == [("LEVEL_LOOSENED", "test.order-value")]
    assert report.counted() == ()
