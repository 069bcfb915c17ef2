"""Data-encryption keys, kept as clients send them: encrypted.

A subject's KEK is looked for in the subject's own context first, then in the default
one. Without an algorithm, AES256_GCM is meant.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from registry.application.keks import get_kek
from registry.application.ports import Ports, SchemaReader, SchemaStore
from registry.application.stored import AuditEntry, Origin
from registry.application.writing import exclusively, hold_writable
from registry.domain.keys import (
    NO_KMS,
    Algorithm,
    Dek,
    DekSlot,
    InvalidKeyError,
    Kek,
    KekName,
    KeyExistsError,
    KeyNotFoundError,
    KeyNotSoftDeletedError,
    KeySoftDeletedError,
)
from registry.domain.model import DEFAULT_CONTEXT, LATEST, MAX_NUMBER, Subject

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Asked:
    """Which data-encryption key is meant.

    Attributes:
        kek: The name of its KEK, wherever that is.

    """

    kek: str
    subject: Subject
    algorithm: Algorithm

    def names(self) -> list[KekName]:
        """Return the names of the KEK in the order in which it is looked for."""
        contexts = dict.fromkeys((self.subject.context, DEFAULT_CONTEXT))
        return [KekName(self.kek, context).checked() for context in contexts]


def list_subjects(ports: Ports, name: KekName, *, with_deleted: bool) -> list[Subject]:
    """Return the subjects that a KEK wraps DEKs of, by context and name.

    Raises:
        KeyNotFoundError: There is no such KEK.

    """
    get_kek(ports, name, with_deleted=with_deleted)
    with ports.transactions.read() as store:
        uses = store.keys.kek_uses(name)
    shown = (use.subject for use in uses if with_deleted or not use.is_deleted)
    return list(dict.fromkeys(shown))


def list_versions(ports: Ports, asked: Asked, *, with_deleted: bool) -> list[int]:
    """Return the versions of a DEK, ascending.

    Raises:
        KeyNotFoundError: There is no such KEK.

    """
    return [each.version for each in _visible(ports, asked, with_deleted=with_deleted)]


def get_dek(ports: Ports, asked: Asked, version: int, *, with_deleted: bool) -> Dek:
    """Return a DEK; `LATEST` is the newest version that can be seen.

    Raises:
        KeyNotFoundError: There is no such KEK, or no such DEK of it.

    """
    visible = _visible(ports, asked, with_deleted=with_deleted)
    found = _version(visible, version)
    if found is None:
        raise KeyNotFoundError(str(asked.subject))
    return found


def create_dek(
    ports: Ports,
    asked: Asked,
    new: tuple[int, str | None],
    origin: Origin,
    *,
    is_deleted: bool,
    rewraps: bool,
) -> Dek:
    """Keep a DEK; one that is soft-deleted comes back if it is the same.

    Args:
        new: The version, and the key as the client has encrypted it.
        is_deleted: Whether it is to be soft-deleted at once, as copies are.
        rewraps: Whether it replaces the same key in another wrapping.

    Raises:
        InvalidKeyError: A part is missing or wrong.
        KeyNotFoundError: There is no such KEK.
        KeyExistsError: The version is there already.
        OperationNotPermittedError: The subject is read-only.

    """
    version, material = new
    if not 1 <= version <= MAX_NUMBER:
        raise InvalidKeyError("version", f"must be between 1 and {MAX_NUMBER}")
    if not material:
        raise InvalidKeyError("encryptedKeyMaterial", f"must be given: {NO_KMS}")

    def act(store: SchemaStore, kek: Kek) -> Dek:
        if kek.is_deleted and not is_deleted:
            raise KeyNotFoundError(asked.kek)
        slot = DekSlot(kek.name, asked.subject, asked.algorithm)
        dek = Dek(slot, version, material, ports.clock(), is_deleted)
        before = _version(_of(store, kek, asked), version)
        is_same = before is not None and before.material == dek.material
        is_back = before is not None and before.is_deleted and not is_deleted
        if before is not None and not rewraps and not (is_same and is_back):
            raise KeyExistsError(str(asked.subject))
        store.keys.put_dek(dek)
        _record(ports, store, "dek.create", [dek], origin)
        return dek

    return _alone(ports, asked, act)


def soft_delete_deks(
    ports: Ports, asked: Asked, version: int | None, origin: Origin
) -> None:
    """Hide a version of a DEK, or all; what is hidden stays so.

    Raises:
        KeyNotFoundError: There is none.
        OperationNotPermittedError: The subject is read-only.

    """

    def act(store: SchemaStore, kek: Kek) -> None:
        _mark(ports, store, _chosen(store, kek, asked, version), origin, deleted=True)

    _alone(ports, asked, act)


def hard_delete_deks(
    ports: Ports, asked: Asked, version: int | None, origin: Origin
) -> None:
    """Remove a soft-deleted version of a DEK for good, or all of them.

    Raises:
        KeyNotFoundError: There is none.
        KeyNotSoftDeletedError: One is not soft-deleted; then none goes.
        OperationNotPermittedError: The subject is read-only.

    """

    def act(store: SchemaStore, kek: Kek) -> None:
        chosen = _chosen(store, kek, asked, version)
        if not all(each.is_deleted for each in chosen):
            raise KeyNotSoftDeletedError(str(asked.subject))
        store.keys.remove_deks(chosen)
        _record(ports, store, "dek.purge", chosen, origin)

    _alone(ports, asked, act)


def undelete_deks(
    ports: Ports, asked: Asked, version: int | None, origin: Origin
) -> None:
    """Show a soft-deleted version of a DEK again, or all.

    Raises:
        KeyNotFoundError: There is none.
        KeySoftDeletedError: The KEK is soft-deleted itself.
        OperationNotPermittedError: The subject is read-only.

    """

    def act(store: SchemaStore, kek: Kek) -> None:
        chosen = _chosen(store, kek, asked, version)
        if kek.is_deleted:
            raise KeySoftDeletedError(asked.kek)
        _mark(ports, store, chosen, origin, deleted=False)

    _alone(ports, asked, act)


def _visible(ports: Ports, asked: Asked, *, with_deleted: bool) -> list[Dek]:
    with ports.transactions.read() as store:
        kek = _find_kek(store, asked)
        if kek is None or (kek.is_deleted and not with_deleted):
            raise KeyNotFoundError(asked.kek)
        deks = _of(store, kek, asked)
    return [each for each in deks if with_deleted or not each.is_deleted]


def _alone(
    ports: Ports, asked: Asked, act: Callable[[SchemaStore, Kek], Result]
) -> Result:
    """Run an act on a KEK that stays what it is as long as that takes."""
    with ports.transactions.read() as store:
        found = _find_kek(store, asked)
    if found is None:
        raise KeyNotFoundError(asked.kek)
    name = found.name

    def alone(store: SchemaStore) -> Result:
        kek = store.keys.find_kek(name)
        if kek is None:
            raise KeyNotFoundError(asked.kek)
        hold_writable(store, asked.subject)
        return act(store, kek)

    return exclusively(ports, Subject("", name.context), alone)


def _find_kek(store: SchemaReader, asked: Asked) -> Kek | None:
    found = (store.keys.find_kek(name) for name in asked.names())
    return next((each for each in found if each is not None), None)


def _of(store: SchemaReader, kek: Kek, asked: Asked) -> list[Dek]:
    deks = store.keys.deks(kek.name, asked.subject)
    return [each for each in deks if each.slot.algorithm is asked.algorithm]


def _version(deks: Sequence[Dek], version: int) -> Dek | None:
    if version == LATEST:
        return deks[-1] if deks else None
    return next((each for each in deks if each.version == version), None)


def _chosen(
    store: SchemaReader, kek: Kek, asked: Asked, version: int | None
) -> list[Dek]:
    deks = _of(store, kek, asked)
    if version is not None:
        found = _version(deks, version)
        deks = [] if found is None else [found]
    if not deks:
        raise KeyNotFoundError(str(asked.subject))
    return deks


def _mark(
    ports: Ports,
    store: SchemaStore,
    deks: Iterable[Dek],
    origin: Origin,
    *,
    deleted: bool,
) -> None:
    now_ms = ports.clock()
    changed = [
        replace(each, is_deleted=deleted, written_ms=now_ms)
        for each in deks
        if each.is_deleted is not deleted
    ]
    for each in changed:
        store.keys.put_dek(each)
    if changed:
        action = "dek.delete" if deleted else "dek.undelete"
        _record(ports, store, action, changed, origin)


def _record(
    ports: Ports, store: SchemaStore, action: str, deks: Sequence[Dek], origin: Origin
) -> None:
    """Note which keys an act was about; never a key itself."""
    slot = deks[0].slot
    facts = {
        "kek": slot.kek.name,
        "algorithm": slot.algorithm,
        "versions": [each.version for each in deks],
    }
    text = json.dumps(facts)
    is_gone = action in {"dek.delete", "dek.purge"}
    before, after = (text, None) if is_gone else (None, text)
    entry = AuditEntry(origin, action, str(slot.subject), before, after, ports.clock())
    store.record(slot.kek.context, entry)
