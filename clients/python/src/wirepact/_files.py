"""Writing files so that an interrupted run leaves the former ones."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path


def replace_file(file: Path, content: bytes) -> None:
    """Write a file as a whole, or not at all; everybody may read it."""
    handle, name = tempfile.mkstemp(dir=file.absolute().parent, prefix=".", suffix="~")
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        # It is no secret, unlike what mkstemp is made for.
        part.chmod(0o644)
        part.replace(file)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise
