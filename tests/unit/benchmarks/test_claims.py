import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import report
from benchmarks.alternating import alternate, median_ratio
from benchmarks.rows import Claim, row


def test_the_parts_of_the_pipeline_suite_get_along_in_one_process():
    """Names of events are taken once in a process, and here nobody else's count."""
    subprocess.run(
        [sys.executable, "-c", "import benchmarks.suites.pipeline"], check=True
    )


def test_when_alternating_then_every_second_round_runs_backwards():
    called: list[str] = []

    def contestant(name: str):
        return lambda: called.append(name)

    alternate({name: contestant(name) for name in ("ours", "limit")}, rounds=2)

    assert called == ["ours", "limit", "limit", "ours"]


def test_given_a_slow_round_of_the_machine_then_the_ratio_stays():
    assert median_ratio([2.0, 20.0, 2.0], [1.0, 10.0, 1.0]) == 2.0


@pytest.mark.parametrize(
    ("at_most", "at_least", "ratio", "holds"),
    [
        pytest.param(1.2, None, 1.2, True, id="at most"),
        pytest.param(1.2, None, 1.3, False, id="more than that"),
        pytest.param(None, 5, 5.0, True, id="at least"),
        pytest.param(None, 5, 4.9, False, id="less than that"),
        pytest.param(None, None, 9.9, None, id="for information"),
    ],
)
def test_given_a_goal_then_it_holds_or_not(at_most, at_least, ratio, holds):
    claim = Claim("suite", "name", "s", "limit", at_most=at_most, at_least=at_least)

    assert claim.holds(ratio) is holds


def test_given_results_of_another_suite_when_written_then_they_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(report, "RESULTS", tmp_path / "results.json")
    first = row(Claim("http", "a", "us", "limit", at_most=2), [1.0], limit=[1.0])
    second = row(Claim("parse", "b", "us", "peer"), [3.0], peer=[1.5])
    report.write([first], {"cores": 2})

    report.write([second], {"cores": 2})

    kept, added = json.loads(report.RESULTS.read_text())
    assert (kept["suite"], kept["holds"], kept["goal"]) == (
        "http",
        True,
        "<= 2 x limit",
    )
    assert added == {
        "suite": "parse",
        "name": "b",
        "ours": 3.0,
        "peer": 1.5,
        "limit": None,
        "unit": "us",
        "ratio": 2.0,
        "goal": None,
        "holds": None,
        "runs": 1,
        "machine": {"cores": 2},
    }
