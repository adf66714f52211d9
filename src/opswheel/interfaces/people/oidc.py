"""Sign-in by a company's own identity provider: OpenID Connect, authorization code with PKCE.

The provider says who somebody is; what they may do is said here. A verified e-mail address that belongs to one enabled
user begins the same session a password does; nobody is added by signing in. State, nonce and PKCE verifier are made
from one random seed in a signed cookie of ten minutes, and each state is taken once.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.util import find_spec
from typing import TYPE_CHECKING

import sqlalchemy as sa
from fastapi import APIRouter, FastAPI
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ...core.contracts.people import KEPT_ANSWERS, USERS
from ...core.errors import BadSettings, NotSignedIn, OpswheelError
from . import audit
from .asking import address_of, cookie_name, enter, workspace_of
from .provider import Provider

if TYPE_CHECKING:
    from ..wiring import Workspace

START, BACK = "/sign-in/oidc", "/sign-in/oidc/back"
SECRET = "OPSWHEEL_OIDC_SECRET"  # noqa: S105  the name of a variable
LASTS = timedelta(minutes=10)
MOST_TEXT = 4_096
"""The longest value the provider may send back in an address."""
Refuse = Callable[[Request, OpswheelError], Response]

router = APIRouter()


def mount(app: FastAPI, workspace: Workspace, secret: str, refuse: Refuse) -> None:
    """Add the routes where `[serve.oidc]` is set up. Raises BadSettings where the secret or the extra is missing.

    `refuse` makes the page somebody sees who is not let in.
    """
    said = workspace.settings.serve.oidc
    if not said.issuer:
        return
    if find_spec("authlib") is None or find_spec("joserfc") is None:
        raise BadSettings(
            "[serve.oidc] needs the extra `oidc`, which is not installed here.", "pip install 'opswheel[oidc]'."
        )
    if not secret:
        raise BadSettings(
            f"[serve.oidc] is set up, and ${SECRET} is empty.", "Set it to the secret your provider gave this client."
        )
    app.state.oidc, app.state.oidc_refuse = Provider(said.issuer, said.client_id, said.scopes, secret), refuse
    app.include_router(router)


@dataclass(frozen=True)
class Trip:
    """One way to the provider and back."""

    seed: str
    to: str
    ends: int

    def part(self, workspace: Workspace, what: str) -> str:
        """`state`, `nonce` or `verifier` of this trip: nobody can make one from another, or without the cookie."""
        made = hmac.new(workspace.key.encode(), f"opswheel oidc {what} {self.seed}".encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(made.digest()).decode().rstrip("=")


@router.get(START)
def start(request: Request, next: str = "/") -> Response:
    """Send somebody to the provider."""
    workspace, provider = workspace_of(request), _provider(request)
    try:
        request.app.state.buckets.take(f"from {address_of(request)}")
        ends = workspace.clock.wall() + LASTS
        trip = Trip(secrets.token_urlsafe(32), next[:1_000], _seconds(ends))
        parts = {what: trip.part(workspace, what) for what in ("state", "nonce", "verifier")}
        there = provider.address(back=_back(request), **parts)
    except OpswheelError as wrong:
        return _refused(request, wrong)
    response = RedirectResponse(there, status_code=303, headers={"Cache-Control": "no-store"})
    response.set_cookie(
        _cookie(workspace),
        _packed(workspace, trip),
        max_age=int(LASTS.total_seconds()),
        path=START,
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
    return response


@router.get(BACK)
def back(request: Request) -> Response:
    """Somebody comes from the provider: let them in as the user they are, or say why not."""
    try:
        request.app.state.buckets.take(f"from {address_of(request)}")
        trip = _trip(request)
        name = _known(request, trip)
        response: Response = RedirectResponse(_safe(trip.to), status_code=303, headers={"Cache-Control": "no-store"})
        enter(request, response, name, how="oidc")
    except OpswheelError as wrong:
        response = _refused(request, wrong)
    response.delete_cookie(_cookie(workspace_of(request)), path=START, httponly=True, samesite="lax")
    return response


def _trip(request: Request) -> Trip:
    """The trip this browser began; taken once. Raises NotSignedIn."""
    workspace = workspace_of(request)
    trip = _unpacked(workspace, request.cookies.get(_cookie(workspace), ""))
    now = workspace.clock.wall()
    if trip is None or trip.ends <= _seconds(now):
        raise NotSignedIn("This sign-in was begun in another browser, or too long ago.", "Begin again.")
    if not _same(request.query_params.get("state", ""), trip.part(workspace, "state")):
        raise NotSignedIn("This answer belongs to another sign-in.", "Begin again.")
    kept = KEPT_ANSWERS.sql_table()
    row = {"who": "", "key": f"oidc {hashlib.sha256(trip.seed.encode()).hexdigest()}", "request": "", "at": now}
    try:
        with workspace.ledger.write() as connection:
            connection.execute(kept.insert(), [row | {"status": None, "answer": None}])
    except sa.exc.IntegrityError as again:
        raise NotSignedIn("This sign-in was used already.", "Begin again.") from again
    return trip


def _known(request: Request, trip: Trip) -> str:
    """The user the provider speaks of. Raises NotSignedIn."""
    workspace, provider, said = workspace_of(request), _provider(request), request.query_params
    if said.get("error"):
        raise NotSignedIn("Your company's sign-in did not let you in.", "Try again, or ask whoever runs it.")
    code = said.get("code", "")
    if not code or len(code) > MOST_TEXT:
        raise NotSignedIn("Your company's sign-in sent no code.", "Begin again.")
    if said.get("iss", provider.issuer) != provider.issuer:
        raise NotSignedIn("This answer comes from another provider.", "Begin again.")
    parts = {what: trip.part(workspace, what) for what in ("verifier", "nonce")}
    told = provider.person(code, back=_back(request), now=_seconds(workspace.clock.wall()), **parts)
    email = told.get("email")
    if not isinstance(email, str) or not email or told.get("email_verified") is not True:
        raise NotSignedIn("Your company's sign-in tells no verified e-mail address.", "Ask whoever runs it.")
    return _user(workspace, email, address_of(request))


def _user(workspace: Workspace, email: str, address: str) -> str:
    users = USERS.sql_table()
    with workspace.ledger.read() as connection:
        rows = connection.execute(sa.select(users).where(users.c.email.is_not(None))).all()
    mine = [r for r in rows if r.email.casefold() == email.casefold()]
    if len(mine) == 1 and mine[0].disabled_at is None:
        return str(mine[0].name)
    with workspace.ledger.write() as connection:
        nobody, now = audit.Doer(None, "", address), workspace.clock.wall()
        subject = f"user/{mine[0].name}" if len(mine) == 1 else "user"  # a stranger's address is not kept
        audit.record(connection, nobody, "sign_in.refused", subject, at=now, detail={"how": "oidc"})
    raise NotSignedIn(f"Nobody who may sign in here has the e-mail address {email[:100]}.", "Ask an admin.")


def _refused(request: Request, wrong: OpswheelError) -> Response:
    refuse: Refuse = request.app.state.oidc_refuse
    return refuse(request, wrong)


def _provider(request: Request) -> Provider:
    provider: Provider = request.app.state.oidc
    return provider


def _back(request: Request) -> str:
    """Where the provider sends people back to: by the name this server was called."""
    return str(request.url.replace(path=BACK, query="", fragment=""))


def _safe(to: str) -> str:
    """`to` where it is a page of ours, else the first page."""
    ours = to.startswith("/") and not to.startswith(("//", "/\\")) and to.isprintable() and to.isascii()
    return to if ours else "/"


def _cookie(workspace: Workspace) -> str:
    return f"{cookie_name(workspace)}_oidc"


def _seconds(at: datetime) -> int:
    return int((at - datetime(1970, 1, 1)).total_seconds())


def _packed(workspace: Workspace, trip: Trip) -> str:
    told = base64.urlsafe_b64encode(json.dumps([trip.seed, trip.to, trip.ends]).encode()).decode()
    return f"{told}.{_mark(workspace, told)}"


def _unpacked(workspace: Workspace, said: str) -> Trip | None:
    told, _, mark = said.partition(".")
    if not _same(mark, _mark(workspace, told)):
        return None
    seed, to, ends = json.loads(base64.urlsafe_b64decode(told))
    return Trip(seed, to, ends)


def _mark(workspace: Workspace, told: str) -> str:
    return hmac.new(workspace.key.encode(), f"opswheel oidc cookie {told}".encode(), hashlib.sha256).hexdigest()


def _same(said: str, wanted: str) -> bool:
    return hmac.compare_digest(said.encode("utf-8", "replace"), wanted.encode())
