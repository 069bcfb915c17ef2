"""Patterns of full names: what they cover, and that no name takes long."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from wirepact.rules.fields import matches

patterns = st.lists(st.sampled_from(["a", "b", ".", "*", "**", "?"]), max_size=9)
names = st.text(alphabet="ab.", max_size=10)


def tried_anew(name, pattern):
    """Match by an expression that tries every star in every way."""
    words = {"**": ".*", "*": "[^.]*", "?": "[^.]"}
    parts = re.split(r"(\*\*|\*|\?)", pattern.replace("**.*", "**"))
    return re.fullmatch("".join(words.get(p, re.escape(p)) for p in parts), name)


@settings(max_examples=500)
@given(patterns.map("".join), names)
def test_given_any_pattern_then_it_covers_what_it_says(pattern, name):
    assert matches(name, pattern) == (tried_anew(name, pattern) is not None)


def test_given_many_stars_when_a_long_name_does_not_match_then_it_is_said_at_once():
    # Each of them takes a search that tries every star in every way for ever.
    assert not matches("$." + "a" * 500 + "!", "**a" * 30 + "b")
    assert not matches("a" * 500 + "!", "*a" * 30 + "b")
    assert not matches("a." * 300 + "!", "**a.*a*." * 10 + "b")
    assert matches("$." + "a" * 500 + "b", "**a" * 30 + "b")
