"""Messages of a class that protoc has generated."""

from collections.abc import Mapping
from typing import Any, Final

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from hypothesis import strategies as st

Values = st.SearchStrategy[Any]

_MOST_LEVELS: Final = 4
_MOST_ITEMS: Final = 3
_LONGEST: Final = 20
_OF_WELL_KNOWN: Final[Mapping[str, Mapping[str, Values]]] = {
    # Years 1 to 9999, as its text form wants them.
    "google.protobuf.Timestamp": {
        "seconds": st.integers(-62_135_596_800, 253_402_300_799),
        "nanos": st.integers(0, 999_999_999),
    },
    "google.protobuf.Duration": {
        "seconds": st.integers(0, 315_576_000_000),
        "nanos": st.integers(0, 999_999_999),
    },
}
_SCALARS: Final[Mapping[int, Values]] = {
    FieldDescriptor.CPPTYPE_INT32: st.integers(-(2**31), 2**31 - 1),
    FieldDescriptor.CPPTYPE_INT64: st.integers(-(2**63), 2**63 - 1),
    FieldDescriptor.CPPTYPE_UINT32: st.integers(0, 2**32 - 1),
    FieldDescriptor.CPPTYPE_UINT64: st.integers(0, 2**64 - 1),
    FieldDescriptor.CPPTYPE_FLOAT: st.floats(allow_nan=False, width=32),
    FieldDescriptor.CPPTYPE_DOUBLE: st.floats(allow_nan=False),
    FieldDescriptor.CPPTYPE_BOOL: st.booleans(),
}


def messages(cls: Any) -> Values:
    """Return the messages of a class; of each `oneof` one member at most is set."""
    return _members(cls.DESCRIPTOR, _MOST_LEVELS).map(lambda given: cls(**given))


def _members(message: Descriptor, left: int) -> Values:
    known = _OF_WELL_KNOWN.get(message.full_name)
    if known is not None:
        return st.fixed_dictionaries(dict(known))
    plain = {
        field.name: _field(field, left)
        for field in message.fields
        if field.containing_oneof is None and (left > 0 or not _is_deeper(field))
    }
    choices = [_choice(each.fields, left) for each in message.oneofs]
    return st.tuples(st.fixed_dictionaries({}, optional=plain), *choices).map(_joined)


def _choice(fields: Any, left: int) -> Values:
    return st.one_of(
        st.just({}),
        *(
            st.fixed_dictionaries({field.name: _field(field, left)})
            for field in fields
            if left > 0 or not _is_deeper(field)
        ),
    )


def _joined(parts: Any) -> dict[str, Any]:
    return {name: value for part in parts for name, value in part.items()}


def _is_deeper(field: FieldDescriptor) -> bool:
    return bool(field.cpp_type == FieldDescriptor.CPPTYPE_MESSAGE)


def _field(field: FieldDescriptor, left: int) -> Values:
    entry = field.message_type
    if entry is not None and entry.GetOptions().map_entry:
        keys, items = (_one(each, left - 1) for each in entry.fields)
        return st.dictionaries(keys, items, max_size=_MOST_ITEMS)
    one = _one(field, left - 1)
    return st.lists(one, max_size=_MOST_ITEMS) if field.is_repeated else one


def _one(field: FieldDescriptor, left: int) -> Values:
    message, enum = field.message_type, field.enum_type
    if message is not None:
        return st.deferred(lambda: _members(message, left))
    if enum is not None:
        return st.sampled_from([each.number for each in enum.values])
    if field.type == FieldDescriptor.TYPE_BYTES:
        return st.binary(max_size=_LONGEST)
    if field.cpp_type == FieldDescriptor.CPPTYPE_STRING:
        return st.text(st.characters(codec="utf-8"), max_size=_LONGEST)
    return _SCALARS[field.cpp_type]
