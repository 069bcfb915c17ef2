"""What this process knows of how often each context has changed."""

import threading
from collections.abc import Mapping


class Changes:
    """A counter for each context, advanced by own commits and by polling the store.

    An answer made from the store is good as long as the counters it was made under
    stand still: read `seen` before the store, and compare when the answer is used.
    Thread-safe.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: dict[str, int] = {}
        self._total = 0

    def advance(self, context: str, sequence: int) -> None:
        """Note that a context has changed up to this number; older news is ignored."""
        with self._lock:
            if sequence > self._seen.get(context, 0):
                self._seen[context] = sequence
                self._total += 1

    def advance_all(self, sequences: Mapping[str, int]) -> None:
        for context, sequence in sequences.items():
            self.advance(context, sequence)

    def seen(self, context: str) -> int:
        """Return the last number known of a context; 0 for an unknown one."""
        return self._seen.get(context, 0)

    @property
    def total(self) -> int:
        """Changes whenever any context does: for answers that consult them all."""
        return self._total
