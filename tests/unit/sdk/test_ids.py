"""Ids of messages: in order, without repetition, and the same when asked again."""

import threading
from concurrent.futures import ThreadPoolExecutor
from uuid import RFC_4122, UUID

from hypothesis import given
from hypothesis import strategies as st

from wirepact.ids import IdSource, repeatable_id

MS = 1_000_000
clocks = st.lists(st.integers(0, 2**47 * MS), min_size=1, max_size=40)
texts = st.text(max_size=8)


def source(times, random=b"\xa5"):
    ticks = iter(times)
    return IdSource(lambda: next(ticks), lambda count: random * count)


def test_an_id_is_a_uuid_of_version_7_that_begins_with_the_time():
    now_ms = 0x0192_3456_789A

    made = source([now_ms * MS + 999_999])()

    assert (made.version, made.variant) == (7, RFC_4122)
    assert made.int >> 80 == now_ms


@given(clocks, st.sampled_from([b"\x00", b"\xa5", b"\xff"]))
def test_given_any_clock_when_ids_are_made_then_each_is_greater(times, random):
    make = source(times, random)

    made = [make() for _ in times]

    assert made == sorted(set(made))
    assert {(each.version, each.variant) for each in made} == {(7, RFC_4122)}


def test_given_a_clock_that_stands_when_the_random_part_is_used_up_then_time_goes_on():
    # 74 bits are not used up by steps of 32 in the time of a test.
    make = source([MS] * 4, b"\xff")
    make()
    make._random = (1 << 74) - 1

    made = make()

    assert made.int >> 80 == 2
    assert (made.version, made.variant) == (7, RFC_4122)


def test_given_threads_when_they_share_a_source_then_no_id_is_made_twice():
    make, ready = IdSource(), threading.Barrier(8)

    def some(_number):
        ready.wait(30)
        return [make() for _ in range(500)]

    with ThreadPoolExecutor(8) as pool:
        made = [each for part in pool.map(some, range(8)) for each in part]

    assert len({*made}) == 4000


def test_given_two_sources_when_they_stand_at_one_moment_then_they_do_not_meet():
    one, other = IdSource(lambda: MS), IdSource(lambda: MS)

    assert not {one() for _ in range(100)} & {other() for _ in range(100)}


def test_a_repeatable_id_is_the_same_every_time():
    made = repeatable_id("urn:orders", "o-1", "billing", 0)

    assert made == repeatable_id("urn:orders", "o-1", "billing", 0)
    assert made == UUID("e1f94296-ffab-595b-810a-37b55dc7bba0")
    assert made.version == 5


@given(st.tuples(texts, texts, texts, st.integers(0, 99)), st.data())
def test_given_other_parts_then_a_repeatable_id_is_another(parts, data):
    others = data.draw(st.tuples(texts, texts, texts, st.integers(0, 99)))

    is_same = repeatable_id(*parts) == repeatable_id(*others)

    assert is_same == (parts == others)


def test_given_parts_that_are_cut_elsewhere_then_a_repeatable_id_is_another():
    cuts = [("ab", "c", "d"), ("a", "bc", "d"), ("a", "b", "cd"), ("", "abc", "d")]

    assert len({repeatable_id(*cut, 1) for cut in cuts}) == len(cuts)
