"""`users` and `tokens`: who may use the server, and programs that act for them."""

from __future__ import annotations

import sys
from typing import Annotated, Any

from cyclopts import App, Parameter

from ...core.errors import WrongUse
from .context import answer, console, options, workspace

users = App(name="users", help_format="plaintext", result_action="return_value")
tokens = App(name="tokens", help_format="plaintext", result_action="return_value")
Accounts = Annotated[list[str] | None, Parameter(name="--account", negative=())]
Flag = Annotated[bool, Parameter(negative=())]


@users.default
def list_users() -> int:
    """Everybody who may sign in at the server, and who no longer may."""
    from ..people.users import listed

    with workspace().ledger.read() as connection:
        return _show_users(listed(connection))


@users.command(name="add")
def add_user(name: str, /, *, role: str, account: Accounts = None, email: str | None = None) -> int:
    """Add somebody; the password is asked for. With the first one, who must be an admin, sign-in begins.

    Parameters
    ----------
    name
        As owners are named.
    role
        viewer, operator, lead or admin.
    account
        A seller account they see; again for more; all, if not given.
    email
        Their e-mail address.
    """
    from ..people import users as kept

    password = _ask_password(name)
    return _changed(
        kept.add(
            workspace(), name, role=role, password=password, accounts=tuple(account or ()), email=email, doer=_doer()
        )
    )


@users.command(name="role")
def change_role(name: str, role: str, /) -> int:
    """Give somebody another role; it holds at once.

    Parameters
    ----------
    name
        The user.
    role
        viewer, operator, lead or admin.
    """
    return _change(name, role=role)


@users.command(name="accounts")
def change_accounts(
    name: str, /, *, account: Accounts = None, all_: Annotated[Flag, Parameter("--all")] = False
) -> int:
    """Say which seller accounts somebody sees.

    Parameters
    ----------
    name
        The user.
    account
        A seller account; again for more.
    all_
        All of them.
    """
    if bool(account) == all_:
        raise WrongUse("Which accounts?", "Say --account A, again for more, or --all.")
    return _change(name, accounts=account or [])


@users.command(name="password")
def change_password(name: str, /) -> int:
    """Give somebody a new password; it is asked for. Their open sessions end.

    Parameters
    ----------
    name
        The user.
    """
    return _change(name, password=_ask_password(name))


@users.command(name="email")
def change_email(name: str, email: str | None = None, /, *, none: Flag = False) -> int:
    """Say by which e-mail address the company's sign-in knows somebody; it holds from their next sign-in.

    Parameters
    ----------
    name
        The user.
    email
        Their e-mail address.
    none
        They have none any more, and sign in by password only.
    """
    if bool(email) == none:
        raise WrongUse("Which address?", "Say it after the name, such as ines@example.com, or --none.")
    return _change(name, email=email or "")


@users.command(name="disable")
def disable(name: str, /, *, undo: Flag = False) -> int:
    """Nobody signs in by this name any more, and its sessions and tokens end; what it did stays told.

    Parameters
    ----------
    name
        The user.
    undo
        Let them in again.
    """
    return _change(name, disabled=not undo)


def _change(name: str, **what: Any) -> int:
    from ..people import users as kept

    return _changed(kept.change(workspace(), name, doer=_doer(), **what))


@tokens.default
def list_tokens() -> int:
    """The tokens programs use; never the tokens themselves."""
    from ..people.tokens import listed

    with workspace().ledger.read() as connection:
        return _show_tokens(listed(connection))


@tokens.command
def make(
    person: str,
    /,
    *,
    name: str,
    scope: Annotated[list[str] | None, Parameter(negative=())] = None,
    days: int | None = None,
) -> int:
    """Make a token that acts for a user, with no more than their role; it is shown this once.

    Parameters
    ----------
    person
        The user.
    name
        What it is for.
    scope
        read, write, load, run or admin; again for more; read, if not given.
    days
        How long it lasts; [serve] token_days, if not given.
    """
    from ..people import tokens as kept

    made = kept.make(workspace(), person, name=name, scopes=scope or ["read"], days=days, doer=_doer())
    if options().json:
        answer({"tokens": [made]})
        return 0
    out = console()
    out.print(f"{made['token']}", markup=False)
    out.print(f"Keep it now: it is not shown again. It ends on {made['expires_at'][:10]}.", markup=False)
    return 0


@tokens.command
def revoke(token: str, /) -> int:
    """End a token at once.

    Parameters
    ----------
    token
        Its number, as `opswheel tokens` shows it.
    """
    from ..people import tokens as kept

    row = kept.revoke(workspace(), token, doer=_doer())
    if options().json:
        answer({"tokens": [row]})
    else:
        console().print(f"Token {row['id']} ({row['name']}) has ended.", markup=False)
    return 0


def _doer() -> Any:
    from ..people.audit import Doer

    return Doer(workspace().me)


def _ask_password(name: str) -> str:
    """Twice from the terminal, without showing it; else one line of stdin. Never an argument: others could read it."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    from getpass import getpass

    first = getpass(f"Password for {name}: ")
    if getpass("Once more: ") != first:
        raise WrongUse("These were two different passwords.", "Begin again.")
    return first


def _changed(user: dict[str, Any]) -> int:
    if options().json:
        answer({"users": [user]})
        return 0
    sees = f"the accounts {', '.join(user['accounts'])}" if user["accounts"] else "all accounts"
    state = f"disabled since {user['disabled_at'][:10]}" if user["disabled_at"] else f"{user['role']} of {sees}"
    console().print(f"{user['name']} is {state}.", markup=False)
    return 0


def _show_users(found: list[dict[str, Any]]) -> int:
    if options().json:
        answer({"users": found})
        return 0
    from rich.table import Table
    from rich.text import Text

    out = console()
    if not found:
        out.print("No user yet: the person at this machine is the only one, and need not sign in.")
        return 0
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("name", "role", "accounts", "e-mail", ""):
        table.add_column(title)
    for u in found:
        state = f"disabled since {u['disabled_at'][:10]}" if u["disabled_at"] else ""
        cells = (u["name"], u["role"], ", ".join(u["accounts"]) or "all", u["email"] or "–", state)
        table.add_row(*(Text(cell) for cell in cells))
    out.print(table)
    return 0


def _show_tokens(found: list[dict[str, Any]]) -> int:
    if options().json:
        answer({"tokens": found})
        return 0
    from rich.table import Table
    from rich.text import Text

    out = console()
    if not found:
        out.print("No token yet. Make one: opswheel tokens make PERSON --name WHAT-FOR --scope read")
        return 0
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("token", "for", "acts for", "may", "until", "last used"):
        table.add_column(title)
    for t in found:
        until = f"revoked {t['revoked_at'][:10]}" if t["revoked_at"] else t["expires_at"][:10]
        cells = (t["id"], t["name"], t["person"], ", ".join(t["scopes"]), until, (t["seen_at"] or "never")[:10])
        table.add_row(*(Text(cell) for cell in cells))
    out.print(table)
    return 0
