"""What the commands take from the environment."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

import click


def variables() -> Mapping[str, str]:
    """Return the variables of this process: ours, of terminals, and of CI services."""
    return os.environ


def from_file(variable: str) -> Callable[[], str | None]:
    """Return what reads a secret from the file that a variable names.

    That is the variable's own name with `_FILE` behind it; without it there is none.
    """

    def read() -> str | None:
        name = f"{variable}_FILE"
        file = variables().get(name)
        if not file:
            return None
        try:
            return Path(file).read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            # Not what stands in it: it may be a secret.
            reason = getattr(error, "strerror", None) or "is no text"
            raise click.UsageError(f"{name}: {file}: {reason}") from None

    return read
