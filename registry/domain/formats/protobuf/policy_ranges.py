"""Sets of numbers as ranges, which may be half a billion numbers wide."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import Final

_LAST: Final = 2**29 - 1
"""The largest number of a field; an enum may go on further."""


class Numbers:
    """A set of numbers. Never changes."""

    __slots__ = ("_ranges", "_starts")

    def __init__(self, ranges: Iterable[range]) -> None:
        """Take ranges in any order; they may overlap."""
        self._ranges = tuple(_joined(ranges))
        self._starts = [each.start for each in self._ranges]

    def __contains__(self, number: int) -> bool:
        at = bisect_right(self._starts, number) - 1
        return at >= 0 and number in self._ranges[at]

    def minus(self, other: "Numbers") -> Iterator[range]:
        """Yield what is not in the other, as ranges in order."""
        for each in self._ranges:
            yield from other.gaps(each)

    def gaps(self, within: range) -> Iterator[range]:
        """Yield the numbers of a range that are not in this set."""
        at = within.start
        first = max(bisect_right(self._starts, at) - 1, 0)
        for index in range(first, len(self._ranges)):
            each = self._ranges[index]
            if each.start >= within.stop:
                break
            if each.start > at:
                yield range(at, each.start)
            at = max(at, each.stop)
        if at < within.stop:
            yield range(at, within.stop)


def told(each: range) -> str:
    """Return a range as Protobuf writes it."""
    if len(each) == 1:
        return str(each.start)
    end = each.stop - 1
    return f"{each.start} to {'max' if end >= _LAST else end}"


def _joined(ranges: Iterable[range]) -> Iterator[range]:
    """Yield the same numbers in ranges that neither overlap nor touch, in order."""
    last = None
    for each in sorted(ranges, key=lambda each: each.start):
        if last is None:
            last = each
        elif each.start <= last.stop:
            last = range(last.start, max(last.stop, each.stop))
        else:
            yield last
            last = each
    if last is not None:
        yield last
