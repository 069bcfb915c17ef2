"""Annotations of GitHub Actions: lines that the runner takes for commands.

Source: GitHub, Workflow commands; its toolkit's escapes. A step shows ten errors and
ten warnings, and drops the rest without a word.
"""

from collections.abc import Iterator
from typing import Final

from registry.gate.report import Located, Report
from registry.gate.writers import wording
from registry.gate.writers.annotations import NOUNS, Chosen, chosen
from registry.gate.writers.circumstances import Circumstances
from registry.gate.writers.escaping import visible

MOST: Final = 10
"""Annotations of each severity that a step shows."""

_DATA: Final = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY: Final = str.maketrans(
    {"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"}
)


def write(report: Report, _circumstances: Circumstances) -> str:
    """Return one command for each finding that is shown, and one for the rest."""
    lines = [line for each in chosen(report, MOST) for line in _lines(each)]
    return "".join(f"{line}\n" for line in lines)


def _lines(found: Chosen) -> Iterator[str]:
    command = NOUNS[found.severity]
    for each in found.shown:
        yield f"::{command} {_properties(each)}::{_data(wording.paragraph(each))}"
    if found.left_out:
        text = (
            f"+{found.left_out} more {command}s: see the step's summary or the report"
        )
        yield f"::{command} title=wirepact::{_data(text)}"


def _properties(located: Located) -> str:
    where = located.finding.location
    given = {"file": str(located.file)}
    if where is not None:
        given |= {"line": str(where.line), "endLine": str(where.end_line)}
        # The runner refuses columns that span lines.
        if where.line == where.end_line:
            given |= {"col": str(where.column), "endColumn": str(where.end_column)}
    given["title"] = located.finding.rule
    return ",".join(f"{name}={_property(value)}" for name, value in given.items())


def _data(text: str) -> str:
    return "\n".join(map(visible, text.split("\n"))).translate(_DATA)


def _property(text: str) -> str:
    # A line end stays one, as the runner reads it: it belongs to a file's name.
    lines = (visible(each) for each in text.split("\n"))
    return "\n".join(lines).translate(_PROPERTY)
