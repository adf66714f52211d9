"""People, tokens and webhooks: who may come in, what acts for them, and who is told."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response

from ...core.errors import OpswheelError, WrongUse
from ...wheel.jobs_feed import EVENTS
from ..people import ROLES, SCOPES, Who, tokens, users, workspace_of
from ..people.asking import doer_of
from ..service import hooks
from .guard import Asks, guarded
from .pages import back, render
from .settings import tabs

router = APIRouter()
CHANGES = [Depends(guarded)]


@router.get("/settings/people")
def people(request: Request, asks: Asks) -> Response:
    """Everybody who may sign in."""
    asks.must("admin")
    with workspace_of(request).ledger.read() as connection:
        told = users.listed(connection)
    return render(request, asks, "settings_people.html", tabs=tabs(request, asks), told=told, roles=ROLES)


@router.post("/settings/people", dependencies=CHANGES)
def add_person(  # noqa: PLR0913
    request: Request,
    asks: Asks,
    name: str = Form(""),
    role: str = Form(""),
    password: str = Form(""),
    accounts: str = Form(""),
    email: str = Form(""),
) -> Response:
    """Add somebody. From the first one on, everybody signs in."""
    asks.must("admin")
    doer = doer_of(request)
    try:
        users.add(
            workspace_of(request),
            name.strip(),
            role=role,
            password=password,
            accounts=_names(accounts),
            email=email.strip() or None,
            doer=doer,
        )
    except OpswheelError as error:
        return back(request, "/settings/people", str(error), bad=True)
    return back(request, "/settings/people", f"{name.strip()} can sign in now.")


@router.post("/settings/people/{name}", dependencies=CHANGES)
def change_person(  # noqa: PLR0913
    request: Request,
    asks: Asks,
    name: str,
    role: str = Form(""),
    password: str = Form(""),
    disabled: str = Form(""),
) -> Response:
    """Another role, another password, or no way in any more."""
    asks.must("admin")
    try:
        users.change(
            workspace_of(request),
            name,
            role=role or None,
            password=password or None,
            disabled={"yes": True, "no": False}.get(disabled),
            doer=doer_of(request),
        )
    except OpswheelError as error:
        return back(request, "/settings/people", str(error), bad=True)
    return back(request, "/settings/people", f"{name}: changed, for their open sessions too.")


@router.get("/settings/tokens")
def list_tokens(request: Request, asks: Asks) -> Response:
    """Programs that act for somebody: one's own, and everybody's for an admin."""
    asks.must("operator")
    return _tokens(request, asks)


def _tokens(request: Request, asks: Who, fresh: str = "") -> Response:
    with workspace_of(request).ledger.read() as connection:
        told = tokens.listed(connection, None if asks.may("admin") else asks.name)
        everybody = [u["name"] for u in users.listed(connection)]
    return render(
        request,
        asks,
        "settings_tokens.html",
        tabs=tabs(request, asks),
        told=told,
        scopes=SCOPES,
        fresh=fresh,
        people=everybody if asks.may("admin") else [asks.name] if asks.name in everybody else [],
    )


@router.post("/settings/tokens", dependencies=CHANGES)
async def make_token(request: Request, asks: Asks) -> Response:
    """A new token; it is shown once."""
    asks.must("operator")
    form = await request.form()
    person = str(form.get("person") or asks.name)
    if person != asks.name:
        asks.must("admin")
    try:
        days = int(str(form.get("days") or "90"))
    except ValueError:
        return back(request, "/settings/tokens", "For how many days? Say a number.", bad=True)
    try:
        made = tokens.make(
            workspace_of(request),
            person,
            name=str(form.get("name") or ""),
            scopes=[str(s) for s in form.getlist("scopes")],
            days=days,
            doer=doer_of(request),
        )
    except OpswheelError as error:
        return back(request, "/settings/tokens", str(error), bad=True)
    return _tokens(request, asks, made["token"])


@router.post("/settings/tokens/{number}/revoke", dependencies=CHANGES)
def revoke_token(request: Request, asks: Asks, number: str) -> Response:
    """End a token at once."""
    asks.must("operator")
    try:
        tokens.revoke(
            workspace_of(request), number, person=None if asks.may("admin") else asks.name, doer=doer_of(request)
        )
    except OpswheelError as error:
        return back(request, "/settings/tokens", str(error), bad=True)
    return back(request, "/settings/tokens", "The token has ended.")


@router.get("/settings/webhooks")
def list_webhooks(request: Request, asks: Asks) -> Response:
    """Where events are sent."""
    asks.must("admin")
    return _webhooks(request, asks)


def _webhooks(request: Request, asks: Who, fresh: str = "") -> Response:
    workspace = workspace_of(request)
    return render(
        request,
        asks,
        "settings_webhooks.html",
        tabs=tabs(request, asks),
        told=hooks.list_hooks(workspace)["webhooks"],
        deliveries=hooks.list_deliveries(workspace, None, None, 20)["deliveries"],
        events=EVENTS,
        fresh=fresh,
    )


@router.post("/settings/webhooks", dependencies=CHANGES)
async def add_webhook(request: Request, asks: Asks) -> Response:
    """Send events to an address; its secret is shown once."""
    from starlette.concurrency import run_in_threadpool

    asks.must("admin")
    form = await request.form()
    events = [str(e) for e in form.getlist("events")]
    url = str(form.get("url") or "").strip()
    try:
        if not url:
            raise WrongUse("Where to?", "Say an address: https://…")
        made = await run_in_threadpool(hooks.add_hook, workspace_of(request), url, events, asks.name)
    except OpswheelError as error:
        return back(request, "/settings/webhooks", str(error), bad=True)
    return await run_in_threadpool(_webhooks, request, asks, made["secret"])


@router.post("/settings/webhooks/{number}/{act}", dependencies=CHANGES)
def act_on_webhook(request: Request, asks: Asks, number: int, act: str) -> Response:
    """Try one, or send nothing there any more."""
    asks.must("admin")
    workspace = workspace_of(request)
    try:
        if act == "remove":
            hooks.remove_hook(workspace, number)
            said = "Nothing is sent there any more."
        elif act == "test":
            told = hooks.test_hook(workspace, number)
            said = f"The ping: {told['delivery']['state']}. {told['delivery']['error'] or ''}".strip()
        else:
            raise WrongUse(f"{act[:40]!r} is nothing one can do to a webhook.", "One of: test, remove.")
    except OpswheelError as error:
        return back(request, "/settings/webhooks", str(error), bad=True)
    return back(request, "/settings/webhooks", said)


def _names(text: str) -> list[str]:
    return [part.strip() for part in text.replace(";", ",").split(",") if part.strip()]
