"""`wirepact config`: what a subject, a context or the registry says."""

import json
from typing import Any

import click

from registry.cli.exits import Exit, fail
from registry.cli.remote import Remote, options
from registry.cli.tables import show_facts, show_json
from wirepact.errors import NotFoundError


@click.command()
@options
@click.argument("subject", required=False)
@click.option(
    "--set",
    "changes",
    multiple=True,
    metavar="NAME=VALUE",
    help="Change a setting: compatibility=FULL, normalize=true; may be repeated.",
)
@click.option("--unset", "cleared", multiple=True, metavar="NAME", help="Clear one.")
@click.option("--delete", "is_deleted", is_flag=True, help="Forget all of them.")
@click.option("--in-scope", is_flag=True, help="Show what holds, from where it may.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def config(
    remote: Remote,
    subject: str | None,
    changes: tuple[str, ...],
    cleared: tuple[str, ...],
    is_deleted: bool,  # noqa: FBT001 - click passes flags so
    in_scope: bool,  # noqa: FBT001 - click passes flags so
    as_json: bool,  # noqa: FBT001 - click passes flags so
) -> None:
    """Show or change what SUBJECT says, or without one the context or the registry."""
    wanted = {**dict(map(_change, changes)), **dict.fromkeys(cleared)}
    if wanted and is_deleted:
        raise click.UsageError("either change settings, or delete them")
    with remote.client() as client:
        try:
            if is_deleted:
                found = client.delete_config(subject)
            elif wanted:
                found = client.set_config(subject, **wanted)
            else:
                found = client.get_config(subject, in_scope=in_scope)
        except NotFoundError as error:
            fail(Exit.FINDINGS, error.message)
    if as_json:
        show_json(dict(found.details))
    else:
        show_facts(found.details.items())


def _change(text: str) -> tuple[str, Any]:
    name, is_given, value = text.partition("=")
    if not is_given or not name:
        raise click.UsageError(f"--set {text}: expected NAME=VALUE")
    try:
        # Booleans and objects are meant as such; FULL is no JSON, and a text.
        return name, json.loads(value)
    except ValueError:
        return name, value
