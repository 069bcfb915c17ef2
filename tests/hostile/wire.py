"""Messages that are hostile to who reads them, through the SDK's own deserializer.

In `wire.json` a schema stands by a name; a message is its bytes, without the prefix
where it names a schema, and what has to come of it: `value`, or the name of an error.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

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
    return {each["name"]: each["expected"] for each in messages}


def decoding() -> Iterator[tuple[WireCase, Callable[[], str]]]:
    """Yield each message with what reads it and says what came of it.

    One deserializer reads them all, and has read a message of each language before.
    """
    written = json.loads(FILE.read_bytes())
    with FakeRegistry().client() as client:
        ids = {
            name: client.register(
                f"{_TOPIC}-{at}", Schema(s["schema"], s["schemaType"])
            ).id
            for at, (name, s) in enumerate(written["schemas"].items())
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


def _prefix(schema_id: int) -> bytes:
    return b"\0" + schema_id.to_bytes(4, "big")
