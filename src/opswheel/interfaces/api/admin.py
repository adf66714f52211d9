"""Who one is here, users, tokens, and the audit log, which nothing here changes."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path, Query
from starlette.responses import Response

from ...core.errors import BadRequest
from ..people import audit, csrf_of, sign_in_on, tokens, users
from ..people.asking import bearer_of, doer_of
from ..wiring import Workspace
from . import answers, bodies
from .asked import Asking, Writing, answer
from .bodies import AskedText
from .routing import Api

router = Api("people")
UserName = Annotated[str, Path(min_length=1, max_length=64), bodies.Clean]
TokenId = Annotated[str, Path(pattern="^[0-9a-f]{12}$")]


@router.ask("/me", answer=answers.Me)
def me(asked: Asking) -> Response:
    """Who you are here, what you may do, and what a script in your session sends along."""
    who, request = asked.who, asked.request
    told = {
        "name": who.name,
        "role": who.role,
        "accounts": sorted(who.accounts),
        "scopes": None if who.scopes is None else sorted(who.scopes),
        "via": who.via,
        "sign_in": sign_in_on(request),
        "csrf": None if bearer_of(request) is not None else csrf_of(request),
    }
    return answer(told)


@router.ask("/users", role="admin", scope="admin", whole=True, answer=answers.Users)
def list_users(asked: Asking) -> Response:
    """Everybody who may sign in, and who no longer may."""
    with asked.workspace.ledger.read() as connection:
        return answer({"users": users.listed(connection)})


@router.change("/users", role="admin", scope="admin", whole=True, status=201, answer=answers.User)
def add_user(asked: Writing, said: bodies.AddUser) -> Response:
    """Add somebody. With the first user, who must be an admin, sign-in begins."""

    def act(inside: Workspace) -> dict[str, Any]:
        return users.add(
            inside,
            said.name,
            role=said.role,
            password=said.password,
            accounts=said.accounts,
            email=said.email,
            doer=doer_of(asked.request),
        )

    return asked.write(None, "", act, status=201)


@router.change("/users/{name}", role="admin", scope="admin", method="PATCH", whole=True, answer=answers.User)
def change_user(asked: Writing, name: UserName, said: bodies.ChangeUser) -> Response:
    """Give somebody another role, accounts, password or e-mail address, or disable them; it holds at once."""

    def act(inside: Workspace) -> dict[str, Any]:
        return users.change(
            inside,
            name,
            role=said.role,
            accounts=said.accounts,
            password=said.password,
            email=said.email,
            disabled=said.disabled,
            doer=doer_of(asked.request),
        )

    return asked.write(None, "", act)


@router.ask("/tokens", scope="admin", answer=answers.Tokens)
def list_tokens(
    asked: Asking, everybody: Annotated[bool, Query(description="of all people; for admins")] = False
) -> Response:
    """Your tokens, never the tokens themselves."""
    if everybody:
        _administer(asked)
    with asked.workspace.ledger.read() as connection:
        return answer({"tokens": tokens.listed(connection, None if everybody else asked.who.name)})


@router.change("/tokens", role="viewer", scope="admin", status=201, answer=answers.NewToken)
def make_token(asked: Writing, said: bodies.MakeToken) -> Response:
    """Make a token for yourself; `token` is shown this once. It may do no more than you."""
    person = said.person or asked.who.name
    if person != asked.who.name:
        _administer(asked)

    def act(inside: Workspace) -> dict[str, Any]:
        doer = doer_of(asked.request)
        return tokens.make(inside, person, name=said.name, scopes=said.scopes, days=said.days, doer=doer)

    return asked.write(None, "", act, status=201, secret="token")  # noqa: S106


@router.change("/tokens/{number}", role="viewer", scope="admin", method="DELETE", answer=answers.Token)
def revoke_token(asked: Writing, number: TokenId) -> Response:
    """End a token at once: your own; anybody's if you are an admin."""
    person = None if asked.who.may("admin") and not asked.who.accounts else asked.who.name
    return asked.write(None, "", lambda w: tokens.revoke(w, number, person=person, doer=doer_of(asked.request)))


def _administer(asked: Asking) -> None:
    asked.who.must("admin")
    asked.who.must_see_all()


@router.ask("/audit", role="admin", scope="admin", whole=True, answer=answers.Audit)
def log(
    asked: Asking,
    who: AskedText = None,
    what: AskedText = None,
    cursor: AskedText = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Response:
    """Who did what, when, to what, from where: the newest first."""
    if cursor is not None and (len(cursor) != 28 or not set(cursor) <= set("0123456789abcdef")):
        raise BadRequest("This cursor is none of ours.", "Send `next_cursor` as it was given.")
    with asked.workspace.ledger.read() as connection:
        rows = audit.listed(connection, who=who, what=what, before=cursor, limit=limit + 1)
    more = rows[limit - 1]["id"] if len(rows) > limit else None
    return answer({"lines": rows[:limit], "next_cursor": more})
