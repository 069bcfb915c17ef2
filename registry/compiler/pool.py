"""Two worker processes for one server: one that compiles, and a warm spare.

Callers take turns, however much one of them asks for; who does not get one in time is
told so, and so is soon who finds too many waiting: they must not take all the threads
of a server. When a worker has to be killed, the spare takes its place at once and
another one is made ready meanwhile.
"""

import atexit
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Lock, Thread
from typing import Final

from registry.application import callers
from registry.compiler import names, wire
from registry.compiler.process import (
    DiedError,
    NotStartedError,
    OutOfOrderError,
    StarvedError,
    TooSlowError,
    WorkerProcess,
)
from registry.compiler.turns import Turns
from registry.domain.errors import (
    CompilerBusyError,
    InvalidSchemaError,
    UnavailableError,
)
from registry.domain.formats.protobuf.compiling import CompileError

logger = logging.getLogger(__name__)

_MIB: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class PoolLimits:
    """What compiling may cost.

    Attributes:
        budget_s: One file, with all that it imports.
        queue_s: How long a caller waits for its turn.
        most_waiting: Callers that wait for their turn at the same time.
        patience_s: How long a caller waits to be one of them: a burst of schemas that
            take milliseconds is over by then, and few threads are held up if not.
        memory_bytes: Of one worker.
        most_files: After so many a worker makes room for a fresh one.
        most_resident: Likewise once it holds on to this part of its memory.

    """

    budget_s: float = 2.0
    queue_s: float = 5.0
    most_waiting: int = 8
    patience_s: float = 0.5
    memory_bytes: int = 512 * _MIB
    most_files: int = 10_000
    most_resident: float = 0.5


class CompilerPool:
    """A `compiling.Compile` in other processes; nothing is started before it is called.

    Safe to share by threads.
    """

    def __init__(self, limits: PoolLimits = PoolLimits()) -> None:
        self._limits = limits
        self._turns = Turns(limits.most_waiting)
        self._spare = _Spare(lambda: WorkerProcess(limits.memory_bytes))
        self._worker: WorkerProcess | None = None
        self._is_closed = False
        atexit.register(self.close)

    def __call__(self, text: str, imports: Mapping[str, str]) -> bytes:
        """See `compiling.Compile`.

        Raises:
            CompileError: The text is not Protobuf.
            InvalidSchemaError: It takes more time or memory than it may, or imports
                what has no proper name.
            CompilerBusyError: Others were first, for longer than one waits, or had the
                processor all the time.
            UnavailableError: Compiling is not possible here at present.

        """
        names.check(imports)
        with self._my_turn():
            answer = self._asked(text, imports)
        if answer.kind == wire.FAULTS:
            raise CompileError(wire.read_faults(answer.body))
        if answer.kind == wire.OUT_OF_MEMORY:
            raise self._too_much_memory()
        return answer.body

    @property
    def pids(self) -> tuple[int, ...]:
        """The processes that are there: the worker's first."""
        found = (self._worker, self._spare.ready)
        return tuple(each.pid for each in found if each is not None)

    def close(self) -> None:
        """End both processes. Whoever calls later is told that nobody is free."""
        self._is_closed = True
        atexit.unregister(self.close)
        with self._turns.turn("", None, None):
            self._retire()
        self._spare.close()

    @contextmanager
    def _my_turn(self) -> Iterator[None]:
        limits, who = self._limits, callers.CURRENT.get()
        with self._turns.turn(who, limits.patience_s, limits.queue_s):
            # Perhaps since it was waited for; what is started now, nobody would end.
            if self._is_closed:
                raise CompilerBusyError
            yield

    def _asked(self, text: str, imports: Mapping[str, str]) -> wire.Answer:
        for is_last in (False, True):
            try:
                return self._ready().ask(text, imports, self._limits.budget_s)
            except NotStartedError as error:
                raise _unavailable("protoc does not start") from error
            except StarvedError as error:
                raise CompilerBusyError from error
            except TooSlowError:
                raise self._too_slow() from None
            except DiedError as error:
                # Killed from outside, it says nothing of the schema: once more.
                if is_last or not error.was_killed:
                    raise self._too_much_memory() from error
                logger.warning("a compiler was killed; the spare takes over")
            except OutOfOrderError as error:
                if is_last:
                    raise _unavailable(str(error)) from error
                logger.warning("a compiler failed: %s; the spare takes over", error)
        raise CompilerBusyError

    def _ready(self) -> WorkerProcess:
        if self._worker is None or not self._is_fresh(self._worker):
            self._retire()
            self._worker = self._spare.take()
        return self._worker

    def _is_fresh(self, worker: WorkerProcess) -> bool:
        limits = self._limits
        return (
            worker.is_alive
            and worker.files < limits.most_files
            and worker.resident_bytes < limits.memory_bytes * limits.most_resident
        )

    def _retire(self) -> None:
        if self._worker is not None:
            self._worker.kill()
            self._worker = None

    def _too_slow(self) -> InvalidSchemaError:
        seconds = self._limits.budget_s
        return InvalidSchemaError(
            f"expected a schema that compiles within {seconds:g} s, this one does not"
        )

    def _too_much_memory(self) -> InvalidSchemaError:
        mebibytes = self._limits.memory_bytes // _MIB
        return InvalidSchemaError(
            f"expected a schema that compiles within {mebibytes} MiB of memory, this"
            " one does not"
        )


def _unavailable(why: str) -> UnavailableError:
    return UnavailableError(
        f"The registry cannot compile Protobuf schemas at present: {why}. Nothing was"
        " changed."
    )


class _Spare:
    """A worker in waiting; taken, it is replaced in a thread of its own."""

    def __init__(self, start: Callable[[], WorkerProcess]) -> None:
        self._start = start
        self._guard = Lock()
        self._worker: WorkerProcess | None = None
        self._is_closed = False

    @property
    def ready(self) -> WorkerProcess | None:
        return self._worker

    def take(self) -> WorkerProcess:
        with self._guard:
            worker, self._worker = self._worker, None
        if worker is not None and not worker.is_alive:
            worker.kill()
            worker = None
        taken = worker or self._start()
        Thread(target=self._replace, name="compiler-spare", daemon=True).start()
        return taken

    def close(self) -> None:
        with self._guard:
            self._is_closed = True
            if self._worker is not None:
                self._worker.kill()
                self._worker = None

    def _replace(self) -> None:
        # Whoever finds no spare starts a worker, and is told why that cannot be.
        with self._guard, suppress(NotStartedError):
            if not self._is_closed and self._worker is None:
                self._worker = self._start()
