"""Reading and changing the configs of subjects, contexts and the registry.

A scope is a subject; one with an empty name is the context itself. The scope of the
default context is the registry's own; it and `:.__GLOBAL:` always answer.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from registry.application.ports import Ports, SchemaStore
from registry.application.stored import AuditEntry, Origin
from registry.application.writing import exclusively, said
from registry.domain.configuration import Config
from registry.domain.configuration import in_scope as config_in_scope
from registry.domain.errors import (
    SubjectLevelNotFoundError,
    SubjectNotFoundError,
)
from registry.domain.model import DEFAULT_CONTEXT, GLOBAL_CONTEXT, Subject
from registry.domain.rule_sets import hold_metadata, hold_rule_set

ConfigPatch = Mapping[str, Any]
"""Field names of `Config` to new values; None clears, an absent field is kept."""

REGISTRY = Subject("")
"""The scope of the whole registry (for Confluent: `/config` without a subject)."""

ALWAYS_ANSWER = frozenset({REGISTRY, Subject("", GLOBAL_CONTEXT)})
"""The scopes that answer with a default where nothing was said."""


def get_config(ports: Ports, scope: Subject, *, in_scope: bool) -> Config:
    """Return what a scope says; the registry's own always has a level.

    Args:
        in_scope: Whether what it leaves open is taken from wider scopes.

    Raises:
        SubjectLevelNotFoundError: It says nothing, and wider scopes do not count.

    """
    with ports.transactions.read() as store:
        found = store.find_config(scope)
        if in_scope:
            within = config_in_scope(store.policy(scope).configs, ports.defaults)
            return within if found is None else found.over(within)
    if scope in ALWAYS_ANSWER:
        return (found or Config()).over(ports.defaults)
    if found is None:
        raise SubjectLevelNotFoundError(str(scope))
    return found


def update_config(
    ports: Ports, scope: Subject, patch: ConfigPatch, origin: Origin
) -> Config:
    """Change what a scope says and return all that it says now.

    The subject need not exist yet: a level may come before the first schema.

    Raises:
        InvalidSubjectError: Nothing may be stored under this name.
        InvalidRuleSetError: Clients could not execute rules that would be added.
        InvalidSchemaError: Metadata that would be added is too large.
        OperationNotPermittedError: The scope is read-only.

    """
    hold_scope(scope)
    hold_patch(patch)

    def act(store: SchemaStore) -> Config:
        before = store.find_config(scope)
        after = replace(before or Config(), **patch)
        store.put_config(scope, after)
        _record(ports, store, scope, "config.update", (before, after), origin)
        return after

    return exclusively(ports, scope, act)


def delete_config(ports: Ports, scope: Subject, origin: Origin) -> Config:
    """Forget what a scope says and return what it said, as `get_config` words it.

    Raises:
        SubjectNotFoundError: It said nothing (the registry's own scope may).
        OperationNotPermittedError: The scope is read-only.

    """

    def act(store: SchemaStore) -> Config:
        before = store.find_config(scope)
        if before is not None:
            store.delete_config(scope)
            _record(ports, store, scope, "config.delete", (before, None), origin)
        elif scope not in ALWAYS_ANSWER:
            raise SubjectNotFoundError(str(scope))
        found = before or Config()
        return found.over(ports.defaults) if scope in ALWAYS_ANSWER else found

    return exclusively(ports, scope, act)


def hold_scope(scope: Subject) -> None:
    """Refuse a scope that nothing may be stored for.

    Raises:
        InvalidSubjectError: As for a subject; contexts are held to the same characters.

    """
    if scope.name:
        scope.checked()
    elif scope.context not in {DEFAULT_CONTEXT, GLOBAL_CONTEXT}:
        # A context is named like a subject in it, and held to the same characters.
        Subject("x", scope.context).checked()


def _record(
    ports: Ports,
    store: SchemaStore,
    scope: Subject,
    action: str,
    change: tuple[Config | None, Config | None],
    origin: Origin,
) -> None:
    before, after = (
        None if each is None else json.dumps(said(each)) for each in change
    )
    target = str(scope) or "*"
    entry = AuditEntry(origin, action, target, before, after, ports.clock())
    store.record(scope.context, entry)


def hold_patch(patch: ConfigPatch) -> None:
    """Refuse what clients could not execute, and what no version may have.

    Raises:
        InvalidRuleSetError: Rules are not what rules are.
        InvalidSchemaError: Metadata is too large.

    """
    for name in ("default", "override"):
        hold_rule_set(patch.get(f"{name}_rule_set"))
        hold_metadata(patch.get(f"{name}_metadata"))
