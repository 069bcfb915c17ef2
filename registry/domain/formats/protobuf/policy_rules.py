"""The rule table of the stricter policies: what `buf breaking` would say, and reuse.

The ids are those of buf, which users of it know; the rules of number reuse, which buf
does not have because it looks at one earlier version only, are ours. Which rules a
policy is made of is said at the end, as data; whether a rule holds for a pair of parts
is said by the functions of `policy_checks`.

In every row the reader is the candidate and the writer the earlier version.

Source: the rules and categories of `buf breaking` 1.75, configuration version 2.
"""

from collections.abc import Mapping
from typing import Final

from registry.domain.rules import Rule

_BUF: Final = "buf 1.75, breaking change rules"
_OURS: Final = "Wirepact: the whole history of a subject; Protobuf, Updating a Message"


def _rule(
    rule_id: str, purpose: str, *, why: str, message: str, source: str = _BUF
) -> Rule:
    """Return a row whose message on the wire is told in the form of Confluent's."""
    told = message.replace("{reader}", "the {reader} schema")
    told = told.replace("{writer}", "the {writer} schema")
    description = f"{told[0].upper()}{told[1:]} (path '{{path}}')"
    return Rule(
        id=rule_id,
        purpose=purpose,
        why=why,
        message=message,
        source=source,
        wire=f'{{{{errorType:"{rule_id}", description:"{description}"}}}}',
    )


# What vanishes. Generated code loses a name; on the wire a number becomes free.

_UNKNOWN_TYPE: Final = (
    "Code generated from the new schema has no such type, so that what uses it no"
    " longer builds; "
)

FILE_NO_DELETE: Final = _rule(
    "FILE_NO_DELETE",
    "A file that was imported stays imported.",
    why="Code that reaches its types through this schema no longer builds; keep the"
    " import, even if nothing in this text needs it.",
    message="{reader} does not import file '{name}', which {writer} does, directly or"
    " through others",
)
MESSAGE_NO_DELETE: Final = _rule(
    "MESSAGE_NO_DELETE",
    "A message stays in its file.",
    why=_UNKNOWN_TYPE + "keep the message, and mark it deprecated.",
    message="{reader} has no message '{name}', which {writer} has in the same file",
)
ENUM_NO_DELETE: Final = _rule(
    "ENUM_NO_DELETE",
    "An enum stays in its file.",
    why=_UNKNOWN_TYPE + "keep the enum, and mark it deprecated.",
    message="{reader} has no enum '{name}', which {writer} has in the same file",
)
SERVICE_NO_DELETE: Final = _rule(
    "SERVICE_NO_DELETE",
    "A service stays in its file.",
    why="Clients call a service that is no longer there; keep it, and mark it"
    " deprecated.",
    message="{reader} has no service '{name}', which {writer} has in the same file",
)
EXTENSION_NO_DELETE: Final = _rule(
    "EXTENSION_NO_DELETE",
    "An extension stays in its file.",
    why="Code that sets or reads the extension no longer builds; keep it, and mark it"
    " deprecated.",
    message="{reader} has no extension '{name}', which {writer} has in the same file",
)
RPC_NO_DELETE: Final = _rule(
    "RPC_NO_DELETE",
    "A method stays in its service.",
    why="Clients call a method that is no longer there; keep it, and mark it"
    " deprecated.",
    message="{reader} has no rpc '{name}' in service '{parent}', which {writer} has",
)
ONEOF_NO_DELETE: Final = _rule(
    "ONEOF_NO_DELETE",
    "A oneof stays in its message.",
    why="Code that asks which member of the oneof is set no longer builds; keep the"
    " oneof under its name.",
    message="{reader} has no oneof '{name}' in message '{parent}', which {writer} has",
)
EXTENSION_MESSAGE_NO_DELETE: Final = _rule(
    "EXTENSION_MESSAGE_NO_DELETE",
    "What a message leaves to extensions stays left to them.",
    why="Extensions that use the numbers are no longer legal; keep the range.",
    message="{reader} does not leave {missing} to extensions in message '{name}',"
    " which {writer} does",
)
FIELD_NO_DELETE: Final = _rule(
    "FIELD_NO_DELETE",
    "A field stays in its message.",
    why="Code that sets or reads the field no longer builds; keep the field, and mark"
    " it deprecated.",
    message="{reader} has no {field}, which {writer} has",
)
FIELD_NO_DELETE_UNLESS_NUMBER_RESERVED: Final = _rule(
    "FIELD_NO_DELETE_UNLESS_NUMBER_RESERVED",
    "A field stays in its message, or its number is reserved.",
    why="The number is free for a field of another type, which would misread data"
    " that holds the old one; reserve the number.",
    message="{reader} has no {field}, which {writer} has, and does not reserve number"
    " {number}",
)
FIELD_NO_DELETE_UNLESS_NAME_RESERVED: Final = _rule(
    "FIELD_NO_DELETE_UNLESS_NAME_RESERVED",
    "A field stays in its message, or its name is reserved.",
    why="The name is free for another field, which would misread JSON that holds the"
    " old one; reserve the name.",
    message="{reader} has no {field}, which {writer} has, and does not reserve name"
    " '{name}'",
)
ENUM_VALUE_NO_DELETE: Final = _rule(
    "ENUM_VALUE_NO_DELETE",
    "A value stays in its enum.",
    why="Code that uses the value no longer builds; keep the value, and mark it"
    " deprecated.",
    message="{reader} has no {value}, which {writer} has",
)
ENUM_VALUE_NO_DELETE_UNLESS_NUMBER_RESERVED: Final = _rule(
    "ENUM_VALUE_NO_DELETE_UNLESS_NUMBER_RESERVED",
    "A value stays in its enum, or its number is reserved.",
    why="The number is free for another meaning, which data that holds the old one"
    " would take on; reserve the number.",
    message="{reader} has no {value}, which {writer} has, and does not reserve number"
    " {number}",
)
ENUM_VALUE_NO_DELETE_UNLESS_NAME_RESERVED: Final = _rule(
    "ENUM_VALUE_NO_DELETE_UNLESS_NAME_RESERVED",
    "A value stays in its enum, or its names are reserved.",
    why="The name is free for another value, which would misread JSON that holds the"
    " old one; reserve the name.",
    message="{reader} has no {value}, which {writer} has, and does not reserve"
    " {unreserved}",
)
RESERVED_MESSAGE_NO_DELETE: Final = _rule(
    "RESERVED_MESSAGE_NO_DELETE",
    "What a message reserves stays reserved.",
    why="Numbers and names of fields that are gone could be taken again, and old data"
    " misread; keep them reserved.",
    message="{reader} does not reserve {missing} in message '{name}', which {writer}"
    " does",
)
RESERVED_ENUM_NO_DELETE: Final = _rule(
    "RESERVED_ENUM_NO_DELETE",
    "What an enum reserves stays reserved.",
    why="Numbers and names of values that are gone could be taken again, and old data"
    " misread; keep them reserved.",
    message="{reader} does not reserve {missing} in enum '{name}', which {writer} does",
)

# What a field is.

FIELD_SAME_TYPE: Final = _rule(
    "FIELD_SAME_TYPE",
    "A field keeps its type.",
    why="Code that sets or reads the field no longer builds, and data may be misread;"
    " add a field with the new type instead.",
    message="{reader} has type {type} for {field}, {writer} has {earlier_type}",
)
FIELD_WIRE_COMPATIBLE_TYPE: Final = _rule(
    "FIELD_WIRE_COMPATIBLE_TYPE",
    "A field keeps its type, or changes to one that is encoded alike.",
    why="The bytes of one type mean something else, or nothing, in the other; add a"
    " field with the new type instead.",
    message="{reader} has type {type} for {field}, {writer} has {earlier_type}, which"
    " need not be encoded alike",
)
FIELD_WIRE_JSON_COMPATIBLE_TYPE: Final = _rule(
    "FIELD_WIRE_JSON_COMPATIBLE_TYPE",
    "A field keeps its type, or changes to one that is encoded alike, in JSON too.",
    why="The bytes or the JSON of one type mean something else, or nothing, in the"
    " other; add a field with the new type instead.",
    message="{reader} has type {type} for {field}, {writer} has {earlier_type}, which"
    " need not be encoded alike in bytes and in JSON",
)
FIELD_SAME_CARDINALITY: Final = _rule(
    "FIELD_SAME_CARDINALITY",
    "A field keeps its cardinality: optional, implicit, required, repeated or a map.",
    why="Code that sets or reads the field no longer builds, and whether it is set is"
    " told differently; keep the label, or add a field.",
    message="{reader} makes {field} {cardinality}, {writer} makes it"
    " {earlier_cardinality}",
)
FIELD_WIRE_COMPATIBLE_CARDINALITY: Final = _rule(
    "FIELD_WIRE_COMPATIBLE_CARDINALITY",
    "A field stays single, required or repeated.",
    why="A reader of one value takes the last of many, or fails on packed ones; keep"
    " the label, or add a field.",
    message="{reader} makes {field} {cardinality}, {writer} makes it"
    " {earlier_cardinality}",
)
FIELD_WIRE_JSON_COMPATIBLE_CARDINALITY: Final = _rule(
    "FIELD_WIRE_JSON_COMPATIBLE_CARDINALITY",
    "A field stays single, required, repeated or a map.",
    why="A reader of one value takes the last of many, and JSON has a list or an"
    " object in its place; keep the label, or add a field.",
    message="{reader} makes {field} {cardinality}, {writer} makes it"
    " {earlier_cardinality}",
)
FIELD_SAME_NAME: Final = _rule(
    "FIELD_SAME_NAME",
    "A field keeps its name.",
    why="JSON and text formats name the field, and so does the code that uses it;"
    " restore the name.",
    message="{reader} calls {field} '{name}', {writer} '{earlier_name}'",
)
FIELD_SAME_JSON_NAME: Final = _rule(
    "FIELD_SAME_JSON_NAME",
    "A field keeps its name in JSON.",
    why="JSON that holds the old name is read as if the field were not set; restore"
    " the name, or set `json_name` to the old one.",
    message="{reader} calls {field} '{json_name}' in JSON, {writer}"
    " '{earlier_json_name}'",
)
FIELD_SAME_ONEOF: Final = _rule(
    "FIELD_SAME_ONEOF",
    "A field stays outside of oneofs, or in its own.",
    why="Setting one member of a oneof clears the others: data that holds both loses"
    " one; add a field instead of moving it.",
    message="{reader} has {field} {oneof}, {writer} has it {earlier_oneof}",
)
FIELD_SAME_DEFAULT: Final = _rule(
    "FIELD_SAME_DEFAULT",
    "A field keeps its default.",
    why="A value that is the default may not be written: each side fills it in as"
    " another; restore the default.",
    message="{reader} has default {default} for {field}, {writer} has"
    " {earlier_default}",
)


def _same_field(rule_id: str, setting: str, why: str) -> Rule:
    return _rule(
        rule_id,
        f"A field keeps its {setting}.",
        why=why + "; restore it.",
        message=f"{{reader}} has {setting} {{setting}} for {{field}}, {{writer}} has"
        " {earlier_setting}",
    )


FIELD_SAME_JSTYPE: Final = _same_field(
    "FIELD_SAME_JSTYPE",
    "JavaScript type",
    "Generated JavaScript has a number where it had a string, or the reverse",
)
FIELD_SAME_CPP_STRING_TYPE: Final = _same_field(
    "FIELD_SAME_CPP_STRING_TYPE",
    "C++ string type",
    "Generated C++ has accessors of other types, so that what uses them no longer"
    " builds",
)
FIELD_SAME_UTF8_VALIDATION: Final = _same_field(
    "FIELD_SAME_UTF8_VALIDATION",
    "UTF-8 validation",
    "A string that is not UTF-8 is refused by one version and passed by the other",
)
FIELD_SAME_JAVA_UTF8_VALIDATION: Final = _same_field(
    "FIELD_SAME_JAVA_UTF8_VALIDATION",
    "UTF-8 validation in Java",
    "A string that is not UTF-8 is refused by one version in Java and passed by the"
    " other",
)

# What a message, an enum, a method is.

MESSAGE_SAME_REQUIRED_FIELDS: Final = _rule(
    "MESSAGE_SAME_REQUIRED_FIELDS",
    "No field becomes required, and no required field is dropped or made optional.",
    why="A reader refuses a message without a field that it requires, and the other"
    " side need not write it; leave what is required alone, and add no more.",
    message="{reader} {requirement} {field}, {writer} {earlier_requirement}",
)
MESSAGE_NO_REMOVE_STANDARD_DESCRIPTOR_ACCESSOR: Final = _rule(
    "MESSAGE_NO_REMOVE_STANDARD_DESCRIPTOR_ACCESSOR",
    "A message keeps the `descriptor()` accessor of generated code.",
    why="Code that calls the accessor no longer builds; drop"
    " `no_standard_descriptor_accessor`.",
    message="{reader} sets no_standard_descriptor_accessor for message '{name}',"
    " {writer} does not",
)
_JSON_FORMAT: Final = (
    "Without full support, the JSON of the new schema may clash or fail where the old"
    " one was promised to work; set the `json_format` feature to ALLOW."
)
MESSAGE_SAME_JSON_FORMAT: Final = _rule(
    "MESSAGE_SAME_JSON_FORMAT",
    "A message keeps its full support of JSON.",
    why=_JSON_FORMAT,
    message="{reader} has JSON format {setting} for message '{name}', {writer} has"
    " {earlier_setting}",
)
ENUM_SAME_JSON_FORMAT: Final = _rule(
    "ENUM_SAME_JSON_FORMAT",
    "An enum keeps its full support of JSON.",
    why=_JSON_FORMAT,
    message="{reader} has JSON format {setting} for enum '{name}', {writer} has"
    " {earlier_setting}",
)
ENUM_SAME_TYPE: Final = _rule(
    "ENUM_SAME_TYPE",
    "An enum stays open or closed.",
    why="A closed enum drops numbers that it does not know, an open one keeps them;"
    " leave the syntax, or the `enum_type` feature, as it was.",
    message="{reader} has enum '{name}' {setting}, {writer} has it {earlier_setting}",
)
ENUM_VALUE_SAME_NAME: Final = _rule(
    "ENUM_VALUE_SAME_NAME",
    "A value keeps its names; new ones for the same number may be added.",
    why="JSON and text formats name the value, and so does the code that uses it;"
    " restore the name, or keep it as an alias.",
    message="{reader} calls number {number} of enum '{parent}' {names}, {writer}"
    " {earlier_names}",
)


def _same_rpc(rule_id: str, setting: str, why: str) -> Rule:
    return _rule(
        rule_id,
        f"A method keeps its {setting}.",
        why=f"{why}; add a method instead.",
        message=f"{{reader}} has {setting} {{setting}} for rpc '{{name}}' of service"
        " '{parent}', {writer} has {earlier_setting}",
    )


_STREAMING: Final = "One side sends or awaits more messages than the other expects"

RPC_SAME_CLIENT_STREAMING: Final = _same_rpc(
    "RPC_SAME_CLIENT_STREAMING", "client streaming", _STREAMING
)
RPC_SAME_SERVER_STREAMING: Final = _same_rpc(
    "RPC_SAME_SERVER_STREAMING", "server streaming", _STREAMING
)
RPC_SAME_REQUEST_TYPE: Final = _same_rpc(
    "RPC_SAME_REQUEST_TYPE",
    "request type",
    "The server reads the request as another message than the client wrote",
)
RPC_SAME_RESPONSE_TYPE: Final = _same_rpc(
    "RPC_SAME_RESPONSE_TYPE",
    "response type",
    "The client reads the answer as another message than the server wrote",
)
RPC_SAME_IDEMPOTENCY_LEVEL: Final = _same_rpc(
    "RPC_SAME_IDEMPOTENCY_LEVEL",
    "idempotency level",
    "Clients retry, and use other HTTP methods, by this promise",
)

# What a file is.

FILE_SAME_PACKAGE: Final = _rule(
    "FILE_SAME_PACKAGE",
    "A file keeps its package.",
    why="Every full name in the file changes: `Any` values, gRPC paths and generated"
    " code no longer meet; restore the package, or start a new subject.",
    message="{reader} has package '{setting}' in {file}, {writer} has"
    " '{earlier_setting}'",
)
FILE_SAME_SYNTAX: Final = _rule(
    "FILE_SAME_SYNTAX",
    "A file keeps its syntax or edition.",
    why="The syntax decides presence, enums and packing, in bytes and in code; restore"
    " it.",
    message="{reader} has syntax {setting} in {file}, {writer} has {earlier_setting}",
)

FILE_OPTIONS: Final[Mapping[str, Rule]] = {
    option: _rule(
        f"FILE_SAME_{option.upper()}",
        f"A file keeps its option `{option}`.",
        why="Code generated from the new schema stands elsewhere, or has other classes,"
        " so that what uses it no longer builds; restore the option.",
        message=f"{{reader}} has option {option} '{{setting}}' in {{file}}, {{writer}}"
        " has '{earlier_setting}'",
    )
    for option in (
        "cc_enable_arenas",
        "cc_generic_services",
        "csharp_namespace",
        "go_package",
        "java_generic_services",
        "java_multiple_files",
        "java_outer_classname",
        "java_package",
        "objc_class_prefix",
        "optimize_for",
        "php_class_prefix",
        "php_metadata_namespace",
        "php_namespace",
        "py_generic_services",
        "ruby_package",
        "swift_prefix",
    )
}
"""The rule that a file's option stays, by the option."""

# What comes back: held against every earlier version, not only against the latest.

FIELD_NUMBER_REUSED: Final = _rule(
    "FIELD_NUMBER_REUSED",
    "The number of a field that is gone is not given to another field.",
    why="Data that was written long ago, and readers that were never renewed, take the"
    " one field for the other; give the field a number that was never used.",
    message="{reader} gives number {number} of message '{parent}' to {new_field},"
    " which was {earlier_field} in {writer}",
    source=_OURS,
)
ENUM_VALUE_NUMBER_REUSED: Final = _rule(
    "ENUM_VALUE_NUMBER_REUSED",
    "The number of an enum value that is gone is not given to another value.",
    why="Data that was written long ago, and readers that were never renewed, take the"
    " one value for the other; give the value a number that was never used.",
    message="{reader} gives number {number} of enum '{parent}' to {names}, which was"
    " {earlier_names} in {writer}",
    source=_OURS,
)
RESERVED_NUMBER_REUSED: Final = _rule(
    "RESERVED_NUMBER_REUSED",
    "A number that was ever reserved is not used.",
    why="It was reserved because data with another meaning is around; give the"
    " newcomer a number that was never used.",
    message="{reader} uses number {number} for '{name}' in {kind} '{parent}', which"
    " {writer} reserves",
    source=_OURS,
)
RESERVED_NAME_REUSED: Final = _rule(
    "RESERVED_NAME_REUSED",
    "A name that was ever reserved is not used.",
    why="It was reserved because JSON with another meaning is around; give the"
    " newcomer a name that was never used.",
    message="{reader} uses name '{name}' for number {number} in {kind} '{parent}',"
    " which {writer} reserves",
    source=_OURS,
)

# What each policy is made of.

_ALWAYS: Final = (
    FILE_SAME_PACKAGE,
    MESSAGE_SAME_REQUIRED_FIELDS,
    RESERVED_MESSAGE_NO_DELETE,
    RESERVED_ENUM_NO_DELETE,
    FIELD_SAME_ONEOF,
    FIELD_SAME_DEFAULT,
    RPC_SAME_REQUEST_TYPE,
    RPC_SAME_RESPONSE_TYPE,
    RPC_SAME_CLIENT_STREAMING,
    RPC_SAME_SERVER_STREAMING,
    RPC_SAME_IDEMPOTENCY_LEVEL,
)
_NUMBERS_STAY_TAKEN: Final = (
    FIELD_NO_DELETE_UNLESS_NUMBER_RESERVED,
    ENUM_VALUE_NO_DELETE_UNLESS_NUMBER_RESERVED,
)
_NAMES_STAY_TAKEN: Final = (
    FIELD_NO_DELETE_UNLESS_NAME_RESERVED,
    ENUM_VALUE_NO_DELETE_UNLESS_NAME_RESERVED,
)
_BYTES: Final = (FIELD_WIRE_COMPATIBLE_TYPE, FIELD_WIRE_COMPATIBLE_CARDINALITY)
_BYTES_AND_JSON: Final = (
    FIELD_WIRE_JSON_COMPATIBLE_TYPE,
    FIELD_WIRE_JSON_COMPATIBLE_CARDINALITY,
)
_NAMES: Final = (
    FIELD_SAME_NAME,
    FIELD_SAME_JSON_NAME,
    ENUM_VALUE_SAME_NAME,
    MESSAGE_SAME_JSON_FORMAT,
    ENUM_SAME_JSON_FORMAT,
)
_SOURCE: Final = (
    FILE_NO_DELETE,
    MESSAGE_NO_DELETE,
    ENUM_NO_DELETE,
    SERVICE_NO_DELETE,
    EXTENSION_NO_DELETE,
    RPC_NO_DELETE,
    ONEOF_NO_DELETE,
    FIELD_NO_DELETE,
    ENUM_VALUE_NO_DELETE,
    EXTENSION_MESSAGE_NO_DELETE,
    FIELD_SAME_TYPE,
    FIELD_SAME_CARDINALITY,
    FIELD_SAME_JSTYPE,
    FIELD_SAME_CPP_STRING_TYPE,
    FIELD_SAME_UTF8_VALIDATION,
    FIELD_SAME_JAVA_UTF8_VALIDATION,
    ENUM_SAME_TYPE,
    MESSAGE_NO_REMOVE_STANDARD_DESCRIPTOR_ACCESSOR,
    FILE_SAME_SYNTAX,
    *FILE_OPTIONS.values(),
)

WIRE: Final = frozenset((*_ALWAYS, *_NUMBERS_STAY_TAKEN, *_BYTES))
"""What keeps the bytes readable in both directions."""

WIRE_JSON: Final = frozenset(
    (
        *_ALWAYS,
        *_NUMBERS_STAY_TAKEN,
        *_NAMES_STAY_TAKEN,
        *_BYTES_AND_JSON,
        *_NAMES,
    )
)
"""What keeps the bytes and the JSON readable in both directions."""

FILE: Final = frozenset((*_ALWAYS, *_NAMES, *_SOURCE))
"""What keeps code building that uses code generated from the file."""

REUSE: Final = frozenset(
    (
        FIELD_NUMBER_REUSED,
        ENUM_VALUE_NUMBER_REUSED,
        RESERVED_NUMBER_REUSED,
        RESERVED_NAME_REUSED,
    )
)
"""What every policy holds against the whole history."""

POLICY_RULES: Final[Mapping[str, Rule]] = {
    rule.id: rule
    for rule in (
        *_ALWAYS,
        *_NUMBERS_STAY_TAKEN,
        *_NAMES_STAY_TAKEN,
        *_BYTES,
        *_BYTES_AND_JSON,
        *_NAMES,
        *_SOURCE,
        *sorted(REUSE, key=lambda rule: rule.id),
    )
}
"""Every row by its id."""
