"""With which schema a value is written: decided once, then a plan that is only followed.

Without I/O: what has to be asked of the registry is asked by whoever runs the steps.
"""

import logging
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from wirepact import wire
from wirepact._resolving import Ask, Asking, resolve
from wirepact.codec_options import CodecOptions, Framing, Registration
from wirepact.codecs.language import Adapter, Language, ResolvedSchema
from wirepact.codecs.languages import language_of
from wirepact.errors import (
    EncodeError,
    NotFoundError,
    RegistryUnavailableError,
    SchemaNotRegisteredError,
)
from wirepact.events import EventType, find_event_type
from wirepact.schemas import RegisteredSchema, Schema
from wirepact.subjects import Role, SubjectStrategy

logger = logging.getLogger("wirepact.codecs")

Kind = type | str
"""The type of a value, or the record that a pair of name and value names."""

_RECHECK_S: Final = 1.0
_FLEETING: Final = frozenset({Registration.LATEST_COMPATIBLE})
_CHOSEN_BY_OTHERS: Final = frozenset(
    {Registration.LATEST_COMPATIBLE, Registration.PINNED}
)
_MOST_PLANS: Final = 10_000


@dataclass(slots=True)
class WritePlan:
    """How values of a type are written to a topic.

    Attributes:
        encode: From a value to its payload.
        prefix: What goes before the payload.
        fresh_until: From then on the client is asked whether it still holds; what the
            client has kept, as long as that is fresh.
        refused: A later version that values do not fit.

    """

    encode: Callable[[Any], bytes]
    prefix: bytes
    headers: tuple[tuple[str, bytes], ...]
    registered: RegisteredSchema
    fresh_until: float
    refused: RegisteredSchema | None = None


@dataclass(frozen=True, slots=True)
class _Local:
    """What the application knows of a value's type.

    Attributes:
        schema: None if it only has the values.
        name: Of the record, as far as it is known without reading the schema.

    """

    schema: Schema | None
    event: EventType | None = None
    name: str | None = None
    is_pair: bool = False


class Writing:
    """The plans of one serializer. Threads may use it together."""

    def __init__(
        self,
        options: CodecOptions,
        schemas: Iterable[Schema],
        clock: Callable[[], float],
    ) -> None:
        self.clock = clock
        self.plans: Mapping[Role, dict[tuple[str, Kind], WritePlan]] = {
            Role.KEY: {},
            Role.VALUE: {},
        }
        self._options = options
        self._schemas = tuple(schemas)
        self._languages: dict[str, Language] = {}
        self._named: dict[str, Schema] | None = None

    def plan(self, topic: str, role: Role, value: Any) -> Asking[WritePlan]:
        """Return how a value is written: make a plan, or renew the one there is.

        Raises:
            EncodeError: Values of this type cannot be written.
            SchemaNotRegisteredError: The schema has to be registered first.

        """
        plans = self.plans[role]
        key = (topic, kind_of(value))
        former = plans.get(key)
        if former is None:
            made = yield from self._made(topic, role, value, None)
        else:
            made = yield from self._renewed(topic, role, value, former)
        if len(plans) >= _MOST_PLANS:
            plans.clear()
        plans[key] = made
        return made
