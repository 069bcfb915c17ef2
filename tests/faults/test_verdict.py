"""The judge is judged: every promise has a planted break that is seen."""

import pytest

from tests.faults import ledger
from tests.faults.ledger import OK, REFUSED, UNKNOWN, Entry, Ledger
from tests.faults.verdict import Stored, violations

GOOD = [Stored("a", 1, 1, "x"), Stored("a", 2, 2, "y"), Stored("b", 1, 1, "x")]
TOLD = [
    Entry("a", "x", UNKNOWN),
    Entry("a", "x", OK, 1, 1),
    Entry("a", "y", OK, 2, 2),
    Entry("b", "x", OK, 1, 1),
]


def test_given_a_sound_history_when_judged_then_nothing_is_found():
    assert violations(TOLD, GOOD) == []


@pytest.mark.parametrize(
    ("told", "versions", "expected"),
    [
        (TOLD, GOOD[:2], "acknowledged and lost"),
        ([*TOLD, Entry("c", "z", UNKNOWN)], GOOD, "never acknowledged"),
        ([*TOLD, Entry("c", "z", REFUSED)], GOOD, "never acknowledged"),
        (TOLD, [*GOOD, Stored("c", 1, 3, "x")], "one content, several ids"),
        (TOLD, [*GOOD, Stored("c", 1, 2, "z")], "several contents"),
        (TOLD, [*GOOD, Stored("c", 1, 4, "z")], "ids are not"),
        (TOLD, [*GOOD, Stored("b", 3, 2, "y")], "versions of b are not"),
        (TOLD, [*GOOD, Stored("a", 3, 1, "x")], "versions of equal content"),
        ([*TOLD, Entry("a", "y", OK, 3, 2)], GOOD, "acknowledged and lost"),
    ],
)
def test_given_a_broken_promise_when_judged_then_it_is_named(told, versions, expected):
    found = violations(told, versions)

    assert any(expected in sentence for sentence in found), found


def test_given_a_line_that_was_cut_off_when_read_then_it_is_no_entry(tmp_path):
    path = tmp_path / "ledger"
    with Ledger(path) as book:
        book.add(TOLD[1])
    with path.open("a") as file:
        file.write('{"subject": "a", "te')

    assert ledger.read(path) == [TOLD[1]]
