"""The registry in memory: what each call does and answers, as the interface says it.

Written after the documentation, not after the code: plain lists and dictionaries, no
transactions, and nothing shared with the registry.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tests.model.shapes import TEXTS, keeps_promise

GLOBAL = ".__GLOBAL"
STAMP = "confluent:version"
READ_ONLY = ("READONLY", "READONLY_OVERRIDE")
LATEST = -1

Properties = tuple[tuple[str, str], ...] | None
"""Of metadata, sorted; None for no metadata at all."""


class Refused(Exception):  # noqa: N818 - an answer, not a fault
    """The call is refused with this code."""

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(code)


class Place(NamedTuple):
    """A subject; without a name, a context."""

    context: str
    name: str

    def __str__(self) -> str:
        return self.name if self.context == "." else f":{self.context}:{self.name}"


class Reference(NamedTuple):
    subject: str
    version: int


class Content(NamedTuple):
    text: str
    references: tuple[Reference, ...] = ()
    properties: Properties = None


@dataclass
class Entry:
    number: int
    content: Content
    schema_id: int
    is_deleted: bool = False


@dataclass(frozen=True)
class Wanted:
    """A registration. No text stands for that of the latest version."""

    text: str | None
    references: tuple[Reference, ...] = ()
    properties: Properties = None
    version: int = 0
    schema_id: int | None = None
    force: bool = False


def place(text: str) -> Place:
    if not text.startswith(":."):
        return Place(".", text)
    context, _, name = text[1:].partition(":")
    return Place(context, name)


def stamped(properties: Properties, number: int) -> Properties:
    return merged(properties, ((STAMP, str(number)),))


def merged(left: Properties, right: Properties) -> Properties:
    if left is None or right is None:
        return right if left is None else left
    return tuple(sorted({**dict(left), **dict(right)}.items()))


def _same(wanted: Content, entry: Entry) -> bool:
    """Compare; a stamp that only one side has does not count."""
    stored = entry.content
    if wanted[:2] != stored[:2]:
        return False
    ours, theirs = (dict(each.properties or ()) for each in (wanted, stored))
    stamp = ours.pop(STAMP, None)
    own = theirs.pop(STAMP, None)
    if stamp is not None and stamp != (own or str(entry.number)):
        return False
    # A stamp alone is as good as no metadata.
    bare = [
        None if each.properties is None or (has_stamp and not left) else left
        for each, left, has_stamp in (
            (wanted, ours, stamp is not None),
            (stored, theirs, own is not None),
        )
    ]
    return bare[0] == bare[1]


@dataclass
class RegistryModel:
    subjects: dict[Place, list[Entry]] = field(default_factory=dict)
    configs: dict[Place, dict[str, Any]] = field(default_factory=dict)
    modes: dict[Place, str] = field(default_factory=dict)
    last_ids: Counter[str] = field(default_factory=Counter)
    meanings: dict[tuple[str, int], Content] = field(default_factory=dict)

    # What is there.

    def history(self, at: Place, *, deleted: bool = True) -> list[Entry]:
        found = self.subjects.get(at, [])
        return [each for each in found if deleted or not each.is_deleted]

    def entries(self) -> Iterator[tuple[Place, Entry]]:
        """Yield all versions, by subject and number."""
        for at in sorted(self.subjects):
            for entry in self.subjects[at]:
                yield at, entry

    def ids(self, context: str) -> dict[Content, int]:
        return {
            entry.content: entry.schema_id
            for at, entry in self.entries()
            if at.context == context
        }

    def referrers(self, at: Place, number: int) -> list[tuple[Place, Entry]]:
        return [
            (referrer, entry)
            for referrer, entry in self.entries()
            for reference in entry.content.references
            if self.target(referrer, reference) == at and reference.version == number
        ]

    def target(self, referrer: Place, reference: Reference) -> Place:
        if reference.subject.startswith(":."):
            return place(reference.subject)
        return Place(referrer.context, reference.subject)

    # Settings.

    def chain(self, at: Place) -> list[Place]:
        return [*dict.fromkeys((at, Place(at.context, ""), Place(GLOBAL, "")))]

    def mode(self, at: Place) -> str:
        said = (self.modes.get(each) for each in self.chain(at))
        return next((each for each in said if each is not None), "READWRITE")

    def config(self, at: Place) -> dict[str, Any]:
        found: dict[str, Any] = {"level": "BACKWARD"}
        for each in reversed(self.chain(at)):
            found |= self.configs.get(each, {})
        return found

    def hold_writable(self, at: Place) -> None:
        if self.mode(at) in READ_ONLY:
            raise Refused(42205)

    def put_config(self, at: Place, patch: dict[str, Any]) -> dict[str, Any]:
        self.hold_writable(at)
        said = {**self.configs.get(at, {}), **patch}
        self.configs[at] = {k: v for k, v in said.items() if v is not None}
        return self.configs[at]

    def delete_config(self, at: Place) -> dict[str, Any]:
        self.hold_writable(at)
        if at not in self.configs and not self._answers(at):
            raise Refused(40401)
        default = {"level": "BACKWARD"} if self._answers(at) else {}
        return {**default, **self.configs.pop(at, {})}

    def get_config(self, at: Place, *, in_scope: bool) -> dict[str, Any]:
        if in_scope:
            return self.config(at)
        if at not in self.configs and not self._answers(at):
            raise Refused(40408)
        default = {"level": "BACKWARD"} if self._answers(at) else {}
        return {**default, **self.configs.get(at, {})}

    def get_mode(self, at: Place, *, in_scope: bool) -> str:
        if in_scope:
            return self.mode(at)
        if at not in self.modes and not self._answers(at):
            raise Refused(40409)
        return self.modes.get(at, "READWRITE")

    def put_mode(self, at: Place, mode: str | None, *, force: bool) -> None:
        if mode == "FORWARD" and at != Place(GLOBAL, ""):
            raise Refused(42204)
        if mode == "IMPORT" and self.modes.get(at) != "IMPORT" and not force:
            self._empty(at)
        if mode is None:
            self.modes.pop(at, None)
        else:
            self.modes[at] = mode

    def delete_mode(self, at: Place, *, recursive: bool) -> str | None:
        if at not in self.modes and not (recursive or self._answers(at)):
            raise Refused(40401)
        before = self.modes.get(at, "READWRITE" if self._answers(at) else None)
        for each in [*self.modes]:
            is_below = at.context in {each.context, GLOBAL} and not at.name
            if each == at or (recursive and is_below):
                del self.modes[each]
        return before

    def _answers(self, at: Place) -> bool:
        return not at.name and at.context in {".", GLOBAL}

    def _empty(self, scope: Place) -> None:
        going = [
            at
            for at in self.subjects
            if scope.context in {at.context, GLOBAL} and scope.name in {"", at.name}
        ]
        if any(self.history(at, deleted=False) for at in going):
            raise Refused(42205)
        self._hold_unreferenced(
            [(at, entry) for at in going for entry in self.history(at)], live=False
        )
        for at in going:
            self._remove(at, self.history(at))

    # Registration.

    def register(self, at: Place, wanted: Wanted) -> Entry:
        wanted = self._completed(at, wanted)
        live = self.history(at, deleted=False)
        config = self.config(at)
        adds = bool(config.get("default") or config.get("override"))
        found = None if adds else self._known(at, wanted, wanted_content(wanted))
        if found is not None:
            return found
        self._hold_to_mode(at, wanted)
        content = wanted_content(wanted)
        if self.mode(at) == "IMPORT":
            return self._import(at, wanted, content)
        if self.mode(at) == "FORWARD":
            return self._append(at, wanted, content)
        content = self.inherited(at, content, live[-1:])
        if adds:
            found = self._known(at, wanted, content)
            if found is not None:
                return found
        self._hold_to_level(str(config["level"]), wanted, live)
        number = self._next(at)
        if wanted.version or STAMP in dict(content.properties or ()):
            content = content._replace(properties=stamped(content.properties, number))
        return self._append(at, wanted, content)

    def inherited(self, at: Place, content: Content, latest: list[Entry]) -> Content:
        config = self.config(at)
        properties = content.properties
        if properties is None and latest:
            properties = latest[-1].content.properties
        # An empty addition adds nothing.
        default, override = config.get("default"), config.get("override")
        around = merged(merged(default or None, properties), override or None)
        return content._replace(properties=around)

    def matching(
        self, at: Place, content: Content, among: list[Entry], *, exactly_first: bool
    ) -> Entry | None:
        """Return the version that a look-up of a content finds."""
        exact = [each for each in among if each.content == content]
        if exact and exactly_first:
            return exact[-1]
        for variant in (content, self.inherited(at, content, among[-1:])):
            found = [each for each in among if _same(variant, each)]
            if found:
                return found[-1]
        return None

    def _completed(self, at: Place, wanted: Wanted) -> Wanted:
        text, references = wanted.text, wanted.references
        if text is None:
            live = self.history(at, deleted=False)
            if self.mode(at) in {"IMPORT", "FORWARD"} or not live:
                raise Refused(42201)
            text, references = live[-1].content[:2]
        pinned = tuple(self._pinned(at, each) for each in references)
        return Wanted(
            text,
            pinned,
            wanted.properties,
            wanted.version,
            wanted.schema_id,
            wanted.force,
        )

    def _pinned(self, at: Place, reference: Reference) -> Reference:
        live = self.history(self.target(at, reference), deleted=False)
        numbers = [each.number for each in live]
        if reference.version == LATEST and live:
            return reference._replace(version=numbers[-1])
        if reference.version not in numbers:
            raise Refused(42201)
        return reference

    def _known(self, at: Place, wanted: Wanted, content: Content) -> Entry | None:
        live = self.history(at, deleted=False)
        among = {0: live, LATEST: live[-1:]}.get(wanted.version, [])
        first = wanted.version == 0
        found = self.matching(at, content, among, exactly_first=first)
        if found is not None and wanted.schema_id in {None, found.schema_id}:
            return found
        return None

    def _hold_to_mode(self, at: Place, wanted: Wanted) -> None:
        mode = self.mode(at)
        takes_ids = mode in {"IMPORT", "FORWARD"}
        if mode in READ_ONLY or takes_ids != (wanted.schema_id is not None):
            raise Refused(42205)

    def _hold_to_level(self, level: str, wanted: Wanted, live: list[Entry]) -> None:
        if wanted.force:
            return
        shape = TEXTS[wanted.text or ""].shape
        history = [TEXTS[each.content.text].shape for each in live]
        if not keeps_promise(level, shape, history):
            raise Refused(40901)

    def _next(self, at: Place) -> int:
        history = self.history(at)
        return history[-1].number + 1 if history else 1

    def _append(self, at: Place, wanted: Wanted, content: Content) -> Entry:
        number = self._next(at)
        if wanted.version not in {0, LATEST, number}:
            raise Refused(42201)
        schema_id = self.ids(at.context).get(content)
        if schema_id is None:
            schema_id = self.last_ids[at.context] + 1
        return self._store(at, Entry(number, content, schema_id))

    def _import(self, at: Place, wanted: Wanted, content: Content) -> Entry:
        number = self._next(at) if wanted.version in {0, LATEST} else wanted.version
        schema_id = wanted.schema_id or 0
        there = [each for each in self.history(at) if each.number == number]
        if there and there[0] == Entry(number, content, schema_id):
            return there[0]
        known = self.ids(at.context)
        if self.meanings.get((at.context, schema_id), content) != content:
            raise Refused(42205)
        if known.get(content, schema_id) != schema_id:
            raise Refused(42207)
        if there and there[0].content != content and self.referrers(at, number):
            raise Refused(42206)
        for each in there:
            self.subjects[at].remove(each)
        return self._store(at, Entry(number, content, schema_id))

    def _store(self, at: Place, entry: Entry) -> Entry:
        highest = max(self.last_ids[at.context], entry.schema_id)
        self.last_ids[at.context] = highest
        self.meanings[at.context, entry.schema_id] = entry.content
        kept = [
            each
            for each in self.history(at)
            if not (each.is_deleted and each.content == entry.content)
            or self.referrers(at, each.number)
        ]
        self.subjects[at] = sorted([*kept, entry], key=lambda each: each.number)
        return entry

    # Reading.

    def namesakes(self, at: Place) -> list[Place]:
        """Return where a read goes on that has found nothing: elsewhere, by name."""
        if at.context != ".":
            return []
        return sorted(
            each for each in self.subjects if each.name == at.name and each != at
        )

    def find(
        self, at: Place, content: Content, *, deleted: bool
    ) -> tuple[Place, Entry]:
        for place in (at, *self.namesakes(at)):
            among = self.history(place, deleted=deleted)
            # What is inherited beside metadata is that of the place that was named.
            found = self.matching(at, content, among, exactly_first=True)
            if found is not None:
                return place, found
        raise Refused(40403 if self.history(at, deleted=deleted) else 40401)

    def get(self, at: Place, number: int, *, deleted: bool) -> tuple[Place, Entry]:
        for place in (at, *self.namesakes(at)):
            found = self._numbered(place, number, deleted=deleted)
            if found:
                return place, found[0]
        return at, self.own(at, number, deleted=deleted)

    def own(self, at: Place, number: int, *, deleted: bool) -> Entry:
        found = self._numbered(at, number, deleted=deleted)
        if not found:
            raise Refused(40402 if self.history(at, deleted=deleted) else 40401)
        return found[0]

    def _numbered(self, at: Place, number: int, *, deleted: bool) -> list[Entry]:
        if number == LATEST:
            return self.history(at, deleted=False)[-1:]
        among = self.history(at, deleted=deleted)
        return [each for each in among if each.number == number]

    def with_properties(
        self, at: Place, wanted: dict[str, str], *, deleted: bool
    ) -> Entry:
        among = self.history(at, deleted=deleted)
        if not among:
            raise Refused(40401)
        for each in reversed(among):
            properties = each.content.properties
            if properties is not None and wanted.items() <= dict(properties).items():
                return each
        raise Refused(40403)

    def by_id(self, context: str, schema_id: int) -> tuple[Place, Entry]:
        uses = [
            (at, entry)
            for at, entry in self.entries()
            if at.context == context and entry.schema_id == schema_id
        ]
        if not uses:
            raise Refused(40403)
        return min(uses, key=lambda use: (use[1].is_deleted, use[0], use[1].number))

    def is_compatible(self, at: Place, text: str) -> bool:
        live = self.history(at, deleted=False)
        history = [TEXTS[each.content.text].shape for each in live]
        shape = TEXTS[text].shape
        return keeps_promise(str(self.config(at)["level"]), shape, history)

    # Deleting.

    def soft_delete(self, at: Place, number: int | None) -> list[int]:
        """Hide a version, or, without a number, a subject."""
        self.hold_writable(at)
        if number is None:
            if not self.history(at):
                raise Refused(40401)
            going = self.history(at, deleted=False)
            if not going:
                raise Refused(40404)
        else:
            going = [self.own(at, number, deleted=True)]
            if going[0].is_deleted:
                raise Refused(40406)
        self._hold_unreferenced([(at, each) for each in going], live=True)
        for each in going:
            each.is_deleted = True
        return [each.number for each in going]

    def hard_delete(self, at: Place, number: int | None) -> list[int]:
        """Remove a hidden version, or, without a number, a subject."""
        self.hold_writable(at)
        if number is None:
            going = self.history(at)
            if not going:
                raise Refused(40401)
            if any(not each.is_deleted for each in going):
                raise Refused(40405)
        else:
            going = [self.own(at, number, deleted=True)]
            if not going[0].is_deleted:
                raise Refused(40407)
        self._hold_unreferenced([(at, each) for each in going], live=False)
        self._remove(at, going)
        return [each.number for each in going]

    def _hold_unreferenced(
        self, going: Iterable[tuple[Place, Entry]], *, live: bool
    ) -> None:
        along = [(at, entry.number) for at, entry in going]
        for at, number in along:
            for referrer, entry in self.referrers(at, number):
                is_going = (referrer, entry.number) in along
                if not is_going and not (live and entry.is_deleted):
                    raise Refused(42206)

    def _remove(self, at: Place, going: list[Entry]) -> None:
        left = [each for each in self.history(at) if each not in going]
        self.subjects[at] = left
        if not left:
            del self.subjects[at]
            self.configs.pop(at, None)
            self.modes.pop(at, None)


def wanted_content(wanted: Wanted) -> Content:
    return Content(wanted.text or "", wanted.references, wanted.properties)
