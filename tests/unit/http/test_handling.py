"""Request bodies: how much of them, what is no text, and on which thread."""

import pytest

from registry.http.errors import RefusedError
from registry.http.handling import MOST_ITEMS, decoded, decoded_lines


def test_given_as_many_lines_as_may_be_when_decoded_then_all_are_there():
    assert decoded_lines(b"1\n" * MOST_ITEMS, int) == [1] * MOST_ITEMS


@pytest.mark.parametrize("line", [b"1\n", b"\n"], ids=["items", "nothing"])
def test_given_more_lines_than_may_be_when_decoded_then_they_are_refused(line):
    body = b"1\n" + line * MOST_ITEMS

    with pytest.raises(RefusedError) as refused:
        decoded_lines(body, int)

    assert refused.value.status == 413


@pytest.mark.parametrize("text", [rb'"\u0000"', rb'"a\\\u0000"', rb'{"\u0000":1}'])
def test_given_an_escaped_nul_when_decoded_then_it_is_refused(text):
    with pytest.raises(RefusedError, match="NUL is not allowed"):
        decoded(text, object)


@pytest.mark.parametrize("text", [rb'"\\u0000"', rb'"\\\\u0000"'])
def test_given_an_escaped_backslash_before_u0000_when_decoded_then_it_is_text(text):
    assert "u0000" in decoded(text, str)
