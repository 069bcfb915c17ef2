"""Exit statuses are interface: their numbers, and that commands keep to them."""

import subprocess
import sys
from pathlib import Path

import pytest

from registry.cli.exits import MEANINGS, Exit
from wirepact.cli.dlq_options import Exit as DlqExit
from wirepact.cli.gen import Exit as SdkExit
from wirepact.cli.run import Exit as RunExit
from wirepact.cli.shell import INTERNAL

NUMBERS = {
    "OK": 0,
    "FINDINGS": 1,
    "USAGE": 2,
    "UNAVAILABLE": 3,
    "UNKNOWN": 4,
    "CONFLICT": 5,
    "CHANGES": 10,
    "INTERNAL": 70,
}
OF_RUN = {20, 21}
"""How a service of the SDK ends; no other command does."""

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "exit-codes.md"


def test_no_number_has_ever_changed():
    assert {each.name: each.value for each in Exit} == NUMBERS


def test_every_status_says_what_it_means_and_what_to_do():
    assert {*MEANINGS} == {*Exit}


def test_the_page_has_a_row_for_each_status_and_none_besides():
    rows = [
        line.split("|")[1].strip()
        for line in PAGE.read_text(encoding="utf-8").splitlines()
        if line.startswith("| ")
    ]

    assert [each for each in rows if each.isdigit()] == [
        str(number) for number in (*NUMBERS.values(), *sorted(OF_RUN))
    ]


def test_the_other_distribution_gives_no_number_another_meaning():
    assert INTERNAL == Exit.INTERNAL
    assert {each.value for each in SdkExit} <= {*NUMBERS.values()}
    assert {each.value for each in RunExit} - {*NUMBERS.values()} == OF_RUN
    assert {each.value for each in DlqExit} <= {*NUMBERS.values()}


def run(script: str) -> int:
    return subprocess.run(
        [sys.executable, "-c", script], capture_output=True, check=False
    ).returncode


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        pytest.param(["explain", "AVRO_NAME_MISMATCH"], Exit.OK, id="done"),
        pytest.param(["explain", "NO_SUCH_RULE"], Exit.USAGE, id="an unknown rule"),
        pytest.param(["explain", "--nonsense"], Exit.USAGE, id="an unknown option"),
        pytest.param(
            ["subjects", "--url", "http://127.0.0.1:1"],
            Exit.UNAVAILABLE,
            id="nobody is there",
        ),
    ],
)
def test_given_a_command_when_run_then_it_ends_with_its_status(arguments, status):
    script = (
        f"import sys; sys.argv = ['wirepact', *{arguments!r}]\n"
        "from wirepact.cli import main\n"
        "main()"
    )

    assert run(script) == status


def test_given_a_fault_in_a_command_when_run_then_it_is_no_refusal():
    script = (
        "import sys; sys.argv = ['wirepact', 'explain']\n"
        "from registry.gate import catalogue\n"
        "catalogue.rules = None\n"
        "from wirepact.cli import main\n"
        "main()"
    )

    assert run(script) == Exit.INTERNAL
