"""`wirepact lock`: what a registry has now, written down for checks without it."""

from pathlib import Path

import click

from registry.cli import gating as gate
from registry.cli import sides
from registry.cli.files import replaced
from registry.cli.gating import Gating
from registry.cli.remote import Remote, options
from registry.domain.harmless import harmless
from registry.gate import locking
from registry.gate.locking import Written


@click.command()
@options
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--history",
    "with_history",
    is_flag=True,
    help="Write all versions as well: versions/0001.avsc and so on.",
)
def lock(*, remote: Remote, paths: tuple[Path, ...], with_history: bool) -> None:
    """Write down which version of each contract's subject a registry has.

    From contracts/.lock.yaml a check knows how many versions a transitive level is
    about; with --history it has their texts too, and needs no registry.
    """
    with gate.told():
        project, now = sides.present(Gating(paths))
        with remote.client() as client:
            found = locking.lock_files(client, now, with_history=with_history)
            files = [*locking.stale(found, now)]
    for each in files:
        write(project.root, each)
        click.echo(each.name)
        for told in each.told():
            click.echo(harmless(told), err=True)
    if not now.manifests and not files:
        click.echo("there is no contract here")
    elif not files:
        click.echo("all is as it was")


def write(root: Path, written: Written) -> None:
    """Write a file whole or not at all, with the folders that it needs."""
    file = root / written.name
    file.parent.mkdir(parents=True, exist_ok=True)
    with replaced(file) as stream:
        stream.write(written.text.encode())
    # Everybody may read what is committed anyway.
    file.chmod(0o644)
