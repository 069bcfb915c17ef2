"""How the parent tells its workers that the server is about to end: a file, by name."""

from pathlib import Path
from typing import Final

_MARKER: Final = "draining"


def announce(run_folder: Path) -> None:
    """Let all workers of this server report that they are not ready."""
    (run_folder / _MARKER).touch()


def is_announced(run_folder: Path) -> bool:
    return (run_folder / _MARKER).exists()
