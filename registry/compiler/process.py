"""A worker process, seen from the pool: started, asked, killed."""

import os
import select
import shutil
import subprocess
import sys
from collections.abc import Mapping
from time import monotonic
from typing import IO, Final, cast

from registry.compiler import wire
from registry.compiler.folders import make_folder

_CHUNK: Final = 1 << 20
_KILLED: Final = -9


class TooSlowError(Exception):
    """The worker did not answer in time; it has been killed."""


class DiedError(Exception):
    """The worker ended instead of answering.

    Attributes:
        was_killed: Whether somebody else killed it: that says nothing of the schema.

    """

    def __init__(self, *, was_killed: bool) -> None:
        self.was_killed = was_killed
        super().__init__("the worker is gone")


class WorkerProcess:
    """One worker. Not to be shared by threads.

    Attributes:
        files: How many it was asked to compile.

    """

    def __init__(self, memory_bytes: int) -> None:
        self.files = 0
        self._folder = make_folder()
        # A new interpreter, not a fork: nothing of the server is in it, no open
        # descriptor, no lock that a thread held, none of its memory.
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            [
                sys.executable,
                "-m",
                "registry.compiler.worker",
                str(self._folder),
                str(memory_bytes),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,
        )
        self._input = cast(IO[bytes], self._process.stdin)
        self._output = cast(IO[bytes], self._process.stdout)
        os.set_blocking(self._input.fileno(), False)
        os.set_blocking(self._output.fileno(), False)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, text: str, imports: Mapping[str, str], seconds: float) -> bytes:
        """Send one request and return the answer.

        Raises:
            TooSlowError: There is none in time.
            DiedError: The process ended.

        """
        self.files += 1
        deadline = monotonic() + seconds
        try:
            self._send(wire.request(text, imports, seconds), deadline)
            (length,) = wire.LENGTH.unpack(self._receive(wire.LENGTH.size, deadline))
            return self._receive(length, deadline)
        except TooSlowError:
            self.kill()
            raise
        except (BrokenPipeError, EOFError) as error:
            was_killed = self._process.wait() == _KILLED
            self.kill()
            raise DiedError(was_killed=was_killed) from error

    def kill(self) -> None:
        """End the process and wait until it is gone. Safe to repeat."""
        self._process.kill()
        self._process.wait()
        self._input.close()
        self._output.close()
        # A killed worker cannot.
        shutil.rmtree(self._folder, ignore_errors=True)

    def _send(self, message: bytes, deadline: float) -> None:
        left = memoryview(message)
        while left:
            self._wait(self._input.fileno(), select.POLLOUT, deadline)
            left = left[os.write(self._input.fileno(), left[:_CHUNK]) :]

    def _receive(self, length: int, deadline: float) -> bytes:
        parts = bytearray()
        while len(parts) < length:
            self._wait(self._output.fileno(), select.POLLIN, deadline)
            part = os.read(self._output.fileno(), min(_CHUNK, length - len(parts)))
            if not part:
                raise EOFError
            parts += part
        return bytes(parts)

    @staticmethod
    def _wait(descriptor: int, event: int, deadline: float) -> None:
        poll = select.poll()
        poll.register(descriptor, event)
        if not poll.poll(max(0.0, deadline - monotonic()) * 1000):
            raise TooSlowError
