"""How the commands of the gate write what they found: options, files, terminals.

@click.command()
@reporting.options
def check(reporting: Reporting, ...) -> None:
    report = ...
    raise SystemExit(reporting.deliver(report, texts_in(root)))
"""

import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path, PurePosixPath
from typing import Any, Final

import click

from registry.cli.environment import variables
from registry.cli.exits import Exit, fail
from registry.cli.waiving import Again
from registry.domain.rules import Severity
from registry.gate import ci
from registry.gate.report import Report
from registry.gate.writers.circumstances import NOWHERE, Circumstances
from registry.gate.writers.writing import Form, write

TextOf = Callable[[PurePosixPath], str | None]

_STDOUT: Final = "-"
_LEAST_WIDTH: Final = 40
_PLAIN_WIDTH: Final = 100
_FORMS: Final = click.Choice([each.value for each in Form])


@dataclass(frozen=True, slots=True)
class Target:
    """A form, and where it goes; standard output without a file."""

    form: Form
    file: Path | None = None
    is_added: bool = False


@dataclass(frozen=True, slots=True)
class Reporting:
    """What was asked for.

    Attributes:
        targets: Where the report goes, standard output last.
        is_soft: Whether findings do not fail the command.

    """

    targets: tuple[Target, ...] = (Target(Form.TEXT),)
    fail_on: Severity = Severity.ERROR
    is_soft: bool = False

    def deliver(
        self, report: Report, text_of: TextOf, again: Again = NOWHERE.waiving
    ) -> Exit:
        """Write a report wherever it was asked for, and return how the command ends.

        Args:
            again: How `wirepact waive` finds what was found.

        Raises:
            SystemExit: With the status of a wrong use: a file cannot be written.

        """
        circumstances = replace(
            _here(), text_of=text_of, fail_on=self.fail_on, waiving=again
        )
        for target in self.targets:
            _put(target, report, circumstances)
        is_failed = bool(report.counted(self.fail_on)) and not self.is_soft
        return Exit.FINDINGS if is_failed else Exit.OK


def texts_in(root: Path) -> TextOf:
    """Return the texts of a repository, as they are in its working tree."""

    def text_of(file: PurePosixPath) -> str | None:
        try:
            return (root / file).read_bytes().decode("utf-8", "replace")
        except OSError:
            return None

    return text_of


def options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of reporting; the command gets `reporting`."""

    @click.option(
        "--format",
        "form",
        type=_FORMS,
        help="What is printed; without it a text, and what the CI service reads.",
    )
    @click.option(
        "--output",
        "outputs",
        multiple=True,
        metavar="FORMAT=FILE",
        help="Write the report as FORMAT into FILE (- is standard output) as well.",
    )
    @click.option(
        "--fail-on",
        type=click.Choice([each.value for each in Severity]),
        default=Severity.ERROR.value,
        help="What is severe enough to fail; error if not given.",
    )
    @click.option("--soft", is_flag=True, help="Tell what is found, and do not fail.")
    @wraps(command)
    def with_reporting(
        form: str | None,
        outputs: tuple[str, ...],
        fail_on: str,
        soft: bool,  # noqa: FBT001 - click passes flags so
        **given: Any,
    ) -> Any:
        asked = [_target(each) for each in outputs]
        targets = _targets(None if form is None else Form(form), asked)
        reporting = Reporting(targets, Severity(fail_on), soft)
        return command(reporting=reporting, **given)

    return with_reporting


def _target(text: str) -> Target:
    """Return what one `--output` asks for.

    Raises:
        click.UsageError: It is none, or its folder is not there. That is said before
            anything is checked, not after it.

    """
    name, equals, file = text.partition("=")
    if not equals or name not in [*Form] or not file:
        forms = ", ".join(Form)
        raise click.UsageError(
            f"--output {text}: expected FORMAT=FILE, FORMAT one of {forms}"
        )
    if file == _STDOUT:
        return Target(Form(name))
    path = Path(file)
    if not path.absolute().parent.is_dir():
        raise click.UsageError(f"--output {text}: there is no folder {path.parent}")
    if path.is_dir():
        raise click.UsageError(f"--output {text}: {path} is a folder")
    return Target(Form(name), path)


def _targets(form: Form | None, asked: list[Target]) -> tuple[Target, ...]:
    """Return all that is to be written: files, then what is printed.

    Raises:
        click.UsageError: Two reports for one place would be none.

    """
    printed = [each for each in asked if each.file is None]
    if form is not None:
        printed.append(Target(form))
    if len(printed) > 1:
        raise click.UsageError("only one report can go to standard output")
    files = [each for each in asked if each.file is not None]
    if len({each.file for each in files}) < len(files):
        raise click.UsageError("two reports would go to one file")
    if printed:
        return (*files, *printed)
    known = {each.form for each in files}
    extras = [
        Target(each.form, each.file, each.is_added)
        for each in ci.extras(variables())
        if each.form not in known
    ]
    written = [each for each in extras if each.file is not None]
    logged = [each for each in extras if each.file is None]
    return (*files, *written, Target(Form.TEXT), *logged)


def _here() -> Circumstances:
    """Return what the environment and the terminal say."""
    is_terminal = sys.stdout.isatty()
    columns = shutil.get_terminal_size((_PLAIN_WIDTH, 0)).columns
    said = variables()
    is_plain = bool(said.get("NO_COLOR")) or said.get("TERM") == "dumb"
    return Circumstances(
        at=datetime.now(UTC),
        is_coloured=is_terminal and not is_plain,
        width=max(columns, _LEAST_WIDTH),
        job=ci.job(said),
    )


def _put(target: Target, report: Report, circumstances: Circumstances) -> None:
    if target.file is None:
        text = write(report, target.form, circumstances)
        # As bytes: what a locale cannot say would be an error.
        click.echo(text.encode(), nl=False)
        return
    plain = replace(circumstances, is_coloured=False, width=_PLAIN_WIDTH)
    content = write(report, target.form, plain).encode()
    try:
        _write_file(target, target.file, content)
    except OSError as error:
        fail(Exit.USAGE, f"{target.file} was not written: {error.strerror}")


def _write_file(target: Target, file: Path, content: bytes) -> None:
    """Write a file whole or not at all, where it is one; with the usual rights."""
    if target.is_added:
        with file.open("ab") as stream:
            stream.write(content)
    elif file.exists() and not file.is_file():
        file.write_bytes(content)
    else:
        part = file.with_name(f".{file.name}~")
        try:
            part.write_bytes(content)
            part.replace(file)
        finally:
            part.unlink(missing_ok=True)
