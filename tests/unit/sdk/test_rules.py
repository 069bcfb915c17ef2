"""Rules of rule sets: which are executed, on what, and what follows."""

import copy
import json
import pickle
import sys
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from tests.suites.protobuf_schemas import classes, resolved
from wirepact.codecs.language import Adapter, ResolvedSchema
from wirepact.errors import (
    DecodeError,
    DecodeRuleError,
    EncodeError,
    EncodeRuleError,
    MissingExtraError,
    RuleError,
)
from wirepact.rules.execution import Migration, compiled, migrated, ruled
from wirepact.rules.fields import matches
from wirepact.rules.ruleset import Mode
from wirepact.schemas import AVRO, JSON, Schema

LINE = {
    "type": "record",
    "name": "Line",
    "fields": [
        {"name": "sku", "type": "string", "confluent:tags": ["PUBLIC"]},
        {"name": "quantity", "type": "int"},
    ],
}
ORDER = {
    "type": "record",
    "name": "Order",
    "namespace": "shop",
    "fields": [
        {"name": "id", "type": "string", "confluent:tags": ["PII", "ID"]},
        {"name": "note", "type": ["null", "string"], "confluent:tags": ["PII"]},
        {"name": "lines", "type": {"type": "array", "items": LINE}},
        {
            "name": "names",
            "type": {"type": "map", "values": "string"},
            "confluent:tags": ["PII"],
        },
        {"name": "best", "type": ["null", "Line", "long"], "default": None},
    ],
}
VALUE: dict[str, Any] = {
    "id": "o-1",
    "note": None,
    "lines": [{"sku": "a", "quantity": 1}, {"sku": "b", "quantity": 2}],
    "names": {"first": "Zoë"},
    "best": None,
}
TIMES = {
    "type": "record",
    "name": "Times",
    "fields": [
        {"name": "n", "type": "int"},
        {
            "name": "sum",
            "type": {
                "type": "bytes",
                "logicalType": "decimal",
                "precision": 9,
                "scale": 2,
            },
        },
        {"name": "day", "type": {"type": "int", "logicalType": "date"}},
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-micros"}},
        {"name": "clock", "type": {"type": "int", "logicalType": "time-millis"}},
        {"name": "key", "type": {"type": "string", "logicalType": "uuid"}},
        {"name": "raw", "type": "bytes"},
        {"name": "share", "type": "double"},
    ],
}
TIMES_VALUE = {
    "n": 1,
    "sum": Decimal("1.10"),
    "day": date(1970, 1, 11),
    "at": datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC),
    "clock": time(12, 30),
    "key": UUID(int=7),
    "raw": b"\0\1",
    "share": 0.5,
}


def rule(expr="true", type="CEL", kind="CONDITION", mode="WRITEREAD", **more):  # noqa: A002 - as rules call it
    name = more.pop("name", "checked")
    return {
        "name": name,
        "kind": kind,
        "type": type,
        "mode": mode,
        "expr": expr,
        **more,
    }


def transform(expr, **more):
    return rule(expr, kind="TRANSFORM", **more)


def field_rule(expr, *tags, kind="TRANSFORM", **more):
    return rule(expr, "CEL_FIELD", kind, tags=list(tags), **more)


def avro(*rules, schema=ORDER, metadata=None, **rule_set):
    rule_set = {"domainRules": list(rules), **rule_set}
    found = Schema(json.dumps(schema), AVRO, metadata=metadata, rule_set=rule_set)
    return ResolvedSchema(found)


def execute(schema, value, mode=Mode.WRITE):
    steps = compiled(schema, mode, "orders-value")
    return value if steps is None else steps(value)


@pytest.mark.parametrize(
    ("given", "modes"),
    [
        (rule("false", mode="WRITE"), {Mode.WRITE}),
        (rule("false", mode="READ"), {Mode.READ}),
        (rule("false", mode="WRITEREAD"), {Mode.WRITE, Mode.READ}),
        (rule("false", mode="UPDOWN"), set()),
        (rule("false", disabled=True), set()),
        ({"name": "r", "type": "CEL", "expr": "null"}, {Mode.WRITE, Mode.READ}),
    ],
)
def test_given_a_mode_when_written_or_read_then_the_rule_is_executed_in_it(
    given, modes
):
    found = {m for m in (Mode.WRITE, Mode.READ) if compiled(avro(given), m, "s")}

    assert found == modes
    for mode in modes:
        with pytest.raises(RuleError):
            execute(avro(given), VALUE, mode)


@pytest.mark.parametrize(
    ("enabled_at", "is_executed"),
    [
        ("ALL", True),
        ("CLIENT", True),
        (None, True),
        ("SERVER", False),
        ("NONE", False),
        ("GATEWAY", False),
    ],
)
def test_given_where_rules_are_enabled_when_written_then_here_or_not(
    enabled_at, is_executed
):
    schema = avro(rule(), enableAt=enabled_at)

    assert (compiled(schema, Mode.WRITE, "s") is not None) == is_executed


@pytest.mark.parametrize("rule_set", [None, {}, {"domainRules": None}])
def test_given_no_rules_when_compiled_then_there_is_nothing_to_do(rule_set):
    schema = ResolvedSchema(Schema("{}", AVRO, rule_set=rule_set))
    adapter = Adapter(str, str)

    assert compiled(schema, Mode.WRITE, "s") is None
    assert ruled(adapter, schema, Mode.READ, "s") is adapter


def test_given_several_rules_when_written_then_in_order_and_read_in_reverse():
    schema = avro(
        transform("{'id': message.id + 'a'}"), transform("{'id': message.id + 'b'}")
    )

    assert execute(schema, {"id": ""}) == {"id": "ab"}
    assert execute(schema, {"id": ""}, Mode.READ) == {"id": "ba"}


def test_given_transformations_of_the_same_tags_when_executed_then_the_first_is():
    schema = avro(
        field_rule("value + '1'", "ID", "PUBLIC"),
        field_rule("value + '2'", "PUBLIC", "ID"),
        field_rule("value + '3'", "ID"),
    )

    assert execute(schema, VALUE)["id"] == "o-113"
    assert execute(schema, VALUE, Mode.READ)["id"] == "o-131"


def test_given_zero_characters_when_rules_see_them_then_nothing_ends_there():
    schema = avro(
        field_rule("typeName == 'STRING'; value + 'x'"),
        rule("message.id == 'a\\x00bx' && size(message.id) == 4"),
    )

    assert execute(schema, {**VALUE, "id": "a\0b"})["id"] == "a\0bx"

    found = execute(
        protobuf(
            field_rule("value + b'!'", "RAW"),
            metadata={"tags": {"shop.Order.raw": ["RAW"]}},
        ),
        order(raw=b"a\0b"),
    )
    assert found == order(raw=b"a\0b!")


@pytest.mark.parametrize(
    ("expression", "is_met"),
    [
        ("message.id == 'o-1'", True),
        ("size(message.lines) > 2", False),
        ("message.lines.all(each, each.quantity > 0)", True),
        ("message.note == null && has(message.best)", True),
        ("message.id == 'x'; false", True),
        ("message.id == 'o-1'; message.names.first == 'Zoë'", True),
        ("message.id == 'o-1'; false", False),
        ("now > timestamp('2020-01-01T00:00:00Z')", True),
        ("isEmail('a@b.de') && 'x.example.org'.isHostname()", True),
        ("'1.2.3.4'.isIpv4() && !isIpv6('1.2.3.4')", True),
        ("'http://a.de/b'.isUri() && isUriRef('/b') && !'b'.isUuid()", True),
        ("'abc'.substring(1) == 'bc'", True),
    ],
)
def test_given_a_condition_when_written_then_it_must_be_met(expression, is_met):
    schema = avro(rule(expression))

    if is_met:
        assert execute(schema, VALUE) is VALUE
    else:
        with pytest.raises(EncodeRuleError, match="the condition is not met"):
            execute(schema, VALUE)


def test_given_a_transformation_when_written_then_the_value_is_another():
    before = copy.deepcopy(VALUE)
    schema = avro(transform("{'id': message.id + '!', 'lines': [message.lines[1]]}"))

    assert execute(schema, VALUE) == {
        "id": "o-1!",
        "lines": [{"sku": "b", "quantity": 2}],
    }
    assert before == VALUE


def test_given_an_untouched_value_when_transformed_then_it_keeps_types_and_order():
    schema = avro(transform("message"), schema=TIMES)

    found = execute(schema, TIMES_VALUE)

    assert found == TIMES_VALUE
    assert list(found) == list(TIMES_VALUE)
    assert {name: type(each) for name, each in found.items()} == {
        name: type(each) for name, each in TIMES_VALUE.items()
    }


@pytest.mark.parametrize(
    "expression",
    [
        "message.sum > 1.09",
        "message.day == 10",
        "message.at == timestamp('2026-01-02T03:04:05.000006Z')",
        "message.clock == '12:30:00'",
        "message.key == '00000000-0000-0000-0000-000000000007'",
        "message.raw == b'\\x00\\x01'",
        "message.n < 2 && message.share < 1.0",
    ],
)
def test_given_logical_types_when_bound_then_as_cel_knows_them(expression):
    assert execute(avro(rule(expression), schema=TIMES), TIMES_VALUE)


@pytest.mark.parametrize(
    ("tags", "changed"),
    [
        (["ID"], {"id": "o-1!"}),
        (["PUBLIC"], {"lines": ["a!", "b!"]}),
        (["PII"], {"id": "o-1!", "names": "Zoë!"}),
        (["HIDDEN"], {"names": "Zoë!"}),
        (["PII", "PUBLIC"], {"id": "o-1!", "lines": ["a!", "b!"], "names": "Zoë!"}),
        (["OTHER"], {}),
        ([], {"id": "o-1!", "lines": ["a!", "b!"], "names": "Zoë!"}),
    ],
)
def test_given_tags_when_transformed_then_the_fields_that_have_them(tags, changed):
    schema = avro(
        field_rule("typeName == 'STRING'; value + '!'", *tags),
        metadata={"tags": {"shop.Ord*.na?es": ["HIDDEN"]}},
    )

    found = execute(schema, VALUE)

    lines = [each["sku"] for each in found["lines"]]
    assert found["id"] == changed.get("id", "o-1")
    assert lines == changed.get("lines", ["a", "b"])
    assert found["names"] == {"first": changed.get("names", "Zoë")}
    assert VALUE["names"] == {"first": "Zoë"}


def test_given_a_field_when_an_expression_sees_it_then_with_all_its_names():
    schema = avro(
        field_rule(
            "name + ' ' + fullName + ' ' + typeName + ' ' + tags[0] + tags[1] + ' '"
            " + message.lines[0].sku",
            "ID",
        )
    )

    assert execute(schema, VALUE)["id"] == "id shop.Order.id STRING IDPII a"


@pytest.mark.parametrize(
    ("best", "found"),
    [
        (None, None),
        (5, 6),
        (("shop.Line", {"sku": "a", "quantity": 1}),) * 2,
        ({"sku": "a", "quantity": 1},) * 2,
    ],
)
def test_given_a_union_when_transformed_then_by_the_branch_of_the_value(best, found):
    schema = avro(field_rule("typeName == 'LONG'; value + 1"))

    assert execute(schema, {**VALUE, "best": best})["best"] == found


def test_given_results_of_two_types_when_transformed_then_each_is_taken():
    schema = avro(field_rule("value == null ? null : value + isEmail_", "PII"))
    with pytest.raises(RuleError, match="undeclared reference to 'isEmail_'"):
        execute(schema, VALUE)

    found = execute(
        avro(field_rule("value == null ? null : value + '!'")),
        {**VALUE, "lines": [], "note": "a"},
    )

    assert (found["id"], found["note"], found["best"]) == ("o-1!", "a!", None)


def test_given_a_type_that_does_not_fit_when_evaluated_then_it_is_an_error():
    schema = avro(rule("message.id == 'o-1' ? 1 + 'x' == '' : true"))

    with pytest.raises(RuleError, match="No matching overloads"):
        execute(schema, VALUE)

    assert execute(schema, {**VALUE, "id": "o-2"})


def test_given_a_null_when_a_field_is_checked_then_the_rule_sees_it():
    schema = avro(field_rule("value != null", "PII", kind="CONDITION"))

    with pytest.raises(RuleError, match="the condition is not met"):
        execute(schema, VALUE)


def test_given_an_item_that_is_wrong_when_fields_are_checked_then_it_is_found():
    schema = avro(field_rule("value != 'b'", "PUBLIC", kind="CONDITION"))

    with pytest.raises(RuleError, match="the condition is not met"):
        execute(schema, VALUE)

    assert execute(schema, {**VALUE, "lines": VALUE["lines"][:1]})


@pytest.mark.parametrize(
    ("name", "pattern", "is_match"),
    [
        ("alice.bob.eve", "alice.bob.eve", True),
        ("alice.bob.eve", "a*.bob.e*", True),
        ("alice.bob.eve", "a*", False),
        ("alice.bob.eve", "a**", True),
        ("alice.bob.eve", "alice.bob*", False),
        ("alice.bob.eve", "**.eve", True),
        ("alice.bob.eve", "alice.**.*", True),
        ("eve", "ev?", True),
        ("a.b", "a?b", False),
        ("a(b", "a(*", True),
    ],
)
def test_given_a_pattern_when_matched_then_dots_divide_the_name(
    name, pattern, is_match
):
    assert matches(name, pattern) == is_match


PERSON = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "confluent:tags": ["PII"]},
        "age": {"type": ["integer", "null"]},
        "way": {
            "oneOf": [
                {
                    "type": "object",
                    "properties": {"card": {"type": "string"}},
                    "required": ["card"],
                },
                {"type": "string", "confluent:tags": ["PII"]},
            ]
        },
        "all": {"allOf": [{"$ref": "#/definitions/Named"}, {"required": ["name"]}]},
        "kids": {"type": "array", "items": {"$ref": "#"}},
        "tags": {"type": "array", "items": {"type": "string"}},
        "color": {"enum": ["red"]},
        "far": {"$ref": "far.json#/definitions/Far"},
    },
    "definitions": {
        "Named": {"properties": {"name": {"type": "string"}}},
    },
}
FAR = {
    "definitions": {
        "Far": {"properties": {"x": {"$ref": "#/definitions/X"}}},
        "X": {"type": "string", "confluent:tags": ["PII"]},
    }
}
SOMEBODY = {
    "name": "Zoë",
    "age": 7,
    "way": {"card": "1"},
    "all": {"name": "a"},
    "kids": [{"name": "b", "kids": [{"name": "c"}]}],
    "tags": ["t"],
    "color": "red",
    "far": {"x": "y"},
}


def json_schema(*rules, metadata=None):
    found = Schema(
        json.dumps(PERSON), JSON, metadata=metadata, rule_set={"domainRules": rules}
    )
    return ResolvedSchema(found, {"far.json": Schema(json.dumps(FAR), JSON)})


def test_given_json_when_fields_are_transformed_then_along_the_schema():
    schema = json_schema(field_rule("typeName == 'STRING'; value + fullName"))

    assert execute(schema, SOMEBODY) == {
        "name": "Zoë$.name",
        "age": 7,
        "way": {"card": "1$.way.card"},
        "all": {"name": "a$.all.name"},
        "kids": [
            {"name": "b$.kids.name", "kids": [{"name": "c$.kids.kids.name"}]},
        ],
        "tags": ["t$.tags"],
        "color": "red",
        "far": {"x": "y$.far.x"},
    }


def test_given_tags_of_json_when_transformed_then_those_fields():
    schema = json_schema(
        field_rule("value + '!'", "PII"), metadata={"tags": {"$.tags": ["PII"]}}
    )

    found = execute(schema, {"name": "a", "way": "b", "tags": ["c"], "age": 1})

    assert found == {"name": "a!", "way": "b", "tags": ["c!"], "age": 1}


def test_given_types_of_python_when_rules_see_them_then_as_json_says_them():
    schema = json_schema(rule("message.at == '2026-01-01T00:00:00Z'"))

    assert execute(schema, {"at": datetime(2026, 1, 1, tzinfo=UTC)})


def test_given_schemas_in_a_circle_when_fields_are_visited_then_it_is_an_error():
    text = '{"$ref": "#/definitions/a", "definitions": {"a": {"$ref": "#"}}}'
    rule_set = {"domainRules": [field_rule("value")]}

    with pytest.raises(RuleError, match="circle"):
        execute(ResolvedSchema(Schema(text, JSON, rule_set=rule_set)), {"a": 1})


PROTO = """\
syntax = "proto3";
package shop;
import "confluent/meta.proto";
import "google/protobuf/timestamp.proto";
message Order {
  string id = 1 [(confluent.field_meta) = { tags: "PII" }];
  repeated string notes = 2;
  map<string, string> names = 3;
  map<string, Order> others = 4;
  Order of = 5;
  optional string maybe = 6;
  google.protobuf.Timestamp at = 7;
  int32 count = 8;
  bytes raw = 9;
  repeated google.protobuf.Timestamp times = 10;
  uint32 least = 11;
  repeated fixed64 most = 12;
}
"""


def protobuf(*rules, metadata=None):
    return resolved(PROTO, None, {"domainRules": rules}, metadata)


def order(**fields):
    return classes(resolved(PROTO))["shop.Order"](**fields)


def test_given_a_message_when_fields_are_transformed_then_those_that_are_set():
    given = order(
        id="a", notes=["b"], names={"k": "c"}, others={"k": {"id": "d"}}, of={"id": "e"}
    )
    before = copy.deepcopy(given)

    found = execute(protobuf(field_rule("typeName == 'STRING'; value + name")), given)

    assert type(found) is type(given)
    assert found == order(
        id="aid",
        notes=["bnotes"],
        names={"k": "c"},
        others={"k": {"id": "did"}},
        of={"id": "eid"},
    )
    assert given == before


def test_given_tags_of_messages_when_transformed_then_those_fields():
    schema = protobuf(
        field_rule("value + fullName", "PII"),
        metadata={"tags": {"shop.*.notes": ["PII"]}},
    )

    found = execute(schema, order(id="a", notes=["b"], names={"k": "c"}))

    assert found == order(
        id="ashop.Order.id", notes=["bshop.Order.notes"], names={"k": "c"}
    )


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("Order{id: message.id + '!', count: message.count + 1}", {"id": "a!"}),
        ("{'id': 'x', 'of': {'id': 'y'}}", {"id": "x", "of": {"id": "y"}}),
        ("message.of", {}),
    ],
)
def test_given_a_message_when_it_is_transformed_then_it_is_another(expression, found):
    made = execute(protobuf(transform(expression)), order(id="a", count=-1))

    assert made == order(**found)


def test_given_numbers_without_a_sign_when_transformed_then_as_such():
    schema = protobuf(field_rule("name == 'least' || name == 'most'; value + 1u"))
    given = order(least=2**32 - 2, most=[2**64 - 2, 0])

    found = execute(schema, given)

    assert found == order(least=2**32 - 1, most=[2**64 - 1, 1])
    assert execute(protobuf(field_rule("value")), given) == given
    with pytest.raises(RuleError):
        execute(schema, found)


def test_given_a_timestamp_when_transformed_then_as_one_value():
    at = datetime(2026, 1, 1, tzinfo=UTC)
    schema = protobuf(field_rule("typeName == 'LONG'; value + duration('1h')"))

    found = execute(schema, order(at=at, times=[at]))

    later = at.replace(hour=1)
    assert found == order(at=later, times=[later])


@pytest.mark.parametrize(
    ("expression", "is_met"),
    [
        ("message.id == 'a' && has(message.of) && !has(message.maybe)", True),
        ("message.names['k'] == 'v' && message.raw == b'x'", True),
        ("message.at < now", True),
        ("message.of.id == 'z'", False),
    ],
)
def test_given_a_condition_of_messages_when_written_then_it_must_be_met(
    expression, is_met
):
    given = order(id="a", of={"id": "b"}, names={"k": "v"}, raw=b"x")
    given.at.GetCurrentTime()

    if is_met:
        assert execute(protobuf(rule(expression)), given) is given
    else:
        with pytest.raises(RuleError):
            execute(protobuf(rule(expression)), given)


def test_given_a_result_of_another_type_when_transformed_then_it_is_an_error():
    schema = protobuf(transform("message.at"))

    with pytest.raises(RuleError, match=r"datetime of shop\.Order"):
        execute(schema, order(id="a", at=datetime(2026, 1, 1, tzinfo=UTC)))


@pytest.mark.parametrize("mode", [Mode.WRITE, Mode.READ])
def test_when_a_rule_fails_then_the_error_names_it(mode):
    schema = avro(rule("message.id == 'x'", doc="Ids are x."))

    with pytest.raises(RuleError) as caught:
        execute(schema, VALUE, mode)

    error: Any = caught.value
    kind = EncodeError if mode is Mode.WRITE else DecodeError
    assert issubclass(type(error), kind)
    assert (error.rule, error.subject) == ("checked", "orders-value")
    assert error.expression == "message.id == 'x'"
    assert error.action == "ERROR"
    error.locate("orders", 5, "value")
    assert str(error) == (
        "value of topic orders, schema 5: Ids are x."
        " [rule checked of orders-value (message.id == 'x')]"
    )
    assert str(pickle.loads(pickle.dumps(error))) == str(error)  # noqa: S301 - our own


@pytest.mark.parametrize(
    ("on_failure", "mode", "action"),
    [
        (None, Mode.WRITE, "ERROR"),
        ("", Mode.WRITE, "ERROR"),
        ("ERROR", Mode.READ, "ERROR"),
        ("DLQ", Mode.READ, "DLQ"),
        ("DLQ,NONE", Mode.WRITE, "DLQ"),
        ("DLQ,NONE", Mode.READ, None),
        ("NONE,DLQ", Mode.WRITE, None),
        ("NONE,DLQ", Mode.READ, "DLQ"),
        ("NONE", Mode.WRITE, None),
    ],
)
@pytest.mark.parametrize("expression", ["false", "message.nowhere == 1", "1 / 0 == 1"])
def test_given_what_follows_on_failure_when_it_fails_then_that(
    on_failure, mode, action, expression
):
    schema = avro(rule(expression, onFailure=on_failure))

    if action is None:
        assert execute(schema, VALUE, mode) is VALUE
    else:
        with pytest.raises(RuleError) as caught:
            execute(schema, VALUE, mode)
        assert caught.value.action == action


@pytest.mark.parametrize(
    ("on_success", "action"), [("NONE", None), ("ERROR", "ERROR"), ("DLQ", "DLQ")]
)
def test_given_what_follows_on_success_when_it_is_met_then_that(on_success, action):
    schema = avro(rule("true", onSuccess=on_success))

    if action is None:
        assert execute(schema, VALUE) is VALUE
    else:
        with pytest.raises(RuleError, match="it was met") as caught:
            execute(schema, VALUE)
        assert caught.value.action == action


def test_given_no_result_when_transformed_then_it_is_a_failure():
    with pytest.raises(RuleError, match="no result"):
        execute(avro(transform("null")), VALUE)

    assert execute(avro(transform("null", onFailure="NONE")), VALUE) is VALUE


def test_given_nulls_when_expressions_come_to_them_then_none_stays_what_it_is():
    execute = compiled(
        avro(transform("{'a': null, 'b': [null, {'c': null}], 'n': message.note}")),
        Mode.WRITE,
        "s",
    )
    before = sys.getrefcount(None)

    for _ in range(1000):
        assert execute(VALUE)["b"] == [None, {"c": None}]

    # The library would have given away four thousand references.
    assert sys.getrefcount(None) > before - 1000


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        pytest.param(rule("message."), "no CEL expression", id="syntax"),
        pytest.param(rule("'\ud800'"), "it is no Unicode", id="surrogate"),
        pytest.param(rule("mesage.id"), "undeclared reference", id="name"),
        pytest.param(rule(""), "no CEL expression", id="empty"),
        pytest.param(rule("(" * 200 + "1" + ")" * 200), "recursion", id="depth"),
        pytest.param(rule(onFailure="SHOUT"), "unknown action 'SHOUT'", id="action"),
        pytest.param(rule(onSuccess="SHOUT"), "unknown action 'SHOUT'", id="success"),
        pytest.param(rule(kind="GUESS"), "unknown kind 'GUESS'", id="kind"),
        pytest.param(rule(type="ENCRYPT"), "it encrypts fields", id="encrypt"),
        pytest.param(
            rule(type="ENCRYPT", onFailure="NONE"), "encrypts", id="encrypt, waved"
        ),
        pytest.param(rule(type="JSONATA"), "no JSONATA", id="jsonata"),
        pytest.param(rule(type="PYTHON"), "no rules of type PYTHON", id="type"),
    ],
)
def test_given_a_rule_that_nobody_can_execute_when_compiled_then_it_is_refused(
    given, reason
):
    with pytest.raises(EncodeRuleError, match=reason):
        compiled(avro(given), Mode.WRITE, "orders-value")


def test_given_readers_without_keys_when_reading_goes_on_then_without_the_rules_after():
    encrypt = rule(type="ENCRYPT", kind="TRANSFORM", onFailure="ERROR,NONE")
    schema = avro(rule("false"), encrypt, rule("message.id == 'o-1'"))

    assert execute(schema, VALUE, Mode.READ) is VALUE


def test_given_rules_about_payloads_when_compiled_then_they_are_refused():
    schema = avro(encodingRules=[rule(type="ENCRYPT_PAYLOAD", kind="TRANSFORM")])

    for mode in (Mode.WRITE, Mode.READ):
        with pytest.raises(RuleError, match="encrypts payloads"):
            compiled(schema, mode, "orders-value")


def test_given_the_extra_is_missing_when_rules_are_demanded_then_it_is_named(
    monkeypatch,
):
    for name in ("cel_expr_python", "cel_expr_python.cel"):
        monkeypatch.setitem(sys.modules, name, None)
    for name in [each for each in sys.modules if each.startswith("wirepact.rules.")]:
        if name.rpartition(".")[2] in {"cel", "execution_cel"}:
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.delattr("wirepact.rules.execution_cel", raising=False)
    monkeypatch.delattr("wirepact.rules.cel", raising=False)

    with pytest.raises(MissingExtraError, match=r"pip install 'wirepact\[rules\]'"):
        compiled(avro(rule()), Mode.WRITE, "orders-value")

    assert compiled(avro(), Mode.WRITE, "orders-value") is None


@pytest.mark.parametrize(
    "value",
    [
        pytest.param({"id": "\ud800"}, id="surrogate"),
        pytest.param({"id": 2**70}, id="large"),
        pytest.param({"id": object()}, id="type"),
        pytest.param({"id": [[[None]]]}, id="nested"),
        pytest.param("text", id="no record"),
        pytest.param(None, id="nothing"),
    ],
)
def test_given_values_of_any_kind_when_executed_then_at_most_a_rule_error(value):
    for each in (
        rule("message.id == 'x'"),
        field_rule("value == 'x'", kind="CONDITION"),
    ):
        with pytest.raises(RuleError):
            execute(avro(each, field_rule("value + 'x'"), rule("false")), value)


def test_given_a_value_without_end_when_executed_then_a_rule_error():
    value: dict[str, Any] = {}
    value["id"] = value

    with pytest.raises(RuleError):
        execute(avro(rule("message.id == 'x'")), value)


def migration(*rules):
    return Migration({"migrationRules": list(rules)}, avro())


def up(expr, **more):
    return transform(expr, mode="UPGRADE", **more)


def down(expr, **more):
    return transform(expr, mode="DOWNGRADE", **more)


def test_given_migrations_when_upgraded_then_through_all_versions():
    steps = [
        migration(up("{'v': message.v + 'a'}"), up("{'v': message.v + 'b'}")),
        migration(),
        migration(up("{'v': message.v + 'c'}"), down("{'v': 'x'}")),
    ]

    execute = migrated(steps, Mode.UPGRADE, "orders-value")

    assert execute({"v": ""}) == {"v": "abc"}


def test_given_migrations_when_downgraded_then_in_reverse():
    steps = [migration(down("{'v': message.v + 'a'}"), down("{'v': message.v + 'b'}"))]

    assert migrated(steps, Mode.DOWNGRADE, "s")({"v": ""}) == {"v": "ba"}
    assert migrated(steps, Mode.UPGRADE, "s") is None
    assert migrated([], Mode.UPGRADE, "s") is None


def test_given_jsonata_when_migrated_then_it_is_refused():
    steps = [migration(up("$", type="JSONATA", name="renamed"))]

    with pytest.raises(DecodeRuleError, match="no JSONATA") as caught:
        migrated(steps, Mode.UPGRADE, "orders-value")

    assert caught.value.rule == "renamed"
