"""Adapters of which only one direction may be possible."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from wirepact.codecs.language import Adapter
from wirepact.events.compiling import compiled
from wirepact.events.conversions import Conversion
from wirepact.events.faults import EventTypeError


@dataclass(slots=True)
class Plan:
    """What was planned for a class: records by name, and what stands against it."""

    writing: dict[str, Conversion] = field(default_factory=dict)
    reading: dict[str, Conversion] = field(default_factory=dict)
    against_writing: list[EventTypeError] = field(default_factory=list)
    against_reading: list[EventTypeError] = field(default_factory=list)

    def adapter(self, to_plain: Conversion, from_plain: Conversion) -> Adapter:
        """Generate both directions; an impossible one raises why when it is called.

        Raises:
            EventTypeError: Neither direction is possible.

        """
        if self.against_writing and self.against_reading:
            raise self.against_writing[0]
        return Adapter(
            _function(to_plain, self.writing, self.against_writing),
            _function(from_plain, self.reading, self.against_reading),
        )


def _function(
    conversion: Conversion,
    plan: Mapping[str, Conversion],
    against: list[EventTypeError],
) -> Callable[[Any], Any]:
    return _Refusal(against[0]) if against else compiled(conversion, plan)


@dataclass(frozen=True, slots=True)
class _Refusal:
    error: EventTypeError

    def __call__(self, value: Any) -> Any:
        raise EventTypeError(self.error.place, self.error.reason)
