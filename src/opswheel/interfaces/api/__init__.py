"""The REST API: the stations' own functions under `/api/v1`, with the names the commands have."""

from fastapi import APIRouter

from . import admin, issues, openapi, team, wheel

PREFIX = "/api/v1"
router = APIRouter()
parts = (issues, wheel, team, admin, openapi)
"""The modules that hold the routes, each under `router`."""
for part in parts:
    router.include_router(part.router)

__all__ = ["PREFIX", "parts", "router"]
