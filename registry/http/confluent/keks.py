"""`/dek-registry/v1/keks`: key-encryption keys of clients that encrypt."""

from collections.abc import Sequence

from litestar import delete, get, post, put
from litestar.params import JSONBody

from registry.application import keks
from registry.domain.access import Permission
from registry.domain.keys import KekName
from registry.domain.model import Subject
from registry.http import parameters
from registry.http.authorisation import READS, held_later
from registry.http.confluent.key_bodies import KekBody, KekUpdateBody, NewKekBody
from registry.http.handling import PortsController, origin
from registry.http.media import CONFLUENT
from registry.http.parameters import (
    Deleted,
    InContext,
    KekNameText,
    Limit,
    Offset,
    Permanent,
    SubjectPrefixes,
    TestSharing,
    flag,
)
from registry.http.threads import in_thread

KEKS = "/dek-registry/v1/keks"


class KekController(PortsController):
    path = KEKS
    tags = ("Keys",)

    @get(
        operation_id="listKeks",
        opt=READS,
        summary="List the names of key-encryption keys",
        media_type=CONFLUENT,
    )
    @in_thread
    def list_keks(
        self,
        subject_prefixes: SubjectPrefixes = None,
        context: InContext = "",
        deleted: Deleted = "",
        offset: Offset = "0",
        limit: Limit = "0",
    ) -> list[str]:
        part = parameters.page(offset, limit)
        within = parameters.context(context)
        # A context that is named counts, wherever the keys are used.
        prefixes = [] if context else subject_prefixes or []
        found = keks.list_keks(self.ports, within, prefixes, with_deleted=flag(deleted))
        return found[part.offset :][: part.limit]

    @post(
        operation_id="createKek",
        opt=held_later(Permission.REGISTER),
        summary="Describe a key-encryption key",
        description="No key is shared: this registry calls no key management service.",
        status_code=200,
        media_type=CONFLUENT,
    )
    @in_thread
    def create_kek(
        self,
        data: JSONBody[NewKekBody],
        subject_prefixes: SubjectPrefixes = None,
        context: InContext = "",
        test_sharing: TestSharing = "",
    ) -> KekBody:
        keks.hold_unshared(flag(test_sharing))
        new = data.to_new(place(context, subject_prefixes))
        self.hold(Permission.REGISTER, named(new.name))
        return KekBody.of(keks.create_kek(self.ports, new, origin()))

    @get(
        "/{kek:segment}",
        operation_id="getKek",
        opt=READS,
        summary="Get a key-encryption key",
        media_type=CONFLUENT,
    )
    @in_thread
    def get_kek(
        self,
        kek: KekNameText,
        subject_prefixes: SubjectPrefixes = None,
        context: InContext = "",
        deleted: Deleted = "",
    ) -> KekBody:
        name = KekName(kek, place(context, subject_prefixes))
        found = keks.get_kek(self.ports, name, with_deleted=flag(deleted))
        return KekBody.of(found)

    @put(
        "/{kek:segment}",
        operation_id="updateKek",
        opt=held_later(Permission.CONFIGURE),
        summary="Change how a key-encryption key is described",
        media_type=CONFLUENT,
    )
    @in_thread
    def update_kek(
        self,
        kek: KekNameText,
        data: JSONBody[KekUpdateBody],
        subject_prefixes: SubjectPrefixes = None,
        context: InContext = "",
        test_sharing: TestSharing = "",
    ) -> KekBody:
        keks.hold_unshared(flag(test_sharing))
        name = KekName(kek, place(context, subject_prefixes))
        self.hold(Permission.CONFIGURE, named(name))
        found = keks.update_kek(self.ports, name, data.to_patch(), origin())
        return KekBody.of(found)

    @delete(
        "/{kek:segment}",
        operation_id="deleteKek",
        opt=held_later(Permission.DELETE),
        summary="Hide a key-encryption key, or remove a hidden one for good",
        status_code=204,
        media_type=CONFLUENT,
    )
    @in_thread
    def delete_kek(
        self,
        kek: KekNameText,
        subject_prefixes: SubjectPrefixes = None,
        context: InContext = "",
        permanent: Permanent = "",
    ) -> None:
        is_final = flag(permanent)
        name = KekName(kek, place(context, subject_prefixes))
        self.hold(Permission.PURGE if is_final else Permission.DELETE, named(name))
        act = keks.hard_delete_kek if is_final else keks.soft_delete_kek
        act(self.ports, name, origin())

    @post(
        "/{kek:segment}/undelete",
        operation_id="undeleteKek",
        opt=held_later(Permission.DELETE),
        summary="Show a hidden key-encryption key again",
        status_code=204,
        media_type=CONFLUENT,
    )
    @in_thread
    def undelete_kek(
        self,
        kek: KekNameText,
        subject_prefixes: SubjectPrefixes = None,
        context: InContext = "",
    ) -> None:
        name = KekName(kek, place(context, subject_prefixes))
        self.hold(Permission.DELETE, named(name))
        keks.undelete_kek(self.ports, name, origin())

    @post(
        "/{kek:segment}/test",
        operation_id="testKek",
        opt=READS,
        summary="Refused: this registry calls no key management service",
        status_code=200,
        media_type=CONFLUENT,
    )
    @in_thread
    def test_kek(
        self,
        kek: KekNameText,
        subject_prefixes: SubjectPrefixes = None,
        context: InContext = "",
    ) -> None:
        keks.try_kek(self.ports, KekName(kek, place(context, subject_prefixes)))


def named(kek: KekName) -> Subject:
    """Return a key's name as grants have it: their patterns cover keys as well."""
    return Subject(kek.name, kek.context)


def place(context: str, prefixes: Sequence[str] | None) -> str:
    """Return the context that is meant: the one named, or else that of a prefix.

    A path that begins with a context is rewritten to one with a prefix.
    """
    if context or not prefixes:
        return parameters.context(context)
    return Subject.parse(prefixes[0]).context
