"""Expressions of rules held to what they are about: names, types, and that they end.

An expression is compiled as clients compile it, but for the type of `message`, which
clients do not know. What only the stricter types refuse, and every client takes, is no
fault: whether it has a value is seen when rules are tried.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from cel_expr_python import cel

from registry.domain.rules import Severity
from registry.gate.odcs import nearest
from registry.gate.quality.shapes import Declared, Struct
from registry.gate.quality.written import Written
from wirepact.rules.cel import MESSAGE, NOW, VARIABLES, environment, parts

_FAULT: Final = re.compile(r"ERROR: <input>:(-?\d+):(-?\d+): (.*)")
_CODES: Final = re.compile(r"^[A-Z_]+: |^Syntax error: | expecting .*| \[[A-Z_]+\]$")
_UNDECLARED: Final = re.compile(r"undeclared reference to '([^']*)'")
_UNDEFINED: Final = re.compile(r"undefined field '([^']*)' not found in struct '(.*)'")
_OVERLOAD: Final = re.compile(
    r"found no matching overload for '(.*)' applied to '(.*)'"
)
_RANGE: Final = "cannot be the range of a comprehension"
_WORD: Final = re.compile(r"\w+|.")
_NUMBERS: Final = frozenset({"int", "uint", "double"})
_COMPARING: Final = frozenset({"_==_", "_!=_", "_<_", "_<=_", "_>_", "_>=_", "@in"})
_OF_MAPPINGS: Final = frozenset({"_==_", "_!=_", "@in", "_[_]", "size"})
_CHOOSING: Final = "_?_:_"
_TOLD_CHARACTERS: Final = 300
_MOST_NAMES: Final = 12
_SHOWN: Final[Mapping[str, str]] = {
    "@in": "in",
    "_[_]": "[]",
    "!_": "!",
    "-_": "-",
}
_WELL_KNOWN: Final[Mapping[str, str]] = {
    "google.protobuf.Timestamp": "timestamp",
    "google.protobuf.Duration": "duration",
}
_WHOLE: Final = (MESSAGE, NOW)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with an expression.

    Attributes:
        line: Within the expression, from 1; None for the expression as a whole.
        column: In characters, from 1.
        length: How many characters the word there has.

    """

    reason: str
    severity: Severity = Severity.ERROR
    line: int | None = None
    column: int = 1
    length: int = 1


def fault(written: Written, types: Declared) -> Fault | None:
    """Return the first thing that is wrong with a rule's expression, errors first."""
    guard, body = parts(written.expression)
    if not body.strip():
        return Fault("expected a CEL expression, found none")
    # Places are those of the whole, so what stands before keeps its room.
    blank = re.sub(r"[^\n]", " ", written.expression[: -len(body)])
    found = [*_of(guard, written, types)] if guard.strip() else []
    found += _of(f"{blank}{body}", written, types, is_condition=written.is_condition)
    found.sort(key=lambda each: each.severity is not Severity.ERROR)
    return found[0] if found else None


def _of(
    text: str, written: Written, types: Declared, *, is_condition: bool = True
) -> Iterator[Fault]:
    try:
        expression = _environment(types, written.is_about_fields).compile(text)
    except TypeError:
        # What cannot be handed over to the library has no error of its own.
        yield Fault("no CEL expression: it is no Unicode")
    # The errors of the C++ library have no class of their own.
    except (RuntimeError, ValueError) as error:
        variables = _variables(types, written.is_about_fields)
        yield from _told(str(error), text, tuple(variables), types)
    else:
        kind = expression.return_type()
        if is_condition and kind not in (cel.Type.BOOL, cel.Type.DYN):
            yield Fault(f"expected true or false, found {kind.name().lower()}")


@lru_cache(maxsize=4)
def _environment(types: Declared, is_about_fields: bool) -> cel.Env:  # noqa: FBT001 - a key
    variables = _variables(types, is_about_fields)
    return environment(types.pool, types.container, variables)


def _variables(types: Declared, is_about_fields: bool) -> dict[str, cel.Type]:  # noqa: FBT001 - likewise
    """Return what is bound for a rule of this type, and nothing else."""
    if is_about_fields:
        return dict(VARIABLES)
    found = {name: VARIABLES[name] for name in _WHOLE}
    if types.type_name:
        found[MESSAGE] = cel.Type(types.type_name)
    return found


def _told(
    error: str, text: str, variables: tuple[str, ...], types: Declared
) -> Iterator[Fault]:
    found = _FAULT.findall(error)
    if not found:
        yield Fault(f"no CEL expression: {plain(error)}")
    lines = text.split("\n")
    for at_line, at_column, reason in found:
        line, column = int(at_line), int(at_column)
        said = lines[line - 1] if 1 <= line <= len(lines) else ""
        is_call = said[column - 1 : column] == "("
        told = _reworded(reason, variables, types, is_call=is_call)
        if told is not None:
            severity = Severity.WARNING if _is_open(reason, types) else Severity.ERROR
            fault = Fault(told, severity)
            # What is wrong with the whole has no place.
            yield _at(fault, reason, said, line, max(column - 1, 0)) if said else fault


def _at(fault: Fault, reason: str, said: str, line: int, at: int) -> Fault:
    """Return a fault at the name that is meant; the library points before or after."""
    if (unknown := _UNDECLARED.match(reason)) is not None:
        name = unknown[1]
        is_call = said[at : at + 1] == "("
        at -= len(name) if is_call else max(name.rfind("."), 0)
    elif (undefined := _UNDEFINED.match(reason)) is not None:
        at = max(said.find(undefined[1], at), at)
    word = _WORD.match(said, at)
    length = len(word[0]) if word else 1
    return replace(fault, line=line, column=at + 1, length=length)


def _reworded(
    reason: str, variables: tuple[str, ...], types: Declared, *, is_call: bool
) -> str | None:
    """Return a reason in plain words; None for what every client takes.

    Args:
        is_call: Whether it is about what is called there.

    """
    if (unknown := _UNDECLARED.match(reason)) is not None:
        if is_call:
            return f"there is no function '{unknown[1]}'"
        name = unknown[1].partition(".")[0]
        meant = nearest(name, dict.fromkeys(variables))
        hint = f"did you mean '{meant}'?" if meant else f"there are {_all(variables)}"
        return f"there is no '{name}' here; {hint}"
    if (undefined := _UNDEFINED.match(reason)) is not None:
        return _undefined(undefined[1], types.structs.get(undefined[2]), undefined[2])
    if (overload := _OVERLOAD.match(reason)) is not None:
        function, given = overload[1], _arguments(overload[2])
        if _is_taken(function, given, types):
            return None
        shown = _SHOWN.get(function, function.strip("_"))
        told = " and ".join(_shown(each, types) for each in given)
        return f"'{shown}' cannot be applied to {told}"
    if _RANGE in reason and types.are_mappings:
        return None
    return f"no CEL expression: {plain(reason)}"


def _undefined(name: str, struct: Struct | None, type_name: str) -> str:
    known = struct.fields if struct else {}
    shown = struct.name if struct else type_name
    meant = nearest(name, known)
    hint = f"did you mean '{meant}'?" if meant else f"there are {_all(known)}"
    return f"{shown} has no field '{name}'; {hint}"


def _all(names: Mapping[str, object] | tuple[str, ...]) -> str:
    shown = ", ".join([*names][:_MOST_NAMES]) or "none"
    return f"{shown} and more" if len(names) > _MOST_NAMES else shown


def _is_open(reason: str, types: Declared) -> bool:
    """Say whether a field that is not named may be there nevertheless."""
    undefined = _UNDEFINED.match(reason)
    struct = types.structs.get(undefined[2]) if undefined else None
    return struct is not None and struct.is_open


def _is_taken(function: str, given: list[str], types: Declared) -> bool:
    """Say whether types that do not match are none when rules are executed."""
    kinds = {_bare(each) for each in given}
    # Nulls are looked for everywhere; what is of no type has been told of already.
    if function == _CHOOSING or kinds & {"null_type", "*error*"}:
        return True
    numbers = kinds | {_element(given[-1])} if function == "@in" else kinds
    is_of_numbers = numbers - {"list"} <= _NUMBERS
    if is_of_numbers and (function in _COMPARING or types.mixes_numbers):
        return True
    is_of_mappings = types.are_mappings and any(each in types.structs for each in given)
    return is_of_mappings and function in _OF_MAPPINGS


def _arguments(told: str) -> list[str]:
    """Return the types of a call: `(map(string, dyn), int)`."""
    found, depth, word = [""], 0, told.strip()[1:-1]
    for each in word:
        depth += (each == "(") - (each == ")")
        if each == "," and depth == 0:
            found.append("")
        else:
            found[-1] += each
    return [each.strip() for each in found]


def _bare(name: str) -> str:
    """Return a type without what is inside it: that of a wrapper, and `list`."""
    if name.startswith("wrapper("):
        return name[len("wrapper(") : -1]
    return name.partition("(")[0]


def _element(name: str) -> str:
    return name[len("list(") : -1] if name.startswith("list(") else name


def _shown(name: str, types: Declared) -> str:
    struct = types.structs.get(name)
    if struct is not None:
        return struct.name
    for full_name, each in types.structs.items():
        name = re.sub(rf"{re.escape(full_name)}\b", each.name, name)
    return _WELL_KNOWN.get(name, name)


def plain(reason: str) -> str:
    """Return what the library says, without its codes."""
    told = " ".join(reason.split())
    while (shorter := _CODES.sub("", told)) != told:
        told = shorter
    return told[:_TOLD_CHARACTERS]
