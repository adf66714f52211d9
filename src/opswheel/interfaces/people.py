"""Who asks, and what they may do: the one question the API and the app put before every answer.

While nobody has an account here and the server listens to this machine only, the person at it is one local admin.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from starlette.requests import Request

from ..core.errors import NotAllowed

if TYPE_CHECKING:
    from .wiring import Workspace

Role = Literal["viewer", "operator", "lead", "admin"]
ROLES: tuple[Role, ...] = ("viewer", "operator", "lead", "admin")
"""Each may do what those before it may."""


@dataclass(frozen=True)
class Who:
    """Somebody who asks: a person in a session, or a token acting for one.

    `accounts` are the seller accounts they see; empty means all. `scopes` are a token's; None for a session.
    """

    name: str
    role: Role
    accounts: frozenset[str] = field(default_factory=frozenset)
    scopes: frozenset[str] | None = None
    local: bool = False

    def may(self, role: Role, account: str | None = None) -> bool:
        """Whether their role reaches `role`, on `account` where one is named."""
        reaches = ROLES.index(self.role) >= ROLES.index(role)
        return reaches and (account is None or not self.accounts or account in self.accounts)

    def must(self, role: Role, account: str | None = None) -> None:
        """Raises NotAllowed where they may not."""
        if not self.may(role, account):
            where = "" if account is None or self.may(role) else f" on the account {account}"
            raise NotAllowed(f"{self.name} may not do this{where}: it takes the role {role}.", "Ask an admin.")


def workspace_of(request: Request) -> Workspace:
    """The workspace this server serves."""
    workspace: Workspace = request.app.state.workspace
    return workspace


def who(request: Request) -> Who:
    """Who asks; a dependency of every route. Raises NotSignedIn where nobody does."""
    return Who(workspace_of(request).me, "admin", local=True)
