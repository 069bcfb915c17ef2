"""The cases: what is sent, and the code of the answer that has to come back.

Small texts are files in `files/<language>`, with their codes in `expected.json` there;
large ones are made by `large`. A code is 200, or the error code of the answer; several
stand where it depends on how busy the machine is.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from tests.hostile import histories, large, requests
from tests.hostile.json_schemas import HOSTILE, OUTSIDE, as_text
from tests.hostile.requests import Request

FOLDER: Final = Path(__file__).parent / "files"
LANGUAGES: Final = {"avro": "AVRO", "json": "JSON", "protobuf": "PROTOBUF"}
FINE: Final = {
    "avro": '{"type":"record","name":"R","fields":[{"name":"a","type":"int"}]}',
    "json": '{"type":"object","properties":{"a":{"type":"string","pattern":"^a"}}}',
    "protobuf": 'syntax = "proto3"; message M { string a = 1; }',
}
"""Of each language, a schema that is as it should be."""

GROUPS: Final = (*LANGUAGES, "requests")

_COMPARE: Final = "/compatibility/subjects"
SMALL_S: Final = 0.25
LARGE_S: Final = 2.0
SMALL_BYTES: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Case:
    """Requests that belong together: the first one's answer is the expected one.

    Attributes:
        codes: What the first may be answered with.
        bound_s: How long each may take, on a machine that has nothing else to do.
        before: What has to be there; how long that takes is not looked at.

    """

    name: str
    requests: tuple[Request, ...]
    codes: tuple[int, ...]
    bound_s: float = SMALL_S
    before: tuple[Request, ...] = ()


def cases(group: str) -> Iterator[Case]:
    """Yield the cases of a group of `GROUPS`, in an order that stays."""
    if group == "requests":
        yield from _of_requests()
        return
    folder = FOLDER / group
    expected = json.loads((folder / "expected.json").read_bytes())
    for file in sorted(set(folder.iterdir()) - {folder / "expected.json"}):
        text = file.read_bytes().decode()
        yield _registering(group, file.name, text, expected[file.name])
    for name, (made, codes) in large.TEXTS[group].items():
        yield _registering(group, name, made() if callable(made) else made, codes)
    if group == "json":
        for name, value in (HOSTILE | OUTSIDE).items():
            text = as_text(value if name in HOSTILE else {"$ref": value})
            yield _registering(
                group, name, text, large.OF_JSON_SCHEMAS.get(name, 42201)
            )

    for name, before, asked in histories.named(group):
        yield Case(name, (asked,), (200,), LARGE_S, before)


def _of_requests() -> Iterator[Case]:
    for each in json.loads((FOLDER / "requests.json").read_bytes()):
        request = Request.of(each)
        yield Case(each["name"], (request,), _several(each["code"]))
    for name, (request, codes) in requests.large().items():
        yield Case(name, (request,), _several(codes), LARGE_S)


def _registering(group: str, name: str, text: str, codes: Any) -> Case:
    """Have a text registered, looked up, and compared, both as new and as old."""
    body = {"schemaType": LANGUAGES[group], "schema": text}
    # Escaped, so that half a surrogate pair reaches the registry at all.
    content = json.dumps(body).encode()
    subject = f"{group}-{sha256(name.encode()).hexdigest()[:12]}"
    fine = json.dumps({"schemaType": LANGUAGES[group], "schema": FINE[group]}).encode()
    asked = (
        Request("POST", f"/subjects/{subject}/versions?normalize=true", content),
        Request("POST", f"/subjects/{subject}", content),
        Request("POST", f"{_COMPARE}/fine-{group}/versions?verbose=true", content),
        Request("POST", f"{_COMPARE}/{subject}/versions?verbose=true", fine),
    )
    bound = SMALL_S if len(text) <= SMALL_BYTES else LARGE_S
    return Case(name, asked, _several(codes), bound)


def _several(codes: int | list[int] | tuple[int, ...]) -> tuple[int, ...]:
    return (codes,) if isinstance(codes, int) else tuple(codes)
