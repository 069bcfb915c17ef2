"""What stands in the registry before it is held against its document."""

from typing import Final

import httpx

AVRO: Final = (
    '{"type":"record","name":"Order","fields":[{"name":"id","type":"string"}]}'
)
_AVRO_NEXT: Final = (
    '{"type":"record","name":"Order","fields":[{"name":"id","type":"string"},'
    '{"name":"note","type":["null","string"],"default":null}]}'
)
_JSON: Final = '{"type":"object","properties":{"id":{"type":"string"}}}'
_PROTOBUF: Final = 'syntax = "proto3"; message Order { string id = 1; }'

TEXTS: Final = (
    ("AVRO", AVRO),
    ("AVRO", _AVRO_NEXT),
    ("JSON", _JSON),
    ("PROTOBUF", _PROTOBUF),
)
_SUBJECTS: Final = ("orders-value", "orders-value", "orders-json", "orders/proto.proto")

KNOWN: Final = {
    "subject": tuple(dict.fromkeys(_SUBJECTS)),
    "version": ("latest", "1"),
    "schema_id": tuple(str(each) for each in range(1, len(TEXTS) + 1)),
}
"""Path parameters, by name, that lead to something that was registered."""


def seed(url: str) -> None:
    """Register each of the texts, so that there is something to be found."""
    for subject, (schema_type, text) in zip(_SUBJECTS, TEXTS, strict=True):
        place = f"{url}/subjects/{subject.replace('/', '%2F')}/versions"
        answer = httpx.post(place, json={"schema": text, "schemaType": schema_type})
        answer.raise_for_status()
