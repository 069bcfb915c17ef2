"""The server's processes: a parent that watches, and workers that serve.

Workers are spawned, not forked, and are handed their settings as a value: nothing that
the parent has opened reaches them.
"""

import gc
import logging
import multiprocessing
import os
import shutil
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Final

from granian import Granian
from granian.constants import HTTPModes, Interfaces, SSLProtocols
from granian.http import HTTP1Settings
from granian.log import LogLevels

from registry.cli import tls
from registry.http import draining, logs
from registry.settings import Address, Settings

logger = logging.getLogger("registry.cli.serve")

_HEADER_TIMEOUT_MS: Final = 10_000
_MAX_HEADER_BYTES: Final = 16 * 1024
_STOP_TIMEOUT_S: Final = 20
_LISTEN_TIMEOUT_S: Final = 60
_GC_THRESHOLD: Final = 10_000
_TURN_S: Final = 0.001
"""How long a thread goes on that computes while others wait for the interpreter."""
_MOST_TOLD: Final = 4_096


class AddressInUseError(Exception):
    """Something else listens there already."""


def run(settings: Settings, on_listening: Callable[[], None]) -> None:
    """Serve until the process is told to end.

    SIGINT ends it at once, SIGTERM after the drain time; either way requests that are
    being answered are finished.

    Args:
        settings: With a port that is not 0.
        on_listening: Called once, from another thread, when requests are accepted.

    """
    multiprocessing.set_start_method("spawn", force=True)
    run_folder = Path(tempfile.mkdtemp(prefix="wirepact-run-"))
    try:
        server = _Parent(settings, run_folder)
        threading.Thread(
            target=_when_listening, args=(settings.listen, on_listening), daemon=True
        ).start()
        load = partial(_worker, settings, run_folder)
        server.serve(target_loader=load, wrap_loader=False)
        # What is asked for once more is done: the interpreter on its way out would
        # take a signal for a death, whose status is not 0.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
    finally:
        shutil.rmtree(run_folder, ignore_errors=True)


def available(address: Address) -> Address:
    """Return an address that can be listened on, its port chosen if it was 0.

    Raises:
        AddressInUseError: Somebody listens there already. Asked for in here, as the
            workers share their port and would share a stranger's as readily.

    """
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address.host, address.port))
            probe.listen(1)
        except OSError as error:
            raise AddressInUseError(f"{address}: {error.strerror}") from error
        return Address(address.host, int(probe.getsockname()[1]))


class Interruption:
    """A `threading.Event` that the handlers of signals set, and that no signal misses.

    The library's own sleeps on a lock. The system may hand a signal to any thread, and
    then the main one, which alone runs handlers, sleeps on; and to set it takes a lock
    as well, for which a second signal would wait that comes in the midst of that. So
    the main thread sleeps on a pipe, to which the interpreter writes for each signal.
    It is made in the main thread, once in a process.
    """

    def __init__(self) -> None:
        self._is_set = False
        self._told, self._telling = os.pipe()
        # Full, it has told enough.
        os.set_blocking(self._telling, False)
        signal.set_wakeup_fd(self._telling, warn_on_full_buffer=False)

    def set(self) -> None:
        self._is_set = True
        with suppress(BlockingIOError):
            os.write(self._telling, b"!")

    def clear(self) -> None:
        self._is_set = False

    def wait(self) -> None:
        while not self._is_set:
            os.read(self._told, _MOST_TOLD)


class _Parent(Granian):  # type: ignore[misc, valid-type]  # which class it is depends on the interpreter
    """Granian's server, told how to end."""

    def __init__(self, settings: Settings, run_folder: Path) -> None:
        self._settings = settings
        self._drain_seconds = settings.drain_seconds
        self._run_folder = run_folder
        super().__init__(
            "registry",
            address=settings.listen.host,
            port=settings.listen.port,
            interface=Interfaces.ASGI,
            workers=settings.workers,
            websockets=False,
            # Told to find out by itself, it waits for ever for who says nothing.
            http=HTTPModes.http1,
            http1_settings=HTTP1Settings(
                header_read_timeout=_HEADER_TIMEOUT_MS,
                max_buffer_size=_MAX_HEADER_BYTES,
            ),
            log_level=LogLevels.warning,
            log_dictconfig=logs.configuration(settings.log_level, settings.log_format),
            ssl_cert=settings.tls_certificate,
            ssl_key=settings.tls_key or settings.tls_certificate,
            ssl_protocol_min=SSLProtocols.tls12,
            ssl_ca=settings.tls_client_ca,
            ssl_client_verify=settings.tls_client_certificates == "required"
            and settings.tls_client_ca is not None,
            respawn_failed_workers=True,
            workers_kill_timeout=_STOP_TIMEOUT_S,
        )
        self.main_loop_interrupt = Interruption()

    def signal_handler_interrupt(self, *args: Any, **kwargs: Any) -> None:
        """Drain first, if it is SIGTERM, and there is time for it."""
        is_hurried = args[:1] == (signal.SIGINT,) or self._drain_seconds == 0
        if is_hurried or not self._announced():
            super().signal_handler_interrupt()
            return
        timer = threading.Timer(self._drain_seconds, super().signal_handler_interrupt)
        timer.daemon = True
        timer.start()

    def signal_handler_reload(self, *args: Any, **kwargs: Any) -> None:
        """Put new workers in the place of the old ones; they read the files anew.

        If a file cannot be used any more, all stays as it is.
        """
        try:
            tls.check(self._settings)
        except tls.TlsError as error:
            # No trace: the file is at fault, and the message names it.
            logger.warning("not reloaded", extra={"reason": str(error)})
            return
        logger.info("reloading")
        super().signal_handler_reload(*args, **kwargs)

    def _announced(self) -> bool:
        """Turn readiness red while requests are answered; False if that cannot be."""
        if draining.is_announced(self._run_folder):
            return False
        try:
            # Not ready, and still answering: load balancers see it and move on.
            draining.announce(self._run_folder)
        except OSError:
            # Somebody has tidied the folder away; that is no reason to live for ever.
            return False
        return True


def _worker(settings: Settings, run_folder: Path) -> Any:
    """Build what a worker serves, in the worker."""
    _end_with_the_parent()
    # Late: the parent has no need of the framework.
    from registry import bootstrap

    app = bootstrap.server(settings, run_folder)
    # What was built to last need not be looked through for rubbish ever again, and
    # requests leave hardly any cycles: looking seldom is enough.
    gc.collect()
    gc.freeze()
    gc.set_threshold(_GC_THRESHOLD)
    # With Python's five milliseconds, a read waits for each of the threads that compare
    # schemas, and again after each time that it waited for something else.
    sys.setswitchinterval(_TURN_S)
    return app


def _end_with_the_parent() -> None:
    """End this process when the parent has gone, be it by SIGKILL."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()


def _when_listening(address: Address, then: Callable[[], None]) -> None:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address.host, address.host)  # noqa: S104 - any address is reached through loopback
    give_up = time.monotonic() + _LISTEN_TIMEOUT_S
    while time.monotonic() < give_up:
        try:
            socket.create_connection((host, address.port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            then()
            return
