"""Answers for people: tables and facts, plain text whoever reads them."""

import json
from collections.abc import Iterable, Sequence
from typing import Any, Final

import click

from registry.domain.harmless import harmless
from registry.gate.writers.escaping import as_json, visible

_MOST_SHOWN: Final = 50


def tell(text: str) -> None:
    """Print what people read, which may quote anybody."""
    click.echo(harmless(text))


def show_json(value: Any) -> None:
    """Print a value as JSON that programs and people can read."""
    click.echo(as_json(value))


def show_table(titles: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows under titles, columns aligned; nothing is cut."""
    texts = [[*titles], *([visible(_text(each)) for each in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    for row in texts:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.echo("  ".join(cells).rstrip())


def show_facts(facts: Iterable[tuple[str, object]]) -> None:
    """Print names and values, those that say nothing left out."""
    said = [
        (name, harmless(_text(value)))
        for name, value in facts
        if value not in (None, "")
    ]
    width = max((len(name) for name, _ in said), default=0)
    for name, text in said:
        click.echo(f"{name.ljust(width)}  {text}")


def show_list(title: str, lines: Sequence[str], *, err: bool = False) -> None:
    """Print how many there are, and the first of them."""
    click.echo(f"{title}: {len(lines)}", err=err)
    for line in lines[:_MOST_SHOWN]:
        click.echo(f"  {visible(line)}", err=err)
    if len(lines) > _MOST_SHOWN:
        click.echo(f"  and {len(lines) - _MOST_SHOWN} more", err=err)


def _text(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return str(value)
