"""CEL expressions: compiled once, held to true or false, within a budget.

An expression sees the values that it is given and nothing else: it has no functions for
files, networks or the time of day. How often it may go round is bounded by the library,
and its regular expressions take linear time.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from cel_expr_python import cel
from cel_expr_python.ext import ext_strings

MOST_CHARACTERS: Final = 4096

_FAULT: Final = re.compile(r"ERROR: <input>:(\d+):(\d+): (.*)")
_KIND: Final = re.compile(r"^[A-Z_]+: | \[[A-Z_]+\]$")
_UNDECLARED: Final = re.compile(r"undeclared reference to '([^']*)'.*")
_TOLD_CHARACTERS: Final = 300
_WORD: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class ExpressionError(ValueError):
    """An expression is none, or has no value.

    Attributes:
        reason: One sentence, no place in it.
        line: Within the expression, from 1; None where it has no place.
        column: From 1.

    """

    def __init__(
        self, reason: str, line: int | None = None, column: int | None = None
    ) -> None:
        self.reason = reason
        self.line = line
        self.column = column
        at = "" if line is None else f" (line {line}, column {column} of it)"
        super().__init__(f"{reason}{at}")


@dataclass(frozen=True, slots=True)
class Condition:
    """A compiled expression that is true or false.

    Attributes:
        names: The words in it; what it does not name need not be made ready.

    """

    text: str
    names: frozenset[str]
    _expression: cel.Expression

    def holds(self, variables: Mapping[str, Any]) -> bool:
        """Say whether it is true of some values.

        Raises:
            ExpressionError: It comes to nothing, or to something else.

        """
        given = {name: variables[name] for name in variables if name in self.names}
        try:
            value = self._expression.eval(data=given)
            if value.type() == cel.Type.BOOL:
                return bool(value.plain_value())
            if value.type() in (cel.Type.ERROR, cel.Type.UNKNOWN):
                raise ExpressionError(_told(value.plain_value()))
            found = value.type().name()
        except (RuntimeError, TypeError, OverflowError) as error:
            raise ExpressionError(_told(error)) from error
        raise ExpressionError(f"expected true or false, found {found}")


@cache
def compiled(text: str, variables: tuple[str, ...]) -> Condition:
    """Compile an expression, once.

    Raises:
        ExpressionError: It is none, names something unknown, or is neither true nor
            false whatever it is given.

    """
    if not text.strip():
        raise ExpressionError("expected a CEL expression, found an empty text")
    if len(text) > MOST_CHARACTERS:
        reason = f"expected at most {MOST_CHARACTERS} characters, found {len(text)}"
        raise ExpressionError(reason)
    try:
        expression = _environment(variables).compile(text)
    # The errors of the C++ library have no class of their own.
    except (RuntimeError, ValueError, TypeError) as error:
        raise _refusal(error, variables) from error
    if (kind := expression.return_type()) not in (cel.Type.BOOL, cel.Type.DYN):
        raise ExpressionError(f"expected true or false, found {kind.name()}")
    return Condition(text, frozenset(_WORD.findall(text)), expression)


def bound(value: Any) -> Any:
    """Return a value as the library takes it.

    Its texts end at the first NUL, which is shown by a sign for it instead; integers
    beyond 64 bits become texts.
    """
    if isinstance(value, str):
        return value.replace("\0", "\u2400")
    if isinstance(value, Mapping):
        return {bound(str(key)): bound(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [bound(each) for each in value]
    is_large = type(value) is int and not -(2**63) <= value < 2**63
    return str(value) if is_large else value


@cache
def _environment(variables: Sequence[str]) -> cel.Env:
    return cel.NewEnv(
        variables=dict.fromkeys(variables, cel.Type.DYN),
        extensions=[ext_strings.ExtStrings()],
    )


def _refusal(error: Exception, variables: Sequence[str]) -> ExpressionError:
    fault = _FAULT.search(str(error))
    if fault is None:
        return ExpressionError(f"no CEL expression: {_told(error)}")
    line, column, reason = fault.groups()
    at = int(column)
    if (unknown := _UNDECLARED.match(reason)) is not None:
        known = ", ".join(variables)
        name, dot, _member = unknown[1].partition(".")
        # Of `a.b.c`, the library points to the last dot.
        at -= unknown[1].rindex(".") if dot else 0
        reason = f"'{name}' is not known here; expected one of {known}"
    else:
        reason = f"no CEL expression: {_told(reason)}"
    return ExpressionError(reason, int(line), max(1, at))


def _told(reason: object) -> str:
    text = " ".join(str(reason).split())
    while (shorter := _KIND.sub("", text)) != text:
        text = shorter
    return text[:_TOLD_CHARACTERS]
