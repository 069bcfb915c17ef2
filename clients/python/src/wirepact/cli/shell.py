"""The command's shell. It imports click and nothing else: help must feel instant."""

import gc
import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click

from wirepact.cli.commands import COMMANDS
from wirepact.cli.harmless import harmless

Table = Mapping[str, tuple[str, str]]

INTERNAL = 70
"""How a command ends that has a fault itself; the other statuses are its answers."""

_REGISTRY = "registry.cli.commands"
_GC_THRESHOLD = 100_000


class DuplicateCommandError(Exception):
    """Two distributions define a command of the same name."""


class LazyGroup(click.Group):
    """A group that imports a command when it is run, and none to list them."""

    def __init__(self, *args: Any, table: Table, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._table = table

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(self._table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self._table:
            return None
        module, _, name = self._table[cmd_name][0].partition(":")
        command = getattr(import_module(module), name)
        assert isinstance(command, click.Command)  # noqa: S101 - the table is ours
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command. What it refuses is told harmlessly: it may quote anybody."""
        try:
            return super().invoke(ctx)
        except click.ClickException as error:
            told = harmless(error.message)
            error.message = told  # type: ignore[misc]  # final, and nowhere else to say it
            raise

    def format_commands(
        self, ctx: click.Context, formatter: click.HelpFormatter
    ) -> None:
        rows = [(name, self._table[name][1]) for name in self.list_commands(ctx)]
        if rows:
            with formatter.section("Commands"):
                formatter.write_dl(rows)


def merged(*tables: Table) -> Table:
    """Return one table of all commands.

    Raises:
        DuplicateCommandError: A name stands in two of them.

    """
    found: dict[str, tuple[str, str]] = {}
    for table in tables:
        for name, command in table.items():
            if name in found:
                both = f"{found[name][0]} and {command[0]}"
                raise DuplicateCommandError(f"command '{name}' is defined by {both}")
            found[name] = command
    return found


def registry_table() -> Table:
    """Return the registry's commands; none where it is not installed."""
    try:
        table: Table = import_module(_REGISTRY).COMMANDS
    except ModuleNotFoundError as error:
        if error.name is None or not _REGISTRY.startswith(error.name):
            raise
        return {}
    return table


def _print_version(ctx: click.Context, _option: click.Parameter, wanted: Any) -> None:
    if wanted and not ctx.resilient_parsing:
        # Late: reading what is installed costs as much as the rest of the start.
        from importlib.metadata import version

        click.echo(f"wirepact {version('wirepact')}")
        ctx.exit()


def main() -> None:
    """Run the command that the arguments name."""
    # Imports make much that lasts, and hardly any rubbish: to look for it as often as
    # usual takes a twelfth of a short command's time.
    gc.set_threshold(_GC_THRESHOLD)
    try:
        _group()(prog_name="wirepact")
    except Exception:  # noqa: BLE001 - the outermost frame
        # A fault of ours. With Python's own status, which is that of a refusal, it
        # would be taken for an answer.
        sys.excepthook(*sys.exc_info())
        raise SystemExit(INTERNAL) from None


def _group() -> LazyGroup:
    return LazyGroup(
        name="wirepact",
        table=merged(COMMANDS, registry_table()),
        help="Schemas as contracts: serve, check and use them.",
        params=[
            click.Option(
                ["--version"],
                is_flag=True,
                is_eager=True,
                expose_value=False,
                callback=_print_version,
                help="Show the version and exit.",
            )
        ],
        context_settings={"help_option_names": ["-h", "--help"]},
    )
