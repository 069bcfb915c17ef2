"""Taking turns, so that whatever else the machine does falls on everybody alike."""

from collections.abc import Callable, Mapping, Sequence
from statistics import median
from time import thread_time
from typing import TypeVar

Sample = TypeVar("Sample")


def alternate(
    contestants: Mapping[str, Callable[[], Sample]], rounds: int
) -> dict[str, list[Sample]]:
    """Let each contestant measure once a round, every second round backwards."""
    samples: dict[str, list[Sample]] = {name: [] for name in contestants}
    order = list(contestants)
    for _ in range(rounds):
        for name in order:
            samples[name].append(contestants[name]())
        order.reverse()
    return samples


def median_ratio(ours: Sequence[float], others: Sequence[float]) -> float:
    """Return the median of the rounds' own ratios: neighbours in time are compared."""
    return median(one / other for one, other in zip(ours, others, strict=True))


def rate(act: Callable[[], object], least_s: float = 0.1) -> Callable[[], float]:
    """Return a measurement: how often an act is done in a second of processor time.

    For what neither waits nor starts threads: that time the neighbours cannot take.
    """

    def measure() -> float:
        done = 0
        started = thread_time()
        while True:
            act()
            done += 1
            elapsed = thread_time() - started
            if elapsed >= least_s:
                return done / elapsed

    return measure
