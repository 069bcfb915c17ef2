"""Files that are written whole or not at all."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO


@contextmanager
def replaced(file: Path) -> Iterator[IO[bytes]]:
    """Open a new file that takes the place of another when all has gone well.

    An interrupted run leaves the former one. It may be read by its owner alone.

    Raises:
        OSError: The folder cannot be written.

    """
    handle, name = tempfile.mkstemp(dir=file.absolute().parent, prefix=".", suffix="~")
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(file)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise
