"""What a registry should hold and answer, written down a second time and simply.

No index, no SQL, no cache: dictionaries, and the rules of the interface in words that
can be read against its specification. It knows the settings, the numbers and the ids;
which texts are schemas it does not ask.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.model.contents import Content, Place, Reference

GLOBAL = ".__GLOBAL"
READ_ONLY = "READONLY"
IMPORT = "IMPORT"


class RefusedError(Exception):
    """The registry should refuse.

    Attributes:
        code: Its number for the reason.

    """

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


@dataclass
class Held:
    """A version: its id, what that stands for, and whether it is hidden."""

    schema_id: int
    content: Content
    is_deleted: bool = False


@dataclass
class Context:
    """Ids of a context.

    Attributes:
        burnt: Ids whose content is gone for good.

    """

    last_id: int = 0
    burnt: set[int] = field(default_factory=set)


Versions = dict[int, Held]


@dataclass
class World:
    """All that there is."""

    contexts: dict[str, Context] = field(default_factory=dict)
    subjects: dict[Place, Versions] = field(default_factory=dict)
    levels: dict[Place, str] = field(default_factory=dict)
    modes: dict[Place, str] = field(default_factory=dict)

    def register(
        self, place: Place, content: Content, *, force: bool = False
    ) -> tuple[int, int]:
        """Return id and version, of what is there already or is new."""
        self._hold_resolvable(content)
        live = self.live(place)
        for number in sorted(live, reverse=True):
            if live[number].content == content:
                return live[number].schema_id, number
        mode = self.mode(place)
        if mode != "READWRITE":
            raise RefusedError(42205)
        if not force:
            self._hold_level(place, content)
        schema_id = self.id_of(place[0], content) or self._next_id(place[0])
        return self._put(place, self._next_number(place), schema_id, content)

    def take_over(
        self, place: Place, number: int, schema_id: int, content: Content
    ) -> tuple[int, int]:
        """Write a version as another registry has it; under IMPORT only."""
        self._hold_resolvable(content)
        there = self.subjects.get(place, {}).get(number)
        if there == Held(schema_id, content):
            return schema_id, number
        if self.mode(place) != IMPORT:
            raise RefusedError(42205)
        context = place[0]
        holder = self.content_of(context, schema_id)
        if holder is not None and holder != content:
            raise RefusedError(42205)
        if self.id_of(context, content) not in {None, schema_id}:
            raise RefusedError(42207)
        if there is not None and self.referrers(place, number):
            raise RefusedError(42206)
        ids = self.contexts.setdefault(context, Context())
        ids.last_id = max(ids.last_id, schema_id)
        ids.burnt.discard(schema_id)
        return self._put(place, number, schema_id, content)

    def find(self, place: Place, content: Content, *, deleted: bool) -> tuple[int, int]:
        """Return id and version of a content; of any context if none is named."""
        for each in self._seen_from(place):
            visible = self._visible(each, deleted=deleted)
            equal = [n for n, held in visible.items() if held.content == content]
            if equal:
                return visible[max(equal)].schema_id, max(equal)
        raise RefusedError(40403 if self._visible(place, deleted=deleted) else 40401)

    def get(
        self, place: Place, number: int | None, *, deleted: bool
    ) -> tuple[int, int, str, bool]:
        """Return number, id, text and whether it is hidden; None is the newest live."""
        for each in self._seen_from(place):
            visible = self._visible(each, deleted=deleted and number is not None)
            wanted = max(visible, default=None) if number is None else number
            if wanted in visible:
                held = visible[wanted]
                return wanted, held.schema_id, held.content.text, held.is_deleted
        raise RefusedError(40402 if self._visible(place, deleted=deleted) else 40401)

    def is_compatible(self, place: Place, content: Content, number: int | None) -> bool:
        live = self.live(place)
        if number is not None and number not in live:
            raise RefusedError(40402)
        against = sorted(live) if number is None else [number]
        history = [live[each].content for each in against]
        return self._keeps(self.level(place), content, history)

    def delete_version(self, place: Place, number: int, *, permanent: bool) -> int:
        self._hold_writable(place)
        versions = self.subjects.get(place)
        if not versions:
            raise RefusedError(40401)
        if number not in versions:
            raise RefusedError(40402)
        if permanent:
            if not versions[number].is_deleted:
                raise RefusedError(40407)
            if self.referrers(place, number):
                raise RefusedError(42206)
            self._remove(place, [number])
            return number
        if versions[number].is_deleted:
            raise RefusedError(40406)
        if self.referrers(place, number, live_only=True):
            raise RefusedError(42206)
        versions[number].is_deleted = True
        return number

    def delete_subject(self, place: Place, *, permanent: bool) -> list[int]:
        self._hold_writable(place)
        versions = self.subjects.get(place)
        if not versions:
            raise RefusedError(40401)
        going = sorted(versions) if permanent else sorted(self.live(place))
        if permanent and self.live(place):
            raise RefusedError(40405)
        if not going:
            raise RefusedError(40404)
        for number in going:
            referrers = self.referrers(place, number, live_only=not permanent)
            if any(each != place for each in referrers):
                raise RefusedError(42206)
        if permanent:
            self._remove(place, going)
        for number in going if not permanent else ():
            versions[number].is_deleted = True
        return going

    def put_level(self, scope: Place, level: str | None) -> None:
        """Say a level; None forgets what is said."""
        self._hold_writable(scope)
        self._put_setting(self.levels, scope, level)

    def put_mode(self, scope: Place, mode: str | None, *, force: bool) -> None:
        """Say a mode, whatever the mode is; None forgets what is said."""
        if mode == IMPORT and self.modes.get(scope) != IMPORT and not force:
            self._empty(scope)
        self._put_setting(self.modes, scope, mode)

    def level(self, place: Place) -> str:
        return self._in_scope(self.levels, place, "BACKWARD")

    def mode(self, place: Place) -> str:
        return self._in_scope(self.modes, place, "READWRITE")

    def live(self, place: Place) -> Versions:
        versions = self.subjects.get(place, {})
        return {
            number: held for number, held in versions.items() if not held.is_deleted
        }

    def content_of(self, context: str, schema_id: int) -> Content | None:
        for (within, _), versions in self.subjects.items():
            for held in versions.values():
                if within == context and held.schema_id == schema_id:
                    return held.content
        return None

    def id_of(self, context: str, content: Content) -> int | None:
        for (within, _), versions in self.subjects.items():
            for held in versions.values():
                if within == context and held.content == content:
                    return held.schema_id
        return None

    def referrers(
        self, place: Place, number: int, *, live_only: bool = False
    ) -> list[Place]:
        """Return the subjects whose versions refer to a version."""
        wanted = Reference(place, number)
        return [
            each
            for each, versions in self.subjects.items()
            for held in versions.values()
            if held.content.reference == wanted and not (live_only and held.is_deleted)
        ]

    def reads(self, reader: Content, writer: Content) -> bool:
        """Whether data of the writer can be read: its fields, or a default."""
        if (reader.reference is None) != (writer.reference is None):
            return False
        if reader.reference is not None and writer.reference is not None:
            return self.reads(self.at(reader.reference), self.at(writer.reference))
        written = {name for name, _ in writer.fields}
        return all(
            has_default or name in written for name, has_default in reader.fields
        )

    def at(self, reference: Reference) -> Content:
        return self.subjects[reference.place][reference.version].content

    def _hold_resolvable(self, content: Content) -> None:
        at = content.reference
        if at is not None and at.version not in self.live(at.place):
            raise RefusedError(42201)

    def _hold_level(self, place: Place, content: Content) -> None:
        live = self.live(place)
        history = [live[number].content for number in sorted(live)]
        if not self._keeps(self.level(place), content, history):
            raise RefusedError(40901)

    def _keeps(self, level: str, content: Content, history: list[Content]) -> bool:
        """Whether a level allows a content after others, oldest first."""
        concerned = history if level.endswith("TRANSITIVE") else history[-1:]
        direction = level.removesuffix("_TRANSITIVE")
        forward = direction not in {"FORWARD", "FULL"} or all(
            self.reads(earlier, content) for earlier in concerned
        )
        backward = direction not in {"BACKWARD", "FULL"} or all(
            self.reads(content, earlier) for earlier in concerned
        )
        return forward and backward

    def _seen_from(self, place: Place) -> list[Place]:
        """Return where a read looks: a bare name means the other contexts as well."""
        context, name = place
        if context != ".":
            return [place]
        elsewhere = sorted(each for each in self.subjects if each[1] == name)
        return [place, *(each for each in elsewhere if each != place)]

    def _visible(self, place: Place, *, deleted: bool) -> Versions:
        return self.subjects.get(place, {}) if deleted else self.live(place)

    def _hold_writable(self, scope: Place) -> None:
        if self.mode(scope) == READ_ONLY:
            raise RefusedError(42205)

    def _empty(self, scope: Place) -> None:
        places = [each for each in self.subjects if _is_within(each, scope)]
        if any(self.live(each) for each in places):
            raise RefusedError(42205)
        for place in places:
            for number in self.subjects[place]:
                if any(each not in places for each in self.referrers(place, number)):
                    raise RefusedError(42206)
        for place in places:
            self._remove(place, [*self.subjects[place]])

    def _put_setting(
        self, said: dict[Place, str], scope: Place, value: str | None
    ) -> None:
        if value is not None:
            said[scope] = value
        elif said.pop(scope, None) is None and not _always_answers(scope):
            raise RefusedError(40401)

    def _in_scope(self, said: dict[Place, str], place: Place, default: str) -> str:
        context, _ = place
        for scope in (place, (context, ""), (GLOBAL, "")):
            if scope in said:
                return said[scope]
        return default

    def _next_number(self, place: Place) -> int:
        return max(self.subjects.get(place, {}), default=0) + 1

    def _next_id(self, context: str) -> int:
        ids = self.contexts.setdefault(context, Context())
        ids.last_id += 1
        return ids.last_id

    def _put(
        self, place: Place, number: int, schema_id: int, content: Content
    ) -> tuple[int, int]:
        versions = self.subjects.setdefault(place, {})
        before = versions.get(number)
        versions[number] = Held(schema_id, content)
        if before is not None:
            self._burn(place[0], [before.schema_id])
        hidden = [
            each
            for each, held in versions.items()
            if held.is_deleted and held.content == content
        ]
        for each in hidden:
            if not self.referrers(place, each):
                del versions[each]
        return schema_id, number

    def _remove(self, place: Place, numbers: Iterable[int]) -> None:
        versions = self.subjects[place]
        ids = [versions.pop(number).schema_id for number in [*numbers]]
        if not versions:
            del self.subjects[place]
            self.levels.pop(place, None)
            self.modes.pop(place, None)
        self._burn(place[0], ids)

    def _burn(self, context: str, ids: Iterable[int]) -> None:
        for each in ids:
            if self.content_of(context, each) is None:
                self.contexts[context].burnt.add(each)


def _always_answers(scope: Place) -> bool:
    return scope in {(".", ""), (GLOBAL, "")}


def _is_within(place: Place, scope: Place) -> bool:
    if scope == (GLOBAL, ""):
        return True
    return place == scope or (place[0] == scope[0] and not scope[1])
