"""Messages that have failed: what is known of each until it is settled."""

from dataclasses import dataclass, field
from datetime import datetime

from wirepact.dead_letter import Death

EVERYBODY = ""
"""Stands for all handlers of a message, as when it cannot be read."""


@dataclass(frozen=True, slots=True)
class Later:
    """A message is not settled, and has to be tried again.

    Attributes:
        outage: What is out, so that all wait; None if only this message does.
        is_handed_back: The broker is to deliver it again, after the delay.
        is_brief: Its lane is fetched from meanwhile.

    """

    delay_s: float = 0.0
    outage: BaseException | None = None
    is_handed_back: bool = False
    is_brief: bool = False


@dataclass(slots=True)
class Case:
    """A message that has failed, until it is settled.

    Attributes:
        done: The handlers that are through with it.
        attempts: Calls of the handler that is not.
        deaths: Dead letters that are due, by handler.
        refusals: How often a record about it could not be sent.

    """

    first_failure: datetime
    done: set[str] = field(default_factory=set)
    attempts: int = 0
    deaths: dict[str, Death] = field(default_factory=dict)
    refusals: int = 0

    @property
    def is_buried(self) -> bool:
        """Whether a dead letter of it is due, or the one for all handlers is sent."""
        return bool(self.deaths) or EVERYBODY in self.done

    def end(self, handler: str) -> None:
        """Note down that a handler is through; the next one begins to count anew."""
        self.done.add(handler)
        self.attempts = 0
        self.deaths.pop(handler, None)
