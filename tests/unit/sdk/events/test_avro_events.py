"""Classes and Avro: what is derived, what is written and read, what is refused."""

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, make_dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum, Flag
from typing import Annotated, Any, Literal, NewType
from uuid import UUID

import fastavro
import msgspec
import pydantic
import pytest

from wirepact.codecs.language import ResolvedSchema
from wirepact.events import (
    Alias,
    Constant,
    Digits,
    Doc,
    EventTypeError,
    Fixed,
    Float32,
    Int32,
    Local,
    Micros,
    Millis,
    Name,
    Naming,
    Nanos,
    UnfitValueError,
    event,
    find_event_type,
    isolated_events,
    named,
)
from wirepact.schemas import Schema

NOW = datetime(2026, 2, 28, 12, 30, 15, 250_000, tzinfo=UTC)


@pytest.fixture(autouse=True)
def isolation():
    with isolated_events():
        yield


def derived(cls: type, name: str = "shop.Order", **options: Any) -> dict[str, Any]:
    event(name, **options)(cls)
    schema: dict[str, Any] = json.loads(find_event_type(cls).schema.text)
    return schema


def a_class(name: str, hints: dict[str, Any]) -> Any:
    return make_dataclass(name, hints.items())


def field_of(hint: Any, default: Any = ...) -> dict[str, Any]:
    """Return what is derived for a class of one field."""
    stated = () if default is ... else (field(default=default),)
    cls = make_dataclass("Order", [("value", hint, *stated)])
    (found,) = derived(cls)["fields"]
    return found


def there_and_back(cls: type, value: Any, schema: Any = None) -> Any:
    """Write an instance with fastavro, and read it again."""
    found = find_event_type(cls)
    resolved = found.resolved if schema is None else a_schema(schema)
    adapter = found.adapter(resolved)
    parsed = fastavro.parse_schema(json.loads(resolved.schema.text))
    stream = io.BytesIO()
    fastavro.schemaless_writer(stream, parsed, adapter.to_plain(value))
    stream.seek(0)
    plain = fastavro.schemaless_reader(
        stream,
        parsed,
        None,
        return_record_name=True,
        return_record_name_override=True,
    )
    return adapter.from_plain(plain)


def a_schema(value: Any) -> ResolvedSchema:
    return ResolvedSchema(Schema(json.dumps(value)))


def a_record(**types: Any) -> dict[str, Any]:
    fields = [{"name": name, "type": kind} for name, kind in types.items()]
    return {"type": "record", "name": "Order", "namespace": "shop", "fields": fields}


def a_field(name: str, kind: Any) -> dict[str, Any]:
    return {"name": name, "type": kind}


class Status(Enum):
    NEW = "new"
    PAID = "paid"


class Level(Enum):
    LOW = 1
    HIGH = 2


OrderId = NewType("OrderId", str)


@pytest.mark.parametrize(
    ("hint", "kind"),
    [
        (bool, "boolean"),
        (int, "long"),
        (Annotated[int, Int32], "int"),
        (float, "double"),
        (Annotated[float, Float32], "float"),
        (str, "string"),
        (OrderId, "string"),
        (bytes, "bytes"),
        (None, "null"),
        (date, {"type": "int", "logicalType": "date"}),
        (time, {"type": "long", "logicalType": "time-micros"}),
        (Annotated[time, Millis], {"type": "int", "logicalType": "time-millis"}),
        (datetime, {"type": "long", "logicalType": "timestamp-micros"}),
        (
            Annotated[datetime, Millis],
            {"type": "long", "logicalType": "timestamp-millis"},
        ),
        (
            Annotated[datetime, Local, Nanos],
            {"type": "long", "logicalType": "local-timestamp-nanos"},
        ),
        (Annotated[int, Millis], {"type": "long", "logicalType": "timestamp-millis"}),
        (UUID, {"type": "string", "logicalType": "uuid"}),
        (
            Annotated[Decimal, Digits(9, 2)],
            {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2},
        ),
        (
            Annotated[bytes, Fixed("Hash", 16)],
            {"type": "fixed", "name": "Hash", "namespace": "shop", "size": 16},
        ),
        (Annotated[timedelta, Micros], "long"),
        (list[str], {"type": "array", "items": "string"}),
        (Sequence[int], {"type": "array", "items": "long"}),
        (tuple[str, ...], {"type": "array", "items": "string"}),
        (frozenset[str], {"type": "array", "items": "string"}),
        (dict[str, int], {"type": "map", "values": "long"}),
        (Mapping[str, int], {"type": "map", "values": "long"}),
        (str | None, ["string", "null"]),
        (None | str, ["null", "string"]),
        (
            Annotated[Decimal | None, Digits(4)],
            [{"type": "bytes", "logicalType": "decimal", "precision": 4}, "null"],
        ),
        (
            Literal["S", "M"],
            {
                "type": "enum",
                "name": "OrderValue",
                "namespace": "shop",
                "symbols": ["S", "M"],
            },
        ),
        (Literal["a-b"], "string"),
        (Literal[1, 2], "long"),
        (
            Status,
            {
                "type": "enum",
                "name": "Status",
                "namespace": "shop",
                "symbols": ["new", "paid"],
            },
        ),
        (
            Level,
            {
                "type": "enum",
                "name": "Level",
                "namespace": "shop",
                "symbols": ["LOW", "HIGH"],
            },
        ),
    ],
)
def test_given_a_hint_when_derived_then_avro_has_this_type(hint, kind):
    assert field_of(hint) == {"name": "value", "type": kind}


@pytest.mark.parametrize(
    ("hint", "default", "kind", "stated"),
    [
        (str | None, None, ["null", "string"], None),
        (str | None, "x", ["string", "null"], "x"),
        (int, 7, "long", 7),
        (float, 1, "double", 1.0),
        (bytes, b"\x00\xff", "bytes", "\x00\xff"),
        (
            Annotated[Decimal, Digits(5, 2)],
            Decimal("-1.5"),
            {"type": "bytes", "logicalType": "decimal", "precision": 5, "scale": 2},
            "\xff\x6a",
        ),
        (date, date(1970, 1, 2), {"type": "int", "logicalType": "date"}, 1),
        (
            Annotated[datetime, Millis],
            datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC),
            {"type": "long", "logicalType": "timestamp-millis"},
            1000,
        ),
    ],
)
def test_given_a_default_when_derived_then_it_stands_in_the_schema(
    hint, default, kind, stated
):
    expected = {"name": "value", "type": kind, "default": stated}

    assert field_of(hint, default) == expected


def test_given_factories_when_derived_then_only_those_of_equal_values_are_defaults():
    @dataclass
    class Order:
        empty: list[str] = field(default_factory=list)
        filled: list[str] = field(default_factory=Constant(lambda: ["EUR"]))
        changing: datetime = field(default_factory=lambda: datetime.now(UTC))

    defaults = {each["name"]: each.get("default") for each in derived(Order)["fields"]}

    assert defaults == {"empty": [], "filled": ["EUR"], "changing": None}


def test_given_docs_names_and_aliases_when_derived_then_the_schema_has_them():
    @named("shop.Order", aliases=["shop.Purchase"])
    @dataclass
    class Order:
        """What was bought."""

        order_id: Annotated[str, Doc("Never used again."), Alias("id")]
        class_: str
        total_cents: Annotated[int, Name("total")]
        note: str = field(default="", metadata={"doc": "For people."})

    assert derived(Order) == {
        "type": "record",
        "name": "Order",
        "namespace": "shop",
        "doc": "What was bought.",
        "aliases": ["shop.Purchase"],
        "fields": [
            {
                "name": "orderId",
                "type": "string",
                "doc": "Never used again.",
                "aliases": ["id"],
            },
            {"name": "class", "type": "string"},
            {"name": "total", "type": "long"},
            {"name": "note", "type": "string", "default": "", "doc": "For people."},
        ],
    }


def test_given_names_as_they_are_when_derived_then_they_stay():
    @dataclass
    class Order:
        order_id: str

    (found,) = derived(Order, naming=Naming.AS_IS)["fields"]
    assert found["name"] == "order_id"


def test_given_other_libraries_when_derived_then_their_names_and_docs_count():
    class Struct(msgspec.Struct, rename="camel"):
        order_id: Annotated[str, msgspec.Meta(description="Never used again.")]

    class Model(pydantic.BaseModel):
        order_id: str = pydantic.Field(alias="id", description="Never used again.")

    names = [
        derived(cls, f"shop.Order{n}")["fields"][0]
        for n, cls in enumerate((Struct, Model))
    ]
    assert names == [
        {"name": "orderId", "type": "string", "doc": "Never used again."},
        {"name": "id", "type": "string", "doc": "Never used again."},
    ]


@dataclass(frozen=True)
class Node:
    name: str
    children: "list[Node]" = field(default_factory=list)


def test_given_a_class_that_contains_itself_when_derived_then_it_is_named():
    children = derived(Node, "shop.Node")["fields"][1]
    tree = Node("a", [Node("b"), Node("c", [Node("d")])])

    assert children["type"] == {"type": "array", "items": "shop.Node"}
    assert there_and_back(Node, tree) == tree


@pytest.mark.parametrize(
    ("hint", "words"),
    [
        (Decimal, "write Annotated[Decimal, Digits(precision=12, scale=2)]"),
        (Any, "say which types it may have"),
        (timedelta, "Annotated[timedelta, Millis]"),
        (tuple[str, int], "write a dataclass"),
        (dict[int, str], "the keys of a dict must be str"),
        (complex, "use a dataclass, an Enum, list, dict"),
        (Annotated[str, Digits(4)], "is for Decimal, and says nothing about str"),
        (Annotated[time, Nanos], "in Millis or Micros"),
        (Flag("F", "A B"), "write set[...] of an Enum"),
        (list[str] | list[int], "its union has 'array' twice"),
        (Literal[1.5], "texts and whole numbers"),
        (Literal[1, "a"], "mixes types"),
    ],
)
def test_given_a_hint_that_avro_has_nothing_for_when_derived_then_it_says_what_to_write(
    hint, words
):
    with pytest.raises(EventTypeError) as caught:
        field_of(hint)

    assert words in str(caught.value)
    assert caught.value.place.endswith("Order.value")


@pytest.mark.parametrize(
    ("hint", "default"),
    [
        (str, 7),
        (float, float("nan")),
        (Annotated[Decimal, Digits(4, 1)], Decimal("1.25")),
        (datetime, datetime(2026, 1, 1)),  # noqa: DTZ001 - that is what is refused
    ],
)
def test_given_a_default_that_does_not_fit_when_derived_then_it_is_refused(
    hint, default
):
    with pytest.raises(EventTypeError, match="its default"):
        field_of(hint, default)


def test_given_two_classes_of_one_name_when_derived_then_it_is_refused():
    first = a_class("Money", {"units": int})
    second = a_class("Money", {"cents": int})
    order = a_class("Order", {"a": first, "b": second})

    with pytest.raises(EventTypeError, match=r"two types are called 'shop\.Money'"):
        derived(order)


@dataclass(frozen=True)
class Card:
    number: str


@dataclass(frozen=True)
class Cash:
    given: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Everything:
    flag: bool
    small: Annotated[int, Int32]
    amount: Annotated[Decimal, Digits(12, 2)]
    day: date
    at: time
    instant: Annotated[datetime, Millis]
    wall: Annotated[datetime, Local]
    nanos: Annotated[int, Nanos]
    exact: Annotated[datetime, Nanos]
    uid: UUID
    raw_uid: Annotated[UUID, Fixed("RawUid", 16)]
    span: Annotated[timedelta, Fixed("Span", 12)]
    count: Annotated[timedelta, Millis]
    status: Status
    level: Level
    size: Literal["S", "M"]
    payment: Card | Cash | None
    mixed: str | Status | int | list[str]
    tags: frozenset[str]
    steps: tuple[Level, ...]
    prices: dict[str, Annotated[Decimal, Digits(9, 3)]]
    note: str | None = None


EVERYTHING = Everything(
    flag=True,
    small=-5,
    amount=Decimal("19.90"),
    day=date(2026, 2, 28),
    at=time(1, 2, 3, 4),
    instant=NOW,
    wall=NOW.replace(tzinfo=None),
    nanos=1_700_000_000_000_000_001,
    exact=NOW,
    uid=UUID(int=1),
    raw_uid=UUID(int=2),
    span=timedelta(days=3, milliseconds=4),
    count=timedelta(seconds=-5),
    status=Status.PAID,
    level=Level.HIGH,
    size="M",
    payment=Cash(2.5),
    mixed=Status.NEW,
    tags=frozenset({"a", "b"}),
    steps=(Level.LOW, Level.HIGH),
    prices={"a": Decimal("1.250")},
)


@pytest.mark.parametrize("payment", [None, Card("1"), Cash(0.5)])
@pytest.mark.parametrize("mixed", ["x", Status.PAID, 7, ["new"]])
def test_given_every_type_when_written_and_read_then_the_values_are_the_same(
    payment, mixed
):
    event("shop.Everything")(Everything)
    value = replace(EVERYTHING, payment=payment, mixed=mixed)

    assert there_and_back(Everything, value) == value


@pytest.mark.parametrize("kind", ["dataclass", "msgspec", "pydantic"])
def test_given_a_schema_in_camel_case_when_written_then_python_names_fit(kind):
    bases = {"msgspec": (msgspec.Struct,), "pydantic": (pydantic.BaseModel,)}
    hints = {"__annotations__": {"order_id": str, "total": int}}
    made = type("Order", bases.get(kind, ()), {"__module__": __name__, **hints})
    order = dataclass(made) if kind == "dataclass" else made
    event("shop.Order")(order)

    adapter = find_event_type(order).adapter(
        a_schema(a_record(orderId="string", total="long"))
    )

    value = order(order_id="o-1", total=5)
    assert adapter.to_plain(value) == {"orderId": "o-1", "total": 5}
    assert adapter.from_plain({"orderId": "o-1", "total": 5}) == value


def test_given_a_model_with_validators_when_read_then_they_are_asked():
    class Order(pydantic.BaseModel):
        total: int = pydantic.Field(ge=0)

    event("shop.Order")(Order)
    adapter = find_event_type(Order).adapter(a_schema(a_record(total="long")))

    with pytest.raises(pydantic.ValidationError):
        adapter.from_plain({"total": -1})


@dataclass
class Short:
    order_id: str


@dataclass
class Long:
    order_id: str
    note: str = "none"


def test_given_a_field_that_the_schema_lacks_when_used_then_it_reads_but_never_writes():
    event("shop.Order")(Long)
    adapter = find_event_type(Long).adapter(a_schema(a_record(orderId="string")))

    assert adapter.from_plain({"orderId": "o-1"}) == Long("o-1", "none")
    with pytest.raises(EventTypeError, match=r"Long\.note: .*could not be written"):
        adapter.to_plain(Long("o-1"))


def test_given_a_field_that_the_class_lacks_when_used_then_it_reads_but_never_writes():
    event("shop.Order")(Short)
    adapter = find_event_type(Short).adapter(
        a_schema(a_record(orderId="string", total="long"))
    )

    assert adapter.from_plain({"orderId": "o-1", "total": 1}) == Short("o-1")
    with pytest.raises(
        EventTypeError, match=r'mark the field that it is: Name\("total'
    ):
        adapter.to_plain(Short("o-1"))


def test_given_a_default_that_the_class_lacks_when_written_then_it_is_left_out():
    event("shop.Order")(Short)
    schema = a_record(orderId="string", total="long")
    schema["fields"][1]["default"] = 0

    adapter = find_event_type(Short).adapter(a_schema(schema))

    assert adapter.to_plain(Short("o-1")) == {"orderId": "o-1"}


@pytest.mark.parametrize(
    ("hint", "kind"),
    [
        (int, "string"),
        (float, "long"),
        (str, "bytes"),
        (list[str], "string"),
        (Status, {"type": "enum", "name": "E", "symbols": ["OTHER"]}),
        (Literal["a"], "long"),
        (Card, "string"),
    ],
)
def test_given_a_type_that_does_not_fit_when_adapted_then_the_field_is_named(
    hint, kind
):
    order = a_class("Order", {"value": hint})
    event("shop.Order")(order)

    with pytest.raises(EventTypeError) as caught:
        find_event_type(order).adapter(a_schema(a_record(value=kind)))

    assert caught.value.place.endswith("Order.value")


def test_given_a_time_without_a_zone_when_written_then_it_is_refused():
    order = a_class("Order", {"at": datetime})
    event("shop.Order")(order)
    adapter = find_event_type(order).adapter(find_event_type(order).resolved)

    with pytest.raises(UnfitValueError, match="has no time zone"):
        adapter.to_plain(order(NOW.replace(tzinfo=None)))


def test_given_a_time_of_another_zone_when_written_then_the_instant_is_the_same():
    order = a_class("Order", {"at": datetime})
    event("shop.Order")(order)
    there = NOW.astimezone(timezone(timedelta(hours=5)))

    assert there_and_back(order, order(there)).at == NOW


def test_given_a_symbol_that_the_enum_lacks_when_read_then_it_is_refused():
    order = a_class("Order", {"status": Status})
    event("shop.Order")(order)
    symbols = {"type": "enum", "name": "S", "symbols": ["new", "paid", "lost"]}
    adapter = find_event_type(order).adapter(a_schema(a_record(status=symbols)))

    with pytest.raises(UnfitValueError, match="'lost' is none of its values"):
        adapter.from_plain({"status": "lost"})


def test_given_one_schema_when_adapted_twice_then_it_is_compiled_once():
    event("shop.Order")(Short)
    found = find_event_type(Short)
    text = a_record(orderId="string")

    assert found.adapter(a_schema(text)) is found.adapter(a_schema(text))


def test_given_a_class_that_checks_itself_when_read_then_it_is_asked():
    @event("shop.Checked")
    @dataclass(frozen=True, slots=True)
    class Checked:
        total: int

        def __post_init__(self):
            if self.total < 0:
                raise ValueError("negative")

    @event("shop.Built")
    @dataclass(frozen=True, slots=True)
    class Built:
        total: int

        def __init__(self, total: int) -> None:
            object.__setattr__(self, "total", total + 1)

    checked, built = (find_event_type(cls) for cls in (Checked, Built))

    with pytest.raises(ValueError, match="negative"):
        checked.adapter(checked.resolved).from_plain({"total": -1})
    assert built.adapter(built.resolved).from_plain({"total": 1}).total == 2


def test_given_a_branch_that_the_class_lacks_when_met_then_only_it_is_refused():
    cls = a_class("Order", {"payment": Card | None})
    event("shop.Order")(cls)
    card = {"type": "record", "name": "Card", "fields": [a_field("number", "string")]}
    cash = {"type": "record", "name": "Cash", "fields": [a_field("given", "double")]}
    adapter = find_event_type(cls).adapter(
        a_schema(a_record(payment=["null", card, cash, "string"]))
    )

    read = adapter.from_plain

    assert read({"payment": ("shop.Card", {"number": "1"})}).payment == Card("1")
    assert read({"payment": None}).payment is None
    with pytest.raises(UnfitValueError):
        read({"payment": ("shop.Cash", {"given": 1.0})})
    with pytest.raises(UnfitValueError):
        read({"payment": "voucher"})
    assert adapter.to_plain(cls(Card("1"))) == {
        "payment": ("shop.Card", {"number": "1"})
    }


def test_given_null_in_the_schema_when_the_class_has_no_none_then_null_is_refused():
    cls = a_class("Order", {"note": str, "tags": list[str]})
    event("shop.Order")(cls)
    tags = {"type": "array", "items": ["null", "string"]}
    schema = a_schema(a_record(note=["null", "string"], tags=tags))
    adapter = find_event_type(cls).adapter(schema)

    assert adapter.from_plain({"note": "n", "tags": ["a"]}) == cls("n", ["a"])
    assert adapter.to_plain(cls("n", ["a"])) == {"note": "n", "tags": ["a"]}
    wrong: list[Any] = [{"note": None, "tags": []}, {"note": "n", "tags": [None]}]
    for plain in wrong:
        with pytest.raises(UnfitValueError, match="is None, which the class does not"):
            adapter.from_plain(plain)


def test_given_a_union_at_the_root_when_adapted_then_the_class_is_its_branch():
    event("shop.Card")(Card)
    card = {
        "type": "record",
        "name": "shop.Card",
        "fields": [a_field("number", "string")],
    }
    cash = {
        "type": "record",
        "name": "shop.Cash",
        "fields": [a_field("given", "double")],
    }
    adapter = find_event_type(Card).adapter(a_schema([card, cash]))

    assert adapter.to_plain(Card("1")) == ("shop.Card", {"number": "1"})
    assert adapter.from_plain(("shop.Card", {"number": "1"})) == Card("1")


def test_given_fields_of_the_same_words_when_adapted_then_each_finds_its_own():
    hints = {"order_id": str, "order_id_2": Annotated[str, Name("order_id")]}
    cls = a_class("Order", hints)
    event("shop.Order")(cls)
    schema = a_schema(a_record(orderId="string", order_id="string"))

    plain = find_event_type(cls).adapter(schema).to_plain(cls("a", "b"))

    assert plain == {"orderId": "a", "order_id": "b"}


def test_given_two_decimals_in_a_union_when_used_then_it_reads_but_never_writes():
    hint = (
        Annotated[Decimal, Digits(4, 1)] | Annotated[Decimal, Fixed("D", 4), Digits(9)]
    )
    cls = a_class("Order", {"total": hint})
    event("shop.Order")(cls)
    decimal = {"logicalType": "decimal", "precision": 4, "scale": 1}
    branches = [
        {"type": "bytes", **decimal},
        {
            "type": "fixed",
            "name": "D",
            "size": 4,
            "logicalType": "decimal",
            "precision": 9,
        },
    ]
    adapter = find_event_type(cls).adapter(a_schema(a_record(total=branches)))

    assert adapter.from_plain({"total": Decimal("1.5")}).total == Decimal("1.5")
    with pytest.raises(EventTypeError, match="hold decimals of other digits"):
        adapter.to_plain(cls(Decimal("1.5")))
