"""Taking versions over from another registry, with the ids and numbers that they have.

Nothing is compared, merged or held to the letter: the other registry has done so. What
stays are the limits, and that an id means one content.
"""

from collections.abc import Sequence

from registry.application import plans
from registry.application.moving import Identified
from registry.application.plans import Plan, Request
from registry.application.ports import SchemaStore
from registry.application.stored import (
    AuditEntry,
    Policy,
    Visibility,
)
from registry.domain.configuration import Mode
from registry.domain.errors import (
    IdDoesNotMatchError,
    InvalidSchemaError,
    OperationNotPermittedError,
    ReferenceExistsError,
)
from registry.domain.identity import identity_bytes, sha256
from registry.domain.model import (
    LATEST,
    MAX_NUMBER,
    Content,
    SchemaId,
    SchemaVersion,
    Subject,
    Version,
)
from registry.domain.references import target


def planned(
    request: Request, policy: Policy, content: Content, history: Sequence[SchemaVersion]
) -> Plan | SchemaVersion:
    """Return what to write, or the version if it is there just as it is asked for.

    Raises:
        InvalidSchemaError: The id or the number is out of range, or, where only the
            schema is taken over, the number is not the next one.
        TooManyVersionsError: The subject has as many versions as it may.

    """
    if policy.mode is not Mode.IMPORT:
        return Plan(plans.next_version(request, content, history), policy)
    schema_id = _id(request)
    number = _number(request, history)
    there = next((each for each in history if each.version == number), None)
    if (
        there is not None
        and not there.is_deleted
        and (there.schema_id, there.content) == (schema_id, content)
    ):
        return there
    new = plans.numbered(request, number, content, history)
    return Plan(new, policy, schema_id)


def place(
    store: SchemaStore, plan: Plan, schema_id: SchemaId, entry: AuditEntry
) -> None:
    """Write a planned version under its given id.

    Raises:
        OperationNotPermittedError: The id has another content, or had one.
        IdDoesNotMatchError: The content has another id.
        ReferenceExistsError: Something refers to the version that would be written
            over by something else.
        StaleRevisionError: The plan was based on what has changed.

    """
    new = plan.new
    context = new.subject.context
    referred = {target(each, context).context for each in new.content.references}
    for each in sorted({context, *referred}):
        store.lock(each)
    held = store.find_by_id(context, schema_id)
    if held is not None and not _is_same(held.content, new.content):
        raise overwriting(context, schema_id)
    meant = Identified(new.content.schema_type, sha256(new.identity))
    if store.moving.removed(context, [schema_id]).get(schema_id, meant) != meant:
        raise bringing_back(context, schema_id)
    known = store.find_id(context, new.content, new.identity)
    if known not in {None, schema_id}:
        raise IdDoesNotMatchError(schema_id, known or 0)
    _hold_meaning(store, plan)
    store.place(new, schema_id, plan.policy.revision, entry)


def overwriting(context: str, schema_id: int) -> OperationNotPermittedError:
    """Say that an id is another content's."""
    return OperationNotPermittedError(
        f"Overwrite new schema with id {schema_id} in context {Subject('', context)}"
        " is not permitted."
    )


def bringing_back(context: str, schema_id: int) -> OperationNotPermittedError:
    """Say that an id was another content's, with which data may still be written."""
    return OperationNotPermittedError(
        f"Overwrite new schema with id {schema_id} in context {Subject('', context)}"
        " is not permitted: the id meant another schema, which is deleted for good"
    )


def _is_same(one: Content, other: Content) -> bool:
    return one.schema_type is other.schema_type and (
        identity_bytes(one) == identity_bytes(other)
    )


def _hold_meaning(store: SchemaStore, plan: Plan) -> None:
    """Refuse to change what schemas mean that refer to the version."""
    subject, number = plan.new.subject, plan.new.version
    there = store.find_version(subject, number, Visibility.ALL)
    if there is None or _is_same(there.content, plan.new.content):
        return
    if store.referrers(subject, number):
        raise ReferenceExistsError(str(subject), number)


def _id(request: Request) -> SchemaId:
    schema_id = request.submission.schema_id
    if schema_id is None or not 1 <= schema_id <= MAX_NUMBER:
        raise InvalidSchemaError(
            f"expected the id of an imported schema from 1 to {MAX_NUMBER},"
            f" found {schema_id}"
        )
    return SchemaId(schema_id)


def _number(request: Request, history: Sequence[SchemaVersion]) -> Version:
    asked = request.submission.version
    if asked in {0, LATEST}:
        return plans.next_number(history)
    if not 1 <= asked <= MAX_NUMBER:
        raise InvalidSchemaError(
            f"expected the version of an imported schema from 1 to {MAX_NUMBER},"
            f" found {asked}"
        )
    return Version(asked)
