"""Rules in CEL as manifests have them: the standard's `quality`, and rule sets.

    schema:
      - name: OrderCreated
        quality:
          - type: custom
            engine: cel
            name: total-not-negative
            implementation: message.total >= 0

A rule of the standard is one of Confluent's: a condition of what is written and read.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from registry.gate import told
from registry.gate.manifests import Manifest

CEL: Final = "CEL"
CEL_FIELD: Final = "CEL_FIELD"

_ENGINE: Final = "cel"
_NOT_IN_NAMES: Final = re.compile(r"[^A-Za-z0-9_-]+")
_MILD: Final = frozenset({"warning", "info"})
_RULE_SETS: Final = (
    (told.RULE_SET,),
    (told.CONFIG, "defaultRuleSet"),
    (told.CONFIG, "overrideRuleSet"),
)
"""Where the property `registry` has rules."""


@dataclass(frozen=True, slots=True)
class Written:
    """A rule in CEL, as it is written.

    Attributes:
        rule: As a registry has it.
        pointer: Of its expression in the manifest, or of what lacks one.

    """

    rule: Mapping[str, Any]
    pointer: str

    @property
    def name(self) -> str:
        said = self.rule.get("name")
        return said if isinstance(said, str) and said else "without a name"

    @property
    def expression(self) -> str:
        said = self.rule.get("expr")
        return said if isinstance(said, str) else ""

    @property
    def is_about_fields(self) -> bool:
        return _upper(self.rule.get("type")) == CEL_FIELD

    @property
    def is_condition(self) -> bool:
        return _upper(self.rule.get("kind")) == "CONDITION"


def has_any(manifest: Manifest) -> bool:
    """Say whether there may be rules, without looking at them."""
    said = told.entry(manifest)
    return (
        any(isinstance(_below(said, path), dict) for path in _RULE_SETS)
        or next(quality(manifest.document.value), None) is not None
    )


def rules(manifest: Manifest) -> Iterator[Written]:
    """Yield all rules in CEL that are not switched off, in the manifest's order."""
    yield from quality(manifest.document.value)
    said = told.entry(manifest)
    for path in _RULE_SETS:
        for index, rule in _inside(_below(said, path), "domainRules"):
            if _is_in_cel(rule) and rule.get("disabled") is not True:
                at = f"{told.pointer(manifest, '/'.join(path))}/domainRules/{index}"
                yield Written(rule, _of_member(at, rule, "expr"))


def quality(document: Mapping[str, Any]) -> Iterator[Written]:
    """Yield the rules of the first schema object, its own before those of its parts."""
    taken: set[str] = set()
    for index, element in _inside(document, "schema"):
        if index == 0:
            yield from _of_element(element, "/schema/0", taken)


def _of_element(
    element: Mapping[str, Any], pointer: str, taken: set[str]
) -> Iterator[Written]:
    for index, said in _inside(element, "quality"):
        if said.get("engine") == _ENGINE:
            name = _name(said, taken)
            taken.add(name)
            at = f"{pointer}/quality/{index}"
            yield Written(_as_rule(said, name), _of_member(at, said, "implementation"))
    for index, below in _inside(element, "properties"):
        yield from _of_element(below, f"{pointer}/properties/{index}", taken)
    if isinstance(items := element.get("items"), dict):
        yield from _of_element(items, f"{pointer}/items", taken)


def _inside(said: Any, name: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the mappings of a list, with their positions."""
    found = said.get(name) if isinstance(said, dict) else None
    for index, each in enumerate(found if isinstance(found, list) else ()):
        if isinstance(each, dict):
            yield index, each


def _of_member(pointer: str, said: Mapping[str, Any], name: str) -> str:
    return f"{pointer}/{name}" if name in said else pointer


def _as_rule(said: Mapping[str, Any], name: str) -> dict[str, Any]:
    doc = said.get("description")
    severity = said.get("severity")
    is_mild = isinstance(severity, str) and severity.casefold() in _MILD
    return {
        "name": name,
        **({"doc": doc} if isinstance(doc, str) and doc else {}),
        "kind": "CONDITION",
        "mode": "WRITEREAD",
        "type": CEL,
        "expr": said.get("implementation"),
        "onFailure": "NONE" if is_mild else "ERROR",
    }


def _name(said: Mapping[str, Any], taken: set[str]) -> str:
    named = said.get("name")
    wanted = _NOT_IN_NAMES.sub("_", named) if isinstance(named, str) else ""
    name = wanted or "rule"
    number = 1
    while name in taken:
        number += 1
        name = f"{wanted or 'rule'}_{number}"
    return name


def _is_in_cel(rule: Any) -> bool:
    return _upper(rule.get("type")) in (CEL, CEL_FIELD)


def _upper(value: Any) -> str:
    return value.upper() if isinstance(value, str) else ""


def _below(said: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        said = said.get(name) if isinstance(said, dict) else None
    return said
