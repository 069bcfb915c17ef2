"""From the names that a schema uses to the texts of a project that define them."""

from collections.abc import Iterable

from registry.application.parsing import Source
from registry.domain.errors import InvalidSchemaError
from registry.domain.model import Content, Reference, SchemaType, Subject
from registry.domain.references import resolve
from registry.gate.contracts import Contract
from registry.gate.snapshots import Snapshot

_ANY_VERSION = 1
"""In one tree a contract has one version."""


class UnknownReferenceError(InvalidSchemaError):
    """A name that a schema uses is defined by no contract, or by several."""

    def __init__(self, name: str, reason: str) -> None:
        self.name = name
        super().__init__(f"it uses '{name}', which {reason}")


def source_of(snapshot: Snapshot, contract: Contract) -> Source:
    """Return what a contract's schema needs to be parsed.

    Raises:
        UnknownReferenceError: A name is not defined by exactly one contract.
        InvalidSchemaError: The references form a cycle, or are too many.

    """
    language = contract.manifest.schema_type
    return source(snapshot, language, contract.text, contract.needs)


def source(
    snapshot: Snapshot, language: SchemaType, text: str, needs: Iterable[str]
) -> Source:
    """Return what a text needs that is written in a language of a project."""
    found: dict[Subject, Contract] = {}

    def references(names: Iterable[str]) -> tuple[Reference, ...]:
        made: list[Reference] = []
        for name in names:
            used = provider(snapshot, language, name)
            found[used.subject] = used
            made.append(Reference(name, str(used.subject), _ANY_VERSION))
        return tuple(made)

    def fetch(subject: Subject, _version: int) -> Content:
        used = found[subject]
        return Content(language, used.text, references(used.needs))

    direct = references(needs)
    context = "."
    limits = snapshot.parsing.limits
    closure = resolve(direct, context, fetch, limits) if direct else ()
    return Source(language, text, closure)


def provider(snapshot: Snapshot, language: SchemaType, name: str) -> Contract:
    """Return the contract that defines a name.

    Raises:
        UnknownReferenceError: There is none, or there are several.

    """
    found = snapshot.named(language, name)
    if len(found) == 1:
        return found[0]
    if not found:
        raise UnknownReferenceError(name, "no contract defines")
    files = " and ".join(each.manifest.file.as_posix() for each in found)
    raise UnknownReferenceError(name, f"{files} define")
