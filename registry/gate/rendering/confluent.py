"""Confluent: the metadata and rules that are registered with a schema."""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from registry.gate.quality import written
from registry.gate.rendering.described import Described
from registry.gate.rendering.yaml_writing import kept

_MAJOR: Final = re.compile(r"[0-9]+")


def texts(contracts: Sequence[Described]) -> dict[str, str]:
    """Return a file for each contract: `metadata` and `ruleSet` of a registration."""
    return {
        f"{each.id}.confluent.json": f"{_json(registration(each))}\n"
        for each in contracts
    }


def registration(it: Described) -> dict[str, Any]:
    """Return what goes into the body of a registration, beside the schema."""
    metadata = kept((("tags", _tags(it)), ("properties", _properties(it))))
    # What is written and read has to meet them.
    found = (dict(each.rule) for each in written.quality(it.value))
    rules = [each for each in found if isinstance(each["expr"], str)]
    return kept(
        (
            ("metadata", metadata),
            ("ruleSet", {"domainRules": rules} if rules else None),
        )
    )


def _properties(it: Described) -> dict[str, str]:
    major = _MAJOR.match(it.said("version"))
    emails = (
        each["channel"]
        for each in it.listed("support")
        if each.get("tool") == "email" and isinstance(each.get("channel"), str)
    )
    return kept(
        (
            ("contract.id", it.id),
            ("contract.status", it.said("status")),
            ("application.major.version", major[0] if major else ""),
            ("owner", it.team),
            ("email", next(emails, "")),
            ("domain", it.said("domain")),
            ("system", it.said("dataProduct")),
        )
    )


def _tags(it: Described) -> dict[str, list[str]]:
    found = (pair for each in it.objects[:1] for pair in _tagged(each, it.root, 0))
    return dict(sorted(found))


def _tagged(
    value: dict[str, Any], around: str, level: int
) -> Iterator[tuple[str, list[str]]]:
    """Yield fields with their tags; deeper ones by any path, as types have names."""
    inside = value.get("properties")
    for each in inside if isinstance(inside, list) else ():
        if not isinstance(each, dict) or not isinstance(each.get("name"), str):
            continue
        path = (
            f"{around}.{each['name']}" if around and not level else f"**.{each['name']}"
        )
        tags = [tag for tag in each.get("tags") or () if isinstance(tag, str)]
        if tags:
            yield path, [*dict.fromkeys(tags)]
        yield from _tagged(each, around, level + 1)
        if isinstance(each.get("items"), dict):
            yield from _tagged(each["items"], around, level + 1)


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
