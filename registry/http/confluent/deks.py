"""`/dek-registry/v1/keks/{kek}/deks`: data-encryption keys, as clients send them."""

from typing import Final

from litestar import delete, get, post
from litestar.params import JSONBody

from registry.application import deks
from registry.application.deks import Asked
from registry.domain.access import Permission
from registry.domain.errors import InvalidSubjectError
from registry.domain.keys import Algorithm, InvalidKeyError, KekName
from registry.domain.model import Subject
from registry.http import parameters
from registry.http.authorisation import READS, held_later, named_subject, needs
from registry.http.confluent.keks import KEKS, place
from registry.http.confluent.key_bodies import DekBody, NewDekBody
from registry.http.handling import PortsController, origin
from registry.http.media import CONFLUENT
from registry.http.parameters import (
    AlgorithmText,
    Deleted,
    InContext,
    KekNameText,
    Limit,
    Offset,
    Permanent,
    Rewrap,
    SubjectName,
    SubjectPrefixes,
    VersionText,
    flag,
)
from registry.http.threads import in_thread

_FIRST: Final = 1
_SUBJECT: Final = "/{subject:segment}"
_VERSION: Final = "/{subject:segment}/versions/{version:segment}"


class DekController(PortsController):
    path = f"{KEKS}/{{kek:segment}}/deks"
    tags = ("Keys",)

    @get(
        operation_id="listDekSubjects",
        opt=READS,
        summary="List the subjects that have a data-encryption key",
        media_type=CONFLUENT,
    )
    @in_thread
    def list_subjects(
        self,
        kek: KekNameText,
        subject_prefixes: SubjectPrefixes = None,
        context: InContext = "",
        deleted: Deleted = "",
        offset: Offset = "0",
        limit: Limit = "0",
    ) -> list[str]:
        part = parameters.page(offset, limit)
        name = KekName(kek, place(context, subject_prefixes))
        found = deks.list_subjects(self.ports, name, with_deleted=flag(deleted))
        return [str(each) for each in found[part.offset :][: part.limit]]

    @post(
        operation_id="createDek",
        opt=held_later(Permission.REGISTER),
        summary="Keep a data-encryption key, whose subject the body names",
        status_code=200,
        media_type=CONFLUENT,
    )
    @in_thread
    def create_dek(
        self, kek: KekNameText, data: JSONBody[NewDekBody], rewrap: Rewrap = ""
    ) -> DekBody:
        permission = Permission.CONFIGURE if flag(rewrap) else Permission.REGISTER
        self.hold(permission, Subject.parse(data.subject or ""))
        return self._created(kek, data.subject or "", data, rewrap)

    @post(
        _SUBJECT,
        operation_id="createDekOfSubject",
        opt=needs(Permission.REGISTER, named_subject, rewrap=Permission.CONFIGURE),
        summary="Keep a data-encryption key of a subject",
        status_code=200,
        media_type=CONFLUENT,
    )
    @in_thread
    def create_dek_of_subject(
        self,
        kek: KekNameText,
        subject: SubjectName,
        data: JSONBody[NewDekBody],
        rewrap: Rewrap = "",
    ) -> DekBody:
        return self._created(kek, subject, data, rewrap)

    @get(
        _SUBJECT,
        operation_id="getDek",
        opt=READS,
        summary="Get the first version of a data-encryption key",
        media_type=CONFLUENT,
    )
    @in_thread
    def get_dek(
        self,
        kek: KekNameText,
        subject: SubjectName,
        algorithm: AlgorithmText = "",
        deleted: Deleted = "",
    ) -> DekBody:
        asked = _asked(kek, subject, algorithm)
        return DekBody.of(
            deks.get_dek(self.ports, asked, _FIRST, with_deleted=flag(deleted))
        )

    @get(
        f"{_SUBJECT}/versions",
        operation_id="listDekVersions",
        opt=READS,
        summary="List the versions of a data-encryption key",
        media_type=CONFLUENT,
    )
    @in_thread
    def list_versions(
        self,
        kek: KekNameText,
        subject: SubjectName,
        algorithm: AlgorithmText = "",
        deleted: Deleted = "",
        offset: Offset = "0",
        limit: Limit = "0",
    ) -> list[int]:
        part = parameters.page(offset, limit)
        asked = _asked(kek, subject, algorithm)
        found = deks.list_versions(self.ports, asked, with_deleted=flag(deleted))
        return found[part.offset :][: part.limit]

    @get(
        _VERSION,
        operation_id="getDekVersion",
        opt=READS,
        summary="Get a version of a data-encryption key",
        media_type=CONFLUENT,
    )
    @in_thread
    def get_version(
        self,
        kek: KekNameText,
        subject: SubjectName,
        version: VersionText,
        algorithm: AlgorithmText = "",
        deleted: Deleted = "",
    ) -> DekBody:
        asked, wanted = _asked(kek, subject, algorithm), parameters.version(version)
        return DekBody.of(
            deks.get_dek(self.ports, asked, wanted, with_deleted=flag(deleted))
        )

    @delete(
        _SUBJECT,
        operation_id="deleteDek",
        opt=needs(Permission.DELETE, named_subject, permanent=Permission.PURGE),
        summary="Hide all versions of a data-encryption key, or remove hidden ones",
        status_code=204,
        media_type=CONFLUENT,
    )
    @in_thread
    def delete_dek(
        self,
        kek: KekNameText,
        subject: SubjectName,
        algorithm: AlgorithmText = "",
        permanent: Permanent = "",
    ) -> None:
        self._delete(_asked(kek, subject, algorithm), None, permanent)

    @delete(
        _VERSION,
        operation_id="deleteDekVersion",
        opt=needs(Permission.DELETE, named_subject, permanent=Permission.PURGE),
        summary="Hide a version of a data-encryption key, or remove a hidden one",
        status_code=204,
        media_type=CONFLUENT,
    )
    @in_thread
    def delete_version(
        self,
        kek: KekNameText,
        subject: SubjectName,
        version: VersionText,
        algorithm: AlgorithmText = "",
        permanent: Permanent = "",
    ) -> None:
        wanted = parameters.version(version)
        self._delete(_asked(kek, subject, algorithm), wanted, permanent)

    @post(
        f"{_SUBJECT}/undelete",
        operation_id="undeleteDek",
        opt=needs(Permission.DELETE, named_subject),
        summary="Show all hidden versions of a data-encryption key again",
        status_code=204,
        media_type=CONFLUENT,
    )
    @in_thread
    def undelete_dek(
        self, kek: KekNameText, subject: SubjectName, algorithm: AlgorithmText = ""
    ) -> None:
        asked = _asked(kek, subject, algorithm)
        deks.undelete_deks(self.ports, asked, None, origin())

    @post(
        f"{_VERSION}/undelete",
        operation_id="undeleteDekVersion",
        opt=needs(Permission.DELETE, named_subject),
        summary="Show a hidden version of a data-encryption key again",
        status_code=204,
        media_type=CONFLUENT,
    )
    @in_thread
    def undelete_version(
        self,
        kek: KekNameText,
        subject: SubjectName,
        version: VersionText,
        algorithm: AlgorithmText = "",
    ) -> None:
        asked, wanted = _asked(kek, subject, algorithm), parameters.version(version)
        deks.undelete_deks(self.ports, asked, wanted, origin())

    def _created(
        self, kek: str, subject: str, data: NewDekBody, rewrap: str
    ) -> DekBody:
        found = deks.create_dek(
            self.ports,
            _asked(kek, subject, data.algorithm),
            (
                _FIRST if data.version is None else data.version,
                data.encrypted_key_material,
            ),
            origin(),
            is_deleted=bool(data.deleted),
            rewraps=flag(rewrap),
        )
        return DekBody.of(found)

    def _delete(self, asked: Asked, version: int | None, permanent: str) -> None:
        act = deks.hard_delete_deks if flag(permanent) else deks.soft_delete_deks
        act(self.ports, asked, version, origin())


def _asked(kek: str, subject: str, algorithm: str | None) -> Asked:
    try:
        of = Subject.parse(subject).checked()
    except InvalidSubjectError:
        raise InvalidKeyError("subject", "is no name of a subject") from None
    return Asked(kek, of, Algorithm.parse(algorithm))
