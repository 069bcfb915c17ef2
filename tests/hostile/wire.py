"""Messages that are hostile to who reads them, through the SDK's own deserializer.

In `wire.json` a schema stands by a name; a message is its bytes, without the prefix
where it names a schema, and what has to come of it: `value`, or the name of an error.
Large ones, and those of schemas that are large, are made by `large_wire.py`.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from tests.hostile import large_wire
from wirepact import Deserializer, Schema, WirepactError
from wirepact.testing import FakeRegistry

FILE: Final = Path(__file__).parent / "files" / "wire.json"
VALUE: Final = "value"
_TOPIC: Final = "hostile"
_FINE: Final = ("union", "anything", "message")


@dataclass(frozen=True, slots=True)
class WireCase:
    """A message, and what has to come of it.

    Attributes:
        data: With what names its schema.
        expected: The name of the error that is raised, or `VALUE`.

    """

    name: str
    data: bytes
    expected: str


def expected() -> dict[str, str]:
    """Return what has to come of each message, by its name."""
    messages = json.loads(FILE.read_bytes())["messages"]
    large = {name: each.expected for name, each in large_wire.MESSAGES.items()}
    return {each["name"]: each["expected"] for each in messages} | large


def decoding() -> Iterator[tuple[WireCase, Callable[[], str]]]:
    """Yield each message with what reads it and says what came of it.

    One deserializer reads them all, and has read a message of each language before.
    """
    written = json.loads(FILE.read_bytes())
    with FakeRegistry().client() as client:
        schemas = {
            name: Schema(each["schema"], each["schemaType"])
            for name, each in written["schemas"].items()
        }
        for name, (kind, text) in large_wire.SCHEMAS.items():
            schemas[name] = Schema(text, kind)
        ids = {
            name: client.register(f"{_TOPIC}-{at}", schema).id
            for at, (name, schema) in enumerate(schemas.items())
        }
        reading = Deserializer(client)

        def read(data: bytes) -> str:
            try:
                reading.decode(_TOPIC, data)
            except WirepactError as error:
                return type(error).__name__
            return VALUE

        for name in _FINE:
            with suppress(WirepactError):
                read(_prefix(ids[name]) + b"\0\0")
        for each in written["messages"]:
            prefix = _prefix(ids[each["schema"]]) if "schema" in each else b""
            data = prefix + bytes.fromhex(each["hex"])
            case = WireCase(each["name"], data, each["expected"])
            yield case, partial(read, data)
        for name, large in large_wire.MESSAGES.items():
            data = _prefix(ids[large.schema]) + large.payload()
            yield WireCase(name, data, large.expected), partial(read, data)


def _prefix(schema_id: int) -> bytes:
    return b"\0" + schema_id.to_bytes(4, "big")
