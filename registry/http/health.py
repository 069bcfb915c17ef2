"""Probes: whether the server lives, and whether it is ready for work."""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec
from litestar import Controller, get

from registry.http.authorisation import PUBLIC
from registry.http.errors import RefusedError


class HealthBody(msgspec.Struct):
    status: str


@dataclass(frozen=True, slots=True)
class Health:
    """How the server is, as the composition root knows it. Asked often: never waits.

    Attributes:
        is_database_up: Whether the last attempt to reach the database succeeded.
        why_not_ready: Why no new work should be sent here; None for nothing.

    """

    is_database_up: Callable[[], bool]
    why_not_ready: Callable[[], str | None]


class HealthController(Controller):
    health: Health
    tags = ("Operation",)

    @classmethod
    def on(cls, health: Health) -> type["HealthController"]:
        """Return the controller, bound to what it tells."""
        return type(cls.__name__, (cls,), {"health": health})

    @get(
        "/health/live",
        operation_id="getLiveness",
        opt=PUBLIC,
        summary="Whether the process answers; never asks the database",
        sync_to_thread=False,
        media_type="application/json",
    )
    def is_live(self) -> HealthBody:
        return HealthBody("live")

    @get(
        "/health/ready",
        operation_id="getReadiness",
        opt=PUBLIC,
        summary="Whether new work should be sent here",
        sync_to_thread=False,
        media_type="application/json",
    )
    def is_ready(self) -> HealthBody:
        reason = self.health.why_not_ready()
        if reason is not None:
            raise RefusedError(503, f"Not ready: {reason}")
        return HealthBody("ready")
