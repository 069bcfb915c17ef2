"""What holds of any two versions; and the comparison held against Protobuf itself."""

from collections.abc import Sequence
from typing import Any

from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass
from hypothesis import assume, event, given, note
from hypothesis import strategies as st

from registry.application.cases import Candidate, Earlier
from registry.application.compatibility import check
from registry.compiler.in_place import InPlaceCompiler
from registry.domain.formats.protobuf.canonical import canonical_text
from registry.domain.formats.protobuf.format import ProtobufFormat
from registry.domain.formats.protobuf.gaps import warnings
from registry.domain.formats.protobuf.graph import Graph
from registry.domain.formats.protobuf.removals import removals
from registry.domain.formats.protobuf.rules import (
    FIELD_NUMERIC_LABEL_CHANGED,
    FIELD_SCALAR_KIND_CHANGED,
)
from registry.domain.formats.protobuf.schema import ProtobufSchema
from registry.domain.formats.protobuf.walk import violations
from registry.domain.levels import Direction, Level
from registry.domain.limits import DEFAULT_LIMITS
from registry.domain.model import SchemaType
from registry.domain.promises import Promise
from registry.domain.rules import Violation
from registry.domain.schema import Edit
from tests.strategies.protobuf_evolution import FileSpec, evolutions, fill, specs

PROTOBUF = ProtobufFormat(DEFAULT_LIMITS, InPlaceCompiler())


def graph_of(spec: FileSpec) -> Graph:
    return Graph(spec.descriptor(), {})


def schema_of(spec: FileSpec) -> ProtobufSchema:
    file = spec.descriptor()
    return ProtobufSchema("", file, {}, text_of(spec))


def message_class(spec: FileSpec) -> Any:
    pool = DescriptorPool()
    pool.AddSerializedFile(spec.descriptor().SerializeToString())
    name = f"{spec.package}.Order" if spec.package else "Order"
    return GetMessageClass(pool.FindMessageTypeByName(name))


@given(specs())
def test_given_any_protobuf_schema_when_compared_with_itself_then_nothing_is_said(spec):
    one, other = graph_of(spec), graph_of(spec)

    assert violations(one, one) == violations(one, other) == ()
    assert warnings(one, other) == ()
    assert removals(one, other, Direction.BACKWARD) == ()


@given(st.data(), evolutions(), st.booleans())
def test_given_nothing_said_when_bytes_are_read_then_shared_fields_are_equal(
    data, pair, is_turned
):
    reader, writer = pair if is_turned else pair[::-1]
    found = violations(graph_of(reader), graph_of(writer))
    hints = warnings(graph_of(reader), graph_of(writer))
    event("incompatible" if found else "warned of" if hints else "silent")
    assume(not found and not hints)
    written = message_class(writer)()
    fill(data.draw, written, writer.fields, writer)
    note(str(written))

    read = message_class(reader).FromString(written.SerializeToString())

    assert_equal_where_shared(read, written)


def assert_equal_where_shared(read: Any, written: Any) -> None:
    for descriptor in written.DESCRIPTOR.fields:
        other = read.DESCRIPTOR.fields_by_number.get(descriptor.number)
        if other is None:
            continue
        if descriptor.has_presence and not descriptor.is_repeated:
            assert read.HasField(other.name) == written.HasField(descriptor.name)
        value, expected = getattr(read, other.name), getattr(written, descriptor.name)
        if descriptor.message_type is None:
            assert value == expected
        elif descriptor.message_type.GetOptions().map_entry:
            assert dict(value) == dict(expected)
        elif descriptor.is_repeated:
            for one, two in zip(value, expected, strict=True):
                assert_equal_where_shared(one, two)
        else:
            assert_equal_where_shared(value, expected)


@given(evolutions())
def test_given_two_versions_when_checked_then_full_is_backward_and_forward(pair):
    earlier, later = map(schema_of, pair)
    candidate = Candidate("orders-value", SchemaType.PROTOBUF, later)
    history = [Earlier(1, 1, SchemaType.PROTOBUF, earlier)]

    backward, forward, full = (
        [
            message
            for message in check(PROTOBUF, candidate, history, Promise(level)).messages
            if message.startswith("{errorType")
        ]
        for level in (Level.BACKWARD, Level.FORWARD, Level.FULL)
    )

    event("compatible" if not full else "incompatible")
    assert full == [*forward, *backward]


@given(evolutions(), st.sampled_from(Direction))
def test_given_a_type_that_has_changed_when_a_fix_is_made_then_the_change_is_gone(
    pair, way
):
    earlier, candidate = (PROTOBUF.parse(text_of(each)) for each in pair)

    for violation in compared(candidate, earlier, way):
        if violation.rule in (FIELD_SCALAR_KIND_CHANGED, FIELD_NUMERIC_LABEL_CHANGED):
            proposal = PROTOBUF.proposals(candidate, earlier, violation, way)[0]
            mended = PROTOBUF.parse(Edit.apply(candidate.text, proposal.edits))
            left = {each.anchor for each in compared(mended, earlier, way)}
            assert violation.anchor not in left


def text_of(spec: FileSpec) -> str:
    return canonical_text(spec.descriptor(), {}, DEFAULT_LIMITS)


def compared(
    candidate: ProtobufSchema, earlier: ProtobufSchema, way: Direction
) -> Sequence[Violation]:
    if way is Direction.BACKWARD:
        return PROTOBUF.violations(candidate, earlier)
    return PROTOBUF.violations(earlier, candidate)


@given(specs(), st.randoms(use_true_random=False))
def test_given_fields_in_another_order_when_compared_then_nothing_is_said(
    spec, randomness
):
    fields = [*spec.fields]
    randomness.shuffle(fields)
    shuffled = FileSpec(spec.syntax, spec.package, tuple(fields), spec.item)

    assert violations(graph_of(shuffled), graph_of(spec)) == ()
    assert warnings(graph_of(shuffled), graph_of(spec)) == ()


@given(specs())
def test_given_a_plain_field_when_removed_or_added_then_both_ways_are_compatible(spec):
    plain = [each for each in spec.fields if not each.oneof]
    assume(plain and plain[0].label != "required")
    less = tuple(each for each in spec.fields if each != plain[0])
    without = FileSpec(spec.syntax, spec.package, less, spec.item)

    assert violations(graph_of(without), graph_of(spec)) == ()
    assert violations(graph_of(spec), graph_of(without)) == ()
    lost = removals(graph_of(without), graph_of(spec), Direction.BACKWARD)
    assert {each.rule.id for each in lost} == {
        "PROTOBUF_FIELD_NUMBER_NOT_RESERVED",
        "PROTOBUF_FIELD_NAME_NOT_RESERVED",
    }
    assert removals(graph_of(spec), graph_of(without), Direction.BACKWARD) == ()
