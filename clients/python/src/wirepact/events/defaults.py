"""The defaults of fields, as far as they are the same each time."""

from typing import Any, Final

from wirepact.events.members import MISSING, Member, is_record, members_of

_CONSTANT_FACTORIES: Final = frozenset({list, dict, set, frozenset, tuple})


def default_of(member: Member) -> Any:
    """Return the default that a schema can state; `MISSING` if there is none.

    A factory may give something else each time, such as an id or the time, so only
    those of empty collections and of records of defaults are called.
    """
    if member.factory is None:
        return member.default
    factory: Any = member.factory
    is_constant = factory in _CONSTANT_FACTORIES or (
        is_record(factory)
        and all(default_of(each) is not MISSING for each in members_of(factory))
    )
    return factory() if is_constant else MISSING
