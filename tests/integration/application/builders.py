"""Schemas and submissions with defaults."""

import json

from registry.application.registration import register
from registry.application.stored import Origin
from registry.application.submission import Submission

ORIGIN = Origin(actor="tests", request_id="request-1")


def a_record(name="Order", /, **fields):
    """Return a record with an id and more; `string?` is an optional string."""
    given = {"id": "string", **fields}
    return {
        "type": "record",
        "name": name,
        "fields": [_field(each, kind) for each, kind in given.items()],
    }


def _field(name, kind):
    if isinstance(kind, str) and kind.endswith("?"):
        return {"name": name, "type": ["null", kind[:-1]], "default": None}
    return {"name": name, "type": kind}


def a_submission(schema, **parts):
    """Return a submission of a text, or of a value to be written as JSON."""
    is_text = schema is None or (isinstance(schema, str) and not schema.isidentifier())
    return Submission(schema if is_text else json.dumps(schema), **parts)


def registered(ports, subject, schema, **parts):
    return register(ports, subject, a_submission(schema, **parts), ORIGIN)
