"""Which texts are Avro schemas, and what is said of those that are not."""

import json
import time
from contextlib import suppress
from typing import Any

import pytest

from registry.domain.errors import InvalidSchemaError, RegistryError
from registry.domain.formats.avro.canonical import canonical_text
from registry.domain.formats.avro.nodes import Primitive
from registry.domain.formats.avro.parse import external_names, parse
from registry.domain.limits import Limits
from registry.domain.schema import ResolvedReference, Strictness


def a_field(name="f", kind: Any = "int", **more: Any) -> Any:
    return {"name": name, "type": kind, **more}


def a_record(*fields: Any, name="R", **more: Any) -> Any:
    return {"type": "record", "name": name, "fields": list(fields), **more}


def an_enum(*symbols: Any, name="E", **more: Any) -> Any:
    return {"type": "enum", "name": name, "symbols": list(symbols), **more}


def a_fixed(size: Any = 4, name: Any = "F", **more: Any) -> Any:
    return {"type": "fixed", "name": name, "size": size, **more}


def an_array(items) -> Any:
    return {"type": "array", "items": items}


def a_map(values) -> Any:
    return {"type": "map", "values": values}


def refusal(
    value, *, strictness=Strictness.STRICT, references=(), **limits: int
) -> Any:
    text = value if isinstance(value, str) else json.dumps(value)
    with pytest.raises(InvalidSchemaError) as caught:
        parse(text, references, strictness, Limits(**limits))
    return caught.value


def stored(value, strictness=Strictness.STRICT, references=()) -> Any:
    """The canonical text, as a JSON value."""
    return json.loads(canonical_text(parse(json.dumps(value), references, strictness)))


# Each: the schema, the JSON pointer of the error, a part of the reason.
INVALID = {
    "a number": (1, "", "expected a type: a name, an object, or a list"),
    "null": (None, "", "found null"),
    "a type that is null": ({"type": None}, "/type", "found null"),
    "an object without a type": ({"name": "a"}, "", "the attribute 'type'"),
    "an unknown type": ('"strng"', "", "did you mean 'string'?"),
    "a complex type as a word": ('"record"', "", 'write {"type": "record", ...}'),
    "an unknown kind": ({"type": "recrod"}, "/type", "did you mean 'record'?"),
    "the wrong case": ({"type": "Int"}, "/type", "did you mean 'int'?"),
    "an unknown field type": (
        a_record(a_field(kind="a.b.Money")),
        "/fields/0/type",
        "a reference to that schema is missing",
    ),
    "a name of another namespace": (
        a_record(
            a_field("a", a_fixed(name="x.Money")), a_field("b", "y.Money"), name="S"
        ),
        "/fields/1/type",
        "did you mean 'x.Money'?",
    ),
    "a forward reference": (
        a_record(a_field("a", "F"), a_field("b", a_fixed())),
        "/fields/0/type",
        "Avro has no forward references",
    ),
    "a name without quotes": ('"string name"', "", "unknown type 'string name'"),
    "no name": ({"type": "fixed", "size": 1}, "", "the attribute 'name'"),
    "a name that is no text": (a_fixed(name=1), "/name", "found the number 1"),
    "an empty name": (a_fixed(name=""), "/name", "no digit first, found ''"),
    "a digit first": (a_fixed(name="1a"), "/name", "found '1a'"),
    "a dash in a name": (a_fixed(name="a-b"), "/name", "found 'a-b'"),
    "a letter not of ASCII": (a_fixed(name="é"), "/name", "found 'é'"),
    "a line break in a name": (a_fixed(name="a\n"), "/name", "expected the name"),
    "a dot at the end": (a_fixed(name="a."), "/name", "found ''"),
    "a dot first": (a_fixed(name=".a"), "/name", "before the first dot"),
    "two dots": (a_fixed(name="a..b"), "/name", "found 'a.'"),
    "a bad namespace": (a_fixed(namespace="a.1"), "/namespace", "found 'a.1'"),
    "a namespace that is no text": (a_fixed(namespace=[]), "/namespace", "a list"),
    "a bad namespace in a name": (a_fixed(name="a-b.C"), "/name", "found 'a-b'"),
    "a type named like a primitive": (a_fixed(name="int"), "/name", "found 'int'"),
    "a primitive's name elsewhere": (a_fixed(name="a.int"), "/name", "found 'int'"),
    "a long name": (a_fixed(name="a" * 513), "/name", "at most 512 characters"),
    "a long full name": (
        a_fixed(name="b" * 300, namespace="a" * 300),
        "/name",
        "found 601",
    ),
    "a type twice": (
        [a_fixed(), an_array(a_fixed())],
        "/1/items",
        "found 'F' again; use it by its name",
    ),
    "a record within itself again": (
        a_record(a_field(kind=an_array(a_record()))),
        "/fields/0/type/items",
        "found 'R' again",
    ),
    "a doc that is no text": (a_record(doc=1), "/doc", "expected a text"),
    "no fields": ({"type": "record", "name": "R"}, "", "the attribute 'fields'"),
    "fields that are no list": (
        {"type": "record", "name": "R", "fields": {}},
        "/fields",
        "expected a list, found an object",
    ),
    "a field that is no object": (a_record("f"), "/fields/0", "expected a field"),
    "a field without a name": (a_record({"type": "int"}), "/fields/0", "'name'"),
    "a field without a type": (a_record({"name": "a"}), "/fields/0", "'type'"),
    "a bad field name": (a_record(a_field("a-b")), "/fields/0/name", "found 'a-b'"),
    "a dotted field name": (a_record(a_field("a.b")), "/fields/0/name", "'a.b'"),
    "a field twice": (
        a_record(a_field("a"), a_field("b"), a_field("a", "string")),
        "/fields/2/name",
        "each field once, found 'a' again",
    ),
    "a bad order": (
        a_record(a_field(order="up")),
        "/fields/0/order",
        "one of ascending, descending, ignore, found 'up'",
    ),
    "an order that is no text": (a_record(a_field(order=1)), "/fields/0/order", "1"),
    "no symbols": ({"type": "enum", "name": "E"}, "", "the attribute 'symbols'"),
    "a symbol twice": (an_enum("A", "B", "A"), "/symbols/2", "found 'A' again"),
    "a bad symbol": (an_enum("A", "a b"), "/symbols/1", "found 'a b'"),
    "a symbol that is no text": (an_enum("A", 1), "/symbols/1", "the number 1"),
    "an enum default of no symbol": (an_enum("A", default="B"), "/default", "'B'"),
    "an enum default that is no text": (an_enum("A", default=[]), "/default", "list"),
    "no items": ({"type": "array"}, "", "the attribute 'items'"),
    "no values": ({"type": "map"}, "", "the attribute 'values'"),
    "bad items": (an_array("x"), "/items", "unknown type 'x'"),
    "bad values": (a_map(an_array(7)), "/values/items", "the number 7"),
    "no size": ({"type": "fixed", "name": "F"}, "", "the attribute 'size'"),
    "a negative size": (a_fixed(-1), "/size", "from 0 to 2147483647"),
    "a size that is no integer": (a_fixed(1.5), "/size", "the number 1.5"),
    "a size that is a truth value": (a_fixed(size=True), "/size", "true"),
    "a size over 31 bits": (a_fixed(2**31), "/size", "2147483648"),
    "a union in a union": (["null", ["int"]], "/1", "a union in a union"),
    "a wrapped union in a union": ([{"type": ["int"]}], "/0", "a union in a union"),
    "a primitive twice": (["int", "null", "int"], "/2", "found 'int' again"),
    "a primitive twice, one logical": (
        ["int", {"type": "int", "logicalType": "date"}],
        "/1",
        "found 'int' again",
    ),
    "two arrays": ([an_array("int"), an_array("long")], "/1", "found 'array' again"),
    "two maps": ([a_map("int"), a_map("long")], "/1", "found 'map' again"),
    "a named type twice": ([a_fixed(), "F"], "/1", "found 'F' again"),
    "aliases that are no list": (a_fixed(aliases="G"), "/aliases", "expected a list"),
    "an alias that is no text": (a_fixed(aliases=[1]), "/aliases/0", "number 1"),
    "a bad alias": (a_fixed(aliases=["G", "a-b"]), "/aliases/1", "found 'a-b'"),
    "a bad alias namespace": (a_fixed(aliases=["1.b"]), "/aliases/0", "found '1'"),
    "an alias twice": (a_fixed(aliases=["G", "G"]), "/aliases/1", "found 'G' again"),
    "an alias of oneself": (a_fixed(aliases=["F"]), "", "a circle: F → F"),
    "aliases in a circle": (
        a_record(
            a_field("a", a_fixed(name="x.A", aliases=["x.B"])),
            a_field("b", a_fixed(name="x.B", aliases=["C"])),
            a_field("c", a_fixed(name="x.C", aliases=["A"])),
        ),
        None,
        "found a circle",
    ),
    "a bad field alias": (
        a_record(a_field(aliases=["a-b"])),
        "/fields/0/aliases/0",
        "found 'a-b'",
    ),
    "a field alias twice": (
        a_record(a_field(aliases=["a", "a"])),
        "/fields/0/aliases/1",
        "found 'a' again",
    ),
    "an alias of two fields": (
        a_record(a_field("a", aliases=["x"]), a_field("b", aliases=["y", "x"])),
        "/fields/1/aliases/1",
        "an alias of 'a' too",
    ),
    "fields that swap names": (
        a_record(a_field("a", aliases=["b"]), a_field("b", aliases=["a"])),
        None,
        "found a circle",
    ),
    "something beside a type written out": (
        {"type": {"type": "int"}, "logicalType": "date"},
        "/logicalType",
        "move it into the type",
    ),
}


@pytest.mark.parametrize(
    ("value", "pointer", "reason"), INVALID.values(), ids=INVALID.keys()
)
def test_given_a_broken_rule_when_parsed_then_place_and_expectation_are_named(
    value, pointer, reason
):
    error = refusal(value)

    assert reason in error.reason
    assert pointer is None or error.place.pointer == pointer


DEFAULTS_THAT_FIT: list[tuple[Any, Any]] = [
    ("null", None),
    ("boolean", False),
    ("int", 2**31 - 1),
    ("int", -(2**31)),
    ("long", -(2**63)),
    ("float", 1),
    ("double", 1.5),
    ("double", 2**80),
    ("float", "1.5"),
    ("double", "NaN"),
    ("double", "-Infinity"),
    ("bytes", "\xff"),
    ("string", ""),
    (a_fixed(2), "anything"),
    (an_enum("A"), "B"),
    (an_array("int"), [1, 2]),
    (a_map(an_array("null")), {"a": [None], "b": []}),
    (["null", "string"], None),
    (["null", "string"], "a later branch"),
    (["null", an_array(["int", "string"])], [1, "a"]),
    (a_record(a_field("a"), a_field("b", default=1), name="I"), {"a": 1}),
    (a_record(a_field("a"), name="I"), {"a": 1, "more": "ignored"}),
    (["null", "R"], None),
    (an_array("R"), [{"x": 1, "f": []}]),
    (["null", "R"], {"x": 1, "f": None}),
]


@pytest.mark.parametrize(("kind", "default"), DEFAULTS_THAT_FIT)
def test_given_a_default_that_fits_when_parsed_then_it_is_kept(kind, default):
    text = json.dumps(a_record(a_field("x"), a_field(kind=kind, default=default)))

    root: Any = parse(text)

    assert root.fields[1].has_default


@pytest.mark.parametrize(
    "value",
    [
        a_record(a_field(kind=["null", "R"], default={})),
        a_record(a_field(kind=an_array("R"), default=[{"f": []}, {}])),
        a_record(
            a_field("a", kind=["null", "R"], default={"b": None}),
            a_field("b", kind=["null", "R"], default={}),
        ),
    ],
)
def test_given_a_default_that_needs_itself_when_parsed_then_it_is_refused(value):
    error = refusal(value)

    assert "expected a default that ends" in error.reason
    assert error.place.pointer.endswith("/default")


DEFAULTS_THAT_DO_NOT = [
    ("null", 0, "expected a default of type null, found the number 0"),
    ("boolean", 0, "of type boolean"),
    ("boolean", "true", "found 'true'"),
    ("int", True, "found true"),
    ("int", 1.0, "found the number 1.0"),
    ("int", 2**31, "out of range"),
    ("long", -(2**63) - 1, "out of range"),
    ("float", "abc", "of type float, found 'abc'"),
    ("double", None, "of type double, found null"),
    ("bytes", 1, "of type bytes"),
    ("string", None, "of type string, found null"),
    (a_fixed(2), 12, "of type fixed F"),
    (an_enum("A"), None, "of type enum E"),
    (an_array("int"), [1, "a"], "of type array, found a list"),
    (an_array("int"), {}, "found an object"),
    (a_map("int"), {"a": None}, "of type map"),
    (["null", "int"], "x", "of type [null, int], found 'x'"),
    ([], None, "of type [], found null"),
    (a_record(a_field("a"), name="I"), {}, "of type record I"),
    (a_record(a_field("a"), name="I"), {"a": "x"}, "of type record I"),
    (["null", "float"], "NaN", "of type [null, float]"),
]


@pytest.mark.parametrize(("kind", "default", "reason"), DEFAULTS_THAT_DO_NOT)
def test_given_a_default_that_does_not_fit_when_parsed_then_it_is_refused(
    kind, default, reason
):
    error = refusal(a_record(a_field("x"), a_field(kind=kind, default=default)))

    assert reason in error.reason
    assert error.place.pointer == "/fields/1/default"


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(a_record(a_field("next", "R")), id="itself"),
        pytest.param(a_record(a_field("next", ["R"])), id="a union without a way out"),
        pytest.param(
            a_record(a_field("a", a_record(a_field("b", "R"), name="I"))), id="by two"
        ),
        pytest.param(
            a_record(
                a_field("a", ["R", a_record(a_field("c", "R"), name="I")]),
            ),
            id="a union of endless records",
        ),
    ],
)
def test_given_a_record_without_an_end_when_parsed_then_it_is_refused(value):
    for strictness in Strictness:
        error = refusal(value, strictness=strictness)

        assert "expected a record that can end, found 'R'" in error.reason
        assert error.place.pointer == "/fields/0"


@pytest.mark.parametrize(
    "kind",
    [
        ["null", "R"],
        ["R", "null"],
        an_array("R"),
        a_map("R"),
        [a_record(a_field("x", an_array("R")), name="I"), "R"],
        a_record(a_field("x", ["R", "string"]), name="I"),
    ],
)
def test_given_a_recursive_record_with_an_end_when_parsed_then_it_is_taken(kind):
    assert stored(a_record(a_field(kind=kind)))["fields"][0]["type"] == kind


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param({"type": {"type": "int"}}, "int", id="a type in a type"),
        pytest.param({"type": ["null", "int"]}, ["null", "int"], id="a union in it"),
        pytest.param([], [], id="a union of nothing"),
        pytest.param(["int"], ["int"], id="a union of one"),
        pytest.param(an_enum(), an_enum(), id="an enum without symbols"),
        pytest.param(a_fixed(0), a_fixed(0), id="a fixed of no bytes"),
        pytest.param(
            a_record(a_field("a", a_fixed()), a_field("b", {"type": "F", "x": 1})),
            a_record(a_field("a", a_fixed()), a_field("b", "F")),
            id="a name in an object",
        ),
        pytest.param(
            a_record(a_field(order="IGNORE", doc=None)),
            a_record(a_field(order="ignore")),
            id="an order in capitals",
        ),
        pytest.param(
            {"type": "int", "logicalType": "no-such", "precision": "x"},
            {"type": "int", "logicalType": "no-such", "precision": "x"},
            id="a logical type that is none",
        ),
        pytest.param(
            {"type": "bytes", "logicalType": "decimal", "precision": 2, "scale": 3},
            {"type": "bytes", "logicalType": "decimal", "precision": 2, "scale": 3},
            id="a decimal that is none",
        ),
        pytest.param(
            {"type": "error", "name": "E", "fields": []},
            {"type": "error", "name": "E", "fields": []},
            id="an error",
        ),
        pytest.param(
            a_record(a_field(kind="float", default="1e1")),
            a_record(a_field(kind="float", default=10.0)),
            id="a number in quotes",
        ),
    ],
)
def test_given_a_form_that_java_takes_when_parsed_then_it_is_taken(value, expected):
    assert stored(value) == expected


def test_given_namespaces_when_parsed_then_dotted_given_and_inherited_in_this_order():
    value = a_record(
        a_field("a", a_fixed(name="A")),
        a_field("b", a_fixed(name="B", namespace="y")),
        a_field("c", a_fixed(name="z.C", namespace="y")),
        a_field("d", a_fixed(name="D", namespace="")),
        a_field("e", "A"),
        a_field("f", "D"),
        name="x.R",
    )

    root: Any = parse(json.dumps(value))

    names = [field.type.full_name for field in root.fields]
    assert names == ["x.A", "y.B", "z.C", "D", "x.A", "D"]


@pytest.mark.parametrize(
    "value",
    [
        a_fixed(name="größe"),
        a_fixed(name="c", namespace="a-b"),
        a_fixed(name="int", namespace="a"),
        a_fixed(aliases=["a-b.c"]),
        a_record(a_field("é"), a_field("straße")),
        a_record(a_field(aliases=["any thing"])),
        an_enum("Ä", "_1"),
        a_record(a_field(default="no number")),
        a_record(a_field("a", aliases=["b"]), a_field("b", aliases=["a"])),
        a_fixed(aliases=["F"]),
    ],
)
def test_given_a_stored_text_when_parsed_leniently_then_it_is_understood(value):
    assert stored(value, Strictness.LENIENT) == value
    refusal(value)


@pytest.mark.parametrize("value", [a_fixed(name="a b"), a_record(a_field("1"))])
def test_given_no_name_at_all_when_parsed_leniently_then_it_is_still_refused(value):
    refusal(value, strictness=Strictness.LENIENT)


MONEY = ResolvedReference("shop.Money", json.dumps(a_fixed(name="shop.Money")))
CART = ResolvedReference(
    "shop.Cart", json.dumps(a_record(a_field(kind="Money"), name="shop.Cart"))
)


def test_given_references_when_parsed_then_later_ones_and_the_text_may_use_them():
    value = a_record(a_field("a", "shop.Cart"), a_field("b", "shop.Money"))

    root: Any = parse(json.dumps(value), [MONEY, CART])

    cart, money = (field.type for field in root.fields)
    assert cart.fields[0].type is money
    assert money.spot.source == "shop.Money"
    assert root.spot.source == ""


def test_given_a_reference_that_is_not_used_when_parsed_then_nothing_changes():
    assert stored("int", references=[MONEY]) == "int"


def test_given_a_reference_that_breaks_when_parsed_then_it_is_named():
    error = refusal("shop.Cart", references=[CART])

    assert "in the schema of reference 'shop.Cart'" in error.reason
    assert "unknown type 'Money'" in error.reason
    assert "/fields/0/type (line 1" in error.reason
    assert error.place is None


def test_given_a_reference_that_is_no_json_when_parsed_then_it_is_named():
    error = refusal("int", references=[ResolvedReference("a.B", "{")])

    assert "in the schema of reference 'a.B'" in error.reason


def test_given_two_references_with_the_same_type_when_parsed_then_both_are_named():
    other = ResolvedReference("old", MONEY.text)

    error = refusal("int", references=[MONEY, other])

    assert "references 'shop.Money' and 'old' both define it" in error.reason


def test_given_a_type_of_a_reference_again_when_parsed_then_the_reference_is_named():
    error = refusal(a_fixed(name="shop.Money"), references=[MONEY])

    assert "reference 'shop.Money' defines it; use it by its name" in error.reason


def test_given_limits_when_parsed_then_each_is_held():
    assert (
        "at most 2 branches"
        in refusal(["null", "int", "long"], max_union_branches=2).reason
    )
    assert (
        "at most 1 symbols, found 2"
        in refusal(an_enum("A", "B"), max_enum_symbols=1).reason
    )
    assert (
        "at most 1 named types"
        in refusal(a_record(a_field(kind=a_fixed())), max_named_types=1).reason
    )
    assert (
        "at most 3 characters of documentation"
        in refusal(a_record(doc="four"), max_doc_length=3).reason
    )


def test_given_a_line_and_a_column_when_refused_then_they_are_of_the_text():
    error = refusal('{"type": "record",\n "name": "R",\n "fields": [\n  {"name": 1}]}')

    assert str(error).endswith("at /fields/0/name (line 4, column 4)")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("int", set()),
        ("a.B", {"a.B"}),
        (a_record(a_field(kind="B"), name="x.R"), {"x.B"}),
        (a_record(a_field(kind=an_array("R")), a_field("g", ["null", "C"])), {"C"}),
        (a_record(a_field("a", "F"), a_field("b", a_fixed())), set()),
        ({"type": "a.B"}, {"a.B"}),
        (["a.B", "a.C"], {"a.B", "a.C"}),
        (a_record(a_field("a", "B"), a_field("b", "B", default=1)), {"B"}),
    ],
)
def test_given_a_text_when_asked_then_its_external_names_are_known(value, expected):
    assert external_names(json.dumps(value)) == expected


def test_given_no_schema_when_asked_for_external_names_then_it_is_refused():
    with pytest.raises(InvalidSchemaError):
        external_names('{"type": 1}')


def test_given_a_name_like_a_class_when_parsed_then_it_is_just_a_name():
    value = a_record(a_field("__class__", {"type": "string", "java-class": "a.B"}))

    root: Any = parse(json.dumps(value))

    assert isinstance(root.fields[0].type, Primitive)


CHAIN = 4_900


def a_chain(first) -> Any:
    """A flat text whose types use one another, thousands long."""
    return a_record(
        *(
            a_field(
                f"f{i}",
                a_record(a_field(kind=f"T{i - 1}" if i else first), name=f"T{i}"),
            )
            for i in range(CHAIN)
        )
    )


def a_default_that_branches(depth) -> Any:
    """A default that fits neither branch, seen only at the last of its levels."""
    default: Any = "x"
    for _ in range(depth):
        default = {"x": default}
    two = ["A", a_record(a_field("x", ["A", "B", "null"]), name="B"), "null"]
    return a_record(
        a_field("y", a_record(a_field("x", two), name="A")),
        a_field("z", ["A", "B"], default=default),
    )


def many_elements_and_branches() -> Any:
    records = [a_record(a_field("x"), name=f"T{i}") for i in range(900)]
    records.append(a_record(a_field("x", default=1), name="Last"))
    return a_record(a_field(kind=an_array(records), default=[{}] * 40_000))


HOSTILE = {
    "deep nesting": "[" * 1_000_000,
    "too many values": json.dumps(["int"] * 50_000),
    "a long chain": a_chain("int"),
    "a long chain without an end": a_chain("R"),
    "a long chain with an end": a_chain(["null", "R"]),
    "an exponential default": a_default_that_branches(50),
    "a default of many branches": many_elements_and_branches(),
    "many unknown names": ["N" * 500] * 900,
    "a huge name": a_fixed(name="a" * 1_000_000),
    "a huge unknown name": f'"{"a" * 1_000_000}"',
    "many aliases": a_fixed(aliases=[f"a{i}" for i in range(49_000)]),
    "a long circle of aliases": a_record(
        *(a_field(f"f{i}", aliases=[f"f{i + 1}"]) for i in range(8_000)),
        a_field("f8000", aliases=["f0"]),
    ),
    "many symbols": an_enum(*(f"S{i}" for i in range(20_000))),
    "a wide record": a_record(*(a_field(f"f{i}") for i in range(16_000))),
    "a fault at the end": a_record(
        *(a_field(f"f{i}") for i in range(16_000)), a_field("f0")
    ),
}


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE.keys())
def test_given_a_hostile_text_when_parsed_then_it_is_judged_quickly(value):
    text = value if isinstance(value, str) else json.dumps(value)
    start = time.perf_counter()

    with suppress(RegistryError):
        parse(text)

    # The largest takes some 250 ms.
    assert time.perf_counter() - start < 2.5


def test_given_a_chain_of_thousands_when_parsed_then_the_last_is_reached():
    root: Any = parse(json.dumps(a_chain("int")))

    node, steps = root.fields[-1].type, 1
    while hasattr(node.fields[0].type, "fields"):
        node, steps = node.fields[0].type, steps + 1

    assert steps == CHAIN


def test_given_a_chain_without_an_end_when_parsed_then_it_is_refused():
    assert "a record that can end" in refusal(a_chain("R")).reason


def test_given_too_much_work_for_a_default_when_parsed_then_it_is_refused():
    error = refusal(many_elements_and_branches())

    assert error.reason == "expected defaults that can be checked with less work"
    assert error.place.pointer == "/fields/0/default"
