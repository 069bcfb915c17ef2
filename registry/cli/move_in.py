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
from registry.cli.moving.crawl import WITHHELD, crawl, exported, is_wirepact
from registry.cli.moving.deliver import Delivery, Target
from registry.cli.moving.spool import Spool
from registry.cli.moving.verify import Comparison, compare
from registry.cli.remote import Remote, options
from registry.cli.tables import show_list
from wirepact.cli.environment import SecretOption


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
    cls=SecretOption,
    envvar="WIREPACT_FROM_URL",
    help="Another registry; several times for several equal servers.",
)
@click.option(
    "--from-token",
    cls=SecretOption,
    envvar="WIREPACT_FROM_TOKEN",
    help="A bearer token for it; better by WIREPACT_FROM_TOKEN, or a file that"
    " WIREPACT_FROM_TOKEN_FILE names.",
)
@click.option(
    "--from-user",
    cls=SecretOption,
    envvar="WIREPACT_FROM_USER",
    help="name:password for it; better by WIREPACT_FROM_USER, or a file that"
    " WIREPACT_FROM_USER_FILE names.",
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
        withheld: list[str] = []
        if file:
            is_ours = _gathered(spool, file)
        else:
            is_ours, withheld = _crawled(spool, source)
        with remote.client() as client:
            if not is_wirepact(client):
                fail(Exit.USAGE, "the target is no registry of Wirepact")
            target = Target(client, verbatim=is_ours, dry_run=dry_run)
            delivery = target.bring(spool)
            comparison = Comparison() if dry_run else compare(client, spool)
    if withheld:
        show_list(WITHHELD, withheld)
    _report(delivery, comparison, is_trial=dry_run)


def _crawled(spool: Spool, source: Remote) -> tuple[bool, list[str]]:
    """Ask another registry for all; say whether it is of ours, and what it keeps."""
    with source.client() as client:
        if is_wirepact(client):
            for page in exported(client):
                spool.add(page)
            return True, []
        return False, crawl(client, spool)


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
    show_list(f"{would}refused", [str(each) for each in delivery.refused])
    if not is_trial:
        click.echo(f"read back: {comparison.compared} versions")
        if comparison.reworded:
            click.echo(
                f"in canonical form: {comparison.reworded} of them have another text"
                f" than at their source{_found_by_guid(comparison.led_to)}"
            )
        show_list("different", comparison.differences)
    if delivery.refused or comparison.differences:
        raise SystemExit(Exit.FINDINGS)


def _found_by_guid(count: int) -> str:
    return f"; the source's GUIDs lead to {count} of these" if count else ""
