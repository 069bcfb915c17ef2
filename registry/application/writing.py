"""What every write but registration has in common: a context to itself."""

from collections.abc import Callable
from dataclasses import asdict
from typing import TypeVar

from registry.application.ports import Ports, SchemaReader, SchemaStore
from registry.domain.configuration import Config
from registry.domain.errors import OperationNotPermittedError
from registry.domain.model import Subject

Result = TypeVar("Result")


def exclusively(
    ports: Ports, scope: Subject, act: Callable[[SchemaStore], Result]
) -> Result:
    """Run an act while nobody else writes in the scope's context.

    Raises:
        OperationNotPermittedError: The scope is read-only.

    """

    def alone(store: SchemaStore) -> Result:
        store.lock(scope.context)
        hold_writable(store, scope)
        return act(store)

    return ports.transactions.write(alone)


def hold_writable(store: SchemaReader, scope: Subject) -> None:
    """Refuse to write in a read-only scope.

    Raises:
        OperationNotPermittedError: It is.

    """
    modes = store.policy(scope).modes
    if modes and modes[0].is_read_only:
        raise OperationNotPermittedError(refusal(scope, "is in read-only mode"))


def said(config: Config) -> dict[str, object]:
    """Return what a config says, as the audit log has it."""
    given = {name: value for name, value in asdict(config).items() if value is not None}
    return {**given, "level": config.level.name} if config.level else given


def refusal(scope: Subject, why: str) -> str:
    """Return Confluent's words; the default context is an empty string in them."""
    context = Subject("", scope.context)
    return f"Subject {scope} in context {context} {why}"
