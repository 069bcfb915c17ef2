"""Logging commands of Azure Pipelines, which become issues of the build.

Source: Microsoft, Logging commands (task.logissue); its agent's escapes.
"""

from collections.abc import Iterator
from typing import Final

from registry.gate.report import Located, Report
from registry.gate.writers import wording
from registry.gate.writers.annotations import NOUNS, Chosen, chosen
from registry.gate.writers.circumstances import Circumstances
from registry.gate.writers.escaping import visible

MOST: Final = 10
"""Issues of each severity that a step's summary shows."""

_DATA: Final = str.maketrans({"%": "%AZP25", "\r": "%0D", "\n": "%0A"})
_PROPERTY: Final = str.maketrans(
    {"%": "%AZP25", "\r": "%0D", "\n": "%0A", ";": "%3B", "]": "%5D"}
)


def write(report: Report, _circumstances: Circumstances) -> str:
    """Return one command for each finding that is shown, and one for the rest."""
    lines = [line for each in chosen(report, MOST) for line in _lines(each)]
    return "".join(f"{line}\n" for line in lines)


def _lines(found: Chosen) -> Iterator[str]:
    kind = NOUNS[found.severity]
    for each in found.shown:
        properties = f"type={kind};{_properties(each)}"
        yield f"##vso[task.logissue {properties}]{_data(wording.paragraph(each))}"
    if found.left_out:
        more = f"+{found.left_out} more {kind}s: see the report"
        yield f"##vso[task.logissue type={kind}]{more}"


def _properties(located: Located) -> str:
    where = located.finding.location
    given = {"sourcepath": str(located.file)}
    if where is not None:
        given |= {"linenumber": str(where.line), "columnnumber": str(where.column)}
    given["code"] = located.finding.rule
    return "".join(f"{name}={_property(value)};" for name, value in given.items())


def _data(text: str) -> str:
    return "\n".join(map(visible, text.split("\n"))).translate(_DATA)


def _property(text: str) -> str:
    return "\n".join(map(visible, text.split("\n"))).translate(_PROPERTY)
