"""What the commands take from the environment: secrets, by a variable or a file."""

import os
from pathlib import Path
from typing import Final

import click

IN_FILE: Final = "_FILE"
_LONGEST: Final = 64 * 1024


class SecretOption(click.Option):
    """An option with a variable that may name a file instead, `WIREPACT_TOKEN_FILE`.

    What is given as an argument comes first, as it does for every option.
    """

    def resolve_envvar_value(self, ctx: click.Context) -> str | None:
        """Return the variable, or what stands in the file.

        Raises:
            UsageError: Both are given, or the file cannot be read. What stands in it
                is not shown.

        """
        assert isinstance(self.envvar, str)  # noqa: S101 - each of ours has one
        given = super().resolve_envvar_value(ctx)
        by_file = self.envvar + IN_FILE
        file = os.environ.get(by_file)
        if not file:
            return given
        if given is not None:
            raise click.UsageError(f"{self.envvar} and {by_file}: set one of them", ctx)
        return _read(by_file, file)


def _read(variable: str, file: str) -> str:
    try:
        with Path(file).open(encoding="utf-8") as opened:
            text = opened.read(_LONGEST).strip()
    except OSError as error:
        raise click.UsageError(f"{variable}: {file}: {error.strerror}") from None
    # No UTF-8, or a path with a zero character. It may be a secret: not even a part.
    except ValueError:
        raise click.UsageError(f"{variable}: {file}: is no text") from None
    if not text:
        raise click.UsageError(f"{variable}: {file}: is empty")
    return text
