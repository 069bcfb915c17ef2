"""`wirepact bundle`: the schemas that a service ships, written into one file."""

from enum import IntEnum
from pathlib import Path
from typing import NoReturn

import click

from wirepact._bundling import collect
from wirepact._files import replace_file
from wirepact.auth import BearerAuth
from wirepact.cli.environment import SecretOption
from wirepact.cli.harmless import harmless
from wirepact.client import RegistryClient
from wirepact.errors import (
    AccessDeniedError,
    AuthenticationError,
    RegistryUnavailableError,
    WirepactError,
)


class Exit(IntEnum):
    """Exit codes; part of the interface, so that CI can tell "no" from "don't know"."""

    CURRENT = 0
    STALE = 1
    USAGE = 2
    UNAVAILABLE = 3


@click.command()
@click.option(
    "--url",
    "urls",
    multiple=True,
    required=True,
    cls=SecretOption,
    envvar="WIREPACT_URL",
    help="The registry; several times for several equal servers.  [WIREPACT_URL]",
)
@click.option(
    "--subject", "subjects", multiple=True, required=True, help="What to bring along."
)
@click.option(
    "-o",
    "--output",
    "file",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The bundle.",
)
@click.option(
    "--context", default=".", envvar="WIREPACT_CONTEXT", help="Where the subjects are."
)
@click.option(
    "--token",
    cls=SecretOption,
    envvar="WIREPACT_TOKEN",
    help="A bearer token; better by WIREPACT_TOKEN, or a file that WIREPACT_TOKEN_FILE"
    " names, as processes see arguments.",
)
@click.option("--latest-only", is_flag=True, help="Leave earlier versions out.")
@click.option("--check", is_flag=True, help="Write nothing; fail if it would differ.")
def bundle(
    urls: tuple[str, ...],
    subjects: tuple[str, ...],
    file: Path,
    context: str,
    token: str | None,
    latest_only: bool,  # noqa: FBT001 - click passes flags so
    check: bool,  # noqa: FBT001 - click passes flags so
) -> None:
    """Write the schemas that a service ships into one file.

    It holds all versions of the subjects and what they refer to. A client that is given
    the file starts and runs while no registry can be reached.
    """
    auth = BearerAuth(token) if token else None
    try:
        with RegistryClient(urls, auth=auth, context=context) as client:
            content = collect(
                client,
                subjects,
                context=client.context,
                only_latest=latest_only,
            ).to_bytes()
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    except RegistryUnavailableError as error:
        _fail(Exit.UNAVAILABLE, f"registry unavailable: {error}")
    except (AuthenticationError, AccessDeniedError) as error:
        _fail(Exit.UNAVAILABLE, f"not allowed: {error}")
    except WirepactError as error:
        _fail(Exit.USAGE, str(error))

    if check:
        _compare(file, content)
    else:
        replace_file(file, content)
        click.echo(f"{file}: {len(content)} bytes")


def _compare(file: Path, content: bytes) -> None:
    try:
        current = file.read_bytes()
    except FileNotFoundError:
        _fail(Exit.STALE, f"{file}: not there; run without --check to write it")
    if current != content:
        _fail(Exit.STALE, f"{file}: stale; run without --check to write it anew")
    click.echo(f"{file}: current")


def _fail(code: Exit, message: str) -> NoReturn:
    click.echo(harmless(message), err=True)
    raise SystemExit(code)
