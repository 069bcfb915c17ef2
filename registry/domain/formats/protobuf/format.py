"""Protobuf as a format of the registry."""

import base64
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from google.protobuf.descriptor_pb2 import DescriptorProto, FileDescriptorProto

from registry.domain.budgets import Budget
from registry.domain.formats.protobuf import fixes, gaps, policy_fixes, tags, walk
from registry.domain.formats.protobuf.canonical import (
    normalized_text,
    printed,
    unextended_text,
)
from registry.domain.formats.protobuf.compiling import Compile
from registry.domain.formats.protobuf.elements import copied
from registry.domain.formats.protobuf.options import resolved
from registry.domain.formats.protobuf.parse import external_names, parse
from registry.domain.formats.protobuf.policies import POLICIES
from registry.domain.formats.protobuf.policy_rules import POLICY_RULES
from registry.domain.formats.protobuf.removals import removals
from registry.domain.formats.protobuf.schema import ProtobufSchema
from registry.domain.levels import ContentPolicy, Direction
from registry.domain.limits import Limits
from registry.domain.model import SchemaType
from registry.domain.rules import Violation
from registry.domain.schema import (
    NamedPolicy,
    PayloadType,
    Proposal,
    ResolvedReference,
    Strictness,
)
from registry.domain.tags import Tagged, Tagging

_NAME: Final = "default"
"""What Confluent calls the file of a descriptor that it serialises."""


class ProtobufFormat:
    """Everything that the registry knows of Protobuf, but how protoc is run."""

    schema_type: Final = SchemaType.PROTOBUF

    def __init__(self, limits: Limits, compiler: Compile) -> None:
        self._limits = limits
        self._compiler = compiler
        self.renderings: Final[Mapping[str, Callable[[ProtobufSchema], str]]] = {
            "serialized": _serialized,
            "ignore_extensions": self._unextended,
        }
        self.policies: Final[Mapping[str, NamedPolicy[ProtobufSchema]]] = POLICIES

    def parse(
        self,
        text: str,
        references: Sequence[ResolvedReference] = (),
        strictness: Strictness = Strictness.STRICT,
    ) -> ProtobufSchema:
        """See `SchemaFormat.parse`; nothing depends on the strictness."""
        return parse(text, references, self._compiler, self._limits)

    def normalized(self, schema: ProtobufSchema) -> ProtobufSchema:
        """Put everything whose order means nothing in one order.

        The places of the result are still those of the text as it was handed in.
        """
        return replace(
            schema, canonical=normalized_text(schema.file, schema.imports, self._limits)
        )

    def is_equivalent(self, one: ProtobufSchema, other: ProtobufSchema) -> bool:
        """Whether both have one canonical text."""
        return one.canonical == other.canonical

    def external_names(self, text: str) -> frozenset[str]:
        """See `SchemaFormat.external_names`."""
        return external_names(text, self._limits)

    def payload_types(self, schema: ProtobufSchema) -> Sequence[PayloadType]:
        """All messages, each before the ones within it.

        Source: Confluent's wire format: indexes count messages, map entries left out.
        """
        _, file = schema.meant
        return tuple(_payload_types(file.message_type, file.package))

    def top_level_names(self, schema: ProtobufSchema) -> frozenset[str]:
        """The names of the fields of the first message."""
        _, file = schema.meant
        first = file.message_type[:1]
        return frozenset(field.name for message in first for field in message.field)

    def inline_tags(self, schema: ProtobufSchema) -> Tagged:
        """See `SchemaFormat.inline_tags`."""
        return tags.inline_tags(schema.file, schema.imports)

    def retagged(
        self,
        schema: ProtobufSchema,
        tagging: Tagging,
        references: Sequence[ResolvedReference] = (),
    ) -> str:
        """See `SchemaFormat.retagged`; what defines tags is imported for them."""
        after = tags.changed(schema.file, schema.imports, tagging)
        if not after:
            return schema.text
        if tags.META not in schema.file.dependency:
            read = tags.importing_meta(resolved(schema.file, schema.imports))
            schema = self.parse(self._printed(read, schema), references)
        read = tags.tagged(resolved(schema.file, schema.imports), after)
        return self._printed(read, schema)

    def violations(
        self,
        reader: ProtobufSchema,
        writer: ProtobufSchema,
        policy: ContentPolicy = ContentPolicy.STRICT,
        budget: Budget | None = None,
    ) -> Sequence[Violation]:
        """See `SchemaFormat.violations`."""
        return walk.violations(reader.graph, writer.graph, budget)

    def warnings(
        self,
        reader: ProtobufSchema,
        writer: ProtobufSchema,
        way: Direction,
        budget: Budget | None = None,
    ) -> Sequence[Violation]:
        """See `SchemaFormat.warnings`."""
        found = gaps.warnings(reader.graph, writer.graph, budget)
        return (*found, *removals(reader.graph, writer.graph, way))

    def proposals(
        self,
        candidate: ProtobufSchema,
        earlier: ProtobufSchema,
        violation: Violation,
        direction: Direction,
    ) -> Sequence[Proposal]:
        """See `SchemaFormat.proposals`."""
        if candidate.meant[0]:
            # What would have to change is not in its text.
            return ()
        of_policy = violation.rule.id in POLICY_RULES
        propose = policy_fixes.proposals if of_policy else fixes.proposals
        return propose(candidate, earlier, violation, direction)

    def _printed(self, read: FileDescriptorProto, schema: ProtobufSchema) -> str:
        return printed(read, schema.file, schema.imports, self._limits)

    def _unextended(self, schema: ProtobufSchema) -> str:
        return unextended_text(schema.file, schema.imports, self._limits)


def _serialized(schema: ProtobufSchema) -> str:
    """Return the linked descriptor in base64; its imports have their own names."""
    file = copied(schema.file)
    file.name = _NAME
    return base64.b64encode(file.SerializeToString()).decode()


def _payload_types(
    messages: Sequence[DescriptorProto], package: str
) -> Iterator[PayloadType]:
    left = _indexed(messages, f"{package}." if package else "", ())[::-1]
    while left:
        message, kind = left.pop()
        yield kind
        left += _indexed(message.nested_type, f"{kind.name}.", kind.index)[::-1]


def _indexed(
    messages: Sequence[DescriptorProto], prefix: str, around: tuple[int, ...]
) -> list[tuple[DescriptorProto, PayloadType]]:
    with_text = [each for each in messages if not each.options.map_entry]
    return [
        (message, PayloadType(prefix + message.name, (*around, index)))
        for index, message in enumerate(with_text)
    ]
