"""Counters that cost next to nothing, and one scrape that adds up all workers.

Each worker counts in a file of its own that is mapped into its memory; whichever worker
is scraped reads all files of the folder. A worker that has died stays counted. The
counters are plain integers: the library's own labelled objects cost a fifth of a hot
request, so it sees them only when they are scraped.

Of answers from memory even that would be too dear. They are counted beside it, and
added a tenth of a second later.
"""

import asyncio
import mmap
import os
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, MutableSequence, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

_BOUNDS_MS: Final = (0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 1000, 5000)
_BOUNDS_NS: Final = tuple(int(bound * 1_000_000) for bound in _BOUNDS_MS)
QUICK_NS: Final = _BOUNDS_NS[0]
"""What takes no longer is in the first bucket of durations."""

_PUBLISHED_EVERY_S: Final = 0.1
_CLASSES: Final = ("2xx", "3xx", "4xx", "5xx")
_BUCKETS: Final = len(_BOUNDS_NS) + 1
_PER_CLASS: Final = _BUCKETS + 1
"""Its buckets, then the nanoseconds spent."""

_PER_ROUTE: Final = len(_CLASSES) * _PER_CLASS
_OUTCOMES: Final = ("accepted", "incompatible", "refused", "failed")
_WORD: Final = 8

UNMATCHED: Final = ("", "unmatched")
"""Method and template of what has no route: one row, so that labels stay bounded."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Which row of the memory is whose.

    Attributes:
        rows: Method and template of each route; the last is `UNMATCHED`.

    """

    rows: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, routes: Iterable[tuple[str, str]]) -> "Layout":
        return cls((*sorted(set(routes)), UNMATCHED))

    @property
    def tail(self) -> int:
        """Where the single counters begin."""
        return len(self.rows) * _PER_ROUTE

    @property
    def size_bytes(self) -> int:
        return (self.tail + len(_OUTCOMES) + 3) * _WORD


class Hits:
    """Quick answers from memory, of one route and class, still to be added.

    Attributes:
        number: How many. Whoever finds none has them added soon.
        spent_ns: What they took together.

    """

    __slots__ = ("number", "spent_ns")

    def __init__(self) -> None:
        self.number = self.spent_ns = 0


class Counters:
    """The counters of one worker. The event loop's thread alone writes."""

    def __init__(self, layout: Layout, memory: mmap.mmap) -> None:
        self.layout = layout
        self._memory = memory
        self._words = memoryview(memory).cast("Q")
        self._rows = {row: at * _PER_ROUTE for at, row in enumerate(layout.rows)}
        self._hit = layout.tail + len(_OUTCOMES)
        self._hits: dict[int, Hits] = {}
        self._is_published_soon = False

    @classmethod
    def shared(cls, layout: Layout, folder: Path) -> "Counters":
        """Count in a file of this process, which every worker can read."""
        path = folder / f"{os.getpid()}.counters"
        # Whole from the moment that it can be found: others add it up at any time.
        unfinished = path.with_suffix(".unfinished")
        with unfinished.open("w+b") as file:
            file.truncate(layout.size_bytes)
            memory = mmap.mmap(file.fileno(), layout.size_bytes)
        unfinished.replace(path)
        return cls(layout, memory)

    @classmethod
    def private(cls, layout: Layout) -> "Counters":
        """Count for this process alone."""
        return cls(layout, mmap.mmap(-1, layout.size_bytes))

    def row(self, method: str, template: str) -> int:
        """Return the handle of a route, to be passed to `observe`."""
        found = self._rows.get((method, template))
        return self._rows[UNMATCHED] if found is None else found

    def observe(self, row: int, status: int, elapsed_ns: int) -> None:
        """Count one answer."""
        at = _of_class(row, status)
        words = self._words
        words[at + bisect_left(_BOUNDS_NS, elapsed_ns)] += 1
        words[at + _BUCKETS] += elapsed_ns

    def registration(self, status: int) -> None:
        """Count what became of a schema that was handed in."""
        outcome = {200: 0, 409: 1}.get(status, 3 if status >= 500 else 2)
        self._words[self.layout.tail + outcome] += 1

    def hit(self, row: int, status: int, elapsed_ns: int) -> None:
        """Count an answer from memory."""
        self._words[self._hit] += 1
        self.observe(row, status, elapsed_ns)

    def hits(self, row: int, status: int) -> Hits:
        """Return where quick answers from memory are counted, until they are added."""
        return self._hits.setdefault(_of_class(row, status), Hits())

    def publish_soon(self) -> None:
        """Add what is counted beside within a tenth of a second, for others to see."""
        if not self._is_published_soon:
            self._is_published_soon = True
            loop = asyncio.get_running_loop()
            loop.call_later(_PUBLISHED_EVERY_S, self.publish)

    def publish(self) -> None:
        """Add what is counted beside."""
        self._is_published_soon = False
        self._add_hits(self._words)
        for hits in self._hits.values():
            hits.number = hits.spent_ns = 0

    def miss(self) -> None:
        self._words[self._hit + 1] += 1

    def cached(self, used_bytes: int) -> None:
        """Note how much the cache of this worker occupies now."""
        self._words[self._hit + 2] = used_bytes

    def snapshot(self) -> Sequence[int]:
        """Return all of it, also what is counted beside; for any thread."""
        # In this order: what is added in between is missed once, and never told twice.
        words: list[int] = self._words.tolist()
        self._add_hits(words)
        return words

    def _add_hits(self, words: "MutableSequence[int] | memoryview[int]") -> None:
        for at, hits in tuple(self._hits.items()):
            words[self._hit] += hits.number
            words[at] += hits.number
            words[at + _BUCKETS] += hits.spent_ns


class Scrape(Collector):
    """Adds up what all workers have counted."""

    def __init__(
        self,
        own: Counters,
        folder: Path | None,
        is_database_up: Callable[[], bool],
    ) -> None:
        self._own = own
        self._folder = folder
        self._is_database_up = is_database_up

    def text(self) -> bytes:
        """Return the answer to a scrape, in Prometheus' text format."""
        registry = CollectorRegistry(auto_describe=False)
        registry.register(self)
        return generate_latest(registry)

    def collect(self) -> Iterator[Metric]:
        sums = self._sums()
        layout = self._own.layout
        yield from _requests(layout, sums)
        registrations = CounterMetricFamily(
            "wirepact_registrations", "Schemas handed in.", labels=["outcome"]
        )
        for at, outcome in enumerate(_OUTCOMES):
            registrations.add_metric([outcome], sums[layout.tail + at])
        yield registrations
        hits, misses, used_bytes = sums[layout.tail + len(_OUTCOMES) :]
        lookups = CounterMetricFamily(
            "wirepact_cache_lookups", "Look-ups of encoded answers.", labels=["result"]
        )
        lookups.add_metric(["hit"], hits)
        lookups.add_metric(["miss"], misses)
        yield lookups
        yield GaugeMetricFamily(
            "wirepact_cache_bytes", "Memory of encoded answers.", value=used_bytes
        )
        yield GaugeMetricFamily(
            "wirepact_database_up",
            "Whether the worker that was scraped reaches the database.",
            value=float(self._is_database_up()),
        )

    def _sums(self) -> list[int]:
        # Its own come from memory: they count even if somebody tidied the folder away.
        sums = list(self._own.snapshot())
        others = [] if self._folder is None else self._folder.glob("*.counters")
        for path in others:
            pid = int(path.stem)
            if pid == os.getpid():
                continue
            words = memoryview(path.read_bytes()).cast("Q").tolist()
            if not _is_alive(pid):
                words[-1] = 0  # its cache has gone with it
            sums = [total + word for total, word in zip(sums, words, strict=True)]
        return sums


def _of_class(row: int, status: int) -> int:
    return row + (status // 100 - 2) * _PER_CLASS


def _requests(layout: Layout, sums: Sequence[int]) -> Iterator[Metric]:
    labels = ["method", "route", "status"]
    answers = CounterMetricFamily(
        "wirepact_http_requests", "Requests answered.", labels=labels
    )
    seconds = HistogramMetricFamily(
        "wirepact_http_request_duration_seconds",
        "From the first byte of a request to the last of its answer.",
        labels=labels,
    )
    bounds = [*(f"{bound / 1000:g}" for bound in _BOUNDS_MS), "+Inf"]
    for number, (method, route) in enumerate(layout.rows):
        for position, status in enumerate(_CLASSES):
            at = number * _PER_ROUTE + position * _PER_CLASS
            counts = sums[at : at + _BUCKETS]
            if total := sum(counts):
                names = [method, route, status]
                running = [sum(counts[: end + 1]) for end in range(_BUCKETS)]
                answers.add_metric(names, total)
                seconds.add_metric(
                    names,
                    [*zip(bounds, map(float, running), strict=True)],
                    sum_value=sums[at + _BUCKETS] / 1e9,
                )
    yield answers
    yield seconds


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
