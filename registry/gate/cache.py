"""What an earlier run has found out already: small values by a digest of all inputs.

It may be lost, damaged or out of reach at any time; then the work is done again.
Whoever reads a value checks its form.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, Protocol

from registry.version import VERSION

_MOST_FILES: Final = 20_000
_FOLDERS: Final = 256
_LONGEST: Final = 1 << 20


class Cache(Protocol):
    """Values by key."""

    def get(self, key: str) -> Any:
        """Return what was put; None if it is not there or is damaged."""
        ...

    def put(self, key: str, value: Any) -> None: ...

    def close(self) -> None:
        """End the run: what nobody asked for in a long time may go."""
        ...


class NoCache:
    """Remembers nothing."""

    def get(self, key: str) -> Any:
        return None

    def put(self, key: str, value: Any) -> None:
        return

    def close(self) -> None:
        return


class FolderCache:
    """Values in files, each written whole or not at all; safe to share by processes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._written: Path | None = None
        self._is_broken = False

    def get(self, key: str) -> Any:
        try:
            with (self._folder / key[:2] / key).open("rb") as stream:
                text = stream.read(_LONGEST + 1)
            return json.loads(text)
        except (OSError, ValueError, RecursionError):
            return None

    def put(self, key: str, value: Any) -> None:
        text = json.dumps(value).encode()
        if self._is_broken or len(text) > _LONGEST:
            return
        folder = self._folder / key[:2]
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            part = folder / f"{key}.{os.getpid()}"
            # Whatever lies there is of a process that has died, or somebody else's.
            part.unlink(missing_ok=True)
            with part.open("xb") as stream:
                stream.write(text)
            part.replace(folder / key)
        except OSError:
            # A read-only home or a full disk: not worth a word, nor another try.
            self._is_broken = True
        self._written = folder

    def close(self) -> None:
        if self._written is None:
            return
        with suppress(OSError):
            # As full as the others: keys are digests. To count all takes long.
            if sum(1 for _ in self._written.iterdir()) > _MOST_FILES // _FOLDERS:
                self._prune()

    def _prune(self) -> None:
        files = [each for each in self._folder.glob("??/*") if each.is_file()]
        if len(files) <= _MOST_FILES:
            return
        files.sort(key=lambda each: each.stat().st_mtime)
        for each in files[: -_MOST_FILES // 2]:
            each.unlink(missing_ok=True)


def folder(environ: Mapping[str, str]) -> Path | None:
    """Return where a user's caches are; None where there is no such place.

    Source: XDG Base Directory Specification 0.8.
    """
    stated = environ.get("XDG_CACHE_HOME", "")
    home = environ.get("HOME") or environ.get("LOCALAPPDATA", "")
    # The specification has relative paths ignored.
    if Path(stated).is_absolute():
        return Path(stated) / "wirepact" / "gate"
    return Path(home) / ".cache" / "wirepact" / "gate" if home else None


def key(*parts: str) -> str:
    """Return a digest of this engine's version and some texts; no two lists collide."""
    digest = hashlib.sha256(VERSION.encode())
    for part in parts:
        content = part.encode(errors="surrogatepass")
        digest.update(b"%d:" % len(content))
        digest.update(content)
    return digest.hexdigest()
