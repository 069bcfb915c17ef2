"""How long a refusal takes must not tell whether there is such an account."""

import gc
import math
import random
import statistics
import time
from collections.abc import Callable, Sequence

import pytest

from registry.application.authentication import Basic, UnauthenticatedError
from registry.identity.passwords import DEFAULT_COSTS
from tests.integration.authentication.conftest import Guarded, guarding

PAIRS = 10_000
MOST = 4.5
"""Of Welch's t: what side-channel tests take for "nothing is to be seen"."""

NAMES = ("alice", "nobody", "orders")
"""An account with a password, none at all, and one without a password."""


def welch(first: Sequence[float], second: Sequence[float]) -> float:
    """Return by how many standard errors two means differ."""
    error = math.sqrt(
        statistics.variance(first) / len(first)
        + statistics.variance(second) / len(second)
    )
    return (statistics.fmean(first) - statistics.fmean(second)) / error


def most(samples: dict[str, list[float]]) -> float:
    """Return the largest difference between a name and one that nobody has.

    What is far slower than the rest was interrupted; the same bound cuts all.
    """
    bound = statistics.quantiles(
        [each for found in samples.values() for each in found], n=20
    )[-1]
    cut = {
        name: [each for each in found if each <= bound]
        for name, found in samples.items()
    }
    return max(abs(welch(cut["nobody"], cut[name])) for name in ("alice", "orders"))


def taken(
    refused: Callable[[str], None], rounds: int, chance: random.Random
) -> dict[str, list[float]]:
    """Measure refusals of each name, in an order that changes from round to round."""
    samples: dict[str, list[float]] = {name: [] for name in NAMES}
    for _ in range(rounds):
        for name in chance.sample(NAMES, len(NAMES)):
            started = time.perf_counter()
            refused(name)
            samples[name].append(time.perf_counter() - started)
    return samples


def refusing(guarded: Guarded) -> Callable[[str], None]:
    # As one that was good before: the lock, which counts all names alike, is past.
    def refused(name: str) -> None:
        with pytest.raises(UnauthenticatedError):
            guarded.shown(Basic(name, "a wrong password"), "", is_renewed=True)

    return refused


@pytest.mark.soak
def test_given_known_and_unknown_names_when_refused_then_it_takes_as_long(settings):
    with guarding(settings, costs=DEFAULT_COSTS) as guarded:
        refused = refusing(guarded)
        taken(refused, 100, random.Random(0))
        gc.disable()
        try:
            samples = taken(refused, PAIRS, random.Random(1))
        finally:
            gc.enable()

    assert most(samples) < MOST


def test_given_a_few_of_each_when_refused_then_all_are_measured(guarded):
    samples = taken(refusing(guarded), 3, random.Random(0))

    assert {name: len(found) for name, found in samples.items()} == dict.fromkeys(
        NAMES, 3
    )


@pytest.mark.parametrize(("slower", "is_seen"), [(0.0, False), (0.02, True)])
def test_given_a_difference_of_a_fiftieth_when_looked_for_then_it_is_seen(
    slower, is_seen
):
    chance = random.Random(7)
    samples = {
        name: [chance.gauss(1 + slower * (name == "alice"), 0.05) for _ in range(PAIRS)]
        for name in NAMES
    }

    assert (most(samples) > MOST) is is_seen
