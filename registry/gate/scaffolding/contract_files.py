"""The files of a contract that begins, and those of a project."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any, Final

from registry.domain.model import SchemaType
from registry.gate.rendering.yaml_writing import written
from registry.gate.scaffolding.words import of_topic, pascal, snake

_ENDINGS: Final = {
    SchemaType.AVRO: "schema.avsc",
    SchemaType.JSON: "schema.json",
    SchemaType.PROTOBUF: "schema.proto",
}
_PHYSICAL: Final = {
    SchemaType.AVRO: "record",
    SchemaType.JSON: "object",
    SchemaType.PROTOBUF: "message",
}
_MOST_EXAMPLES: Final = 3

Files = Mapping[str, str]
"""Texts by the names of their files, with forward slashes."""


@dataclass(frozen=True, slots=True)
class Beginning:
    """What a new contract is made of.

    Attributes:
        topic: Where its events go.
        schema: The text; empty for one that has an identifier and a time.
        examples: Values that the schema takes.
        team: Empty for one that is named after the domain.

    """

    topic: str
    schema_type: SchemaType = SchemaType.AVRO
    schema: str = ""
    examples: Sequence[Any] = ()
    team: str = ""

    @property
    def domain(self) -> str:
        return of_topic(self.topic)[0]

    @property
    def name(self) -> str:
        return of_topic(self.topic)[1]

    @property
    def namespace(self) -> str:
        """Of the types: Avro's namespace, or the package of Protobuf."""
        domain = snake(self.domain)
        return f"{domain}.v1" if self.schema_type is SchemaType.PROTOBUF else domain


def contract_files(it: Beginning) -> Files:
    """Return the files of a contract, relative to the folder with all contracts."""
    folder = f"{it.domain}/{it.name}"
    examples = it.examples if it.schema else [_FIRST_EXAMPLES[it.schema_type]]
    schema = it.schema or _first_schema(it)
    return {
        f"{folder}/contract.yaml": written(_manifest(it)),
        f"{folder}/{_ENDINGS[it.schema_type]}": schema,
        **{
            f"{folder}/examples/valid/{name}.json": _json(value)
            for name, value in _named(examples[:_MOST_EXAMPLES])
        },
    }


def project_files(ci: str) -> Files:
    """Return the files of a project with one contract, relative to its root.

    Args:
        ci: `github`, `gitlab` or `none`.

    """
    first = contract_files(Beginning("orders.order-created.v1"))
    return {
        "contracts/registry.yaml": _template("registry.yaml"),
        **{f"contracts/{name}": text for name, text in first.items()},
        **{name: _template(template) for name, template in _CI_FILES[ci]},
    }


def _manifest(it: Beginning) -> dict[str, Any]:
    file = _ENDINGS[it.schema_type]
    name = pascal(it.name)
    definition = {"type": "schema", "url": f"./{file}"}
    told = {
        "subject": f"{it.topic}-value",
        "format": it.schema_type.value,
        "schemaFile": file,
    }
    return {
        "apiVersion": "v3.1.0",
        "kind": "DataContract",
        "id": f"{it.domain}.{it.name}",
        "name": name,
        "version": "1.0.0",
        "status": "draft",
        "domain": it.domain,
        "description": {"purpose": f"Says what {name} means; write it here."},
        "team": {"name": it.team or f"team-{it.domain}"},
        "support": [{"channel": f"#{it.domain}-events", "tool": "slack"}],
        "schema": [
            {
                "name": name,
                "logicalType": "object",
                "physicalType": _PHYSICAL[it.schema_type],
                "physicalName": it.topic,
                "authoritativeDefinitions": [definition],
            }
        ],
        "slaProperties": [{"property": "retention", "value": 30, "unit": "d"}],
        "customProperties": [{"property": "registry", "value": told}],
    }


def _first_schema(it: Beginning) -> str:
    text = _template(_ENDINGS[it.schema_type])
    return text.replace("THE_NAMESPACE", it.namespace).replace(
        "THE_NAME", pascal(it.name)
    )


def _named(examples: Sequence[Any]) -> list[tuple[str, Any]]:
    if len(examples) == 1:
        return [("first", examples[0])]
    return [(f"sample-{at}", each) for at, each in enumerate(examples, start=1)]


def _json(value: Any) -> str:
    return f"{json.dumps(value, indent=2, ensure_ascii=False)}\n"


def _template(name: str) -> str:
    folder = resources.files("registry.gate.scaffolding") / "templates"
    return (folder / name).read_text(encoding="utf-8")


_IN_PROTOBUF: Final = {
    "event_id": "0f8e6c1c-9a64-4d0e-8c7e-0e5f2a6b1d11",
    "occurred_at": "2026-01-10T09:00:00Z",
}
_OTHERWISE: Final = {
    "eventId": "0f8e6c1c-9a64-4d0e-8c7e-0e5f2a6b1d11",
    "occurredAt": "2026-01-10T09:00:00Z",
}
_FIRST_EXAMPLES: Final[Mapping[SchemaType, Any]] = {
    SchemaType.AVRO: _OTHERWISE,
    SchemaType.JSON: _OTHERWISE,
    SchemaType.PROTOBUF: _IN_PROTOBUF,
}
_CI_FILES: Final[Mapping[str, Sequence[tuple[str, str]]]] = {
    "github": ((".github/workflows/contracts.yml", "github.yml"),),
    "gitlab": ((".gitlab-ci.yml", "gitlab.yml"),),
    "none": (),
}
CI: Final = tuple(_CI_FILES)
