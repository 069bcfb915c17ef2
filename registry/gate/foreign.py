"""Plans for registries of other makes, over the API that all of them have.

Best effort: nothing is atomic there, and a level is judged by only once it is put. Each
step may be done again, so that a run which broke off is finished by the next one.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from registry.application.desired import Need, Providers, Wanted, referred
from registry.application.submission import Submission
from registry.domain.errors import RegistryError
from registry.domain.model import Subject
from registry.gate import told
from wirepact import RegistryClient
from wirepact.errors import (
    InvalidSchemaError,
    NotFoundError,
    RegistryResponseError,
)
from wirepact.schemas import Reference, Schema

Action = dict[str, Any]

COMPATIBLE: Final = "compatible"
INCOMPATIBLE: Final = "incompatible"
INVALID: Final = "invalid"
UNKNOWN: Final = "unknown"

_PLANNED: Final = 0
_KEPT_NOWHERE: Final = ("owner", "policies", "waivers")


class ForeignPlanError(Exception):
    """What is wanted cannot be had of a registry of this make."""


@dataclass(frozen=True, slots=True)
class Done:
    """A contract that was carried out, as the log of steps has it.

    Attributes:
        digest: Of what was wanted: a changed contract is carried out anew.

    """

    subject: str
    version: int
    digest: str


@dataclass(slots=True)
class _Item:
    """One wanted contract, as its body has it."""

    said: Mapping[str, Any]
    wanted: Wanted
    config: dict[str, Any] = field(default_factory=dict)

    @property
    def subject(self) -> str:
        return str(self.said["subject"])


class ForeignRegistry:
    """A registry that is brought to hold contracts step by step.

    Attributes:
        schemas: What the contracts' schemas are, as a plan has them; of those that are
            registered already, once it was planned.

    Args:
        done: What an earlier run has done.

    Raises:
        ForeignPlanError: Subjects would have to be deleted, or references lead nowhere.

    """

    def __init__(
        self,
        client: RegistryClient,
        desired: Mapping[str, Any],
        done: Iterable[Done] = (),
    ) -> None:
        if desired.get("prune"):
            raise ForeignPlanError("this registry keeps no owners: nothing is pruned")
        self._client = client
        self._done = {(each.subject, each.digest): each for each in done}
        self._items = {
            str(each["subject"]): _Item(each, _wanted(each))
            for each in desired["contracts"]
        }
        self._providers = Providers([each.wanted for each in self._items.values()])
        self._versions: dict[str, int] = {}
        self.schemas: list[dict[str, Any]] = []
        said = [desired, *desired["contracts"]]
        self.left_out = [
            key for key in _KEPT_NOWHERE if any(each.get(key) for each in said)
        ]

    def plan(self) -> Iterator[Action]:
        """Yield what would be done; nothing is written.

        Raises:
            ForeignPlanError: References form a cycle, or lead nowhere.
            WirepactError: The registry cannot be reached, or refuses.

        """
        for item in self._ordered():
            yield from self._configures(item)
            try:
                schema, is_known = self._schema(item)
            except ForeignPlanError as error:
                yield _told(item, "none", INVALID, error={"message": str(error)})
                continue
            version = self._find(item, schema) if is_known else None
            self._versions[item.subject] = version or _PLANNED
            if version is not None:
                self.schemas.append(self._there(item, version))
                continue
            verdict, messages = self._verdict(item, schema, is_known=is_known)
            yield _told(item, "register", verdict, messages=messages)

    def apply(self) -> Iterator[tuple[Action, Done | None]]:
        """Do it, level before schema, and yield each step once it is done.

        With the last step of a contract comes what the log of steps is to remember.

        Raises:
            ForeignPlanError: References form a cycle, or lead nowhere.
            WirepactError: The registry cannot be reached, or refuses; what was yielded
                until then is done.

        """
        for item in self._ordered():
            stamp = digest(item.said)
            before = self._done.get((item.subject, stamp))
            if before is not None:
                self._versions[item.subject] = before.version
                continue
            for action in self._configures(item):
                self._client.set_config(item.subject, **item.config)
                yield action, None
            schema, _ = self._schema(item)
            version = self._find(item, schema)
            is_new = version is None
            if version is None:
                version = self._register(item, schema)
            self._versions[item.subject] = version
            done = Done(item.subject, version, stamp)
            if is_new:
                yield _told(item, "register", COMPATIBLE, version=version), done

    def _ordered(self) -> Iterator[_Item]:
        order = self._providers.order(each.wanted for each in self._items.values())
        for around in order.cycles.values():
            raise ForeignPlanError(f"the references form a cycle: {around}")
        for wanted in order.wanted:
            yield self._items[str(wanted.subject)]

    def _configures(self, item: _Item) -> Iterator[Action]:
        """Yield a change of the subject's config, if there is one to make."""
        said = dict(item.said.get("config") or {})
        if item.said.get("level"):
            said["compatibility"] = item.said["level"]
        if not said:
            return
        try:
            present = self._client.get_config(item.subject)
        except NotFoundError:
            before: dict[str, Any] = {}
        else:
            # Some answer what holds in scope, as if the subject had said it.
            before = {**present.details, "compatibility": present.level}
        differing = {
            key: value
            for key, value in said.items()
            if not told.same_members({key: value}, {key: before.get(key)})
            or (key == "compatibility" and value != before.get(key))
        }
        if differing:
            item.config = differing
            was = {key: before.get(key) for key in differing}
            yield _told(item, "configure", COMPATIBLE, before=was, after=differing)

    def _schema(self, item: _Item) -> tuple[Schema, bool]:
        """Return what is registered, and whether all that it refers to is there."""
        references = []
        for need in item.wanted.needs:
            subject, version = self._target(item, need)
            references.append(Reference(need.name, subject, version))
        schema = Schema(
            str(item.said["schema"]),
            str(item.said.get("schemaType") or "AVRO"),
            tuple(references),
            item.said.get("metadata"),
            item.said.get("ruleSet"),
        )
        return schema, all(each.version != _PLANNED for each in references)

    def _target(self, item: _Item, need: Need) -> tuple[str, int]:
        if need.version is not None and need.is_pinned and need.subject is not None:
            return need.subject, need.version
        try:
            provider = self._providers.find(need, item.wanted)
        except RegistryError as error:
            raise ForeignPlanError(f"{item.subject}: {error}") from error
        if provider is not None:
            subject = str(provider.subject)
            if subject not in self._versions:
                raise ForeignPlanError(f"{subject} is needed, and is refused")
            return subject, self._versions[subject]
        subject = str(referred(need.subject or "", item.wanted.subject))
        try:
            return subject, self._client.get_latest(subject).version
        except NotFoundError as error:
            told_as = f"{item.subject}: it uses '{need.name}' of {subject}"
            raise ForeignPlanError(f"{told_as}, which is not there") from error

    def _find(self, item: _Item, schema: Schema) -> int | None:
        try:
            return self._client.lookup(item.subject, schema).version
        except (NotFoundError, InvalidSchemaError):
            return None

    def _there(self, item: _Item, version: int) -> dict[str, Any]:
        latest = self._client.get_latest(item.subject).version
        there = {"version": version, "latest": latest, "isNew": False}
        return {"subject": item.subject, **there}

    def _register(self, item: _Item, schema: Schema) -> int:
        return self._client.register(item.subject, schema).version

    def _verdict(
        self, item: _Item, schema: Schema, *, is_known: bool
    ) -> tuple[str, list[str]]:
        """Ask under the level that is in force: another one cannot be asked for."""
        if not is_known:
            return UNKNOWN, ["what it refers to is not registered yet"]
        if item.config:
            return UNKNOWN, ["its config is not what it will be judged by yet"]
        try:
            found = self._client.test_compatibility(item.subject, schema)
        except NotFoundError:
            return COMPATIBLE, []
        except RegistryResponseError as error:
            return INVALID, [error.message]
        if found.is_compatible:
            return COMPATIBLE, []
        return INCOMPATIBLE, [*found.messages]


def digest(body: Mapping[str, Any]) -> str:
    """Return what stands for a body: the same content, the same digest."""
    text = json.dumps(body, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()


def written(done: Done) -> str:
    """Return a line of the log of steps."""
    facts = {"subject": done.subject, "version": done.version, "digest": done.digest}
    return f"{json.dumps(facts, ensure_ascii=False)}\n"


def read(text: str) -> Iterator[Done]:
    """Yield what a log of steps says; a line that was cut off says nothing."""
    for line in text.splitlines():
        try:
            said = json.loads(line)
            yield Done(said["subject"], int(said["version"]), said["digest"])
        except (ValueError, KeyError, TypeError):
            continue


def _wanted(said: Mapping[str, Any]) -> Wanted:
    needs = tuple(
        Need(each["name"], each.get("subject"), each.get("version"))
        for each in said.get("references") or ()
    )
    submission = Submission(said.get("schema"), said.get("schemaType"))
    return Wanted(Subject.parse(said["subject"]), submission, needs, said.get("name"))


def _told(item: _Item, action: str, verdict: str, **more: Any) -> Action:
    said = {key: value for key, value in more.items() if value is not None}
    return {"action": action, "subject": item.subject, "verdict": verdict, **said}
