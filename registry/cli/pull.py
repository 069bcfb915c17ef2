"""`wirepact pull`: contracts as a registry has them, written into files."""

from pathlib import Path

import click

from registry.cli import planning as plans
from registry.cli.exits import Exit, fail
from registry.cli.lock import write
from registry.cli.remote import Remote, options
from registry.cli.tables import show_json
from registry.domain.errors import RegistryError
from registry.gate import planning, pulling
from registry.gate.locking import Written
from registry.gate.project import Project
from registry.gate.pulling import PullError
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
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def pull(
    *,
    remote: Remote,
    paths: tuple[Path, ...],
    subjects: tuple[str, ...],
    is_all: bool,
    with_history: bool,
    as_json: bool,
) -> None:
    """Write contracts as a registry has them now, and the lock files.

    PATHS are folders with contracts; `contracts` if none is given. A file that says the
    same already stays as it is; in others only what differs is changed. What is begun
    comes into the first folder.
    """
    with plans.told(), remote.client() as client:
        project, now = plans.opened(paths)
        try:
            names = _write_contracts(client, project, now, (*subjects,), is_all)
            # Read again: what was just begun belongs into the lock file too.
            project, now = plans.opened(paths)
            files = [*pulling.lock(client, now, with_history=with_history)]
        except (PullError, RegistryError) as error:
            fail(Exit.FINDINGS, str(error))
        names += _written(project, files)
    if as_json:
        show_json(names)
        return
    for name in names:
        click.echo(name)
    if not names:
        click.echo("all is as it was")


def _write_contracts(
    client: RegistryClient,
    project: Project,
    now: Snapshot,
    subjects: tuple[str, ...],
    is_all: bool,  # noqa: FBT001 - as it came from the command line
) -> list[str]:
    found = planning.contracts(now)
    known = {str(each.subject) for each in found}
    wanted = (*client.list_subjects(), *subjects) if is_all else subjects
    adopted = [each for each in dict.fromkeys(wanted) if each not in known]
    # All of them first: what cannot be written down leaves no file half done.
    files = [*pulling.files(client, now, found, adopted, project.folders[0])]
    return _written(project, files)


def _written(project: Project, files: list[Written]) -> list[str]:
    for each in files:
        write(project.root, each)
    return [each.name for each in files]
