"""What every write but registration has in common: a context to itself."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from typing import TypeVar

from registry.application.ports import Ports, SchemaReader, SchemaStore
from registry.application.stored import Referrer, Removed
from registry.domain.configuration import Config
from registry.domain.errors import OperationNotPermittedError, Referring
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

    def permitted(store: SchemaStore) -> Result:
        hold_writable(store, scope)
        return act(store)

    return whatever_the_mode(ports, scope, permitted, others)


def whatever_the_mode(
    ports: Ports,
    scope: Subject,
    act: Callable[[SchemaStore], Result],
    others: Iterable[str] = (),
) -> Result:
    """Run an act as `exclusively` does, in a read-only scope as well."""

    def alone(store: SchemaStore) -> Result:
        for context in sorted({scope.context, *others}):
            store.lock(context)
        return act(store)

    return ports.transactions.write(alone)


def hold_writable(store: SchemaReader, scope: Subject) -> None:
    """Refuse to write in a read-only scope.

    Raises:
        OperationNotPermittedError: It is.

    """
    if store.policy(scope).mode.is_read_only:
        raise OperationNotPermittedError(refusal(scope, "is in read-only mode"))


def said(config: Config) -> dict[str, object]:
    """Return what a config says, as the audit log has it."""
    given = asdict(config, dict_factory=_given)
    return {**given, "level": config.level.name} if config.level else given


def purged(removed: Removed, versions: Sequence[Version] = ()) -> dict[str, object]:
    """Return what went for good, as the audit log has it; no versions means all."""
    before: dict[str, object] = {"versions": versions} if versions else {}
    before["removedIds"] = removed.ids
    if removed.config is not None:
        before["config"] = said(removed.config)
    if removed.mode is not None:
        before["mode"] = removed.mode
    if removed.policies:
        before["policies"] = removed.policies
    if removed.owner is not None:
        before["owner"] = removed.owner
    return before


def referring(referrer: Referrer) -> Referring:
    """Return a version that is in the way, as an error tells of it."""
    return Referring(
        str(referrer.subject),
        referrer.version,
        referrer.schema_id,
        referrer.is_deleted,
    )


def refusal(scope: Subject, why: str) -> str:
    """Return Confluent's words; the default context is an empty string in them."""
    context = Subject("", scope.context)
    return f"Subject {scope} in context {context} {why}"


def _given(members: list[tuple[str, object]]) -> dict[str, object]:
    return {name: value for name, value in members if value is not None}
