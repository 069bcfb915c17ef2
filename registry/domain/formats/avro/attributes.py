"""The attributes of the objects that a schema is made of, checked one by one.

Source: Avro 1.12 specification, "Schema Declaration" and "Names".
"""

from collections.abc import Mapping
from typing import Any, Final

from registry.domain import json_text
from registry.domain.formats.avro.faults import FaultError, shown
from registry.domain.formats.avro.names import (
    PRIMITIVES,
    is_name,
    is_namespace,
    joined,
)
from registry.domain.formats.avro.nodes import Props
from registry.domain.limits import Limits
from registry.domain.rules import Spot
from registry.domain.schema import Strictness

Object = Mapping[str, Any]

OF_TYPES: Final = frozenset(
    {
        *("type", "name", "namespace", "doc", "aliases"),
        *("fields", "symbols", "items", "values", "size"),
    }
)
"""What is never a property of a type, whatever its kind."""

OF_ENUMS: Final = OF_TYPES | {"default"}
OF_FIELDS: Final = frozenset(("name", "type", "doc", "default", "order", "aliases"))
ORDERS: Final = ("ascending", "descending", "ignore")

_NAME_RULE: Final = "letters of ASCII, digits and '_', no digit first"


def props(value: Object, reserved: frozenset[str]) -> Props:
    """Return what the specification does not name, in the order written."""
    return {name: each for name, each in value.items() if name not in reserved}


class Attributes:
    """Reads single attributes, and says what was expected where they are wrong.

    Attributes:
        source: Of the spots: empty for the text submitted.

    """

    def __init__(self, source: str, strictness: Strictness, limits: Limits) -> None:
        self.source = source
        self._strictness = strictness
        self._is_strict = strictness is Strictness.STRICT
        self._limits = limits
        self._max_name_length = limits.max_name_length

    def fault(self, reason: str, pointer: str, *below: str) -> FaultError:
        """Return the error for what stands at a pointer, or at a member below it."""
        inner = "".join(f"/{json_text.escaped(each)}" for each in below)
        return FaultError(reason, Spot(f"{pointer}{inner}", self.source))

    def required(self, value: Object, name: str, pointer: str) -> Any:
        if name in value:
            return value[name]
        raise self.fault(f"expected the attribute '{name}' in this object", pointer)

    def text(self, value: Object, name: str, pointer: str) -> str:
        found = value.get(name)
        if isinstance(found, str):
            return found
        self.required(value, name, pointer)
        raise self.fault(f"expected a text, found {shown(found)}", pointer, name)

    def entries(self, value: Object, name: str, pointer: str) -> list[Any]:
        found = self.required(value, name, pointer)
        if isinstance(found, list):
            return found
        raise self.fault(f"expected a list, found {shown(found)}", pointer, name)

    def doc(self, value: Object, pointer: str) -> str | None:
        if value.get("doc") is None:
            return None
        doc = self.text(value, "doc", pointer)
        if len(doc) > self._limits.max_doc_length:
            reason = (
                f"expected at most {self._limits.max_doc_length} characters of"
                f" documentation, found {len(doc)}"
            )
            raise self.fault(reason, pointer, "doc")
        return doc

    def order(self, value: Object, pointer: str) -> str:
        written = value.get("order", ORDERS[0])
        order = written.lower() if isinstance(written, str) else ""
        if order in ORDERS:
            return order
        reason = f"expected one of {', '.join(ORDERS)}, found {shown(written)}"
        raise self.fault(reason, pointer, "order")

    def field_name(self, value: Object, pointer: str) -> str:
        name = self.text(value, "name", pointer)
        self._check_name(name, "the name of a field", pointer, "name")
        return name

    def field_aliases(self, value: Object, pointer: str) -> tuple[str, ...]:
        aliases = self._aliases(value, pointer)
        if self._is_strict:
            for index, alias in enumerate(aliases):
                at = (pointer, "aliases", str(index))
                self._check_name(alias, "the name of a field", *at)
        return aliases

    def symbols(self, value: Object, pointer: str) -> tuple[str, ...]:
        symbols = self.entries(value, "symbols", pointer)
        if len(symbols) > self._limits.max_enum_symbols:
            reason = f"expected at most {self._limits.max_enum_symbols} symbols"
            found = f"{reason}, found {len(symbols)}"
            raise self.fault(found, pointer, "symbols")
        seen: set[str] = set()
        for index, symbol in enumerate(symbols):
            at = (pointer, "symbols", str(index))
            if not isinstance(symbol, str):
                raise self.fault(f"expected a symbol, found {shown(symbol)}", *at)
            self._check_name(symbol, "a symbol", *at)
            if symbol in seen:
                raise self.fault(_repeated("symbol", symbol), *at)
            seen.add(symbol)
        return tuple(symbols)

    def symbol_default(
        self, value: Object, symbols: tuple[str, ...], pointer: str
    ) -> str | None:
        default = value.get("default")
        if default is None or default in symbols:
            return default
        reason = f"expected one of the enum's symbols, found {shown(default)}"
        raise self.fault(reason, pointer, "default")

    def size(self, value: Object, pointer: str) -> int:
        size = self.required(value, "size", pointer)
        if type(size) is int and 0 <= size < 2**31:
            return size
        reason = f"expected a size from 0 to 2147483647, found {shown(size)}"
        raise self.fault(reason, pointer, "size")

    def head(self, value: Object, pointer: str, namespace: str) -> dict[str, Any]:
        """Return what all named types have, as arguments of their constructors.

        Args:
            namespace: The one around the type.

        """
        name, namespace = self._full_name(value, pointer, namespace)
        return {
            "name": name,
            "namespace": namespace,
            "spot": Spot(pointer, self.source),
            "doc": self.doc(value, pointer),
            "aliases": self._type_aliases(value, pointer, namespace),
        }

    def _full_name(
        self, value: Object, pointer: str, namespace: str
    ) -> tuple[str, str]:
        """The simple name and its namespace: dotted, else given, else around."""
        name, at = self.text(value, "name", pointer), "name"
        if "." in name:
            namespace, _, name = name.rpartition(".")
            if self._is_strict and not namespace:
                reason = "expected a namespace before the first dot, found none"
                raise self.fault(reason, pointer, "name")
        elif value.get("namespace") is not None:
            namespace, at = self.text(value, "namespace", pointer), "namespace"
        self._check_name(name, "the name of a type", pointer, "name")
        if not is_namespace(namespace, self._strictness):
            reason = f"expected a namespace, each part {_NAME_RULE}, found"
            raise self.fault(f"{reason} {shown(namespace)}", pointer, at)
        full_name = joined(namespace, name)
        if (name if self._is_strict else full_name) in PRIMITIVES:
            reason = f"expected a name that no primitive type has, found {shown(name)}"
            raise self.fault(reason, pointer, "name")
        self._check_length(full_name, pointer, "name")
        return name, namespace

    def _type_aliases(
        self, value: Object, pointer: str, namespace: str
    ) -> tuple[str, ...]:
        """The full names of aliases; without a dot, in the type's own namespace."""
        aliases = self._aliases(value, pointer)
        for index, alias in enumerate(aliases):
            space, dot, name = alias.rpartition(".")
            at = (pointer, "aliases", str(index))
            self._check_name(name, "the name of a type", *at)
            if not is_namespace(space, self._strictness) or (
                self._is_strict and dot and not space
            ):
                reason = f"expected a namespace, each part {_NAME_RULE}, found"
                raise self.fault(f"{reason} {shown(space)}", *at)
        return tuple(
            alias if "." in alias else joined(namespace, alias) for alias in aliases
        )

    def _aliases(self, value: Object, pointer: str) -> tuple[str, ...]:
        if "aliases" not in value:
            return ()
        aliases = self.entries(value, "aliases", pointer)
        seen: dict[str, None] = {}
        for index, alias in enumerate(aliases):
            at = (pointer, "aliases", str(index))
            if not isinstance(alias, str):
                raise self.fault(f"expected a name, found {shown(alias)}", *at)
            self._check_length(alias, *at)
            if alias in seen and self._is_strict:
                raise self.fault(_repeated("alias", alias), *at)
            seen[alias] = None
        return tuple(seen)

    def _check_name(self, name: str, what: str, pointer: str, *below: str) -> None:
        if len(name) <= self._max_name_length and is_name(name, self._strictness):
            return
        self._check_length(name, pointer, *below)
        rule = _NAME_RULE if self._is_strict else "letters, digits and '_'"
        reason = f"expected {what}, {rule}, found {shown(name)}"
        raise self.fault(reason, pointer, *below)

    def _check_length(self, name: str, pointer: str, *below: str) -> None:
        if len(name) > self._max_name_length:
            reason = (
                f"expected a name of at most {self._max_name_length}"
                f" characters, found {len(name)}"
            )
            raise self.fault(reason, pointer, *below)


def _repeated(what: str, name: str) -> str:
    return f"expected each {what} once, found {shown(name)} again"
