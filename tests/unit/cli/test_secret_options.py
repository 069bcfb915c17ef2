"""Secrets of commands: by a variable or by a file, never shown, and everywhere."""

from collections.abc import Iterator
from importlib import import_module

import click
import pytest
from click.testing import CliRunner

from registry import settings
from registry.cli.commands import COMMANDS as COMMANDS_OF_THE_REGISTRY
from wirepact.cli.commands import COMMANDS
from wirepact.cli.environment import SecretOption

# What holds a secret, or may: addresses can have a name and a password in them.
SECRET = ("TOKEN", "USER", "URL", "BROKER", "PASSWORD", "SECRET", "KEY")


@click.command()
@click.option("--token", cls=SecretOption, envvar="WIREPACT_TOKEN")
@click.option("--url", "urls", cls=SecretOption, envvar="WIREPACT_URL", multiple=True)
def show(token, urls):
    click.echo(f"{token} {urls}")


@pytest.fixture(autouse=True)
def _bare(monkeypatch):
    for name in ("TOKEN", "URL", "TOKEN_FILE", "URL_FILE"):
        monkeypatch.delenv(f"WIREPACT_{name}", raising=False)


def shown(*arguments, value=None, token_file=None, url_file=None):
    environ = {
        "WIREPACT_TOKEN": value,
        "WIREPACT_TOKEN_FILE": token_file,
        "WIREPACT_URL_FILE": url_file,
    }
    result = CliRunner().invoke(show, arguments, env=environ)
    return result.exit_code, (result.stdout + result.stderr).strip()


@pytest.fixture
def secret(tmp_path):
    def write(content):
        file = tmp_path / "secret"
        file.write_bytes(content)
        return str(file)

    return write


def test_given_a_file_then_its_text_is_taken_without_the_line_end(secret):
    file = secret(b"t0ken\r\n")

    assert shown(token_file=file) == (0, "t0ken ()")


def test_given_a_file_with_several_addresses_then_all_are_taken(secret):
    file = secret(b"http://u:p@a http://b\n")

    _, told = shown(url_file=file)

    assert told == "None ('http://u:p@a', 'http://b')"


def test_given_both_then_neither_is_taken_and_both_variables_are_named(secret):
    code, told = shown(value="a", token_file=secret(b"b"))

    assert code == 2
    assert "Error: WIREPACT_TOKEN and WIREPACT_TOKEN_FILE: set one of them" in told


def test_given_an_empty_one_then_the_other_is_taken(secret):
    assert shown(value="", token_file=secret(b"b")) == (0, "b ()")
    assert shown(value="a", token_file="") == (0, "a ()")


def test_given_an_argument_as_well_then_it_comes_first(secret):
    file = secret(b"b")

    assert shown("--token", "c", token_file=file) == (0, "c ()")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(b"\xffs3cret", "is no text", id="not UTF-8"),
        pytest.param(b" \n", "is empty", id="empty"),
        pytest.param(None, "No such file or directory", id="not there"),
    ],
)
def test_given_a_file_that_cannot_be_used_then_it_is_said_without_the_secret(
    secret, tmp_path, content, reason
):
    file = str(tmp_path / "none") if content is None else secret(content)

    code, told = shown(token_file=file)

    assert code == 2
    assert told.endswith(f"Error: WIREPACT_TOKEN_FILE: {file}: {reason}")
    assert "s3cret" not in told


def test_given_a_folder_then_it_is_said(tmp_path):
    _, told = shown(token_file=str(tmp_path))

    assert told.endswith(f"WIREPACT_TOKEN_FILE: {tmp_path}: Is a directory")


def commands(command: click.Command, path: str) -> Iterator[tuple[str, click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from commands(inner, f"{path} {name}")


def every_option() -> Iterator[tuple[str, click.Option]]:
    for name, (place, _) in {**COMMANDS, **COMMANDS_OF_THE_REGISTRY}.items():
        module, _, attribute = place.partition(":")
        top = getattr(import_module(module), attribute)
        for path, command in commands(top, name):
            for option in command.params:
                if isinstance(option, click.Option) and option.envvar:
                    yield path, option


def test_every_secret_of_every_command_can_be_in_a_file():
    found = [
        (path, option)
        for path, option in every_option()
        if str(option.envvar).rpartition("_")[2] in SECRET
    ]

    missing = [(p, o.envvar) for p, o in found if not isinstance(o, SecretOption)]

    assert not missing
    assert {option.envvar for _, option in found} == {
        "WIREPACT_URL",
        "WIREPACT_TOKEN",
        "WIREPACT_USER",
        "WIREPACT_FROM_URL",
        "WIREPACT_FROM_TOKEN",
        "WIREPACT_FROM_USER",
        "WIREPACT_BROKER",
    }


def test_every_variable_of_a_command_may_be_set_where_a_server_starts():
    """`wirepact serve` reads its settings itself; its options are named like them."""
    for path, option in every_option():
        variable = str(option.envvar)
        names = [variable]
        if isinstance(option, SecretOption):
            names.append(f"{variable}_FILE")
        own = variable in {"WIREPACT_LOG_FORMAT", "WIREPACT_LOG_LEVEL"}
        for name in () if own else names:
            assert settings.load({name: "x"}) == settings.DEFAULTS, (path, name)
