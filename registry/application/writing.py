"""What every write but registration has in common: a context to itself."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from typing import TypeVar

from registry.application.ports import Ports, Removed, SchemaStore
from registry.domain.configuration import Config
from registry.domain.errors import OperationNotPermittedError
from registry.domain.model import Subject, Version

Result = TypeVar("Result")


def exclusively(
    ports: Ports,
    scope: Subject,
    act: Callable[[SchemaStore], Result],
    others: Iterable[str] = (),
) -> Result:
    """Run an act while nobody else writes in the scope's context.

    Args:
        others: Contexts in which nobody may write meanwhile either.

    Raises:
        OperationNotPermittedError: The scope is read-only.

    """

    def alone(store: SchemaStore) -> Result:
        for context in sorted({scope.context, *others}):
            store.lock(context)
        modes = store.policy(scope).modes
        if modes and modes[0].is_read_only:
            raise OperationNotPermittedError(refusal(scope, "is in read-only mode"))
        return act(store)

    return ports.transactions.write(alone)


def said(config: Config) -> dict[str, object]:
    """Return what a config says, as the audit log has it."""
    given = {name: value for name, value in asdict(config).items() if value is not None}
    return {**given, "level": config.level.name} if config.level else given


def purged(versions: Sequence[Version], removed: Removed) -> dict[str, object]:
    """Return what went for good with versions, as the audit log has it."""
    before: dict[str, object] = {"versions": versions, "removedIds": removed.ids}
    if removed.config is not None:
        before["config"] = said(removed.config)
    if removed.mode is not None:
        before["mode"] = removed.mode
    if removed.policies:
        before["policies"] = removed.policies
    return before


def refusal(scope: Subject, why: str) -> str:
    """Return Confluent's words; the default context is an empty string in them."""
    context = Subject("", scope.context)
    return f"Subject {scope} in context {context} {why}"
