"""The server as one ASGI application, in layers.

From the outside in: known answers to known callers, the rest of what is sent, who asks,
what they may do, the hot path, the transport, aliases, the framework.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, cast

from litestar import Litestar
from litestar.routes import HTTPRoute

from registry.application.changes import Changes
from registry.application.ports import Ports
from registry.http import (
    authorisation,
    eager,
    errors,
    hosts,
    logs,
    openapi,
    paths,
    protection,
)
from registry.http.aliases import Aliases
from registry.http.asgi import App
from registry.http.authentication import Authentication, Gate
from registry.http.authorisation import NOBODY, Callers
from registry.http.by_id import ById
from registry.http.confluent.associations import (
    AssociationBatchController,
    AssociationController,
)
from registry.http.confluent.compatibility import CompatibilityController
from registry.http.confluent.configuration import ConfigController
from registry.http.confluent.contexts import ContextController
from registry.http.confluent.deks import DekController
from registry.http.confluent.exporters import ExporterController
from registry.http.confluent.keks import KekController
from registry.http.confluent.modes import ModeController
from registry.http.confluent.schemas import SchemaController
from registry.http.confluent.server import ServerController
from registry.http.confluent.subjects import SubjectController
from registry.http.front import Credentials, Front, Guards, NoGuards
from registry.http.governance.check import CheckController
from registry.http.governance.gathering import GatheringController
from registry.http.governance.moving import MovingController
from registry.http.governance.plans import PlanController
from registry.http.governance.policies import PolicyController
from registry.http.governance.schemas import DescriptionController
from registry.http.governance.trash import TrashController
from registry.http.health import Health, HealthController
from registry.http.lingering import Lingering
from registry.http.metrics import Counters, Layout, Scrape
from registry.http.rates import Admission
from registry.http.scraping import SCRAPED, MetricsController
from registry.http.threads import CHECKING_THREADS, LIMIT_S, Threads
from registry.http.transport import DEFAULT_BODY_LIMITS, BodyLimits, Transport

_CONTROLLERS: Final = (
    ServerController,
    SubjectController,
    SchemaController,
    ConfigController,
    ModeController,
    AssociationController,
    AssociationBatchController,
    KekController,
    DekController,
    ExporterController,
    ContextController,
    DescriptionController,
    PolicyController,
    GatheringController,
    TrashController,
    MovingController,
)
_CHECKERS: Final = (CompatibilityController, CheckController, PlanController)
Hook = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the server has around it, beside the ports.

    Attributes:
        cache_bytes: The most that encoded answers may occupy.
        gate: What asks clients who they are, who then see and do only what was granted
            to them; None where they need not say it, and may do everything.
        is_for_this_machine: Whether only its own machine is to ask, and anybody on it
            is answered; where there is no gate.
        is_tls: Whether the server speaks HTTPS.
        admission: Holds clients to their rates; None where they have none.
        log: Told of each request that is answered; None where they are not logged.
        counters_folder: Where all workers of this server count; None for one alone.
        handler_s: How long a request may take.
        on_startup: Called before the first request is taken.
        on_shutdown: Called after the last one has been answered.

    """

    health: Health
    cache_bytes: int
    gate: Gate | None = None
    is_for_this_machine: bool = False
    is_tls: bool = False
    admission: Admission | None = None
    log: Callable[[logs.Answered], None] | None = None
    counters_folder: Path | None = None
    body_limits: BodyLimits = DEFAULT_BODY_LIMITS
    handler_s: float = LIMIT_S
    on_startup: Sequence[Hook] = ()
    on_shutdown: Sequence[Hook] = ()


def create_app(ports: Ports, changes: Changes, around: Surroundings) -> App:
    """Build the server; tests and production differ only in what is handed in."""
    limit_s = around.handler_s
    threads = Threads(limit_s=limit_s)
    checking = Threads(CHECKING_THREADS, limit_s=limit_s)
    framework = routed(ports, around, threads, checking)
    folder = around.counters_folder
    layout = Layout.of([*_routes(framework), SCRAPED])
    counters = (
        Counters.private(layout) if folder is None else Counters.shared(layout, folder)
    )
    # Last: what is scraped has a place for each of the other routes.
    scrape = Scrape(counters, folder, around.health.is_database_up)
    framework.register(MetricsController.on(scrape))
    authorisation.hold_declared(framework)
    aliased = Aliases(
        cast(App, framework),
        ports,
        changes,
        threads,
        is_guarded=around.gate is not None,
    )
    methods = _methods(framework)
    protecting = protection.FIELDS_OF_TLS if around.is_tls else protection.FIELDS
    admission = around.admission
    transport = Transport(
        aliased,
        counters,
        around.body_limits,
        methods,
        protecting,
        admission,
        around.log,
    )
    by_id = ById(
        transport,
        changes,
        counters,
        around.cache_bytes,
        protecting,
        admission,
        is_private=around.gate is not None,
    )
    framework.on_shutdown.append(counters.publish)
    guarded: App = by_id
    guards: Guards = NoGuards()
    if around.gate is not None:
        callers = Callers(by_id, ports, changes, threads)
        guarded = authentication = Authentication(
            callers, transport, around.gate, changes
        )
        framework.on_shutdown.append(authentication.stop)
        guards = Credentials(authentication, callers)
    elif around.is_for_this_machine:
        guarded, guards = hosts.LocalHosts(by_id, transport), hosts.LocalNames()
    framework.on_startup.append(eager.begin_at_once)
    ordinary = eager.InTask(Lingering(guarded))
    front = Front(ordinary, by_id, changes, counters, guards, admission)
    # Not the object: to call it would take the server as long as half a look-up more.
    return front.answer


def routed(
    ports: Ports, around: Surroundings, threads: Threads, checking: Threads
) -> Litestar:
    """Build the routes, all but the one that scrapes what the others have counted.

    Args:
        threads: Where handlers wait for the store.
        checking: Where they compare schemas.

    """
    paths.register_segment_type()
    is_guarded = around.gate is not None
    seen = replace(ports, access=NOBODY) if is_guarded else ports
    return Litestar(
        route_handlers=[
            *(each.on(seen, threads) for each in _CONTROLLERS),
            *(each.on(seen, checking) for each in _CHECKERS),
            HealthController.on(around.health),
        ],
        exception_handlers=errors.HANDLERS,
        openapi_config=openapi.config(is_guarded=is_guarded),
        guards=[authorisation.guard] if is_guarded else [],
        logging_config=None,
        on_startup=[*around.on_startup],
        on_shutdown=[*around.on_shutdown, threads.stop, checking.stop, logs.flush],
        # The transport has read the body, up to a limit of its own.
        request_max_body_size=None,
    )


def _methods(framework: Litestar) -> Mapping[str, str]:
    methods: dict[str, set[str]] = {}
    for method, template in _routes(framework):
        methods.setdefault(template, set()).add(method)
    return {template: ", ".join(sorted(each)) for template, each in methods.items()}


def _routes(framework: Litestar) -> Iterator[tuple[str, str]]:
    for route in framework.routes:
        if isinstance(route, HTTPRoute):
            yield from ((method, route.path_format) for method in route.methods)
