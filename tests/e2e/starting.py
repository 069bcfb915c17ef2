"""Starting several servers at the same time: one after the other takes too long."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager

from tests.services.server import Server


@contextmanager
def all_started(
    starting: Sequence[AbstractContextManager[Server]],
) -> Iterator[list[Server]]:
    """Enter all contexts at once; whatever has started is stopped in the end."""
    with ExitStack() as stack:
        with ThreadPoolExecutor(len(starting)) as pool:
            entering = [pool.submit(each.__enter__) for each in starting]
        for each, entered in zip(starting, entering, strict=True):
            if entered.exception() is None:
                stack.push(each.__exit__)
        yield [entered.result() for entered in entering]
