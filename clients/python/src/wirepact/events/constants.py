"""Values of which there are a few: enums and literals."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wirepact.events.conversions import SAME, Apply, Attribute, Pair
from wirepact.events.faults import EventTypeError, UnfitValueError
from wirepact.events.shapes import Constants


def known_only(shape: Constants, where: str) -> Pair:
    known = Known({value: value for value in shape.values}, where)
    return Pair(SAME, Apply(known.get))


@dataclass(frozen=True, slots=True)
class Known:
    """Values by what stands for them, and an error for all others."""

    known: Mapping[Any, Any]
    where: str

    def get(self, plain: Any) -> Any:
        try:
            return self.known[plain]
        except (KeyError, TypeError):
            reason = f"{plain!r} is none of its values"
            raise UnfitValueError(reason, self.where) from None


def enum_pair(cls: type[enum.Enum], symbols: tuple[str, ...], where: str) -> Pair:
    """Symbols are the values of an enum or its names: whichever has more of them."""
    by_value = {each.value: each for each in cls if isinstance(each.value, str)}
    by_name = dict(cls.__members__)
    values, names = (len(each.keys() & set(symbols)) for each in (by_value, by_name))
    if not values and not names:
        raise EventTypeError(
            where, f"{cls.__name__} has none of the schema's symbols {symbols!r}"
        )
    attribute, known = ("_value_", by_value) if values >= names else ("_name_", by_name)
    return Pair(Attribute(attribute, cls), Apply(Known(known, where).get))
