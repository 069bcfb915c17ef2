"""What the client keeps: how long, how much, and where.

Three kinds of things are kept, by how they age:

* A schema under its id or GUID never changes. It is kept until space is needed.
* What stands under a version, or whether a schema is registered, hardly ever changes.
  It is kept in memory; what is on disk is used when the registry cannot be asked.
* The latest version changes. It is asked for again when it is a minute old, and served
  meanwhile; if the registry cannot be asked, it is served for a day.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Final, Generic, TypeVar

from wirepact.schemas import RegisteredSchema, Schema

Value = TypeVar("Value")
Key = tuple[str | int, ...]
"""What is kept: its kind, its context, and what it is found by."""


@dataclass(frozen=True, slots=True)
class CachePolicy:
    """How much is kept, and how long.

    Attributes:
        memory_bytes: The most that the schemas in memory occupy, roughly.
        latest_ttl_s: After which the latest version is asked for again. Each time is
            drawn from a fifth less to a fifth more, or all clients would ask together.
        latest_stale_s: How old a latest version may be while the registry is down.
        missing_ttl_s: How long something is believed to be missing.
        folder: Where schemas outlive the process; None for nowhere. Several processes
            may share it, and several registries.
        folder_bytes: The most that the folder occupies.

    """

    memory_bytes: int = 32 * 1024 * 1024
    latest_ttl_s: float = 60.0
    latest_stale_s: float = 24 * 60 * 60.0
    missing_ttl_s: float = 1.0
    folder: Path | str | None = None
    folder_bytes: int = 256 * 1024 * 1024

    def drawn_ttl_s(self, random: Callable[[], float]) -> float:
        return self.latest_ttl_s * (0.8 + 0.4 * random())


@dataclass(frozen=True, slots=True)
class Aging(Generic[Value]):
    """Something that is true for a while.

    Attributes:
        fresh_until: From then on it is asked for again, and served meanwhile.
        usable_until: From then on it is not served any more.

    """

    value: Value
    fresh_until: float
    usable_until: float


Kept = Schema | RegisteredSchema | Aging[RegisteredSchema]


class MemoryCache:
    """Bounded in bytes; what was not used for longest goes first. Thread-safe."""

    _ENTRY_BYTES: Final = 600  # key, objects and the links of the order

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._kept: OrderedDict[Key, tuple[Kept, int]] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    @property
    def size_bytes(self) -> int:
        return self._bytes

    def find(self, key: Key) -> Kept | None:
        found = self._kept.get(key)
        if found is None:
            return None
        with self._lock:
            # Another thread may have removed it in between; what was found is good.
            if key in self._kept:
                self._kept.move_to_end(key)
        return found[0]

    def put(self, key: Key, value: Kept) -> None:
        """Keep a value. One that is larger than the whole cache is not kept."""
        size = self._ENTRY_BYTES + _text_bytes(value)
        with self._lock:
            self._remove(key)
            if size > self._max_bytes:
                return
            self._kept[key] = (value, size)
            self._bytes += size
            while self._bytes > self._max_bytes:
                self._remove(next(iter(self._kept)))

    def discard(self, is_meant: Callable[[Key], bool]) -> list[Key]:
        """Remove what is meant, and return its keys."""
        with self._lock:
            meant = [key for key in self._kept if is_meant(key)]
            for key in meant:
                self._remove(key)
            return meant

    def _remove(self, key: Key) -> None:
        found = self._kept.pop(key, None)
        if found is not None:
            self._bytes -= found[1]


def _text_bytes(value: Kept) -> int:
    if isinstance(value, Aging):
        value = value.value
    schema = value.schema if isinstance(value, RegisteredSchema) else value
    # Metadata and rules are small beside the text, and counted as if they were equal
    # to their printed form.
    beside = f"{schema.references}{schema.metadata}{schema.rule_set}"
    return 2 * (len(schema.text) + len(beside))
