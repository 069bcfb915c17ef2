"""The OpenAPI document of the server."""

from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin

from registry.version import VERSION

CONFIG = OpenAPIConfig(
    title="Wirepact",
    version=VERSION,
    path="/openapi",
    render_plugins=[JsonRenderPlugin(path="/")],
)
