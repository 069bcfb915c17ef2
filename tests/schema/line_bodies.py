"""Teaches schemathesis to send bodies that have one JSON value a line."""

import json
from typing import Any

import schemathesis


@schemathesis.serializer("application/x-ndjson")
def one_a_line(_context: Any, value: Any) -> bytes:
    values = value if isinstance(value, list) else [value]
    return "\n".join(map(json.dumps, values)).encode()
