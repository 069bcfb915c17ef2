"""Where in a value a conversion fails, and why.

What is generated has no eye for the place. So the conversion is followed once more,
step by step, when it has failed and time does not matter any more.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, NoReturn, TypeVar

from wirepact.events.conversions import (
    Apply,
    Attempt,
    Attribute,
    Build,
    Choice,
    Conversion,
    Each,
    EachValue,
    Entry,
    FromDict,
    NotNone,
    OrNone,
    Same,
    Tagged,
    ToDict,
    Use,
)
from wirepact.events.faults import UnfitValueError

_MOST_SHOWN: Final = 60

Found = TypeVar("Found")


def explained(root: Conversion, plan: Mapping[str, Conversion], value: Any) -> str:
    """Return the place and the reason; empty if a class of the application refuses.

    Its validators have an error of their own, which says more.

    Args:
        plan: What `Use` refers to.

    """
    try:
        _Walk(plan).converted(root, value, "")
    except _FoundError as found:
        return str(found)
    return ""


class _FoundError(Exception):
    """The message says where and why; it is empty if the class itself said no."""


@dataclass(frozen=True, slots=True)
class _Walk:
    """Follows conversions as the generated functions do."""

    plan: Mapping[str, Conversion]

    def converted(self, conversion: Conversion, value: Any, path: str) -> Any:
        try:
            return _STEPS[type(conversion)](self, conversion, value, path)
        except Exception as error:
            # A text has a `count` as well: it is no item that has a wrong one.
            if isinstance(error, _FoundError) and not _is_foreign(conversion, value):
                raise
            raise _FoundError(_told(conversion, value, path, error)) from error

    def same(self, _conversion: Same, value: Any, _path: str) -> Any:
        return value

    def apply(self, conversion: Apply, value: Any, _path: str) -> Any:
        return conversion.function(value)

    def attribute(self, conversion: Attribute, value: Any, _path: str) -> Any:
        return getattr(value, conversion.name)

    def each(self, conversion: Each, value: Any, path: str) -> Any:
        return conversion.build(
            self.converted(conversion.item, item, f"{path}[{at}]")
            for at, item in enumerate(value)
        )

    def each_value(self, conversion: EachValue, value: Any, path: str) -> Any:
        return {
            key: self.converted(conversion.value, item, f"{path}[{_shown(key)}]")
            for key, item in value.items()
        }

    def or_none(self, conversion: OrNone, value: Any, path: str) -> Any:
        return None if value is None else self.converted(conversion.some, value, path)

    def not_none(self, conversion: NotNone, value: Any, path: str) -> Any:
        if value is None:
            refuse_none(conversion.place)
        return self.converted(conversion.some, value, path)

    def tagged(self, conversion: Tagged, value: Any, path: str) -> Any:
        return conversion.tag, self.converted(conversion.value, value, path)

    def choice(self, conversion: Choice, value: Any, path: str) -> Any:
        if conversion.by_tag and type(value) is tuple:
            tag, inner = value
            return self.converted(conversion.by_tag[tag], inner, path)
        found = conversion.by_type.get(type(value))
        if found is None:
            found = find_by_type(conversion.by_type, value, conversion.place)
        return self.converted(found, value, path)

    def attempt(self, conversion: Attempt, value: Any, path: str) -> Any:
        fitting = (option for holds, option in conversion.options if holds(value))
        return self.converted(next(fitting, conversion.otherwise), value, path)

    def to_dict(self, conversion: ToDict, value: Any, path: str) -> Any:
        made = {}
        for entry in conversion.entries:
            part = getattr(value, entry.attribute)
            if not (entry.is_optional and part is None):
                made[entry.key] = self._entry(entry, part, path, entry.attribute)
        return made

    def from_dict(self, conversion: FromDict, value: Any, path: str) -> Any:
        made = {}
        for entry in conversion.entries:
            if entry.key in value:
                part = value[entry.key]
                made[entry.attribute] = self._entry(entry, part, path, entry.key)
            else:
                self._absent(entry, made, path, is_needed=not entry.is_optional)
        if conversion.validate is not None:
            return conversion.validate(made)
        return conversion.construct(**made)

    def build(self, conversion: Build, value: Any, path: str) -> Any:
        made = {}
        for entry in conversion.entries:
            part = getattr(value, entry.key)
            if not entry.is_optional or _is_there(conversion, value, entry.key):
                made[entry.attribute] = self._entry(entry, part, path, entry.key)
            else:
                self._absent(entry, made, path, is_needed=entry.is_needed)
        if conversion.of is not None:
            # A message does not say which of its fields it refuses.
            for name, part in made.items():
                alone = Apply(partial(_made_with, conversion.construct, name))
                self.converted(alone, part, f"{path}.{name}")
        return conversion.construct(**made)

    def _absent(
        self, entry: Entry, made: dict[str, Any], path: str, *, is_needed: bool
    ) -> None:
        if entry.is_none_if_missing:
            made[entry.attribute] = None
        elif is_needed:
            place = f"{path}.{entry.key}".removeprefix(".")
            raise _FoundError(f"{place}: is not there, and the class has no default")

    def use(self, conversion: Use, value: Any, path: str) -> Any:
        return self.converted(self.plan[conversion.name], value, path)

    def _entry(self, entry: Entry, part: Any, path: str, name: str) -> Any:
        return self.converted(entry.conversion, part, f"{path}.{name}")


_STEPS: Final[Mapping[type, Callable[..., Any]]] = {
    Same: _Walk.same,
    Apply: _Walk.apply,
    Attribute: _Walk.attribute,
    Each: _Walk.each,
    EachValue: _Walk.each_value,
    OrNone: _Walk.or_none,
    NotNone: _Walk.not_none,
    Tagged: _Walk.tagged,
    Choice: _Walk.choice,
    Attempt: _Walk.attempt,
    ToDict: _Walk.to_dict,
    FromDict: _Walk.from_dict,
    Build: _Walk.build,
    Use: _Walk.use,
}


def refuse_none(place: str) -> NoReturn:
    """Raise what is said of None where the class has no place for it."""
    raise UnfitValueError("is None, which the class does not allow", place)


def find_by_type(known: Mapping[type, Found], value: Any, place: str) -> Found:
    """Return what is known of a value whose exact type is not."""
    for accepted, found in known.items():
        if isinstance(value, accepted):
            return found
    names = ", ".join(each.__name__ for each in known)
    raise UnfitValueError(f"{type(value).__name__} is none of {names}", place)


def _made_with(construct: Callable[..., Any], name: str, part: Any) -> Any:
    return construct(**{name: part})


def _is_there(conversion: Build, value: Any, key: str) -> bool:
    if conversion.has is None:
        return getattr(value, key) is not None
    return conversion.has(value, key)


def _told(conversion: Conversion, value: Any, path: str, error: Exception) -> str:
    is_own = isinstance(conversion, FromDict) or (
        isinstance(conversion, Build) and conversion.of is None
    )
    if is_own:
        return ""
    place = path.removeprefix(".")
    reason = _reason(conversion, value, error)
    return f"{place}: {reason}" if place else reason


def _reason(conversion: Any, value: Any, error: Exception) -> str:
    if _is_foreign(conversion, value):
        return f"{_shown(value)} is no {conversion.of.__name__}"
    if isinstance(error, UnfitValueError):
        return error.reason
    return f"{_shown(value)} does not fit: {str(error) or type(error).__name__}"


def _is_foreign(conversion: Any, value: Any) -> bool:
    wanted = getattr(conversion, "of", None)
    return wanted is not None and not isinstance(value, wanted)


def _shown(value: Any) -> str:
    """Show a value, but little of it: what is in messages should not be in logs."""
    if not (value is None or isinstance(value, str | int | float)):
        return f"a {type(value).__name__}"
    text = repr(value)
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}..."
