"""The settings of the commands that are the registry themselves."""

import click

from registry.cli.environment import variables
from registry.settings import Settings, SettingsError, load


def settings() -> Settings:
    """Return the settings of this environment.

    Raises:
        click.UsageError: A variable is unknown, or its value cannot be used.

    """
    try:
        return load(variables())
    except SettingsError as error:
        raise click.UsageError(str(error)) from error
