"""Valid Avro schemas as JSON values: what Apache's and fastavro's parsers take too.

Left out, because those two disagree with Java there: types without a namespace inside
a namespace, types named like a kind of type, and defaults of a union that fit another
branch than the first.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

Draw = Callable[[st.SearchStrategy[Any]], Any]

PRIMITIVES = ("null", "boolean", "int", "long", "float", "double", "bytes", "string")
_LOGICAL = (
    {"type": "int", "logicalType": "date"},
    {"type": "int", "logicalType": "time-millis"},
    {"type": "long", "logicalType": "time-micros"},
    {"type": "long", "logicalType": "timestamp-millis"},
    {"type": "long", "logicalType": "timestamp-micros"},
    {"type": "long", "logicalType": "local-timestamp-millis"},
    {"type": "string", "logicalType": "uuid"},
    {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2},
    {"type": "bytes", "logicalType": "decimal", "precision": 4},
    {"type": "string", "logicalType": "of-our-own", "note": "ignored"},
)
_FIELD_NAMES = ("id", "sku", "amount", "Total", "_note", "when", "x1", "tags")
_TYPE_NAMES = ("Order", "Item", "money", "_T", "Status2")
_NAMESPACES = ("shop", "shop.orders", "a.b.c", "_x.Y9")
_SYMBOLS = ("NEW", "PAID", "lost", "_1", "Zz")

names = st.sampled_from(_FIELD_NAMES)
docs = st.text(st.characters(codec="utf-8"), max_size=12)
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8"), max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=4), inner)
    ),
    max_leaves=5,
)
props = st.dictionaries(
    st.sampled_from(["confluent:tags", "aprop", "zprop", "java-class", "ünïcode"]),
    json_values,
    max_size=2,
)


@dataclass
class _Names:
    """The types defined so far, and what is open around the place of drawing."""

    types: dict[str, dict[str, Any]] = field(default_factory=dict)
    open: set[str] = field(default_factory=set)

    def fresh(self, simple: str, namespace: str) -> str:
        number = len(self.types)
        while _full(name := f"{simple}{number}", namespace) in self.types:
            number += 1
        return name


@st.composite
def schemas(draw: Draw, max_depth: int = 4) -> Any:
    """A whole schema: any type, most often a record."""
    table = _Names()
    if draw(st.integers(0, 4)):
        return _record(draw, table, "", max_depth)
    return _type(draw, table, "", max_depth)


@st.composite
def records(draw: Draw, max_depth: int = 4) -> Any:
    """A whole schema that is a record."""
    return _record(draw, _Names(), "", max_depth)


@st.composite
def with_references(draw: Draw) -> tuple[list[tuple[str, Any]], Any]:
    """Referenced schemas as (full name, schema), and one that may use them."""
    table = _Names()
    references = []
    for _ in range(draw(st.integers(1, 3))):
        known = set(table.types)
        value = _record(draw, table, "", 2)
        added = [name for name in table.types if name not in known]
        references.append((added[0], value))
    return references, _record(draw, table, "", 3)


def _full(name: str, namespace: str) -> str:
    return name if "." in name or not namespace else f"{namespace}.{name}"


def _type(draw: Draw, table: _Names, namespace: str, depth: int) -> Any:
    makers: list[Callable[[Draw, _Names, str, int], Any]] = [_primitive, _logical]
    if depth > 0:
        makers += [_array, _map, _union, _record, _enum, _fixed, _used, _wrapped]
    return draw(st.sampled_from(makers))(draw, table, namespace, depth)


def _primitive(draw: Draw, table: _Names, namespace: str, depth: int) -> Any:
    return draw(st.sampled_from(PRIMITIVES))


def _logical(draw: Draw, table: _Names, namespace: str, depth: int) -> Any:
    return dict(draw(st.sampled_from(_LOGICAL)))


def _wrapped(draw: Draw, table: _Names, namespace: str, depth: int) -> Any:
    """A primitive in an object, with or without properties of its own."""
    return {"type": draw(st.sampled_from(PRIMITIVES)), **draw(props)}


def _array(draw: Draw, table: _Names, namespace: str, depth: int) -> Any:
    items = _inner(draw, table, namespace, depth)
    return {"type": "array", "items": items, **draw(props)}


def _map(draw: Draw, table: _Names, namespace: str, depth: int) -> Any:
    values = _inner(draw, table, namespace, depth)
    return {"type": "map", "values": values, **draw(props)}


def _inner(draw: Draw, table: _Names, namespace: str, depth: int) -> Any:
    """The type inside an array or map: the only place, but unions, for recursion."""
    recursive = _usable(table.open, namespace)
    if recursive and draw(st.integers(0, 3)) == 0:
        return draw(st.sampled_from(recursive))
    return _type(draw, table, namespace, depth - 1)


def _usable(full_names: set[str], namespace: str) -> list[str]:
    """How the types can be written here; those without a namespace only in none."""
    found = []
    for name in sorted(full_names):
        space, _, simple = name.rpartition(".")
        if space == namespace:
            found.append(simple)
        if space:
            found.append(name)
    return found


def _used(draw: Draw, table: _Names, namespace: str, depth: int) -> Any:
    usable = _usable(set(table.types) - table.open, namespace)
    return draw(st.sampled_from(usable)) if usable else "long"


def _union(draw: Draw, table: _Names, namespace: str, depth: int) -> Any:
    branches: list[Any] = []
    taken = set()
    recursive = _usable(table.open, namespace)
    if recursive and draw(st.booleans()):
        branches = ["null", draw(st.sampled_from(recursive))]
        taken = {"null", _full(branches[1], namespace)}
    for _ in range(draw(st.integers(0 if branches else 1, 3))):
        known = dict(table.types)
        branch = _type(draw, table, namespace, depth - 1)
        kind = _branch_name(branch, namespace)
        if isinstance(branch, list) or kind in taken:
            # What it defines goes with it.
            table.types = known
        else:
            branches.append(branch)
            taken.add(kind)
    return branches or ["null"]


def _branch_name(branch: Any, namespace: str) -> str:
    if isinstance(branch, dict):
        kind = branch["type"]
        if kind not in {"record", "enum", "fixed"}:
            return str(kind)
        return _full(branch["name"], branch.get("namespace", namespace))
    return branch if branch in PRIMITIVES else _full(str(branch), namespace)


def _head(draw: Draw, table: _Names, namespace: str, kind: str) -> tuple[str, Any]:
    """The namespace inside, and the attributes that every named type has."""
    inside = draw(st.sampled_from([namespace, *_NAMESPACES]))
    name = table.fresh(draw(st.sampled_from(_TYPE_NAMES)), inside)
    head: dict[str, Any] = {"type": kind, "name": name}
    if inside and draw(st.booleans()):
        head["name"] = f"{inside}.{name}"
    elif inside != namespace:
        head["namespace"] = inside
    if draw(st.booleans()):
        head["doc"] = draw(docs)
    if draw(st.integers(0, 3)) == 0:
        old = [f"Old{name}", f"former.Old{name}"]
        head["aliases"] = draw(st.lists(st.sampled_from(old), unique=True))
    head.update(draw(props))
    return inside, head


def _record(draw: Draw, table: _Names, namespace: str, depth: int) -> Any:
    inside, head = _head(draw, table, namespace, "record")
    full_name = _full(head["name"], inside)
    table.types[full_name] = head
    table.open.add(full_name)
    chosen = draw(st.lists(names, unique=True, max_size=4))
    head["fields"] = [_field(draw, table, inside, depth - 1, name) for name in chosen]
    table.open.remove(full_name)
    return head


def _field(draw: Draw, table: _Names, namespace: str, depth: int, name: str) -> Any:
    kind = _type(draw, table, namespace, depth)
    made: dict[str, Any] = {"name": name, "type": kind}
    if draw(st.integers(0, 2)) == 0:
        made["doc"] = draw(docs)
    if draw(st.booleans()):
        made["default"] = default_of(draw, kind, table.types, namespace)
    if draw(st.integers(0, 3)) == 0:
        made["order"] = draw(st.sampled_from(["ascending", "descending", "ignore"]))
    if draw(st.integers(0, 3)) == 0:
        made["aliases"] = [f"old_{name}"]
    return {**made, **draw(props)}


def _enum(draw: Draw, table: _Names, namespace: str, depth: int) -> Any:
    inside, head = _head(draw, table, namespace, "enum")
    head["symbols"] = draw(
        st.lists(st.sampled_from(_SYMBOLS), unique=True, min_size=1, max_size=4)
    )
    if draw(st.booleans()):
        head["default"] = draw(st.sampled_from(head["symbols"]))
    table.types[_full(head["name"], inside)] = head
    return head


def _fixed(draw: Draw, table: _Names, namespace: str, depth: int) -> Any:
    inside, head = _head(draw, table, namespace, "fixed")
    head["size"] = draw(st.sampled_from([0, 1, 4, 12, 16]))
    if head["size"] == 4 and draw(st.booleans()):
        head |= {"logicalType": "decimal", "precision": 9, "scale": 3}
    table.types[_full(head["name"], inside)] = head
    return head


_SCALAR_DEFAULTS: dict[str, st.SearchStrategy[Any]] = {
    "null": st.none(),
    "boolean": st.booleans(),
    "int": st.integers(-(2**31), 2**31 - 1),
    "long": st.integers(-(2**63), 2**63 - 1),
    "float": st.floats(allow_nan=False, allow_infinity=False, width=32),
    "double": st.floats(allow_nan=False, allow_infinity=False),
    "bytes": st.text(st.characters(max_codepoint=255), max_size=4),
    "string": st.text(st.characters(codec="utf-8"), max_size=4),
}


def default_of(
    draw: Draw, kind: Any, types: dict[str, dict[str, Any]], namespace: str
) -> Any:
    """A default that fits a type; of a union, its first branch.

    Args:
        kind: The type as written.
        types: The definitions by full name.
        namespace: The one around the place where the type is written.

    """
    if isinstance(kind, list):
        return default_of(draw, kind[0], types, namespace)
    if isinstance(kind, str) and kind not in PRIMITIVES:
        full_name = _full(kind, namespace)
        kind, namespace = types[full_name], full_name.rpartition(".")[0]
    if isinstance(kind, str):
        return draw(_SCALAR_DEFAULTS[kind])
    return _default_of_object(draw, kind, types, namespace)


def _default_of_object(
    draw: Draw, kind: dict[str, Any], types: dict[str, dict[str, Any]], namespace: str
) -> Any:
    match kind["type"]:
        case "array":
            return []
        case "map":
            return {}
        case "enum":
            return draw(st.sampled_from(kind["symbols"]))
        case "fixed":
            size = kind["size"]
            letters = st.characters(max_codepoint=255)
            return draw(st.text(letters, min_size=size, max_size=size))
        case "record":
            full_name = _full(kind["name"], kind.get("namespace", namespace))
            inside = full_name.rpartition(".")[0]
            return {
                each["name"]: default_of(draw, each["type"], types, inside)
                for each in kind["fields"]
            }
        case primitive:
            return draw(_SCALAR_DEFAULTS[primitive])
