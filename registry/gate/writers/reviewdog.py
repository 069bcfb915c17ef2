"""reviewdog's diagnostics, one a line, with fixes as suggestions in a review.

Source: reviewdog, proto/rdf/reviewdog.proto: columns count bytes of UTF-8 from 1.
"""

from collections.abc import Callable
from functools import cache
from pathlib import PurePosixPath
from typing import Any, Final

from registry.domain.places import Place
from registry.domain.rules import Severity
from registry.gate import documentation
from registry.gate.report import Located, Report
from registry.gate.writers import wording
from registry.gate.writers.circumstances import Circumstances
from registry.gate.writers.escaping import as_json

_SEVERITIES: Final = {Severity.ERROR: "ERROR", Severity.WARNING: "WARNING"}

_Json = dict[str, Any]
_LinesOf = Callable[[PurePosixPath], list[str] | None]


def write(report: Report, circumstances: Circumstances) -> str:
    """Return a line for each finding; a waived one is there for information."""

    @cache
    def lines_of(file: PurePosixPath) -> list[str] | None:
        text = circumstances.text_of(file)
        return None if text is None else text.split("\n")

    said = (_diagnostic(each, lines_of) for each in report.findings)
    return "".join(f"{as_json(each, indent=None)}\n" for each in said)


def _diagnostic(located: Located, lines_of: _LinesOf) -> _Json:
    finding = located.finding
    lines = lines_of(located.file)
    where = finding.location
    place = {} if where is None else {"range": _range(where, lines)}
    return {
        "message": wording.paragraph(located),
        "location": {"path": str(located.file), **place},
        "severity": "INFO" if located.waived else _SEVERITIES[finding.severity],
        "source": {"name": "wirepact", "url": documentation.BASE},
        "code": {
            "value": finding.rule,
            "url": documentation.url(finding.docs_url),
        },
        "suggestions": _suggestions(located, lines),
        "related_locations": _related(located),
    }


def _suggestions(located: Located, lines: list[str] | None) -> list[_Json]:
    """Return the edits of fixes that are one edit: each is applied by itself."""
    if lines is None:
        return []
    edits = [each.edits[0] for each in located.finding.fixes if len(each.edits) == 1]
    return [{"range": _range(each.place, lines), "text": each.text} for each in edits]


def _related(located: Located) -> list[_Json]:
    old = located.finding.old_location
    file = wording.earlier_file(located)
    if old is None or old.line is None or file is None:
        return []
    return [
        {
            "message": f"before: {wording.earlier(located)}",
            "location": {
                "path": file,
                "range": {"start": {"line": old.line}},
            },
        }
    ]


def _range(place: Place, lines: list[str] | None) -> _Json:
    return {
        "start": _position(place.line, place.column, lines),
        "end": _position(place.end_line, place.end_column, lines),
    }


def _position(number: int, column: int, lines: list[str] | None) -> _Json:
    """Return line and column; without the text, bytes cannot be counted."""
    if lines is None or number > len(lines):
        return {"line": number}
    before = lines[number - 1][: column - 1]
    return {"line": number, "column": len(before.encode("utf-8", "replace")) + 1}
