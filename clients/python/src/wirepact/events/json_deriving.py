"""From the type hints of a class to a JSON Schema of draft 2020-12.

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

from wirepact.errors import MissingExtraError
from wirepact.events.defaults import default_of
from wirepact.events.docs import doc_of
from wirepact.events.faults import EventTypeError, UnfitValueError
from wirepact.events.json_adapter import written
from wirepact.events.marks import Unit, Width
from wirepact.events.members import MISSING, Member, members_of, place
from wirepact.events.names import find_full_name
from wirepact.events.naming import Naming, spelled
from wirepact.events.shapes import (
    NONE,
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

DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"


def derive(cls: type, name: str, naming: Naming) -> str:
    """Return the JSON Schema of a class.

    Raises:
        EventTypeError: JSON Schema has nothing for one of the fields.

    """
    deriver = _Deriver(naming, cls)
    tree = {"title": name.rpartition(".")[2], **deriver.object(cls)}
    if deriver.definitions:
        tree["$defs"] = dict(sorted(deriver.definitions.items()))
    whole = {"$schema": DRAFT, **tree}
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":"))


@dataclass(slots=True)
class _Deriver:
    naming: Naming
    root: type
    definitions: dict[str, Any] = field(default_factory=dict)
    classes: dict[str, type] = field(default_factory=dict)

    def object(self, cls: type) -> dict[str, Any]:
        properties: dict[str, Any] = {}
        required = []
        for member in members_of(cls):
            where = place(cls, member.name)
            name = member.schema_name or spelled(member.name, self.naming)
            if name in properties:
                raise EventTypeError(
                    where, f'another field is called {name!r} too; mark one Name("...")'
                )
            properties[name] = self._property(member, where)
            if not member.has_default:
                required.append(name)
        return {
            **_described(doc_of(cls)),
            "type": "object",
            "properties": properties,
            **({"required": required} if required else {}),
            "additionalProperties": False,
        }

    def _property(self, member: Member, where: str) -> dict[str, Any]:
        shape, default = shape_of(member.hint, where), default_of(member)
        stated: dict[str, Any] = {}
        if default is not MISSING:
            stated["default"] = self._default(shape, default, where)
        return {
            **self.kind_of(shape, where),
            **_described(member.doc),
            **stated,
        }

    def kind_of(self, shape: Shape, where: str) -> dict[str, Any]:
        """Return the schema of a shape."""
        match shape:
            case Scalar():
                return dict(_scalar(shape, where))
            case Choices():
                return self._defined(shape.cls, lambda: _enum(shape.cls))
            case Constants():
                return {"enum": list(shape.values)}
            case Collection():
                unique = shape.build in {set, frozenset}
                return {
                    "type": "array",
                    **_unless_empty("items", self.kind_of(shape.item, where)),
                    **({"uniqueItems": True} if unique else {}),
                }
            case Table():
                value = self.kind_of(shape.value, where)
                return {
                    "type": "object",
                    **_unless_empty("additionalProperties", value),
                }
            case Either():
                return self._union(shape, where)
            case Record():
                if shape.cls is self.root:
                    return {"$ref": "#"}
                return self._defined(shape.cls, lambda: self.object(shape.cls))
            case Anything():
                return {}

    def _union(self, shape: Either, where: str) -> dict[str, Any]:
        """Return the alternatives: types in a list where they have no keywords else."""
        branches = [self.kind_of(each, where) for each in shape.options]
        types = [each["type"] for each in branches if each.keys() == {"type"}]
        if len(types) == len(branches) and len(set(types)) == len(types):
            return {"type": types}
        return {"anyOf": branches}

    def _defined(self, cls: type, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        name = (find_full_name(cls) or cls.__name__).rpartition(".")[2]
        known = self.classes.setdefault(name, cls)
        if known is not cls:
            raise EventTypeError(
                place(cls),
                f"{place(known)} is called {name!r} too; give one another by @named",
            )
        if name not in self.definitions:
            # Known before it is made, as it may contain itself.
            self.definitions[name] = {}
            self.definitions[name] = make()
        return {"$ref": f"#/$defs/{name.replace('~', '~0').replace('/', '~1')}"}

    def _default(self, shape: Shape, default: Any, where: str) -> Any:
        try:
            import msgspec
        except ModuleNotFoundError as error:
            raise MissingExtraError("JSON", "json") from error
        try:
            plain = written(shape, where, self.naming)(default)
            value = msgspec.to_builtins(plain)
            json.dumps(value, allow_nan=False)
        except (AttributeError, TypeError, UnfitValueError, ValueError) as error:
            raise EventTypeError(where, f"its default {default!r}: {error}") from error
        return value


def _described(doc: str | None) -> dict[str, Any]:
    return {} if doc is None else {"description": doc}


def _unless_empty(keyword: str, value: dict[str, Any]) -> dict[str, Any]:
    return {keyword: value} if value else {}


def _enum(cls: type[enum.Enum]) -> dict[str, Any]:
    return {**_described(doc_of(cls)), "enum": [each.value for each in cls]}


def _scalar(shape: Scalar, where: str) -> dict[str, Any]:
    if shape == NONE:
        return {"type": "null"}
    if shape.type is datetime and shape.is_local:
        raise EventTypeError(
            where, "JSON Schema's date-time has a zone; write datetime alone, or str"
        )
    if shape.unit is not None and shape.type in {datetime, timedelta}:
        return _counted(shape, where)
    if shape.width is Width.INT32:
        return {"type": "integer", "minimum": -(2**31), "maximum": 2**31 - 1}
    return _SCALARS[shape.type]


def _counted(shape: Scalar, where: str) -> dict[str, Any]:
    if shape.unit is not Unit.MILLIS:
        raise EventTypeError(
            where, "numbers of JSON hold times in Millis; leave it out to write a text"
        )
    return {"type": "integer"}


_SCALARS: Final[Mapping[type, dict[str, Any]]] = {
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    str: {"type": "string"},
    bytes: {"type": "string", "contentEncoding": "base64"},
    Decimal: {"type": "string", "format": "decimal"},
    date: {"type": "string", "format": "date"},
    time: {"type": "string", "format": "time"},
    datetime: {"type": "string", "format": "date-time"},
    timedelta: {"type": "string", "format": "duration"},
    UUID: {"type": "string", "format": "uuid"},
}
