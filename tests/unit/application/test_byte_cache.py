"""A cache whose bound is bytes."""

from hypothesis import given
from hypothesis import strategies as st

from registry.application.byte_cache import ByteCache


def test_given_a_full_cache_when_one_more_is_kept_then_the_least_used_goes():
    cache: ByteCache[object, object] = ByteCache(30)
    for key in "abc":
        cache.put(key, key.upper(), 10)
    cache.get("a")

    cache.put("d", "D", 10)

    assert [cache.get(key) for key in "abcd"] == ["A", None, "C", "D"]


def test_given_a_value_larger_than_the_cache_when_kept_then_the_others_stay():
    cache: ByteCache[object, object] = ByteCache(30)
    cache.put("a", "A", 10)

    cache.put("b", "B", 31)

    assert (cache.get("a"), cache.get("b")) == ("A", None)


def test_given_a_key_kept_twice_when_asked_then_the_newer_value_and_size_count():
    cache: ByteCache[object, object] = ByteCache(30)
    cache.put("a", "A", 20)

    cache.put("a", "B", 5)

    assert (cache.get("a"), cache.used_bytes) == ("B", 5)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 40))))
def test_given_any_puts_when_counted_then_the_bound_holds_and_nothing_leaks(puts):
    cache: ByteCache[int, int] = ByteCache(50)
    for key, size in puts:
        cache.put(key, size, size)

    kept = [cache.get(key) for key in range(10)]

    assert cache.used_bytes == sum(size or 0 for size in kept) <= 50


def test_given_a_value_used_elsewhere_when_it_is_the_eldest_then_it_is_spared_once():
    used = {"A"}

    def is_used(value: object) -> bool:
        if value not in used:
            return False
        used.remove(str(value))
        return True

    cache: ByteCache[object, object] = ByteCache(30, is_used)
    for key in "abcd":
        cache.put(key, key.upper(), 10)

    assert [cache.get(key) for key in "abcd"] == ["A", None, "C", "D"]
    for key in "efg":
        cache.put(key, key.upper(), 10)
    assert cache.get("a") is None


def test_given_all_in_use_for_ever_when_room_is_needed_then_it_is_made() -> None:
    cache: ByteCache[object, object] = ByteCache(30, lambda _: True)

    for key in "abcd":
        cache.put(key, key.upper(), 10)

    assert cache.used_bytes == 30
