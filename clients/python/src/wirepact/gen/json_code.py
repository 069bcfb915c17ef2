"""JSON Schemas as code.

A JSON Schema says what is valid, and not all of that is a type: lengths, patterns and
bounds are left to whoever validates, and what has no Python type at all becomes `Any`.
The reference lists both.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from wirepact.events.json_nodes import JsonDocuments, Node
from wirepact.events.naming import Naming, spelled
from wirepact.gen import json_values
from wirepact.gen.annotations import around, one_of
from wirepact.gen.code import EnumCode, FieldCode, GenError, RecordCode, Typed
from wirepact.gen.identifiers import class_name, field_name, pascal
from wirepact.gen.json_values import property_names, symbol_names
from wirepact.gen.layout import Text, literal, subscript

_EVENTS: Final = "wirepact.events"
_ANY: Final = Typed(Text("Any"), needs=frozenset({("typing", "Any")}))
_INT32: Final = (-(2**31), 2**31 - 1)

Place = tuple[str, str]
"""A schema within a document: the document's URI, and a fragment or a path of names."""


@dataclass(slots=True)
class JsonCode:
    """Makes code of one document.

    Attributes:
        foreign: The classes of other documents.
        is_as_is: Most properties are spelled as in Python.
        classes: Those made so far, by name; what they contain may come after them.
        class_of: Schemas, by the identity of their keywords, to the classes made.

    """

    documents: JsonDocuments
    title: str
    foreign: Mapping[Place, str]
    is_as_is: bool = False
    classes: dict[str, RecordCode | EnumCode] = field(default_factory=dict)
    names: dict[Place, str] = field(default_factory=dict)
    class_of: dict[int, str] = field(default_factory=dict)

    def make(self) -> str:
        """Make the classes of the document, and return the name of the root's.

        Raises:
            GenError: The document does not describe objects.

        """
        root = self.documents.resolved(self.documents.root)
        if not self._is_record(root):
            raise GenError("describes no object with properties, which an event is")
        self.is_as_is = self._prefers_as_is(root)
        name = self._class((root.base, ""), self.documents.root, self.title)
        for place, node in self._definitions():
            if self._is_record(node) or self._is_enum(node):
                self._class(place, node, place[1].rpartition("/")[2])
        return name

    def typed(self, node: Node, suggested: str) -> Typed:
        """Return the Python type of a schema.

        Args:
            suggested: A name for a class, if one is needed and the schema has none.

        """
        place, target = (
            self.documents.reference_of(node),
            self.documents.target_of(node),
        )
        if place is not None and target is not None:
            whole = self.documents.resolved(target)
            if self._is_record(whole) or self._is_enum(whole):
                return self._named(self._class(place, whole, _last(place, suggested)))
            return self.typed(target, suggested)
        node = self.documents.resolved(node)
        values = _constants(node)
        if values is not None:
            return _literals(values)
        branches = self._branches(node)
        if branches:
            options = [
                self.typed(each, f"{suggested}{number or ''}")
                for number, each in enumerate(branches)
            ]
            return one_of(list(dict.fromkeys(options)))
        kind = node.value.get("type")
        make = _KINDS.get(kind) if isinstance(kind, str) else None
        if make is None:
            return self._object(node, suggested) if self._is_record(node) else _ANY
        made: Typed = make(self, node, suggested)
        return made

    def _branches(self, node: Node) -> list[Node]:
        for keyword in ("oneOf", "anyOf"):
            stated = node.value.get(keyword)
            if isinstance(stated, list) and stated and "properties" not in node.value:
                return [node.inner(each) for each in stated]
        types = node.value.get("type")
        if isinstance(types, list):
            return [node.inner({**node.value, "type": each}) for each in types]
        return []

    def object(self, node: Node, suggested: str) -> Typed:
        if self._is_record(node):
            return self._object(node, suggested)
        inner = node.value.get("additionalProperties")
        if not isinstance(inner, dict):
            return around("dict", _ANY, Text("str"))
        return around("dict", self.typed(node.inner(inner), suggested), Text("str"))

    def _object(self, node: Node, suggested: str) -> Typed:
        title = node.value.get("title")
        name = title if isinstance(title, str) and title else suggested
        return self._named(self._class((node.base, f" {suggested}"), node, name))

    def array(self, node: Node, suggested: str) -> Typed:
        items = node.value.get("items")
        if not isinstance(items, dict):
            return around("list", _ANY)
        inner = node.inner(items)
        is_set = node.value.get("uniqueItems") is True and self._is_hashable(inner)
        return around("set" if is_set else "list", self.typed(inner, suggested))

    def scalar(self, node: Node, _suggested: str) -> Typed:
        kind, form = node.value["type"], node.value.get("format")
        if kind == "string" and node.value.get("contentEncoding") == "base64":
            return Typed(Text("bytes"))
        if kind == "string" and isinstance(form, str) and form in _FORMATS:
            module, name = _FORMATS[form]
            return Typed(Text(name), needs=frozenset({(module, name)}))
        bounds = node.value.get("minimum"), node.value.get("maximum")
        if kind == "integer" and bounds == _INT32:
            needs = frozenset({(_EVENTS, "Int32")})
            return Typed(Text("int"), (Text("Int32"),), needs)
        return Typed(Text(_SCALARS[kind]))

    def _class(self, place: Place, node: Node, wished: str) -> str:
        """Return the name of a class; make it if it is not there yet."""
        known = self.foreign.get(place) or self.names.get(place)
        if known is not None:
            return known
        taken = {*self.foreign.values(), *self.names.values()}
        # Known before it is made, as it may contain itself.
        self.names[place] = name = class_name(wished, taken)
        whole = self.documents.resolved(node)
        self.class_of[id(whole.value)] = name
        if self._is_record(whole):
            self.classes[name] = self._record(whole, name, wished)
        else:
            self.classes[name] = self._enum(whole, name, wished)
        return name

    def _record(self, node: Node, name: str, wished: str) -> RecordCode:
        properties = self.documents.properties(node)
        names = property_names(properties)
        fields = tuple(
            self._field(each.node, stated, names[stated], name, each.is_required)
            for stated, each in properties.items()
        )
        return RecordCode(name, wished, fields, _description(node))

    def _field(
        self,
        node: Node,
        stated: str,
        name: str,
        owner: str,
        is_required: bool,  # noqa: FBT001 - one fact of the property
    ) -> FieldCode:
        typed = self.typed(node, pascal(owner, stated))
        naming = Naming.AS_IS if self.is_as_is else Naming.CAMEL
        default = None
        whole = self.documents.resolved(node)
        said = node.value if "default" in node.value else whole.value
        if "default" in said and not is_required:
            default = json_values.default_of(
                self, node, said["default"], f"{owner}.{stated}"
            )
        elif not is_required:
            default = json_values.none()
            if not self.documents.allows_null(node):
                typed = one_of([typed, Typed(Text("None"))])
        return FieldCode(
            name=name,
            type=typed,
            schema_name=None if spelled(name, naming) == stated else stated,
            default=default,
            doc=_description(node),
        )

    def _enum(self, node: Node, name: str, wished: str) -> EnumCode:
        members = {member: each for each, member in symbol_names(node).items()}
        return EnumCode(name, wished, members, doc=_description(node))

    def _named(self, name: str) -> Typed:
        return Typed(Text(name), classes=frozenset({name}))

    def _is_record(self, node: Node) -> bool:
        kind = node.value.get("type", "object")
        return kind == "object" and bool(self.documents.properties(node))

    def _is_enum(self, node: Node) -> bool:
        values = node.value.get("enum")
        return (
            isinstance(values, list)
            and bool(values)
            and all(isinstance(each, str) for each in values)
            and len(set(values)) == len(values)
        )

    def _is_hashable(self, node: Node) -> bool:
        kinds = {
            kind for each in self.documents.alternatives(node) for kind in each.types
        }
        return bool(kinds or self._is_enum(self.documents.resolved(node))) and not (
            kinds & {"object", "array"}
        )

    def _definitions(self) -> Iterator[tuple[Place, Node]]:
        root = self.documents.root
        for keyword in ("$defs", "definitions"):
            stated = root.value.get(keyword)
            for name, value in (stated if isinstance(stated, dict) else {}).items():
                pointer = name.replace("~", "~0").replace("/", "~1")
                yield (root.base, f"/{keyword}/{pointer}"), root.inner(value)

    def _prefers_as_is(self, node: Node) -> bool:
        score = 0
        for stated in self.documents.properties(node):
            name = field_name(stated, ())
            score += spelled(name, Naming.AS_IS) == stated
            score -= spelled(name, Naming.CAMEL) == stated
        return score > 0


_KINDS: Final[Mapping[str, Any]] = {
    "object": JsonCode.object,
    "array": JsonCode.array,
    "string": JsonCode.scalar,
    "integer": JsonCode.scalar,
    "number": JsonCode.scalar,
    "boolean": JsonCode.scalar,
    "null": JsonCode.scalar,
}

_SCALARS: Final = {
    "string": "str",
    "integer": "int",
    "number": "float",
    "boolean": "bool",
    "null": "None",
}

_FORMATS: Final = {
    "date": ("datetime", "date"),
    "time": ("datetime", "time"),
    "date-time": ("datetime", "datetime"),
    "duration": ("datetime", "timedelta"),
    "decimal": ("decimal", "Decimal"),
    "uuid": ("uuid", "UUID"),
}


def _last(place: Place, suggested: str) -> str:
    return (
        place[1].rpartition("/")[2].replace("~1", "/").replace("~0", "~") or suggested
    )


def _description(node: Node) -> str | None:
    stated = node.value.get("description")
    return stated if isinstance(stated, str) else None


def _constants(node: Node) -> list[Any] | None:
    if "const" in node.value:
        return [node.value["const"]]
    values = node.value.get("enum")
    return values if isinstance(values, list) and values else None


def _literals(values: list[Any]) -> Typed:
    """Return a `Literal`; `Any` where one of the values cannot stand in one."""
    some = [each for each in values if each is not None]
    if not all(type(each) in {str, int, bool} for each in some):
        return _ANY
    none = [Typed(Text("None"))] if len(some) < len(values) else []
    if not some:
        return none[0]
    found = Typed(
        subscript("Literal", *(literal(each) for each in some)),
        needs=frozenset({("typing", "Literal")}),
    )
    return one_of([found, *none])
