"""Whether events can be written and read, before the first of them is.

Without I/O: what has to be asked of the registry is asked by whoever runs the steps.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from wirepact._event_types import known_type, record_name
from wirepact._importing import with_references
from wirepact._resolving import Ask, Asking, complete, resolve
from wirepact.codec_options import CodecOptions, Registration
from wirepact.codecs.language import Language, ResolvedSchema
from wirepact.codecs.languages import language_of
from wirepact.contracts import (
    CheckedContract,
    ContractProblem,
    ContractReport,
    ProblemKind,
)
from wirepact.errors import (
    CodecError,
    DecodeError,
    Finding,
    ForeignRegistryError,
    InvalidSchemaError,
    NotFoundError,
    RegistryResponseError,
    RegistryUnavailableError,
    SubjectNotFoundError,
    WirepactError,
)
from wirepact.events import EventType, EventTypeError
from wirepact.rules.execution import ruled
from wirepact.rules.ruleset import Mode
from wirepact.schemas import CheckItem, CheckReport, RegisteredSchema, Schema
from wirepact.subjects import Role, SubjectStrategy, SubjectUnknownError

_COMPATIBLE: Final = "compatible"
_LOOKED_UP: Final = frozenset({Registration.LOOKUP, Registration.REGISTER})
_MOST_MESSAGES: Final = 3
_WILL_BE_REGISTERED: Final = "will be registered"

_KINDS: Final = (
    (RegistryUnavailableError, ProblemKind.UNAVAILABLE),
    (ForeignRegistryError, ProblemKind.UNAVAILABLE),
    (RegistryResponseError, ProblemKind.DENIED),
)
"""What an error means that nothing else was made of; the first one counts."""


@dataclass(frozen=True, slots=True)
class Use:
    """An event type on a topic; without a topic where the strategy needs none."""

    event: EventType
    topic: str


class _FailedError(Exception):
    """The contract does not hold, and there is nothing more to be looked at."""

    def __init__(
        self, kind: ProblemKind, message: str, findings: tuple[Finding, ...] = ()
    ) -> None:
        self.problem = ContractProblem(kind, message, findings)
        super().__init__(message)


def checked(
    uses: Iterable[Use], options: CodecOptions, url: str, *, only_read: bool
) -> Asking[ContractReport]:
    """Check all uses of events; nothing is registered.

    What was looked at is in the client's caches afterwards.
    """
    is_offline = not (yield from _answers())
    contracts = []
    for use in uses:
        checking = _Checking(use, options, only_read)
        contracts.append((yield from checking.contract()))
    return ContractReport(url, tuple(contracts), is_offline)


def _answers() -> Asking[bool]:
    try:
        yield Ask("list_schema_types")
    except RegistryUnavailableError:
        return False
    except RegistryResponseError:
        # It does not say, or not to this client; what it does say will be seen.
        return True
    return True


@dataclass(slots=True)
class _Checking:
    """The check of one use."""

    use: Use
    options: CodecOptions
    only_read: bool
    subject: str = ""
    problems: list[ContractProblem] = field(default_factory=list)
    note: str = ""

    def contract(self) -> Asking[CheckedContract]:
        """Return what was found; what is wrong is in it, and not raised."""
        written: RegisteredSchema | None = None
        try:
            local = self._local()
            language = language_of(local.schema.schema_type, self.options.limits)
            self.subject = yield from self._found_subject()
            local = yield from complete(local, language.form)
            try:
                written = yield from self._written(language, local)
            except _FailedError as failed:
                # Whether the others can be read is worth knowing all the same.
                self.problems.append(failed.problem)
            yield from self._readable(language, local, written)
        except _FailedError as failed:
            self.problems.append(failed.problem)
        except WirepactError as error:
            kinds = (kind for type_, kind in _KINDS if isinstance(error, type_))
            self._add(next(kinds, ProblemKind.UNFIT), str(error))
        return CheckedContract(
            self.use.event.name,
            self.use.topic,
            self.subject,
            written.version if written else None,
            written.id if written else None,
            tuple(self.problems),
            self.note,
        )

    def _add(self, kind: ProblemKind, message: str) -> None:
        self.problems.append(ContractProblem(kind, message))

    def _local(self) -> ResolvedSchema:
        try:
            return self.use.event.resolved
        except EventTypeError as error:
            raise _FailedError(ProblemKind.UNFIT, str(error)) from error

    def _found_subject(self) -> Asking[str]:
        more = {
            "role": Role.VALUE,
            "record": record_name(self.use.event),
            "strategy": self.options.strategy,
        }
        try:
            subject: str = yield Ask("get_subject", (self.use.topic,), more)
        except SubjectUnknownError as error:
            raise _FailedError(ProblemKind.NO_SUBJECT, str(error)) from error
        return subject

    def _written(
        self, language: Language, local: ResolvedSchema
    ) -> Asking[RegisteredSchema | None]:
        """Return the version that is written; None if it is registered when needed."""
        if self.only_read:
            return None
        if self.options.registration in _LOOKED_UP:
            found = yield from self._looked_up(local)
        else:
            found = yield from self._chosen()
        if found is None:
            return None
        resolved = yield from _resolved(found, language.form)
        reason = ""
        if self.options.registration not in _LOOKED_UP:
            reason = language.misfit(local, resolved)
        if reason:
            raise _FailedError(
                ProblemKind.UNFIT,
                f"values do not fit version {found.version}: {reason}",
            )
        event = self.use.event
        adapter = ruled(event.adapter(resolved), resolved, Mode.WRITE, self.subject)
        language.writer(resolved, adapter, event.cls)
        return found

    def _looked_up(self, local: ResolvedSchema) -> Asking[RegisteredSchema | None]:
        more = {"normalize": self.options.normalize}
        is_registered = self.options.registration is Registration.REGISTER
        try:
            schema = yield from with_references(local, "lookup", more)
        except NotFoundError as missing:
            if is_registered:
                self.note = _WILL_BE_REGISTERED
                return None
            raise _FailedError(ProblemKind.NOT_REGISTERED, missing.message) from missing
        try:
            found: RegisteredSchema = yield Ask("lookup", (self.subject, schema), more)
        except NotFoundError as missing:
            yield from self._refusal(schema)
            if is_registered:
                self.note = _WILL_BE_REGISTERED
                return None
            raise self._unregistered(missing) from missing
        except InvalidSchemaError as error:
            raise _FailedError(ProblemKind.REFUSED, error.message) from error
        return found

    def _unregistered(self, missing: NotFoundError) -> _FailedError:
        if isinstance(missing, SubjectNotFoundError):
            return _FailedError(
                ProblemKind.SUBJECT_MISSING,
                f"{self.subject} has no version. Register the schema in your pipeline"
                " before this version of the service is deployed.",
            )
        return _FailedError(
            ProblemKind.NOT_REGISTERED,
            f"no version of {self.subject} is this schema, although the registry would"
            " accept it. Register it in your pipeline before this version of the"
            " service is deployed.",
        )

    def _chosen(self) -> Asking[RegisteredSchema]:
        pinned = self.options.pinned.get(self.subject)
        is_pinned = self.options.registration is Registration.PINNED
        if is_pinned and pinned is None:
            raise _FailedError(
                ProblemKind.NOT_REGISTERED,
                f"no version is pinned for {self.subject}: add it to"
                " CodecOptions.pinned.",
            )
        try:
            if is_pinned:
                found = yield Ask("get_version", (self.subject, pinned))
            else:
                found = yield Ask("get_latest", (self.subject,))
        except SubjectNotFoundError as missing:
            raise self._unregistered(missing) from missing
        except NotFoundError as missing:
            raise _FailedError(ProblemKind.NOT_REGISTERED, missing.message) from missing
        chosen: RegisteredSchema = found
        return chosen

    def _refusal(self, schema: Schema) -> Asking[None]:
        """Raise what the registry says against a schema that it does not have."""
        report = yield from _verdict(self.subject, schema)
        if report.error:
            raise _FailedError(
                ProblemKind.REFUSED, f"the registry would refuse it: {report.error}"
            )
        if report.verdict == _COMPATIBLE:
            return
        reasons = "; ".join(report.messages[:_MOST_MESSAGES])
        level = f" by its level {report.level}" if report.level else ""
        raise _FailedError(
            ProblemKind.REFUSED,
            f"{self.subject} does not have this schema, and would refuse it{level}"
            f"{': ' if reasons and not report.findings else '.'}"
            f"{'' if report.findings else reasons}",
            report.findings,
        )

    def _readable(
        self,
        language: Language,
        local: ResolvedSchema,
        written: RegisteredSchema | None,
    ) -> Asking[None]:
        """Look at all live versions: those who wrote them and read them are out there.

        Of several types in a subject only this one's versions count.
        """
        name = language.record_name(local)
        for version in (yield from self._versions(written)):
            try:
                found = yield Ask("get_version", (self.subject, version))
            except NotFoundError:
                # Deleted since the versions were listed.
                continue
            if written is not None and found.id == written.id:
                continue
            if found.schema.schema_type != language.schema_type:
                self._add(
                    ProblemKind.UNREADABLE,
                    f"version {version} is of type {found.schema.schema_type}",
                )
                continue
            other = yield from _resolved(found, language.form)
            if name is None or language.record_name(other) in (name, None):
                self._compare(language, local, other, version)

    def _versions(self, written: RegisteredSchema | None) -> Asking[Sequence[int]]:
        try:
            versions: Sequence[int] = yield Ask("list_versions", (self.subject,))
        except SubjectNotFoundError:
            # It will be registered, by this service or by those who write.
            self.note = self.note or "nothing to read yet" * self.only_read
            return ()
        except RegistryUnavailableError:
            if written is None:
                raise
            # What is written is in the cache, which does not know of all the others.
            self.note = "other versions not seen"
            return ()
        return versions

    def _compare(
        self,
        language: Language,
        local: ResolvedSchema,
        other: ResolvedSchema,
        version: int,
    ) -> None:
        reason = _unreadable(lambda: self._read(language, local, other))
        if reason:
            self._add(
                ProblemKind.UNREADABLE,
                f"messages written with version {version} cannot be read: {reason}",
            )
        reason = _unreadable(lambda: language.reader(local, other, None))
        if reason and not self.only_read:
            self._add(
                ProblemKind.UNREADABLE_TO_OTHERS,
                f"readers with version {version} cannot read what this service writes:"
                f" {reason}",
            )

    def _read(
        self, language: Language, local: ResolvedSchema, other: ResolvedSchema
    ) -> None:
        # Messages of a language with a form of its own are read by themselves.
        event, own = self.use.event, other if language.form else local
        adapter = ruled(event.adapter(own), other, Mode.READ, self.subject)
        language.reader(other, local, None if language.form else adapter)


def _resolved(found: RegisteredSchema, form: str) -> Asking[ResolvedSchema]:
    schema = found.schema
    if form:
        rendered: Schema = yield Ask("get_schema", (found.id,), {"form": form})
        schema = replace(rendered, schema_type=schema.schema_type)
    return (yield from resolve(schema, found.id, form))


def _unreadable(compile_reader: Callable[[], Any]) -> str:
    try:
        compile_reader()
    except DecodeError as error:
        return error.reason
    except (CodecError, EventTypeError) as error:
        return str(error)
    return ""


def _verdict(subject: str, schema: Schema) -> Asking[CheckReport]:
    """Return what the registry thinks; explained, if it is one that explains."""
    try:
        (report,) = yield Ask("check", ([CheckItem(subject, schema)],))
    except RegistryUnavailableError:
        raise
    except RegistryResponseError:
        # Only Wirepact's own registry has this.
        return (yield from _plain_verdict(subject, schema))
    explained: CheckReport = report
    return explained


def _plain_verdict(subject: str, schema: Schema) -> Asking[CheckReport]:
    try:
        said = yield Ask("test_compatibility", (subject, schema))
    except InvalidSchemaError as error:
        return CheckReport(subject, "invalid", None, error=error.message)
    except NotFoundError:
        # Nothing to be compared with.
        return CheckReport(subject, _COMPATIBLE, None)
    verdict = _COMPATIBLE if said.is_compatible else "incompatible"
    return CheckReport(subject, verdict, None, said.messages)


def uses_of(
    classes: Iterable[type], topics: Iterable[str], options: CodecOptions
) -> tuple[Use, ...]:
    """Return every event on every topic.

    Raises:
        TypeError: A class is not declared, or the topics are a single text.
        ValueError: There is nothing to be checked.

    """
    if isinstance(topics, str):
        raise TypeError(f"topics are given as a list: [{topics!r}]")
    names = tuple(topics)
    if not names and options.strategy is SubjectStrategy.RECORD:
        names = ("",)
    uses = tuple(Use(_declared(cls), topic) for topic in names for cls in classes)
    if not uses:
        raise ValueError("nothing to be checked: give events, and topics for them")
    return uses


def _declared(cls: type) -> EventType:
    found = known_type(cls)
    if found is None:
        raise TypeError(f"{cls.__qualname__} is not declared with @event")
    return found
