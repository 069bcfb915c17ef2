"""Confluent: the metadata and rules that are registered with a schema."""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from registry.gate.rendering.described import Described
from registry.gate.rendering.yaml_writing import kept

_MAJOR: Final = re.compile(r"[0-9]+")
_NOT_IN_NAMES: Final = re.compile(r"[^A-Za-z0-9_-]+")


def texts(contracts: Sequence[Described]) -> dict[str, str]:
    """Return a file for each contract: `metadata` and `ruleSet` of a registration."""
    return {
        f"{each.id}.confluent.json": f"{_json(registration(each))}\n"
        for each in contracts
    }


def registration(it: Described) -> dict[str, Any]:
    """Return what goes into the body of a registration, beside the schema."""
    metadata = kept((("tags", _tags(it)), ("properties", _properties(it))))
    rules = [*_rules(it)]
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


def _rules(it: Described) -> Iterator[dict[str, Any]]:
    """Yield the quality rules in CEL: what is written and read has to meet them."""
    taken: set[str] = set()
    for each in it.objects[:1]:
        quality = each.get("quality")
        for rule in quality if isinstance(quality, list) else ():
            if not isinstance(rule, dict) or rule.get("engine") != "cel":
                continue
            expression = rule.get("implementation")
            name = _rule_name(rule, taken)
            taken.add(name)
            if isinstance(expression, str):
                yield {
                    "name": name,
                    **kept((("doc", rule.get("description")),)),
                    "kind": "CONDITION",
                    "mode": "WRITEREAD",
                    "type": "CEL",
                    "expr": expression,
                    "onFailure": _on_failure(rule),
                }


def _rule_name(rule: dict[str, Any], taken: set[str]) -> str:
    said = rule.get("name")
    wanted = _NOT_IN_NAMES.sub("_", said) if isinstance(said, str) else ""
    name = wanted or "rule"
    number = 1
    while name in taken:
        number += 1
        name = f"{wanted or 'rule'}_{number}"
    return name


def _on_failure(rule: dict[str, Any]) -> str:
    is_mild = rule.get("severity") in ("warning", "info")
    return "NONE" if is_mild else "ERROR"


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
