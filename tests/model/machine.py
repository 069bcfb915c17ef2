"""Calls in any order, made to the registry and to the model; they have to agree."""

from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from typing import Any
from urllib.parse import quote

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
)

from tests.model import calls
from tests.model.calls import CONTEXTS, PLAIN, Call, some_of
from tests.model.registry_model import (
    Content,
    Entry,
    Place,
    Properties,
    Reference,
    Refused,
    RegistryModel,
    Wanted,
)
from tests.services.in_process import InProcess

Start = Callable[[], AbstractContextManager[InProcess]]
"""Starts a registry that is empty."""

FIRED: Counter[tuple[str, int]] = Counter()
"""How often each call was made, with what status or error."""


class RegistryMachine(RuleBasedStateMachine):
    """One registry and its model; both begin empty."""

    @staticmethod
    def start() -> AbstractContextManager[InProcess]:
        raise NotImplementedError

    @classmethod
    def on(cls, start: Start) -> type["RegistryMachine"]:
        """Return the machine for registries that are started this way."""
        return type(cls.__name__, (cls,), {"start": staticmethod(start)})

    def __init__(self) -> None:
        super().__init__()
        self.model = RegistryModel()
        self._stack = ExitStack()
        self.registry = self._stack.enter_context(self.start())

    def teardown(self) -> None:
        self._stack.close()

    @initialize(
        first=st.lists(
            st.tuples(calls.plain, calls.texts, calls.properties),
            min_size=4,
            max_size=8,
        ),
        gone=st.lists(st.tuples(calls.plain, calls.numbers), max_size=3),
        level=st.sampled_from(calls.LEVELS),
    )
    def fill(self, *, first: list[Any], gone: list[Any], level: str) -> None:
        # From nothing, chance takes long to where things have to do with each other.
        for at, text, told in first:
            self.register(at=at, text=text, told=told, version=0, force=True)
        for at, version in gone:
            self.delete_version(at=at, version=version)
        self.put_config(scope=CONTEXTS[0], patch={"level": level})

    # Each rule is as likely as any other, so the calls are gathered by what they do.

    @rule(made=some_of(calls.REGISTERING))
    def register_something(self, *, made: list[Call]) -> None:
        self._make(made)

    @rule(made=some_of(calls.REGISTERING))
    def register_more(self, *, made: list[Call]) -> None:
        self._make(made)

    @rule(made=some_of(calls.REMOVING))
    def remove(self, *, made: list[Call]) -> None:
        self._make(made)

    @rule(made=some_of(calls.SETTLING))
    def settle(self, *, made: list[Call]) -> None:
        self._make(made)

    @rule(made=some_of(calls.READING))
    def read(self, *, made: list[Call]) -> None:
        self._make(made)

    @invariant()
    def all_versions_are_the_same(self) -> None:
        answer = self.registry.get("/schemas?subjectPrefix=:*:&deleted=true")

        expected = [_worded(at, entry) for at, entry in self.model.entries()]
        seen = [
            {key: each.get(key) for key in wanted}
            for each, wanted in zip(answer.json(), expected, strict=True)
        ]
        assert seen == expected

    # The calls of `calls`, by their names.

    def register(
        self, *, at: Place, text: str, told: Properties, version: int, force: bool
    ) -> None:
        wanted = Wanted(text, (), told, version, None, force)
        self._register("register", at, wanted)

    def register_the_latest_text(self, *, at: Place, told: Properties) -> None:
        self._register("register_the_latest_text", at, Wanted(None, (), told))

    def refer(self, *, at: Place, text: str, to: Place, version: int) -> None:
        written = to.name if to.context == at.context else f":{to.context}:{to.name}"
        number = _one_of(version, self.model.history(to, deleted=False))
        references = (Reference(written, number),)
        self._register("refer", at, Wanted(text, references, force=True))

    def take_over(
        self, *, at: Place, text: str, told: Properties, version: int, schema_id: int
    ) -> None:
        # Mostly where that is allowed.
        importing = [each for each in PLAIN if self.model.mode(each) == "IMPORT"]
        to = importing[PLAIN.index(at) % len(importing)] if importing else at
        if not importing and schema_id % 2:
            self.let_import(scope=at)
        self._register("take_over", to, Wanted(text, (), told, version, schema_id))

    def delete_version(self, *, at: Place, version: int) -> None:
        number = _one_of(version, self.model.history(at, deleted=False))
        self._agree(
            ("delete_version", "DELETE", f"{_path(at)}/versions/{number}"),
            lambda: self.model.soft_delete(at, number)[0],
        )

    def purge_version(self, *, at: Place, version: int) -> None:
        hidden = [each for each in self.model.history(at) if each.is_deleted]
        number = _one_of(version, hidden)
        path = f"{_path(at)}/versions/{number}?permanent=true"
        self._agree(
            ("purge_version", "DELETE", path),
            lambda: self.model.hard_delete(at, number)[0],
        )

    def delete_subject(self, *, at: Place) -> None:
        self._agree(
            ("delete_subject", "DELETE", _path(at)),
            lambda: self.model.soft_delete(at, None),
        )

    def purge_subject(self, *, at: Place) -> None:
        hidden = [
            each
            for each in sorted(self.model.subjects)
            if not self.model.history(each, deleted=False)
        ]
        to = hidden[len(str(at)) % len(hidden)] if hidden else at
        self._agree(
            ("purge_subject", "DELETE", f"{_path(to)}?permanent=true"),
            lambda: self.model.hard_delete(to, None),
        )

    def put_config(self, *, scope: Place, patch: dict[str, Any]) -> None:
        self._agree(
            ("put_config", "PUT", f"/config{_scope(scope)}"),
            lambda: _config(self.model.put_config(scope, patch), "compatibility"),
            body=_config(patch, "compatibility"),
            whole=True,
        )

    def delete_config(self, *, scope: Place) -> None:
        self._agree(
            ("delete_config", "DELETE", f"/config{_scope(scope)}"),
            lambda: _config(self.model.delete_config(scope), "compatibilityLevel"),
            whole=True,
        )

    def put_mode(self, *, scope: Place, mode: str | None, force: bool) -> None:
        def expected() -> object:
            self.model.put_mode(scope, mode, force=force)
            return {"mode": mode}

        path = f"/mode{_scope(scope)}?force={force}"
        self._agree(("put_mode", "PUT", path), expected, body={"mode": mode})

    def let_import(self, *, scope: Place) -> None:
        self.put_mode(scope=scope, mode="IMPORT", force=True)

    def let_all_write_again(self) -> None:
        # Modes shut a registry faster than chance opens it.
        self.delete_mode(scope=CONTEXTS[2], recursive=True)

    def delete_mode(self, *, scope: Place, recursive: bool) -> None:
        def expected() -> object:
            before = self.model.delete_mode(scope, recursive=recursive)
            return {} if before is None else {"mode": before}

        path = f"/mode{_scope(scope)}?recursive={recursive}"
        self._agree(("delete_mode", "DELETE", path), expected, whole=True)

    def find(self, *, at: Place, text: str, told: Properties, deleted: bool) -> None:
        there = self.model.history(at)
        if told is None and there:
            # Of what is there: what it has beside its text is to be inherited.
            text = there[len(text) % len(there)].content.text
        content = Content(text, (), told)
        self._agree(
            ("find", "POST", f"{_path(at)}?deleted={deleted}"),
            lambda: _worded(*self.model.find(at, content, deleted=deleted)),
            body=_submission(Wanted(text, (), told)),
        )

    def get(self, *, at: Place, version: int, deleted: bool) -> None:
        number = _one_of(version, self.model.history(at))
        self._agree(
            ("get", "GET", f"{_path(at)}/versions/{number}?deleted={deleted}"),
            lambda: _worded(*self.model.get(at, number, deleted=deleted)),
        )

    def get_with_metadata(self, *, at: Place, value: str | None, deleted: bool) -> None:
        def expected() -> object:
            wanted = {} if value is None else {"k": value}
            found = self.model.with_properties(at, wanted, deleted=deleted)
            return _worded(at, found)

        query = "" if value is None else f"&key=k&value={value}"
        path = f"{_path(at)}/metadata?deleted={deleted}{query}"
        self._agree(("get_with_metadata", "GET", path), expected)

    def get_by_id(self, *, context: str, schema_id: int) -> None:
        def expected() -> object:
            worded = _worded(*self.model.by_id(context, schema_id))
            del worded["id"]
            return worded

        path = f"/schemas/ids/{schema_id}?subject={quote(f':{context}:')}"
        self._agree(("get_by_id", "GET", path), expected)

    def list_versions(self, *, at: Place, deleted: bool) -> None:
        def expected() -> object:
            found = self.model.history(at, deleted=deleted)
            if not found:
                raise Refused(40401)
            return [each.number for each in found]

        path = f"{_path(at)}/versions?deleted={deleted}"
        self._agree(("list_versions", "GET", path), expected)

    def list_subjects(self, *, deleted: bool) -> None:
        def expected() -> object:
            seen = (
                at
                for at in sorted(self.model.subjects)
                if self.model.history(at, deleted=deleted)
            )
            return [str(at) for at in seen]

        self._agree(("list_subjects", "GET", f"/subjects?deleted={deleted}"), expected)

    def list_referrers(self, *, at: Place, version: int, deleted: bool) -> None:
        number = _one_of(version, self.model.history(at))

        def expected() -> object:
            place, wanted = self.model.get(at, number, deleted=True)
            found = (each for _, each in self.model.referrers(place, wanted.number))
            return sorted(
                {each.schema_id for each in found if deleted or not each.is_deleted}
            )

        path = f"{_path(at)}/versions/{number}/referencedby?deleted={deleted}"
        self._agree(("list_referrers", "GET", path), expected)

    def compare(self, *, at: Place, text: str) -> None:
        self._agree(
            ("compare", "POST", f"/compatibility{_path(at)}/versions"),
            lambda: {"is_compatible": self.model.is_compatible(at, text)},
            body={"schema": text},
        )

    def get_config(self, *, scope: Place, in_scope: bool) -> None:
        def expected() -> object:
            said = self.model.get_config(scope, in_scope=in_scope)
            return _config(said, "compatibilityLevel")

        path = f"/config{_scope(scope)}?defaultToGlobal={in_scope}"
        self._agree(("get_config", "GET", path), expected, whole=True)

    def get_mode(self, *, scope: Place, in_scope: bool) -> None:
        self._agree(
            ("get_mode", "GET", f"/mode{_scope(scope)}?defaultToGlobal={in_scope}"),
            lambda: {"mode": self.model.get_mode(scope, in_scope=in_scope)},
        )

    def _make(self, made: list[Call]) -> None:
        for name, arguments in made:
            getattr(self, name)(**arguments)

    def _register(self, name: str, at: Place, wanted: Wanted) -> None:
        def expected() -> object:
            worded = _worded(at, self.model.register(at, wanted))
            del worded["subject"]
            return worded

        path = f"{_path(at)}/versions?force={wanted.force}"
        self._agree((name, "POST", path), expected, body=_submission(wanted))

    def _agree(
        self,
        call: tuple[str, str, str],
        act: Callable[[], object],
        *,
        body: object = None,
        whole: bool = False,
    ) -> None:
        """Make a call on both sides; members that the model does not know are let be.

        Args:
            call: Its name, method and path.
            act: What the model answers, in the registry's words.
            whole: Whether the answer has nothing that the model does not know.

        """
        name, method, path = call
        answer = self.registry.request(method, path, json=body)
        seen = answer.json()
        code = 200
        try:
            expected = act()
        except Refused as refused:
            code, whole = refused.code, False
            expected = {"error_code": code}
        FIRED[name, code] += 1
        assert answer.status_code == int(str(code)[:3]), seen
        if isinstance(expected, dict) and not whole:
            seen = {key: seen.get(key) for key in expected}
        assert seen == expected


def _one_of(version: int, entries: list[Entry]) -> int:
    """Return the number of a version that is there, if it is to be one of those."""
    if not entries or version not in calls.PICKED:
        return version
    return entries[version % len(entries)].number


def _path(at: Place) -> str:
    return f"/subjects/{quote(str(at), safe='')}"


def _scope(scope: Place) -> str:
    return f"/{quote(str(scope), safe='')}" if str(scope) else ""


def _submission(wanted: Wanted) -> dict[str, Any]:
    """Word what a client sends."""
    given: dict[str, Any] = {
        "schema": wanted.text,
        "references": _references(wanted.references),
        "metadata": _metadata(wanted.properties),
        "version": wanted.version,
        "id": wanted.schema_id,
    }
    return {name: value for name, value in given.items() if value is not None}


def _worded(at: Place, entry: Entry) -> dict[str, Any]:
    """Word a version as it is answered; None stands for what is left out."""
    content = entry.content
    return {
        "subject": str(at),
        "version": entry.number,
        "id": entry.schema_id,
        "schema": content.text,
        "references": _references(content.references) or None,
        "metadata": _metadata(content.properties),
        "deleted": entry.is_deleted,
    }


def _references(references: tuple[Reference, ...]) -> list[dict[str, Any]]:
    return [
        {"name": "R", "subject": each.subject, "version": each.version}
        for each in references
    ]


def _metadata(properties: Properties) -> dict[str, Any] | None:
    if properties is None:
        return None
    return {"properties": dict(properties)} if properties else {}


def _config(said: dict[str, Any], level: str) -> dict[str, Any]:
    """Word what a place says; None is kept, as it clears."""
    added = {"default": "defaultMetadata", "override": "overrideMetadata"}
    return {
        added.get(name, level): _metadata(value) if name in added else value
        for name, value in said.items()
    }
