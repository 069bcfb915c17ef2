"""Dead letters, read: what is known of the failure, and which are meant. No I/O."""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from wirepact.dead_letter import FIRST_FAILURE, LEFT_OUT, REDRIVE_COUNT, untold
from wirepact.envelope import Binding, Header
from wirepact.metadata import Metadata
from wirepact.transports.port import Delivery, Record

KEPT_BY: Final = "dlq-kept-by"
"""Which pass has put a dead letter behind the others, to get at those behind it."""

_SPRING: Final[Mapping[str, tuple[str, str]]] = {
    "dlq-original-topic": ("kafka_dlt-original-topic", ""),
    "dlq-original-partition": ("kafka_dlt-original-partition", ">i"),
    "dlq-original-offset": ("kafka_dlt-original-offset", ">q"),
    "dlq-consumer-group": ("kafka_dlt-original-consumer-group", ""),
    "dlq-exception-type": ("kafka_dlt-exception-fqcn", ""),
    "dlq-exception-message": ("kafka_dlt-exception-message", ""),
}
_MOST_COUNT: Final = 1_000_000


class Letter:
    """A dead letter, with what its headers tell.

    Those that Spring for Apache Kafka has written are understood as well.
    """

    __slots__ = ("_told", "delivery", "message")

    def __init__(self, delivery: Delivery, binding: Binding) -> None:
        self.delivery = delivery
        self._told = dict(delivery.headers)
        self.message = Metadata(delivery, binding, topic=self.topic)

    def __repr__(self) -> str:
        return f"Letter({self.place})"

    def fact(self, name: str) -> str:
        """Return what a header of the failure tells; empty if it tells nothing."""
        raw = self._told.get(name)
        if raw is not None:
            return raw.decode(errors="replace")
        spring, form = _SPRING.get(name, ("", ""))
        raw = self._told.get(spring)
        if raw is None:
            return ""
        if not form:
            return raw.decode(errors="replace")
        try:
            return str(struct.unpack(form, raw)[0])
        except struct.error:
            return ""

    @property
    def place(self) -> str:
        """Where it is, among the dead letters."""
        lies = self.delivery
        return f"{lies.topic}/{lies.partition}/{lies.position}"

    @property
    def topic(self) -> str:
        """Where the message was published; empty if nobody says it."""
        return self.fact("dlq-original-topic")

    @property
    def reason(self) -> str:
        return self.fact("dlq-reason")

    @property
    def exception(self) -> str:
        """Which exception it was, with its module."""
        return self.fact("dlq-exception-type")

    @property
    def handler(self) -> str:
        return self.fact("dlq-handler")

    @property
    def key(self) -> bytes | None:
        return self.delivery.key

    @property
    def id(self) -> str:
        """The message's own, which a redrive keeps."""
        return self.message.id

    @property
    def schema_id(self) -> str:
        """The id or GUID that the message names; empty if it names none."""
        named = self.fact("dlq-schema-id")
        if named:
            return named
        found = self.message.schema_id
        return "" if found is None else str(found)

    @property
    def redrives(self) -> int:
        """How often the message was redriven before."""
        text = self.fact(REDRIVE_COUNT)
        count = int(text) if text.isdecimal() and len(text) <= len("1000000") else 0
        return min(count, _MOST_COUNT)

    @property
    def left_out(self) -> str:
        """What it lacks of its message, in words; empty if nothing."""
        what = self.fact(LEFT_OUT)
        place = "/".join(
            self.fact(f"dlq-original-{each}")
            for each in ("topic", "partition", "offset")
        )
        return what and f"without its {what}, too large for here; it was at {place}"

    @property
    def failed_at(self) -> datetime | None:
        """When it became a dead letter, as far as anybody knows."""
        return _time(self.fact("dlq-last-failure-time")) or self.delivery.sent_at

    @property
    def published_at(self) -> datetime | None:
        """When the message was published, as far as anybody knows."""
        return (
            _time(self.fact("dlq-original-timestamp"))
            or self.message.time
            or _time(self.fact(FIRST_FAILURE))
            or self.delivery.sent_at
        )

    def redriven(self, topic: str) -> Record:
        """Return the record that is sent again, without what the failure has told.

        It has no id for brokers that deduplicate: one that was published moments ago
        would be taken for its own copy, and not be kept.
        """
        own = [header for header in self._own if header[0] != REDRIVE_COUNT]
        count: Header = (REDRIVE_COUNT, str(self.redrives + 1).encode())
        delivery = self.delivery
        return Record(topic, delivery.value, delivery.key, (*own, count))

    def kept(self, run: str) -> Record:
        """Return the same dead letter, to be put behind the others of its lane."""
        delivery = self.delivery
        headers = [each for each in delivery.headers if each[0] != KEPT_BY]
        return Record(
            delivery.topic,
            delivery.value,
            delivery.key,
            (*headers, (KEPT_BY, run.encode())),
            partition=delivery.partition,
        )

    @property
    def _own(self) -> Sequence[Header]:
        return untold(self.delivery.headers)


@dataclass(frozen=True, slots=True)
class Criteria:
    """Which dead letters are meant: those that fit all that is said.

    Attributes:
        reasons: One of them, by the header `dlq-reason`; empty for any.
        exception: A part of the exception's type, such as `ValueError`.
        handler: Its name, or the end of it, such as `bill`.
        older_than_s: Dead for longer than that.
        newer_than_s: Dead for less than that.

    """

    reasons: tuple[str, ...] = ()
    exception: str = ""
    schema_id: str = ""
    handler: str = ""
    key: bytes | None = None
    id: str = ""
    older_than_s: float | None = None
    newer_than_s: float | None = None

    def fits(self, letter: Letter, now: datetime) -> bool:
        """Say whether a dead letter is meant; unknown ages fit none."""
        return (
            (not self.reasons or letter.reason in self.reasons)
            and self.exception in letter.exception
            and (not self.schema_id or letter.schema_id == self.schema_id)
            and (not self.handler or _ends(letter.handler, self.handler))
            and (self.key is None or letter.key == self.key)
            and (not self.id or letter.id == self.id)
            and self._fits_age(letter, now)
        )

    def _fits_age(self, letter: Letter, now: datetime) -> bool:
        if self.older_than_s is None and self.newer_than_s is None:
            return True
        failed = letter.failed_at
        if failed is None:
            return False
        age_s = (now - failed).total_seconds()
        return (self.older_than_s is None or age_s > self.older_than_s) and (
            self.newer_than_s is None or age_s < self.newer_than_s
        )


def _ends(name: str, wanted: str) -> bool:
    return name == wanted or name.endswith(f".{wanted}")


def _time(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found
