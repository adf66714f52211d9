"""Somebody who asks, and how far their role, their accounts and their token's scopes reach."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from ...core.errors import NotAllowed

Role = Literal["viewer", "operator", "lead", "admin"]
ROLES: tuple[Role, ...] = ("viewer", "operator", "lead", "admin")
"""Each may do what those before it may."""

Scope = Literal["read", "write", "load", "run", "admin"]
SCOPES: tuple[Scope, ...] = ("read", "write", "load", "run", "admin")
"""What a token may be made for. None implies another."""


@dataclass(frozen=True)
class Who:
    """Somebody who asks: a person in a session, or a token acting for one.

    `accounts` are the seller accounts they see; empty means all. `scopes` are a token's; None for a session. `via`
    says how they were known: `session`, `token ID` or `local`.
    """

    name: str
    role: Role
    accounts: frozenset[str] = field(default_factory=frozenset)
    scopes: frozenset[str] | None = None
    local: bool = False
    via: str = "local"

    def may(self, role: Role, account: str | None = None) -> bool:
        """Whether their role reaches `role`, on `account` where one is named."""
        return ROLES.index(self.role) >= ROLES.index(role) and (account is None or self.sees(account))

    def sees(self, account: str) -> bool:
        """Whether an account is one of theirs."""
        return not self.accounts or account in self.accounts

    def must(self, role: Role, account: str | None = None) -> None:
        """Raises NotAllowed where they may not."""
        if not self.may(role, account):
            where = "" if account is None or self.may(role) else f" on the account {account}"
            takes = "" if self.may(role) else f": it takes the role {role}"
            raise NotAllowed(f"{self.name} may not do this{where}{takes}.", "Ask an admin.")

    def must_hold(self, scope: Scope) -> None:
        """Raises NotAllowed where they came with a token that was not made for this."""
        if self.scopes is not None and scope not in self.scopes:
            raise NotAllowed(f"This token has no scope {scope}.", "Make one that has it: opswheel tokens make.")

    def must_see_all(self) -> None:
        """Raises NotAllowed where they see some accounts only."""
        if self.accounts:
            raise NotAllowed(
                f"This concerns every account; {self.name} sees {', '.join(sorted(self.accounts))} only.",
                "Ask somebody who sees them all.",
            )
