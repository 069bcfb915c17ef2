"""From the type hints of a class to an Avro schema.

The same class gives the same text, whatever was derived before.
"""

import enum
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from wirepact.events.avro_defaults import default_as_json, with_default_first
from wirepact.events.defaults import default_of
from wirepact.events.docs import doc_of
from wirepact.events.faults import EventTypeError
from wirepact.events.marks import Fixed, Unit, Width
from wirepact.events.members import MISSING, Member, members_of, place
from wirepact.events.names import find_full_name, find_names
from wirepact.events.naming import Naming, spelled
from wirepact.events.shapes import (
    Anything,
    Choices,
    Collection,
    Constants,
    Either,
    Record,
    Scalar,
    Shape,
    Table,
    shape_of,
)
from wirepact.events.symbols import AVRO_NAME, symbols_of


def derive(cls: type, name: str, naming: Naming) -> str:
    """Return the Avro schema of a class.

    Raises:
        EventTypeError: Avro has nothing for one of the fields.

    """
    tree = _Deriver(cls, name, naming).record(cls, name)
    return json.dumps(tree, ensure_ascii=False, separators=(",", ":"))


@dataclass(slots=True)
class _Deriver:
    root: type
    root_name: str
    naming: Naming
    defined: dict[str, Any] = field(default_factory=dict)

    def record(self, cls: type, full_name: str) -> Any:
        where = place(cls)
        if self._is_defined(full_name, cls, where):
            return full_name
        names = find_names(cls)
        fields: list[dict[str, Any]] = []
        tree = {
            **self._head("record", full_name, where),
            **_about(doc_of(cls), names.aliases if names else ()),
            "fields": fields,
        }
        for member in members_of(cls):
            fields.append(self._field(cls, member, fields))
        return tree

    def _field(
        self, cls: type, member: Member, earlier: list[dict[str, Any]]
    ) -> dict[str, Any]:
        where = place(cls, member.name)
        name = member.schema_name or spelled(member.name, self.naming)
        _check_name(name, where)
        if any(each["name"] == name for each in earlier):
            raise EventTypeError(
                where, f'another field is called {name!r} too; mark one Name("...")'
            )
        shape, default = shape_of(member.hint, where), default_of(member)
        stated: dict[str, Any] = {}
        if default is not MISSING:
            shape = with_default_first(shape, default, where)
            stated["default"] = default_as_json(shape, default, where, self.naming)
        suggested = f"{cls.__name__}{_pascal(member.name)}"
        kind = self.kind_of(shape, where, suggested)
        return {
            "name": name,
            "type": kind,
            **stated,
            **_about(member.doc, member.aliases),
        }

    def kind_of(self, shape: Shape, where: str, suggested: str) -> Any:
        """Return the type of a shape.

        Args:
            suggested: A name for a type that the class gives none.

        """
        match shape:
            case Scalar():
                return self._scalar(shape, where)
            case Choices():
                return self._enum(shape.cls, where)
            case Constants():
                return self._constants(shape, where, suggested)
            case Collection():
                item = self.kind_of(shape.item, where, suggested)
                return {"type": "array", "items": item}
            case Table():
                return {
                    "type": "map",
                    "values": self.kind_of(shape.value, where, suggested),
                }
            case Either():
                return self._union(shape, where, suggested)
            case Record():
                return self.record(shape.cls, self._name_of(shape.cls))
            case Anything():
                raise EventTypeError(
                    where, "Avro has no type for Any; say which types it may have"
                )

    def _scalar(self, shape: Scalar, where: str) -> Any:
        if shape.fixed is not None:
            return self._fixed(shape, shape.fixed, where)
        found = _SCALARS[shape.type]
        made = found(shape, where) if callable(found) else found
        return dict(made) if isinstance(made, dict) else made

    def _fixed(self, shape: Scalar, fixed: Fixed, where: str) -> Any:
        full_name = self._qualified(fixed.name)
        if self._is_defined(full_name, fixed, where):
            return full_name
        logical, size = _FIXED[shape.type]
        if size not in {None, fixed.size}:
            raise EventTypeError(where, f"its Fixed needs {size} bytes")
        stated = {"logicalType": logical} if logical else {}
        if shape.type is Decimal:
            stated = _decimal(shape, where)
            del stated["type"]
        return {
            **self._head("fixed", full_name, where),
            "size": fixed.size,
            **stated,
            **_about(fixed.doc, fixed.aliases),
        }

    def _enum(self, cls: type[enum.Enum], where: str) -> Any:
        full_name = self._name_of(cls)
        if self._is_defined(full_name, cls, where):
            return full_name
        names, symbols = find_names(cls), symbols_of(cls)
        if not symbols:
            raise EventTypeError(where, f"{cls.__name__} has no members")
        for symbol in symbols.values():
            _check_name(symbol, where)
        default = names.default if names else None
        return {
            **self._head("enum", full_name, where),
            **_about(doc_of(cls), names.aliases if names else ()),
            "symbols": list(symbols.values()),
            **({} if default is None else {"default": symbols[default]}),
        }

    def _constants(self, shape: Constants, where: str, suggested: str) -> Any:
        kinds = {type(value) for value in shape.values}
        if kinds != {str}:
            if len(kinds) > 1:
                raise EventTypeError(where, "its Literal mixes types; write a union")
            return _SCALARS[kinds.pop()] if bool in kinds else "long"
        if not all(AVRO_NAME.match(value) for value in shape.values):
            return "string"
        full_name = self._qualified(suggested)
        if self._is_defined(full_name, shape, where):
            return full_name
        head = self._head("enum", full_name, where)
        return {**head, "symbols": list(shape.values)}

    def _union(self, shape: Either, where: str, suggested: str) -> list[Any]:
        branches = []
        for number, option in enumerate(shape.options):
            suffix = str(number) if isinstance(option, Constants) and number > 1 else ""
            branches.append(self.kind_of(option, where, suggested + suffix))
        kinds = [_branch(each) for each in branches]
        twice = {each for each in kinds if kinds.count(each) > 1}
        if twice:
            raise EventTypeError(
                where,
                f"its union has {min(twice)!r} twice, which Avro cannot tell apart;"
                " wrap one in a class",
            )
        return branches

    def _name_of(self, cls: type) -> str:
        if cls is self.root:
            return self.root_name
        return self._qualified(find_full_name(cls) or cls.__name__)

    def _qualified(self, name: str) -> str:
        """Return a name without a namespace in the one of the event."""
        namespace = self.root_name.rpartition(".")[0]
        return name if "." in name or not namespace else f"{namespace}.{name}"

    def _is_defined(self, full_name: str, what: Any, where: str) -> bool:
        """Tell whether a type was defined; note that it is now."""
        if full_name not in self.defined:
            self.defined[full_name] = what
            return False
        if self.defined[full_name] != what:
            raise EventTypeError(
                where,
                f"two types are called {full_name!r}; give one another name by @named",
            )
        return True

    def _head(self, kind: str, full_name: str, where: str) -> dict[str, Any]:
        namespace, _, name = full_name.rpartition(".")
        for part in (*(namespace.split(".") if namespace else ()), name):
            _check_name(part, where)
        spaces = {"namespace": namespace} if namespace else {}
        return {"type": kind, "name": name, **spaces}


def _pascal(name: str) -> str:
    return "".join(word[:1].upper() + word[1:] for word in name.split("_"))


def _about(doc: str | None, aliases: tuple[str, ...]) -> dict[str, Any]:
    stated: dict[str, Any] = {} if doc is None else {"doc": doc}
    return {**stated, **({"aliases": list(aliases)} if aliases else {})}


def _check_name(name: str, where: str) -> None:
    if not AVRO_NAME.match(name):
        raise EventTypeError(
            where,
            f"{name!r} is no name in Avro, which has A-Z, a-z, 0-9 and _ only;"
            ' mark it Annotated[..., Name("...")]',
        )


def _branch(kind: Any) -> str:
    """Return what tells a branch of a union from the others."""
    if not isinstance(kind, dict):
        return str(kind)
    if kind["type"] not in {"record", "enum", "fixed"}:
        return str(kind["type"])
    return f"{kind.get('namespace', '')}.{kind['name']}".lstrip(".")


def _integer(shape: Scalar, _where: str) -> Any:
    if shape.unit is not None:
        return _moment(shape, _where)
    return "int" if shape.width is Width.INT32 else "long"


def _real(shape: Scalar, _where: str) -> Any:
    return "float" if shape.width is Width.FLOAT32 else "double"


def _decimal(shape: Scalar, where: str) -> dict[str, Any]:
    digits = shape.digits
    if digits is None:
        raise EventTypeError(
            where,
            "Avro needs to know the digits of a Decimal; write"
            " Annotated[Decimal, Digits(precision=12, scale=2)]",
        )
    if not 0 <= digits.scale <= digits.precision or not digits.precision:
        raise EventTypeError(where, f"{digits!r} is no number of digits")
    kind = {"type": "bytes", "logicalType": "decimal", "precision": digits.precision}
    return kind | ({"scale": digits.scale} if digits.scale else {})


def _moment(shape: Scalar, _where: str) -> dict[str, Any]:
    unit = shape.unit or Unit.MICROS
    local = "local-" if shape.is_local else ""
    return {"type": "long", "logicalType": f"{local}timestamp-{unit.value}"}


def _time_of_day(shape: Scalar, where: str) -> dict[str, Any]:
    unit = shape.unit or Unit.MICROS
    if unit is Unit.NANOS:
        raise EventTypeError(where, "Avro counts times of day in Millis or Micros")
    kind = "int" if unit is Unit.MILLIS else "long"
    return {"type": kind, "logicalType": f"time-{unit.value}"}


def _span(shape: Scalar, where: str) -> Any:
    if shape.unit in {Unit.MILLIS, Unit.MICROS}:
        return "long"
    raise EventTypeError(
        where,
        "a timedelta is written as a number: Annotated[timedelta, Millis] or Micros; or"
        ' as Avro\'s duration: Annotated[timedelta, Fixed("Duration", 12)]',
    )


_SCALARS: Final[Mapping[Any, str | dict[str, Any] | Callable[[Scalar, str], Any]]] = {
    type(None): "null",
    bool: "boolean",
    int: _integer,
    float: _real,
    str: "string",
    bytes: "bytes",
    Decimal: _decimal,
    date: {"type": "int", "logicalType": "date"},
    time: _time_of_day,
    datetime: _moment,
    timedelta: _span,
    UUID: {"type": "string", "logicalType": "uuid"},
}

_FIXED: Final[Mapping[type, tuple[str | None, int | None]]] = {
    bytes: (None, None),
    Decimal: ("decimal", None),
    UUID: ("uuid", 16),
    timedelta: ("duration", 12),
}
