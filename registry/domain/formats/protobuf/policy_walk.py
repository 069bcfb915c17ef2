"""The comparison of two versions under a policy: which parts meet, in what order."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from registry.domain.formats.protobuf.policy_checks import Gained, Kept, Lost
from registry.domain.formats.protobuf.policy_checks_fields import (
    FIELD_GAINED,
    FIELD_KEPT,
    FIELD_LOST,
)
from registry.domain.formats.protobuf.policy_checks_files import (
    ENUM_LOST,
    EXTENSION_LOST,
    FILE_KEPT,
    FILE_LOST,
    MESSAGE_LOST,
    METHOD_KEPT,
    METHOD_LOST,
    SERVICE_LOST,
)
from registry.domain.formats.protobuf.policy_checks_types import (
    ENUM_KEPT,
    MESSAGE_KEPT,
    ONEOF_LOST,
    VALUE_KEPT,
    VALUE_LOST,
)
from registry.domain.formats.protobuf.policy_parts import (
    Enum,
    Field,
    File,
    Message,
    Part,
    Parts,
    Service,
)
from registry.domain.rules import Rule, Violation

_Key = Any


def violations(
    new: Parts, earlier: Parts, rules: Collection[Rule]
) -> Iterator[Violation]:
    """Yield what the new version breaks of some rules.

    In the order of the earlier text, which knows what there was to be broken; what is
    imported comes last.
    """
    return _Comparison(new, earlier, rules).violations()


@dataclass(frozen=True, slots=True)
class _Comparison:
    new: Parts
    earlier: Parts
    rules: Collection[Rule]

    def violations(self) -> Iterator[Violation]:
        for name, file in self.earlier.files.items():
            yield from self._file(self.new.files.get(name), file)
            for message in file.messages.values():
                if (same := self.new.messages.get(message.node.full_name)) is not None:
                    yield from self._message(same, message)
            for enum in file.enums.values():
                if (present := self.new.enums.get(enum.node.full_name)) is not None:
                    yield from self._enum(present, enum)
            for extension in file.extensions.values():
                yield from self._extension(extension)
            for service in file.services.values():
                if (still := self.new.services.get(service.full_name)) is not None:
                    yield from self._service(still, service)

    def _file(self, new: File | None, earlier: File) -> Iterator[Violation]:
        if new is None:
            yield from self._lost(FILE_LOST, self._own, earlier)
            return
        yield from self._kept(FILE_KEPT, new, earlier)
        for present, before, checks in (
            (new.messages, earlier.messages, MESSAGE_LOST),
            (new.enums, earlier.enums, ENUM_LOST),
            (new.extensions, earlier.extensions, EXTENSION_LOST),
            (new.services, earlier.services, SERVICE_LOST),
        ):
            for name, part in before.items():
                if name not in present:
                    home = new.messages.get(part.parent, new)
                    yield from self._lost(checks, home, part)

    @property
    def _own(self) -> File:
        return next(iter(self.new.files.values()))

    def _message(self, new: Message, earlier: Message) -> Iterator[Violation]:
        yield from self._kept(MESSAGE_KEPT, new, earlier)
        yield from self._all_lost(ONEOF_LOST, new, new.oneofs, earlier.oneofs)
        for number, field in earlier.fields.items():
            if (same := new.fields.get(number)) is not None:
                yield from self._kept(FIELD_KEPT, same, field)
        yield from self._all_lost(FIELD_LOST, new, new.fields, earlier.fields)
        for number, field in new.fields.items():
            if number not in earlier.fields:
                yield from self._gained(FIELD_GAINED, earlier, field)

    def _extension(self, earlier: Field) -> Iterator[Violation]:
        same = self.new.extensions.get((earlier.extendee, earlier.number))
        if same is not None:
            yield from self._kept(FIELD_KEPT, same, earlier)

    def _enum(self, new: Enum, earlier: Enum) -> Iterator[Violation]:
        yield from self._kept(ENUM_KEPT, new, earlier)
        for number, value in earlier.numbers.items():
            if (same := new.numbers.get(number)) is not None:
                yield from self._kept(VALUE_KEPT, same, value)
        yield from self._all_lost(VALUE_LOST, new, new.numbers, earlier.numbers)

    def _service(self, new: Service, earlier: Service) -> Iterator[Violation]:
        for name, method in earlier.methods.items():
            if (same := new.methods.get(name)) is not None:
                yield from self._kept(METHOD_KEPT, same, method)
        yield from self._all_lost(METHOD_LOST, new, new.methods, earlier.methods)

    def _kept(
        self, checks: Sequence[Kept[Any]], new: Part, earlier: Part
    ) -> Iterator[Violation]:
        for check in checks:
            if check.rule not in self.rules:
                continue
            if (details := check.find(new, earlier)) is not None:
                yield Violation(
                    check.rule,
                    new.path,
                    new.element,
                    new.spot_of(check.below),
                    earlier.spot_of(check.below),
                    {**new.details, **details},
                    anchor=new.path,
                )

    def _all_lost(
        self,
        checks: Sequence[Lost[Any, Any]],
        home: Part,
        present: Mapping[_Key, Part],
        before: Mapping[_Key, Part],
    ) -> Iterator[Violation]:
        for key, part in before.items():
            if key not in present:
                yield from self._lost(checks, home, part)

    def _lost(
        self, checks: Sequence[Lost[Any, Any]], home: Part, part: Part
    ) -> Iterator[Violation]:
        for check in checks:
            if check.rule not in self.rules:
                continue
            if (details := check.find(home, part)) is not None:
                yield Violation(
                    check.rule,
                    part.path,
                    part.element,
                    home.spot,
                    part.spot,
                    {**part.details, **details},
                    reader_lacks=True,
                    anchor=part.path,
                )

    def _gained(
        self, checks: Sequence[Gained[Any]], home: Part, part: Part
    ) -> Iterator[Violation]:
        for check in checks:
            if check.rule not in self.rules:
                continue
            if (details := check.find(part)) is not None:
                yield Violation(
                    check.rule,
                    part.path,
                    part.element,
                    part.spot,
                    home.spot,
                    {**part.details, **details},
                    writer_lacks=True,
                    anchor=part.path,
                )
