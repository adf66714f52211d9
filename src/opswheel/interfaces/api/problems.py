"""Every error as a problem document (RFC 9457): the one place that maps errors to HTTP."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from ...core.errors import BadRequest, NoSuchMethod, NotFound, OpswheelError, TooMany

MEDIA = "application/problem+json"
KINDS = "urn:opswheel:error:"
"""What `type` begins with: a name, since there is no page behind it."""
MOST_TOLD = 20
"""The most wrong values named at once."""


class Wrong(BaseModel):
    """One value of a request that cannot be meant."""

    where: str = Field(description="such as `body.minutes` or `query.limit`")
    what: str = Field(description="what is wrong with it")


class Problem(BaseModel):
    """What went wrong: `code` is stable and listed in the reference of errors; `next_step` says what to do."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    next_step: str
    instance: str = Field(description="the path asked for")
    errors: list[Wrong] | None = Field(default=None, description="each wrong value, where that is what went wrong")


def as_ours(error: Exception) -> OpswheelError | None:
    """The error of ours that one of the framework's stands for; None for a defect."""
    if isinstance(error, OpswheelError):
        return error
    if isinstance(error.__cause__, OpswheelError):  # what our own code said while the framework read the body
        return error.__cause__
    if isinstance(error, RequestValidationError):
        first = _wrongs(error)[0]
        return BadRequest(f"{first['where']}: {first['what']}.", "The OpenAPI document tells what is taken.")
    if isinstance(error, HTTPException):
        if error.status_code == HTTPStatus.NOT_FOUND:
            return NotFound("There is nothing at this address.", "/api/v1/openapi.json lists what there is.")
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            return NoSuchMethod("This address does not take this method.", "/api/v1/openapi.json lists what it takes.")
        return BadRequest(f"The request cannot be read: {error.detail}.", "Send it whole and well formed.")
    return None


def problem(request: Request, error: Exception) -> Response:
    """The answer for an error; a defect tells nothing of its insides."""
    ours = as_ours(error)
    status = 500 if ours is None else ours.http_status
    code = "defect" if ours is None else ours.code
    told: dict[str, Any] = {
        "type": KINDS + code,
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": "Opswheel met something it did not foresee." if ours is None else ours.what,
        "code": code,
        "next_step": "Nothing half done is visible; please report it." if ours is None else ours.next_step,
        "instance": request.url.path,
    }
    if isinstance(error, RequestValidationError):
        told["errors"] = _wrongs(error)[:MOST_TOLD]
    return Response(json.dumps(told), status, _headers(error, ours), MEDIA)


def _headers(error: Exception, ours: OpswheelError | None) -> dict[str, str]:
    found = {"Cache-Control": "no-store"}
    if isinstance(error, HTTPException) and error.headers:
        found |= {k: v for k, v in error.headers.items() if k.casefold() == "allow"}
    if isinstance(ours, TooMany):
        found["Retry-After"] = str(ours.seconds)
    if ours is not None and ours.http_status == HTTPStatus.UNAUTHORIZED:
        found["WWW-Authenticate"] = 'Bearer realm="opswheel"'
    return found


def _wrongs(error: RequestValidationError) -> list[dict[str, str]]:
    """What was wrong, without repeating what was sent: that may be a secret."""
    return [
        {
            "where": ".".join(str(part)[:60] for part in one["loc"]),
            "what": str(one["msg"]).removeprefix("Value error, "),
        }
        for one in error.errors()
    ] or [{"where": "body", "what": "cannot be read"}]
