"""`/contexts`: which there are, and letting go of empty ones."""

from litestar import delete, get

from registry.application import contexts as use_cases
from registry.domain.access import Permission
from registry.http import contexts, parameters
from registry.http.authorisation import READS, named_context, needs
from registry.http.handling import PortsController, origin
from registry.http.media import CONFLUENT
from registry.http.parameters import ContextName, ContextPrefix, Limit, Offset
from registry.http.threads import in_thread


class ContextController(PortsController):
    path = "/contexts"
    tags = ("Contexts",)

    @get(
        operation_id="listContexts",
        opt=READS,
        summary="List contexts",
        description="Those in which something was registered; `.` is the default one.",
        media_type=CONFLUENT,
    )
    @in_thread
    def list_contexts(
        self,
        context_prefix: ContextPrefix = "",
        offset: Offset = "0",
        limit: Limit = "0",
    ) -> list[str]:
        part = parameters.page(offset, limit)
        return use_cases.list_contexts(self.ports, context_prefix, part)

    @delete(
        "/{context:segment}",
        operation_id="deleteContext",
        opt=needs(Permission.ADMINISTER, named_context),
        summary="Let an empty context no longer be listed",
        description="Its ids are not given again. An unknown one is no fault.",
        status_code=204,
    )
    @in_thread
    def delete_context(self, context: ContextName) -> None:
        use_cases.delete_context(self.ports, contexts.named(context), origin())
