"""Where protoc's texts lie while it reads them.

Who has a folder holds a lock on it, which the system takes back however the process
ends. What is left of processes that were killed is known by that, and cleared away by
whoever makes the next folder: shared memory is not emptied before the machine restarts.
"""

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

_SHARED_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - a private folder is made in it
_PREFIX: Final = "wirepact-compiler-"

_YOUNG_S: Final = 60.0
"""For so long a folder may be one that was made, and is not locked yet."""


class PrivateFolder:
    """A folder of this process, in shared memory where there is any.

    Raises:
        OSError: There is no place for it.

    """

    def __init__(self, parent: Path | None = None) -> None:
        parent = parent or _usual_parent()
        _clear_away(parent)
        self.path: Final = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
        self._lock: int | None = _opened(self.path)
        # Where there are no locks, nobody gets one to clear away with either.
        with suppress(OSError):
            fcntl.flock(self._lock, fcntl.LOCK_EX)

    def remove(self) -> None:
        """Remove the folder with all that is in it. Safe to repeat."""
        shutil.rmtree(self.path, ignore_errors=True)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def _usual_parent() -> Path:
    has_shared_memory = os.access(_SHARED_MEMORY, os.W_OK)
    return _SHARED_MEMORY if has_shared_memory else Path(tempfile.gettempdir())


def _clear_away(parent: Path) -> None:
    for path in _old_ones(parent):
        # Somebody's that is in use, or another's; or somebody else was faster.
        with suppress(OSError):
            lock = _opened(path)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(path, ignore_errors=True)
            finally:
                os.close(lock)


def _old_ones(parent: Path) -> Iterator[Path]:
    for path in parent.glob(f"{_PREFIX}*"):
        with suppress(OSError):
            if time.time() - path.lstat().st_mtime > _YOUNG_S:
                yield path


def _opened(path: Path) -> int:
    return os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
