"""Routes that say who may use them. One that does not say so cannot be made."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from ...core.errors import NotSignedIn
from ..people import ROLES, SCOPES, Role, Scope, Who, guarded, who
from ..people.asking import address_of
from .buckets import Buckets

ROLE, SCOPE, WHOLE, ANSWER, MEDIA = "x-role", "x-scope", "x-all-accounts", "x-answer", "x-media"
"""How a route's needs stand in the OpenAPI document; what it answers is taken out of it again."""
ANSWERS: dict[str, type[BaseModel]] = {}
"""The models of every route's answer by name, for the OpenAPI document."""
SAFE = ("GET", "HEAD")


@dataclass(frozen=True)
class Needs:
    """What it takes to use a route: a role, a scope where a token asks, and whether one must see every account."""

    role: Role | None
    scope: Scope
    whole: bool

    def check(self, asker: Who) -> None:
        """Raises NotAllowed where somebody may not."""
        if self.role is not None:
            asker.must(self.role)
        asker.must_hold(self.scope)
        if self.whole:
            asker.must_see_all()


class Route(APIRoute):
    """A route that asks who it is, how often, whether they may, and whether they mean it, before anything is read."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        needs_of(self)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The framework's handler behind our questions."""
        inner, needs = super().get_route_handler(), needs_of(self)

        async def handle(request: Request) -> Response:
            await run_in_threadpool(_admit, request, needs)
            if request.method not in SAFE:
                await guarded(request)
            return await inner(request)

        return handle


def needs_of(route: APIRoute) -> Needs:
    """What a route declares; raises TypeError where it declares nothing."""
    told = route.openapi_extra or {}
    role, scope = told.get(ROLE), told.get(SCOPE)
    if role not in (*ROLES, "anyone") or scope not in SCOPES:
        raise TypeError(f"the route {route.path} does not say which role and scope it takes")
    return Needs(None if role == "anyone" else role, scope, bool(told.get(WHOLE)))


def _admit(request: Request, needs: Needs) -> None:
    buckets: Buckets = request.app.state.buckets
    try:
        asker = who(request)
    except NotSignedIn:
        buckets.take(f"from {address_of(request)}")
        if needs.role is None:
            return
        raise
    buckets.take(f"{asker.name} {asker.via}")
    needs.check(asker)


class Api(APIRouter):
    """A router whose routes say what they take."""

    def __init__(self, tag: str) -> None:
        super().__init__(tags=[tag], route_class=Route)

    def ask(  # noqa: PLR0913
        self,
        path: str,
        *,
        role: Role | str = "viewer",
        scope: Scope = "read",
        method: str = "GET",
        whole: bool = False,
        answer: type[BaseModel] | None = None,
        media: str | None = None,
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """A question: changes nothing. One that brings files is a POST; `media` is what it answers but JSON."""
        return self.api_route(path, methods=[method], **_declared(role, scope, whole, answer, media))

    def change(  # noqa: PLR0913
        self,
        path: str,
        *,
        role: Role,
        scope: Scope = "write",
        method: str = "POST",
        whole: bool = False,
        status: int = 200,
        answer: type[BaseModel] | None = None,
        media: str | None = None,
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Something that changes what is kept."""
        declared = _declared(role, scope, whole, answer, media)
        return self.api_route(path, methods=[method], status_code=status, **declared)


def _declared(role: str, scope: str, whole: bool, answer: type[BaseModel] | None, media: str | None) -> dict[str, Any]:
    extra: dict[str, Any] = {ROLE: role, SCOPE: scope, WHOLE: whole}
    if answer is not None:
        extra[ANSWER] = answer.__name__
        ANSWERS[answer.__name__] = answer
    if media is not None:
        extra[MEDIA] = media
    return {"openapi_extra": extra, "response_model": None}
