"""Metadata and rule sets: what is accepted, and how two become one.

Source: Confluent's rules for data contracts.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from typing import Final, TypeVar

from registry.domain.errors import InvalidRuleSetError, InvalidSchemaError
from registry.domain.model import Metadata, Rule, RuleSet

Value = TypeVar("Value")

VERSION_PROPERTY: Final = "confluent:version"
"""The metadata property that carries a version's own number, on request."""

DEFAULT_KIND: Final = "TRANSFORM"
DEFAULT_MODE: Final = "WRITEREAD"
_KINDS: Final = frozenset({"TRANSFORM", "CONDITION"})
_PLACES: Final = frozenset({"ALL", "CLIENT", "GATEWAY", "SERVER", "NONE"})
_WITH_TWO_ACTIONS: Final = frozenset({"WRITEREAD", "UPDOWN"})
_LONGEST_NAME: Final = 256
MOST_METADATA_BYTES: Final = 64 * 1024
"""Of all texts of a version's metadata together, in UTF-8: each answer has them."""


@dataclass(frozen=True, slots=True)
class _Family:
    """One of the three lists of a rule set, and the modes that its rules may have."""

    title: str
    modes: tuple[str, ...]

    def hold(self, rules: Iterable[Rule] | None) -> None:
        for rule in rules or ():
            _hold_rule(rule)
            if (rule.mode or DEFAULT_MODE) not in self.modes:
                raise InvalidRuleSetError(
                    f"{self.title} rules can only be {', '.join(self.modes)}"
                )


_MIGRATION: Final = _Family("Migration", ("UPGRADE", "DOWNGRADE", "UPDOWN"))
_DOMAIN: Final = _Family("Domain", ("WRITE", "READ", "WRITEREAD"))
_ENCODING: Final = _Family("Encoding", _DOMAIN.modes)


def hold_metadata(metadata: Metadata | None) -> None:
    """Refuse metadata that would weigh more than schemas do; None is fine.

    Raises:
        InvalidSchemaError: It is too large.

    """
    if metadata is None:
        return
    texts = chain(
        metadata.tags,
        *metadata.tags.values(),
        chain.from_iterable(metadata.properties.items()),
        metadata.sensitive,
    )
    size = sum(len(each.encode(errors="replace")) for each in texts)
    if size > MOST_METADATA_BYTES:
        raise InvalidSchemaError(
            f"expected metadata of at most {MOST_METADATA_BYTES} bytes, found {size}"
        )


def hold_rule_set(rule_set: RuleSet | None) -> None:
    """Refuse a rule set that clients could not execute; None is fine.

    Raises:
        InvalidRuleSetError: With the first thing that is wrong.

    """
    if rule_set is None:
        return
    _hold_names_apart(rule_set)
    _MIGRATION.hold(rule_set.migration_rules)
    _DOMAIN.hold(rule_set.domain_rules)
    _ENCODING.hold(rule_set.encoding_rules)
    if rule_set.enable_at is not None and rule_set.enable_at not in _PLACES:
        raise InvalidRuleSetError(
            f"Rules can only be enabled at {', '.join(sorted(_PLACES))}"
        )


def merged_metadata(left: Metadata | None, right: Metadata | None) -> Metadata | None:
    """Return both; where they contradict each other, the right one wins.

    Tags and properties are told apart by their keys. An empty metadata object is not
    the same as none: it is hashed.
    """
    if left is None or right is None:
        return right if left is None else left
    return Metadata(
        {**left.tags, **right.tags},
        {**left.properties, **right.properties},
        tuple(sorted({*left.sensitive, *right.sensitive})),
    )


def merged_rule_set(left: RuleSet | None, right: RuleSet | None) -> RuleSet | None:
    """Return both; a rule of the right one replaces its namesake, and comes last."""
    if left is None or right is None:
        return right if left is None else left
    return RuleSet(
        _merged_rules(left.migration_rules, right.migration_rules),
        _merged_rules(left.domain_rules, right.domain_rules),
        _merged_rules(left.encoding_rules, right.encoding_rules),
        left.enable_at if right.enable_at is None else right.enable_at,
    )


def without_rules(rule_set: RuleSet | None, names: Iterable[str]) -> RuleSet | None:
    """Return a rule set without the rules of these names."""
    gone = frozenset(names)
    if rule_set is None or not gone:
        return rule_set

    def kept(rules: tuple[Rule, ...] | None) -> tuple[Rule, ...] | None:
        if rules is None:
            return None
        return tuple(rule for rule in rules if rule.name not in gone)

    return RuleSet(
        kept(rule_set.migration_rules),
        kept(rule_set.domain_rules),
        kept(rule_set.encoding_rules),
        rule_set.enable_at,
    )


def same_metadata(
    wanted: Metadata | None, stored: Metadata | None, version: int
) -> bool:
    """Compare metadata with that of a version.

    A stamp that only one side carries does not count, if it is the version's number.
    """
    ours, theirs = _stamp(wanted), _stamp(stored)
    if ours is not None and ours != (theirs or str(version)):
        return False
    return _unstamped(wanted) == _unstamped(stored)


def has_properties(metadata: Metadata | None, wanted: Mapping[str, str]) -> bool:
    """Say whether metadata is there, with all of the properties that are wanted."""
    return metadata is not None and wanted.items() <= metadata.properties.items()


def _stamp(metadata: Metadata | None) -> str | None:
    return None if metadata is None else metadata.properties.get(VERSION_PROPERTY)


def _unstamped(metadata: Metadata | None) -> Metadata | None:
    if metadata is None or VERSION_PROPERTY not in metadata.properties:
        return metadata
    left = {k: v for k, v in metadata.properties.items() if k != VERSION_PROPERTY}
    bare = replace(metadata, properties=left)
    return None if bare == Metadata() else bare


def _merged_rules(
    left: tuple[Rule, ...] | None, right: tuple[Rule, ...] | None
) -> tuple[Rule, ...] | None:
    if left is None or right is None:
        return right if left is None else left
    replaced = {rule.name for rule in right}
    return (*(rule for rule in left if rule.name not in replaced), *right)


def _hold_names_apart(rule_set: RuleSet) -> None:
    lists = (rule_set.migration_rules, rule_set.domain_rules, rule_set.encoding_rules)
    seen: set[str | None] = set()
    for rule in chain.from_iterable(rules or () for rules in lists):
        if rule.name in seen and rule.name:
            raise InvalidRuleSetError(f"Found rule with duplicate name '{rule.name}'")
        seen.add(rule.name)


def _hold_rule(rule: Rule) -> None:
    _hold_name(rule.name)
    if not rule.type:
        raise InvalidRuleSetError("Missing rule type")
    if (rule.kind or DEFAULT_KIND) not in _KINDS:
        raise InvalidRuleSetError(f"Rules are one of {', '.join(sorted(_KINDS))}")
    has_two_actions = "," in f"{rule.on_success or ''}{rule.on_failure or ''}"
    if has_two_actions and (rule.mode or DEFAULT_MODE) not in _WITH_TWO_ACTIONS:
        raise InvalidRuleSetError(
            "Multiple actions only valid with WRITEREAD and UPDOWN"
        )


def _hold_name(name: str | None) -> None:
    if name is None:
        raise InvalidRuleSetError("Missing rule name")
    if not name:
        raise InvalidRuleSetError("Empty rule name")
    if len(name) > _LONGEST_NAME:
        raise InvalidRuleSetError("Rule name too long")
    if not (name[0].isalpha() or name[0] == "_"):
        raise InvalidRuleSetError(f"Illegal initial character in rule name: {name}")
    if not all(each.isalpha() or each.isdecimal() or each in "_-" for each in name):
        raise InvalidRuleSetError(f"Illegal character in rule name: {name}")
