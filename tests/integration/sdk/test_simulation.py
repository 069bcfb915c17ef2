"""Two thousand seeds: brokers that lose answers, databases that are out, crashes."""

import logging
from functools import cache

import pytest

from tests.simulation.playing import play

_AT_ONCE = 100


@pytest.fixture(autouse=True)
def _quiet():
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("first", range(0, 2000, _AT_ONCE))
def test_nothing_is_lost_nothing_is_done_twice_and_only_poison_is_buried(first):
    wrong = {each.seed: each.wrong for each in _played(first) if each.wrong}

    assert not wrong, "replay with: python -m tests.simulation SEED"


@cache
def _played(first):
    return [play(seed) for seed in range(first, first + _AT_ONCE)]


def test_given_the_same_seed_then_it_goes_the_same_way():
    assert play(17).digest == play(17).digest


def test_all_kinds_of_faults_are_among_them():
    struck = {kind for each in _played(0) for kind in each.struck}

    assert struck == {
        "ack after",
        "ack before",
        "commit",
        "crash",
        "database",
        "fetch",
        "handler",
        "handler after",
        "nack",
        "restart",
        "send after",
        "send before",
    }
