"""A least-recently-used cache that is bounded in bytes, not in entries."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class ByteCache(Generic[Key, Value]):
    """Keeps what was used last, up to a number of bytes. Thread-safe.

    What does not fit alone is not kept at all.

    Args:
        is_used: Asked of what is about to go: whether it was used past this cache since
            it was asked last. Then it stays for another round.

    """

    def __init__(
        self,
        capacity_bytes: int,
        is_used: Callable[[Value], bool] = lambda _: False,
    ) -> None:
        self._capacity = capacity_bytes
        self._is_used = is_used
        self._used = 0
        self._entries: OrderedDict[Key, tuple[Value, int]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Key) -> Value | None:
        # Without the lock, which costs more than the rest: both steps are atomic, and
        # an entry that goes in between counts as gone.
        entry = self._entries.get(key)
        if entry is None:
            return None
        try:
            self._entries.move_to_end(key)
        except KeyError:
            return None
        return entry[0]

    def put(self, key: Key, value: Value, size_bytes: int) -> None:
        """Keep a value; the size is that of key and value together."""
        with self._lock:
            self._drop(key)
            if size_bytes > self._capacity:
                return
            self._entries[key] = (value, size_bytes)
            self._used += size_bytes
            self._make_room()

    @property
    def used_bytes(self) -> int:
        return self._used

    def __len__(self) -> int:
        return len(self._entries)

    def _make_room(self) -> None:
        # Each is spared once at the most, or this would not end while all are in use.
        spared = len(self._entries)
        while self._used > self._capacity:
            key, (value, _) = next(iter(self._entries.items()))
            if spared > 0 and self._is_used(value):
                spared -= 1
                self._entries.move_to_end(key)
            else:
                self._drop(key)

    def _drop(self, key: Key) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._used -= entry[1]
