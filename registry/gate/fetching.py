"""Schemas of a registry, with all that they refer to."""

from registry.application.parsing import Source
from registry.domain.limits import Limits
from registry.domain.model import Content, Reference, SchemaType, Subject, Version
from registry.domain.references import resolve
from wirepact import RegistryClient
from wirepact.schemas import Schema


def source(client: RegistryClient, subject: str, version: str) -> Source:
    """Return a version's text and the texts that it needs.

    Args:
        version: A number, or `latest`.

    Raises:
        WirepactError: The registry cannot be reached, or does not have it.
        InvalidSchemaError: It refers to more than a schema may.

    """
    if version == "latest":
        found = client.get_latest(subject)
    else:
        found = client.get_version(subject, int(version))
    wanted = content(found.schema)

    def fetch(target: Subject, number: int) -> Content:
        return version_of(client, target, number)

    context = Subject.parse(found.subject).context
    closure = resolve(wanted.references, context, fetch, Limits())
    return Source(wanted.schema_type, wanted.text, closure)


def version_of(client: RegistryClient, subject: Subject, number: int) -> Content:
    """Return what a version holds.

    Raises:
        WirepactError: The registry cannot be reached, or does not have it.

    """
    return content(client.get_version(str(subject), Version(number)).schema)


def content(schema: Schema) -> Content:
    """Return a schema as the use cases have it, without what says nothing of types."""
    references = tuple(
        Reference(each.name, each.subject, each.version) for each in schema.references
    )
    return Content(SchemaType(schema.schema_type), schema.text, references)
