"""Does the same to a registry and to the model, and compares what comes of it."""

from collections import Counter
from collections.abc import Callable
from typing import Any, ClassVar, Final
from urllib.parse import quote

import httpx
from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from tests.model.contents import PLAIN, Content, Place, Reference, qualified
from tests.model.world import GLOBAL, RefusedError, World
from tests.services.in_process import InProcess

_CONTEXTS: Final = (".", ".a")
_NAMES: Final = ("s", "t/1")
_LEVELS: Final = (
    "NONE",
    "BACKWARD",
    "BACKWARD_TRANSITIVE",
    "FORWARD",
    "FORWARD_TRANSITIVE",
    "FULL",
    "FULL_TRANSITIVE",
)
# Where nothing may be written, nothing happens: most examples should see more.
_MODES: Final = (*("READWRITE", None) * 4, "READONLY", "IMPORT")
_SCOPES: Final = (*((c, n) for c in _CONTEXTS for n in ("", *_NAMES)), (GLOBAL, ""))

places = st.sampled_from([(c, n) for c in _CONTEXTS for n in _NAMES])
scopes = st.sampled_from(_SCOPES)
numbers = st.integers(1, 3)


class RegistryMachine(RuleBasedStateMachine):
    """One registry, from nothing on. A test says where it comes from."""

    started: ClassVar[Callable[[], tuple[InProcess, Callable[[], None]]]]
    fired: ClassVar[Counter[str]] = Counter()
    """How often each kind of request was made, and what came of it."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.registry, self._stop = type(self).started()

    def teardown(self) -> None:
        try:
            self._compare_all()
        finally:
            self._stop()

    @rule(place=places, content=PLAIN)
    def register(self, place: Place, content: Content) -> None:
        self._register(place, content)

    @rule(place=places, content=PLAIN)
    def register_by_force(self, place: Place, content: Content) -> None:
        self._register(place, content, force=True)

    @rule(place=places, at=places, number=numbers)
    def register_what_refers(self, place: Place, at: Place, number: int) -> None:
        self._register(place, self._referring(at, number))

    @rule(place=places, content=PLAIN, number=numbers, schema_id=st.integers(1, 8))
    def take_over(
        self, place: Place, content: Content, number: int, schema_id: int
    ) -> None:
        known = self.world.id_of(place[0], content)
        given = known if known is not None and schema_id % 2 else schema_id
        body = {**content.body(place[0]), "id": given, "version": number}
        self._check(
            self.registry.post(f"/subjects/{_path(place)}/versions", json=body),
            lambda: self.world.take_over(place, number, given, content),
            lambda said: (said["id"], said["version"]),
        )

    @rule(place=places, content=PLAIN, deleted=st.booleans())
    def find(self, place: Place, content: Content, *, deleted: bool) -> None:
        answer = self.registry.post(
            f"/subjects/{_path(place)}?deleted={deleted}",
            json=content.body(place[0]),
        )
        self._check(
            answer,
            lambda: self.world.find(place, content, deleted=deleted),
            lambda said: (said["id"], said["version"]),
        )

    @rule(place=places, number=st.one_of(numbers, st.none()), deleted=st.booleans())
    def get(self, place: Place, number: int | None, *, deleted: bool) -> None:
        wanted = "latest" if number is None else number
        answer = self.registry.get(
            f"/subjects/{_path(place)}/versions/{wanted}?deleted={deleted}"
        )
        self._check(
            answer,
            lambda: self.world.get(place, number, deleted=deleted),
            lambda said: (said["version"], said["id"], said["schema"], said["deleted"]),
        )

    @rule(place=places, content=PLAIN, number=st.one_of(numbers, st.none()))
    def test(self, place: Place, content: Content, number: int | None) -> None:
        against = "" if number is None else f"/{number}"
        answer = self.registry.post(
            f"/compatibility/subjects/{_path(place)}/versions{against}",
            json=content.body(place[0]),
        )
        self._check(
            answer,
            lambda: self.world.is_compatible(place, content, number),
            lambda said: said["is_compatible"],
        )

    @rule(place=places, number=numbers, permanent=st.booleans())
    def delete_version(self, place: Place, number: int, *, permanent: bool) -> None:
        self._check(
            self.registry.delete(
                f"/subjects/{_path(place)}/versions/{number}?permanent={permanent}"
            ),
            lambda: self.world.delete_version(place, number, permanent=permanent),
        )

    @rule(place=places, permanent=st.booleans())
    def delete_subject(self, place: Place, *, permanent: bool) -> None:
        self._check(
            self.registry.delete(f"/subjects/{_path(place)}?permanent={permanent}"),
            lambda: self.world.delete_subject(place, permanent=permanent),
        )

    @rule(scope=scopes, level=st.sampled_from([*_LEVELS, None]))
    def put_level(self, scope: Place, level: str | None) -> None:
        place = _setting("config", scope)
        if level is None:
            answer = self.registry.delete(place)
        else:
            answer = self.registry.put(place, json={"compatibility": level})
        self._check(answer, lambda: self.world.put_level(scope, level), lambda _: None)

    @rule(scope=scopes, mode=st.sampled_from(_MODES), force=st.booleans())
    def put_mode(self, scope: Place, mode: str | None, *, force: bool) -> None:
        place = _setting("mode", scope)
        if mode is None:
            answer = self.registry.delete(place)
        else:
            answer = self.registry.put(f"{place}?force={force}", json={"mode": mode})
        self._check(
            answer,
            lambda: self.world.put_mode(scope, mode, force=force),
            lambda _: None,
        )

    @rule(scope=scopes)
    def ask_for_settings(self, scope: Place) -> None:
        level = self.registry.get(f"{_setting('config', scope)}?defaultToGlobal=true")
        mode = self.registry.get(f"{_setting('mode', scope)}?defaultToGlobal=true")

        assert level.json()["compatibilityLevel"] == self.world.level(scope)
        assert mode.json()["mode"] == self.world.mode(scope)
        self.fired["GET settings: done"] += 1

    @rule(deleted=st.booleans())
    def list_subjects(self, *, deleted: bool) -> None:
        said = self.registry.get(f"/subjects?deleted={deleted}").json()

        shown = (
            self.world.subjects
            if deleted
            else filter(self.world.live, self.world.subjects)
        )
        assert said == [qualified(each) for each in sorted(shown)]
        self.fired["GET /subjects: listed"] += 1

    def _register(self, place: Place, content: Content, *, force: bool = False) -> None:
        answer = self.registry.post(
            f"/subjects/{_path(place)}/versions?force={force}",
            json=content.body(place[0]),
        )
        self._check(
            answer,
            lambda: self.world.register(place, content, force=force),
            lambda said: (said["id"], said["version"]),
        )

    def _referring(self, at: Place, number: int) -> Content:
        held = self.world.subjects.get(at, {}).get(number)
        # What refers would bring a name that is not `E`.
        assume(held is None or held.content.reference is None)
        return Content(reference=Reference(at, number))

    def _check(
        self,
        answer: httpx.Response,
        act: Callable[[], Any],
        said: Callable[[Any], Any] = lambda body: body,
    ) -> None:
        expected = _outcome(act)
        if isinstance(expected, RefusedError):
            assert answer.status_code == expected.code // 100, answer.text
            assert answer.json()["error_code"] == expected.code, answer.text
            outcome = str(expected.code)
        else:
            assert answer.status_code == 200, answer.text
            assert said(answer.json()) == expected
            outcome = "done"
        route = answer.request.url.path.split("/")[1]
        self.fired[f"{answer.request.method} /{route}: {outcome}"] += 1

    def _compare_all(self) -> None:
        """Compare all versions and all ids that ever were."""
        for place in self.world.subjects:
            self._compare_versions(place)
        for context, ids in self.world.contexts.items():
            for each in range(1, ids.last_id + 2):
                answer = self.registry.get(f"/schemas/ids/{each}?subject=:{context}:")
                content = self.world.content_of(context, each)
                if content is None:
                    assert answer.json()["error_code"] == 40403
                else:
                    assert answer.json()["schema"] == content.text

    def _compare_versions(self, place: Place) -> None:
        answer = self.registry.get(
            f"/subjects/{_path(place)}/versions?deletedAsNegative=true&deleted=true"
        )
        versions = self.world.subjects[place]
        numbers_ = [-n if versions[n].is_deleted else n for n in sorted(versions)]
        assert answer.json() == numbers_


def _outcome(act: Callable[[], Any]) -> Any:
    try:
        return act()
    except RefusedError as refusal:
        return refusal


def _path(place: Place) -> str:
    return quote(qualified(place), safe="")


def _setting(kind: str, scope: Place) -> str:
    context, name = scope
    if scope == (".", ""):
        return f"/{kind}"
    return f"/{kind}/{_path(scope) if name else quote(f':{context}:', safe='')}"
