"""Whether the defaults of fields fit their types.

Source: Avro 1.12 specification, section "Complex Types", table of default values; the
default of a union may fit any branch.
"""

import math
import re
from collections.abc import Callable, Iterable
from graphlib import CycleError, TopologicalSorter
from typing import Any, Final

from registry.domain.formats.avro.faults import FaultError, shown
from registry.domain.formats.avro.nodes import (
    Array,
    Field,
    Map,
    Named,
    Node,
    Record,
    Union,
)
from registry.domain.rules import Spot

_FLOATING: Final = ("float", "double")
_DECIMAL: Final = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_NOT_FINITE: Final = {
    "NaN": "NaN",
    "Infinity": "Infinity",
    "+Infinity": "Infinity",
    "-Infinity": "-Infinity",
}


def _is_integer(bits: int) -> Callable[[Any], bool]:
    bound = 1 << (bits - 1)
    return lambda value: type(value) is int and -bound <= value < bound


def _is_number(value: Any) -> bool:
    return type(value) in (int, float)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


_FITS: Final[dict[str, Callable[[Any], bool]]] = {
    "null": lambda value: value is None,
    "boolean": lambda value: isinstance(value, bool),
    "int": _is_integer(32),
    "long": _is_integer(64),
    "float": _is_number,
    "double": _is_number,
    # What the text says is unchecked, as in Java: the bytes of a fixed type, the
    # symbol of an enum.
    "bytes": _is_text,
    "string": _is_text,
    "enum": _is_text,
    "fixed": _is_text,
}


def as_written(node: Node, value: Any) -> Any:
    """Return a field's default as Java keeps it.

    Java reads a text as a number where a float or double is due. What JSON has no
    number for stays a text, spelled as Java prints it; so does what is no number.
    """
    if node.kind not in _FLOATING or not isinstance(value, str):
        return value
    if not _DECIMAL.fullmatch(value):
        return _NOT_FINITE.get(value, value)
    number = float(value)
    return number if math.isfinite(number) else str(number).replace("inf", "Infinity")


def check(fields: Iterable[Field], max_steps: int) -> None:
    """Refuse defaults that do not fit.

    To be called when all records have their fields: a default may stand for a record
    that contains the field itself.

    Args:
        max_steps: Pairs of a type and a value that may be looked at, all in all.

    Raises:
        FaultError: At the default that does not fit, or at the field where the work
            became too much.

    """
    steps = max_steps
    relied_on: dict[Field, list[Field]] = {}
    for field in fields:
        if field.type.kind in _FLOATING and field.default in _NOT_FINITE.values():
            continue
        fitting = _Fitting(steps, field)
        if not fitting.fits(field.type, field.default):
            found = shown(field.default)
            if isinstance(field.default, int) and field.type.kind in ("int", "long"):
                found += ", out of range"
            reason = f"expected a default of type {_described(field.type)}, found"
            raise FaultError(f"{reason} {found}", _default_spot(field))
        steps = fitting.steps
        relied_on[field] = fitting.relied_on
    _check_ends(relied_on)


def _check_ends(relied_on: dict[Field, list[Field]]) -> None:
    """Refuse defaults that take themselves for members they leave out."""
    try:
        TopologicalSorter(relied_on).prepare()
    except CycleError as error:
        circle: list[Field] = error.args[1]
        names = " → ".join(field.name for field in circle[:8])
        reason = f"expected a default that ends, found one that needs itself: {names}"
        raise FaultError(reason, _default_spot(circle[0])) from error


class _Fitting:
    """One default being held against a type.

    Recursion goes no deeper than the value nests. Pairs are remembered: with two
    branches that both lead on, the work would double at each level otherwise.

    Attributes:
        steps: What is left of the work that may be done.
        relied_on: Fields whose own defaults stand in for members left out.

    """

    def __init__(self, steps: int, field: Field) -> None:
        self.steps = steps
        self.relied_on: list[Field] = []
        self._field = field
        self._seen: dict[tuple[int, int], bool] = {}

    def fits(self, node: Node, value: Any) -> bool:
        if node.kind in _FITS:
            return _FITS[node.kind](value)
        key = (id(node), id(value))
        if key not in self._seen:
            self._spend()
            self._seen[key] = self._fits_inside(node, value)
        return self._seen[key]

    def _fits_inside(self, node: Node, value: Any) -> bool:
        match node:
            case Array():
                return isinstance(value, list) and self._all(node.items, value)
            case Map():
                return isinstance(value, dict) and self._all(
                    node.values, value.values()
                )
            case Union():
                self._spend(len(node.branches))
                return any(self.fits(branch, value) for branch in node.branches)
            case Record():
                return isinstance(value, dict) and self._members_fit(node, value)
            case _:
                return False

    def _all(self, node: Node, values: Iterable[Any]) -> bool:
        for value in values:
            self._spend()
            if not self.fits(node, value):
                return False
        return True

    def _members_fit(self, record: Record, value: dict[str, Any]) -> bool:
        self._spend(len(record.fields))
        for each in record.fields:
            if each.name in value:
                if not self.fits(each.type, value[each.name]):
                    return False
            elif each.has_default:
                # It fits: it is checked by itself.
                self.relied_on.append(each)
            else:
                return False
        return True

    def _spend(self, steps: int = 1) -> None:
        self.steps -= steps
        if self.steps < 0:
            reason = "expected defaults that can be checked with less work"
            raise FaultError(reason, _default_spot(self._field))


def _default_spot(field: Field) -> Spot:
    return Spot(f"{field.spot.pointer}/default", field.spot.source)


def _described(node: Node) -> str:
    if isinstance(node, Union):
        kinds = ", ".join(_described(branch) for branch in node.branches[:8])
        return f"[{kinds}]"
    return f"{node.kind} {node.full_name}" if isinstance(node, Named) else node.kind
