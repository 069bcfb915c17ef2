"""What a run has told is told again, word for word, as long as nothing has changed."""

from dataclasses import replace

import pytest

from registry.domain.levels import Direction, Level
from registry.domain.rules import Severity
from registry.domain.verdict import Change, Checked
from registry.gate import passed_runs
from registry.gate.cache import FolderCache
from registry.gate.report import Kind, Look, Report, Suggestion
from tests.unit.gate.reports import CONTRACT, FILE, a_located, a_report, a_waiver

KEY = "ab" * 32

WHOLE = replace(
    a_report(
        a_located(severity=Severity.WARNING, change=Change("changed", None, '"é"')),
        a_located(waived=a_waiver(), kind=Kind.POLICY),
        a_located(
            severity=Severity.WARNING,
            schema_type=None,
            location=None,
            old_location=None,
            checked=Checked(Level.FULL, Direction.FORWARD, (), "WIRE_JSON"),
            broken=(),
            fixes=(),
            contract=None,
            old_file=None,
        ),
    ),
    looks=(Look(CONTRACT, Kind.SCHEMA, FILE), Look(CONTRACT, Kind.EXAMPLES, FILE)),
    notes=("999 contracts are as before",),
    suggestions=(Suggestion(CONTRACT, "minor", "1.0.0", "1.1.0"),),
)


@pytest.fixture
def store(tmp_path):
    return FolderCache(tmp_path)


@pytest.mark.parametrize("report", [WHOLE, Report(), a_report()])
def test_given_a_run_that_passed_when_recalled_then_all_that_it_told_is_the_same(
    store, report
):
    passed_runs.remember(store, KEY, report)

    assert passed_runs.recall(store, KEY) == report


def test_given_a_run_that_failed_when_recalled_then_nothing_is_known(store):
    passed_runs.remember(store, KEY, a_report(a_located()))

    assert passed_runs.recall(store, KEY) is None


@pytest.mark.parametrize(
    "said", [7, [], {"findings": []}, [[[1]], [], "", [], []], "no report"]
)
def test_given_a_damaged_memory_when_recalled_then_nothing_is_known(store, said):
    store.put(KEY, said)

    assert passed_runs.recall(store, KEY) is None
