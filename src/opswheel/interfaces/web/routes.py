"""Every screen's routes in one router; a screen adds its own router to the end of ROUTERS."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response

from . import (
    acting,
    decisions,
    growth,
    habits,
    intent,
    issue,
    learning,
    match,
    notices,
    performance,
    settings,
    settings_hours,
    settings_people,
    settings_prices,
    sign,
    sources,
    today,
    wheel,
)
from .guard import guarded
from .pages import back, static_file

frame = APIRouter()


@frame.get("/static/{asked}/{name}")
def static(request: Request, asked: str, name: str) -> Response:
    """A static file."""
    return static_file(request, asked, name)


@frame.post("/looks", dependencies=[Depends(guarded)])
def looks(request: Request, theme: str = Form(""), keys: str = Form(""), next: str = Form("/")) -> Response:
    """Light or dark, and whether letters are keys: a person's own choice, kept in their browser."""
    response = back(request, next)
    for name, value, known in (("theme", theme, ("light", "dark")), ("keys", keys, ("on", "off"))):
        if value in known:
            response.set_cookie(name, value, max_age=31_536_000, samesite="lax", httponly=True)
    return response


ROUTERS: tuple[APIRouter, ...] = (
    frame,
    today.router,
    issue.router,
    acting.router,
    sign.router,
    wheel.router,
    sources.router,
    match.router,
    intent.router,
    growth.router,
    habits.router,
    settings.router,
    settings_hours.router,
    settings_people.router,
    settings_prices.router,
    notices.router,
    performance.router,
    decisions.router,
    learning.router,
)
"""Routers of the screens. Add yours at the end."""

router = APIRouter(include_in_schema=False)
for _each in ROUTERS:
    router.include_router(_each)
