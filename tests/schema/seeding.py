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

# Every second one has data-encryption keys under it, so that the others can be deleted.
_KEKS: Final = ("kek-1", "kek-2", "kek-3", "kek-4", "kek-5", "kek-6")
_TOPICS: Final = ("topic-1", "topic-2", "topic-3")
_KEPT_TOPIC: Final = "topic-kept"
"""Nobody names it, so that its subject is never deleted as a whole."""

_CONTEXTS: Final = (".spare-1", ".spare-2", ".spare-3", ".spare-4")
"""Every second one is empty, so that it can be dropped. Of the default context alone,
whose name no path can carry, next to all that is generated would be thrown away."""

TEXTS: Final = (
    ("AVRO", AVRO),
    ("AVRO", _AVRO_NEXT),
    ("JSON", _JSON),
    ("PROTOBUF", _PROTOBUF),
)
_METADATA: Final = {"properties": {"owner": "orders"}}
_ASSOCIATED: Final = "orders-bound"
_SUBJECTS: Final = ("orders-value", "orders-value", "orders-json", "orders/proto.proto")

KNOWN: Final = {
    "subject": (*dict.fromkeys(_SUBJECTS), _ASSOCIATED),
    "version": ("latest", "1"),
    "schema_id": tuple(str(each) for each in range(1, len(TEXTS) + 1)),
    "kek": _KEKS,
    "algorithm": ("AES256_GCM",),
    "resource_id": _TOPICS,
    "namespace": ("-", "lkc-1"),
    "name": _TOPICS,
    "context": _CONTEXTS,
}
"""Path parameters, by name, that lead to something that was registered."""


def seed(url: str, authorization: str | None = None) -> None:
    """Register each of the texts, and keep keys, so that there is something to find.

    Args:
        url: Of the registry.
        authorization: Of somebody who may do all this, where that is asked.

    """
    headers = {} if authorization is None else {"authorization": authorization}
    with httpx.Client(headers=headers) as client:
        _seed(client, url)


def _seed(client: httpx.Client, url: str) -> None:
    for subject, (schema_type, text) in zip(
        (*_SUBJECTS, _ASSOCIATED, _ASSOCIATED), (*TEXTS, *TEXTS[:2]), strict=True
    ):
        place = f"{url}/subjects/{subject.replace('/', '%2F')}/versions"
        body = {"schema": text, "schemaType": schema_type, "metadata": _METADATA}
        client.post(place, json=body).raise_for_status()
    for name in _CONTEXTS:
        place = f"{url}/subjects/:{name}:note"
        made = client.post(f"{place}/versions", json={"schema": AVRO})
        made.raise_for_status()
        for query in ("", "?permanent=true") if name in _CONTEXTS[1::2] else ():
            client.delete(f"{place}{query}").raise_for_status()
    for name in _KEKS:
        kek = {"name": name, "kmsType": "aws-kms", "kmsKeyId": "arn"}
        client.post(f"{url}/dek-registry/v1/keks", json=kek).raise_for_status()
    for name in _KEKS[1::2]:
        for subject in KNOWN["subject"]:
            dek = {"subject": subject, "encryptedKeyMaterial": "bWF0ZXJpYWw="}
            place = f"{url}/dek-registry/v1/keks/{name}/deks"
            client.post(place, json=dek).raise_for_status()
    for name in (*_TOPICS, _KEPT_TOPIC):
        bound = [{"subject": _ASSOCIATED, "associationType": "value"}]
        topic = {"resourceName": name, "resourceNamespace": "lkc-1", "resourceId": name}
        answer = client.post(
            f"{url}/associations", json={**topic, "associations": bound}
        )
        answer.raise_for_status()
