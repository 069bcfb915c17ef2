"""SARIF 2.1.0, as code scanning and editors read it.

Source: OASIS, Static Analysis Results Interchange Format 2.1.0; GitHub, SARIF support
for code scanning (limits, and that it takes the fingerprint from us).
"""

from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import Any, Final
from urllib.parse import quote

from registry.domain.places import Place
from registry.domain.verdict import Fix
from registry.gate import catalogue, documentation
from registry.gate.report import Located, Report
from registry.gate.writers import wording
from registry.gate.writers.circumstances import Circumstances
from registry.gate.writers.escaping import as_bytes, as_json, clipped, line
from registry.version import VERSION

MOST_RESULTS: Final = 25_000
"""What one run may have; a file with more is refused as a whole."""

_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
_ROOT: Final = "%SRCROOT%"
_FINGERPRINT: Final = "contract/v1"
_START: Final = {"startLine": 1, "startColumn": 1}

_Json = dict[str, Any]


def write(report: Report, _circumstances: Circumstances) -> str:
    """Return the report as a log of one run."""
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [_run(report)]}
    return as_json(log) + "\n"


def _run(report: Report) -> _Json:
    shown = report.findings[:MOST_RESULTS]
    number = {
        name: at
        for at, name in enumerate(dict.fromkeys(each.finding.rule for each in shown))
    }
    examples = {each.finding.rule: each for each in reversed(shown)}
    return {
        "tool": {
            "driver": {
                "name": "wirepact",
                "informationUri": documentation.BASE,
                "semanticVersion": VERSION,
                "rules": [_rule(examples[name]) for name in number],
            }
        },
        "automationDetails": {"id": "wirepact/"},
        "invocations": [
            {
                "executionSuccessful": True,
                "toolExecutionNotifications": _notifications(report, len(shown)),
            }
        ],
        "originalUriBaseIds": {
            _ROOT: {"description": _message("The root of the repository.")}
        },
        # Places count characters; the default would be UTF-16's units.
        "columnKind": "unicodeCodePoints",
        "results": [_result(each, number) for each in shown],
    }


def _message(text: str) -> _Json:
    """Return a message with nothing in it that is a link."""
    return {"text": text.replace("](", "] (")}


def _notifications(report: Report, shown: int) -> list[_Json]:
    said = [*wording.remarks(report)]
    missing = len(report.findings) - shown
    if missing:
        said.append(f"note: {missing} more findings have no room in this file")
    return [{"level": "note", "message": _message(each)} for each in said]


def _rule(example: Located) -> _Json:
    """Return what is said once of a rule; one without a row speaks by its finding."""
    finding = example.finding
    rule = catalogue.find(finding.rule)
    purpose = finding.rule if rule is None else rule.purpose
    why = (finding.why if rule is None else rule.why) or purpose
    text = why if rule is None else catalogue.long_text(rule)
    return {
        "id": finding.rule,
        "name": "".join(part.capitalize() for part in finding.rule.split("_")),
        "shortDescription": _message(line(purpose)),
        "fullDescription": _message(line(why)),
        "helpUri": documentation.url(finding.docs_url),
        "help": {"text": clipped(text), "markdown": clipped(_as_markdown(text))},
        "defaultConfiguration": {"level": finding.severity.value},
        "properties": {"tags": [finding.category.value, *_language(example)]},
    }


def _as_markdown(text: str) -> str:
    """Return our own text such that Markdown takes nothing in it for a mark."""
    return "\n".join(f"    {each}" for each in text.split("\n"))


def _language(located: Located) -> list[str]:
    schema_type = located.finding.schema_type
    return [] if schema_type is None else [schema_type.lower()]


def _result(located: Located, number: Mapping[str, int]) -> _Json:
    finding = located.finding
    return {
        "ruleId": finding.rule,
        "ruleIndex": number[finding.rule],
        "level": finding.severity.value,
        "message": _message(_told(located)),
        "locations": [_location(located)],
        "relatedLocations": _related(located),
        "partialFingerprints": {_FINGERPRINT: finding.fingerprint},
        # All results of a run have this, or none: an empty list says "counts".
        "suppressions": _suppressions(located),
        "fixes": _unique(_fix(each, located.file) for each in finding.fixes),
    }


def _told(located: Located) -> str:
    """Return the message, who is hurt, and what was before if that is no place."""
    finding = located.finding
    hurt = (f"Breaks {wording.broken(located, each)}." for each in finding.broken)
    apps = [f"Read by {wording.apps(located)}."] if located.apps else []
    earlier = wording.earlier(located)
    is_place = not earlier or _related(located)
    before = [] if is_place else [f"Before: {earlier}."]
    return clipped(" ".join((f"{line(finding.message)}.", *hurt, *apps, *before)))


def _location(located: Located) -> _Json:
    finding = located.finding
    logical = (
        [{"fullyQualifiedName": line(finding.path), "kind": "member"}]
        if finding.path
        else []
    )
    where = finding.location
    region = _START if where is None else _region(where)
    return {
        "physicalLocation": _physical(str(located.file), region),
        "logicalLocations": logical,
    }


def _physical(file: str, region: _Json) -> _Json:
    return {"artifactLocation": _artifact(file), "region": region}


def _artifact(file: str | PurePosixPath) -> _Json:
    # A name that is no UTF-8 keeps its bytes.
    uri = quote(as_bytes(str(file)), safe="/")
    return {"uri": uri, "uriBaseId": _ROOT}


def _region(place: Place) -> _Json:
    return {
        "startLine": place.line,
        "startColumn": place.column,
        "endLine": place.end_line,
        "endColumn": place.end_column,
    }


def _related(located: Located) -> list[_Json]:
    """Return where the earlier text stands, if the repository has it.

    Code scanning takes no location that is none in a file: it refuses the whole log.
    """
    old, file = located.finding.old_location, wording.earlier_file(located)
    if old is None or not file:
        return []
    return [
        {
            "id": 1,
            "message": _message(f"before: {wording.earlier(located)}"),
            "physicalLocation": _physical(file, {"startLine": old.line or 1}),
        }
    ]


def _suppressions(located: Located) -> list[_Json]:
    if located.waived is None:
        return []
    return [
        {
            "kind": "external",
            "status": "accepted",
            "justification": wording.waiver(located),
            "location": {
                "physicalLocation": {"artifactLocation": _artifact(located.waived.file)}
            },
        }
    ]


def _unique(fixes: Iterable[_Json]) -> list[_Json]:
    """Return fixes without repetitions, which the schema forbids."""
    found: list[_Json] = []
    for each in fixes:
        if each not in found:
            found.append(each)
    return found


def _fix(fix: Fix, file: PurePosixPath) -> _Json:
    return {
        "description": _message(wording.fixed(fix)),
        "artifactChanges": [
            {
                "artifactLocation": _artifact(file),
                "replacements": _replacements(fix),
            }
        ],
    }


def _replacements(fix: Fix) -> list[_Json]:
    return [
        {
            "deletedRegion": _region(each.place),
            "insertedContent": {"text": each.text},
        }
        for each in fix.edits
    ]
