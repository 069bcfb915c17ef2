"""Where protoc's texts lie while it reads them."""

import os
import tempfile
from pathlib import Path
from typing import Final

_SHARED_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - a private folder is made in it


def make_folder() -> Path:
    """Make a private folder, in shared memory where there is any."""
    parent = _SHARED_MEMORY if os.access(_SHARED_MEMORY, os.W_OK) else None
    return Path(tempfile.mkdtemp(prefix="wirepact-protoc-", dir=parent))
