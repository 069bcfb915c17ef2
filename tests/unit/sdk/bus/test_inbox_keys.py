"""What messages are known by."""

import copy
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wirepact.inbox import keys
from wirepact.inbox.keys import LONGEST, MessageKeyError

# With halves of surrogate pairs, which are no text and come out of JSON all the same.
TEXTS = st.text(st.characters(), min_size=1)
# Small, so that parts that run into each other are drawn often.
TRICKY = st.text("|%=a2", min_size=1, max_size=4)
SOURCES = TEXTS | TRICKY
PLACES = st.tuples(SOURCES, st.integers(0, 3), st.integers(0, 3) | TRICKY)


@given(SOURCES, SOURCES, SOURCES, SOURCES)
def test_keys_of_messages_are_equal_only_if_source_and_id_are(source, id_, other, id2):
    are_equal = keys.of_message(source, id_) == keys.of_message(other, id2)

    assert are_equal == ((source, id_) == (other, id2))


@given(PLACES, SOURCES, SOURCES, SOURCES)
def test_keys_of_one_kind_are_never_those_of_another(place, source, id_, business):
    made = {
        keys.of_message(source, id_),
        keys.of_place(*place),
        keys.of_business(business),
    }

    assert len(made) == 3


@given(SOURCES | st.binary(min_size=1) | st.integers() | st.uuids())
def test_keys_are_short_printable_ascii_and_the_same_each_time(key):
    made = keys.of_business(key)

    assert 0 < len(made) <= LONGEST
    assert made.isascii()
    assert made.isprintable()
    assert made == keys.of_business(key)


def test_a_key_of_common_parts_can_be_read():
    made = keys.of_message("urn:shop:orders", "0190c3f2-7b7e-7000-8000-000000000001")

    assert made == "urn:shop:orders|0190c3f2-7b7e-7000-8000-000000000001"


def test_a_long_key_is_hashed_and_nobody_can_write_one_like_it():
    long = keys.of_business("x" * (LONGEST + 1))

    assert keys.of_business("x" * LONGEST) == "x" * LONGEST
    assert long.startswith("sha256=")
    assert keys.of_business(long) != long


def test_an_id_alone_is_enough_where_there_is_no_source():
    assert keys.of_message("", "1") == "|1"


def test_given_no_id_then_the_error_says_what_there_is_to_choose():
    with pytest.raises(MessageKeyError, match="idempotent=False") as refused:
        keys.of_message("urn:orders", "")

    assert str(copy.copy(refused.value)) == str(refused.value)


@pytest.mark.parametrize("key", ["", b"", None, True, 1.5, ("a", "b"), object()])
def test_given_no_usable_key_then_it_is_refused(key):
    with pytest.raises(MessageKeyError):
        keys.of_business(key)


@pytest.mark.parametrize(
    ("key", "made"),
    [
        (7, "7"),
        ("7", "7"),
        (b"o-1", "o-1"),
        (b"\xff\x00", "%FF%00"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        ("a b|c=d{e}", "a%20b%7Cc%3Dd%7Be%7D"),
        ("É", "%C3%89"),
    ],
)
def test_keys_of_the_business_are_spelled_so(key, made):
    assert keys.of_business(key) == made


def test_given_no_name_of_a_handler_then_it_is_refused():
    with pytest.raises(MessageKeyError, match="name"):
        keys.of_consumer("")
