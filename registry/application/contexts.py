"""Listing and deleting contexts; registering in one is what makes it."""

from registry.application.ports import Ports, SchemaStore
from registry.application.stored import (
    AuditEntry,
    Origin,
    Page,
    Visibility,
)
from registry.application.writing import exclusively
from registry.domain.errors import ContextNotEmptyError
from registry.domain.model import Subject


def list_contexts(ports: Ports, prefix: str, page: Page) -> list[str]:
    """Return the names of contexts, the default one first."""
    with ports.transactions.read() as store:
        return store.contexts(prefix, page)


def delete_context(ports: Ports, context: str, origin: Origin) -> None:
    """Let an empty context no longer be listed; one that is unknown is none already.

    What the context says of levels and modes stays, and so does the count of its ids:
    none of them is ever given again.

    Raises:
        ContextNotEmptyError: It has versions, live or soft-deleted.
        OperationNotPermittedError: It is read-only.

    """
    with ports.transactions.read() as store:
        if context not in store.contexts(context, Page()):
            return

    def act(store: SchemaStore) -> None:
        if store.subjects(context, "", Visibility.ALL, Page(limit=1)):
            raise ContextNotEmptyError(context)
        store.drop_context(context)
        target = str(Subject("", context))
        entry = AuditEntry(origin, "context.delete", target, None, None, ports.clock())
        store.record(context, entry)

    exclusively(ports, Subject("", context), act)
