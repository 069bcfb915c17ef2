"""Manifests with defaults."""

import json
from pathlib import Path


def a_record(name: str, *fields: str, namespace: str = "shop", **types: object) -> str:
    """Return an Avro record of texts, and of other types by name."""
    given = {**dict.fromkeys(fields, "string"), **types}
    members = [{"name": field, "type": kind} for field, kind in given.items()]
    record = {"type": "record", "name": name, "namespace": namespace, "fields": members}
    return json.dumps(record)


def a_manifest(subject: str = "orders-value", **settings: object) -> dict[str, object]:
    """Return a manifest as a value; a setting that is None is left out."""
    value = {"subject": subject, "schemaFile": "schema.avsc", **settings}
    said = {key: each for key, each in value.items() if each is not None}
    return {
        "apiVersion": "v3.1.0",
        "kind": "DataContract",
        "id": f"test.{subject}",
        "version": "1.0.0",
        "status": "active",
        "customProperties": [{"property": "registry", "value": said}],
    }


def write_contract(
    folder: Path, subject: str = "orders-value", schema: str = "", **settings: object
) -> Path:
    """Write a contract and return its manifest's file."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "schema.avsc").write_text(schema or a_record("Order", "id"))
    file = folder / "contract.yaml"
    # Any JSON text is YAML.
    file.write_text(json.dumps(a_manifest(subject, **settings), indent=2))
    return file
