"""`wirepact mode`: what may be written in a subject, a context or the registry."""

import click

from registry.cli.exits import Exit, fail
from registry.cli.remote import Remote, is_unknown, options
from registry.cli.tables import show_json
from wirepact.errors import NotFoundError, UnexpectedAnswerError


@click.command()
@options
@click.argument("subject", required=False)
@click.option(
    "--set",
    "wanted",
    type=click.Choice(["READWRITE", "READONLY", "IMPORT"], case_sensitive=False),
    help="The mode from now on.",
)
@click.option("--force", is_flag=True, help="Import although there are schemas.")
@click.option("--delete", "is_deleted", is_flag=True, help="Forget the own mode.")
@click.option("--in-scope", is_flag=True, help="Show what holds, from where it may.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def mode(
    remote: Remote,
    subject: str | None,
    wanted: str | None,
    force: bool,  # noqa: FBT001 - click passes flags so
    is_deleted: bool,  # noqa: FBT001 - click passes flags so
    in_scope: bool,  # noqa: FBT001 - click passes flags so
    as_json: bool,  # noqa: FBT001 - click passes flags so
) -> None:
    """Show or change the mode of SUBJECT, or else that of the context or registry."""
    if wanted and is_deleted:
        raise click.UsageError("either set a mode, or delete it")
    with remote.client() as client:
        try:
            if is_deleted:
                found = client.delete_mode(subject)
            elif wanted:
                found = client.set_mode(wanted, subject, force=force)
            else:
                found = client.get_mode(subject, in_scope=in_scope)
        except NotFoundError as error:
            if is_unknown(error):
                raise
            fail(Exit.FINDINGS, error.message)
        except UnexpectedAnswerError:
            fail(Exit.UNAVAILABLE, "the registry tells no mode; it may have none")
    if as_json:
        show_json({"mode": found})
    else:
        click.echo(found)
