"""The seven levels: which versions, in which directions."""

import pytest

from registry.domain.errors import InvalidLevelError
from registry.domain.levels import STRONGEST_FIRST, Direction, Level

HISTORY = ("v1", "v2", "v3")


@pytest.mark.parametrize(
    ("level", "versions", "directions"),
    [
        (Level.NONE, [], ()),
        (Level.BACKWARD, ["v3"], (Direction.BACKWARD,)),
        (Level.BACKWARD_TRANSITIVE, ["v3", "v2", "v1"], (Direction.BACKWARD,)),
        (Level.FORWARD, ["v3"], (Direction.FORWARD,)),
        (Level.FORWARD_TRANSITIVE, ["v3", "v2", "v1"], (Direction.FORWARD,)),
        (Level.FULL, ["v3"], (Direction.FORWARD, Direction.BACKWARD)),
        (
            Level.FULL_TRANSITIVE,
            ["v3", "v2", "v1"],
            (Direction.FORWARD, Direction.BACKWARD),
        ),
    ],
)
def test_given_a_level_when_asked_then_it_protects_the_published_pairs(
    level, versions, directions
):
    assert list(level.protected(HISTORY)) == versions
    assert level.directions == directions


@pytest.mark.parametrize(
    "text", ["full_transitive", "Full_Transitive", " FULL_TRANSITIVE "]
)
def test_given_any_letter_case_when_read_then_the_level_is_found(text):
    assert Level.parse(text) is Level.FULL_TRANSITIVE


@pytest.mark.parametrize("text", ["", "fully", "BACKWARDS", "ﬀ"])
def test_given_no_level_when_read_then_the_error_lists_the_levels(text):
    with pytest.raises(InvalidLevelError, match="full_transitive"):
        Level.parse(text)


def test_given_the_order_of_strength_when_compared_then_it_has_every_level_once():
    assert sorted(STRONGEST_FIRST, key=lambda each: each.name) == sorted(
        Level, key=lambda each: each.name
    )
