"""`wirepact init`, `new` and `derive`: contracts begun."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import click

from registry.cli import sides
from registry.cli.exits import Exit, fail
from registry.domain.errors import RegistryError
from registry.domain.model import SchemaType
from registry.gate.scaffolding import deriving, placing, samples, shapes
from registry.gate.scaffolding.contract_files import (
    CI,
    Beginning,
    Files,
    contract_files,
    project_files,
)
from registry.gate.scaffolding.proving import prove
from registry.gate.scaffolding.shapes import SamplesError
from registry.gate.scaffolding.topics import TopicError, hold_topic
from registry.gate.scaffolding.words import pascal

_FILE: Final = click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)
_ENDINGS: Final = {
    ".avsc": SchemaType.AVRO,
    ".json": SchemaType.JSON,
    ".proto": SchemaType.PROTOBUF,
}
_FORMAT: Final = click.option(
    "--format",
    "language",
    type=click.Choice([each.value.lower() for each in SchemaType]),
    help="The schema language; avro if nothing says otherwise.",
)


@click.command()
@click.argument("folder", default=".", type=click.Path(file_okay=False, path_type=Path))
@click.option("--ci", type=click.Choice(CI), default="github", show_default=True)
def init(folder: Path, ci: str) -> None:
    """Begin a project in FOLDER: settings, one contract, and the gate for CI.

    What is there already is left as it is.
    """
    _place(folder, project_files(ci))
    click.echo("Next: wirepact check --allow-missing-baseline", err=True)


@click.command()
@click.argument("topic")
@click.option("--schema", "schema_file", type=_FILE, help="A schema that there is.")
@click.option("--samples", "samples_file", type=_FILE, help="Messages, in JSON lines.")
@_FORMAT
@click.option("--team", default="", help="Who owns it; the domain's team if not given.")
@click.option(
    "--into",
    default="contracts",
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder with all contracts.",
)
def new(
    topic: str,
    schema_file: Path | None,
    samples_file: Path | None,
    language: str | None,
    team: str,
    into: Path,
) -> None:
    """Begin a contract of what is sent to TOPIC.

    The contract gets the folder DOMAIN/NAME: orders/order-created for
    orders.order-created.v1.
    """
    try:
        hold_topic(topic)
    except TopicError as error:
        raise click.UsageError(str(error)) from error
    if schema_file is not None and samples_file is not None:
        raise click.UsageError("--schema and --samples are either or")
    chosen = _language(language, schema_file)
    begun = Beginning(topic, chosen, team=team)
    if schema_file is not None:
        text = _decoded(schema_file)
        begun = Beginning(topic, chosen, text, team=team)
    elif samples_file is not None:
        given = _samples(samples_file)
        text = _derived(chosen, given, begun.name, begun.namespace)
        begun = Beginning(topic, chosen, text, given, team)
    files = contract_files(begun)
    there = [name for name in files if (into / name).exists()]
    if there:
        fail(Exit.USAGE, f"{into / there[0]} is there already; nothing was written")
    _place(into, files)


@click.command()
@click.argument("file", type=_FILE)
@_FORMAT
@click.option("--name", help="Of the outermost type; the file's if not given.")
@click.option("--namespace", default="", help="Of Avro; the package of Protobuf.")
def derive(file: Path, language: str | None, name: str | None, namespace: str) -> None:
    """Print a schema that takes all messages in FILE (- is standard input).

    FILE has a JSON object in each line, or a list of objects.
    """
    chosen = _language(language, None)
    wanted = name or pascal(file.stem if file.name != "-" else "")
    text = _derived(chosen, _samples(file), wanted, namespace)
    click.echo(text.encode(), nl=False)


def _language(said: str | None, schema_file: Path | None) -> SchemaType:
    if said is not None:
        return SchemaType(said.upper())
    if schema_file is None:
        return SchemaType.AVRO
    found = _ENDINGS.get(schema_file.suffix)
    if found is None:
        endings = ", ".join(_ENDINGS)
        raise click.UsageError(
            f"--format is needed: {schema_file} is none of {endings}"
        )
    return found


def _content(file: Path) -> bytes:
    try:
        with click.open_file(str(file), "rb") as stream:
            content: bytes = stream.read(samples.MAX_BYTES + 1)
            return content
    except OSError as error:
        fail(Exit.USAGE, f"{file} cannot be read: {error.strerror}")


def _decoded(file: Path) -> str:
    try:
        return _content(file).decode()
    except UnicodeDecodeError:
        fail(Exit.FINDINGS, f"{file}: expected text in UTF-8")


def _samples(file: Path) -> list[Any]:
    try:
        return samples.read(_content(file))
    except SamplesError as error:
        fail(Exit.FINDINGS, f"{file}: {error}")


def _derived(
    language: SchemaType, given: Sequence[Any], name: str, namespace: str
) -> str:
    try:
        text = deriving.derive(language, shapes.shape_of(given), name, namespace)
        prove(sides.new_engine(), language, text, given)
    except (SamplesError, RegistryError) as error:
        fail(Exit.FINDINGS, str(error))
    return text


def _place(root: Path, files: Files) -> None:
    try:
        for name, is_new in placing.place(root, files):
            click.echo(f"{'made' if is_new else 'left'} {root / name}", err=True)
    except OSError as error:
        fail(Exit.USAGE, f"{error.filename} was not written: {error.strerror}")
