"""Classes of events: dataclasses with any hints that schemas have something for."""

from collections.abc import Callable
from dataclasses import MISSING, field, make_dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal
from uuid import UUID

from hypothesis import strategies as st

from wirepact.events import (
    Alias,
    Constant,
    Digits,
    Doc,
    Fixed,
    Float32,
    Int32,
    Local,
    Millis,
    Name,
)

Draw = Callable[[st.SearchStrategy[Any]], Any]

_BOTH: tuple[Any, ...] = (
    bool,
    int,
    float,
    str,
    bytes,
    date,
    time,
    datetime,
    UUID,
    Annotated[int, Int32],
    Literal["S", "M"],
)
_AVRO = (
    Annotated[float, Float32],
    Annotated[Decimal, Digits(9, 2)],
    Annotated[datetime, Millis],
    Annotated[datetime, Local],
    Annotated[time, Millis],
    Annotated[bytes, Fixed("Hash", 4)],
    Annotated[timedelta, Fixed("Span", 12)],
)
_JSON = (Decimal, timedelta, Any)

_NAMES = ("order_id", "sku", "unit_price", "class_", "x1", "total")
_DEFAULTS: dict[Any, Any] = {
    bool: True,
    int: -7,
    float: 2.5,
    str: 'a "quoted"\ntext',
    bytes: b"\x00'\"\xff",
    date: date(2026, 2, 28),
    UUID: UUID(int=7),
    Literal["S", "M"]: "M",
}
_DOCS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12)


class Status(Enum):
    NEW = "NEW"
    LOST = "lost"


@st.composite
def event_models(draw: Draw, *, is_avro: bool, depth: int = 2) -> type[Any]:
    """A dataclass; its name is not used by another one that it contains."""
    return _model(draw, is_avro, depth, f"Order{depth}")


def _model(draw: Draw, is_avro: bool, depth: int, name: str) -> type[Any]:  # noqa: FBT001 - a draw
    scalars = (*_BOTH, *(_AVRO if is_avro else _JSON))
    members = []
    for number, attribute in enumerate(
        draw(st.lists(st.sampled_from(_NAMES), min_size=1, max_size=4, unique=True))
    ):
        hint = _hint(draw, scalars, is_avro, depth, f"{name}P{number}")
        hint, default = _with_default(draw, hint)
        members.append((attribute, _marked(draw, hint, attribute), default))
    return make_dataclass(name, members, kw_only=True, frozen=True)


def _hint(
    draw: Draw,
    scalars: tuple[Any, ...],
    is_avro: bool,  # noqa: FBT001 - a draw
    depth: int,
    name: str,
) -> Any:
    kind = draw(st.integers(0, 6 if depth else 1))
    if kind < 2:
        return draw(st.sampled_from((*scalars, Status)))
    if kind == 2:
        return _model(draw, is_avro, depth - 1, name)
    inner = _hint(draw, scalars, is_avro, depth - 1, name)
    if kind == 3:
        return list.__class_getitem__(inner)
    if kind == 4:
        return dict.__class_getitem__((str, inner))
    return inner if inner is Any else inner | None


def _with_default(draw: Draw, hint: Any) -> tuple[Any, Any]:
    if draw(st.booleans()):
        return hint, field()
    if hint in _DEFAULTS:
        return hint, field(default=_DEFAULTS[hint])
    if hint == list[str]:
        return hint, field(default_factory=Constant(lambda: ["a", "b"]))
    if getattr(hint, "__origin__", None) in {list, dict}:
        return hint, field(default_factory=hint.__origin__)
    if hint is not Any and type(None) in getattr(hint, "__args__", ()):
        return hint, field(default=None)
    return hint, field(default=MISSING)


def _marked(draw: Draw, hint: Any, attribute: str) -> Any:
    marks: list[Any] = []
    if draw(st.integers(0, 4)) == 0:
        marks.append(Name(f"the_{attribute}"))
    if draw(st.integers(0, 3)) == 0:
        marks.append(Doc(draw(_DOCS)))
    if draw(st.integers(0, 5)) == 0:
        marks.append(Alias(f"old_{attribute}"))
    for mark in marks:
        hint = Annotated[hint, mark]
    return hint
