"""Passwords: kept as argon2 hashes, checked a few at a time, since each check takes 64 MB on purpose."""

from __future__ import annotations

from functools import cache
from threading import BoundedSemaphore
from typing import TYPE_CHECKING

from ...core.errors import WrongUse

if TYPE_CHECKING:
    from argon2 import PasswordHasher

SHORTEST, LONGEST = 10, 1024
_AT_ONCE = BoundedSemaphore(2)


@cache
def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher

    return PasswordHasher()


@cache
def _nobodys() -> str:
    """The hash a wrong name is checked against: it takes as long as a wrong password."""
    return _hasher().hash("nobody has this password")


def hashed(password: str) -> str:
    """The hash to keep of a new password; raises WrongUse where it is too short or too long."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise WrongUse("A password has 10 to 1024 characters.", "A sentence is easy to keep in mind.")
    with _AT_ONCE:
        return _hasher().hash(password.encode("utf-8", "surrogatepass"))


def fits(kept: str | None, password: str) -> bool:
    """Whether a password is the one kept; takes as long where none is."""
    from argon2.exceptions import Argon2Error, InvalidHashError

    given = password[: LONGEST + 1].encode("utf-8", "surrogatepass")
    with _AT_ONCE:
        try:
            return _hasher().verify(kept or _nobodys(), given) and kept is not None
        except (Argon2Error, InvalidHashError):
            return False
