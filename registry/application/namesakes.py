"""Reads of an unqualified subject that go on in other contexts.

What the default context does not have, Confluent looks for under the same name in the
others, by the names of these. Only some reads do so; the use cases say which.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from registry.application import candidates
from registry.application.candidates import Parsed
from registry.application.ports import Ports, SchemaReader
from registry.application.stored import Visibility
from registry.application.submission import Submission
from registry.domain.configuration import Config
from registry.domain.errors import InvalidSchemaError
from registry.domain.identity import identity_bytes
from registry.domain.model import LATEST, SchemaVersion, Subject, Version
from registry.domain.schema import Strictness


@dataclass(frozen=True, slots=True)
class Sought:
    """A schema that is looked for under a name.

    Attributes:
        parsed: As the default context understands it.
        config: Of the default context; it says how the schema is normalised.

    """

    name: str
    parsed: Parsed
    submission: Submission
    config: Config


def find_version(
    store: SchemaReader, name: str, wanted: int, visibility: Visibility
) -> SchemaVersion | None:
    """Return a version, or the `LATEST` one, of the first namesake that has it."""
    if wanted == LATEST:
        return store.find_latest_elsewhere(name)
    return store.find_version_elsewhere(name, Version(wanted), visibility)


def find_registered(
    ports: Ports, sought: Sought, visibility: Visibility
) -> SchemaVersion | None:
    """Return the version of the first namesake under which a schema is registered."""
    with ports.transactions.read() as store:
        histories = store.histories_elsewhere(sought.name, visibility)
    for _, versions in groupby(histories, key=lambda each: each.subject.context):
        found = _find_among(ports, sought, list(versions))
        if found is not None:
            return found
    return None


def _find_among(
    ports: Ports, sought: Sought, history: Sequence[SchemaVersion]
) -> SchemaVersion | None:
    candidate = _understood(ports, sought, history[0].subject)
    if candidate is None:
        return None
    schema_type = candidate.content.schema_type
    for each in reversed(history):
        is_of_type = each.content.schema_type is schema_type
        if is_of_type and identity_bytes(each.content) == candidate.identity:
            return each
    with ports.transactions.read() as store:
        alike = candidates.likenesses(
            ports.parsing, store, candidate, history, sought.config
        )
    return candidates.first_equal(ports.parsing, candidate, alike)


def _understood(ports: Ports, sought: Sought, subject: Subject) -> Parsed | None:
    """Return the candidate as the subject's context does; None if it does not."""
    submission, parsing = sought.submission, ports.parsing
    if not submission.references:
        return sought.parsed
    try:
        with ports.transactions.read() as store:
            draft = candidates.draft(parsing, store, subject, submission, sought.config)
        return candidates.parsed(parsing, draft, Strictness.LENIENT)
    except InvalidSchemaError:
        # It refers to what is not there: nothing can be registered like this.
        return None
