"""Waiting for something to become true: with a deadline, and never blindly."""

import time
from collections.abc import Callable
from typing import TypeVar

Value = TypeVar("Value")


def until(claim: Callable[[], Value], *, timeout_s: float = 10.0) -> Value:
    """Ask again and again, and return the first answer that is true.

    Raises:
        AssertionError: None was, in time; with the last answer.

    """
    give_up = time.monotonic() + timeout_s
    while True:
        found = claim()
        if found:
            return found
        if time.monotonic() > give_up:
            name = getattr(claim, "__name__", claim)
            raise AssertionError(f"{name}: still {found!r} after {timeout_s} s")
        time.sleep(0.01)
