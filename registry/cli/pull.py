"""`wirepact pull`: contracts as a registry has them, written into files."""

from pathlib import Path

import click

from registry.cli import planning as plans
from registry.cli.exits import Exit, fail
from registry.cli.lock import write
from registry.cli.remote import Remote, options
from registry.cli.tables import show_json, tell
from registry.domain.errors import RegistryError
from registry.domain.harmless import harmless
from registry.gate import planning, pulling
from registry.gate.locking import Written
from registry.gate.project import Project
from registry.gate.pulling import Left, Pull, PullError
from registry.gate.snapshots import Snapshot
from wirepact import RegistryClient


@click.command()
@options
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--subject",
    "subjects",
    multiple=True,
    help="A subject that has no contract yet: its files are begun.",
)
@click.option("--all", "is_all", is_flag=True, help="Begin those of all subjects.")
@click.option(
    "--history",
    "with_history",
    is_flag=True,
    help="Write all versions as well: versions/0001.avsc and so on.",
)
@click.option(
    "--latest",
    "takes_latest",
    is_flag=True,
    help="Replace schemas that say something else than the latest versions, be it an"
    " earlier one or what is not registered.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def pull(
    *,
    remote: Remote,
    paths: tuple[Path, ...],
    subjects: tuple[str, ...],
    is_all: bool,
    with_history: bool,
    takes_latest: bool,
    as_json: bool,
) -> None:
    """Write contracts as a registry has them now, and the lock files.

    PATHS are folders with contracts; `contracts` if none is given. A file that says the
    same already stays as it is; in others only what differs is changed. A schema that
    says something else than the latest version is left, which is told, unless --latest
    is given. What is begun comes into the first folder.
    """
    with plans.told(), remote.client() as client:
        project, now = plans.opened(paths)
        try:
            pulled = Pull(client, now, takes_latest=takes_latest)
            wanted = _wanted(client, subjects, is_all=is_all)
            names = _write_contracts(pulled, project, now, wanted)
            # Read again: what was just begun belongs into the lock file too.
            project, now = plans.opened(paths)
            files = [*pulling.lock(client, now, with_history=with_history)]
        except (PullError, RegistryError) as error:
            fail(Exit.FINDINGS, str(error))
        names += _written(project, files)
    _tell_left(pulled.left)
    _tell_dropped(files)
    if as_json:
        show_json(names)
        return
    for name in names:
        tell(name)
    if not now.manifests:
        click.echo("there is no contract here")
    elif not names:
        click.echo("nothing is written" if pulled.left else "all is as it was")


def _tell_left(left: list[Left]) -> None:
    for each in left:
        click.echo(harmless(str(each)), err=True)
    if left:
        told = "say --latest to have the latest versions instead"
        click.echo(told, err=True)


def _tell_dropped(files: list[Written]) -> None:
    for told in (told for each in files for told in each.told()):
        click.echo(harmless(told), err=True)


def _wanted(
    client: RegistryClient, subjects: tuple[str, ...], *, is_all: bool
) -> tuple[str, ...]:
    return (*client.list_subjects(), *subjects) if is_all else subjects


def _write_contracts(
    pulled: Pull, project: Project, now: Snapshot, wanted: tuple[str, ...]
) -> list[str]:
    found = planning.contracts(now)
    known = {str(each.subject) for each in found}
    adopted = [each for each in dict.fromkeys(wanted) if each not in known]
    # All of them first: what cannot be written down leaves no file half done.
    files = [*pulled.files(found), *pulled.begun(adopted, project.folders[0])]
    return _written(project, files)


def _written(project: Project, files: list[Written]) -> list[str]:
    for each in files:
        write(project.root, each)
    return [each.name for each in files]
