"""`wirepact register`: a schema file as the next version of a subject."""

import sys
from pathlib import Path
from typing import Final

import click

from registry.cli import findings
from registry.cli.exits import Exit, fail
from registry.cli.remote import Remote, options
from registry.cli.tables import show_facts, show_json
from wirepact import RegistryClient
from wirepact.errors import Finding, IncompatibleSchemaError, RegistryResponseError
from wirepact.schemas import CheckItem, Reference, Schema

_TYPES: Final = {
    ".avsc": "AVRO",
    ".avro": "AVRO",
    ".json": "JSON",
    ".proto": "PROTOBUF",
}
_NO_SUCH_ROUTE: Final = frozenset({404, 405})


class _ReferenceType(click.ParamType[Reference]):
    name = "name=subject:version"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Reference:
        if isinstance(value, Reference):
            return value
        # From the right: a name may be a URI, a subject may have colons.
        name, is_named, target = str(value).rpartition("=")
        subject, is_numbered, version = target.rpartition(":")
        if not (is_named and is_numbered and name and subject and version.isdigit()):
            self.fail(f"expected {self.name}, found {value!r}", param, ctx)
        return Reference(name, subject, int(version))


@click.command()
@options
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.option("--subject", required=True, help="Where it is registered.")
@click.option(
    "--type",
    "schema_type",
    type=click.Choice(["AVRO", "JSON", "PROTOBUF"], case_sensitive=False),
    help="By default what the file's name says: .avsc, .json, .proto.",
)
@click.option(
    "--reference",
    "references",
    multiple=True,
    type=_ReferenceType(),
    help="What the schema calls another one, and where that is; may be repeated.",
)
@click.option("--normalize", is_flag=True, help="Put what has no meaning in order.")
@click.option("--dry-run", is_flag=True, help="Only say whether it is compatible.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def register(
    remote: Remote,
    file: str,
    subject: str,
    schema_type: str | None,
    references: tuple[Reference, ...],
    normalize: bool,  # noqa: FBT001 - click passes flags so
    dry_run: bool,  # noqa: FBT001 - click passes flags so
    as_json: bool,  # noqa: FBT001 - click passes flags so
) -> None:
    """Register FILE (`-` for standard input) as the next version of a subject.

    The same schema again is the same version. An incompatible one ends with 1, and is
    explained: who breaks, why, and what would mend it.
    """
    schema = Schema(_text(file), _type(file, schema_type), references)
    with remote.client() as client:
        if dry_run:
            _try(client, subject, schema, as_json=as_json)
            return
        try:
            found = client.register(subject, schema, normalize=normalize)
        except IncompatibleSchemaError as error:
            _refuse(error.message, error.findings, as_json=as_json)
    guid = None if found.schema.guid is None else str(found.schema.guid)
    facts = {
        "subject": found.subject,
        "version": found.version,
        "id": found.id,
        "guid": guid,
    }
    if as_json:
        show_json(facts)
    else:
        show_facts(facts.items())


def _text(file: str) -> str:
    content = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise click.UsageError(f"{file} is not UTF-8 at byte {error.start}") from error


def _type(file: str, given: str | None) -> str:
    found = given or _TYPES.get(Path(file).suffix.lower())
    if found is None:
        raise click.UsageError(f"{file}: the name does not tell its type: use --type")
    return found


def _try(
    client: RegistryClient, subject: str, schema: Schema, *, as_json: bool
) -> None:
    try:
        (report,) = client.check([CheckItem(subject, schema)])
    except RegistryResponseError as error:
        if error.status not in _NO_SUCH_ROUTE:
            raise
    else:
        if report.error:
            fail(Exit.FINDINGS, f"refused: {report.error}")
        if report.findings or report.verdict == "incompatible":
            _refuse("it is incompatible", report.findings, as_json=as_json)
        _accept(as_json=as_json)
        return
    # Another make: it says no more than yes or no, and its own messages.
    verdict = client.test_compatibility(subject, schema)
    if not verdict.is_compatible:
        _refuse(
            "; ".join(verdict.messages) or "it is incompatible", (), as_json=as_json
        )
    _accept(as_json=as_json)


def _accept(*, as_json: bool) -> None:
    if as_json:
        show_json({"compatible": True, "findings": []})
    else:
        click.echo("compatible")


def _refuse(message: str, found: tuple[Finding, ...], *, as_json: bool) -> None:
    """Say what is wrong, and end with 1."""
    if as_json:
        details = [dict(each.details) for each in found]
        show_json({"compatible": False, "message": message, "findings": details})
        raise SystemExit(Exit.FINDINGS)
    findings.show(found)
    fail(Exit.FINDINGS, "incompatible" if found else f"incompatible: {message}")
