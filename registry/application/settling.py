"""What is moved in beside versions: contexts, aliases, settings, associations, keys.

Each kind of record has a writer, which says whether anything had to be written.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from registry.application import policies
from registry.application.ports import Ports, SchemaStore
from registry.application.records import (
    AliasRecord,
    Arriving,
    AssociationRecord,
    ConfigRecord,
    ContextRecord,
    DekRecord,
    KekRecord,
    ModeRecord,
    PoliciesRecord,
)
from registry.application.writing import refusal
from registry.domain.associations import ResourceAssociatedError
from registry.domain.configuration import Mode
from registry.domain.errors import (
    InvalidSchemaError,
    InvalidSubjectError,
    OperationNotPermittedError,
    SubjectNotFoundError,
)
from registry.domain.keys import KeyNotFoundError
from registry.domain.model import GLOBAL_CONTEXT, Subject


def write(ports: Ports, store: SchemaStore, record: Arriving) -> bool:
    """Write a record unless all of it is there; return whether it was written.

    Raises:
        RegistryError: It cannot be written here, or not now.

    """
    return _WRITERS[type(record)](ports, store, record)


def _write_context(_ports: Ports, store: SchemaStore, record: ContextRecord) -> bool:
    _hold_scope(Subject("", record.name))
    if store.max_id(record.name) >= record.last_id:
        return False
    _hold_importing(store, record.name)
    store.moving.raise_last_id(record.name, record.last_id)
    return True


def _write_alias(_ports: Ports, store: SchemaStore, record: AliasRecord) -> bool:
    _hold_scope(Subject("", record.context))
    moving = store.moving
    if record.guid in moving.known_aliases(record.context, [record.guid]):
        return False
    _hold_importing(store, record.context)
    if record.schema_id not in moving.identified(
        record.context, [record.schema_id], []
    ):
        raise InvalidSchemaError(
            f"There is no schema {record.schema_id} to be called so"
        )
    moving.put_alias(record)
    return True


def _write_config(_ports: Ports, store: SchemaStore, record: ConfigRecord) -> bool:
    _hold_scope(record.scope)
    if store.find_config(record.scope) == record.config:
        return False
    _hold_writable(store, record.scope)
    store.put_config(record.scope, record.config)
    return True


def _write_mode(_ports: Ports, store: SchemaStore, record: ModeRecord) -> bool:
    _hold_scope(record.scope)
    if store.find_mode(record.scope) is record.mode:
        return False
    store.put_mode(record.scope, record.mode)
    return True


def _write_policies(ports: Ports, store: SchemaStore, record: PoliciesRecord) -> bool:
    if store.policies(record.subject) == record.names:
        return False
    _hold_writable(store, record.subject.checked())
    policies.hold_known(ports, store, record.subject, record.names)
    store.put_policies(record.subject, record.names)
    return True


def _write_association(
    _ports: Ports, store: SchemaStore, record: AssociationRecord
) -> bool:
    wanted = record.association
    resource, room = wanted.resource, store.associations
    of_one = (
        *room.of_resource(resource.type, resource.id),
        *room.of_name(resource.type, resource.name, resource.namespace),
    )
    same = [e for e in of_one if e.association_type == wanted.association_type]
    if wanted in same:
        return False
    if same:
        raise ResourceAssociatedError(wanted.association_type, resource.name)
    _hold_writable(store, wanted.subject.checked())
    if not store.uses_of(wanted.subject):
        raise SubjectNotFoundError(str(wanted.subject))
    room.add(wanted)
    return True


def _write_kek(_ports: Ports, store: SchemaStore, record: KekRecord) -> bool:
    _hold_scope(Subject("", record.kek.name.context))
    if store.keys.find_kek(record.kek.name.checked()) == record.kek:
        return False
    store.keys.put_kek(record.kek)
    return True


def _write_dek(_ports: Ports, store: SchemaStore, record: DekRecord) -> bool:
    slot = record.dek.slot
    if store.keys.find_kek(slot.kek) is None:
        raise KeyNotFoundError(slot.kek.name)
    if record.dek in store.keys.deks(slot.kek, slot.subject.checked()):
        return False
    store.keys.put_dek(record.dek)
    return True


def _hold_importing(store: SchemaStore, context: str) -> None:
    scope = Subject("", context)
    if store.policy(scope).mode is not Mode.IMPORT:
        raise OperationNotPermittedError(refusal(scope, "is not in import mode"))


def _hold_scope(scope: Subject) -> None:
    """Refuse a place of which nothing can be said."""
    if scope == Subject("", GLOBAL_CONTEXT):
        return
    if not scope.context.startswith(".") or ":" in scope.context:
        raise InvalidSubjectError(str(scope))
    try:
        replace(scope, name=scope.name or "any").checked()
    except InvalidSubjectError as error:
        raise InvalidSubjectError(str(scope)) from error


def _hold_writable(store: SchemaStore, scope: Subject) -> None:
    if store.policy(scope).mode.is_read_only:
        raise OperationNotPermittedError(refusal(scope, "is in read-only mode"))


_WRITERS: Final[Mapping[type[Arriving], Callable[[Ports, SchemaStore, Any], bool]]] = {
    ContextRecord: _write_context,
    AliasRecord: _write_alias,
    ConfigRecord: _write_config,
    ModeRecord: _write_mode,
    PoliciesRecord: _write_policies,
    AssociationRecord: _write_association,
    KekRecord: _write_kek,
    DekRecord: _write_dek,
}
