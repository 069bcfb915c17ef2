"""`/exporters`: none, said in the way that clients understand."""

from typing import Final

from litestar import HttpMethod, get, post, route

from registry.domain.access import Permission
from registry.domain.exporters import ExporterNotFoundError
from registry.http.authorisation import KNOWN, needs, whole_registry
from registry.http.handling import PortsController
from registry.http.media import CONFLUENT
from registry.http.parameters import ExporterName

_ANY: Final = (HttpMethod.GET, HttpMethod.PUT, HttpMethod.DELETE)


class ExporterController(PortsController):
    path = "/exporters"
    tags = ("Exporters",)

    @get(
        operation_id="listExporters",
        opt=KNOWN,
        summary="List exporters: there are none",
        sync_to_thread=False,
        media_type=CONFLUENT,
    )
    def list_exporters(self) -> list[str]:
        return []

    @post(
        operation_id="createExporter",
        opt=needs(Permission.ADMINISTER, whole_registry),
        summary="Refused: this registry has no exporters",
        sync_to_thread=False,
        media_type=CONFLUENT,
    )
    def create_exporter(self) -> None:
        raise ExporterNotFoundError

    @route(
        ["/{name:segment}", "/{name:segment}/{part:segment}"],
        http_method=_ANY,
        include_in_schema=False,
        opt=KNOWN,
        sync_to_thread=False,
        status_code=200,
        media_type=CONFLUENT,
    )
    def refuse(self, name: ExporterName) -> None:
        raise ExporterNotFoundError(name)
