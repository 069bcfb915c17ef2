"""A server's program in a process group of its own, started and ended by its id."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

START_TIMEOUT_S = 60
STOP_TIMEOUT_S = 20


class ServiceMissingError(Exception):
    """The server that a test needs is not installed here."""


class ServiceFailedError(Exception):
    """A server did not start; the message ends with its log."""


class Program:
    """A program that can be started again after it was stopped or killed.

    Attributes:
        folder: Where it runs and writes its log.

    """

    def __init__(
        self,
        command: Sequence[str | Path],
        folder: Path,
        *,
        owner: str | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self.folder = folder
        self._command = command
        self._owner = owner
        self._environ = environ or {}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Process id of the program.

        Raises:
            RuntimeError: It is not running.

        """
        if self._process is None:
            raise RuntimeError(f"{self._command[0]} is not running")
        return self._process.pid

    @property
    def log(self) -> str:
        """The end of what it has written since it was first started."""
        return (self.folder / "log").read_text(errors="replace")[-4000:]

    def start(self, is_ready: Callable[[], bool]) -> None:
        """Start the program, and wait until it is ready.

        Raises:
            ServiceFailedError: It ended, or was not ready in time.

        """
        if self._process is not None:
            raise RuntimeError(f"{self._command[0]} is running already")
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [str(word) for word in self._command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                # Of the environment only the path: no setting has a say unseen.
                env={
                    "PATH": os.environ.get("PATH", os.defpath),
                    "HOME": str(self.folder),
                    **self._environ,
                },
                # Ctrl-C is for the tests, which then stop it; and `kill` finds all.
                start_new_session=True,
                user=self._owner,
                group=None if self._owner is None else pwd.getpwnam(self._owner).pw_gid,
                extra_groups=None if self._owner is None else [],
            )
        try:
            self._wait(is_ready)
        except BaseException:
            self.kill()
            raise

    def stop(self) -> None:
        """Ask the program to end; kill it if it does not; twice is fine."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(STOP_TIMEOUT_S)
        # What it has started may have outlived it.
        self.kill()

    def kill(self) -> None:
        """Kill its whole group at once, as the kernel would."""
        if self._process is None:
            return
        with suppress(ProcessLookupError):  # it may have ended by itself
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._process = None

    def _wait(self, is_ready: Callable[[], bool]) -> None:
        give_up = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < give_up:
            if self._process is None or self._process.poll() is not None:
                raise ServiceFailedError(f"{self._command[0]} ended\n{self.log}")
            if is_ready():
                return
            time.sleep(0.02)
        raise ServiceFailedError(f"{self._command[0]} is not ready\n{self.log}")


def installed(name: str, *folders: str) -> Path:
    """Return where a program is, on the path or in one of some folders.

    Raises:
        ServiceMissingError: It is nowhere.

    """
    path = os.pathsep.join([*folders, os.environ.get("PATH", os.defpath), "/usr/sbin"])
    found = shutil.which(name, path=path)
    if found is None:
        raise ServiceMissingError(
            f"{name} is not installed: `make services` installs it on Debian"
        )
    return Path(found)


def unprivileged_user(name: str) -> str | None:
    """Return who runs a server when we are root: the user of this name, or nobody."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return name if name in names else "nobody"


@contextmanager
def private_folder(name: str, owner: str | None) -> Iterator[Path]:
    """Make a folder for a server, and remove it with all that is in it.

    Not pytest's folder: that one is closed to other users.
    """
    folder = Path(tempfile.mkdtemp(prefix=f"wirepact-{name}-"))
    try:
        if owner is not None:
            shutil.chown(folder, owner)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
