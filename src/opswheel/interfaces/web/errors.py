"""Pages for what went wrong: what it is, what was not lost, and the next step."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote, urlsplit

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from ...core.errors import NotSignedIn, OpswheelError
from .guard import csrf_of
from .pages import HEADERS, environment, packed, safe_path

FAULT = "This is a fault of Opswheel, not of what you did. Nothing was half written. Try once more."
TITLES = {
    404: "Nothing here by that name",
    403: "That takes another role",
    409: "Somebody was there first",
    429: "Too many at once",
}


_COMMAND = re.compile(r"--\w|`?opswheel \w")


def told_here(error: OpswheelError) -> str:
    """What is wrong, and the next step where that is not a command somebody would have to type elsewhere."""
    step = "" if _COMMAND.search(error.next_step) else error.next_step
    return f"{error.what} {step}".strip()


def page(request: Request, error: BaseException, status: int | None = None) -> Response:
    """The page of an error of ours, or one that says that something else went wrong; never its insides."""
    if isinstance(error, NotSignedIn):
        return _not_signed_in(request, error)
    ours = isinstance(error, OpswheelError)
    code = status or (error.http_status if isinstance(error, OpswheelError) else 500)
    told = {
        "title": TITLES.get(code, "That did not work" if ours else "Something went wrong here"),
        "said": error.what if isinstance(error, OpswheelError) else FAULT,
        "next_step": error.next_step if isinstance(error, OpswheelError) else "",
        "theme": request.cookies.get("theme", ""),
    }
    return _plain(request, "error.html", code, told)


def sign_in_page(request: Request, *, to: str = "/", name: str = "", refused: str = "", status: int = 200) -> Response:
    """The form that asks who somebody is, and where they go from there."""
    told: dict[str, object] = {"to": safe_path(to), "name": name[:100], "refused": refused, "csrf": csrf_of(request)}
    told["company"] = getattr(request.app.state, "oidc", None) is not None  # a company's own sign-in is set up
    return _plain(request, "sign_in.html", status, told | {"theme": request.cookies.get("theme", "")})


def _not_signed_in(request: Request, error: NotSignedIn) -> Response:
    """To the sign-in page and back; what was sent without a session is not lost: the page it came from keeps it."""
    if request.method == "GET" and not request.headers.get("X-Part"):
        asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"/sign-in?next={quote(asked)}", status_code=303, headers=HEADERS)
    came = urlsplit(request.headers.get("referer", "/"))
    return sign_in_page(request, to=came.path or "/", refused=error.what, status=401)


def _plain(request: Request, template: str, status: int, told: dict[str, Any]) -> Response:
    text = environment().get_template(template).render(told)
    response: Response = packed(request, HTMLResponse(text, status_code=status, headers=HEADERS))
    response.headers["Cache-Control"] = "no-store"
    return response
