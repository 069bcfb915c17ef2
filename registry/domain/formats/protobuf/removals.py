"""What a newer schema left out and should have kept, or kept others from reusing.

Unlike all else that is said of two schemas, this depends on which of them is newer: a
field that only one has was removed, or was added.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from registry.domain.formats.protobuf import rules
from registry.domain.formats.protobuf.breaches import MAX_VIOLATIONS, path_of
from registry.domain.formats.protobuf.graph import Graph
from registry.domain.formats.protobuf.nodes import Enum, Message, Service
from registry.domain.levels import Direction
from registry.domain.rules import Rule, Spot, Violation


def removals(reader: Graph, writer: Graph, way: Direction) -> tuple[Violation, ...]:
    """What to warn of; at most `breaches.MAX_VIOLATIONS`.

    Args:
        way: Which of the two is the candidate: the reader, if it is backward.

    """
    is_backward = way is Direction.BACKWARD
    candidate, earlier = (reader, writer) if is_backward else (writer, reader)
    found = _Search(candidate, earlier, is_backward).removals()
    return tuple(islice(found, MAX_VIOLATIONS))


@dataclass(frozen=True, slots=True)
class _Search:
    candidate: Graph
    earlier: Graph
    is_backward: bool

    def removals(self) -> Iterator[Violation]:
        present = {each.local_name: each for each in self.candidate.file.all_messages()}
        for message in self.earlier.file.all_messages():
            other = present.get(message.local_name)
            if other is not None and not message.is_map_entry:
                yield from self._fields(other, message)
        enums = {each.local_name: each for each in self.candidate.file.all_enums()}
        for enum in self.earlier.file.all_enums():
            if (left := enums.get(enum.local_name)) is not None:
                yield from self._constants(left, enum)
        yield from self._services()

    def _fields(self, message: Message, earlier: Message) -> Iterator[Violation]:
        names = {field.name for field in message.fields.values()}
        names.update(message.proto.reserved_name)
        for field in earlier.fields.values():
            if field.number in message.fields:
                continue
            path = path_of(earlier, str(field.number))
            element = f"{earlier.local_name}.{field.name}"
            details = {"number": str(field.number)}
            spots = message.spot, field.spot
            if not message.reserves(field.number):
                rule = rules.FIELD_NUMBER_NOT_RESERVED
                yield self._told(rule, path, element, spots, details)
            if field.name not in names:
                rule = rules.FIELD_NAME_NOT_RESERVED
                yield self._told(rule, path, element, spots, details)

    def _constants(self, enum: Enum, earlier: Enum) -> Iterator[Violation]:
        for number, value in earlier.numbers.items():
            if number not in enum.numbers and not enum.reserves(number):
                yield self._told(
                    rules.ENUM_NUMBER_NOT_RESERVED,
                    path_of(earlier, str(number)),
                    f"{earlier.local_name}.{value.name}",
                    (enum.spot, value.spot),
                    {"number": str(number)},
                )

    def _services(self) -> Iterator[Violation]:
        present = self.candidate.file.services
        for name, service in self.earlier.file.services.items():
            if name in present:
                yield from self._methods(present[name], service)
            else:
                spots = self.candidate.file.spot, service.spot
                rule = rules.SERVICE_REMOVED
                yield self._told(rule, f"#/{name}", name, spots, {})

    def _methods(self, service: Service, earlier: Service) -> Iterator[Violation]:
        for name, method in earlier.methods.items():
            if name not in service.methods:
                path, element = f"#/{service.name}/{name}", f"{service.name}.{name}"
                spots = service.spot, method.spot
                yield self._told(rules.RPC_REMOVED, path, element, spots, {})

    def _told(
        self,
        rule: Rule,
        path: str,
        element: str,
        spots: tuple[Spot, Spot],
        details: dict[str, str],
    ) -> Violation:
        """A violation whose element the candidate lacks.

        Args:
            spots: Of what the candidate has around it, and of the element.

        """
        reader, writer = spots if self.is_backward else spots[::-1]
        return Violation(
            rule,
            path,
            element,
            reader,
            writer,
            details,
            writer_lacks=not self.is_backward,
            reader_lacks=self.is_backward,
            anchor=path,
        )
