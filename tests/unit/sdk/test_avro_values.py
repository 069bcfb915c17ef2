"""Values and their schemas: what is written, what is refused, and in which words."""

import datetime
import json
import uuid
from collections import OrderedDict
from decimal import Decimal
from typing import Any

import pytest

from wirepact.codecs.avro import AvroLanguage
from wirepact.codecs.language import Limits, ResolvedSchema
from wirepact.errors import DecodeError, EncodeError
from wirepact.schemas import Schema

LANGUAGE = AvroLanguage(Limits())
UTC = datetime.UTC


def record(name, **fields):
    return {
        "type": "record",
        "name": name,
        "fields": [{"name": each, "type": kind} for each, kind in fields.items()],
    }


ITEM = record("Item", sku="string", quantity="int")
ORDER = record(
    "shop.Order",
    id="string",
    total="long",
    is_paid="boolean",
    rate="double",
    items={"type": "array", "items": ITEM},
    tags={"type": "map", "values": "string"},
    note=["null", "string"],
    state={"type": "enum", "name": "State", "symbols": ["NEW", "PAID"]},
    hash={"type": "fixed", "name": "Hash", "size": 2},
    data="bytes",
)
VALUE: dict[str, Any] = {
    "id": "o-1",
    "total": 1999,
    "is_paid": True,
    "rate": 0.5,
    "items": [{"sku": "s", "quantity": 1}],
    "tags": {"channel": "web"},
    "note": None,
    "state": "PAID",
    "hash": b"ab",
    "data": b"raw",
}


def resolved(schema, **references):
    texts = {name: Schema(json.dumps(each)) for name, each in references.items()}
    return ResolvedSchema(Schema(json.dumps(schema)), texts)


def write(schema, value):
    return LANGUAGE.writer(resolved(schema), None, type(value)).encode(value)


def read(schema, payload, reader=None):
    own = None if reader is None else resolved(reader)
    return LANGUAGE.reader(resolved(schema), own, None).decode(payload, 0, ())


def test_a_value_of_every_kind_is_read_as_it_was_written():
    assert read(ORDER, write(ORDER, VALUE)) == VALUE


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        pytest.param({"id": 5}, "id: 5 is no string", id="number-for-text"),
        pytest.param({"id": "\ud800"}, r"id: '\\ud800' is no string", id="surrogate"),
        pytest.param({"total": 3.7}, "total: 3.7 is no long", id="fraction"),
        pytest.param({"total": True}, "total: True is no long", id="truth-for-number"),
        pytest.param({"total": 2**63}, "total: .* is no long", id="beyond-64-bits"),
        pytest.param({"is_paid": "no"}, "is_paid: 'no' is no boolean", id="text-truth"),
        pytest.param({"is_paid": 1}, "is_paid: 1 is no boolean", id="number-truth"),
        pytest.param({"rate": "1"}, "rate: '1' is no double", id="text-for-real"),
        pytest.param({"items": "abc"}, "items: 'abc' is no array", id="text-as-list"),
        pytest.param({"tags": ""}, "tags: '' is no map", id="text-as-map"),
        pytest.param({"tags": {1: "x"}}, "the key is no string", id="number-as-key"),
        pytest.param(
            {"items": [{"sku": "a", "quantity": 2**31}]},
            r"items\[0\].quantity: 2147483648 is no int",
            id="beyond-32-bits",
        ),
        pytest.param(
            {"items": [VALUE["items"][0], {"sku": "a"}]},
            r"items\[1\]: field 'quantity' is missing",
            id="field-missing-inside",
        ),
        pytest.param({"note": 1}, "note: 1 is none of null, string", id="no-branch"),
        pytest.param({"state": "LOST"}, "state: 'LOST' is no shop.State", id="symbol"),
        pytest.param({"hash": b"abc"}, "hash: a bytes of 3 is no shop.Hash", id="size"),
        pytest.param({"data": "text"}, "data: 'text' is no bytes", id="text-for-bytes"),
        pytest.param({"extra": 1}, "shop.Order has no field 'extra'", id="unknown"),
    ],
)
def test_given_a_value_that_does_not_fit_when_written_then_the_place_is_told(
    change, reason
):
    with pytest.raises(EncodeError, match=reason):
        write(ORDER, VALUE | change)


def test_given_a_value_of_another_kind_when_written_then_its_content_is_not_told():
    with pytest.raises(EncodeError, match=r"^a dict of 1 is no array$") as refused:
        write({"type": "array", "items": "int"}, {"password": "hidden"})

    assert "hidden" not in str(refused.value)


def test_given_a_field_with_a_default_when_missing_then_the_default_is_written():
    schema = record("R", id="int")
    schema["fields"].append({"name": "data", "type": "bytes", "default": "\u00ff"})

    assert read(schema, write(schema, {"id": 1})) == {"id": 1, "data": b"\xff"}


def test_mappings_and_sequences_of_any_kind_are_written():
    schema = record("R", list={"type": "array", "items": "int"})

    assert write(schema, OrderedDict(list=(1, 2))) == write(schema, {"list": [1, 2]})


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "int", "logicalType": "date"}, datetime.date(2026, 1, 2)),
        ({"type": "int", "logicalType": "time-millis"}, datetime.time(1, 2, 3, 4000)),
        ({"type": "long", "logicalType": "time-micros"}, datetime.time(1, 2, 3, 4)),
        (
            {"type": "long", "logicalType": "timestamp-millis"},
            datetime.datetime(2026, 1, 2, 3, 4, 5, 6000, tzinfo=UTC),
        ),
        (
            {"type": "long", "logicalType": "timestamp-micros"},
            datetime.datetime(1969, 1, 2, 3, 4, 5, 6, tzinfo=UTC),
        ),
        (
            {"type": "long", "logicalType": "local-timestamp-micros"},
            datetime.datetime(2026, 1, 2, 3, 4, 5, 6),  # noqa: DTZ001 - local
        ),
        ({"type": "string", "logicalType": "uuid"}, uuid.UUID(int=7)),
        (
            {"type": "bytes", "logicalType": "decimal", "precision": 4, "scale": 2},
            Decimal("-12.34"),
        ),
        (
            {"type": "fixed", "name": "D", "size": 12, "logicalType": "duration"},
            b"123456789012",
        ),
        ({"type": "string", "logicalType": "of-our-own"}, "text"),
        ({"type": "bytes", "logicalType": "decimal"}, b"no precision, no decimal"),
    ],
)
@pytest.mark.parametrize("place", ["alone", "field", "union"])
def test_logical_types_are_types_of_python(schema, value, place):
    if place == "field":
        schema, value = record("R", field=schema), {"field": value}
    if place == "union":
        schema = ["null", schema]

    assert read(schema, write(schema, value)) == value


def test_given_a_decimal_with_more_digits_than_it_may_have_then_it_is_refused():
    schema = {"type": "bytes", "logicalType": "decimal", "precision": 3, "scale": 1}

    with pytest.raises(EncodeError):
        write(record("R", field=schema), {"field": Decimal("1234.5")})


RIVALS = ["null", record("a.One", id="int"), record("a.Two", id="int", more="int")]


@pytest.mark.parametrize(
    ("value", "understood"),
    [
        (None, None),
        (("a.One", {"id": 1}), ("a.One", {"id": 1})),
        (("a.Two", {"id": 1, "more": 2}), ("a.Two", {"id": 1, "more": 2})),
        ({"id": 1}, ("a.One", {"id": 1})),
        ({"id": 1, "more": 2}, ("a.Two", {"id": 1, "more": 2})),
    ],
)
def test_records_of_a_union_go_by_their_names(value, understood):
    assert read(RIVALS, write(RIVALS, value)) == understood


def test_given_one_record_in_a_union_when_read_then_it_needs_no_name():
    schema = ["null", record("One", id="int"), {"type": "map", "values": "string"}]

    assert read(schema, write(schema, {"id": 1})) == {"id": 1}


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (("a.Three", {"id": 1}), "names none of null, a.One, a.Two"),
        (("a.One", {"id": "x"}), "id: 'x' is no int"),
        ({"name": 1}, "is none of null, a.One, a.Two"),
        (("a.One",), "names none of"),
    ],
)
def test_given_no_branch_that_fits_when_written_then_all_are_told(value, reason):
    with pytest.raises(EncodeError, match=reason):
        write(RIVALS, value)


def test_given_records_in_each_other_when_written_then_no_branch_is_tried_twice():
    """Each level has two branches that differ in their last field only."""
    one, two = (
        record(name, next=["null", "One", "Two"], last=kind)
        for name, kind in (("One", "int"), ("Two", "string"))
    )
    one["fields"][0]["type"] = ["null", "One", two]
    value: Any = None
    for _ in range(100):
        value = {"next": value, "last": "x"}

    # Trying each would take 2^100 steps.
    payload = write(["null", one], {"next": value, "last": 1})

    assert read(["null", one], payload)["next"][0] == "Two"


@pytest.mark.parametrize("size", [9, 70])
def test_a_union_may_have_many_branches(size):
    union = [record(f"R{number}", id="int") for number in range(size)]

    for number in (0, size - 1):
        value = (f"R{number}", {"id": number})
        assert read(union, write(union, value)) == value


def test_a_record_may_have_many_fields_and_levels():
    wide = record("W", **{f"f{number}": "int" for number in range(3000)})
    value = {f"f{number}": number for number in range(3000)}
    deep: Any = "int"
    inner: Any = 7
    for number in range(20):
        deep = record(f"D{number}", inner={"type": "array", "items": ["null", deep]})
        inner = {"inner": [inner, None]}

    assert read(wide, write(wide, value)) == value
    assert read(deep, write(deep, inner)) == inner


def test_names_of_a_schema_are_never_code():
    name = "x'] or __import__('os').abort() or value['"
    schema = {
        "type": "record",
        "name": "R",
        "fields": [{"name": name, "type": "int"}],
    }

    assert read(schema, write(schema, {name: 1})) == {name: 1}


@pytest.mark.parametrize("value", [b"", b"raw", bytes(300)])
def test_bytes_alone_are_written_bare(value):
    assert write("bytes", value) == value
    assert read("bytes", value) == value
    assert read("bytes", value, reader=["null", "bytes"]) == value


@pytest.mark.parametrize("schema", ["null", record("Nothing")])
def test_what_has_no_bytes_is_read_from_none(schema):
    value: Any = None if schema == "null" else {}

    assert write(schema, value) == b""
    assert read(schema, b"") == value


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", "sku: the message ends here, too early"),
        (b"\x0aabc", "sku: 5 bytes are said to follow, 3 do"),
        (b"\x01", "sku: a length of -1"),
        (b"\x02a", "quantity: the message ends here, too early"),
        (b"\x02a" + b"\xff" * 9 + b"\x01", "quantity: a number is longer than 32 bits"),
        (b"\x02a\x02rest", "4 bytes are left after the payload"),
        (b"\x02\xff\x02", "codec can't decode"),
    ],
)
def test_given_damaged_bytes_when_read_then_the_place_is_told(payload, reason):
    with pytest.raises(DecodeError, match=reason):
        read(ITEM, payload)
    with pytest.raises(DecodeError):
        read(ITEM, payload, reader=record("Item", sku="string"))


@pytest.mark.parametrize("index", [b"\x01", b"\x05", b"\x06", b"\xfe\xff\x7f"])
def test_given_an_index_that_is_no_branch_or_symbol_then_it_is_refused(index):
    """A negative one is not counted from the end."""
    for schema in (
        ["null", "int"],
        {"type": "enum", "name": "E", "symbols": ["A", "B"]},
        [{"type": "map", "values": kind} for kind in ("int", "string")][:1],
    ):
        with pytest.raises(DecodeError):
            read(schema, index + b"\0")


OLD = record("Order", id="int", gone="string")


def test_given_a_reader_when_read_then_the_value_has_its_form():
    reader = record("Order", id="long")
    reader["fields"] += [
        {"name": "at", "type": TIMESTAMP, "default": 0},
        {"name": "raw", "type": "bytes", "default": "\u00fe"},
        {"name": "tags", "type": {"type": "array", "items": "int"}, "default": []},
    ]

    found = read(OLD, write(OLD, {"id": 1, "gone": "x"}), reader)

    assert found == {
        "id": 1,
        "at": datetime.datetime(1970, 1, 1, tzinfo=UTC),
        "raw": b"\xfe",
        "tags": [],
    }


TIMESTAMP = {"type": "long", "logicalType": "timestamp-millis"}


def test_given_a_default_that_can_be_changed_then_no_two_values_share_it():
    reader = record("Order", id="int")
    tags = {"name": "tags", "type": {"type": "array", "items": "int"}, "default": []}
    reader["fields"].append(tags)
    decode = LANGUAGE.reader(resolved(OLD), resolved(reader), None).decode
    payload = write(OLD, {"id": 1, "gone": ""})

    decode(payload, 0, ())["tags"].append(1)

    assert decode(payload, 0, ())["tags"] == []


ONE, TWO = record("a.One", id="int"), record("a.Two", id="int", more="int")


@pytest.mark.parametrize(
    ("writer", "reader", "value", "understood"),
    [
        pytest.param(
            ["null", ONE], RIVALS, {"id": 1}, ("a.One", {"id": 1}), id="a-rival-comes"
        ),
        pytest.param(
            RIVALS, ["null", ONE], ("a.One", {"id": 1}), {"id": 1}, id="a-rival-goes"
        ),
        pytest.param(ONE, RIVALS, {"id": 1}, ("a.One", {"id": 1}), id="into-a-union"),
        pytest.param(RIVALS, ONE, ("a.One", {"id": 1}), {"id": 1}, id="out-of-a-union"),
        pytest.param("int", ["double", "int"], 7, 7, id="the-same-goes-first"),
        pytest.param("int", ["null", "double"], 7, 7.0, id="wider"),
        pytest.param("string", "bytes", "x", b"x", id="text-as-bytes"),
        pytest.param(["bytes"], ["string"], b"x", "x", id="bytes-as-text"),
        pytest.param(
            record("R", a="long"),
            record("R", a={"type": "long", "logicalType": "timestamp-millis"}),
            {"a": 0},
            {"a": datetime.datetime(1970, 1, 1, tzinfo=UTC)},
            id="logical-comes",
        ),
        pytest.param(
            record("R", a={"type": "long", "logicalType": "timestamp-millis"}),
            record("R", a="long"),
            {"a": datetime.datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)},
            {"a": 1000},
            id="logical-goes",
        ),
        pytest.param(
            {"type": "enum", "name": "E", "symbols": ["A", "B"]},
            {"type": "enum", "name": "E", "symbols": ["C"], "default": "C"},
            "B",
            "C",
            id="symbol-goes",
        ),
    ],
)
def test_given_a_reader_then_its_form_decides(writer, reader, value, understood):
    found = read(writer, write(writer, value), reader)

    assert found == understood
    assert type(found) is type(understood)


def test_given_a_field_with_a_former_name_when_read_then_it_has_the_new_one():
    reader = record("Order", number="int")
    reader["fields"][0]["aliases"] = ["id"]

    assert read(OLD, write(OLD, {"id": 7, "gone": ""}), reader) == {"number": 7}


def test_given_a_list_of_records_when_read_as_another_then_all_are():
    node = record("Node", id="int", next=["null", "Node"])
    reader = record("Node", next=["null", "Node"], id="long")
    value = {"id": 1, "next": {"id": 2, "next": None}}
    many = {"type": "array", "items": node}

    found = read(many, write(many, [value]), {"type": "array", "items": reader})

    assert found == [value]


def test_given_a_value_that_has_no_place_when_read_then_it_is_told():
    payload = write(RIVALS, ("a.Two", {"id": 1, "more": 2}))
    symbols = {"type": "enum", "name": "E", "symbols": ["A", "B"]}
    fewer = {"type": "enum", "name": "E", "symbols": ["A"]}

    with pytest.raises(DecodeError, match=r"a\.Two is none of null, a\.One"):
        read(RIVALS, payload, ["null", ONE])
    with pytest.raises(DecodeError, match="a symbol is none of E"):
        read(symbols, write(symbols, "B"), fewer)


@pytest.mark.parametrize(
    ("reader", "reason"),
    [
        (record("Order", id="int", new="int"), "field new was not written"),
        (record("Order", id="string"), "id: int is not read as string"),
        (record("Other", id="int"), "Order is another type than Other"),
        ("string", "Order is not read as string"),
    ],
)
def test_given_a_reader_that_reads_nothing_when_compiled_then_it_is_refused(
    reader, reason
):
    with pytest.raises(DecodeError, match=reason):
        LANGUAGE.reader(resolved(OLD), resolved(reader), None)


def test_references_are_read_with_the_schema():
    outer = record("Outer", inner="shop.Inner", again="shop.Inner")
    both = resolved(outer, **{"shop.Inner": record("shop.Inner", id="int")})
    value = {"inner": {"id": 1}, "again": {"id": 2}}

    payload = LANGUAGE.writer(both, None, dict).encode(value)

    assert LANGUAGE.reader(both, None, None).decode(payload, 0, ()) == value
    assert LANGUAGE.record_name(both) == "Outer"


@pytest.mark.parametrize(
    ("values", "target", "reason"),
    [
        pytest.param(OLD, OLD, "", id="the-same"),
        pytest.param(record("Order", a="int"), record("Order", a="long"), "", id="up"),
        pytest.param(
            record("Order", a="long"),
            record("Order", a="int"),
            "a: long cannot be written as int",
            id="down",
        ),
        pytest.param(
            record("Order", a="string"),
            record("Order", a=["null", "string"]),
            "",
            id="into-a-union",
        ),
        pytest.param(
            record("Order", a=["null", "string"]),
            record("Order", a="string"),
            "a: null cannot be written as string",
            id="out-of-a-union",
        ),
        pytest.param(
            record("Order"),
            record("Order", a="int"),
            "field a is needed, and not there",
            id="needed",
        ),
        pytest.param(
            record("Order", a="int"),
            record("Order"),
            "field a would be lost",
            id="lost",
        ),
        pytest.param(
            record("Order", a=TIMESTAMP),
            record("Order", a="long"),
            "a: long .timestamp-millis. cannot be written as long",
            id="logical",
        ),
        pytest.param(OLD, record("Other"), "another type than Other", id="named"),
        pytest.param(
            {"type": "enum", "name": "E", "symbols": ["A", "B"]},
            {"type": "enum", "name": "E", "symbols": ["A"]},
            "symbol B is not in E",
            id="symbol",
        ),
        pytest.param(
            {"type": "array", "items": "string"},
            {"type": "array", "items": "int"},
            r"\[\]: string cannot be written as int",
            id="items",
        ),
    ],
)
def test_values_fit_where_nothing_of_them_is_lost(values, target, reason):
    found = LANGUAGE.misfit(resolved(values), resolved(target))

    assert bool(found) == bool(reason)
    if reason:
        with pytest.raises(AssertionError, match=reason):
            raise AssertionError(found)


@pytest.mark.parametrize(
    ("union", "value"),
    [
        ([{"type": "int", "logicalType": "time-millis"}, "long"], 152_911_286),
        ([{"type": "string", "logicalType": "uuid"}, "string"], "no uuid"),
        ([{"type": "long", "logicalType": "timestamp-millis"}, "int"], -159),
        (
            [
                {"type": "long", "logicalType": "timestamp-millis"},
                {"type": "long", "logicalType": "local-timestamp-millis"},
            ],
            datetime.datetime(2026, 1, 2),  # noqa: DTZ001 - that is it
        ),
    ],
)
def test_given_a_value_that_one_branch_would_read_as_another_then_it_is_not_written_so(
    union, value
):
    assert read(union, write(union, value)) == value


@pytest.mark.parametrize(
    ("logical", "beneath", "value"),
    [
        ("uuid", "string", "no uuid"),
        ("date", "int", 2**31 - 1),
        ("time-millis", "int", 86_400_000),
        ("timestamp-micros", "long", 2**62),
        ("timestamp-micros", "long", datetime.datetime(2026, 1, 2)),  # noqa: DTZ001 - refused
    ],
)
def test_given_what_no_reader_could_make_of_a_logical_type_when_written_then_refused(
    logical, beneath, value
):
    with pytest.raises(EncodeError):
        write({"type": beneath, "logicalType": logical}, value)
