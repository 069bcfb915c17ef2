"""The error tree: one class per reason, Confluent's number on the class.

    RegistryError
    ├── SubjectNotFoundError, VersionNotFoundError, SchemaNotFoundError
    ├── SubjectLevelNotFoundError, SubjectModeNotFoundError
    ├── SubjectSoftDeletedError, SubjectNotSoftDeletedError
    ├── VersionSoftDeletedError, VersionNotSoftDeletedError, ReferenceExistsError
    ├── IncompatibleSchemaError (in `domain.verdict`, beside the findings it carries)
    ├── those about associations and keys (in `domain.associations`, `domain.keys`)
    ├── UnauthenticatedError and LockedOutError (in `application.authentication` and
    │   `application.lockout`)
    ├── InvalidSchemaError
    ├── InvalidVersionError, InvalidLevelError, InvalidModeError, InvalidSubjectError
    ├── InvalidRuleSetError, IdDoesNotMatchError
    ├── UnknownPolicyError, ContextNotEmptyError, ReferenceDeletedError
    ├── StalePlanError, SubjectOwnedError
    ├── PlanRefusedError (in `domain.verdict` as well)
    ├── OperationNotPermittedError, SchemaTooLargeError
    └── UnavailableError: StoreUnavailableError, CompilerBusyError

The first three digits of a code are its status on the wire; nothing in here knows
more about HTTP than that. Texts and numbers are those of Confluent's interface, since
clients match on them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from registry.domain.places import Place

_LONGEST_ECHO = 80


class RegistryError(Exception):
    """Anything that a caller of the registry can be told."""

    code: ClassVar[int]


class SubjectNotFoundError(RegistryError):
    """No version of this subject is visible to the caller."""

    code = 40401

    def __init__(self, subject: str) -> None:
        self.subject = subject
        super().__init__(f"Subject '{subject}' not found.")


class VersionNotFoundError(RegistryError):
    """The subject is there, this version is not. `latest` prints as -1."""

    code = 40402

    def __init__(self, version: int) -> None:
        self.version = version
        super().__init__(f"Version {version} not found.")


class SchemaNotFoundError(RegistryError):
    """No schema has this id or GUID, or the subject does not hold this content."""

    code = 40403

    def __init__(self, key: object = None) -> None:
        self.key = key
        super().__init__(
            "Schema not found" if key is None else f"Schema {key} not found"
        )


class ContextNotEmptyError(RegistryError):
    """A context that is to be deleted has versions, be they soft-deleted."""

    code = 42211

    def __init__(self, context: str) -> None:
        self.context = context
        super().__init__(f"The specified context ':{context}:' is not empty.")


class SubjectSoftDeletedError(RegistryError):
    """A soft delete of a subject whose versions are all soft-deleted already."""

    code = 40404

    def __init__(self, subject: str) -> None:
        self.subject = subject
        super().__init__(
            f"Subject '{subject}' was soft deleted."
            "Set permanent=true to delete permanently"
        )


class SubjectNotSoftDeletedError(RegistryError):
    """A hard delete of a subject that still has live versions."""

    code = 40405

    def __init__(self, subject: str) -> None:
        self.subject = subject
        super().__init__(
            f"Subject '{subject}' was not deleted first before being permanently"
            " deleted"
        )


class VersionSoftDeletedError(RegistryError):
    """A soft delete of a version that is soft-deleted already."""

    code = 40406

    def __init__(self, subject: str, version: int) -> None:
        self.subject, self.version = subject, version
        super().__init__(
            f"Subject '{subject}' Version {version} was soft deleted."
            "Set permanent=true to delete permanently"
        )


class VersionNotSoftDeletedError(RegistryError):
    """A hard delete of a live version."""

    code = 40407

    def __init__(self, subject: str, version: int) -> None:
        self.subject, self.version = subject, version
        super().__init__(
            f"Subject '{subject}' Version {version} was not deleted first before"
            " being permanently deleted"
        )


class SubjectLevelNotFoundError(RegistryError):
    """The subject has no configuration of its own."""

    code = 40408

    def __init__(self, subject: str) -> None:
        self.subject = subject
        super().__init__(
            f"Subject '{subject}' does not have subject-level compatibility configured"
        )


class SubjectModeNotFoundError(RegistryError):
    """The subject has no mode of its own."""

    code = 40409

    def __init__(self, subject: str) -> None:
        self.subject = subject
        super().__init__(
            f"Subject '{subject}' does not have subject-level mode configured"
        )


class InvalidSchemaError(RegistryError):
    """A text is not a schema, or a request to register it makes no sense.

    Attributes:
        reason: What is wrong and what was expected, one sentence, no place in it.
        place: Where, if the reason has one.

    """

    code = 42201

    def __init__(self, reason: str, place: Place | None = None) -> None:
        self.reason = reason
        self.place = place
        super().__init__(reason if place is None else f"{reason} at {place}")


class TooManyVersionsError(RegistryError):
    """A subject has as many versions as it may, soft-deleted ones included."""

    # As all limits but that for one text, which has a number of its own.
    code = 42201

    def __init__(self, subject: str, limit: int) -> None:
        self.subject, self.limit = subject, limit
        super().__init__(
            f"Subject '{subject}' may have at most {limit} versions, soft-deleted ones"
            " included; remove some of them permanently, or have the limit raised"
            " (WIREPACT_MAX_VERSIONS_PER_SUBJECT)"
        )


class InvalidVersionError(RegistryError):
    """A version that is neither a number in range nor `latest`."""

    code = 42202

    def __init__(self, version: str) -> None:
        self.version = version
        super().__init__(
            f"The specified version '{version}' is not a valid version id. Allowed"
            ' values are between [1, 2^31-1] and the string "latest"'
        )


class InvalidLevelError(RegistryError):
    """A compatibility level that does not exist."""

    code = 42203

    def __init__(self) -> None:
        super().__init__(
            "Invalid compatibility level. Valid values are none, backward, forward,"
            " full, backward_transitive, forward_transitive, and full_transitive"
        )


class InvalidModeError(RegistryError):
    """A mode that does not exist, or not in this place."""

    code = 42204

    def __init__(
        self,
        reason: str = "Invalid mode. Valid values are READWRITE, READONLY, IMPORT and"
        " FORWARD.",
    ) -> None:
        super().__init__(reason)


class UnknownPolicyError(RegistryError):
    """A stricter policy that the schema language does not offer.

    Attributes:
        known: The names of those that it does, sorted.

    """

    # Ours: Confluent has no such policies, and numbers its reasons from 42201 on.
    code = 42250

    def __init__(
        self, name: str, languages: Iterable[str], known: Iterable[str]
    ) -> None:
        self.name, self.known = name, tuple(known)
        super().__init__(
            f"There is no policy '{name[:_LONGEST_ECHO]}' for {', '.join(languages)};"
            f" known are: {', '.join(self.known) or 'none'}"
        )


class OperationNotPermittedError(RegistryError):
    """The mode of the subject, or a rule of the registry, forbids the act."""

    code = 42205


@dataclass(frozen=True, slots=True)
class Referring:
    """A version that refers to another one, and is in the way of its deletion."""

    subject: str
    version: int
    schema_id: int
    is_deleted: bool


class StalePlanError(RegistryError):
    """What a plan was made from has changed; nothing was done."""

    code = 40950

    def __init__(self) -> None:
        super().__init__(
            "The plan is stale: the registry has changed since it was made, and would"
            " do something else now. Make a new plan; nothing was changed."
        )


class SubjectOwnedError(RegistryError):
    """A subject is managed from elsewhere; two plans would take turns in changing it.

    Attributes:
        owner: Who manages it.

    """

    code = 40951

    def __init__(self, subject: str, owner: str) -> None:
        self.subject, self.owner = subject, owner
        super().__init__(
            f"Subject '{subject}' is managed by {owner}. To manage it from here from"
            " now on, ask to take it over; nothing was changed."
        )


class ReferenceExistsError(RegistryError):
    """A delete of a version that other schemas still refer to.

    Attributes:
        referrers: What refers to it, and is in the way.

    """

    code = 42206

    def __init__(
        self, subject: str, version: int, referrers: Iterable[Referring] = ()
    ) -> None:
        self.subject, self.version = subject, version
        self.referrers = tuple(referrers)
        # Confluent prints its internal key here, and clients search for parts of it.
        super().__init__(
            "One or more references exist to the schema"
            f" {{magic=1,keytype=SCHEMA,subject={subject},version={version}}}."
        )


class ReferenceDeletedError(RegistryError):
    """A restoration of a version that refers to one that is deleted still."""

    # Ours, like the restoration itself.
    code = 42251

    def __init__(self, subject: str, version: int, target: str, number: int) -> None:
        self.subject, self.version = subject, version
        self.target, self.number = target, number
        super().__init__(
            f"Version {version} of subject '{subject}' refers to version {number} of"
            f" subject '{target}', which is deleted; restore that one first"
        )


class IdDoesNotMatchError(RegistryError):
    """An imported content is in the context already, under another id."""

    code = 42207

    def __init__(self, schema_id: int, existing_id: int) -> None:
        self.schema_id, self.existing_id = schema_id, existing_id
        super().__init__("The ID of an imported schema does not match the existing ID")


class InvalidSubjectError(RegistryError):
    """A name under which nothing may be stored."""

    code = 42208

    def __init__(self, subject: str) -> None:
        self.subject = subject
        super().__init__(f"The specified subject '{subject}' is not a valid.")


class SchemaTooLargeError(RegistryError):
    """A schema text over the limit for one schema."""

    code = 42209

    def __init__(self, size_bytes: int, limit_bytes: int) -> None:
        self.size_bytes, self.limit_bytes = size_bytes, limit_bytes
        super().__init__(
            "Register operation failed because schema is too large:"
            f" {size_bytes} bytes, at most {limit_bytes} are accepted"
        )


class InvalidRuleSetError(RegistryError):
    """Rules that clients could not execute, or could not tell apart."""

    code = 42210


class UnavailableError(RegistryError):
    """Something that the registry needs is out of reach or busy; try again soon.

    Attributes:
        retry_after_s: When a client should try again.

    """

    code = 503

    def __init__(self, message: str, retry_after_s: int = 1) -> None:
        self.retry_after_s = retry_after_s
        super().__init__(message)


class StoreUnavailableError(UnavailableError):
    """The database cannot be reached, or kept refusing."""

    def __init__(self) -> None:
        super().__init__(
            "The registry cannot reach its database; nothing was changed that has not"
            " been acknowledged. Try again shortly."
        )


class CompilerBusyError(UnavailableError):
    """No compiler became free in time; the schema was not looked at."""

    def __init__(self) -> None:
        super().__init__(
            "The registry is busy compiling Protobuf schemas; nothing was changed."
            " Try again shortly."
        )
