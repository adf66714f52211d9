"""Signing in and out."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from ...core.errors import NotSignedIn, OpswheelError
from ..people import sign_in, sign_out
from .errors import sign_in_page
from .guard import guarded
from .pages import HEADERS, back, safe_path

router = APIRouter()


@router.get("/sign-in")
def ask(request: Request, next: str = "/") -> Response:
    """The form that asks who somebody is."""
    return sign_in_page(request, to=next)


@router.post("/sign-in", dependencies=[Depends(guarded)])
def enter(request: Request, name: str = Form(""), password: str = Form(""), next: str = Form("/")) -> Response:
    """Begin a session, and go on where somebody was."""
    response = RedirectResponse(safe_path(next), status_code=303, headers=HEADERS)
    try:
        sign_in(request, response, name, password)
    except NotSignedIn as wrong:
        return sign_in_page(request, to=next, name=name, refused=str(wrong), status=401)
    except OpswheelError as wrong:
        return sign_in_page(request, to=next, name=name, refused=str(wrong), status=wrong.http_status)
    return response


@router.post("/sign-out", dependencies=[Depends(guarded)])
def leave(request: Request) -> Response:
    """End the session of this browser."""
    response = back(request, "/sign-in")
    sign_out(request, response)
    return response
