"""What the commands take from the environment."""

import os
from collections.abc import Mapping

import click

from registry.settings import Settings, SettingsError, load


def settings() -> Settings:
    """Return the settings of this environment.

    Raises:
        click.UsageError: A variable is unknown, or its value cannot be used.

    """
    try:
        return load(os.environ)
    except SettingsError as error:
        raise click.UsageError(str(error)) from error


def variables() -> Mapping[str, str]:
    """Return the variables that others set: of terminals and of CI services."""
    return os.environ
