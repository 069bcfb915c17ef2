"""Circles that make a schema useless: types without an end, aliases of each other.

Nothing in here recurses: a chain of types may be thousands long.
"""

from collections import defaultdict, deque
from collections.abc import Container, Iterable, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

from registry.domain.formats.avro.faults import FaultError, shown
from registry.domain.formats.avro.nodes import Field, Node, Record, Union
from registry.domain.rules import Spot


def check_base_cases(records: Sequence[Record]) -> None:
    """Refuse records that no finite value belongs to.

    A record needs a value for each field; a union only for one of its branches; an
    array or a map may be empty. The union without branches, which nothing belongs to
    either, is let pass: it is legal, and harmless.

    Args:
        records: All of one text, in the order of their definitions; those of other
            texts have been checked.

    Raises:
        FaultError: At the first field that leads from such a record to itself.

    """
    pending: dict[Record, set[int]] = {record: set() for record in records}
    waiting: dict[Record, list[tuple[Record, int]]] = defaultdict(list)
    for record, open_fields in pending.items():
        for index, field in enumerate(record.fields):
            for needed in _needed(field.type, pending):
                open_fields.add(index)
                waiting[needed].append((record, index))
    ready = deque(record for record in records if not pending[record])
    while ready:
        for record, index in waiting.pop(ready.popleft(), ()):
            if index in pending[record]:
                pending[record].remove(index)
                if not pending[record]:
                    ready.append(record)
    for record in records:
        if pending[record]:
            raise _endless(record, pending)


def _needed(node: Node, records: Container[Node]) -> Sequence[Record]:
    """Return the records one of which must have an end for this type to have one."""
    if isinstance(node, Record) and node in records:
        return (node,)
    if not isinstance(node, Union):
        return ()
    needed = [each for each in node.branches if isinstance(each, Record)]
    has_other = len(needed) < len(node.branches)
    return () if has_other or any(each not in records for each in needed) else needed


def _endless(record: Record, pending: Mapping[Record, set[int]]) -> FaultError:
    """Follow the fields that keep a record open until they come round."""
    way: list[Field] = []
    first_step: dict[Record, int] = {}
    while record not in first_step:
        first_step[record] = len(way)
        field = record.fields[min(pending[record])]
        way.append(field)
        record = _needed(field.type, pending)[0]
    circle = way[first_step[record] :]
    names = " → ".join(field.name for field in circle[:8])
    reason = (
        f"expected a record that can end, found {shown(record.full_name)}, whose"
        f" fields lead back to itself ({names}); make one of them a union with null,"
        " an array or a map"
    )
    return FaultError(reason, circle[0].spot)


def check_aliases(owners: Iterable[tuple[str, Sequence[str], Spot]]) -> None:
    """Refuse aliases that lead in a circle, as two names that swap places do.

    A reader that goes by such aliases could not tell which of the two was meant.

    Args:
        owners: Each name with its aliases and its place; of the same kind, and in the
            same room: all types of a text, or all fields of a record.

    Raises:
        FaultError: At the owner of a name that is, by its aliases, its own alias.

    """
    owned = {name: (aliases, spot) for name, aliases, spot in owners}
    graph = {
        name: within
        for name, (aliases, _) in owned.items()
        if aliases and (within := [alias for alias in aliases if alias in owned])
    }
    if not graph:
        return
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        circle: list[str] = error.args[1]
        way = " → ".join(circle[:8])
        reason = f"expected aliases that lead to other names, found a circle: {way}"
        raise FaultError(reason, owned[circle[0]][1]) from error
