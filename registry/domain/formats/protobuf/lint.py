"""The lint table of Protobuf: the rules of `buf lint` by their ids, and ours.

Rules of services and of options for single languages are only looked at where the
settings name them: events have no services. Of PROTOVALIDATE there is what can be known
without that library's own runtime.

Source: the rules and categories of `buf lint` 1.75, configuration version 2.
"""

from typing import Final

from registry.domain.formats.protobuf import lint_files as files
from registry.domain.formats.protobuf import lint_names as names
from registry.domain.formats.protobuf import lint_types as types
from registry.domain.formats.protobuf import lint_validate as validate
from registry.domain.lint import Check, LintLevel, LintRule
from registry.domain.rules import Severity

_MINIMAL, _STANDARD, _STRICT = LintLevel
_BUF: Final = "buf 1.75, lint rules"
_OFF: Final = None


def _buf(
    rule_id: str,
    level: LintLevel | None,
    check: Check,
    purpose: str,
    why: str,
    severity: Severity = Severity.WARNING,
) -> LintRule:
    return LintRule(rule_id, purpose, why, level, check, severity, source=_BUF)


_IN_CODE: Final = "Generated code looks out of place in most languages otherwise."
_IMPORTABLE: Final = "Compilers find files by their folders, and packages in one place."
_ONE_OPTION: Final = "Code of one package would be generated into two places."
_DOCUMENTED: Final = "Readers of the event have nothing else to go by."
_OWN_TYPES: Final = "Types of their own let requests and responses change apart."

_OF_FILES: Final = (
    _buf(
        "DIRECTORY_SAME_PACKAGE",
        _MINIMAL,
        files.same_package,
        "Files of one folder are of one package.",
        _IMPORTABLE,
        Severity.ERROR,
    ),
    _buf(
        "PACKAGE_DEFINED",
        _MINIMAL,
        files.package_defined,
        "Every file has a package.",
        "Without one, two teams that choose the same name mean the same type.",
        Severity.ERROR,
    ),
    _buf(
        "PACKAGE_DIRECTORY_MATCH",
        _MINIMAL,
        files.directory_match,
        "A package is named after the folder that its files are imported from, or after"
        " the contract's domain with a version.",
        _IMPORTABLE,
        Severity.ERROR,
    ),
    _buf(
        "PACKAGE_NO_IMPORT_CYCLE",
        _MINIMAL,
        files.import_cycle,
        "No package imports one that imports it.",
        "Several languages refuse packages that need each other.",
        Severity.ERROR,
    ),
    _buf(
        "PACKAGE_SAME_DIRECTORY",
        _MINIMAL,
        files.same_directory,
        "Files of one package lie in one folder.",
        _IMPORTABLE,
        Severity.ERROR,
    ),
)
_OF_STYLE: Final = (
    _buf(
        "ENUM_FIRST_VALUE_ZERO",
        _STANDARD,
        types.first_value_zero,
        "The first value of an enum is zero.",
        "It is the default of proto2, and has to be that of proto3.",
    ),
    _buf(
        "ENUM_NO_ALLOW_ALIAS",
        _STANDARD,
        types.no_alias,
        "No enum allows two names for one number.",
        "In JSON only one of the names is ever written.",
    ),
    _buf(
        "ENUM_PASCAL_CASE",
        _STANDARD,
        names.ENUM_CASE,
        "Enums are written in PascalCase.",
        _IN_CODE,
    ),
    _buf(
        "ENUM_VALUE_UPPER_SNAKE_CASE",
        _STANDARD,
        names.VALUE_CASE,
        "Values of enums are written in UPPER_SNAKE_CASE.",
        _IN_CODE,
    ),
    _buf(
        "FIELD_LOWER_SNAKE_CASE",
        _STANDARD,
        names.FIELD_CASE,
        "Fields are written in lower_snake_case.",
        "Each language, and JSON, makes its own case of it.",
    ),
    _buf(
        "FIELD_NOT_REQUIRED",
        _STANDARD,
        types.not_required,
        "No field is required.",
        "It can never be left out again: every old reader would refuse the message.",
    ),
    _buf(
        "IMPORT_NO_PUBLIC",
        _STANDARD,
        files.no_public,
        "No import is public.",
        "Several languages do not know them.",
    ),
    _buf(
        "IMPORT_USED",
        _STANDARD,
        files.import_used,
        "Every import is used.",
        "It has to be registered and loaded for nothing.",
    ),
    _buf(
        "MESSAGE_PASCAL_CASE",
        _STANDARD,
        names.MESSAGE_CASE,
        "Messages are written in PascalCase.",
        _IN_CODE,
    ),
    _buf(
        "ONEOF_LOWER_SNAKE_CASE",
        _STANDARD,
        names.ONEOF_CASE,
        "Oneofs are written in lower_snake_case.",
        _IN_CODE,
    ),
    _buf(
        "PACKAGE_LOWER_SNAKE_CASE",
        _STANDARD,
        files.package_case,
        "Packages are written in lower_snake.case.",
        "They become folders, which some systems do not tell apart by capitals.",
    ),
    _buf(
        "SYNTAX_SPECIFIED",
        _STANDARD,
        files.syntax_specified,
        "Every file says its syntax or edition.",
        "Without it, it is proto2, which few expect.",
    ),
    _buf(
        "ENUM_VALUE_PREFIX",
        _STANDARD,
        names.value_prefix,
        "Values begin with the name of their enum.",
        "They share one scope with the values of all enums around.",
    ),
    _buf(
        "ENUM_ZERO_VALUE_SUFFIX",
        _STANDARD,
        names.zero_suffix,
        f"The zero value of an enum ends in {names.ZERO_SUFFIX}.",
        "It is what readers see where nothing was set, or what they do not know yet.",
    ),
    _buf(
        "FILE_LOWER_SNAKE_CASE",
        _STANDARD,
        files.file_case,
        "Files are named in lower_snake_case.",
        "They become modules, whose names look so in most languages.",
    ),
    _buf(
        "PACKAGE_VERSION_SUFFIX",
        _STANDARD,
        files.version_suffix,
        "A package ends in a version, such as v1.",
        "The next major version can then live beside it.",
    ),
)
_OF_COMMENTS: Final = tuple(
    _buf(
        f"COMMENT_{what.upper()}",
        level,
        names.commented(elements, what.lower().replace("_", " ")),
        f"A comment stands before every {what.lower().replace('_', ' ')}.",
        _DOCUMENTED,
    )
    for what, level, elements in (
        ("ENUM", _STRICT, names.enum_elements),
        ("ENUM_VALUE", _STRICT, names.value_elements),
        ("FIELD", _STRICT, names.field_elements),
        ("MESSAGE", _STRICT, names.message_elements),
        ("ONEOF", _STRICT, names.oneof_elements),
        ("RPC", _OFF, names.method_elements),
        ("SERVICE", _OFF, names.service_elements),
    )
)
_OF_OPTIONS: Final = tuple(
    _buf(
        f"PACKAGE_SAME_{option.upper()}",
        _OFF,
        files.same_option(option),
        f"The files of a package have the same {option}.",
        _ONE_OPTION,
    )
    for option in (
        "csharp_namespace",
        "go_package",
        "java_multiple_files",
        "java_package",
        "php_namespace",
        "ruby_package",
        "swift_prefix",
    )
)
_OF_SERVICES: Final = (
    _buf(
        "RPC_PASCAL_CASE",
        _OFF,
        names.METHOD_CASE,
        "Rpcs are written in PascalCase.",
        _IN_CODE,
    ),
    _buf(
        "SERVICE_PASCAL_CASE",
        _OFF,
        names.SERVICE_CASE,
        "Services are written in PascalCase.",
        _IN_CODE,
    ),
    _buf(
        "RPC_REQUEST_RESPONSE_UNIQUE",
        _OFF,
        names.unique_types,
        "A message is the request or response of one rpc.",
        _OWN_TYPES,
    ),
    _buf(
        "RPC_REQUEST_STANDARD_NAME",
        _OFF,
        names.request_name,
        "A request is named after its rpc.",
        _OWN_TYPES,
    ),
    _buf(
        "RPC_RESPONSE_STANDARD_NAME",
        _OFF,
        names.response_name,
        "A response is named after its rpc.",
        _OWN_TYPES,
    ),
    _buf(
        "SERVICE_SUFFIX",
        _OFF,
        names.service_suffix,
        f"A service ends in {names.SERVICE_SUFFIX}.",
        "It can then be told from a message.",
    ),
    _buf(
        "RPC_NO_CLIENT_STREAMING",
        _OFF,
        names.client_streaming,
        "No rpc takes a stream.",
        "Some transports cannot carry one.",
    ),
    _buf(
        "RPC_NO_SERVER_STREAMING",
        _OFF,
        names.server_streaming,
        "No rpc returns a stream.",
        "Some transports cannot carry one.",
    ),
)
_UNCATEGORISED: Final = (
    _buf(
        "STABLE_PACKAGE_NO_IMPORT_UNSTABLE",
        _STRICT,
        files.stable_imports,
        "A stable package imports no unstable one.",
        "What may change at any time would change the stable one too.",
    ),
)
BUF: Final = (
    *_OF_FILES,
    *_OF_STYLE,
    *_OF_COMMENTS,
    *_OF_OPTIONS,
    *_OF_SERVICES,
    *_UNCATEGORISED,
)
"""The rules that buf has as well."""

APART: Final = (
    LintRule(
        "IMPORT_NO_WEAK",
        "No import is weak.",
        "Most compilers take it for an ordinary one, and some refuse it.",
        _STANDARD,
        files.no_weak,
        source="buf, lint rules; none of version 1.75 any more",
    ),
    _buf(
        "PROTOVALIDATE",
        _STANDARD,
        validate.protovalidate,
        "The rules of protovalidate go with the type of their field, and let something"
        " through. Its expressions are not looked at.",
        "Whoever validates the message gets an error, whatever it holds.",
        Severity.ERROR,
    ),
)
"""What buf does not look at any more, or looks at more closely."""

OURS: Final = (
    LintRule(
        "PROTO_MONEY_NOT_FLOAT",
        "An amount of money is no float or double.",
        "They round: 0.1 + 0.2 is not 0.3. Use google.type.Money, or whole minor"
        " units.",
        _STANDARD,
        types.money,
        Severity.ERROR,
    ),
    LintRule(
        "PROTO_TIMESTAMP_WKT",
        "A point in time is a google.protobuf.Timestamp.",
        "Seconds, milliseconds and time zones are guessed otherwise.",
        _STANDARD,
        types.timestamps,
    ),
    LintRule(
        "PROTO_ENUM_UNSPECIFIED_NOT_USED_AS_BUSINESS_VALUE",
        "The zero value of an enum means that nothing was said.",
        "It is what readers see where nothing was set, or what they do not know yet.",
        _STANDARD,
        types.zero_meaning,
        source="Protocol Buffers, Enums: default value",
    ),
    LintRule(
        "PROTO_FIELD_NUMBER_RESERVED_ON_DELETE",
        "The number of a field that is gone is reserved.",
        "Given to another field, it would misread data that holds the old one.",
        _STANDARD,
        types.reserved_on_delete,
        Severity.ERROR,
        source="Protocol Buffers, Deleting Fields",
    ),
    LintRule(
        "PROTO_FIRST_MESSAGE_IS_EVENT",
        "The first message of a file is the event, not a part of it.",
        "Confluent's serializers, and whoever is not told otherwise, take the first.",
        _STANDARD,
        files.first_message,
        source="Confluent, wire format: message indexes",
    ),
    LintRule(
        "PROTO_OPTIONAL_FOR_PRESENCE",
        "Numbers and booleans of proto3 are optional.",
        "Otherwise a zero cannot be told from a value that was never set.",
        _STRICT,
        types.presence,
        source="Protocol Buffers, Field Presence",
    ),
)

RULES: Final[tuple[LintRule, ...]] = (*BUF, *APART, *OURS)
"""Every rule."""
