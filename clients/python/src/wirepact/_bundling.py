"""Collects from a registry what goes into a bundle."""

from collections.abc import Iterable, Sequence
from typing import Final

from wirepact.bundle import Bundle, bundle_of, needs_forms
from wirepact.client import RegistryClient
from wirepact.errors import BundleError
from wirepact.schemas import RegisteredSchema

_MOST_VERSIONS: Final = 20_000


def collect(
    client: RegistryClient,
    subjects: Iterable[str],
    *,
    context: str = ".",
    only_latest: bool = False,
) -> Bundle:
    """Return a bundle of these subjects, and of all that their schemas refer to.

    Args:
        client: A fresh one: what it has kept is not asked for again.
        context: The client's.
        only_latest: Leave out earlier versions. Their messages cannot be read then.

    Raises:
        SubjectNotFoundError: There is no such subject.
        BundleError: There is more than fits into a bundle.

    """
    found: dict[tuple[str, int], RegisteredSchema] = {}
    for subject in subjects:
        for version in _versions(client, subject, only_latest=only_latest):
            _add(client, subject, version, found)
    forms = {
        (each.id, form): client.get_schema(each.id, form=form).text
        for each in found.values()
        for form in needs_forms(each)
    }
    return bundle_of(found.values(), forms, context)


def _versions(
    client: RegistryClient, subject: str, *, only_latest: bool
) -> Sequence[int]:
    versions = client.list_versions(subject)
    return versions[-1:] if only_latest else versions


def _add(
    client: RegistryClient,
    subject: str,
    version: int,
    found: dict[tuple[str, int], RegisteredSchema],
) -> None:
    """Add a version and what it refers to, each once: references can form a diamond."""
    waiting = [(subject, version)]
    while waiting:
        place = waiting.pop()
        if place in found:
            continue
        if len(found) >= _MOST_VERSIONS:
            raise BundleError(f"more than {_MOST_VERSIONS} versions")
        # Deleted ones as well: who refers to them still needs them.
        found[place] = client.get_version(*place, deleted=True)
        references = found[place].schema.references
        waiting.extend((each.subject, each.version) for each in references)
