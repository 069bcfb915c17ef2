"""How long a refusal takes must not tell whether there is such an account."""

import random
from collections.abc import Callable
from typing import Final

import pytest

from registry.application.authentication import Basic, UnauthenticatedError
from tests.integration.authentication.conftest import Guarded
from tests.suites import timing

NAMES: Final = ("nobody", "alice", "orders")
"""No account, one with a password, and one without a password."""


def refusing(guarded: Guarded) -> Callable[[str], None]:
    # As one that was good before: the lock, which counts all names alike, is past.
    def refused(name: str) -> None:
        with pytest.raises(UnauthenticatedError):
            guarded.shown(Basic(name, "a wrong password"), "", is_renewed=True)

    return refused


@pytest.mark.soak
def test_given_known_and_unknown_names_when_refused_then_it_takes_as_long(guarded):
    # With hashes that cost a thousandth, so that what differs beside them is seen.
    samples = timing.measured(refusing(guarded), NAMES)

    timing.hold_alike("known and unknown names", samples, "nobody")


def test_given_a_few_of_each_when_refused_then_all_are_measured(guarded):
    samples = timing.taken(refusing(guarded), NAMES, 3, random.Random(0))

    assert {name: len(found) for name, found in samples.items()} == dict.fromkeys(
        NAMES, 3
    )


@pytest.mark.parametrize(("slower", "is_seen"), [(0.0, False), (0.02, True)])
def test_given_a_difference_of_a_fiftieth_when_looked_for_then_it_is_seen(
    slower, is_seen
):
    chance = random.Random(7)
    samples = {
        name: [
            chance.gauss(1 + slower * (name == "alice"), 0.05)
            for _ in range(timing.PAIRS)
        ]
        for name in NAMES
    }

    assert (timing.most(samples, "nobody") > timing.MOST) is is_seen
