"""Whether two kinds of act take the same time, as far as that can be measured.

As in tests for side channels (dudect): the kinds take turns in an order that changes,
what was interrupted is cut off at one bound for all, and Welch's t is looked at.
"""

import gc
import math
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

PAIRS: Final = 10_000
MOST: Final = 4.5
"""Of Welch's t: what side-channel tests take for "nothing is to be seen"."""

_WARMING: Final = 100

Samples = Mapping[str, Sequence[float]]


def welch(first: Sequence[float], second: Sequence[float]) -> float:
    """Return by how many standard errors two means differ."""
    error = math.sqrt(
        statistics.variance(first) / len(first)
        + statistics.variance(second) / len(second)
    )
    return (statistics.fmean(first) - statistics.fmean(second)) / error


def most(samples: Samples, base: str) -> float:
    """Return the largest t between one kind and any other.

    What is far slower than the rest was interrupted; the same bound cuts all.
    """
    bound = statistics.quantiles(
        [each for found in samples.values() for each in found], n=20
    )[-1]
    cut = {
        kind: [each for each in found if each <= bound]
        for kind, found in samples.items()
    }
    return max(abs(welch(cut[base], cut[kind])) for kind in samples if kind != base)


def hold_alike(what: str, samples: Samples, base: str) -> None:
    """Check that nothing is to be seen, and tell how far from that it was."""
    found = most(samples, base)
    sys.stdout.write(f"\n{what}: t = {found:.2f}\n")
    assert found < MOST


def taken(
    act: Callable[[str], None],
    kinds: Sequence[str],
    rounds: int,
    chance: random.Random,
) -> dict[str, list[float]]:
    """Measure acts of each kind, in an order that changes from round to round."""
    samples: dict[str, list[float]] = {kind: [] for kind in kinds}
    for _ in range(rounds):
        for kind in chance.sample(kinds, len(kinds)):
            started = time.perf_counter()
            act(kind)
            samples[kind].append(time.perf_counter() - started)
    return samples


def measured(
    act: Callable[[str], None], kinds: Sequence[str]
) -> dict[str, list[float]]:
    """Measure `PAIRS` of each kind, warmed up and without collecting garbage."""
    taken(act, kinds, _WARMING, random.Random(0))
    with _uncollected():
        return taken(act, kinds, PAIRS, random.Random(1))


@contextmanager
def _uncollected() -> Iterator[None]:
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
