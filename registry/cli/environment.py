"""What the commands take from the environment."""

import os

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
