"""What was last answered about associations, for the time when the store is away.

Clients ask for the associations of a topic before they read its messages, and give up
on anything but a list. What was asked before is answered then as it was; while the
store is there, it is always asked.
"""

from typing import Final

from registry.application.associated import list_associations
from registry.application.association_ports import Wanted
from registry.application.byte_cache import ByteCache
from registry.application.ports import Ports
from registry.application.stored import Page
from registry.domain.associations import Association
from registry.domain.errors import StoreUnavailableError

MOST_BYTES: Final = 4 * 1024 * 1024
_ENTRY_BYTES: Final = 500
"""What an entry, and each association in it, takes beside its texts; rounded up."""


class LastAnswers:
    """The answers that were asked for last, up to a number of bytes. Thread-safe."""

    def __init__(self, ports: Ports, capacity_bytes: int = MOST_BYTES) -> None:
        self._ports = ports
        self._answers: ByteCache[tuple[Wanted, Page], list[Association]]
        self._answers = ByteCache(capacity_bytes)

    def list(self, wanted: Wanted, page: Page) -> list[Association]:
        """Return associations as `list_associations` does.

        Raises:
            StoreUnavailableError: The store is away, and nobody has asked before.

        """
        key = (wanted, page)
        try:
            found = list_associations(self._ports, wanted, page)
        except StoreUnavailableError:
            known = self._answers.get(key)
            if known is None:
                raise
            return known
        size = sum(_ENTRY_BYTES + len(repr(each)) for each in (wanted, *found))
        self._answers.put(key, found, size)
        return found
