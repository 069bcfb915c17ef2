"""AsyncAPI: one document for each domain.

A domain's document says what the domain sends. Contracts without a topic are types that
others share; they are part of the schemas that use them.

Source: AsyncAPI 3.1.0.
"""

import json
import re
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import quote

from registry.domain.model import SchemaType
from registry.gate.rendering.described import Described, by_domain, unique
from registry.gate.rendering.yaml_writing import kept, written

_KEY: Final = re.compile(r"[^A-Za-z0-9_-]+")
_BINDING: Final = "0.5.0"
_MOST_EXAMPLES: Final = 3
_CONTENT: Final = {
    SchemaType.AVRO: "application/avro",
    SchemaType.JSON: "application/json",
    SchemaType.PROTOBUF: "application/x-protobuf",
}
_AVRO: Final = "application/vnd.apache.avro+json;version=1.9.0"
_PROTOBUF: Final = "application/vnd.google.protobuf;version=3"
_JSON: Final = "application/schema+json;version={draft}"
_DRAFT: Final = re.compile(r"draft-[0-9]{2}|20[0-9]{2}-[0-9]{2}")


def texts(contracts: Sequence[Described]) -> dict[str, str]:
    """Return a document for each domain that sends something."""
    return {
        f"{domain}.asyncapi.yaml": written(document(domain, sent))
        for domain, found in by_domain(contracts).items()
        if (sent := [each for each in found if each.topic])
    }


def document(domain: str, contracts: Sequence[Described]) -> dict[str, Any]:
    """Return the document of a domain.

    Args:
        contracts: Those with a topic, at least one.

    """
    writing = _Writing()
    for each in contracts:
        writing.add(each)
    newest = max(contracts, key=Described.order)
    teams = [*dict.fromkeys(each.team for each in contracts if each.team)]
    contact = {"name": teams[0]} if len(teams) == 1 else {}
    info = {
        "title": f"{domain} events",
        # A domain has no version of its own: the highest of its contracts'.
        "version": newest.said("version"),
        **kept((("contact", contact),)),
    }
    made = kept(
        (
            ("servers", writing.servers),
            ("channels", writing.channels),
            ("operations", writing.operations),
            ("components", {"messages": writing.messages}),
        )
    )
    urn = f"urn:wirepact:{quote(domain, safe='')}"
    return {"asyncapi": "3.1.0", "id": urn, "info": info, **made}


class _Writing:
    """The parts of a document, as far as it has come."""

    def __init__(self) -> None:
        self.servers: dict[str, Any] = {}
        self.channels: dict[str, Any] = {}
        self.operations: dict[str, Any] = {}
        self.messages: dict[str, Any] = {}

    def add(self, it: Described) -> None:
        """Add the message of a contract, with its channel and its servers."""
        name = unique(_key(it.name), self.messages)
        self.messages[name] = _message(it)
        channel = self._channel(it)
        reference = {"$ref": f"#/components/messages/{name}"}
        self.channels[channel]["messages"][name] = reference
        operation = unique(f"send{name}", self.operations)
        self.operations[operation] = {
            "action": "send",
            "channel": {"$ref": f"#/channels/{channel}"},
            "messages": [{"$ref": f"#/channels/{channel}/messages/{name}"}],
        }

    def _channel(self, it: Described) -> str:
        for key, channel in self.channels.items():
            if channel["address"] == it.topic:
                return key
        key = unique(_key(it.topic), self.channels)
        servers = [{"$ref": f"#/servers/{each}"} for each in self._servers(it)]
        settings: dict[str, Any] = {}
        if it.retention_ms is not None:
            settings = {"retention.ms": it.retention_ms}
        binding = kept((("topicConfiguration", settings),))
        self.channels[key] = {
            "address": it.topic,
            "messages": {},
            **kept(
                (
                    ("servers", servers),
                    ("bindings", _kafka(binding) if binding else None),
                )
            ),
        }
        return key

    def _servers(self, it: Described) -> list[str]:
        kafka = [each for each in it.listed("servers") if each.get("type") == "kafka"]
        return [*dict.fromkeys(self._server(each) for each in kafka)]

    def _server(self, said: dict[str, Any]) -> str:
        host = str(said.get("host", ""))
        made = {
            "host": host,
            "protocol": "kafka",
            **kept((("description", said.get("description")),)),
            "bindings": _kafka({"schemaRegistryVendor": "confluent"}),
        }
        wanted = _key(str(said.get("server", "")))
        for name, server in self.servers.items():
            if server["host"] == host and name.startswith(wanted):
                return name
        name = unique(wanted, self.servers)
        self.servers[name] = made
        return name


def _message(it: Described) -> dict[str, Any]:
    examples = [
        {"name": name, "payload": payload}
        for name, payload in [*it.examples.items()][:_MOST_EXAMPLES]
    ]
    language = it.contract.manifest.schema_type
    return {
        "name": it.root or it.name,
        "title": it.name,
        **kept((("summary", it.described_as("purpose")),)),
        "contentType": _CONTENT[language],
        "payload": _payload(it),
        **kept(
            (
                ("tags", [{"name": each} for each in it.tags()]),
                ("deprecated", it.said("status") in ("deprecated", "retired") or None),
                # A message example of AsyncAPI is an object, as events are.
                ("examples", [e for e in examples if isinstance(e["payload"], dict)]),
            )
        ),
        "x-contract": it.id,
        "x-subject": str(it.contract.subject),
        **kept((("x-lifecycle", it.said("status")),)),
    }


def _payload(it: Described) -> dict[str, Any]:
    language = it.contract.manifest.schema_type
    if language is SchemaType.PROTOBUF:
        return {"schemaFormat": _PROTOBUF, "schema": it.text}
    schema = json.loads(it.text)
    if language is SchemaType.AVRO:
        return {"schemaFormat": _AVRO, "schema": schema}
    stated = schema.get("$schema", "") if isinstance(schema, dict) else ""
    draft = _DRAFT.search(stated) if isinstance(stated, str) else None
    form = _JSON.format(draft=draft[0] if draft else "draft-07")
    return {"schemaFormat": form, "schema": schema}


def _kafka(binding: dict[str, Any]) -> dict[str, Any]:
    return {"kafka": {**binding, "bindingVersion": _BINDING}}


def _key(text: str) -> str:
    """Return what may stand as a key of a document, and in a reference to it."""
    return _KEY.sub("-", text).strip("-") or "event"
