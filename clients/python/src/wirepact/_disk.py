"""The folder in which schemas outlive the process.

One file for each entry, written beside its place and then moved there, so that a reader
in another process finds all of it or nothing. Each begins with a checksum. What is
damaged, of another make or of another user is not used, and removed where that is
possible. Nothing that happens here makes a call fail: the folder only saves requests.
"""

import errno
import hashlib
import json
import logging
import os
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from wirepact import _storing
from wirepact._reading import MalformedError
from wirepact.cache import Key
from wirepact.schemas import RegisteredSchema, Schema

logger = logging.getLogger("wirepact.cache")

_MAGIC: Final = b"wirepact-schema-1 "
_SUFFIX: Final = ".schema"
_MOST_ENTRY_BYTES: Final = 32 * 1024 * 1024
# Without the first a link would have us read another file; without the second a pipe
# would have us wait for whoever writes into it.
_READ_FLAGS: Final = (
    os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
)
# Windows keeps them elsewhere than in what `stat` tells.
_HAS_OWNERS: Final = hasattr(os, "geteuid")
# Left over by a process that ended while it wrote.
_ABANDONED_AFTER_S: Final = 600
# After clearing, there is room for a while.
_CLEARED_TO: Final = 0.8


class _DamagedError(Exception):
    pass


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """Something from the folder, and when it was put there, in seconds since 1970."""

    value: Schema | RegisteredSchema
    stored_at: float


class DiskCache:
    """The entries of one registry. Threads and processes may share them."""

    def __init__(
        self,
        folder: Path,
        registry: str,
        max_bytes: int,
        wall_clock: Callable[[], float],
    ) -> None:
        # Ids mean something in their own registry only.
        digest = hashlib.sha256(registry.encode()).hexdigest()
        self._root = folder
        self._folder = folder / digest[:32]
        self._registry = registry
        self._max_bytes = max_bytes
        self._wall_clock = wall_clock
        self._written_bytes: int | None = None
        self._has_complained = False

    def read(self, key: Key) -> StoredEntry | None:
        """Return an entry; None if there is none that can be used."""
        path = self._path(key)
        try:
            return self._checked(key, _content(path))
        except FileNotFoundError:
            return None
        except _DamagedError as error:
            logger.warning("removed from the schema folder: %s: %s", path, error)
            with suppress(OSError):
                path.unlink()
        except OSError as error:
            self._complain("read", error)
        return None

    def write(self, key: Key, value: Schema | RegisteredSchema) -> None:
        """Keep an entry, in the place of the former one."""
        said = {
            "registry": self._registry,
            "key": list(key),
            "stored_at": self._wall_clock(),
            "value": _storing.kept_to_json(value),
        }
        body = json.dumps(said, separators=(",", ":")).encode()
        try:
            self._place(self._path(key), _sealed(body))
        except OSError as error:
            self._complain("write to", error)

    def remove(self, key: Key) -> None:
        with suppress(OSError):
            self._path(key).unlink()

    def _path(self, key: Key) -> Path:
        digest = hashlib.sha256(json.dumps(key).encode()).hexdigest()
        return self._folder / f"{digest}{_SUFFIX}"

    def _checked(self, key: Key, content: bytes) -> StoredEntry:
        said = _opened(content)
        if said.get("registry") != self._registry or said.get("key") != list(key):
            raise _DamagedError("it is another entry's")
        stored_at = said.get("stored_at")
        if not isinstance(stored_at, int | float):
            raise _DamagedError("its time is missing")
        try:
            value = _storing.kept_from_json(said.get("value") or {})
        except MalformedError as error:
            raise _DamagedError(str(error)) from error
        return StoredEntry(value, float(stored_at))

    def _place(self, path: Path, content: bytes) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _refuse_if_shared(self._folder)
        self._make_room(len(content))
        # mkstemp: a new file of a random name that only its owner reads and writes.
        handle, name = tempfile.mkstemp(dir=self._folder, prefix=".", suffix=".part")
        try:
            with os.fdopen(handle, "wb") as part:
                part.write(content)
            Path(name).replace(path)
        except BaseException:
            with suppress(OSError):
                Path(name).unlink()
            raise

    def _make_room(self, needed: int) -> None:
        """Remove the oldest entries, of all registries, if the folder is full.

        Each process counts what it writes, and looks at the folder when that could
        have filled it: looking each time would cost more than the writing.
        """
        if self._written_bytes is None or (
            self._written_bytes + needed > self._max_bytes
        ):
            self._written_bytes = self._cleared(needed)
        self._written_bytes += needed

    def _cleared(self, needed: int) -> int:
        files = sorted(self._files(), key=lambda each: each[1].st_mtime)
        held = sum(status.st_size for _, status in files)
        if held + needed <= self._max_bytes:
            return held
        for path, status in files:
            if held + needed <= self._max_bytes * _CLEARED_TO:
                break
            with suppress(OSError):
                path.unlink()
                held -= status.st_size
        return held

    def _files(self) -> Iterator[tuple[Path, os.stat_result]]:
        now = self._wall_clock()
        for path in self._root.glob("*/*"):
            try:
                status = path.lstat()
            except OSError:  # another process has just removed it
                continue
            if path.suffix == ".part" and now - status.st_mtime > _ABANDONED_AFTER_S:
                with suppress(OSError):
                    path.unlink()
            elif path.suffix == _SUFFIX:
                yield path, status

    def _complain(self, act: str, error: OSError) -> None:
        # Once: a full disk would otherwise fill the log as well.
        level = logging.DEBUG if self._has_complained else logging.WARNING
        self._has_complained = True
        logger.log(level, "cannot %s the schema folder: %s", act, error)


def _sealed(body: bytes) -> bytes:
    return _MAGIC + hashlib.sha256(body).hexdigest().encode() + b"\n" + body


def _opened(content: bytes) -> dict[str, Any]:
    head, _, body = content.partition(b"\n")
    if head != _MAGIC + hashlib.sha256(body).hexdigest().encode():
        raise _DamagedError("its checksum does not hold")
    try:
        said = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise _DamagedError("it is not JSON") from error
    if not isinstance(said, dict):
        raise _DamagedError("it is not an entry")
    return said


def _content(path: Path) -> bytes:
    handle = _opened_as_it_is(path)
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode) or not _is_own(status):
            raise _DamagedError("it is not a file of this user")
        if status.st_size > _MOST_ENTRY_BYTES:
            raise _DamagedError("it is too large")
        with open(handle, "rb", closefd=False) as file:
            return file.read(_MOST_ENTRY_BYTES)
    finally:
        os.close(handle)


def _opened_as_it_is(path: Path) -> int:
    try:
        return os.open(path, _READ_FLAGS)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise _DamagedError("it is a link") from error
        raise


def _refuse_if_shared(folder: Path) -> None:
    """Others who can write here could have services read with other schemas."""
    status = folder.lstat()
    is_private = stat.S_ISDIR(status.st_mode) and _is_own(status)
    if _HAS_OWNERS and status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        is_private = False
    if not is_private:
        raise PermissionError(f"{folder}: others can write to it")


def _is_own(status: os.stat_result) -> bool:
    return not _HAS_OWNERS or status.st_uid == os.geteuid()
