"""The schema of our own JSON reports, as `wirepact schema report` prints it."""

from typing import Any, Final

from registry.domain.levels import Direction, Level
from registry.domain.model import SchemaType
from registry.domain.rules import Severity
from registry.domain.verdict import Category
from registry.gate.report import Kind
from registry.gate.writers.structured import VERSION

_Schema = dict[str, Any]

_TEXT: Final[_Schema] = {"type": "string"}
_TEXT_OR_NULL: Final[_Schema] = {"type": ["string", "null"]}
_FROM_0: Final[_Schema] = {"type": "integer", "minimum": 0}
_FROM_1: Final[_Schema] = {"type": "integer", "minimum": 1}


def _object(described: str = "", **properties: _Schema) -> _Schema:
    """Return an object that has all of the properties, and perhaps more later on."""
    about = {"description": described} if described else {}
    return {
        "type": "object",
        **about,
        "properties": properties,
        "required": list(properties),
    }


def _list(items: _Schema) -> _Schema:
    return {"type": "array", "items": items}


def _one_of(*values: str | None) -> _Schema:
    return {"enum": list(values)}


def _or_null(schema: _Schema) -> _Schema:
    return {"anyOf": [schema, {"type": "null"}]}


_RANGE: Final = _object(
    "Lines and columns (in characters) from 1; the end column is exclusive.",
    line=_FROM_1,
    col=_FROM_1,
    endLine=_FROM_1,
    endCol=_FROM_1,
    pointer=_TEXT,
)
_FIX: Final = _object(
    "A change that was tried: the finding is gone, and none has come.",
    title=_TEXT,
    safe={
        "type": "boolean",
        "description": "Whether the contract is known to keep its level by this fix"
        " alone: not while other findings are left, and not for lint, whose fixes are"
        " tried against no earlier version.",
    },
    edits=_list(_object(file=_TEXT, range={"$ref": "#/$defs/range"}, text=_TEXT)),
    result_level=_one_of(*Level.__members__),
)
_OLD_LOCATION: Final = _object(
    version=_FROM_0,
    id={"type": "integer"},
    file=_TEXT_OR_NULL,
    pointer=_TEXT,
    line={"type": ["integer", "null"]},
)
_CHECKED: Final = _object(
    level=_one_of(*Level.__members__),
    direction=_one_of(*Direction.__members__),
    against=_list({"type": "integer"}),
    policy=_TEXT_OR_NULL,
)
_APP: Final = _object(
    "Who reads the events, as it is written down beside the manifest.",
    app=_TEXT,
    team=_TEXT_OR_NULL,
    env=_TEXT_OR_NULL,
    version=_TEXT_OR_NULL,
)
_FINDING: Final = _object(
    rule=_TEXT,
    category=_one_of(*Category),
    kind=_one_of(*Kind),
    severity=_one_of(*Severity),
    contract=_TEXT_OR_NULL,
    subject=_TEXT,
    format=_one_of(*SchemaType, None),
    message=_TEXT,
    path=_TEXT,
    file=_TEXT,
    location=_or_null({"$ref": "#/$defs/range"}),
    old_location=_or_null(_OLD_LOCATION),
    change=_or_null(_object(kind=_TEXT, old=_TEXT_OR_NULL, new=_TEXT_OR_NULL)),
    checked=_or_null(_CHECKED),
    broken=_list(
        _object(
            who=_TEXT,
            consequence=_TEXT,
            since_version={"type": "integer"},
            apps=_list(_APP),
        )
    ),
    why=_TEXT,
    fixes=_list(_FIX),
    waiver=_or_null(
        _object(
            "Who accepted the finding; the date is the last day on which that holds.",
            file=_TEXT,
            reason=_TEXT,
            approved_by=_list(_TEXT),
            expires=_TEXT,
        )
    ),
    docs_url={"type": "string", "format": "uri"},
    fingerprint=_TEXT,
)

SHAPE: Final[_Schema] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "A report of Wirepact's gate",
    **_object(
        "Keys may be added; `version` grows when one goes or changes its meaning.",
        version={"const": VERSION},
        passed={"type": "boolean"},
        fail_on=_one_of(*Severity),
        baseline=_TEXT,
        counts=_object(errors=_FROM_0, warnings=_FROM_0, waived=_FROM_0),
        findings=_list({"$ref": "#/$defs/finding"}),
        looks=_list(_object(contract=_TEXT, kind=_one_of(*Kind), file=_TEXT)),
        notes=_list(_TEXT),
        suggestions=_list(
            _object(contract=_TEXT, change=_TEXT, before=_TEXT, after=_TEXT)
        ),
    ),
    "$defs": {"finding": _FINDING, "range": _RANGE},
}
