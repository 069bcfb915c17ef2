"""`wirepact render`: contracts as other tools read them, and as pages."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from registry.cli import gating as gate
from registry.cli import sides
from registry.cli.exits import Exit, fail
from registry.gate.project import Project
from registry.gate.rendering import rendering
from registry.gate.rendering.described import Described
from registry.gate.rendering.rendering import Form, RenderingError
from registry.gate.snapshots import Snapshot


@click.command()
@click.argument("form", type=click.Choice([each.value for each in Form]))
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--contract", "only", metavar="ID", help="This contract and no other.")
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where the files go; without it, what is one file is printed.",
)
def render(
    form: str, paths: tuple[Path, ...], only: str | None, output: Path | None
) -> None:
    """Render the contracts in PATHS; `contracts` if none is given.

    odcs: the manifests, completed with the fields of their schemas. asyncapi: a
    document for each domain, of the contracts that have a topic. backstage:
    catalog-info.yaml. confluent: metadata and rules for a registration. markdown: pages
    for people.
    """
    with gate.told():
        project = Project.of(paths)
        parsing = sides.new_engine()
        now = Snapshot(project.working_tree(), project.folders, parsing)
        texts = _rendered(Form(form), now, only)
    if output is not None:
        _write(texts, output)
    elif len(texts) == 1:
        click.echo(next(iter(texts.values())).encode(), nl=False)
    else:
        fail(Exit.USAGE, f"{len(texts)} files: give --output, or one --contract")


def _rendered(form: Form, now: Snapshot, only: str | None) -> Mapping[str, str]:
    found: list[Described] = []
    faults: list[str] = []
    for name in now.manifests:
        try:
            if only is None or _is(now, name, only):
                found.append(rendering.described(now, name))
        except RenderingError as error:
            faults.append(str(error))
    if faults:
        # All of them: what one refers to may be what another one lacks.
        fail(Exit.FINDINGS, "\n".join(faults))
    if not found:
        wanted = "contracts" if only is None else f"the contract {only}"
        fail(Exit.USAGE, f"expected {wanted}, found none")
    try:
        texts = rendering.render(form, found)
    except RenderingError as error:
        fail(Exit.FINDINGS, str(error))
    _tell_left_out(rendering.left_out(form, found), is_all=not texts)
    return texts


def _tell_left_out(ids: Sequence[str], *, is_all: bool) -> None:
    if not ids:
        return
    told = f"left out, without a topic (physicalName of schema): {', '.join(ids)}"
    if is_all:
        fail(Exit.FINDINGS, f"{told}; nothing is left to render")
    click.echo(told, err=True)


def _is(now: Snapshot, name: str, contract_id: str) -> bool:
    found = now.find(name)
    return found is not None and found.manifest.id == contract_id


def _write(texts: Mapping[str, str], folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            content = text.encode()
            file = folder / name
            # What is as it should be keeps its time.
            if not file.is_file() or file.read_bytes() != content:
                file.write_bytes(content)
    except OSError as error:
        fail(Exit.USAGE, f"{error.filename} was not written: {error.strerror}")
