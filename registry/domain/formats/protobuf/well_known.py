"""The files that every Protobuf schema may import without a reference."""

from typing import Final

_GOOGLE_PROTOBUF: Final = (
    "any",
    "api",
    "cpp_features",
    "descriptor",
    "duration",
    "empty",
    "field_mask",
    "go_features",
    "java_features",
    "source_context",
    "struct",
    "timestamp",
    "type",
    "wrappers",
)
_GOOGLE_TYPE: Final = (
    "calendar_period",
    "color",
    "date",
    "datetime",
    "dayofweek",
    "decimal",
    "expr",
    "fraction",
    "interval",
    "latlng",
    "localized_text",
    "money",
    "month",
    "phone_number",
    "postal_address",
    "quaternion",
    "timeofday",
)

WELL_KNOWN: Final = frozenset(
    (
        *(f"google/protobuf/{name}.proto" for name in _GOOGLE_PROTOBUF),
        *(f"google/type/{name}.proto" for name in _GOOGLE_TYPE),
        "confluent/meta.proto",
        "confluent/type/decimal.proto",
        "confluent/type/variant.proto",
    )
)
"""By import name. A reference of such a name is allowed, and not looked at.

Clients send no reference for them, so that nobody else can say what they hold.
"""
