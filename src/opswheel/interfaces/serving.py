"""The server: one application that holds the API and the app over one workspace."""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from .. import __version__
from ..core.errors import NotAllowed, NotSignedIn, OpswheelError, TooMany
from .people import oidc
from .people.asking import note_refusal

if TYPE_CHECKING:
    from .wiring import Workspace

_log = logging.getLogger("opswheel.server")


def build_app(workspace: Workspace, *, listens: str = "127.0.0.1") -> FastAPI:
    """The application. Routers read `request.app.state.workspace`; nothing is opened before the first request.

    `listens` is the address the server is bound to: only on loopback is the person at this machine an admin without
    signing in, and only by its names may a server there be called.
    """
    from .api import PREFIX
    from .api import router as api
    from .api.buckets import Buckets
    from .api.limits import Doorkeeper
    from .web import router as web

    app = FastAPI(
        title="Opswheel", version=__version__, docs_url=None, redoc_url=None, openapi_url=None, lifespan=works
    )
    app.state.workspace, app.state.listens = workspace, listens
    app.state.buckets = Buckets(workspace.settings.serve.requests_per_minute)
    app.include_router(api, prefix=PREFIX)
    app.include_router(web)
    oidc.mount(app, workspace, os.environ.get(oidc.SECRET, ""), not_let_in)
    for kind in (OpswheelError, RequestValidationError, HTTPException, Exception):
        app.add_exception_handler(kind, told)
    app.add_middleware(Doorkeeper, refuse=told)
    return app


@contextlib.asynccontextmanager
async def works(app: FastAPI) -> AsyncIterator[None]:
    """While the server is up it does its work between requests, too: schedules, notices, webhooks."""
    from .service import start

    stop = await run_in_threadpool(start, app.state.workspace)
    yield
    await run_in_threadpool(stop)


def not_let_in(request: Request, error: OpswheelError) -> Response:
    """The sign-in page with the sentence that says why somebody was not let in."""
    from .web.errors import sign_in_page

    shown = sign_in_page(request, refused=str(error), status=error.http_status)
    if isinstance(error, TooMany):
        shown.headers["Retry-After"] = str(error.seconds)
    return shown


async def told(request: Request, error: Exception) -> Response:
    """The answer for an error: a problem document to programs, a page to people. Refusals are written down."""
    from .api.problems import as_ours, problem

    ours = as_ours(error)
    if isinstance(ours, NotSignedIn | NotAllowed):
        try:
            await note_refusal(request, ours.code)
        except Exception:  # a refusal stays one, also where the ledger cannot be written
            _log.exception("a refusal could not be written down")
    if request.url.path.startswith("/api/"):
        return problem(request, error)
    from .web.errors import page

    shown = page(request, ours or error)
    if isinstance(ours, TooMany):
        shown.headers["Retry-After"] = str(ours.seconds)
    return shown
