"""Types and values put together from others, for all schema languages."""

from collections.abc import Sequence

from wirepact.gen.code import Typed, Value
from wirepact.gen.layout import (
    Alternatives,
    Group,
    Labelled,
    Piece,
    subscript,
)


def annotated(typed: Typed, *more: Piece) -> Piece:
    """Return a type with what is said about it."""
    marks = (*typed.marks, *more)
    return subscript("Annotated", typed.base, *marks) if marks else typed.base


def needs_of(typed: Typed) -> frozenset[tuple[str, str]]:
    return typed.needs | ({("typing", "Annotated")} if typed.marks else set())


def around(name: str, inner: Typed, *first: Piece) -> Typed:
    """Return a collection of a type."""
    base = subscript(name, *first, annotated(inner))
    return Typed(base, (), needs_of(inner), inner.classes)


def one_of(options: Sequence[Typed]) -> Typed:
    """Return a union, in the order of the options."""
    if len(options) == 1:
        return options[0]
    return Typed(
        Alternatives(tuple(annotated(each) for each in options)),
        needs=frozenset().union(*(needs_of(each) for each in options)),
        classes=frozenset().union(*(each.classes for each in options)),
    )


def gathered(head: str, values: list[Value], keys: list[str], tail: str) -> Value:
    pieces = tuple(
        Labelled(key, each.piece) if key else each.piece
        for key, each in zip(keys, values, strict=True)
    )
    needs = frozenset[tuple[str, str]]().union(*(each.needs for each in values))
    return Value(Group(head, pieces, tail), needs)
