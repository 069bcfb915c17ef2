"""Backstage: the catalogue's entities of a project's contracts.

Source: Backstage, "Descriptor Format of Catalog Entities".
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from registry.gate.rendering import asyncapi
from registry.gate.rendering.described import Described, unique
from registry.gate.rendering.yaml_writing import kept, written

_API: Final = "backstage.io/v1alpha1"
_FILE: Final = "catalog-info.yaml"
_LONGEST_NAME: Final = 63
_NOT_IN_NAMES: Final = re.compile(r"[^A-Za-z0-9]+")
_NOT_IN_TAGS: Final = re.compile(r"[^a-z0-9:+#]+")
_LIFECYCLES: Final = {
    "draft": "experimental",
    "proposed": "experimental",
    "deprecated": "deprecated",
    "retired": "deprecated",
}
_NOBODY: Final = "unknown"


def texts(contracts: Sequence[Described]) -> dict[str, str]:
    """Return one file with an entity for each contract, system and domain."""
    found = sorted(contracts, key=lambda each: each.id)
    return {_FILE: written(*_entities(found))} if found else {}


def _entities(contracts: Sequence[Described]) -> Iterator[dict[str, Any]]:
    taken: dict[str, object] = {}
    for each in contracts:
        name = unique(_name(each.id), taken)
        taken[name] = each
        yield _api(name, each)
    yield from _groups(contracts)


def _api(name: str, it: Described) -> dict[str, Any]:
    metadata = {
        "name": name,
        "title": it.name,
        **kept(
            (
                ("description", it.described_as("purpose")),
                ("tags", _tags(it)),
                ("links", [*_links(it)]),
            )
        ),
        "annotations": {
            "wirepact/contract": it.id,
            "wirepact/subject": str(it.contract.subject),
        },
    }
    spec = {
        "type": "asyncapi" if it.topic else _language(it),
        "lifecycle": _LIFECYCLES.get(it.said("status"), "production"),
        "owner": _name(it.team) if it.team else _NOBODY,
        **kept((("system", _system(it)),)),
        "definition": _definition(it),
    }
    return {"apiVersion": _API, "kind": "API", "metadata": metadata, "spec": spec}


def _definition(it: Described) -> str:
    if not it.topic:
        return it.text
    domain = it.said("domain") or "events"
    return written(asyncapi.document(domain, [it]))


def _groups(contracts: Sequence[Described]) -> Iterator[dict[str, Any]]:
    """Yield the systems and domains that the contracts name, each once."""
    systems: dict[str, Described] = {}
    domains: dict[str, Described] = {}
    for each in contracts:
        if _system(each):
            systems.setdefault(_system(each), each)
        if each.said("domain"):
            domains.setdefault(_name(each.said("domain")), each)
    for name, it in sorted(systems.items()):
        domain = _name(it.said("domain")) if it.said("domain") else ""
        yield _group("System", name, it, it.said("dataProduct"), domain)
    for name, it in sorted(domains.items()):
        yield _group("Domain", name, it, it.said("domain"), "")


def _group(
    kind: str, name: str, it: Described, title: str, domain: str
) -> dict[str, Any]:
    owner = _name(it.team) if it.team else _NOBODY
    return {
        "apiVersion": _API,
        "kind": kind,
        "metadata": {"name": name, "title": title},
        "spec": {"owner": owner, **kept((("domain", domain),))},
    }


def _system(it: Described) -> str:
    return _name(it.said("dataProduct")) if it.said("dataProduct") else ""


def _links(it: Described) -> Iterator[dict[str, str]]:
    for each in it.listed("support"):
        url, channel = each.get("url"), each.get("channel")
        if isinstance(url, str) and url.startswith(("https://", "http://")):
            yield {"url": url, "title": str(channel or url)}


def _tags(it: Described) -> list[str]:
    made = (
        _NOT_IN_TAGS.sub("-", each.lower()).strip("-")[:_LONGEST_NAME]
        for each in it.tags()
    )
    return [*dict.fromkeys(each.strip("-") for each in made if each)]


def _language(it: Described) -> str:
    return it.contract.manifest.schema_type.value.lower()


def _name(text: str) -> str:
    """Return what may be the name of an entity."""
    made = _NOT_IN_NAMES.sub("-", text).strip("-")[:_LONGEST_NAME].strip("-")
    return made or "unnamed"
