"""The defaults of fields, as far as they are the same each time."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from wirepact.events.members import MISSING, Member, is_record, members_of

_CONSTANT_FACTORIES: Final = frozenset({list, dict, set, frozenset, tuple})


@dataclass(frozen=True, slots=True)
class Constant:
    """A default factory that gives an equal value each time, which schemas may state.

    `field(default_factory=Constant(lambda: ["EUR"]))`
    """

    make: Callable[[], Any]

    def __call__(self) -> Any:
        return self.make()


def default_of(member: Member) -> Any:
    """Return the default that a schema can state; `MISSING` if there is none.

    A factory may give something else each time, such as an id or the time, so only
    those of empty collections and of records of defaults are called.
    """
    if member.factory is None:
        return member.default
    factory: Any = member.factory
    is_constant = (
        isinstance(factory, Constant)
        or any(factory is each for each in _CONSTANT_FACTORIES)
        or (
            is_record(factory)
            and all(default_of(each) is not MISSING for each in members_of(factory))
        )
    )
    return factory() if is_constant else MISSING
