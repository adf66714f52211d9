"""Pages for what went wrong: what it is, what was not lost, and the next step."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote, urlsplit

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from ...core.errors import NotAllowed, NotSignedIn, OpswheelError
from ..people import who
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
    over = error if isinstance(error, NotSignedIn) else _over(request, error)
    if over is not None:
        return _not_signed_in(request, over)
    ours = isinstance(error, OpswheelError)
    code = status or (error.http_status if isinstance(error, OpswheelError) else 500)
    told = {
        "title": TITLES.get(code, "That did not work" if ours else "Something went wrong here"),
        "said": error.what if isinstance(error, OpswheelError) else FAULT,
        "next_step": error.next_step if isinstance(error, OpswheelError) else "",
        "theme": request.cookies.get("theme", ""),
    }
    return _plain(request, "error.html", code, told)


def sign_in_page(  # noqa: PLR0913
    request: Request, *, to: str = "/", name: str = "", refused: str = "", status: int = 200, written: str = ""
) -> Response:
    """The form that asks who somebody is, and where they go from there."""
    told: dict[str, object] = {"to": safe_path(to), "name": name[:100], "refused": refused, "csrf": csrf_of(request)}
    told["written"] = written
    told["company"] = getattr(request.app.state, "oidc", None) is not None  # a company's own sign-in is set up
    return _plain(request, "sign_in.html", status, told | {"theme": request.cookies.get("theme", "")})


def _over(request: Request, error: BaseException) -> NotSignedIn | None:
    """Why a form of ours was refused, where that is a sign-in that ended: its mark then fits nobody."""
    if not isinstance(error, NotAllowed) or request.method != "POST" or request.url.path == "/sign-in":
        return None
    try:
        who(request)
    except NotSignedIn as found:
        return found
    return None


def _not_signed_in(request: Request, error: NotSignedIn) -> Response:
    """To the sign-in page and back; what was sent without a session is not lost: the page it came from keeps it."""
    if request.method == "GET" and not request.headers.get("X-Part"):
        asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"/sign-in?next={quote(asked)}", status_code=303, headers=HEADERS)
    came = urlsplit(request.headers.get("referer", "/"))
    to = (came.path or "/") + (f"?{came.query}" if came.query else "")
    return sign_in_page(request, to=to, refused=error.what, status=401, written=_written(request))


def _written(request: Request) -> str:
    """What somebody wrote into the form that could not be taken: shown again, so that it can be copied."""
    form = getattr(request, "_form", None) or {}
    found = (form.get(name) for name in ("text", "note", "why"))
    return next((said for said in found if isinstance(said, str) and said.strip()), "")


def _plain(request: Request, template: str, status: int, told: dict[str, Any]) -> Response:
    text = environment().get_template(template).render(told)
    response: Response = packed(request, HTMLResponse(text, status_code=status, headers=HEADERS))
    response.headers["Cache-Control"] = "no-store"
    return response
