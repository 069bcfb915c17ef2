"""Patterns and areas to the character, and what is said of those that are refused."""

import pytest

from registry.domain.access import (
    EVERYTHING,
    MAX_PATTERN,
    MAX_STARS,
    Access,
    Area,
    ForbiddenError,
    InvalidGrantError,
    Pattern,
    PatternKind,
    Permission,
    Role,
)
from registry.domain.model import DEFAULT_CONTEXT, Subject


@pytest.mark.parametrize(
    "pattern",
    [
        Pattern(PatternKind.PREFIX, ""),
        Pattern(PatternKind.EXACT, "a"),
        Pattern(PatternKind.GLOB, "*" * MAX_STARS),
        Pattern(PatternKind.EXACT, "*" * (MAX_STARS + 1)),
        Pattern(PatternKind.PREFIX, "a" * MAX_PATTERN),
    ],
)
def test_given_a_pattern_within_limits_when_checked_then_it_is_itself(pattern):
    assert pattern.checked() is pattern


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        (
            Pattern(PatternKind.EXACT, ""),
            "an empty pattern covers no subject; * covers all",
        ),
        (
            Pattern(PatternKind.GLOB, ""),
            "an empty pattern covers no subject; * covers all",
        ),
        (
            Pattern(PatternKind.EXACT, "a" * (MAX_PATTERN + 1)),
            f"a pattern has at most {MAX_PATTERN} characters",
        ),
        (
            Pattern(PatternKind.GLOB, "*" * (MAX_STARS + 1)),
            f"a glob has at most {MAX_STARS} stars",
        ),
        (Pattern(PatternKind.EXACT, "a\n"), "a pattern has no control characters"),
    ],
)
def test_given_a_pattern_that_no_grant_may_have_when_checked_then_it_says_why(
    pattern, reason
):
    with pytest.raises(InvalidGrantError) as caught:
        pattern.checked()

    assert reason in str(caught.value)
    assert "XX" not in str(caught.value)


@pytest.mark.parametrize(
    ("area", "text"),
    [
        (Area(".", Pattern.parse("a-*")), "'a-*' in context '.'"),
        (Area(".sales", Pattern.parse("a")), "'a' in context '.sales'"),
        (EVERYTHING, "'*' in all contexts"),
    ],
)
def test_given_an_area_when_shown_then_it_says_what_is_in_it(area, text):
    assert str(area) == text


def test_given_a_reader_of_a_part_when_asked_then_no_more_than_that_is_known():
    access = Access(frozenset({(Role.READER, Area(".sales", Pattern.parse("a-*")))}))

    assert access.may_read(Subject("a-1", ".sales"))
    assert not access.may_read(Subject("b-1", ".sales"))
    assert not access.may_read(Subject("a-1", DEFAULT_CONTEXT))
    assert access.knows(".sales")
    assert access.knows(DEFAULT_CONTEXT)
    assert not access.knows(".others")


def test_given_a_reader_of_everything_when_asked_then_each_context_is_known():
    assert Access(frozenset({(Role.READER, EVERYTHING)})).knows(".others")


def test_given_nothing_granted_when_asked_then_no_context_is_known():
    nothing = Access(frozenset())

    assert not nothing.knows(DEFAULT_CONTEXT)
    assert not nothing.knows(".sales")
    assert not nothing.may_read(Subject("a"))


def test_given_a_refusal_when_caught_then_it_has_what_was_asked_for_and_where():
    place = Subject("orders", ".eu")

    with pytest.raises(ForbiddenError) as caught:
        Access(frozenset()).hold(Permission.PURGE, place)

    assert (caught.value.permission, caught.value.place) == (Permission.PURGE, place)
