"""Rules in CEL executed on values, by what the SDK executes them with."""

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from registry.domain.model import Rule, RuleSet
from registry.gate.payloads.resolved import resolved
from registry.gate.quality import look, written
from registry.gate.quality.expressions import plain
from registry.gate.quality.unmet import Trials, Unmet
from registry.gate.situations import Situation
from wirepact.codecs.language import ResolvedSchema
from wirepact.errors import RuleError
from wirepact.rules import execution, ruleset
from wirepact.rules.execution import Step
from wirepact.rules.ruleset import Action, Mode

_MODES: Final = (Mode.WRITE, Mode.READ)


@dataclass(frozen=True, slots=True)
class _Tried:
    rule: ruleset.Rule
    step: Step
    is_mild: bool


def of(it: Situation) -> Trials:
    """Return the rules that a contract's events have to meet."""
    invalid = look.invalid(it)
    found = [
        [*_tried(needed, mode, invalid)]
        for needed in map(partial(_schema, it), _rule_sets(it))
        for mode in _MODES
    ]
    modes = tuple(tuple(filter(None, tried)) for tried in found)
    return Trials(
        lambda value: _all_unmet(modes, value),
        is_whole=all(all(tried) for tried in found),
    )


def _schema(it: Situation, rule_set: Mapping[str, Any]) -> ResolvedSchema:
    needed = resolved(it.now.parsing, it.source)
    metadata = it.beside.metadata
    said = None if metadata is None else {"tags": dict(metadata.tags)}
    schema = replace(needed.schema, metadata=said, rule_set=rule_set)
    return ResolvedSchema(schema, needed.references)


def _tried(
    needed: ResolvedSchema, mode: Mode, invalid: Set[str]
) -> Iterator[_Tried | None]:
    """Yield the rules of a mode; None for one that is none: its manifest tells that."""
    listed = ruleset.domain_rules(needed.schema.rule_set, mode)
    for rule in execution.executed(listed):
        if rule.name in invalid:
            yield None
            continue
        try:
            yield _of_rule(rule, needed, mode)
        except RuleError as error:
            yield _Tried(rule, _failing(error), is_mild=False)


def _failing(error: RuleError) -> Step:
    """Return what every value fails by, as it would in clients."""

    def step(_value: Any) -> Any:
        raise error

    return step


def _of_rule(rule: ruleset.Rule, needed: ResolvedSchema, mode: Mode) -> _Tried:
    is_mild = rule.on_failure == Action.NONE
    # What clients go on after is told here nevertheless.
    audible = replace(rule, on_failure=Action.ERROR) if is_mild else rule
    return _Tried(rule, execution.single(audible, needed, mode, ""), is_mild)


def _all_unmet(modes: Iterable[Iterable[_Tried]], value: Any) -> tuple[Unmet, ...]:
    found: dict[str, Unmet] = {}
    for rules in modes:
        for each in _unmet(rules, value):
            found.setdefault(each.rule, each)
    return tuple(found.values())


def _unmet(rules: Iterable[_Tried], value: Any) -> Iterator[Unmet]:
    for each in rules:
        try:
            value = each.step(value)
        except RuleError as error:
            yield Unmet(each.rule.name, plain(error.reason), each.is_mild)


def _rule_sets(it: Situation) -> Iterator[dict[str, Any]]:
    stored = it.beside.rule_set or RuleSet()
    rules = [_as_said(each) for each in stored.domain_rules or ()]
    yield {"domainRules": rules, "enableAt": stored.enable_at}
    # Those of the standard know of no place where they are not executed.
    quality = written.quality(it.contract.manifest.document.value)
    yield {"domainRules": [each.rule for each in quality]}


def _as_said(rule: Rule) -> dict[str, Any]:
    return {
        "name": rule.name,
        "doc": rule.doc,
        "kind": rule.kind,
        "mode": rule.mode,
        "type": rule.type,
        "tags": rule.tags,
        "expr": rule.expr,
        "onSuccess": rule.on_success,
        "onFailure": rule.on_failure,
        "disabled": rule.disabled,
    }
