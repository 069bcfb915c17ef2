"""`wirepact schema`: the schemas of what the commands write."""

from typing import Final

import click

from registry.gate.writers.escaping import as_json
from registry.gate.writers.shape import SHAPE

_SCHEMAS: Final = {"report": SHAPE}


@click.command()
@click.argument("name", type=click.Choice([*_SCHEMAS]))
def schema(name: str) -> None:
    """Print the JSON Schema of NAME: of the reports that `--format json` writes."""
    click.echo(as_json(_SCHEMAS[name]))
