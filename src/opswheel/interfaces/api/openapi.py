"""The OpenAPI document: what each route takes, answers and refuses, told from the routes themselves."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from starlette.requests import Request
from starlette.responses import Response

from .asked import encoded
from .problems import MEDIA, Problem
from .routing import ANSWER, ANSWERS, SAFE, Api
from .routing import MEDIA as OTHER

router = Api("document")
ALWAYS = (400, 401, 403, 404, 413, 422, 429, 500, 503)
"""What any request can meet: wrong use, no sign-in, no permission, nothing there, too much, a defect, no engine."""
CHANGES = (409, 412)
"""What a change can meet beside."""
_METHODS = ("get", "post", "put", "patch", "delete")
_REF = "#/components/schemas/{model}"


@router.ask("/openapi.json", role="anyone")
def document(request: Request) -> Response:
    """This document."""
    return Response(encoded(openapi(request.app)), 200, {"Cache-Control": "public, max-age=300"}, "application/json")


def openapi(app: FastAPI) -> dict[str, Any]:
    """The document of the API of an application, made once."""
    made: dict[str, Any] | None = getattr(app.state, "openapi", None)
    if made is None:
        made = get_openapi(
            title="Opswheel",
            version=app.version,
            summary="Where a marketplace business is losing sales, the costliest loss first.",
            description="Names and keys are those of the commands. Every error is a problem document (RFC 9457).",
            routes=app.routes,
            separate_input_output_schemas=False,
        )
        _tell(made)
        app.state.openapi = made
    return made


def _tell(made: dict[str, Any]) -> None:
    """Put in what the framework cannot know: our problem documents, the answers' keys, and how to sign in."""
    operations = [(method, op) for path in made["paths"].values() for method, op in path.items() if method in _METHODS]
    names = sorted({op[ANSWER] for _, op in operations if ANSWER in op})
    models: list[type[BaseModel]] = [Problem, *(ANSWERS[name] for name in names)]
    _, told = models_json_schema([(m, "serialization") for m in models], ref_template=_REF)
    schemas = made.setdefault("components", {}).setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas |= told["$defs"]
    problem = {MEDIA: {"schema": {"$ref": _REF.format(model="Problem")}}}
    for method, op in operations:
        replies = op["responses"]
        name, other = op.pop(ANSWER, None), op.pop(OTHER, None)
        content = {other: {"schema": {"type": "string"}}} if other else {}
        if name is not None:
            content["application/json"] = {"schema": {"$ref": _REF.format(model=name)}}
        if content:
            replies[next(code for code in replies if code.startswith("2"))]["content"] = content
        if method.upper() in SAFE:
            replies["304"] = {"description": "You have it already (`If-None-Match`)."}
        for status in (*ALWAYS, *(() if method.upper() in SAFE else CHANGES), 409):
            replies[str(status)] = {"description": HTTPStatus(status).phrase, "content": problem}
        op["security"] = [{"token": []}, {"session": []}]
    made["components"]["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer", "description": "An API token, ow_…"},
        "session": {"type": "apiKey", "in": "header", "name": "X-CSRF-Token", "description": "A signed-in browser."},
    }
