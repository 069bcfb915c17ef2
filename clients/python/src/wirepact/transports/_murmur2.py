"""Which partition a key belongs to, as Kafka's Java client decides it.

Source: Kafka 4.1, `Utils.murmur2` and `BuiltInPartitioner.partitionForKey`; MurmurHash2
by Austin Appleby, with Kafka's own seed.
"""

from functools import lru_cache
from struct import unpack_from
from typing import Final

_SEED: Final = 0x9747B28C
_FACTOR: Final = 0x5BD1E995
_32_BITS: Final = 0xFFFFFFFF
_SIGN: Final = 0x7FFFFFFF


@lru_cache(maxsize=16_384)
def partition_of(key: bytes, partitions: int) -> int:
    """Return the number of the partition out of so many."""
    return (murmur2(key) & _SIGN) % partitions


def murmur2(key: bytes) -> int:
    """Return the hash of a key, of 32 bits without a sign."""
    size = len(key)
    words = size >> 2
    found = _SEED ^ size
    for word in unpack_from(f"<{words}I", key):
        mixed = (word * _FACTOR) & _32_BITS
        mixed ^= mixed >> 24
        found = (found * _FACTOR) & _32_BITS ^ (mixed * _FACTOR) & _32_BITS
    rest = key[words << 2 :]
    if rest:
        found = ((found ^ int.from_bytes(rest, "little")) * _FACTOR) & _32_BITS
    found = ((found ^ (found >> 13)) * _FACTOR) & _32_BITS
    return found ^ (found >> 15)
