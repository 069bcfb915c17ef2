"""`wirepact subjects`: what a registry has."""

import click

from registry.cli.remote import Remote, options
from registry.cli.tables import show_json, show_table, tell


@click.command()
@options
@click.argument("prefix", default="")
@click.option("--deleted", is_flag=True, help="Show those that are deleted as well.")
@click.option("--versions", is_flag=True, help="Show the versions of each.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def subjects(
    remote: Remote,
    prefix: str,
    deleted: bool,  # noqa: FBT001 - click passes flags so
    versions: bool,  # noqa: FBT001 - click passes flags so
    as_json: bool,  # noqa: FBT001 - click passes flags so
) -> None:
    """List the subjects of the context, those that begin with PREFIX."""
    with remote.client() as client:
        # Not every registry understands prefixes.
        names = [
            name
            for name in client.list_subjects(prefix, deleted=deleted)
            if name.startswith(prefix)
        ]
        found = (
            {name: client.list_versions(name, deleted=deleted) for name in names}
            if versions
            else {}
        )
    if as_json:
        show_json(found if versions else names)
    elif versions:
        rows = [(name, " ".join(map(str, found[name]))) for name in names]
        show_table(("SUBJECT", "VERSIONS"), rows)
    else:
        for name in names:
            tell(name)
