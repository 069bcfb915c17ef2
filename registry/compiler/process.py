"""A worker process, seen from the pool: started, asked, killed."""

import math
import os
import select
import subprocess
import sys
import time
from collections.abc import Mapping
from time import monotonic
from typing import IO, Final, cast

from registry.compiler import wire
from registry.compiler.folders import PrivateFolder

_CHUNK: Final = 1 << 16
_KILLED: Final = -9

_LEAST_SHARE: Final = 0.1
"""Who has had less of the time than this says nothing of the schema."""

_START_S: Final = 10.0
"""A worker takes a tenth of a second to be ready, on a machine that has time for it."""


class TooSlowError(Exception):
    """The worker did not answer in time; it has been killed."""


class StarvedError(Exception):
    """The worker had no time to answer in; it has been killed."""


class NotStartedError(Exception):
    """The worker never became ready; if it began, standard error says why."""


class DiedError(Exception):
    """The worker ended instead of answering.

    Attributes:
        was_killed: Whether somebody else killed it: that says nothing of the schema.

    """

    def __init__(self, *, was_killed: bool) -> None:
        self.was_killed = was_killed
        super().__init__("the worker is gone")


class OutOfOrderError(Exception):
    """The worker could not do its work; it has been killed.

    Its folder may have been cleared away: it would never be in order again.
    """


class WorkerProcess:
    """One worker. Not to be shared by threads.

    Attributes:
        files: How many it was asked to compile.
        resident_bytes: The memory that it had when it last answered.

    Raises:
        NotStartedError: The system has no process or no folder for it.

    """

    def __init__(self, memory_bytes: int) -> None:
        self.files = 0
        self.resident_bytes = 0
        self._is_ready = False
        try:
            self._folder = PrivateFolder()
            self._process = _started(self._folder, memory_bytes)
        except OSError as error:
            raise NotStartedError from error
        self._input = cast(IO[bytes], self._process.stdin)
        self._output = cast(IO[bytes], self._process.stdout)
        self._writable = _polled(self._input.fileno(), select.POLLOUT)
        self._readable = _polled(self._output.fileno(), select.POLLIN)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, text: str, imports: Mapping[str, str], seconds: float) -> wire.Answer:
        """Send one request and return the answer.

        Args:
            seconds: From when the worker is ready.

        Raises:
            NotStartedError: The process is not ready to be asked, and has been killed.
            TooSlowError: There is no answer in time.
            StarvedError: Likewise, as the machine had hardly any time for the worker.
            DiedError: The process ended.
            OutOfOrderError: Something else than the schema keeps it from compiling.

        """
        self._await_ready()
        self.files += 1
        deadline = monotonic() + seconds
        busy_before = _busy_s(self.pid)
        try:
            self._send(wire.request(text, imports, seconds), deadline)
            answer = wire.read_answer(self._message(deadline))
        except TooSlowError as error:
            busy = _busy_s(self.pid) - busy_before
            self.kill()
            if busy < seconds * _LEAST_SHARE:
                raise StarvedError from error
            raise
        except (BrokenPipeError, EOFError) as error:
            raise DiedError(was_killed=self.kill() == _KILLED) from error
        self.resident_bytes = answer.resident_bytes
        if answer.kind == wire.OUT_OF_ORDER:
            self.kill()
            raise OutOfOrderError(answer.body.decode())
        return answer

    def _await_ready(self) -> None:
        if self._is_ready:
            return
        try:
            self._is_ready = wire.is_ready(self._message(monotonic() + _START_S))
        except TooSlowError as error:
            self.kill()
            raise NotStartedError from error
        except EOFError as error:
            if self.kill() == _KILLED:
                raise DiedError(was_killed=True) from error
            raise NotStartedError from error

    def kill(self) -> int:
        """End the process and wait until it is gone. Safe to repeat.

        Returns what it ended with, which is its own affair if it had ended before.
        """
        self._process.kill()
        status = self._process.wait()
        self._input.close()
        self._output.close()
        # A killed worker cannot.
        self._folder.remove()
        return status

    def _send(self, message: bytes, deadline: float) -> None:
        left = memoryview(message)
        while left:
            try:
                left = left[os.write(self._input.fileno(), left) :]
            except BlockingIOError:
                _wait(self._writable, deadline)

    def _message(self, deadline: float) -> memoryview:
        # Nothing comes after it that has not been asked for.
        found = bytearray()
        while wire.is_part(found):
            _wait(self._readable, deadline)
            part = os.read(self._output.fileno(), _CHUNK)
            if not part:
                raise EOFError
            found += part
        return memoryview(found)[wire.LENGTH.size :]


def _busy_s(pid: int) -> float:
    """How long processors have worked for a process; for ever, where none can tell."""
    try:
        # The number that Linux has for the processor time of another process.
        return time.clock_gettime(~pid << 3 | 2)
    except OSError:
        return math.inf


def _polled(descriptor: int, event: int) -> select.poll:
    os.set_blocking(descriptor, False)
    poll = select.poll()
    poll.register(descriptor, event)
    return poll


def _wait(poll: select.poll, deadline: float) -> None:
    if not poll.poll(max(0.0, deadline - monotonic()) * 1000):
        raise TooSlowError


def _started(folder: PrivateFolder, memory_bytes: int) -> subprocess.Popen[bytes]:
    """Start a new interpreter. A fork would have all that the server has.

    Its open descriptors, its memory, and locks that its threads hold.
    """
    # Not even a module may come from the folder that the server runs in: -P.
    module = ["-P", "-m", "registry.compiler.worker"]
    try:
        return subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, *module, str(folder.path), str(memory_bytes)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,
        )
    except OSError:
        folder.remove()
        raise
