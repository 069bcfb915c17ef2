"""`/metrics`: what all workers have counted."""

from typing import Final

from litestar import Controller, get

from registry.http.authorisation import INSIDE
from registry.http.metrics import Scrape

SCRAPED: Final = ("GET", "/metrics")
"""Method and path of the scrape itself, which is counted like any other route."""


class MetricsController(Controller):
    scrape: Scrape
    tags = ("Operation",)

    @classmethod
    def on(cls, scrape: Scrape) -> type["MetricsController"]:
        """Return the controller, bound to what it tells."""
        return type(cls.__name__, (cls,), {"scrape": scrape})

    @get(
        SCRAPED[1],
        operation_id="getMetrics",
        opt=INSIDE,
        summary="What all workers have counted, in Prometheus' text format",
        sync_to_thread=True,
        media_type="text/plain; version=0.0.4",
    )
    def metrics(self) -> str:
        return self.scrape.text().decode()
