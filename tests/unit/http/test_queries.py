"""Query strings before the framework reads them."""

import pytest

from registry.http import queries


@pytest.mark.parametrize(
    ("query", "value"),
    [
        (b"", ""),
        (b"subject=a", "a"),
        (b"subject=a&subject=b&x=c", "b"),
        (b"sub%6Aect=a%2Fb%20%C3%A9", "a/b \xe9"),
        (b"subject=", ""),
        (b"subject", ""),
        (b"mysubject=a", ""),
    ],
)
def test_given_a_query_when_a_parameter_is_read_then_the_last_one_counts(query, value):
    assert queries.last(query, "subject") == value


@pytest.mark.parametrize(
    ("query", "changed"),
    [
        (b"", b"subject=:.c:%C3%A9%26"),
        (b"subject=a&deleted=true&sub%6Aect=b", b"deleted=true&subject=:.c:%C3%A9%26"),
        (b"x=%zz&&flag", b"x=%zz&flag&subject=:.c:%C3%A9%26"),
    ],
)
def test_given_a_query_when_a_parameter_is_set_then_the_rest_is_as_it_was(
    query, changed
):
    assert queries.having(query, "subject", ":.c:\xe9&") == changed
