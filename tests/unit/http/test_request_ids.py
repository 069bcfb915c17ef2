import uuid

import pytest

from registry.http import request_ids


@pytest.mark.parametrize("given", [b"abc", b"6b1f89af-c7d7", b"x" * 128, b"a=b;c"])
def test_given_a_short_printable_id_when_chosen_then_it_is_kept(given):
    assert request_ids.chosen(given) == given


@pytest.mark.parametrize(
    "given",
    [
        None,
        b"",
        b"x" * 129,
        b"two words",
        b"line\nbreak",
        "é".encode(),
        pytest.param(b"one, two", id="a repeated field"),
    ],
)
def test_given_no_usable_id_when_chosen_then_a_new_uuid_is(given):
    first, second = request_ids.chosen(given), request_ids.chosen(given)

    assert first != second
    assert uuid.UUID(first.decode()).version == 4
