"""What clients and probes ask of the server itself."""

from typing import Any

import msgspec
from litestar import get, post

from registry.http.authorisation import KNOWN
from registry.http.handling import PortsController
from registry.http.media import CONFLUENT
from registry.version import VERSION


class VersionBody(msgspec.Struct, rename="camel", omit_defaults=True):
    version: str
    commit_id: str = ""


class ServerController(PortsController):
    tags = ("Server",)

    @get(
        "/",
        operation_id="getRoot",
        opt=KNOWN,
        summary="See that the registry answers",
        sync_to_thread=False,
        media_type=CONFLUENT,
    )
    def get_root(self) -> dict[str, Any]:
        return {}

    @post(
        "/",
        operation_id="postRoot",
        opt=KNOWN,
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
        opt=KNOWN,
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
        opt=KNOWN,
        summary="Tell the version of this registry",
        sync_to_thread=False,
        media_type=CONFLUENT,
    )
    def get_version(self) -> VersionBody:
        return VersionBody(VERSION)

    @get(
        "/v1/metadata/deployment",
        operation_id="getDeployment",
        opt=KNOWN,
        summary="Tell how this registry is deployed",
        sync_to_thread=False,
        media_type=CONFLUENT,
    )
    def get_deployment(self) -> dict[str, list[str]]:
        return {"attributes": []}
