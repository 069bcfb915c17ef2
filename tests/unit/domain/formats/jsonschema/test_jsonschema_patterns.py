"""Regular expressions of users: which are any, and what they match."""

import time

import pytest

from registry.domain.formats.jsonschema import patterns


@pytest.mark.parametrize(
    ("pattern", "text", "is_match"),
    [
        ("^x-", "x-note", True),
        ("^x-", "note", False),
        ("b", "abc", True),
        (r"^\d+$", "42", True),
        (r"^\d+$", "٤٢", False),
        (r"^(?!\$\$).*$", "$$reserved", False),
        (r"^(a|b)\1$", "aa", True),
        (r"^\p{Lu}", "Ä", True),
        ("", "anything", True),
        ("((", "((", False),
        ("a" * 5000, "a" * 5000, False),
    ],
)
def test_given_an_expression_when_asked_then_it_matches_as_json_schema_means_it(
    pattern, text, is_match
):
    assert patterns.matches(pattern, text) is is_match


@pytest.mark.parametrize(
    ("pattern", "is_one"),
    [("^a+$", True), (r"\p{L}", True), ("(?=a)", True), ("((", False), (r"\y", False)],
)
def test_given_a_text_when_asked_then_it_is_told_whether_it_is_an_expression(
    pattern, is_one
):
    assert patterns.is_valid(pattern) is is_one


@pytest.mark.parametrize(
    "pattern",
    [
        pytest.param("^(a+)+$", id="nested repeats"),
        pytest.param("^(a|a)*$", id="overlapping branches"),
        pytest.param("^(?=.)(a+)+$", id="nested repeats with look-ahead"),
        pytest.param(r"^(a+)+\1b$", id="nested repeats with a back-reference"),
        pytest.param("(a{1000}){1000}", id="a million repeats"),
        pytest.param(r"\p{L}{999}", id="many states"),
        pytest.param("(" * 4000, id="open groups"),
        pytest.param("(" * 1_000_000, id="a million open groups"),
        pytest.param("(?:" * 1300 + ")" * 96, id="groups in groups"),
    ],
)
def test_given_a_hostile_expression_when_asked_then_the_answer_comes_soon(pattern):
    start = time.process_time()

    patterns.is_valid(pattern)
    assert not patterns.matches(pattern, "a" * 512 + "!")

    assert time.process_time() - start < 0.25


def test_given_more_expressions_than_are_kept_when_asked_then_the_last_ones_stay():
    for number in range(500):
        assert patterns.matches(f"^a{{{number + 1}}}$", "a" * (number + 1))

    kept = patterns._compiled.cache_info()
    assert kept.currsize == kept.maxsize
