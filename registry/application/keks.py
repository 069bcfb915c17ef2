"""Key-encryption keys: described here, kept in a key management service.

No key in here is shared, as shared ones make the registry call their KMS.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from registry.application.ports import Ports, SchemaStore
from registry.application.stored import AuditEntry, Origin
from registry.application.writing import exclusively
from registry.domain.keys import (
    NO_KMS,
    InvalidKeyError,
    Kek,
    KekName,
    KeyExistsError,
    KeyNotFoundError,
    KeyNotSoftDeletedError,
    KeyReferenceExistsError,
    kms_type,
)
from registry.domain.model import Subject

Result = TypeVar("Result")
KekPatch = dict[str, Any]
"""Of `kms_props` and `doc`, those that change, to their new values; None clears."""


@dataclass(frozen=True, slots=True)
class NewKek:
    """A KEK as a client describes it."""

    name: KekName
    kms_type: str | None
    kms_key_id: str | None
    kms_props: dict[str, str] | None = None
    doc: str | None = None
    is_deleted: bool = False


def list_keks(
    ports: Ports, context: str, prefixes: Sequence[str], *, with_deleted: bool
) -> list[str]:
    """Return the names of KEKs, sorted.

    Args:
        context: Of the KEKs; it does not matter if there are prefixes.
        prefixes: Of qualified subjects: those KEKs that wrap a DEK of such a subject,
            or are in the context that a prefix consists of.
        with_deleted: Whether soft-deleted ones are among them.

    """
    with ports.transactions.read() as store:
        keks = store.keys.keks()
        uses = store.keys.kek_uses() if prefixes else []
    contexts = {Subject.parse(each).context for each in prefixes if each.endswith(":")}
    used = {
        use.kek
        for use in uses
        if str(use.subject).startswith(tuple(prefixes))
        and (with_deleted or not use.is_deleted)
    }
    found = {
        kek.name.name
        for kek in keks
        if (
            kek.name in used
            or kek.name.context in (contexts if prefixes else {context})
        )
        and (with_deleted or not kek.is_deleted)
    }
    return sorted(found)


def get_kek(ports: Ports, name: KekName, *, with_deleted: bool) -> Kek:
    """Return a KEK.

    Raises:
        KeyNotFoundError: There is none of the name, or it is soft-deleted.

    """
    with ports.transactions.read() as store:
        found = store.keys.find_kek(name.checked())
    if found is None or (found.is_deleted and not with_deleted):
        raise KeyNotFoundError(name.name)
    return found


def create_kek(ports: Ports, new: NewKek, origin: Origin) -> Kek:
    """Describe a KEK; one that is soft-deleted comes back if it is described the same.

    Raises:
        InvalidKeyError: The description is not complete.
        KeyExistsError: The name is taken.
        OperationNotPermittedError: The context is read-only.

    """
    name = new.name.checked()
    if not new.kms_type:
        raise InvalidKeyError("kmsType", "cannot be null or empty")
    if not new.kms_key_id:
        raise InvalidKeyError("kmsKeyId", "cannot be null or empty")
    kek = Kek(
        name,
        kms_type(new.kms_type),
        new.kms_key_id,
        new.kms_props,
        new.doc,
        ports.clock(),
        new.is_deleted,
    )

    def act(store: SchemaStore) -> Kek:
        before = store.keys.find_kek(name)
        is_taken = before is not None and (
            before.is_deleted is kek.is_deleted or before.facts != kek.facts
        )
        if is_taken:
            raise KeyExistsError(name.name)
        return _put(ports, store, kek, "kek.create", before, origin)

    return _alone(ports, name, act)


def update_kek(ports: Ports, name: KekName, patch: KekPatch, origin: Origin) -> Kek:
    """Change how a KEK is described, and return it; nothing new changes nothing.

    Raises:
        KeyNotFoundError: There is none of the name, or it is soft-deleted.
        OperationNotPermittedError: The context is read-only.

    """

    def act(store: SchemaStore) -> Kek:
        before = store.keys.find_kek(name)
        if before is None or before.is_deleted:
            raise KeyNotFoundError(name.name)
        after = replace(before, **patch)
        if after.facts == before.facts:
            return before
        after = replace(after, written_ms=ports.clock())
        return _put(ports, store, after, "kek.update", before, origin)

    return _alone(ports, name.checked(), act)


def soft_delete_kek(ports: Ports, name: KekName, origin: Origin) -> None:
    """Hide a KEK; one that is hidden stays so.

    Raises:
        KeyNotFoundError: There is none of the name.
        KeyReferenceExistsError: It wraps DEKs that are not soft-deleted.
        OperationNotPermittedError: The context is read-only.

    """

    def act(store: SchemaStore) -> None:
        before = _present(store, name)
        if any(not use.is_deleted for use in store.keys.kek_uses(name)):
            raise KeyReferenceExistsError(name.name)
        if not before.is_deleted:
            after = replace(before, is_deleted=True, written_ms=ports.clock())
            _put(ports, store, after, "kek.delete", before, origin)

    _alone(ports, name.checked(), act)


def hard_delete_kek(ports: Ports, name: KekName, origin: Origin) -> None:
    """Remove a soft-deleted KEK for good.

    Raises:
        KeyNotFoundError: There is none of the name.
        KeyReferenceExistsError: It wraps DEKs, soft-deleted or not.
        KeyNotSoftDeletedError: It is not soft-deleted.
        OperationNotPermittedError: The context is read-only.

    """

    def act(store: SchemaStore) -> None:
        before = _present(store, name)
        if store.keys.kek_uses(name):
            raise KeyReferenceExistsError(name.name)
        if not before.is_deleted:
            raise KeyNotSoftDeletedError(name.name)
        store.keys.remove_kek(name)
        _record(ports, store, "kek.purge", (before, None), origin)

    _alone(ports, name.checked(), act)


def undelete_kek(ports: Ports, name: KekName, origin: Origin) -> None:
    """Show a soft-deleted KEK again; one that is not stays as it is.

    Raises:
        KeyNotFoundError: There is none of the name.
        OperationNotPermittedError: The context is read-only.

    """

    def act(store: SchemaStore) -> None:
        before = _present(store, name)
        if before.is_deleted:
            after = replace(before, is_deleted=False, written_ms=ports.clock())
            _put(ports, store, after, "kek.undelete", before, origin)

    _alone(ports, name.checked(), act)


def hold_unshared(shared: object) -> None:
    """Refuse what would need a call of a KMS.

    Raises:
        InvalidKeyError: A key is to be shared.

    """
    if shared:
        raise InvalidKeyError("shared", NO_KMS)


def try_kek(ports: Ports, name: KekName) -> None:
    """Refuse to try a KEK out at its KMS, as nobody here can.

    Raises:
        KeyNotFoundError: There is none of the name.
        InvalidKeyError: There is.

    """
    get_kek(ports, name, with_deleted=True)
    raise InvalidKeyError("shared", NO_KMS)


def _alone(ports: Ports, name: KekName, act: Callable[[SchemaStore], Result]) -> Result:
    return exclusively(ports, Subject("", name.context), act)


def _present(store: SchemaStore, name: KekName) -> Kek:
    found = store.keys.find_kek(name)
    if found is None:
        raise KeyNotFoundError(name.name)
    return found


def _put(
    ports: Ports,
    store: SchemaStore,
    kek: Kek,
    action: str,
    before: Kek | None,
    origin: Origin,
) -> Kek:
    store.keys.put_kek(kek)
    _record(ports, store, action, (before, kek), origin)
    return kek


def _record(
    ports: Ports,
    store: SchemaStore,
    action: str,
    change: tuple[Kek | None, Kek | None],
    origin: Origin,
) -> None:
    before, after = (None if each is None else _said(each) for each in change)
    (name,) = {each.name for each in change if each is not None}
    target = f"{Subject('', name.context)}/keks/{name.name}"
    entry = AuditEntry(origin, action, target, before, after, ports.clock())
    store.record(name.context, entry)


def _said(kek: Kek) -> str:
    """Return what the audit log has of a KEK: its properties may be secret."""
    facts = {"kmsType": kek.kms_type, "kmsKeyId": kek.kms_key_id}
    return json.dumps({**facts, "deleted": kek.is_deleted})
