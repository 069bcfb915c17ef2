"""Everything that the package raises on purpose.

All errors come from `WirepactError`. What the caller can act on is in attributes; the
arguments of an error are its attributes, so that it can be copied and pickled.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from textwrap import indent
from typing import Any, Final, Self
from uuid import UUID

_DETAILS: Final = ", details: "


class WirepactError(Exception):
    """The root of all errors of this package."""


class ClientClosedError(WirepactError):
    """The client was closed before this call."""


class RegistryUnavailableError(WirepactError):
    """No usable answer after all retries. A later try may help.

    Attributes:
        retry_after_s: What the registry asked for, if it did.

    """

    def __init__(self, message: str, retry_after_s: float | None = None) -> None:
        self.message = message
        self.retry_after_s = retry_after_s
        super().__init__(message, retry_after_s)

    def __str__(self) -> str:
        return self.message


class UnexpectedAnswerError(RegistryUnavailableError):
    """What answered does not speak as a registry: a proxy's page, half an answer.

    It counts as an outage, as proxies answer so while what is behind them restarts.
    """


class ForeignRegistryError(WirepactError):
    """An id means another schema than before: this is not the registry it came from.

    Nothing is taken from the answer. An id never changes its meaning, so a database was
    replaced or a URL points elsewhere; with the wrong schema, data would be misread.
    """

    def __init__(self, identity: str, known: str, answered: str) -> None:
        self.identity = identity
        self.known = known
        self.answered = answered
        super().__init__(identity, known, answered)

    def __str__(self) -> str:
        return (
            f"{self.identity} was {self.known} and is now answered as {self.answered}:"
            " another registry answers under this address. If that is intended, remove"
            " the cached schemas and the bundle that were made with the former one."
        )


class BundleError(WirepactError):
    """A bundle file cannot be used: damaged, or of a later format."""


class RegistryResponseError(WirepactError):
    """The registry has refused a request. The same request will be refused again.

    Attributes:
        status: HTTP status.
        code: The registry's finer number; the status where it gives none.
        message: The registry's words.
        call: What was asked, such as `GET /subjects/orders-value/versions/1`.

    """

    def __init__(self, status: int, code: int, message: str, call: str = "") -> None:
        self.status = status
        self.code = code
        self.message = message
        self.call = call
        super().__init__(status, code, message, call)

    def __str__(self) -> str:
        where = f"{self.call}: " if self.call else ""
        return f"{where}{self.message} (HTTP {self.status}, code {self.code})"


class AuthenticationError(RegistryResponseError):
    """The credentials are missing, wrong or no longer valid."""


class AccessDeniedError(RegistryResponseError):
    """The credentials are good, and do not allow this."""


class NotFoundError(RegistryResponseError):
    """The registry does not have what was asked for."""


class SubjectNotFoundError(NotFoundError):
    """The subject has no version that could be seen."""


class VersionNotFoundError(NotFoundError):
    """The subject has no such version."""


class SchemaNotFoundError(NotFoundError):
    """No such id or GUID, or the subject does not have this schema."""


class SchemaNotRegisteredError(SchemaNotFoundError):
    """A local schema is not registered; the message says what to do."""


class InvalidSchemaError(RegistryResponseError):
    """The text is not a valid schema, or one of its references does not resolve."""


class OperationNotPermittedError(RegistryResponseError):
    """The registry's mode does not allow this."""


class ReferenceExistsError(RegistryResponseError):
    """Another schema refers to the one that should be deleted."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason why a schema is refused, as Wirepact's registry explains it.

    Attributes:
        rule: Its id, such as `AVRO_READER_FIELD_MISSING_DEFAULT_VALUE`.
        path: Where in the schema.
        fixes: Titles of changes after which the finding is gone.
        details: All that the registry said.

    """

    rule: str
    severity: str
    path: str
    message: str
    why: str = ""
    fixes: tuple[str, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict, repr=False, hash=False)

    def __str__(self) -> str:
        fixes = (f"\n  fix: {fix}" for fix in self.fixes)
        return f"{self.path or '/'}: {self.message} [{self.rule}]{''.join(fixes)}"

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> Self:
        """Read one from JSON; what a later registry leaves out stays empty."""
        fixes = said.get("fixes")
        titles = fixes if isinstance(fixes, list) else []
        return cls(
            rule=_words(said, "rule"),
            severity=_words(said, "severity"),
            path=_words(said, "path"),
            message=_words(said, "message"),
            why=_words(said, "why"),
            fixes=tuple(_words(fix, "title") for fix in titles if _is_mapping(fix)),
            details=said,
        )


class IncompatibleSchemaError(RegistryResponseError):
    """The schema breaks the compatibility level of its subject.

    Attributes:
        findings: Who breaks, why, and what would mend it; empty of other registries.

    """

    def __init__(
        self,
        status: int,
        code: int,
        message: str,
        call: str = "",
        findings: Sequence[Finding] = (),
    ) -> None:
        super().__init__(status, code, message, call)
        self.findings = tuple(findings)
        self.args = (status, code, message, call, self.findings)

    def __str__(self) -> str:
        if not self.findings:
            return super().__str__()
        # What comes next are the same reasons again, in the words of other registries.
        short = self.message.partition(_DETAILS)[0]
        where = f"{self.call}: " if self.call else ""
        first = f"{where}{short} (HTTP {self.status}, code {self.code})"
        return indent("\n".join([first, *map(str, self.findings)]), "  ").lstrip()


class CodecError(WirepactError):
    """A value and its bytes cannot be made from each other; a retry changes nothing.

    Attributes:
        reason: What is wrong, and where in the value.
        topic: None where it is not known.
        schema_id: The id or GUID that the bytes name or should get, likewise.
        role: `key` or `value`, likewise.

    """

    def __init__(
        self,
        reason: str,
        topic: str | None = None,
        schema_id: int | UUID | None = None,
        role: str | None = None,
    ) -> None:
        self.reason = reason
        self.topic = topic
        self.schema_id = schema_id
        self.role = role
        super().__init__(reason, topic, schema_id, role)

    def __str__(self) -> str:
        place = []
        if self.topic is not None:
            place.append(f"{self.role or 'message'} of topic {self.topic}")
        if self.schema_id is not None:
            place.append(f"schema {self.schema_id}")
        return f"{', '.join(place)}: {self.reason}" if place else self.reason

    def locate(
        self, topic: str, schema_id: int | UUID | None, role: str | None
    ) -> None:
        """Fill in what those who raised it could not know."""
        self.topic = self.topic or topic
        self.schema_id = self.schema_id or schema_id
        self.role = self.role or role
        self.args = (self.reason, self.topic, self.schema_id, self.role, *self.args[4:])


class DecodeError(CodecError):
    """Bytes that cannot be read with the schema they name; they never will be."""


class FramingError(DecodeError):
    """Bytes that are not framed as a message of a registry's schema."""


class EncodeError(CodecError):
    """A value that does not fit its schema."""


class RuleError(CodecError):
    """A rule of the schema's rule set was not met, or could not be executed.

    Attributes:
        rule: Its name.
        expression: Empty if it has none.
        subject: Of the schema.
        action: What the rule set asks for when this happens: `ERROR`, or `DLQ` for
            the message to be put aside.

    """

    def __init__(
        self,
        reason: str,
        topic: str | None = None,
        schema_id: int | UUID | None = None,
        role: str | None = None,
        rule: str = "",
        expression: str = "",
        subject: str = "",
        action: str = "ERROR",
    ) -> None:
        super().__init__(reason, topic, schema_id, role)
        self.rule = rule
        self.expression = expression
        self.subject = subject
        self.action = action
        self.args = (*self.args, rule, expression, subject, action)

    def __str__(self) -> str:
        expression = f" ({self.expression})" if self.expression else ""
        return f"{super().__str__()} [rule {self.rule} of {self.subject}{expression}]"


class EncodeRuleError(RuleError, EncodeError):
    """A rule for writing failed; nothing was written."""


class DecodeRuleError(RuleError, DecodeError):
    """A rule for reading failed; the message itself may be sound."""


class MissingExtraError(WirepactError, ImportError):
    """Something is needed that an extra of this distribution brings.

    Attributes:
        purpose: What needs it.
        extra: Its name, as in `pip install wirepact[avro]`.

    """

    def __init__(self, purpose: str, extra: str) -> None:
        self.purpose = purpose
        self.extra = extra
        super().__init__(purpose, extra)

    def __str__(self) -> str:
        return f"{self.purpose} needs an extra: pip install 'wirepact[{self.extra}]'"


class OutageError(WirepactError):
    """Something that a handler needs is out; no message is at fault.

    Attributes:
        what: The broker, the database or the store, by name or address, without
            credentials.
        reason: What its library said.

    """

    def __init__(self, what: str, reason: str) -> None:
        self.what = what
        self.reason = reason
        super().__init__(what, reason)

    def __str__(self) -> str:
        return f"{self.what} cannot be used now: {self.reason}"


class BrokerUnavailableError(OutageError):
    """The broker cannot be reached, or does not answer in time."""


class InboxUnavailableError(OutageError):
    """The store of handled messages cannot be reached, or does not answer in time."""


class RecordRefusedError(WirepactError):
    """The broker does not take a record, and never will.

    Attributes:
        topic: Where it should have gone.

    """

    def __init__(self, topic: str, reason: str) -> None:
        self.topic = topic
        self.reason = reason
        super().__init__(topic, reason)

    def __str__(self) -> str:
        return f"{self.topic}: the broker refuses the record: {self.reason}"


class RecordTooLargeError(RecordRefusedError):
    """A record is larger than the broker, or its topic, allows."""


class UnroutableError(WirepactError):
    """No handler is for a message, on a topic where that must not happen.

    Attributes:
        topic: Where it was published.
        type: What its envelope says it is; may be empty.

    """

    def __init__(self, topic: str, type: str) -> None:  # noqa: A002 - its name there
        self.topic = topic
        self.type = type
        super().__init__(topic, type)

    def __str__(self) -> str:
        what = self.type or "a message without a type"
        return f"{self.topic}: no handler is for {what}"


class WouldBlockError(WirepactError, RuntimeError):
    """What waits was called in the thread of an event loop, which it would wait for.

    Attributes:
        called: What was called.
        instead: What to write in code that awaits.

    """

    def __init__(self, called: str, instead: str) -> None:
        self.called = called
        self.instead = instead
        super().__init__(called, instead)

    def __str__(self) -> str:
        return (
            f"{self.called} waits for an event loop, and one runs in this thread:"
            f" write {self.instead}"
        )


class PortalClosedError(WirepactError, RuntimeError):
    """The event loop that does the work of `app.sync` is not there any more."""


BY_CODE: Final[Mapping[int, type[RegistryResponseError]]] = {
    401: AuthenticationError,
    40101: AuthenticationError,
    403: AccessDeniedError,
    40301: AccessDeniedError,
    40401: SubjectNotFoundError,
    40402: VersionNotFoundError,
    40403: SchemaNotFoundError,
    409: IncompatibleSchemaError,
    40901: IncompatibleSchemaError,
    42201: InvalidSchemaError,
    42205: OperationNotPermittedError,
    42206: ReferenceExistsError,
}
"""The registry's number to what is raised."""

BY_STATUS: Final[Mapping[int, type[RegistryResponseError]]] = {
    401: AuthenticationError,
    403: AccessDeniedError,
    404: NotFoundError,
}
"""For numbers that are not in `BY_CODE`; else `RegistryResponseError`."""


def _words(said: Mapping[str, Any], name: str) -> str:
    value = said.get(name)
    return value if isinstance(value, str) else ""


def _is_mapping(value: object) -> bool:
    return isinstance(value, Mapping)
