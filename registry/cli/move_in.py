"""`wirepact import`: out of a file, or out of another registry."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import click

from registry.cli.exits import Exit, fail
from registry.cli.moving import archive
from registry.cli.moving.archive import ArchiveError
from registry.cli.moving.crawl import crawl, exported, is_wirepact
from registry.cli.moving.deliver import Delivery, Target
from registry.cli.moving.spool import Spool
from registry.cli.moving.verify import Comparison, compare
from registry.cli.remote import Remote, options

_MOST_SHOWN = 50


@click.command("import")
@options
@click.argument(
    "file",
    required=False,
    type=click.Path(exists=True, dir_okay=False, allow_dash=True),
)
@click.option(
    "--from",
    "sources",
    multiple=True,
    metavar="URL",
    envvar="WIREPACT_FROM_URL",
    help="Another registry; several times for several equal servers.",
)
@click.option(
    "--from-token",
    envvar="WIREPACT_FROM_TOKEN",
    help="A bearer token for it; better by WIREPACT_FROM_TOKEN.",
)
@click.option(
    "--from-user",
    envvar="WIREPACT_FROM_USER",
    help="name:password for it; better by WIREPACT_FROM_USER.",
)
@click.option(
    "--from-ca-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Certificates of the authorities to trust for it.",
)
@click.option("--dry-run", is_flag=True, help="Write nothing; say what would be done.")
def import_(
    remote: Remote,
    file: str | None,
    sources: tuple[str, ...],
    from_token: str | None,
    from_user: str | None,
    from_ca_file: Path | None,
    dry_run: bool,  # noqa: FBT001 - click passes flags so
) -> None:
    """Bring what FILE or another registry holds into a registry of Wirepact.

    Ids, version numbers, references, configs, modes, contexts and soft deletes are
    kept. Contexts are switched to the mode IMPORT meanwhile, where something is written
    in them. What is there already is left alone, so that an interrupted run is simply
    started again. In the end all is read back and compared.
    """
    if (file is None) == (not sources):
        raise click.UsageError("give a FILE, or --from URL")
    source = Remote(sources, from_token, from_user, from_ca_file)
    with Spool() as spool:
        is_ours = _gathered(spool, file) if file else _crawled(spool, source)
        with remote.client() as client:
            if not is_wirepact(client):
                fail(Exit.USAGE, "the target is no registry of Wirepact")
            target = Target(client, verbatim=is_ours, dry_run=dry_run)
            delivery = target.bring(spool)
            comparison = Comparison() if dry_run else compare(client, spool)
    _report(delivery, comparison, is_trial=dry_run)


def _crawled(spool: Spool, source: Remote) -> bool:
    """Ask another registry for all, and say whether it is one of ours."""
    with source.client() as client:
        if is_wirepact(client):
            for page in exported(client):
                spool.add(page)
            return True
        crawl(client, spool)
    return False


def _gathered(spool: Spool, file: str) -> bool:
    """Read a file to its end before anything is sent, and say whether it is ours."""
    with _opened(file) as stream:
        try:
            origin, records = archive.read(stream)
            spool.add(records)
        except ArchiveError as error:
            fail(Exit.USAGE, f"{file}: {error}. Nothing was imported.")
    return origin.is_wirepact


@contextmanager
def _opened(file: str) -> Iterator[IO[bytes]]:
    if file == "-":
        yield sys.stdin.buffer
        return
    with Path(file).open("rb") as stream:
        yield stream


def _report(delivery: Delivery, comparison: Comparison, *, is_trial: bool) -> None:
    would = "would be " if is_trial else ""
    click.echo(f"{would}written: {delivery.written}")
    click.echo(f"unchanged: {delivery.unchanged}")
    _listed(f"{would}refused", [str(each) for each in delivery.refused])
    if not is_trial:
        click.echo(f"read back: {comparison.compared} versions")
        if comparison.reworded:
            click.echo(
                f"in canonical form: {comparison.reworded} of them have another text"
                " and GUID than at their source; the source's GUID leads to them"
            )
        _listed("different", comparison.differences)
    if delivery.refused or comparison.differences:
        raise SystemExit(Exit.FINDINGS)


def _listed(title: str, lines: list[str]) -> None:
    click.echo(f"{title}: {len(lines)}")
    for line in lines[:_MOST_SHOWN]:
        click.echo(f"  {line}")
    if len(lines) > _MOST_SHOWN:
        click.echo(f"  and {len(lines) - _MOST_SHOWN} more")
