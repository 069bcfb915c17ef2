"""What was soft-deleted: `/governance/v1/trash`, and the ways back out of it."""

from litestar import get, post

from registry.application import lookup, restoring, trash
from registry.domain.access import Permission
from registry.domain.model import Subject
from registry.http import parameters
from registry.http.authorisation import READS, named_subject, needs
from registry.http.confluent.bodies import SchemaBody
from registry.http.governance.bodies import RestoredBody, TrashBody, TrashedBody
from registry.http.handling import PortsController, origin
from registry.http.media import CONFLUENT
from registry.http.parameters import (
    EVERYWHERE,
    Limit,
    Offset,
    Prefix,
    RestoreForce,
    SubjectName,
    VersionText,
    flag,
)
from registry.http.threads import in_thread

_SUBJECT = "/subjects/{subject:segment}"


class TrashController(PortsController):
    path = "/governance/v1"
    tags = ("Governance",)

    @get(
        "/trash",
        operation_id="listTrash",
        opt=READS,
        summary="List what was soft-deleted, and what refers to it",
        media_type=CONFLUENT,
    )
    @in_thread
    def list_trash(
        self, subject_prefix: Prefix = None, offset: Offset = "0", limit: Limit = "0"
    ) -> TrashBody:
        given = EVERYWHERE if subject_prefix is None else subject_prefix
        context, prefix = parameters.prefix(given)
        part = parameters.page(offset, limit, parameters.MOST_SCHEMAS)
        days = self.ports.trash_retention_days
        found = trash.list_trash(self.ports, context, prefix, part)
        return TrashBody(days, tuple(TrashedBody.of(each, days) for each in found))

    @post(
        f"{_SUBJECT}/versions/{{version:segment}}/restore",
        operation_id="restoreVersion",
        opt=needs(Permission.DELETE, named_subject, force=Permission.OVERRIDE),
        summary="Make a soft-deleted version live again",
        description="Version and id are what they were. A live version stays as it is.",
        status_code=200,
        media_type=CONFLUENT,
    )
    @in_thread
    def restore_version(
        self, subject: SubjectName, version: VersionText, force: RestoreForce = ""
    ) -> SchemaBody:
        found = restoring.restore_version(
            self.ports,
            Subject.parse(subject),
            parameters.version(version),
            origin(),
            force=flag(force),
        )
        text = lookup.rendered(self.ports, found.subject, found.content, "")
        return SchemaBody.of(found, text)

    @post(
        f"{_SUBJECT}/restore",
        operation_id="restoreSubject",
        opt=needs(Permission.DELETE, named_subject, force=Permission.OVERRIDE),
        summary="Make all soft-deleted versions of a subject live again",
        status_code=200,
        media_type=CONFLUENT,
    )
    @in_thread
    def restore_subject(
        self, subject: SubjectName, force: RestoreForce = ""
    ) -> RestoredBody:
        wanted = Subject.parse(subject)
        found = restoring.restore_subject(
            self.ports, wanted, origin(), force=flag(force)
        )
        return RestoredBody(str(wanted), tuple(found))
