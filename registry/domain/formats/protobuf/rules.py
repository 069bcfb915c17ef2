"""The Protobuf rule table: one row for each way that reading can fail or mislead.

A row is its own documentation: what must hold, why, and how it is told. Whether it
holds for a pair of elements is said by the functions of `checks`.

The rows that refuse a schema are the incompatible differences of Confluent's registry,
with its texts. Differences that it knows and finds compatible have no row of their own
(where they may still hurt, a warning has): MESSAGE_ADDED, MESSAGE_MOVED, ENUM_ADDED,
ENUM_REMOVED, ENUM_CONST_ADDED, ENUM_CONST_CHANGED, ENUM_CONST_REMOVED, FIELD_ADDED,
FIELD_REMOVED, FIELD_NAME_CHANGED, FIELD_STRING_OR_BYTES_LABEL_CHANGED, ONEOF_ADDED,
ONEOF_REMOVED, ONEOF_FIELD_ADDED, ONEOF_FIELD_MOVED_TO_TOP_LEVEL.

Sources: Protocol Buffers, "Encoding", "Updating a message type", "ProtoJSON format";
the difference types of Confluent's schema registry.
"""

from collections.abc import Mapping
from typing import Final

from registry.domain.rules import Rule, Severity

_UPDATING: Final = "Protocol Buffers, Updating a Message Type"
_ENCODING: Final = "Protocol Buffers, Encoding"
_JSON: Final = "Protocol Buffers, ProtoJSON Format"
_FEATURES: Final = "Protobuf Editions, Feature Settings for Editions"
_CONFLUENT: Final = "Confluent, Protobuf schema differences"


def _wire(difference: str, description: str) -> str:
    """A template in the form in which Confluent prints a difference."""
    return f'{{{{errorType:"{difference}", description:"{description}"}}}}'


# What refuses a schema. The order within a message is that of the walk.

PACKAGE_CHANGED: Final = Rule(
    id="PROTOBUF_PACKAGE_CHANGED",
    purpose="A file keeps its package.",
    why="The package is part of every type's full name, by which payloads inside `Any`,"
    " service calls and consumers' look-ups find the type.",
    message="{reader} is in {reader_package}, {writer} is in {writer_package}",
    source=_CONFLUENT,
    confluent_type="PACKAGE_CHANGED",
    wire=_wire(
        "PACKAGE_CHANGED",
        "The package at '{path}' in the {reader} schema does not match the package in"
        " the {writer} schema",
    ),
)

MESSAGE_REMOVED: Final = Rule(
    id="PROTOBUF_MESSAGE_REMOVED",
    purpose="A message stays where it is.",
    why="A reader that does not have a message cannot read payloads that are one.",
    message="{reader} does not define message '{element}', which {writer} may write",
    source=_CONFLUENT,
    confluent_type="MESSAGE_REMOVED",
    wire=_wire(
        "MESSAGE_REMOVED",
        "The {reader} schema is missing a MESSAGE type at path '{path}' in the"
        " {writer} schema",
    ),
)

FIELD_KIND_CHANGED: Final = Rule(
    id="PROTOBUF_FIELD_KIND_CHANGED",
    purpose="A scalar stays a scalar, a message a message, a map a map, a group a"
    " group.",
    why="What is written in one form is skipped, or taken for damaged, by a reader that"
    " expects another.",
    message="{reader} reads {element} as {reader_type}, {writer} writes {writer_type}",
    source=_UPDATING,
    confluent_type="FIELD_KIND_CHANGED",
    wire=_wire(
        "FIELD_KIND_CHANGED",
        "The type of a field at path '{path}' in the {reader} schema does not match the"
        " {writer} schema",
    ),
)

FIELD_SCALAR_KIND_CHANGED: Final = Rule(
    id="PROTOBUF_FIELD_SCALAR_KIND_CHANGED",
    purpose="A scalar changes only to one that is written in the same way.",
    why="The types of different groups are written in different ways: what one wrote is"
    " skipped by the other, or read as another value.",
    message="{reader} reads {element} as {reader_type}, {writer} writes {writer_type}",
    source=_UPDATING,
    confluent_type="FIELD_SCALAR_KIND_CHANGED",
    wire=_wire(
        "FIELD_SCALAR_KIND_CHANGED",
        "The kind of a SCALAR field at path '{path}' in the {reader} schema does not"
        " match its kind in the {writer} schema",
    ),
)

FIELD_NAMED_TYPE_CHANGED: Final = Rule(
    id="PROTOBUF_FIELD_NAMED_TYPE_CHANGED",
    purpose="A field keeps its message type, and an imported type stays compatible.",
    why="The bytes of one message are read as another, whose fields have the same"
    " numbers and mean something else.",
    message="{reader} reads {element} as {reader_type}, {writer} writes"
    " {writer_type}{because}",
    source=_CONFLUENT,
    confluent_type="FIELD_NAMED_TYPE_CHANGED",
    wire=_wire(
        "FIELD_NAMED_TYPE_CHANGED",
        "The type of a MESSAGE field at path '{path}' in the {reader} schema does not"
        " match its type in the {writer} schema",
    ),
)

FIELD_NUMERIC_LABEL_CHANGED: Final = Rule(
    id="PROTOBUF_FIELD_NUMERIC_LABEL_CHANGED",
    purpose="A number keeps its label.",
    why="A list of numbers may be written packed, as one run of bytes, which a reader"
    " of a single number skips; a required one that is not written fails.",
    message="{reader} has {element} as {reader_label}, {writer} as {writer_label}",
    source=_UPDATING,
    confluent_type="FIELD_NUMERIC_LABEL_CHANGED",
    wire=_wire(
        "FIELD_NUMERIC_LABEL_CHANGED",
        "The label for a NUMERIC field at path '{path}' in the {reader} schema does not"
        " match its label in the {writer} schema",
    ),
)

REQUIRED_FIELD_ADDED: Final = Rule(
    id="PROTOBUF_REQUIRED_FIELD_ADDED",
    purpose="No field that only the reader has is required.",
    why="A reader fails on every message that lacks a required field.",
    message="{reader} requires {element}, which {writer} does not write",
    source=_UPDATING,
    confluent_type="REQUIRED_FIELD_ADDED",
    wire=_wire(
        "REQUIRED_FIELD_ADDED",
        "A required field  at path '{path}' in the {reader} schema is missing in the"
        " {writer} schema",
    ),
)

REQUIRED_FIELD_REMOVED: Final = Rule(
    id="PROTOBUF_REQUIRED_FIELD_REMOVED",
    purpose="A required field is not removed.",
    why="Readers that still require the field fail on every message without it.",
    message="{reader} lacks {element}, which {writer} requires",
    source=_UPDATING,
    confluent_type="REQUIRED_FIELD_REMOVED",
    wire=_wire(
        "REQUIRED_FIELD_REMOVED",
        "The {reader} schema is missing a required field at path: '{path}' in the"
        " {writer} schema",
    ),
)

ONEOF_FIELD_REMOVED: Final = Rule(
    id="PROTOBUF_ONEOF_FIELD_REMOVED",
    purpose="A oneof keeps its fields.",
    why="A reader that does not know which of the fields was set takes the oneof for"
    " empty.",
    message="{reader} lacks {element}, which {writer} may write in oneof '{oneof}'",
    source=_UPDATING,
    confluent_type="ONEOF_FIELD_REMOVED",
    wire=_wire(
        "ONEOF_FIELD_REMOVED",
        "The {reader} schema is missing a oneof field at path '{path}' in the {writer}"
        " schema",
    ),
)

MULTIPLE_FIELDS_MOVED_TO_ONEOF: Final = Rule(
    id="PROTOBUF_MULTIPLE_FIELDS_MOVED_TO_ONEOF",
    purpose="At most one field moves into a oneof.",
    why="A writer may have set several of the fields; a reader keeps only the last.",
    message="{reader} has {fields} in oneof '{oneof}', {writer} may write them at once",
    source=_UPDATING,
    confluent_type="MULTIPLE_FIELDS_MOVED_TO_ONEOF",
    wire=_wire(
        "MULTIPLE_FIELDS_MOVED_TO_ONEOF",
        "Multiple fields in the oneof at path '{path}' in the {reader} schema are"
        " outside a oneof in the {writer} schema",
    ),
)

FIELD_MOVED_TO_EXISTING_ONEOF: Final = Rule(
    id="PROTOBUF_FIELD_MOVED_TO_EXISTING_ONEOF",
    purpose="No field moves into a oneof that has fields of before, and no two oneofs"
    " become one.",
    why="A writer may have set the field beside one of the oneof; a reader keeps only"
    " the last.",
    message="{reader} has {fields} in oneof '{oneof}', {writer} may write several of"
    " them at once",
    source=_UPDATING,
    confluent_type="FIELD_MOVED_TO_EXISTING_ONEOF",
    wire=_wire(
        "FIELD_MOVED_TO_EXISTING_ONEOF",
        "A field in the oneof at path '{path}' in the {reader} schema is outside an"
        " existing oneof in the {writer} schema",
    ),
)

COMPARISON_TOO_LARGE: Final = Rule(
    id="PROTOBUF_COMPARISON_TOO_LARGE",
    purpose="Two schemas can be compared in a bounded number of steps.",
    why="Imported types of equal names may meet in every combination; what cannot be"
    " checked is not promised.",
    message="comparing {reader} with {writer} takes more than {limit} steps",
    source="Wirepact: a bound on the work of one comparison",
    wire="Unexpected exception during compatibility check: the comparison takes more"
    " than {limit} steps",
)

# What passes the check and may still hurt.

REPEATED_READ_AS_SINGULAR: Final = Rule(
    id="PROTOBUF_REPEATED_READ_AS_SINGULAR",
    purpose="A repeated field is not read as a singular one.",
    why="A reader of a single value keeps the last string, merges all messages into"
    " one, and skips numbers that were packed.",
    message="{reader} reads {element} as {reader_type}, {writer} writes {writer_type}:"
    " {loss}",
    source=_UPDATING,
    severity=Severity.WARNING,
)

SINGULAR_READ_AS_REPEATED: Final = Rule(
    id="PROTOBUF_SINGULAR_READ_AS_REPEATED",
    purpose="A singular field is not read as a repeated one.",
    why="The bytes are read, but the JSON form of one is a value and of the other an"
    " array, and a value that was left out becomes an empty list.",
    message="{reader} reads {element} as {reader_type}, {writer} writes {writer_type}",
    source=_JSON,
    severity=Severity.WARNING,
)

REQUIRED_FIELD_MAY_BE_ABSENT: Final = Rule(
    id="PROTOBUF_REQUIRED_FIELD_MAY_BE_ABSENT",
    purpose="What a reader requires is required of the writer, too.",
    why="A reader fails on every message that lacks a required field.",
    message="{reader} requires {element}, which {writer} need not write",
    source=_UPDATING,
    severity=Severity.WARNING,
)

NUMBER_NARROWED: Final = Rule(
    id="PROTOBUF_NUMBER_NARROWED",
    purpose="A number is read as a type that holds every value of the written one.",
    why="A value that does not fit is cut to the lower bits, or changes its sign,"
    " without notice.",
    message="{reader} reads {element} as {reader_type}, {writer} writes {writer_type}:"
    " not every value fits",
    source=_UPDATING,
    severity=Severity.WARNING,
)

ENUM_EXCHANGED_FOR_NUMBER: Final = Rule(
    id="PROTOBUF_ENUM_EXCHANGED_FOR_NUMBER",
    purpose="An enum stays an enum, and a number a number.",
    why="A closed enum drops numbers that it does not name; and the JSON form of an"
    " enum is a name, of a number a number.",
    message="{reader} reads {element} as {reader_type}, {writer} writes {writer_type}",
    source=_UPDATING,
    severity=Severity.WARNING,
)

ENUM_REPLACED: Final = Rule(
    id="PROTOBUF_ENUM_REPLACED",
    purpose="A field keeps its enum.",
    why="The number is all that is written: it is read as whatever the other enum calls"
    " it.",
    message="{reader} reads {element} as {reader_type}, {writer} writes {writer_type}",
    source=_ENCODING,
    severity=Severity.WARNING,
)

ENUM_CONSTANT_MISSING: Final = Rule(
    id="PROTOBUF_ENUM_CONSTANT_MISSING",
    purpose="A reader's enum has every constant that may have been written.",
    why="A closed enum takes an unknown number for a field that is not set; an open one"
    " keeps a number that no code expects, and JSON with its name is refused.",
    message="{reader} lacks {constants} in enum '{enum}', which {writer} may write",
    source="Protocol Buffers, Enum Behavior",
    severity=Severity.WARNING,
)

ENUM_CONSTANT_RENAMED: Final = Rule(
    id="PROTOBUF_ENUM_CONSTANT_RENAMED",
    purpose="A constant keeps its name.",
    why="JSON and text carry the name: a reader that knows another refuses it. And the"
    " number may mean something else now.",
    message="{reader} calls number {number} of enum '{enum}' {reader_name}, {writer}"
    " calls it {writer_name}",
    source=_JSON,
    severity=Severity.WARNING,
)

ENUM_TYPE_CHANGED: Final = Rule(
    id="PROTOBUF_ENUM_TYPE_CHANGED",
    purpose="An enum stays open, or closed.",
    why="An open enum keeps numbers that it does not name; a closed one takes the field"
    " for not set and puts the number among the unknown fields.",
    message="{reader} has enum '{enum}' {reader_form}, {writer} has it {writer_form}",
    source="Protocol Buffers, Enum Behavior",
    severity=Severity.WARNING,
)

DEFAULT_CHANGED: Final = Rule(
    id="PROTOBUF_DEFAULT_CHANGED",
    purpose="The default of a field stays.",
    why="What is left out is filled with another value by each reader.",
    message="{reader} takes {element} for {reader_default} where it is absent, {writer}"
    " for {writer_default}",
    source=_UPDATING,
    severity=Severity.WARNING,
)

PRESENCE_CHANGED: Final = Rule(
    id="PROTOBUF_PRESENCE_CHANGED",
    purpose="Whether a field's absence can be told from a zero stays.",
    why="A writer without presence leaves a zero out, and a reader with presence takes"
    " it for not set.",
    message="{reader} has {element} {reader_presence} presence, {writer}"
    " {writer_presence}",
    source="Protocol Buffers, Application Note: Field Presence",
    severity=Severity.WARNING,
)

JSON_NAME_CHANGED: Final = Rule(
    id="PROTOBUF_JSON_NAME_CHANGED",
    purpose="A field keeps its name in JSON.",
    why="A reader of JSON does not find the field under its other name.",
    message="{reader} calls {element} {reader_name} in JSON, {writer} calls it"
    " {writer_name}",
    source=_JSON,
    severity=Severity.WARNING,
)

FIELD_RENAMED: Final = Rule(
    id="PROTOBUF_FIELD_RENAMED",
    purpose="A field keeps its name.",
    why="JSON and text carry the name, and so does generated code; bytes do not.",
    message="{reader} calls field {number} of '{parent}' {reader_name}, {writer} calls"
    " it {writer_name}",
    source=_JSON,
    severity=Severity.WARNING,
)

FIELD_NUMBER_REUSED: Final = Rule(
    id="PROTOBUF_FIELD_NUMBER_REUSED",
    purpose="A number is never given to another field.",
    why="What was written for one field is read as the other's value.",
    message="number {number} of '{parent}' is {reader_name} for {reader} and"
    " {writer_name} for {writer}",
    source=_UPDATING,
    severity=Severity.WARNING,
)

FIELD_NUMBER_NOT_RESERVED: Final = Rule(
    id="PROTOBUF_FIELD_NUMBER_NOT_RESERVED",
    purpose="The number of a removed field is reserved.",
    why="Somebody will give the number to another field, which then reads what was"
    " written for the removed one.",
    message="{element} was removed, and its number {number} is not reserved",
    source=_UPDATING,
    severity=Severity.WARNING,
)

FIELD_NAME_NOT_RESERVED: Final = Rule(
    id="PROTOBUF_FIELD_NAME_NOT_RESERVED",
    purpose="The name of a removed field is reserved.",
    why="Somebody will give the name to another field, which then reads JSON that was"
    " written for the removed one.",
    message="{element} was removed, and its name is not reserved",
    source=_UPDATING,
    severity=Severity.WARNING,
)

ENUM_NUMBER_NOT_RESERVED: Final = Rule(
    id="PROTOBUF_ENUM_NUMBER_NOT_RESERVED",
    purpose="The number of a removed constant is reserved.",
    why="Somebody will give the number to another constant, as which old data is then"
    " read.",
    message="{element} was removed, and its number {number} is not reserved",
    source=_UPDATING,
    severity=Severity.WARNING,
)

PACKED_CHANGED: Final = Rule(
    id="PROTOBUF_PACKED_CHANGED",
    purpose="A list of numbers stays packed, or not packed.",
    why="Parsers must read both forms, but what was generated long ago, and tools that"
    " look at the bytes themselves, read one.",
    message="{reader} has {element} {reader_form}, {writer} writes it {writer_form}",
    source=_ENCODING,
    severity=Severity.WARNING,
)

BYTES_READ_AS_STRING: Final = Rule(
    id="PROTOBUF_BYTES_READ_AS_STRING",
    purpose="Bytes are not read as a string.",
    why="A parser refuses a whole message for a string that is not UTF-8, or puts"
    " replacement characters.",
    message="{reader} reads {element} as string, {writer} writes bytes, which need not"
    " be UTF-8",
    source=_UPDATING,
    severity=Severity.WARNING,
)

JSON_FORM_CHANGED: Final = Rule(
    id="PROTOBUF_JSON_FORM_CHANGED",
    purpose="A field keeps the form that it has in JSON.",
    why="The bytes are read, but JSON is not: it has a string as its text and bytes as"
    " base64, and a bool as true or false.",
    message="{reader} reads {element} as {reader_type}, {writer} writes {writer_type},"
    " which is another form in JSON",
    source=_JSON,
    severity=Severity.WARNING,
)

UTF8_VERIFIED: Final = Rule(
    id="PROTOBUF_UTF8_VERIFIED",
    purpose="A reader that verifies UTF-8 reads from a writer that does.",
    why="A parser refuses a whole message for one string that is not UTF-8.",
    message="{reader} verifies that {element} is UTF-8, {writer} does not",
    source=_FEATURES,
    severity=Severity.WARNING,
)

GROUP_CHANGED: Final = Rule(
    id="PROTOBUF_GROUP_CHANGED",
    purpose="The fields of a group stay compatible, as those of a message must.",
    why="Groups are read as messages are; the check of other registries does not look"
    " into them.",
    message="{reader} cannot read all of group {element} that {writer} writes; the"
    " cause is {cause} ({cause_rule})",
    source=_CONFLUENT,
    severity=Severity.WARNING,
)

EXTENSION_CHANGED: Final = Rule(
    id="PROTOBUF_EXTENSION_CHANGED",
    purpose="An extension stays compatible, as a field must.",
    why="Extensions are read as fields are; the check of other registries does not look"
    " at them.",
    message="{reader} reads extension {number} of '{extendee}' as {reader_type},"
    " {writer} writes {writer_type}",
    source=_CONFLUENT,
    severity=Severity.WARNING,
)

MESSAGES_REORDERED: Final = Rule(
    id="PROTOBUF_MESSAGES_REORDERED",
    purpose="A message keeps its place among its siblings.",
    why="A payload names its message by position; a consumer that looks the position up"
    " in its own schema takes another message.",
    message="message '{element}' is number {reader_index} for {reader} and number"
    " {writer_index} for {writer}",
    source="Confluent, wire format of Protobuf payloads",
    severity=Severity.WARNING,
)

SERVICE_REMOVED: Final = Rule(
    id="PROTOBUF_SERVICE_REMOVED",
    purpose="A service stays.",
    why="Calls to it fail.",
    message="service '{element}' was removed",
    source=_UPDATING,
    severity=Severity.WARNING,
)

RPC_REMOVED: Final = Rule(
    id="PROTOBUF_RPC_REMOVED",
    purpose="A service keeps its methods.",
    why="Calls of the method fail.",
    message="method '{element}' was removed",
    source=_UPDATING,
    severity=Severity.WARNING,
)

RPC_CHANGED: Final = Rule(
    id="PROTOBUF_RPC_CHANGED",
    purpose="A method keeps its request, its response and whether they are streams.",
    why="The two sides of a call take each other's messages for something else.",
    message="{reader} has method '{element}' as {reader_form}, {writer} has it as"
    " {writer_form}",
    source=_UPDATING,
    severity=Severity.WARNING,
)

RULES: Final[Mapping[str, Rule]] = {
    rule.id: rule
    for rule in (
        PACKAGE_CHANGED,
        MESSAGE_REMOVED,
        FIELD_KIND_CHANGED,
        FIELD_SCALAR_KIND_CHANGED,
        FIELD_NAMED_TYPE_CHANGED,
        FIELD_NUMERIC_LABEL_CHANGED,
        REQUIRED_FIELD_ADDED,
        REQUIRED_FIELD_REMOVED,
        ONEOF_FIELD_REMOVED,
        MULTIPLE_FIELDS_MOVED_TO_ONEOF,
        FIELD_MOVED_TO_EXISTING_ONEOF,
        COMPARISON_TOO_LARGE,
        REPEATED_READ_AS_SINGULAR,
        SINGULAR_READ_AS_REPEATED,
        REQUIRED_FIELD_MAY_BE_ABSENT,
        NUMBER_NARROWED,
        ENUM_EXCHANGED_FOR_NUMBER,
        ENUM_REPLACED,
        ENUM_CONSTANT_MISSING,
        ENUM_CONSTANT_RENAMED,
        ENUM_TYPE_CHANGED,
        DEFAULT_CHANGED,
        PRESENCE_CHANGED,
        JSON_NAME_CHANGED,
        FIELD_RENAMED,
        FIELD_NUMBER_REUSED,
        FIELD_NUMBER_NOT_RESERVED,
        FIELD_NAME_NOT_RESERVED,
        ENUM_NUMBER_NOT_RESERVED,
        PACKED_CHANGED,
        BYTES_READ_AS_STRING,
        JSON_FORM_CHANGED,
        UTF8_VERIFIED,
        GROUP_CHANGED,
        EXTENSION_CHANGED,
        MESSAGES_REORDERED,
        SERVICE_REMOVED,
        RPC_REMOVED,
        RPC_CHANGED,
    )
}
"""Every row by its id."""
