"""`wirepact export`: all that a registry holds, in one checked file."""

import sys
from pathlib import Path

import click

from registry.cli.exits import Exit, fail
from registry.cli.files import replaced
from registry.cli.moving import archive
from registry.cli.moving.archive import Origin
from registry.cli.moving.crawl import crawl, exported, is_wirepact
from registry.cli.moving.spool import Spool
from registry.cli.remote import Remote, options


@click.command()
@options
@click.argument("file", type=click.Path(dir_okay=False, allow_dash=True))
def export(remote: Remote, file: str) -> None:
    """Write all that a registry holds into FILE (`-` for standard output).

    Contexts, versions with the soft-deleted ones, configs, modes, policies: one JSON
    value a line, each with its digest, and a trailer that says whether all are there.
    Any registry of the Confluent kind can be exported, as far as it can be asked.
    """
    with Spool() as spool:
        with remote.client() as client:
            origin = Origin(is_wirepact(client))
            if origin.is_wirepact:
                for page in exported(client):
                    spool.add(page)
            else:
                crawl(client, spool)
        records = (record for _, record in spool.ordered())
        if file == "-":
            archive.write(sys.stdout.buffer, origin, records)
            return
        try:
            with replaced(Path(file)) as stream:
                archive.write(stream, origin, records)
        except OSError as error:
            fail(Exit.USAGE, f"{file} was not written: {error.strerror}")
        for kind, count in spool.counts().items():
            click.echo(f"{count:>8} {kind}", err=True)
