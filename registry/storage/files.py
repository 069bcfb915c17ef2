"""The file of a SQLite database, which is made for its owner alone."""

import os
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from sqlalchemy import event
from sqlalchemy.engine import Engine

_OWNER_ALONE: Final = 0o600


def make_privately(engine: Engine, file: Path) -> None:
    """Have the file made, if it is not there, when the engine connects first.

    In it are tokens' digests, and what schemas tell. SQLite itself would give it the
    rights that the umask leaves; the files beside it get those of the database. What is
    there already keeps its rights.
    """

    def make(*_connecting: Any) -> None:
        # Why it cannot be made, SQLite says when it tries.
        with suppress(OSError):
            os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_RDWR, _OWNER_ALONE))

    event.listen(engine, "do_connect", make)
