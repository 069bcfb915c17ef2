"""What the I/O-free core wants done, as values that a client of either colour does.

A piece of the core is a generator. It yields a step, is sent what became of it, and
returns its result. So retries, fail-over, caches and single flights are written once,
and a test can run them by hand, with a clock of its own and without a socket.
"""

from collections.abc import Callable, Generator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, TypeVar

Result = TypeVar("Result")
Steps = Generator["Step", Any, Result]


@dataclass(frozen=True, slots=True)
class Send:
    """Send a request. An `Answer` or a `Failure` comes back; nothing is raised.

    Attributes:
        timeout_s: For all of it. Connecting and single reads have limits of their own.

    """

    method: str
    url: str
    headers: Mapping[str, str]
    content: bytes
    timeout_s: float


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait for so long."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Work:
    """Call a function that may block: a file, somebody's callable for a token.

    What it returns comes back; what it raises is raised in the generator.
    """

    function: Callable[[], Any]


@dataclass(frozen=True, slots=True)
class Join:
    """Wait until somebody else has it. Whether they were done in time comes back."""

    future: "Future[Any]"
    timeout_s: float


@dataclass(frozen=True, slots=True)
class Aside:
    """Begin other steps, and go on without them."""

    steps: "Callable[[], Steps[object]]"


Step = Send | Pause | Work | Join | Aside


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back.

    Attributes:
        headers: Names in lower case.

    """

    status: int
    headers: Mapping[str, str]
    content: bytes


@dataclass(frozen=True, slots=True)
class Failure:
    """Nothing came back.

    Attributes:
        was_sent: The registry may have got the request, and done it.
        is_final: The next attempt would bring the same.

    """

    reason: str
    was_sent: bool
    is_final: bool = False
