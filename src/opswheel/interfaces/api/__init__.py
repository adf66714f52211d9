"""The REST API: the stations' own functions under `/api/v1`, with the names the commands have."""

from fastapi import APIRouter

from . import admin, decisions, fixpack, growth, issues, learning, openapi, performance, planning, service, team, wheel

PREFIX = "/api/v1"
router = APIRouter()
parts = (
    *(issues, fixpack, wheel, team, decisions, learning, performance, planning, growth),
    *(service, admin, openapi),
)
"""The modules that hold the routes, each under `router`."""
for part in parts:
    router.include_router(part.router)

__all__ = ["PREFIX", "parts", "router"]
