"""What stands in the registry before it is held against its document."""

from typing import Any, Final

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

# The second one is soft-deleted, with its key.
_KEKS: Final = ("orders-kek", "former-kek")
_TOPIC: Final = "topic-1"

KNOWN: Final = {
    "subject": tuple(dict.fromkeys(_SUBJECTS)),
    "version": ("latest", "1"),
    "schema_id": tuple(str(each) for each in range(1, len(TEXTS) + 1)),
    "kek": _KEKS,
    "resource_id": (_TOPIC,),
}
"""Path parameters, by name, that lead to something that was registered."""


def seed(url: str) -> None:
    """Register each of the texts, and what else there should be something of."""
    for subject, (schema_type, text) in zip(_SUBJECTS, TEXTS, strict=True):
        _post(
            f"{url}/subjects/{subject.replace('/', '%2F')}/versions",
            schema=text,
            schemaType=schema_type,
            metadata={"properties": {"owner": "orders"}},
        )
    _bind(url)
    for name in _KEKS:
        _add_keys(url, name)
    former = f"{url}/dek-registry/v1/keks/{_KEKS[1]}"
    httpx.delete(f"{former}/deks/{_SUBJECTS[0]}").raise_for_status()
    httpx.delete(former).raise_for_status()


def _bind(url: str) -> None:
    bound = {"subject": "orders-json", "associationType": "value"}
    _post(
        f"{url}/associations",
        resourceName="orders",
        resourceNamespace="lkc-1",
        resourceId=_TOPIC,
        resourceType="topic",
        associations=[bound],
    )


def _add_keys(url: str, name: str) -> None:
    keks = f"{url}/dek-registry/v1/keks"
    _post(keks, name=name, kmsType="local-kms", kmsKeyId="k")
    _post(f"{keks}/{name}/deks/{_SUBJECTS[0]}", encryptedKeyMaterial="AAAA")


def _post(url: str, **body: Any) -> None:
    httpx.post(url, json=body).raise_for_status()
