import uuid

import pytest

from registry.http import request_ids


@pytest.mark.parametrize(
    "given", [b"abc", b"6b1f89af-c7d7", b"x" * 128, b"a=b;c", b"-", b"~a~"]
)
def test_given_a_short_printable_id_when_chosen_then_it_is_kept(given):
    assert request_ids.chosen(given) == given


@pytest.mark.parametrize(
    "given",
    [
        None,
        b"",
        b"x" * 129,
        b"two words",
        b" ab",
        b"ab ",
        b"line\nbreak",
        "é".encode(),
        pytest.param(b"one, two", id="a repeated field"),
    ],
)
def test_given_no_usable_id_when_chosen_then_a_new_uuid_is(given):
    first, second = request_ids.chosen(given), request_ids.chosen(given)

    assert first != second
    assert uuid.UUID(first.decode()).version == 4


def test_given_many_requests_when_ids_are_made_then_each_is_another_uuid():
    made = [request_ids.fresh().decode() for _ in range(1_000)]

    assert len({*made}) == 1_000
    assert {uuid.UUID(each).version for each in made} == {4}
    assert [str(uuid.UUID(each)) for each in made] == made
