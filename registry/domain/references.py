"""From a list of references to the texts that they stand for, in order of need."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from registry.domain.errors import InvalidSchemaError
from registry.domain.limits import Limits
from registry.domain.model import Content, Reference, Subject
from registry.domain.schema import ResolvedReference

Fetch = Callable[[Subject, int], Content | None]
"""Finds what a version of a subject holds; None if there is no such version."""


def target(reference: Reference, context: str) -> Subject:
    """Return the subject meant; an unqualified one is in the referrer's context."""
    if reference.subject.startswith(":."):
        return Subject.parse(reference.subject)
    return Subject(reference.subject, context)


def missing(reference: Reference, subject: Subject) -> InvalidSchemaError:
    """Return the error for a reference whose target is not there."""
    return InvalidSchemaError(
        f'No schema reference found for subject "{subject}" and version'
        f' {reference.version} (reference "{reference.name}")'
    )


def resolve(
    references: Iterable[Reference], context: str, fetch: Fetch, limits: Limits
) -> tuple[ResolvedReference, ...]:
    """Return the closure of some references, each after the ones that it needs.

    The first binding of a name wins.

    Args:
        references: With real version numbers.
        context: Where the schema that refers lives.
        fetch: Called once for each version in the closure.
        limits: How wide, deep and long the closure may be.

    Raises:
        InvalidSchemaError: A target is missing, a cycle, or a limit is passed.

    """
    closure = _Closure(fetch, limits)
    closure.add(references, context)
    return tuple(closure.found.values())


@dataclass(slots=True)
class _Closure:
    fetch: Fetch
    limits: Limits
    found: dict[str, ResolvedReference] = field(default_factory=dict)
    done: set[tuple[Subject, int]] = field(default_factory=set)
    path: list[tuple[Subject, int]] = field(default_factory=list)
    size: int = 0

    def add(self, references: Iterable[Reference], context: str) -> None:
        given = tuple(references)
        if len(given) > self.limits.max_references:
            raise InvalidSchemaError(
                f"A schema may have {self.limits.max_references} references,"
                f" this one has {len(given)}"
            )
        for reference in given:
            self._visit(reference, context)

    def _visit(self, reference: Reference, context: str) -> None:
        if not reference.name:
            raise InvalidSchemaError(
                f'Invalid reference: the one to subject "{reference.subject}" has no'
                " name"
            )
        subject = target(reference, context)
        key = (subject, reference.version)
        if key in self.path:
            raise InvalidSchemaError(f"The references form a cycle: {self._cycle(key)}")
        content = self._content(reference, subject)
        if key not in self.done:
            self._enter(key, content)
        self.found.setdefault(
            reference.name, ResolvedReference(reference.name, content.text)
        )

    def _enter(self, key: tuple[Subject, int], content: Content) -> None:
        self.done.add(key)
        self.size += len(content.text)
        self._hold_to_limits()
        self.path.append(key)
        self.add(content.references, key[0].context)
        self.path.pop()

    def _content(self, reference: Reference, subject: Subject) -> Content:
        content = self.fetch(subject, reference.version)
        if content is None:
            raise missing(reference, subject)
        return content

    def _hold_to_limits(self) -> None:
        limits = self.limits
        for what, found, allowed in (
            ("deep", len(self.path) + 1, limits.max_closure_depth),
            ("many", len(self.done), limits.max_closure_schemas),
            ("long", self.size, limits.max_closure_bytes),
        ):
            if found > allowed:
                raise InvalidSchemaError(
                    f"The references are too {what} in all: {found}, at most {allowed}"
                )

    def _cycle(self, key: tuple[Subject, int]) -> str:
        start = self.path.index(key)
        around = [*self.path[start:], key]
        return " -> ".join(
            f"{subject} version {version}" for subject, version in around
        )
