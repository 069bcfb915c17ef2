"""`wirepact db`: bring a database to the level of this release, or ask for it."""

from collections.abc import Callable
from typing import Any

import click

from registry.cli.environment import settings
from registry.cli.exits import Exit
from registry.domain.errors import StoreUnavailableError

_database_url = click.option(
    "--database-url",
    metavar="URL",
    help="sqlite:///file, or postgresql://user:password@host:port/database."
    " By default what WIREPACT_DATABASE_URL says.",
)


@click.group()
def db() -> None:
    """Bring the database to the level of this release, or ask for its level."""


@db.command()
@_database_url
def upgrade(database_url: str | None) -> None:
    """Apply the migrations that the database lacks; all of them, or none.

    Several may be started at once: one works, the others wait for it.
    """
    # Late: --help must not wait for the database's libraries.
    from registry.storage import migrations

    _tell(database_url, migrations.upgrade)


@db.command()
@_database_url
def check(database_url: str | None) -> None:
    """Exit with 0 if the database is up to date, with 1 if it is not.

    3 means that it cannot be reached. Nothing is changed.
    """
    from registry.storage import migrations

    _tell(database_url, migrations.state)


def _tell(given_url: str | None, act: Callable[[str], Any]) -> None:
    """Print the state that an act leaves a database in, and exit accordingly."""
    from registry.storage.migrations import ADVICE
    from registry.storage.urls import DatabaseUrlError, without_secrets

    url = given_url or settings().database_url
    try:
        state = act(url)
        found = f"{without_secrets(url)} {state.level.value}"
    except DatabaseUrlError as error:
        raise click.UsageError(str(error)) from error
    except StoreUnavailableError as error:
        click.echo(f"The database cannot be reached: {error.__cause__}", err=True)
        raise SystemExit(Exit.UNAVAILABLE) from error
    advice = ADVICE.get(state.level)
    if advice is None:
        click.echo(f"{found}.")
        return
    click.echo(f"{found}: {advice}.", err=True)
    raise SystemExit(Exit.FINDINGS)
