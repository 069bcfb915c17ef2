"""`wirepact get`: a schema, by subject and version, by id or by GUID."""

from typing import Any

import click

from registry.cli.remote import Remote, options, quoted
from registry.cli.tables import show_facts, show_json, tell
from wirepact import RegistryClient

_FACTS = (
    ("subject", "subject"),
    ("version", "version"),
    ("id", "id"),
    ("guid", "guid"),
    ("type", "schemaType"),
    ("metadata", "metadata"),
    ("rules", "ruleSet"),
)


@click.command()
@options
@click.argument("subject", required=False)
@click.argument("version", default="latest")
@click.option("--id", "schema_id", type=int, help="The schema of an id.")
@click.option("--guid", help="The schema of a GUID.")
@click.option("--deleted", is_flag=True, help="Show it if it is deleted as well.")
@click.option("--text", is_flag=True, help="Print the schema and nothing else.")
@click.option("--json", "as_json", is_flag=True, help="Print the whole answer.")
def get(
    remote: Remote,
    subject: str | None,
    version: str,
    schema_id: int | None,
    guid: str | None,
    deleted: bool,  # noqa: FBT001 - click passes flags so
    text: bool,  # noqa: FBT001 - click passes flags so
    as_json: bool,  # noqa: FBT001 - click passes flags so
) -> None:
    """Show VERSION (a number, or latest) of SUBJECT, or the schema of an id or GUID."""
    if [subject, schema_id, guid].count(None) != 2:
        raise click.UsageError("give a SUBJECT, --id or --guid")
    with remote.client() as client:
        if subject is not None:
            found = _version(client, remote.qualified(subject), version, deleted)
        elif guid is not None:
            found = client.request("GET", f"/schemas/guids/{quoted(guid)}")
        else:
            scope = [("subject", remote.qualified(""))] if remote.qualified("") else []
            found = client.request("GET", f"/schemas/ids/{schema_id}", query=scope)
    if as_json:
        show_json(found)
    elif text:
        click.echo(found["schema"])
    else:
        _show(found)


def _version(
    client: RegistryClient,
    subject: str,
    version: str,
    deleted: bool,  # noqa: FBT001 - handed on
) -> Any:
    query = [("deleted", "true")] if deleted else []
    path = f"/subjects/{quoted(subject)}/versions/{quoted(version)}"
    return client.request("GET", path, query=query)


def _show(found: dict[str, Any]) -> None:
    said = {"schemaType": "AVRO", **found}
    facts = [(title, said.get(name)) for title, name in _FACTS]
    references = [
        ("refers to", f"{each['name']} = {each['subject']} version {each['version']}")
        for each in found.get("references") or ()
    ]
    state = [("state", "deleted")] if found.get("deleted") else []
    show_facts([*facts, *references, *state])
    click.echo()
    tell(found["schema"])
