"""How far a long command is, on a terminal; nothing is said to pipes and logs."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

_CLEARED: Final = "\r\x1b[K"
_WIDTH: Final = 60


@contextmanager
def progress(verb: str) -> Iterator[Callable[[str, int], None]]:
    """Give a function that is told of each thing begun, and how many there are.

    What it shows is one line of standard error, which is wiped at the end.
    """
    stream = sys.stderr
    done = 0

    def begun(name: str, total: int) -> None:
        nonlocal done
        done += 1
        shown = name if name.isprintable() else ascii(name)
        stream.write(f"{_CLEARED}{verb} {done}/{total} {shown[:_WIDTH]}")
        stream.flush()

    def untold(_name: str, _total: int) -> None:
        return

    if not stream.isatty():
        yield untold
        return
    try:
        yield begun
    finally:
        if done:
            stream.write(_CLEARED)
            stream.flush()
