"""Subjects whose versions are each costly to compare, and a candidate for all of them.

Each version is accepted by itself, as the subject promises nothing yet. Then it
promises all, to a schema that has to be held against every one of them.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any, Final

from tests.hostile.requests import Request

VERSIONS: Final = 13
LEVEL: Final = "FULL_TRANSITIVE"

Make = Callable[[int], str]
"""From the number of a version to its text."""


def _choices(count: int, branch: Callable[[int, int], Any]) -> Make:
    """Combinations none of whose schemas goes with one of another version."""

    def make(number: int) -> str:
        return json.dumps({"oneOf": [branch(number, at) for at in range(count)]})

    return make


def _object(number: int, at: int) -> Any:
    kind = {"type": "string", "maxLength": 1_000 * (number % 2) + at}
    return {
        "type": "object",
        "properties": {f"a{number}x{at}": {}, "x": kind},
        "required": ["x", f"a{number}x{at}"],
        "additionalProperties": False,
    }


def _patterns(number: int) -> str:
    """Names that no pattern of another version matches, and more patterns than kept."""
    many = {f"^{number}(a|b{at}){{1,20}}x$": {"type": "string"} for at in range(200)}
    names: dict[str, Any] = {f"p{number}x{at}": {} for at in range(400)}
    return json.dumps(
        {"properties": names, "patternProperties": many, "additionalProperties": False}
    )


def _records(number: int) -> str:
    """Branches of one simple name, each of which has to be looked into."""
    fields = [{"name": f"f{at}", "type": _PLAIN[number % 2]} for at in range(20)]
    branches = [
        {"type": "record", "name": f"n{number}x{at}.R", "fields": fields}
        for at in range(150)
    ]
    return json.dumps(branches)


_PLAIN: Final = ("int", "string")


def _messages(number: int) -> str:
    kind = ("int32", "string")[number % 2]
    fields = "".join(f"{kind} f{at}x{number} = {at};" for at in range(1, 41))
    messages = (f"message M{at} {{ {fields} }}" for at in range(50))
    return f'syntax = "proto3"; {" ".join(messages)}'


HISTORIES: Final[dict[str, tuple[str, dict[str, Make]]]] = {
    "json": (
        "JSON",
        {
            "choices of objects": _choices(150, _object),
            "patterns": _patterns,
        },
    ),
    "avro": ("AVRO", {"records of one name": _records}),
    "protobuf": ("PROTOBUF", {"messages": _messages}),
}


def named(group: str) -> Iterator[tuple[str, tuple[Request, ...], tuple[Request, ...]]]:
    """Yield each history: its name, what makes it, and what asks for it all at once."""
    language, makes = HISTORIES[group]
    for name, make in makes.items():
        subject = f"history-{group}-{name.replace(' ', '-')}"
        path = f"/subjects/{subject}/versions"
        bodies = [
            json.dumps({"schemaType": language, "schema": make(number)}).encode()
            for number in range(VERSIONS + 1)
        ]
        before = (
            _set(subject, "NONE"),
            *(Request("POST", path, body) for body in bodies[:-1]),
            _set(subject, LEVEL),
        )
        candidate = bodies[-1]
        asked = (
            Request("POST", path, candidate),
            Request("POST", f"/compatibility{path}?verbose=true", candidate),
        )
        yield f"13 versions of {name}", before, asked


def _set(subject: str, level: str) -> Request:
    body = json.dumps({"compatibility": level}).encode()
    return Request("PUT", f"/config/{subject}", body)
