"""What a schema is, beyond its text: where it is used, and what payloads hold."""

from dataclasses import dataclass

from registry.application import lookup
from registry.application.ports import Ports
from registry.application.stored import (
    Page,
    Use,
    Visibility,
)
from registry.domain.model import SchemaId, SchemaVersion, Subject
from registry.domain.schema import PayloadType

_ALL = Page(offset=0, limit=None)


@dataclass(frozen=True, slots=True)
class Description:
    """A schema with its surroundings.

    Attributes:
        schema: At one of its places.
        uses: The newest version of each subject that holds it.
        types: The types that a payload may hold, in the order of the text.

    """

    schema: SchemaVersion
    uses: tuple[Use, ...]
    types: tuple[PayloadType, ...]


def describe(
    ports: Ports, schema_id: SchemaId, subject: Subject | None, visibility: Visibility
) -> Description:
    """Return what is known of an id.

    Args:
        subject: Where it is looked for first; its context decides which ids are meant.
        visibility: Of the uses; the id is found wherever it is.

    Raises:
        SchemaNotFoundError: Nothing holds the id.
        InvalidSchemaError: What is stored cannot be parsed any more.

    """
    found = lookup.get_by_id(ports, schema_id, subject)
    context = Subject("", found.subject.context)
    uses = lookup.list_uses_of_id(ports, schema_id, context, visibility, _ALL)
    schema = lookup.parsed(ports, found.subject, found.content)
    form = ports.parsing.format(found.content.schema_type)
    return Description(found, tuple(uses), tuple(form.payload_types(schema)))
