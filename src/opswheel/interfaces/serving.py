"""The server: one application that holds the API and the app over one workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import FastAPI

from .. import __version__

if TYPE_CHECKING:
    from .wiring import Workspace


def build_app(workspace: Workspace) -> FastAPI:
    """The application. Routers read `request.app.state.workspace`; nothing is opened before the first request."""
    from .api import router as api
    from .web import router as web

    app = FastAPI(title="Opswheel", version=__version__, docs_url=None, redoc_url=None, openapi_url=None)
    app.state.workspace = workspace
    app.include_router(api, prefix="/api/v1")
    app.include_router(web)
    return app
