"""Local users: added, changed in role, accounts, password or e-mail, disabled. Each change is in the audit log."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ...core.clock import show_moment
from ...core.contracts.people import SESSIONS, USERS
from ...core.errors import Conflict, NotFound, WrongUse
from ...core.identity import is_account
from . import audit, passwords
from .who import ROLES

if TYPE_CHECKING:
    from ..wiring import Workspace

NAME = re.compile(r"[^\W_][\w .@'+-]{0,63}")


def any_user(connection: sa.Connection) -> bool:
    """Whether anybody was ever added: from then on everybody signs in."""
    return connection.execute(sa.select(USERS.sql_table().c.name).limit(1)).first() is not None


def find(connection: sa.Connection, name: str) -> Any:
    """A user; raises NotFound."""
    users = USERS.sql_table()
    row = connection.execute(sa.select(users).where(users.c.name == name)).one_or_none()
    if row is None:
        raise NotFound(f"There is no user {name!r}.", "`opswheel users` lists them.")
    return row


def listed(connection: sa.Connection) -> list[dict[str, Any]]:
    """Every user, without their passwords."""
    users = USERS.sql_table()
    return [as_json(row) for row in connection.execute(sa.select(users).order_by(users.c.name))]


def as_json(row: Any) -> dict[str, Any]:
    """A user in the public form."""
    return {
        "name": row.name,
        "email": row.email,
        "role": row.role,
        "accounts": json.loads(row.accounts),
        "disabled_at": row.disabled_at and show_moment(row.disabled_at),
        "created_at": show_moment(row.created_at),
        "created_by": row.created_by,
    }


def add(  # noqa: PLR0913
    workspace: Workspace,
    name: str,
    *,
    role: str,
    password: str,
    accounts: Sequence[str] = (),
    email: str | None = None,
    doer: audit.Doer,
) -> dict[str, Any]:
    """Add somebody. The first user must be an admin of all accounts, so that nobody is locked out."""
    _check(name, role, accounts, email)
    kept = passwords.hashed(password)
    now = workspace.clock.wall()
    users = USERS.sql_table()
    with workspace.ledger.write() as connection:
        _alone(connection)
        if not any_user(connection) and (role != "admin" or accounts):
            raise WrongUse(
                "The first user must be an admin of all accounts.",
                "Sign-in begins with them: opswheel users add NAME --role admin.",
            )
        taken = connection.execute(sa.select(users.c.name)).scalars()
        if any(t.casefold() == name.casefold() for t in taken):
            raise Conflict(f"There is a user {name!r} already.", "Choose another name.")
        _own(connection, email, name)
        row = {
            "name": name,
            "email": email,
            "role": role,
            "accounts": json.dumps(sorted(set(accounts))),
            "password": kept,
            "created_at": now,
            "created_by": doer.name or "",
            "changed_at": now,
        }
        connection.execute(users.insert(), [row])
        told = {"role": role, "accounts": sorted(set(accounts))}  # no address: it could not be forgotten by name
        audit.record(connection, doer, "user.add", f"user/{name}", at=now, detail=told)
        return as_json(find(connection, name))


def change(  # noqa: PLR0913
    workspace: Workspace,
    name: str,
    *,
    role: str | None = None,
    accounts: Sequence[str] | None = None,
    password: str | None = None,
    email: str | None = None,
    disabled: bool | None = None,
    doer: audit.Doer,
) -> dict[str, Any]:
    """Change somebody; what is None stays, an `email` of "" goes. It holds at once: for open sessions and tokens too.

    Raises NotFound, WrongUse for what cannot be meant, Conflict where nobody could administer any more or the e-mail
    address is another's.
    """
    _check(name, role or "viewer", accounts or (), email or None)
    now, set_, told = workspace.clock.wall(), dict[str, Any](), dict[str, Any]()
    if role is not None:
        set_["role"] = told["role"] = role
    if accounts is not None:
        told["accounts"] = sorted(set(accounts))
        set_["accounts"] = json.dumps(told["accounts"])
    if password is not None:
        set_["password"], told["password"] = passwords.hashed(password), "changed"
    if email is not None:  # the address itself stays out of the log: it could not be forgotten by name
        set_["email"], told["email"] = email or None, "changed" if email else "removed"
    if disabled is not None:
        set_["disabled_at"], told["disabled"] = (now if disabled else None), disabled
    if not set_:
        raise WrongUse("Nothing is to be changed.", "Say a role, accounts, a password, an e-mail address, or disabled.")
    users, sessions = USERS.sql_table(), SESSIONS.sql_table()
    with workspace.ledger.write() as connection:
        _alone(connection)
        find(connection, name)
        _own(connection, email, name)
        connection.execute(users.update().where(users.c.name == name).values(**set_, changed_at=now))
        if not _somebody_rules(connection):
            raise Conflict("Nobody would be left to administer this workspace.", "Make another admin first.")
        if password is not None or disabled:
            connection.execute(sessions.delete().where(sessions.c.person == name))
        audit.record(connection, doer, "user.change", f"user/{name}", at=now, detail=told)
        return as_json(find(connection, name))


def _own(connection: sa.Connection, email: str | None, name: str) -> None:
    """Raises Conflict where an e-mail address is another user's: who signs in by it must be one person."""
    users = USERS.sql_table()
    others = connection.execute(sa.select(users.c.email).where(users.c.name != name, users.c.email.is_not(None)))
    if email and any(other.casefold() == email.casefold() for other in others.scalars()):
        raise Conflict("Another user has this e-mail address.", "Each belongs to one.")


def _alone(connection: sa.Connection) -> None:
    """Two changes at once would each see the other's admin: one waits for the other."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE"))


def _somebody_rules(connection: sa.Connection) -> bool:
    """Whether an admin of all accounts is left who can sign in."""
    users = USERS.sql_table()
    query = sa.select(users.c.name).where(
        users.c.role == "admin", users.c.disabled_at.is_(None), users.c.accounts == "[]"
    )
    return connection.execute(query.limit(1)).first() is not None


def _check(name: str, role: str, accounts: Sequence[str], email: str | None) -> None:
    if not NAME.fullmatch(name):
        raise WrongUse(f"{name[:80]!r} cannot be a user's name.", "Letters, digits, spaces and . _ @ ' + -, up to 64.")
    if role not in ROLES:
        raise WrongUse(f"{role[:80]!r} is no role.", f"One of: {', '.join(ROLES)}.")
    for account in accounts:
        if not is_account(account):
            raise WrongUse(f"{account[:80]!r} cannot name an account.", "Use letters, digits, '_', '.' and '-'.")
    if email is not None and not re.fullmatch(r"[^\s@]{1,64}@[^\s@]{1,190}", email):
        raise WrongUse(f"{email[:80]!r} is no e-mail address.", "Write it like ines@example.com.")
