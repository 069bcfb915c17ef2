"""The command's shell: instant, and complete without importing anything."""

import logging
import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from registry.cli.commands import COMMANDS as REGISTRY_COMMANDS
from wirepact.cli import shell
from wirepact.cli.commands import COMMANDS as SDK_COMMANDS
from wirepact.cli.logs import TextFormatter
from wirepact.cli.shell import DuplicateCommandError, LazyGroup, merged

HEAVY = ("alembic", "granian", "httpx", "litestar", "msgspec", "sqlalchemy", "sqlmodel")


def test_when_help_is_asked_for_then_nothing_heavy_is_imported():
    script = (
        "import sys; sys.argv = ['wirepact', '--help']\n"
        "from wirepact.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print('imported:', *sorted(sys.modules))"
    )

    out = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout

    text, _, imported = out.partition("imported:")
    assert "serve" in text
    assert not {*HEAVY} & {*imported.split()}


@pytest.mark.parametrize("name", [*SDK_COMMANDS, *REGISTRY_COMMANDS])
def test_every_command_of_the_tables_is_there_and_explains_itself(name):
    group = LazyGroup("wirepact", table=merged(SDK_COMMANDS, REGISTRY_COMMANDS))

    command = group.get_command(click.Context(group), name)

    assert isinstance(command, click.Command)
    assert command.help


def test_given_a_name_in_two_tables_when_merged_then_it_is_an_error():
    with pytest.raises(DuplicateCommandError, match="a:x and b:y"):
        merged({"serve": ("a:x", "")}, {"serve": ("b:y", "")})


def test_given_an_unknown_command_when_run_then_it_is_a_usage_error():
    group = LazyGroup("wirepact", table={"serve": ("registry.cli.serve:serve", "")})

    result = CliRunner().invoke(group, ["server"])

    assert result.exit_code == 2


def test_given_no_registry_when_its_table_is_sought_then_there_is_none(monkeypatch):
    def missing(name):
        raise ModuleNotFoundError(name="registry")

    monkeypatch.setattr(shell, "import_module", missing)

    assert shell.registry_table() == {}


def test_given_a_broken_registry_when_its_table_is_sought_then_it_is_not_hidden(
    monkeypatch,
):
    def broken(name):
        raise ModuleNotFoundError(name="something_else")

    monkeypatch.setattr(shell, "import_module", broken)

    with pytest.raises(ModuleNotFoundError):
        shell.registry_table()


def test_given_the_registry_when_its_table_is_sought_then_it_is_found():
    assert shell.registry_table() is REGISTRY_COMMANDS


def test_given_a_refusal_that_quotes_anybody_when_told_then_a_terminal_obeys_nothing(
    capsys, monkeypatch
):
    @click.command()
    def refusing():
        raise click.ClickException("no \x1b[2J\u202e\x9b here\nnor there")

    group = LazyGroup(name="wirepact", table={})
    monkeypatch.setattr(group, "get_command", lambda _ctx, _name: refusing)

    with pytest.raises(SystemExit):
        group(["refusing"], prog_name="wirepact")

    told = capsys.readouterr().err
    assert told == "Error: no \\x1b[2J\\u202e\\x9b here\nnor there\n"


def test_given_a_log_for_people_when_it_quotes_anybody_then_a_terminal_obeys_nothing():
    record = logging.LogRecord(
        "wirepact", logging.ERROR, "", 1, "refused: %s", ("\x1b[2J\u202e",), None
    )
    record.topic = "a\u202eb"

    line = TextFormatter().format(record)

    assert line.endswith('ERROR   refused: \\x1b[2J\\u202e topic="a\\u202eb"')
