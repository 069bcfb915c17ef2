"""Rule sets as functions over values, compiled once for each schema and mode.

A schema without rules for a mode gives no function at all, so that it costs nothing;
one whose rules cannot be executed here gives an error, and never a value that went past
them.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any, Final

from wirepact.codecs.language import Adapter, ResolvedSchema
from wirepact.errors import (
    CodecError,
    DecodeRuleError,
    EncodeRuleError,
    MissingExtraError,
    RuleError,
)
from wirepact.rules.ruleset import (
    CEL,
    CEL_FIELD,
    Action,
    Kind,
    Mode,
    Rule,
    RuleList,
    UnknownWordError,
    domain_rules,
    encoding_rules,
    migration_rules,
)

Step = Callable[[Any], Any]

_EXECUTED: Final = frozenset({CEL, CEL_FIELD})

_ERRORS: Final[Mapping[Mode, type[RuleError]]] = {Mode.WRITE: EncodeRuleError}
_FAILURES: Final = (ValueError, TypeError, LookupError, RecursionError, CodecError)
_REFUSED: Final[Mapping[str, str]] = {
    "ENCRYPT": "it encrypts fields, and this client has no keys",
    "ENCRYPT_PAYLOAD": "it encrypts payloads, and this client has no keys",
    "JSONATA": "this client executes CEL, and no JSONATA",
}
# A rule that is skipped for reading leaves what it would have decrypted as it is; for
# writing it would lay open what it should have encrypted.
_SKIPPED_IN: Final = frozenset({Mode.READ})


@dataclass(frozen=True, slots=True)
class Migration:
    """A step from a version to the one after it, or back.

    Attributes:
        rules: Those of the later one of the two.
        target: What the value is like afterwards.

    """

    rules: Mapping[str, Any] | None
    target: ResolvedSchema


def compiled(resolved: ResolvedSchema, mode: Mode, subject: str) -> Step | None:
    """Return what the rules of a schema do with plain values; None for nothing.

    Plain values are what codecs write and read. They are left alone: what changes is a
    new value.

    Args:
        mode: `WRITE` or `READ`.
        subject: Of the schema, for errors.

    Raises:
        RuleError: A rule cannot be executed here, or is none.
        MissingExtraError: There are rules, and the extra `rules` is not installed.

    """
    maker = _Maker(resolved, mode, subject)
    maker.refuse_all(encoding_rules(resolved.schema.rule_set, mode))
    return maker.chain(domain_rules(resolved.schema.rule_set, mode))


def ruled(
    adapter: Adapter | None, resolved: ResolvedSchema, mode: Mode, subject: str
) -> Adapter | None:
    """Return an adapter that has the rules of a schema executed.

    What is written goes through them last, what is read first.

    Raises:
        RuleError: A rule cannot be executed here, or is none.
        MissingExtraError: There are rules, and the extra `rules` is not installed.

    """
    rules = compiled(resolved, mode, subject)
    if rules is None:
        return adapter
    if adapter is None:
        return Adapter(rules, rules)
    to_plain, from_plain = adapter.to_plain, adapter.from_plain
    return Adapter(
        lambda value: rules(to_plain(value)), lambda plain: from_plain(rules(plain))
    )


def migrated(steps: Sequence[Migration], mode: Mode, subject: str) -> Step | None:
    """Return what leads values from one version to another; None for nothing.

    Args:
        steps: In the order of their execution.
        mode: `UPGRADE` or `DOWNGRADE`.

    Raises:
        RuleError: A rule cannot be executed here, or is none.
        MissingExtraError: There are rules, and the extra `rules` is not installed.

    """
    chains = [
        chain
        for step in steps
        if (chain := _migration(step, mode, subject)) is not None
    ]
    return _chained(chains)


def executed(rules: RuleList) -> Iterator[Rule]:
    """Yield the rules of a list that are executed here, in order.

    As everywhere: what comes after a rule that nobody executes is not executed either.
    """
    for rule in takewhile(lambda each: each.type in _EXECUTED, rules.rules):
        if not (rule.type == CEL_FIELD and rules.is_shadowed(rule)):
            yield rule


def single(rule: Rule, resolved: ResolvedSchema, mode: Mode, subject: str) -> Step:
    """Return one rule in CEL, as `compiled` does all of a schema's.

    Raises:
        RuleError: It is none.
        MissingExtraError: The extra `rules` is not installed.

    """
    return _Maker(resolved, mode, subject).step(rule)


def _migration(step: Migration, mode: Mode, subject: str) -> Step | None:
    maker = _Maker(step.target, mode, subject)
    return maker.chain(migration_rules(step.rules, mode))


def _chained(steps: Sequence[Step]) -> Step | None:
    if not steps:
        return None
    if len(steps) == 1:
        return steps[0]

    def execute(value: Any) -> Any:
        for step in steps:
            value = step(value)
        return value

    return execute


class _Maker:
    """Makes the steps of one schema in one mode."""

    def __init__(self, resolved: ResolvedSchema, mode: Mode, subject: str) -> None:
        self._resolved = resolved
        self._mode = mode
        self._subject = subject

    def chain(self, rules: RuleList) -> Step | None:
        steps = [self.step(rule) for rule in executed(rules)]
        others = (rule for rule in rules.rules if rule.type not in _EXECUTED)
        if (stopping := next(others, None)) is not None:
            self._refuse(stopping)
        return _chained(steps)

    def refuse_all(self, rules: RuleList) -> None:
        for rule in rules.rules:
            self._refuse(rule)

    def _refuse(self, rule: Rule) -> None:
        """Raise, unless the rule set says that reading goes on without the rule."""
        action = self._action(rule, failed=True)
        if action is Action.NONE and self._mode in _SKIPPED_IN:
            return
        reason = _REFUSED.get(
            rule.type, f"this client has no rules of type {rule.type}"
        )
        raise self._error(rule, f"it cannot be executed: {reason}", action)

    def step(self, rule: Rule) -> Step:
        """Return a rule as a function, with what follows on success and on failure."""
        execute = self._executed(rule)
        failed = self._action(rule, failed=True)
        succeeded = self._action(rule, failed=False)
        if rule.kind not in Kind.__members__:
            raise self._error(rule, f"unknown kind '{rule.kind}'", Action.ERROR)

        def step(value: Any) -> Any:
            try:
                result = execute(value)
            # Whatever an expression or a walk over a value runs into, the rule was not
            # met, and the rule set says what follows.
            except _FAILURES as error:
                if failed is Action.NONE:
                    return value
                raise self._error(rule, str(error), failed) from error
            follows = failed if result is None else succeeded
            if follows is not Action.NONE:
                reason = "it has no result" if result is None else "it was met"
                raise self._error(rule, reason, follows)
            return value if result is None else result

        return step

    def _executed(self, rule: Rule) -> Step:
        try:
            from wirepact.rules import execution_cel
        except ModuleNotFoundError as error:
            raise MissingExtraError(f"a rule of {self._subject}", "rules") from error
        try:
            return execution_cel.executed(rule, self._resolved)
        except ValueError as error:
            raise self._error(rule, str(error), Action.ERROR) from error

    def _action(self, rule: Rule, *, failed: bool) -> Action:
        try:
            return rule.action(failed=failed)
        except UnknownWordError as error:
            raise self._error(rule, str(error), Action.ERROR) from error

    def _error(self, rule: Rule, reason: str, action: Action) -> RuleError:
        return _ERRORS.get(self._mode, DecodeRuleError)(
            reason,
            rule=rule.name,
            expression=rule.expression,
            subject=self._subject,
            action=action,
        )
