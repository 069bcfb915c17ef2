"""The topics of a broker in memory: what was sent, in its order."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Final
from zlib import crc32

from wirepact.errors import RecordRefusedError, RecordTooLargeError
from wirepact.transports._kafka_names import find_topic_fault
from wirepact.transports.port import Delivery, Lane, Receipt, Record

# What is forgotten at once, as a share of what is kept: small, as all of it stays in
# memory until then, and not too small, as all that is kept is shifted by it.
_TRIMMED_SHARE: Final = 8


def now() -> datetime:
    """Return the time, with its zone."""
    return datetime.now(UTC)


@dataclass(slots=True)
class Partition:
    """The records of a lane, of which the oldest may be gone.

    Attributes:
        start: The position of the first record that is kept.
        offsets: How far each group has settled it.

    """

    records: list[Delivery] = field(default_factory=list)
    start: int = 0
    offsets: dict[str, int] = field(default_factory=dict)

    @property
    def end(self) -> int:
        return self.start + len(self.records)

    def slice(self, position: int, limit: int) -> list[Delivery]:
        """Return at most so many records from a position on, or from the oldest."""
        begin = max(position - self.start, 0)
        return self.records[begin : begin + limit]

    def trim(self, keep: int) -> None:
        """Forget what all groups have settled, but for the last ones.

        An eighth more than those may stay for a while.
        """
        settled = min(self.offsets.values(), default=self.end)
        surplus = min(settled, self.end - keep) - self.start
        if surplus > keep // _TRIMMED_SHARE:
            del self.records[:surplus]
            self.start += surplus


class Log:
    """All topics."""

    def __init__(
        self,
        partitions: int,
        keep: int | None,
        most_bytes: int,
        clock: Callable[[], datetime],
    ) -> None:
        self.clock = clock
        self._keep = keep
        self._count = partitions
        self._most_bytes = most_bytes
        self._turns = count()
        self._topics: dict[str, list[Partition]] = {}

    @property
    def topics(self) -> list[str]:
        """The names of all topics, in the order in which they were made."""
        return list(self._topics)

    def lanes(self, topics: Iterable[str]) -> list[Lane]:
        """Return the lanes of topics, made if they are missing."""
        return [
            Lane(topic, number)
            for topic in topics
            for number in range(len(self.make(topic)))
        ]

    def make(self, topic: str) -> list[Partition]:
        """Return a topic's partitions; the topic is made if it is missing.

        Raises:
            RecordRefusedError: This is no name for a topic.

        """
        found = self._topics.get(topic)
        if found is None:
            fault = find_topic_fault(topic)
            if fault is not None:
                raise RecordRefusedError(topic, fault)
            found = [Partition() for _ in range(self._count)]
            self._topics[topic] = found
        return found

    def partition(self, lane: Lane) -> Partition:
        return self._topics[lane.topic][lane.partition]

    def refuse(self, record: Record) -> None:
        """Pass if a record could be appended.

        Raises:
            RecordTooLargeError: It is too large.
            RecordRefusedError: There is no such partition.

        """
        partitions = self.make(record.topic)
        if (size := _size(record)) > self._most_bytes:
            raise RecordTooLargeError(
                record.topic,
                f"it has {size} bytes, and the limit is {self._most_bytes}",
            )
        if record.partition is not None and record.partition >= len(partitions):
            raise RecordRefusedError(record.topic, f"no partition {record.partition}")

    def append(self, record: Record) -> Receipt:
        """Put a record at the end of its partition."""
        partitions = self.make(record.topic)
        number = self._chosen(record)
        partition = partitions[number]
        delivery = Delivery(
            record.topic,
            number,
            partition.end,
            record.key,
            record.value,
            tuple(record.headers),
            self.clock(),
        )
        partition.records.append(delivery)
        if self._keep is not None:
            partition.trim(self._keep)
        return Receipt(record.topic, number, partition.end - 1)

    def records(self, topic: str) -> list[Delivery]:
        """Return what a topic keeps, partition by partition."""
        return [
            each
            for partition in self._topics.get(topic, ())
            for each in partition.records
        ]

    def _chosen(self, record: Record) -> int:
        if record.partition is not None:
            return record.partition
        if record.key is None:
            return next(self._turns) % self._count
        return crc32(record.key) % self._count


def _size(record: Record) -> int:
    told = sum(len(name) + len(value or b"") for name, value in record.headers)
    return len(record.key or b"") + len(record.value or b"") + told
