"""What a class is called in schemas, as far as it says so itself."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, TypeVar
from weakref import WeakKeyDictionary

from wirepact.events.faults import EventTypeError

Class = TypeVar("Class", bound=type[Any])


@dataclass(frozen=True, slots=True)
class TypeNames:
    """Attributes of a named type.

    Attributes:
        name: The full name.
        doc: None for what the docstring says.
        default: Of an enum: the member that stands for unknown ones.

    """

    name: str
    aliases: tuple[str, ...] = ()
    doc: str | None = None
    default: Enum | None = None


_NAMED: Final[WeakKeyDictionary[type, TypeNames]] = WeakKeyDictionary()
_EVENTS: Final[WeakKeyDictionary[type, str]] = WeakKeyDictionary()


def named(
    name: str,
    *,
    aliases: Sequence[str] = (),
    doc: str | None = None,
    default: str | None = None,
) -> Callable[[Class], Class]:
    """Give a nested record or an enum its full name in schemas.

    Without it, a class has its own name in the namespace of the event that uses it.

    Args:
        name: With the namespace, as in `shop.Money`.
        aliases: Former names.
        doc: Instead of the docstring.
        default: Of an enum: the name of the member that readers take for a symbol they
            do not know.

    """

    def decorate(cls: Class) -> Class:
        known = None if default is None else _member(cls, default)
        _NAMED[cls] = TypeNames(name, tuple(aliases), doc, known)
        return cls

    return decorate


def note_event(cls: type, name: str) -> None:
    """Remember the name of an event, for schemas that use it as a nested record."""
    _EVENTS[cls] = name


def find_full_name(cls: type) -> str | None:
    """Return the full name of a class, as far as it was given one."""
    names = _NAMED.get(cls)
    return names.name if names is not None else _EVENTS.get(cls)


def find_names(cls: type) -> TypeNames | None:
    """Return what `named` was told about exactly this class."""
    return _NAMED.get(cls)


def _member(cls: type, name: str) -> Enum:
    if not issubclass(cls, Enum) or name not in cls.__members__:
        raise EventTypeError(cls.__qualname__, f"has no member {name!r} for a default")
    return cls.__members__[name]
