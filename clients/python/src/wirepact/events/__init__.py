"""Events as classes: declared by a decorator, converted by generated functions."""

from wirepact.events.declaring import (
    EventType,
    SchemaIdentity,
    event,
    event_types,
    find_event_type,
    find_event_type_by_name,
    isolated_events,
)
from wirepact.events.defaults import Constant
from wirepact.events.faults import EventTypeError, UnfitValueError
from wirepact.events.marks import (
    Alias,
    Digits,
    Doc,
    Fixed,
    Float32,
    Int32,
    Local,
    Micros,
    Millis,
    Name,
    Nanos,
)
from wirepact.events.names import named
from wirepact.events.naming import Naming

__all__ = [
    "Alias",
    "Constant",
    "Digits",
    "Doc",
    "EventType",
    "EventTypeError",
    "Fixed",
    "Float32",
    "Int32",
    "Local",
    "Micros",
    "Millis",
    "Name",
    "Naming",
    "Nanos",
    "SchemaIdentity",
    "UnfitValueError",
    "event",
    "event_types",
    "find_event_type",
    "find_event_type_by_name",
    "isolated_events",
    "named",
]
