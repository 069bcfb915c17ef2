"""`wirepact delete`: a version or a subject; softly at first."""

from collections.abc import Iterable, Iterator

import click

from registry.cli.exits import Exit, fail
from registry.cli.remote import Remote, options
from registry.cli.tables import show_json, tell
from wirepact import RegistryClient
from wirepact.errors import ReferenceExistsError


@click.command()
@options
@click.argument("subject")
@click.argument("version", required=False)
@click.option(
    "--permanent", is_flag=True, help="Remove for good what was deleted before."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def delete(
    remote: Remote,
    subject: str,
    version: str | None,
    permanent: bool,  # noqa: FBT001 - click passes flags so
    as_json: bool,  # noqa: FBT001 - click passes flags so
) -> None:
    """Delete VERSION of SUBJECT, or all of its versions.

    They are hidden and can be restored; with --permanent what is hidden goes for good.
    What another schema refers to stays, and is named.
    """
    with remote.client() as client:
        try:
            gone: tuple[int, ...] = (
                client.delete_subject(subject, permanent=permanent)
                if version is None
                else (client.delete_version(subject, version, permanent=permanent),)
            )
        except ReferenceExistsError as error:
            numbers = (
                client.list_versions(subject, deleted=True)
                if version is None
                else [version]
            )
            for line in _referrers(client, subject, numbers):
                tell(line)
            fail(Exit.FINDINGS, f"refused: {error}")
    if as_json:
        show_json(list(gone))
        return
    what = "removed for good" if permanent else "deleted"
    for number in gone:
        click.echo(f"{subject} version {number} {what}")


def _referrers(
    client: RegistryClient, subject: str, versions: Iterable[int | str]
) -> Iterator[str]:
    for version in versions:
        for schema_id in client.list_referencing(subject, version):
            for use in client.list_versions_of(schema_id, deleted=True):
                yield (
                    f"{use.subject} version {use.version} refers to"
                    f" {subject} version {version}"
                )
