"""`wirepact explain`: what a rule demands, and why."""

import textwrap

import click

from registry.cli.exits import Exit, fail
from registry.gate import catalogue

_WIDTH = 88


@click.command()
@click.argument("rule", required=False)
def explain(rule: str | None) -> None:
    """Tell all about RULE, the id in brackets of a finding; without one, list them."""
    if rule is None:
        _list()
        return
    found = catalogue.find(rule)
    if found is None:
        fail(Exit.USAGE, _unknown(rule))
    click.echo("\n".join(_wrapped(catalogue.long_text(found))))


def _wrapped(text: str) -> list[str]:
    return [
        wrapped
        for line in text.split("\n")
        for wrapped in textwrap.wrap(
            line, _WIDTH, break_long_words=False, break_on_hyphens=False
        )
        or [""]
    ]


def _list() -> None:
    group = ""
    for name, rule in catalogue.rules().items():
        if rule.group != group:
            click.echo("\n" * bool(group) + rule.group)
            group = rule.group
        click.echo(f"  {name}: {rule.purpose}")


def _unknown(name: str) -> str:
    shown = ascii(name)[1:-1][:80]
    likely = ", ".join(catalogue.nearest(name))
    hint = f"did you mean {likely}?" if likely else "`wirepact explain` lists them"
    return f"there is no rule {shown}; {hint}"
