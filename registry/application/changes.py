"""What this process knows of how often each context has changed."""

import threading
from collections.abc import Callable, Mapping


class Changes:
    """A counter for each context, advanced by own commits and by polling the store.

    An answer made from the store is good as long as the counters it was made under
    stand still: read `seen` before the store, and compare when the answer is used.
    Thread-safe.

    Attributes:
        total: Changes whenever any context does: for answers that consult them all.
            Read it before the others: what is found out afterwards holds at least as
            long as it stands still.

    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        # In one tuple, as readers take no lock: never counters of another epoch.
        self._known: tuple[int, dict[str, int]] = (0, {})
        self.total = 0
        self._settings = (0, 0)

    def advance(self, context: str, sequence: int) -> None:
        """Note that a context has changed up to this number; older news is ignored."""
        with self._lock:
            _, numbers = self._known
            if sequence > numbers.get(context, 0):
                numbers[context] = sequence
                self.total += 1

    def advance_all(self, sequences: Mapping[str, int]) -> None:
        for context, sequence in sequences.items():
            self.advance(context, sequence)

    def learn(self, read: Callable[[], Mapping[str, int]]) -> bool:
        """Read the numbers of all contexts from the store, and note them.

        A number lower than one that was known before reading began means that the
        store has gone back, to a backup or to a standby that had not yet heard of
        all: then every answer made before is void. What is committed while reading
        is under way is not taken for that.

        Returns whether the store has gone back.
        """
        with self._lock:
            before = dict(self._known[1])
        found = read()
        is_back = any(found.get(each, 0) < number for each, number in before.items())
        if is_back:
            self._start_anew()
        self.advance_all(found)
        return is_back

    def seen(self, context: str) -> int:
        """Return a number that stands still as long as the context does.

        It is the last one known of the context (0 for an unknown one) until the store
        goes back, and then one that it never was before.
        """
        epoch, numbers = self._known
        return epoch + numbers.get(context, 0)

    def note_settings(self, revision: int) -> None:
        """Note how often the settings of all contexts have changed, says the store."""
        if revision != self._settings[0]:
            with self._lock:
                self._settings = (revision, self._settings[1])

    def change_settings(self) -> None:
        """Note that settings have just been changed by this process itself."""
        with self._lock:
            self._settings = (self._settings[0], self._settings[1] + 1)

    @property
    def settings(self) -> tuple[int, int]:
        """Changes whenever any config, mode or policy does; for comparison alone."""
        return self._settings

    def _start_anew(self) -> None:
        with self._lock:
            self._known = (self._known[0] + _EPOCH, {})
            self.total += 1
            self._settings = (self._settings[0], self._settings[1] + 1)


_EPOCH = 1 << 64
"""More than any counter of the store can reach."""
