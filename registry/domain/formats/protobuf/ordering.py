"""The order in which Confluent's registry, a Java program, goes over sets of names.

Its answers list messages in the order of a hash set, which looks like none; clients,
and people who compare answers, see it.

Source: Java SE, String.hashCode; the iteration of HashMap over its table.
"""

from collections.abc import Iterable, Sequence
from typing import Final

_SMALLEST_TABLE: Final = 16
_MASK: Final = 0xFFFFFFFF


def in_hash_order(names: Iterable[str], first: int, all_of_them: int) -> Sequence[str]:
    """Sort some of a set's names into the order in which Java iterates over the set.

    Args:
        names: In the order in which they were added.
        first: How many names the set was made with.
        all_of_them: How many it has in the end.

    """
    table = max(_SMALLEST_TABLE, _power_of_two(int(first / 0.75) + 1))
    while all_of_them > table * 3 // 4:
        table *= 2
    return sorted(names, key=lambda name: _spread(_hash(name)) & (table - 1))


def _power_of_two(least: int) -> int:
    return 1 << (least - 1).bit_length()


def _spread(code: int) -> int:
    return code ^ code >> 16


def _hash(name: str) -> int:
    code = 0
    for character in name:  # Names of Protobuf are ASCII: a character is a unit.
        code = code * 31 + ord(character) & _MASK
    return code
