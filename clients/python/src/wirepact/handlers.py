"""What `App.on` declares: a function, what it is given, and what its failures mean."""

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from itertools import zip_longest
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Union, get_args, get_origin

from wirepact._event_types import known_type
from wirepact.dead_letter import DeadLetters
from wirepact.errors import WirepactError
from wirepact.metadata import Metadata
from wirepact.retrying import Retry

Function = Callable[..., Any]
Call = Callable[[Any, Any, Any], Any]
KeyOf = Callable[..., Any]

_SESSIONS: Final = ("AsyncSession", "Session")
_SEQUENCES: Final = (list, Sequence, tuple)
_MOST_OF_KEY: Final = 2


class HandlerError(WirepactError, TypeError):
    """A handler is declared in a way that cannot work.

    Attributes:
        handler: Its name.
        reason: What is wrong, and what to write instead.

    """

    def __init__(self, handler: str, reason: str) -> None:
        self.handler = handler
        self.reason = reason
        super().__init__(handler, reason)

    def __str__(self) -> str:
        return f"{self.handler}: {self.reason}"


class Unknown(StrEnum):
    """What becomes of messages that no handler of their topic is for."""

    SKIP = "skip"
    DEAD_LETTER = "dead_letter"
    ERROR = "error"


class OnKeyError(StrEnum):
    """What becomes of the next messages of a key that has a dead letter."""

    GO_ON = "go_on"
    PARK = "park"


class Role(Enum):
    """What a parameter is given."""

    EVENT = "event"
    METADATA = "metadata"
    TRANSACTION = "transaction"


_BY_NAME: Final[Mapping[str, Role]] = {
    "msg": Role.METADATA,
    "message": Role.METADATA,
    "metadata": Role.METADATA,
    "messages": Role.METADATA,
    "session": Role.TRANSACTION,
    "transaction": Role.TRANSACTION,
    "tx": Role.TRANSACTION,
}
"""Of parameters without an annotation that says it."""

_IN_ORDER: Final = (Role.EVENT, Role.METADATA, Role.TRANSACTION)


@dataclass(frozen=True, slots=True)
class Handler:
    """A declared function.

    Attributes:
        name: What idempotency knows it by: it stays when the code is deployed again.
        call: Calls it with the event, the metadata and the transaction, in this order,
            whichever of them it has parameters for.
        events: The classes it is for; None among them for tombstones.
        has_transaction: Whether it is given one.
        is_idempotent: Whether a message that it has handled is skipped.
        key_of: What a message is known by; None for its source and id.
        or_place: Whether one without an id is known by where it is.
        batch: The most messages of a call; 0 for handlers of one message.
        every_s: How long a batch waits to become full.
        needs_unit: Whether it is called inside a transaction.

    """

    name: str
    function: Function
    call: Call
    topic: str
    group: str
    events: tuple[type | None, ...]
    is_sync: bool
    has_transaction: bool
    is_idempotent: bool
    retry: Retry
    letters: DeadLetters | None
    on_key_error: OnKeyError
    unknown: Unknown
    concurrency: int
    key_of: KeyOf | None = None
    or_place: bool = False
    batch: int = 0
    every_s: float = 0.0
    needs_unit: bool = field(init=False)

    def __post_init__(self) -> None:
        needs_unit = self.is_idempotent or self.has_transaction
        object.__setattr__(self, "needs_unit", needs_unit)

    def is_for(self, kind: type) -> bool:
        """Whether it handles events of a class; `NoneType` means tombstones."""
        if kind is NoneType:
            return None in self.events
        return any(each is not None and issubclass(kind, each) for each in self.events)


@dataclass(slots=True)
class Route:
    """The handlers of a group for one topic, by the class of the event."""

    topic: str
    handlers: tuple[Handler, ...]
    unknown: Unknown
    _by_kind: dict[type, tuple[Handler, ...]] = field(default_factory=dict)

    def handlers_for(self, event: Any) -> tuple[Handler, ...]:
        """Return those that an event is for, in the order of their declaration."""
        kind = type(event)
        found = self._by_kind.get(kind)
        if found is None:
            found = tuple(each for each in self.handlers if each.is_for(kind))
            self._by_kind[kind] = found
        return found


def routes(handlers: Iterable[Handler]) -> dict[str, Route]:
    """Return the routes of a group's handlers, by topic.

    Raises:
        HandlerError: Two of them say different things of one topic.

    """
    by_topic: dict[str, list[Handler]] = {}
    for handler in handlers:
        by_topic.setdefault(handler.topic, []).append(handler)
    return {topic: _route(topic, those) for topic, those in by_topic.items()}


def _route(topic: str, handlers: Sequence[Handler]) -> Route:
    said = {each.unknown for each in handlers} - {Unknown.SKIP}
    if len(said) > 1:
        raise HandlerError(
            handlers[-1].name, f"unknown is said in two ways for the topic {topic}"
        )
    return Route(topic, tuple(handlers), next(iter(said), Unknown.SKIP))


def events_of(
    name: str, given: Sequence[Any], function: Function, *, is_batch: bool
) -> tuple[type | None, ...]:
    """Return the classes a handler is for: those given, else those of its annotation.

    Raises:
        HandlerError: There are none, or one of them is no event.

    """
    annotated = _annotated_events(name, function, is_batch=is_batch)
    classes = _flat(given) or annotated
    if not classes:
        raise HandlerError(
            name,
            "which events is it for? Name them in on(...), or annotate the first"
            " parameter",
        )
    for each in classes:
        if each is not None and not (isinstance(each, type) and known_type(each)):
            shown = getattr(each, "__qualname__", repr(each))
            raise HandlerError(name, f"{shown} is no event: declare it with @event")
    missing = [each for each in classes if annotated and not _takes(annotated, each)]
    if missing:
        shown = ", ".join(map(_shown, missing))
        raise HandlerError(name, f"is for {shown}, which its annotation does not take")
    return tuple(classes)


def roles_of(name: str, function: Function, *, is_batch: bool) -> tuple[Role, ...]:
    """Return what each parameter of a handler is given.

    Raises:
        HandlerError: One of them can be given nothing, or two the same.

    """
    parameters = _parameters(name, function)
    if not parameters:
        raise HandlerError(name, "has no parameter for the event")
    roles: list[Role] = []
    for place, (parameter, in_order) in enumerate(zip_longest(parameters, _IN_ORDER)):
        if parameter is None:
            break
        role = Role.EVENT if place == 0 else _role(name, parameter, in_order)
        if role in roles:
            raise HandlerError(
                name,
                f"both {_named(parameters, roles, role)} and {parameter.name}"
                f" would be given the {role.value}",
            )
        roles.append(role)
    if is_batch:
        _refuse_single(name, parameters[0])
    return tuple(roles)


def bound(function: Function, roles: tuple[Role, ...]) -> Call:
    """Return a function that is called with event, metadata and transaction."""
    made = _CALLS.get(roles)
    if made is not None:
        return made(function)
    places = tuple(_IN_ORDER.index(role) for role in roles)

    def call(*given: Any) -> Any:
        return function(*(given[place] for place in places))

    return call


_CALLS: Final[Mapping[tuple[Role, ...], Callable[[Function], Call]]] = {
    (Role.EVENT,): lambda function: lambda event, _message, _tx: function(event),
    (Role.EVENT, Role.METADATA): (
        lambda function: lambda event, message, _tx: function(event, message)
    ),
    _IN_ORDER: lambda function: function,
}
"""Without a loop for those that most handlers are like."""


def session_of(name: str, function: Function, roles: Sequence[Role]) -> str:
    """Return which of SQLAlchemy's sessions a function says it gets; empty for none."""
    if Role.TRANSACTION not in roles:
        return ""
    annotation = _parameters(name, function)[roles.index(Role.TRANSACTION)].annotation
    # By name: a handler that has none does not bring SQLAlchemy along.
    kinds = (annotation, *getattr(annotation, "__mro__", ()))
    names = {getattr(each, "__name__", str(each).rpartition(".")[2]) for each in kinds}
    return next((each for each in _SESSIONS if each in names), "")


def key_function(name: str, function: KeyOf) -> KeyOf:
    """Return a function of event and metadata from one of either or both.

    Raises:
        HandlerError: It has other parameters.

    """
    count = len(_parameters(name, function))
    if count == _MOST_OF_KEY:
        return function
    if count != 1:
        raise HandlerError(
            name, "the function of its key takes the event, or the event and metadata"
        )
    return lambda event, _message: function(event)


def is_coroutine_function(function: Function) -> bool:
    """Whether calling it gives something to be awaited; also for callable objects."""
    call = getattr(function, "__call__", None)  # noqa: B004 - its kind is wanted
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(call)


def _role(name: str, parameter: inspect.Parameter, in_order: Role | None) -> Role:
    annotation = parameter.annotation
    if annotation is not inspect.Parameter.empty and annotation is not Any:
        return Role.METADATA if _is_metadata(annotation) else Role.TRANSACTION
    role = _BY_NAME.get(parameter.name, in_order)
    if role is None:
        raise HandlerError(
            name,
            f"nothing is known to give to {parameter.name}: a handler takes the event,"
            " Metadata and the transaction",
        )
    return role


def _is_metadata(annotation: Any) -> bool:
    if isinstance(annotation, str):
        return "Metadata" in annotation
    return annotation is Metadata or Metadata in get_args(annotation)


def _named(
    parameters: Sequence[inspect.Parameter], roles: Sequence[Role], role: Role
) -> str:
    return parameters[roles.index(role)].name


def _refuse_single(name: str, first: inspect.Parameter) -> None:
    annotation = first.annotation
    is_said = annotation is not inspect.Parameter.empty and annotation is not Any
    if is_said and not isinstance(annotation, str) and not _is_sequence(annotation):
        raise HandlerError(
            name, f"gets batches, but {first.name} is no list: annotate list[...]"
        )


def _parameters(name: str, function: Function) -> list[inspect.Parameter]:
    """Return the parameters that have to be given.

    Raises:
        HandlerError: They cannot be given by their place.

    """
    found = []
    for parameter in _signature(name, function).parameters.values():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        if parameter.default is not inspect.Parameter.empty:
            continue
        if parameter.kind is parameter.KEYWORD_ONLY:
            raise HandlerError(
                name, f"{parameter.name} can only be given by name, and nobody does"
            )
        found.append(parameter)
    return found


def _signature(name: str, function: Function) -> inspect.Signature:
    try:
        return inspect.signature(function, eval_str=True)
    except NameError:
        # Names of a function's own scope are not found from outside.
        return inspect.signature(function)
    except (TypeError, ValueError) as error:
        raise HandlerError(name, f"is no function: {error}") from error


def _annotated_events(
    name: str, function: Function, *, is_batch: bool
) -> tuple[Any, ...]:
    parameters = _parameters(name, function)
    annotation = parameters[0].annotation if parameters else Any
    if isinstance(annotation, str) or annotation in (inspect.Parameter.empty, Any):
        return ()
    if is_batch and _is_sequence(annotation):
        annotation = next(iter(get_args(annotation)), Any)
    if annotation is Any or annotation is object:
        return ()
    return _flat((annotation,))


def _is_sequence(annotation: Any) -> bool:
    return annotation in _SEQUENCES or get_origin(annotation) in (
        *_SEQUENCES,
        *(get_origin(Sequence[Any]),),
    )


def _flat(given: Iterable[Any]) -> tuple[Any, ...]:
    """Return the members of unions, each once; None stands for tombstones."""
    found: list[Any] = []
    for each in given:
        if get_origin(each) is Annotated:
            found += _flat(get_args(each)[:1])
        elif get_origin(each) in (Union, UnionType):
            found += _flat(get_args(each))
        else:
            found.append(None if each is NoneType else each)
    return tuple(dict.fromkeys(found))


def _takes(annotated: Iterable[Any], each: type | None) -> bool:
    """Whether an annotation takes events of a class; in doubt it does."""
    for kind in annotated:
        if kind is each or kind is object or not isinstance(kind, type | None):
            return True
        with suppress(TypeError):
            if each is not None and kind is not None and issubclass(each, kind):
                return True
    return False


def _shown(each: Any) -> str:
    return "tombstones" if each is None else str(getattr(each, "__name__", each))
