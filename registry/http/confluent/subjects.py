"""`/subjects`: registering, looking up, listing and deleting versions."""

from litestar import delete, get, post
from litestar.params import JSONBody

from registry.application import deletion, lookup, registration, tagging
from registry.application.stored import Page, Visibility
from registry.domain.access import Permission
from registry.domain.errors import SubjectNotFoundError
from registry.domain.model import Subject
from registry.http import parameters
from registry.http.authorisation import READS, named_subject, needs
from registry.http.confluent.bodies import (
    AmendmentBody,
    RegisteredBody,
    SchemaBody,
    SubmissionBody,
)
from registry.http.handling import PortsController, origin
from registry.http.media import CONFLUENT
from registry.http.parameters import (
    EVERYWHERE,
    AsNegative,
    Deleted,
    DeletedOnly,
    DeletedOnlyAlias,
    FindTags,
    Force,
    Format,
    Limit,
    MetadataKeys,
    MetadataValues,
    Normalize,
    Offset,
    Permanent,
    Prefix,
    PrefixAlias,
    ReferenceFormat,
    ReferenceFormatAlias,
    SubjectName,
    VersionText,
    flag,
    visibility,
)
from registry.http.threads import in_thread

_VERSION = "/{subject:segment}/versions/{version:segment}"


class SubjectController(PortsController):
    path = "/subjects"
    tags = ("Subjects",)

    @get(
        operation_id="listSubjects",
        opt=READS,
        summary="List subjects",
        media_type=CONFLUENT,
    )
    @in_thread
    def list_subjects(
        self,
        subject_prefix: Prefix = None,
        subject_prefix_alias: PrefixAlias = None,
        deleted: Deleted = "",
        deleted_only: DeletedOnly = "",
        deleted_only_alias: DeletedOnlyAlias = "",
        offset: Offset = "0",
        limit: Limit = "0",
    ) -> list[str]:
        named = (subject_prefix, subject_prefix_alias, EVERYWHERE)
        given = next(each for each in named if each is not None)
        context, prefix = parameters.prefix(given)
        shown = visibility(deleted, deleted_only or deleted_only_alias)
        part = parameters.page(offset, limit)
        found = lookup.list_subjects(self.ports, context, prefix, shown, part)
        return [str(subject) for subject in found]

    @post(
        "/{subject:segment}/versions",
        operation_id="register",
        opt=needs(Permission.REGISTER, named_subject, force=Permission.OVERRIDE),
        summary="Register a schema",
        status_code=200,
        media_type=CONFLUENT,
    )
    @in_thread
    def register(
        self,
        subject: SubjectName,
        data: JSONBody[SubmissionBody],
        normalize: Normalize = "",
        force: Force = "",
        form: Format = "",
    ) -> RegisteredBody:
        submission = data.to_submission(flag(normalize) if normalize else None)
        found = registration.register(
            self.ports,
            Subject.parse(subject),
            submission,
            origin(),
            force=flag(force),
        )
        text = lookup.rendered(self.ports, found.subject, found.content, form)
        return RegisteredBody.of(found, text)

    @post(
        "/{subject:segment}",
        operation_id="findRegistered",
        opt=READS,
        summary="Find the version under which a schema is registered",
        status_code=200,
        media_type=CONFLUENT,
    )
    @in_thread
    def find_registered(
        self,
        subject: SubjectName,
        data: JSONBody[SubmissionBody],
        normalize: Normalize = "",
        deleted: Deleted = "",
        form: Format = "",
    ) -> SchemaBody:
        submission = data.to_submission(flag(normalize) if normalize else None)
        found = lookup.find_registered(
            self.ports, Subject.parse(subject), submission, visibility(deleted)
        )
        text = lookup.rendered(self.ports, found.subject, found.content, form)
        return SchemaBody.of(found, text)

    @get(
        "/{subject:segment}/metadata",
        operation_id="getLatestWithMetadata",
        opt=READS,
        summary="Get the newest version with certain metadata",
        media_type=CONFLUENT,
    )
    @in_thread
    def get_latest_with_metadata(
        self,
        subject: SubjectName,
        keys: MetadataKeys = None,
        values: MetadataValues = None,
        deleted: Deleted = "",
        form: Format = "",
    ) -> SchemaBody:
        found = lookup.find_with_metadata(
            self.ports,
            Subject.parse(subject),
            parameters.properties(keys, values),
            visibility(deleted),
        )
        text = lookup.rendered(self.ports, found.subject, found.content, form)
        return SchemaBody.of(found, text)

    @get(
        "/{subject:segment}/versions",
        operation_id="listVersions",
        opt=READS,
        summary="List the versions of a subject",
        media_type=CONFLUENT,
    )
    @in_thread
    def list_versions(
        self,
        subject: SubjectName,
        deleted: Deleted = "",
        deleted_only: DeletedOnly = "",
        deleted_only_alias: DeletedOnlyAlias = "",
        deleted_as_negative: AsNegative = "",
        offset: Offset = "0",
        limit: Limit = "0",
    ) -> list[int]:
        wanted = Subject.parse(subject)
        part = parameters.page(offset, limit)
        if not flag(deleted_as_negative):
            shown = visibility(deleted, deleted_only or deleted_only_alias)
            uses = lookup.list_versions(self.ports, wanted, shown, part)
            return [use.version for use in uses]
        uses = lookup.list_versions(self.ports, wanted, Visibility.ALL, Page())
        if not flag(deleted) and all(use.is_deleted for use in uses):
            # A subject with nothing but deleted versions is not there.
            raise SubjectNotFoundError(str(wanted))
        numbers = [-use.version if use.is_deleted else use.version for use in uses]
        return numbers[part.offset :][: part.limit]

    @get(
        _VERSION,
        operation_id="getVersion",
        opt=READS,
        summary="Get a version of a subject",
        media_type=CONFLUENT,
    )
    @in_thread
    def get_version(
        self,
        subject: SubjectName,
        version: VersionText,
        deleted: Deleted = "",
        form: Format = "",
        reference_format: ReferenceFormat = "",
        reference_format_alias: ReferenceFormatAlias = "",
        find_tags: FindTags = None,
    ) -> SchemaBody:
        found = lookup.get_version(
            self.ports,
            Subject.parse(subject),
            parameters.version(version),
            visibility(deleted),
        )
        text = lookup.rendered(self.ports, found.subject, found.content, form)
        wanted = reference_format or reference_format_alias
        return SchemaBody.of(
            found,
            text,
            qualified=parameters.is_qualified(wanted),
            tagged=tagging.tags_of(self.ports, found, find_tags or ()),
        )

    @post(
        f"{_VERSION}/tags",
        operation_id="amendVersion",
        opt=needs(Permission.CONFIGURE, named_subject),
        summary="Register a version again with other tags, metadata or rules",
        description="When nothing changes, nothing is written. Registering with"
        " `schemaTagsToAdd` and `schemaTagsToRemove` does the same to a new text.",
        status_code=200,
        media_type=CONFLUENT,
    )
    @in_thread
    def amend_version(
        self, subject: SubjectName, version: VersionText, data: JSONBody[AmendmentBody]
    ) -> RegisteredBody:
        found = tagging.amend(
            self.ports,
            Subject.parse(subject),
            parameters.version(version),
            data.to_amendment(),
            origin(),
        )
        return RegisteredBody.of(found, found.content.text)

    @get(
        f"{_VERSION}/schema",
        operation_id="getVersionText",
        opt=READS,
        summary="Get the text of a version, and nothing else",
        media_type=CONFLUENT,
    )
    @in_thread
    def get_text(
        self,
        subject: SubjectName,
        version: VersionText,
        deleted: Deleted = "",
        form: Format = "",
    ) -> str:
        found = lookup.get_version(
            self.ports,
            Subject.parse(subject),
            parameters.version(version),
            visibility(deleted),
        )
        return lookup.rendered(self.ports, found.subject, found.content, form)

    @get(
        f"{_VERSION}/referencedby",
        operation_id="listReferrers",
        opt=READS,
        summary="List the ids of the schemas that refer to a version",
        media_type=CONFLUENT,
    )
    @in_thread
    def list_referrers(
        self,
        subject: SubjectName,
        version: VersionText,
        deleted: Deleted = "",
        offset: Offset = "0",
        limit: Limit = "0",
    ) -> list[int]:
        found = lookup.list_referrers(
            self.ports,
            Subject.parse(subject),
            parameters.version(version),
            visibility(deleted),
            parameters.page(offset, limit),
        )
        return [*found]

    @delete(
        "/{subject:segment}",
        operation_id="deleteSubject",
        opt=needs(Permission.DELETE, named_subject, permanent=Permission.PURGE),
        summary="Hide a subject, or remove a hidden one for good",
        status_code=200,
        media_type=CONFLUENT,
    )
    @in_thread
    def delete_subject(
        self, subject: SubjectName, permanent: Permanent = ""
    ) -> list[int]:
        act = (
            deletion.hard_delete_subject
            if flag(permanent)
            else deletion.soft_delete_subject
        )
        return [*act(self.ports, Subject.parse(subject), origin())]

    @delete(
        _VERSION,
        operation_id="deleteVersion",
        opt=needs(Permission.DELETE, named_subject, permanent=Permission.PURGE),
        summary="Hide a version, or remove a hidden one for good",
        status_code=200,
        media_type=CONFLUENT,
    )
    @in_thread
    def delete_version(
        self, subject: SubjectName, version: VersionText, permanent: Permanent = ""
    ) -> int:
        act = (
            deletion.hard_delete_version
            if flag(permanent)
            else deletion.soft_delete_version
        )
        wanted = parameters.version(version)
        return act(self.ports, Subject.parse(subject), wanted, origin())
