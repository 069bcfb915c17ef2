"""A least-recently-used cache that is bounded in bytes, not in entries."""

import threading
from collections import OrderedDict
from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class ByteCache(Generic[Key, Value]):
    """Keeps what was used last, up to a number of bytes. Thread-safe.

    What does not fit alone is not kept at all.
    """

    def __init__(self, capacity_bytes: int) -> None:
        self._capacity = capacity_bytes
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
            while self._used > self._capacity:
                self._drop(next(iter(self._entries)))

    @property
    def used_bytes(self) -> int:
        return self._used

    def __len__(self) -> int:
        return len(self._entries)

    def _drop(self, key: Key) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._used -= entry[1]
