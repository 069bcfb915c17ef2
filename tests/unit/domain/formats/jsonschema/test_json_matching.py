"""The matching is as large as any, and asks no more than it needs."""

from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from registry.domain.formats.jsonschema.matching import maximum_matching


def matched(
    rows: list[list[bool]], likely: list[int | None] | None = None
) -> tuple[dict[int, int], int]:
    """The matching over a table of who goes with whom, and how many were asked of."""
    rights = len(rows[0]) if rows else 0
    search = maximum_matching(len(rows), rights, likely or [None] * len(rows))
    asked: set[tuple[int, int]] = set()
    fits: bool | None = None
    while True:
        try:
            left, right = next(search) if fits is None else search.send(fits)
        except StopIteration as done:
            return dict(done.value), len(asked)
        asked.add((left, right))
        fits = rows[left][right]


def largest(rows: list[list[bool]]) -> int:
    """By trying everything."""
    size = max(len(rows), len(rows[0]))
    square = [row + [False] * (size - len(row)) for row in rows]
    square += [[False] * size] * (size - len(rows))
    orders = permutations(range(size))
    return max(sum(square[at][to] for at, to in enumerate(each)) for each in orders)


tables = st.integers(1, 5).flatmap(
    lambda rights: st.lists(
        st.lists(st.booleans(), min_size=rights, max_size=rights),
        min_size=1,
        max_size=5,
    )
)


@given(tables)
def test_given_any_table_when_matched_then_no_other_pairs_are_more(rows):
    pairs, _ = matched(rows)

    assert all(rows[left][right] for left, right in pairs.items())
    assert len(set(pairs.values())) == len(pairs) == largest(rows)


def test_given_partners_that_must_change_when_matched_then_all_are_served():
    pairs, _ = matched([[True, True, False], [True, False, True], [True, False, False]])

    assert pairs == {0: 1, 1: 2, 2: 0}


def test_given_unchanged_lists_when_matched_then_each_is_asked_of_once():
    rows = [[left == right for right in range(100)] for left in range(100)]

    assert matched(rows) == ({at: at for at in range(100)}, 100)


def test_given_a_sure_partner_elsewhere_when_matched_then_it_is_not_given_away():
    pairs, _ = matched([[True, True], [True, False]], likely=[None, 0])

    assert pairs == {1: 0, 0: 1}


def test_given_nobody_on_one_side_when_matched_then_there_are_no_pairs():
    assert matched([[], []]) == ({}, 0)
    assert matched([]) == ({}, 0)
