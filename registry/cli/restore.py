"""`wirepact restore`: out of the trash; without a subject, what is in it."""

from datetime import UTC, datetime
from typing import Any, Final

import click

from registry.cli import findings
from registry.cli.exits import Exit, fail
from registry.cli.remote import Remote, options, quoted
from registry.cli.tables import show_json, show_table
from wirepact import RegistryClient
from wirepact.errors import IncompatibleSchemaError

_API: Final = "/governance/v1"
_PAGE: Final = 1_000


@click.command()
@options
@click.argument("subject", required=False)
@click.argument("version", required=False)
@click.option("--force", is_flag=True, help="Leave compatibility unchecked.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def restore(
    remote: Remote,
    subject: str | None,
    version: str | None,
    force: bool,  # noqa: FBT001 - click passes flags so
    as_json: bool,  # noqa: FBT001 - click passes flags so
) -> None:
    """Make VERSION of SUBJECT live again, or all of its deleted versions.

    Number and id are what they were. Without a SUBJECT, list what can be restored. Only
    a registry of Wirepact can do this.
    """
    with remote.client() as client:
        if subject is None:
            _show_trash(_trash(client, remote.qualified("")), as_json=as_json)
            return
        try:
            numbers = _restored(client, remote.qualified(subject), version, force=force)
        except IncompatibleSchemaError as error:
            findings.show(error.findings)
            fail(Exit.FINDINGS, "incompatible; --force leaves that unchecked")
    if as_json:
        show_json(numbers)
        return
    for number in numbers:
        click.echo(f"{subject} version {number} is live")
    if not numbers:
        click.echo(f"{subject}: nothing was deleted")


def _restored(
    client: RegistryClient, subject: str, version: str | None, *, force: bool
) -> list[int]:
    query = [("force", "true")] if force else []
    path = f"{_API}/subjects/{quoted(subject)}"
    if version is None:
        found = client.request("POST", f"{path}/restore", query=query)
        return [*found["versions"]]
    path = f"{path}/versions/{quoted(version)}/restore"
    return [client.request("POST", path, query=query)["version"]]


def _trash(client: RegistryClient, scope: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while True:
        query = [("subjectPrefix", scope), ("offset", str(len(found)))]
        query.append(("limit", str(_PAGE)))
        page = client.request("GET", f"{_API}/trash", query=query)["versions"]
        found += page
        if len(page) < _PAGE:
            return found


def _show_trash(found: list[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        show_json(found)
        return
    titles = ("SUBJECT", "VERSION", "ID", "DELETED", "GOES", "REFERRERS")
    rows = [
        (
            each["subject"],
            each["version"],
            each["id"],
            _day(each.get("deletedTs")),
            _day(each.get("purgeTs")),
            len(each.get("referrers") or ()),
        )
        for each in found
    ]
    show_table(titles, rows)


def _day(at_ms: int | None) -> str:
    if at_ms is None:
        return "-"
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M")
