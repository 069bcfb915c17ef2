"""Rule sets: which rules are executed when, and what follows.

Nothing here executes anything. Source of the meaning of each word:
confluent-kafka-python 2.16, schema_registry/_sync/serde.py.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

CEL: Final = "CEL"
CEL_FIELD: Final = "CEL_FIELD"


class Mode(StrEnum):
    """When rules are executed: on which way, or between which versions."""

    WRITE = "WRITE"
    READ = "READ"
    UPGRADE = "UPGRADE"
    DOWNGRADE = "DOWNGRADE"


class Kind(StrEnum):
    """A condition must be true; a transformation gives the value anew."""

    CONDITION = "CONDITION"
    TRANSFORM = "TRANSFORM"


class Action(StrEnum):
    """What follows on a rule: nothing, an error, or that the message is put aside."""

    NONE = "NONE"
    ERROR = "ERROR"
    DLQ = "DLQ"


_MIGRATIONS: Final = (Mode.UPGRADE, Mode.DOWNGRADE)
_FIRST: Final = (Mode.WRITE, Mode.UPGRADE)
# What is done last on the way in is undone first on the way out.
_BACKWARDS: Final = (Mode.READ, Mode.DOWNGRADE)
_BOTH_WAYS: Final[Mapping[str, tuple[Mode, ...]]] = {
    "WRITEREAD": (Mode.WRITE, Mode.READ),
    "UPDOWN": (Mode.UPGRADE, Mode.DOWNGRADE),
    **{mode: (mode,) for mode in Mode},
}
_EVERYWHERE: Final = frozenset({"ALL", "CLIENT"})


class UnknownWordError(ValueError):
    """A rule says something that this version of the package does not know."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule, as it is executed in one mode.

    Attributes:
        type: Which executor: `CEL`, `CEL_FIELD` and what others there are.
        tags: Of the fields it is about; empty for all fields.
        written_mode: As the rule set has it: `WRITEREAD` and `UPDOWN` stand for two.
        on_success: None where the rule says nothing.
        on_failure: Likewise.

    """

    name: str
    kind: str
    type: str
    tags: frozenset[str]
    expression: str
    doc: str
    written_mode: str
    on_success: str | None
    on_failure: str | None
    is_disabled: bool

    def action(self, *, failed: bool) -> Action:
        """Return what follows; without a word of the rule, an error on failure.

        Raises:
            UnknownWordError: The rule asks for something that nobody here can do.

        """
        asked = self.on_failure if failed else self.on_success
        if not asked:
            return Action.ERROR if failed else Action.NONE
        if asked not in Action.__members__:
            raise UnknownWordError(f"unknown action '{asked}'")
        return Action(asked)


@dataclass(frozen=True, slots=True)
class RuleList:
    """The rules of a set in the order of their execution.

    Attributes:
        rules: Those that are executed.
        all: And those that are not: they may stand for others of the same tags.

    """

    rules: tuple[Rule, ...] = ()
    all: tuple[Rule, ...] = ()

    def is_shadowed(self, rule: Rule) -> bool:
        """Say whether another transformation of the same tags is done in its place.

        Of several, the one that the set names first is executed, in any mode.
        """
        if rule.kind != Kind.TRANSFORM or not rule.tags:
            return False
        alike = (each for each in self.all if _are_alike(each, rule))
        return next(alike) is not rule


def _are_alike(one: Rule, other: Rule) -> bool:
    words = ("kind", "written_mode", "type", "tags")
    return all(getattr(one, word) == getattr(other, word) for word in words)


def domain_rules(rule_set: Mapping[str, Any] | None, mode: Mode) -> RuleList:
    """Return the rules about values that are executed in a mode."""
    return _listed(rule_set, "domainRules", mode)


def encoding_rules(rule_set: Mapping[str, Any] | None, mode: Mode) -> RuleList:
    """Return the rules about payloads that are executed in a mode."""
    return _listed(rule_set, "encodingRules", mode)


def migration_rules(rule_set: Mapping[str, Any] | None, mode: Mode) -> RuleList:
    """Return the rules that lead to the version before, or from it."""
    return _listed(rule_set, "migrationRules", mode)


def _listed(rule_set: Mapping[str, Any] | None, word: str, mode: Mode) -> RuleList:
    if not rule_set or rule_set.get("enableAt", "ALL") not in {None, *_EVERYWHERE}:
        return RuleList()
    written = rule_set.get(word) or ()
    if mode in _BACKWARDS:
        written = tuple(reversed(written))
    rules = tuple(_rule(each, mode) for each in written)
    chosen = tuple(
        rule
        for rule in rules
        if not rule.is_disabled and mode in _BOTH_WAYS.get(rule.written_mode, ())
    )
    # In the order of the rule set, for those who ask which one comes first in it.
    in_order = rules[::-1] if mode in _BACKWARDS else rules
    return RuleList(chosen, in_order)


def _rule(said: Mapping[str, Any], mode: Mode) -> Rule:
    written_mode = _word(said, "mode", "WRITEREAD")
    return Rule(
        name=_word(said, "name", "without a name"),
        kind=_word(said, "kind", Kind.TRANSFORM),
        type=_word(said, "type", ""),
        tags=frozenset(_words(said.get("tags"))),
        expression=_word(said, "expr", "", is_free=True),
        doc=_word(said, "doc", "", is_free=True),
        written_mode=written_mode,
        on_success=_chosen(said.get("onSuccess"), written_mode, mode),
        on_failure=_chosen(said.get("onFailure"), written_mode, mode),
        is_disabled=bool(said.get("disabled")),
    )


def _chosen(actions: Any, written_mode: str, mode: Mode) -> str | None:
    """Return the action of a mode: a pair has one for each of the two."""
    if not isinstance(actions, str) or not actions.strip():
        return None
    if "," in actions and len(_BOTH_WAYS.get(written_mode, ())) > 1:
        first, _, second = actions.partition(",")
        actions = first if mode in _FIRST else second
    return actions.strip().upper() or None


def _word(
    said: Mapping[str, Any], key: str, default: str, *, is_free: bool = False
) -> str:
    value = said.get(key)
    if not isinstance(value, str) or not value:
        return default
    return value if is_free or key == "name" else value.upper()


def _words(said: Any) -> Iterable[str]:
    found = said if isinstance(said, list | tuple | set | frozenset) else ()
    return (each for each in found if isinstance(each, str))
