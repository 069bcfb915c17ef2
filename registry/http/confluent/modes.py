"""`/mode`: what may be written in subjects, contexts and the registry."""

import msgspec
from litestar import delete, get, put
from litestar.params import JSONBody
from msgspec import UNSET, UnsetType

from registry.application import modes
from registry.application.configuration import ALWAYS_ANSWER, REGISTRY
from registry.domain.access import Permission
from registry.domain.configuration import Mode
from registry.domain.errors import InvalidModeError
from registry.domain.model import Subject
from registry.http.authorisation import READS, named_scope, needs, whole_registry
from registry.http.handling import PortsController, origin
from registry.http.media import CONFLUENT
from registry.http.parameters import (
    DefaultToGlobal,
    ForceMode,
    Recursive,
    SubjectName,
    flag,
)
from registry.http.threads import in_thread


class ModeBody(msgspec.Struct):
    mode: str


class ModeUpdateBody(msgspec.Struct):
    """A change, which is answered as it was sent; null clears."""

    mode: str | UnsetType | None = UNSET

    def to_mode(self) -> Mode | None:
        """Return what the use case takes.

        Raises:
            InvalidModeError: There is no such mode, or none is named.

        """
        if self.mode is UNSET:
            raise InvalidModeError
        return None if self.mode is None else Mode.parse(self.mode)


class DeletedModeBody(msgspec.Struct):
    """What a mode was; nothing where there was none."""

    mode: str | UnsetType = UNSET


class ModeController(PortsController):
    path = "/mode"
    tags = ("Modes",)

    @get(
        operation_id="getGlobalMode",
        opt=READS,
        summary="Get the mode of the registry",
        media_type=CONFLUENT,
    )
    @in_thread
    def get_global(self, default_to_global: DefaultToGlobal = "") -> ModeBody:
        within = flag(default_to_global)
        return ModeBody(modes.get_mode(self.ports, REGISTRY, in_scope=within))

    @put(
        operation_id="updateGlobalMode",
        opt=needs(Permission.ADMINISTER, whole_registry),
        summary="Change the mode of the registry",
        media_type=CONFLUENT,
    )
    @in_thread
    def update_global(
        self, data: JSONBody[ModeUpdateBody], force: ForceMode = ""
    ) -> ModeUpdateBody:
        self._update(REGISTRY, data, force)
        return data

    @delete(
        operation_id="deleteGlobalMode",
        opt=needs(Permission.ADMINISTER, whole_registry),
        summary="Let the registry be written to again; answers what the mode was",
        status_code=200,
        media_type=CONFLUENT,
    )
    @in_thread
    def delete_global(self, recursive: Recursive = "") -> DeletedModeBody:
        return self._delete(REGISTRY, recursive)

    @get(
        "/{subject:segment}",
        operation_id="getMode",
        opt=READS,
        summary="Get the mode of a subject or context",
        media_type=CONFLUENT,
    )
    @in_thread
    def get_mode(
        self, subject: SubjectName, default_to_global: DefaultToGlobal = ""
    ) -> ModeBody:
        scope = Subject.parse(subject)
        within = flag(default_to_global)
        return ModeBody(modes.get_mode(self.ports, scope, in_scope=within))

    @put(
        "/{subject:segment}",
        operation_id="updateMode",
        opt=needs(Permission.SET_MODE, named_scope, of_context=Permission.ADMINISTER),
        summary="Change the mode of a subject or context",
        media_type=CONFLUENT,
    )
    @in_thread
    def update_mode(
        self,
        subject: SubjectName,
        data: JSONBody[ModeUpdateBody],
        force: ForceMode = "",
    ) -> ModeUpdateBody:
        self._update(Subject.parse(subject), data, force)
        return data

    @delete(
        "/{subject:segment}",
        operation_id="deleteMode",
        opt=needs(Permission.SET_MODE, named_scope, of_context=Permission.ADMINISTER),
        summary="Forget the mode of a subject or context; answers what it was",
        status_code=200,
        media_type=CONFLUENT,
    )
    @in_thread
    def delete_mode(
        self, subject: SubjectName, recursive: Recursive = ""
    ) -> DeletedModeBody:
        return self._delete(Subject.parse(subject), recursive)

    def _update(self, scope: Subject, data: ModeUpdateBody, force: str) -> None:
        mode = data.to_mode()
        modes.update_mode(self.ports, scope, mode, origin(), force=flag(force))

    def _delete(self, scope: Subject, recursive: str) -> DeletedModeBody:
        all_below = flag(recursive)
        before = modes.delete_mode(self.ports, scope, origin(), recursive=all_below)
        if before is None and scope not in ALWAYS_ANSWER:
            return DeletedModeBody()
        return DeletedModeBody(before or Mode.READWRITE)
