"""Who asks, and whether they mean it: what stands before every answer of the API and the app.

While nobody has an account here and the server listens to this machine only, the person at it is one local admin.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from ...core.contracts.people import USERS
from ...core.errors import NotAllowed, NotSignedIn
from . import attempts, audit, doors, passwords, sessions, tokens, users
from .who import Who

if TYPE_CHECKING:
    from ..wiring import Workspace

FIELD, HEADER = "csrf", "x-csrf-token"
"""Where a form and a script put what `csrf_of` gives."""


def workspace_of(request: Request) -> Workspace:
    """The workspace this server serves."""
    workspace: Workspace = request.app.state.workspace
    return workspace


def who(request: Request) -> Who:
    """Who asks; a dependency of every route. Raises NotSignedIn where nobody does."""
    found: Who | None = getattr(request.state, "who", None)
    if found is None:
        found = request.state.who = _recognised(request)
    return found


def _recognised(request: Request) -> Who:
    workspace = workspace_of(request)
    workspace.refresh()  # once a request, before anything is read by its settings
    now = workspace.clock.wall()
    if (said := bearer_of(request)) is not None:
        return tokens.known(workspace, said, now)
    cookie = request.cookies.get(cookie_name(workspace))
    if cookie is not None and (found := sessions.known(workspace, cookie, now)) is not None:
        return found
    if not sign_in_on(request) and at_this_machine(request):
        return Who(workspace.me, "admin", local=True)
    over = "Your sign-in is over." if cookie is not None else "Nobody is signed in."
    raise NotSignedIn(over, "Sign in, or send a token: Authorization: Bearer ow_….")


def bearer_of(request: Request) -> str | None:
    """The token a program came with."""
    kind, _, said = request.headers.get("authorization", "").partition(" ")
    return said.strip(" ") if kind.casefold() == "bearer" else None


def sign_in_on(request: Request) -> bool:
    """Whether there are users, so that everybody signs in. Once there are, there always are."""
    state = request.app.state
    if not getattr(state, "has_users", False):
        with workspace_of(request).ledger.read() as connection:
            state.has_users = users.any_user(connection)
    return bool(state.has_users)


def at_this_machine(request: Request) -> bool:
    """Whether a request can only come from the person at this machine: no proxy, loopback at both ends."""
    listens = getattr(request.app.state, "listens", "127.0.0.1")
    caller = request.client.host if request.client else ""
    return doors.is_loopback(listens) and doors.is_loopback(caller) and not doors.was_forwarded(request.headers)


def address_of(request: Request) -> str:
    """Where a request comes from."""
    return request.client.host if request.client else ""


def doer_of(request: Request) -> audit.Doer:
    """Who does something, for the audit log."""
    found: Who | None = getattr(request.state, "who", None)
    if found is None:
        return audit.Doer(None, "", address_of(request))
    return audit.Doer(found.name, found.via, address_of(request))


def cookie_name(workspace: Workspace) -> str:
    """One for each workspace: browsers do not tell servers on two ports of one host apart."""
    return f"opswheel_{_keyed(workspace, 'cookie')[:8]}"


def csrf_of(request: Request) -> str:
    """What a page puts into its forms (field `csrf`) or scripts send (header `X-CSRF-Token`): tied to this session."""
    workspace = workspace_of(request)
    cookie = request.cookies.get(cookie_name(workspace))
    return _keyed(workspace, f"csrf {sessions.digest(cookie) if cookie else ''}")


async def guarded(request: Request) -> None:
    """A dependency of every route that changes something: the request was made by our own page, not by another site's.

    Programs with a token need nothing: no browser sends that by itself. Raises NotAllowed.
    """
    if bearer_of(request) is not None:
        return
    if not doors.same_origin(request.headers):
        raise NotAllowed("This request comes from another site.", "Use the page of this server.")
    said = request.headers.get(HEADER)
    if said is None and request.headers.get("content-type", "").startswith(_FORMS):
        value = (await request.form()).get(FIELD)
        said = value if isinstance(value, str) else None
    fits = said is not None and hmac.compare_digest(said.encode(), csrf_of(request).encode())
    if not fits:
        raise NotAllowed(
            "The request lacks the page's own mark, or that is out of date.",
            "Load the page again; a script sends X-CSRF-Token from /api/v1/me, or a token.",
        )


_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


def sign_in(request: Request, response: Response, name: str, password: str) -> Who:
    """Sign somebody in: a fresh session and its cookie on `response`; any earlier one of this browser ends.

    Raises NotSignedIn in the same words and time for a wrong name and a wrong password, TooMany after too many.
    """
    workspace, address = workspace_of(request), address_of(request)
    now, said = workspace.clock.wall(), name.strip()
    with workspace.ledger.write() as connection:
        attempts.charge(connection, said, address, now)
    with workspace.ledger.read() as connection:
        table = USERS.sql_table()
        row = connection.execute(table.select().where(table.c.name == said)).one_or_none()
    right = passwords.fits(None if row is None else row.password, password)
    if row is None or not right or row.disabled_at is not None:
        with workspace.ledger.write() as connection:
            nobody = audit.Doer(None, "", address)
            audit.record(connection, nobody, "sign_in.refused", f"user/{said[:64]}", at=now)
        raise NotSignedIn("Name or password is wrong.", "Try again, or ask an admin.")
    return enter(request, response, row.name)


def enter(request: Request, response: Response, name: str, how: str = "password") -> Who:
    """Begin a session for somebody who has shown who they are."""
    workspace, address = workspace_of(request), address_of(request)
    now, before = workspace.clock.wall(), request.cookies.get(cookie_name(workspace))
    with workspace.ledger.write() as connection:
        attempts.clear(connection, name, address)
        if before is not None:
            sessions.end(connection, before)
        cookie = sessions.begin(connection, workspace, name, address, now)
        doer = audit.Doer(name, "session", address)
        audit.record(connection, doer, "sign_in", f"user/{name}", at=now, detail={"how": how})
    response.set_cookie(
        cookie_name(workspace),
        cookie,
        max_age=int(workspace.settings.serve.session_hours * 3600),
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
    found = sessions.known(workspace, cookie, now)
    assert found is not None
    request.state.who = found
    return found


def sign_out(request: Request, response: Response) -> None:
    """End the session of this browser, here and in the ledger."""
    workspace = workspace_of(request)
    cookie = request.cookies.get(cookie_name(workspace))
    if cookie is not None:
        found = sessions.known(workspace, cookie, workspace.clock.wall())
        with workspace.ledger.write() as connection:
            sessions.end(connection, cookie)
            if found is not None:
                doer = audit.Doer(found.name, found.via, address_of(request))
                audit.record(connection, doer, "sign_out", f"user/{found.name}", at=workspace.clock.wall())
    response.delete_cookie(cookie_name(workspace), httponly=True, samesite="lax")


async def note_refusal(request: Request, code: str) -> None:
    """Write down that somebody was refused; what nobody signed in asks for without any credential is not."""
    found: Who | None = getattr(request.state, "who", None)
    workspace = workspace_of(request)
    came_with_something = bearer_of(request) is not None or cookie_name(workspace) in request.cookies
    if found is None and not came_with_something:
        return

    def write() -> None:
        with workspace.ledger.write() as connection:
            subject = f"{request.method} {request.url.path}"[:200]
            audit.record(
                connection, doer_of(request), "refused", subject, at=workspace.clock.wall(), detail={"code": code}
            )

    await run_in_threadpool(write)


def _keyed(workspace: Workspace, words: str) -> str:
    return hmac.new(workspace.key.encode(), f"opswheel {words}".encode(), hashlib.sha256).hexdigest()
