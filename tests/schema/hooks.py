"""Teaches schemathesis what a schema is, and where some are.

The OpenAPI document can only say that a schema is a text and a subject a name. So
every second proper request is given a real text, and names what `seeding.py` has
registered; the others stay as they were generated.
"""

import json
from http import HTTPStatus
from pathlib import Path
from typing import Any

import schemathesis
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import use_after_free

from tests.schema.hiding import Deletion, shown
from tests.schema.seeding import KNOWN, TEXTS

HookContext = schemathesis.HookContext
Case = schemathesis.Case
_LOOKED_AT = Path("deletions.txt")
"""Which deletions were looked at, one a line; for the test to see."""


@schemathesis.serializer("application/x-ndjson")
def one_a_line(_context: Any, value: Any) -> bytes:
    values = value if isinstance(value, list) else [value]
    return "\n".join(map(json.dumps, values)).encode()


@schemathesis.check
def policies_are_none_after_free(ctx: Any, response: Any, case: Case) -> bool | None:
    """Hold a subject whose policies were deleted to having none: an empty list."""
    if not case.operation.path.endswith("/policies"):
        return None
    if response.status_code == HTTPStatus.OK and response.json() == {"policies": []}:
        return None
    found: bool | None = use_after_free(ctx, response, case)
    return found


@schemathesis.check
def what_was_deleted_is_hidden(_ctx: Any, response: Any, _case: Case) -> None:
    """Hold a deletion to hide what it deletes, but from those who ask for it."""
    request = response.request
    said = _json(response)
    it = Deletion.told(request.method, request.url, response.status_code, said)
    if it is None:
        return
    with _LOOKED_AT.open("a") as looked_at:
        looked_at.write(f"{it}\n")
    found = [*shown(it, request.headers.get("authorization"))]
    assert not found, found


def _json(response: Any) -> Any:
    try:
        return response.json()
    except ValueError:
        return None


@schemathesis.hook
def map_case(_context: HookContext, case: Case) -> Case:
    """Make every second proper request one that has something to find."""
    if case.meta is None or case.meta.generation.mode is GenerationMode.NEGATIVE:
        return case
    choice = sum(map(len, map(str, (case.path_parameters, case.query, case.body))))
    if choice % 2:
        case.path_parameters = _known(case.path_parameters, choice // 2)
        _put_what_is_real(case.body, choice // 2)
    return case


def _known(parameters: dict[str, Any], choice: int) -> dict[str, Any]:
    return {
        name: KNOWN[name][choice % len(KNOWN[name])] if name in KNOWN else value
        for name, value in parameters.items()
    }


def _put_what_is_real(body: Any, choice: int) -> None:
    """Replace what is a schema in a body, however deep; the rest is left alone."""
    if isinstance(body, list):
        for each in body:
            _put_what_is_real(each, choice)
    elif isinstance(body, dict):
        if isinstance(body.get("schema"), str):
            schema_type, text = TEXTS[choice % len(TEXTS)]
            body.update(schemaType=schema_type, schema=text)
            for name in ("references", "ruleSet", "metadata", "version", "id"):
                body.pop(name, None)
        if isinstance(body.get("policies"), list):
            body["policies"] = []
        if isinstance(body.get("mode"), str):
            # Where nothing may be written, all that follows is refused.
            body["mode"] = "READWRITE"
        for each in body.values():
            _put_what_is_real(each, choice)
