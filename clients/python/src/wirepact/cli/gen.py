"""`wirepact gen`: typed Python for schemas, from files, a registry or a bundle."""

from collections.abc import Sequence
from enum import IntEnum
from pathlib import Path
from typing import NoReturn

import click

from wirepact.auth import BearerAuth
from wirepact.bundle import Bundle
from wirepact.cli.environment import SecretOption
from wirepact.cli.harmless import harmless
from wirepact.client import RegistryClient
from wirepact.errors import (
    AccessDeniedError,
    AuthenticationError,
    RegistryUnavailableError,
    WirepactError,
)
from wirepact.gen.code import GenError
from wirepact.gen.generating import generate
from wirepact.gen.inputs import Input, from_files, from_registry
from wirepact.gen.styles import STYLES
from wirepact.gen.writing import Plan, with_packages
from wirepact.schemas import RegisteredSchema


class Exit(IntEnum):
    """Exit codes; part of the interface, so that CI can tell "no" from "don't know"."""

    CURRENT = 0
    STALE = 1
    USAGE = 2
    UNAVAILABLE = 3


@click.command()
@click.argument(
    "files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option(
    "--url",
    "urls",
    multiple=True,
    cls=SecretOption,
    envvar="WIREPACT_URL",
    help="The registry; several times for several equal servers.  [WIREPACT_URL]",
)
@click.option(
    "--bundle",
    "bundle_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file of `wirepact bundle`, instead of a registry.",
)
@click.option(
    "--subject",
    "subjects",
    multiple=True,
    help="What to take from there: the latest version, or SUBJECT:VERSION.",
)
@click.option(
    "-o",
    "--output",
    "folder",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="The package that the modules are written into.",
)
@click.option(
    "--style",
    type=click.Choice(sorted(STYLES)),
    default="dataclass",
    show_default=True,
    help="What the classes are made with; Protobuf has its own.",
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
@click.option(
    "--check", is_flag=True, help="Write nothing; show what would differ, and fail."
)
def gen(
    files: tuple[Path, ...],
    urls: tuple[str, ...],
    bundle_file: Path | None,
    subjects: tuple[str, ...],
    folder: Path,
    style: str,
    context: str,
    token: str | None,
    check: bool,  # noqa: FBT001 - click passes flags so
) -> None:
    """Write typed Python for schemas.

    FILES end in .avsc, .json or .proto; name those that they refer to as well. Subjects
    bring along what they refer to. The same schemas give the same bytes.
    """
    _refuse_odd(files, urls, bundle_file, subjects)
    try:
        if bundle_file is not None:
            inputs = _from_bundle(bundle_file, subjects)
        elif subjects:
            auth = BearerAuth(token) if token else None
            with RegistryClient(urls, auth=auth, context=context) as client:
                inputs = _from_client(client, subjects)
        else:
            inputs = from_files(files)
        plan = Plan(folder, with_packages(folder, generate(inputs, style)))
        finish = _compare if check else _write
        finish(plan)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    except RegistryUnavailableError as error:
        _fail(Exit.UNAVAILABLE, f"registry unavailable: {error}")
    except (AuthenticationError, AccessDeniedError) as error:
        _fail(Exit.UNAVAILABLE, f"not allowed: {error}")
    except (GenError, WirepactError, OSError) as error:
        _fail(Exit.USAGE, str(error))


def _refuse_odd(
    files: Sequence[Path],
    urls: Sequence[str],
    bundle_file: Path | None,
    subjects: Sequence[str],
) -> None:
    """Say it if files are mixed with subjects, or if one of a pair is missing."""
    if bool(files) == bool(subjects):
        raise click.UsageError("Give files, or subjects of a registry or a bundle.")
    if bundle_file is not None and not subjects:
        raise click.UsageError("Say with --subject what to take from the bundle.")
    if subjects and bundle_file is None and not urls:
        raise click.UsageError("Say with --url or --bundle where the subjects are.")


def _from_client(client: RegistryClient, subjects: Sequence[str]) -> list[Input]:
    def find(subject: str, version: int | None) -> RegisteredSchema:
        if version is None:
            return client.get_latest(subject)
        return client.get_version(subject, version)

    return from_registry([_place(each) for each in subjects], find)


def _from_bundle(file: Path, subjects: Sequence[str]) -> list[Input]:
    bundle = Bundle.read(file)

    def find(subject: str, version: int | None) -> RegisteredSchema:
        if version is None:
            found = bundle.find_latest(subject)
        else:
            found = bundle.find_version(subject, version)
        if found is None:
            which = "" if version is None else f" version {version}"
            raise GenError(f"{file}: does not have {subject}{which}")
        return found

    return from_registry([_place(each) for each in subjects], find)


def _place(stated: str) -> tuple[str, int | None]:
    """Read a subject, which may have colons itself, and the version after the last."""
    subject, colon, version = stated.rpartition(":")
    if colon and subject and version.isdecimal():
        return subject, int(version)
    return stated, None


def _compare(plan: Plan) -> None:
    stale = plan.stale()
    if stale:
        click.echo(plan.difference(), nl=False)
        names = ", ".join(str(plan.folder / file) for file in stale)
        _fail(Exit.STALE, f"stale: {names}; run without --check to write anew")
    click.echo(f"{plan.folder}: current")


def _write(plan: Plan) -> None:
    for file in plan.write():
        click.echo(plan.folder / file)


def _fail(code: Exit, message: str) -> NoReturn:
    click.echo(harmless(message), err=True)
    raise SystemExit(code)
