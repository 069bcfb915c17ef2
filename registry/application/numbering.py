"""Which ids versions of a plan get: the next ones, but for contents that have one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from registry.application.moving import Identified
from registry.application.planning import Plan
from registry.application.ports import Ports, SchemaReader
from registry.application.stored import NewVersion
from registry.domain import identity
from registry.domain.model import SchemaId, Subject

_MOST_AT_ONCE: Final = 1_000


@dataclass(frozen=True, slots=True)
class Numbered:
    """A version and its id; new if no version has had the content before."""

    new: NewVersion
    id: SchemaId
    is_new: bool


def numbered(
    store: SchemaReader, context: str, new: Sequence[NewVersion]
) -> Iterator[Numbered]:
    """Yield versions of a context with the ids that they get, in their order."""
    ids = _ids(store, context, new)
    last = store.max_id(context)
    for each in new:
        identified = _identified(each)
        is_new = identified not in ids
        if is_new:
            last += 1
            ids[identified] = last
        yield Numbered(each, SchemaId(ids[identified]), is_new)


def predicted(ports: Ports, plan: Plan) -> dict[Subject, SchemaId]:
    """Return which ids the plan's versions would get if it were carried out now.

    Nothing for who may not read everything: it would tell them how much is registered
    that they may not see.
    """
    if not ports.access.reads_everything:
        return {}
    by_context: dict[str, list[NewVersion]] = {}
    # What takes the place of deleted versions is written last.
    steps = [each.registers.new for each in plan.steps if each.registers]
    for each in sorted(steps, key=lambda new: bool(new.replaces)):
        by_context.setdefault(each.subject.context, []).append(each)
    if not by_context:
        return {}
    with ports.transactions.read() as store:
        return {
            each.new.subject: each.id
            for context, new in by_context.items()
            for each in numbered(store, context, new)
        }


def _ids(
    store: SchemaReader, context: str, new: Sequence[NewVersion]
) -> dict[Identified, int]:
    digests = sorted({identity.sha256(each.identity) for each in new})
    ids: dict[Identified, int] = {}
    for start in range(0, len(digests), _MOST_AT_ONCE):
        part = digests[start : start + _MOST_AT_ONCE]
        found = store.moving.identified(context, (), part)
        ids |= {content: schema_id for schema_id, content in found.items()}
    return ids


def _identified(new: NewVersion) -> Identified:
    return Identified(new.content.schema_type, identity.sha256(new.identity))
