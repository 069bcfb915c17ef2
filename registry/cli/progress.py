"""How far a long command is, on a terminal; nothing is said to pipes and logs."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

_CLEARED: Final = "\r\x1b[K"
_WIDTH: Final = 60


@contextmanager
def progress(verb: str, total: int) -> Iterator[Callable[[str], None]]:
    """Give a function that is told of each thing begun; all is wiped at the end."""
    stream = sys.stderr
    done = 0

    def step(name: str) -> None:
        nonlocal done
        done += 1
        shown = name if name.isprintable() else ascii(name)
        stream.write(f"{_CLEARED}{verb} {done}/{total} {shown[:_WIDTH]}")
        stream.flush()

    def ignore(_name: str) -> None:
        return

    if not stream.isatty():
        yield ignore
        return
    try:
        yield step
    finally:
        stream.write(_CLEARED)
        stream.flush()
