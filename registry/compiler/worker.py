"""A process that compiles what it is handed, until its input ends.

    python -m registry.compiler.worker FOLDER MEMORY_BYTES

It ends by itself in three ways: when whoever started it closes the pipe or is gone;
when a file takes longer than it may (the kernel ends it: protoc cannot be interrupted,
and nothing else can be run beside it); and when it needs more memory than it may.
Whoever asks servers to end may well ask it too, but a server still compiles while it
drains: so only its input tells it.
"""

import os
import resource
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Final

from registry.compiler import wire
from registry.compiler.protoc import Workplace
from registry.domain.formats.protobuf.compiling import CompileError

_GRACE_S: Final = 1.0
"""The pool gives up first; this is for a worker whose pool is gone."""

_FILES_IN_MEMORY: Final = 8
"""A file that protoc writes may have this part of the memory: what is larger would
cost the server more than it cost to compile."""


def main(folder: Path, memory_bytes: int) -> None:
    """Serve until the input ends."""
    # Answers have a descriptor of their own: what a library prints is no answer.
    output = os.dup(1)
    os.dup2(2, 1)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    longest = memory_bytes // _FILES_IN_MEMORY
    resource.setrlimit(resource.RLIMIT_FSIZE, (longest, longest))
    workplace = Workplace(folder)
    try:
        _write(output, wire.framed(wire.READY))
        source, memory = sys.stdin.buffer, _memory()
        while (message := _read_message(source)) is not None:
            kind, body = _answer(workplace, message)
            _write(output, wire.framed(wire.answer(kind, body, memory())))
    finally:
        workplace.close()


def _answer(workplace: Workplace, message: bytes) -> tuple[bytes, bytes]:
    text, imports, seconds = wire.read_request(message)
    signal.setitimer(signal.ITIMER_REAL, seconds + _GRACE_S)
    try:
        return wire.DESCRIPTORS, workplace.compile(text, imports)
    except CompileError as error:
        return wire.FAULTS, wire.faults(error.faults)
    except MemoryError:
        return wire.OUT_OF_MEMORY, b""
    except OSError as error:
        return wire.OUT_OF_ORDER, (error.strerror or str(error)).encode()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _memory() -> Callable[[], int]:
    """Return what tells how much memory is resident, in bytes.

    Not the peak that getrusage tells: a new process begins with that of its parent.
    """
    statm, page = os.open("/proc/self/statm", os.O_RDONLY), resource.getpagesize()
    return lambda: int(os.pread(statm, 100, 0).split()[1]) * page


def _read_message(source: BinaryIO) -> bytes | None:
    head = source.read(wire.LENGTH.size)
    if len(head) < wire.LENGTH.size:
        return None
    (length,) = wire.LENGTH.unpack(head)
    message = source.read(length)
    return message if len(message) == length else None


def _write(output: int, message: bytes) -> None:
    left = memoryview(message)
    while left:
        left = left[os.write(output, left) :]


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
