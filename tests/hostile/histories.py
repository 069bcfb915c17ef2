"""Subjects whose versions are each costly to compare, and a candidate for all of them.

All versions are compatible with each other: nothing ends the comparisons but that they
take too much together.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any, Final

from tests.hostile.requests import Request

VERSIONS: Final = 13
_TURN: Final = 37

Make = Callable[[int], str]
"""From the number of a version to its text."""


def _turned(branches: list[Any], number: int) -> list[Any]:
    """The same in an order in which none is where it is in another version."""
    at = _TURN * number % len(branches)
    return branches[at:] + branches[:at]


def _choices(number: int) -> str:
    """Schemas of which each has to be looked for among all others."""
    branches = [
        {
            "type": "object",
            "description": f"version {number}",
            "properties": {f"a{at}": {"type": "string"}},
            "additionalProperties": False,
        }
        for at in range(130)
    ]
    return json.dumps({"oneOf": _turned(branches, number)})


def _records(number: int) -> str:
    """Branches of one simple name, into each of which has to be looked."""
    branches = [
        {
            "type": "record",
            "name": f"v{number}n{at}.R",
            "fields": [{"name": f"a{at}", "type": "int"}],
        }
        for at in range(130)
    ]
    return json.dumps(_turned(branches, number))


def _messages(number: int) -> str:
    """Fields all of which have another type that reads the same bytes."""
    kind = ("int32", "int64")[number % 2]
    fields = "".join(f"{kind} f{at} = {at};" for at in range(1, 41))
    messages = (f"message M{at} {{ {fields} }}" for at in range(100))
    return f'syntax = "proto3"; {" ".join(messages)}'


HISTORIES: Final[dict[str, tuple[str, str, Make]]] = {
    "json": ("JSON", "choices that move", _choices),
    "avro": ("AVRO", "records of one name", _records),
    "protobuf": ("PROTOBUF", "other types", _messages),
}


def named(group: str) -> Iterator[tuple[str, tuple[Request, ...], Request]]:
    """Yield each history: its name, what makes it, and what asks for it all at once."""
    language, name, make = HISTORIES[group]
    subject = f"history-{group}"
    path = f"/subjects/{subject}/versions"
    *earlier, candidate = (
        json.dumps({"schemaType": language, "schema": make(number)}).encode()
        for number in range(VERSIONS + 1)
    )
    # Made under no promise: it would take as much for each of them.
    before = (
        _promising(subject, "NONE"),
        *(Request("POST", path, body) for body in earlier),
        _promising(subject, "FULL_TRANSITIVE"),
    )
    asked = Request("POST", f"/compatibility{path}?verbose=true", candidate)
    yield f"{VERSIONS} versions of {name}", before, asked


def _promising(subject: str, level: str) -> Request:
    body = json.dumps({"compatibility": level}).encode()
    return Request("PUT", f"/config/{subject}", body)
