"""What clients and probes ask of the server itself; associations: there are none."""

from typing import Any

import msgspec
from litestar import get, post

from registry.http.handling import PortsController
from registry.http.media import CONFLUENT
from registry.http.parameters import (
    ResourceId,
    ResourceName,
    ResourceNamespace,
    SubjectName,
)
from registry.version import VERSION


class VersionBody(msgspec.Struct, rename="camel", omit_defaults=True):
    version: str
    commit_id: str = ""


class ServerController(PortsController):
    tags = ("Server",)

    @get(
        "/",
        operation_id="getRoot",
        summary="See that the registry answers",
        sync_to_thread=False,
        media_type=CONFLUENT,
    )
    def get_root(self) -> dict[str, Any]:
        return {}

    @post(
        "/",
        operation_id="postRoot",
        summary="See that the registry answers",
        sync_to_thread=False,
        status_code=200,
        media_type=CONFLUENT,
    )
    def post_root(self) -> dict[str, Any]:
        return {}

    @get(
        "/v1/metadata/id",
        operation_id="getClusterId",
        summary="Name this registry",
        sync_to_thread=False,
        media_type=CONFLUENT,
    )
    def get_cluster_id(self) -> dict[str, Any]:
        clusters = {"kafka-cluster": "", "schema-registry-cluster": "wirepact"}
        return {"scope": {"path": [], "clusters": clusters}}

    @get(
        "/v1/metadata/version",
        operation_id="getServerVersion",
        summary="Tell the version of this registry",
        sync_to_thread=False,
        media_type=CONFLUENT,
    )
    def get_version(self) -> VersionBody:
        return VersionBody(VERSION)

    @get(
        "/v1/metadata/deployment",
        operation_id="getDeployment",
        summary="Tell how this registry is deployed",
        sync_to_thread=False,
        media_type=CONFLUENT,
    )
    def get_deployment(self) -> dict[str, list[str]]:
        return {"attributes": []}

    @get(
        "/associations/resources/{namespace:segment}/{name:segment}",
        operation_id="listAssociations",
        summary="List the subjects that a topic is bound to",
        description="Always empty: topics use the subjects named after them. Clients"
        " ask before they first produce or consume a topic.",
        sync_to_thread=False,
        media_type=CONFLUENT,
    )
    def list_associations(
        self, namespace: ResourceNamespace, name: ResourceName
    ) -> list[dict[str, Any]]:
        return []

    @get(
        "/associations/resources/{resource_id:segment}",
        operation_id="listAssociationsOfResource",
        summary="List the subjects that a topic, given by its id, is bound to",
        description="Always empty.",
        sync_to_thread=False,
        media_type=CONFLUENT,
    )
    def list_associations_of_resource(
        self, resource_id: ResourceId
    ) -> list[dict[str, Any]]:
        return []

    @get(
        "/associations/subjects/{subject:segment}",
        operation_id="listAssociationsOfSubject",
        summary="List the topics that are bound to a subject",
        description="Always empty.",
        sync_to_thread=False,
        media_type=CONFLUENT,
    )
    def list_associations_of_subject(
        self, subject: SubjectName
    ) -> list[dict[str, Any]]:
        return []
