"""Every error Opswheel raises on purpose.

    OpswheelError
    ├── WrongUse              a command or a setting cannot be meant as written
    │   ├── BadSettings
    │   ├── BadWheel          a growth wheel, or a push on it, that cannot be computed with
    │   └── BadClose          a close lacks what the next turn of the wheel learns from
    ├── NoWorkspace           there is no opswheel.toml here
    ├── EngineMissing         an engine that is not installed, or does not answer
    ├── ForecastMissing       forecasts are asked for, and their extra is not installed
    ├── WorkspaceExists
    ├── LedgerTooNew          written by a later version
    ├── DamagedBackup         a backup that is not whole, or not ours
    ├── NotFound              an issue, a listing, a run
    ├── NotSignedIn           nobody is signed in, or the sign-in is over
    ├── NotAllowed            signed in, but a role, an account or a scope is missing
    ├── BadRequest            a request to the server that cannot be meant
    │   ├── NoSuchMethod
    │   ├── TooLarge
    │   ├── TooMany           more requests than agreed
    │   └── KeyReused         an Idempotency-Key that stood for another request
    ├── Conflict              somebody or something else was there first
    │   ├── RunInProgress
    │   ├── IssueTaken
    │   ├── StaleVersion      the version somebody looked at is no longer the one there is
    │   └── CursorOver        the page belongs to a run that another one has replaced
    ├── ReplayRefused         that morning cannot be rebuilt honestly
    └── RefusedFile           one report file; the others load
        ├── UnknownLayout
        ├── UnreadableFile    binary, truncated, doubly encoded
        ├── OverLimit         a named limit was passed
        ├── NoChannel
        └── BadDays           no day, a day ahead, or two days that disagree

An error has a stable `code`, a sentence that says what is wrong, a next step, and the exit status and
HTTP status it maps to. Anything else that escapes is a defect.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar


class OpswheelError(Exception):
    """Something a person can put right; `str()` gives what is wrong and what to do."""

    code: ClassVar[str] = "error"
    exit_status: ClassVar[int] = 2
    http_status: ClassVar[int] = 400

    def __init__(self, what: str, next_step: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.next_step = next_step

    def __str__(self) -> str:
        return f"{self.what} {self.next_step}".strip()


class WrongUse(OpswheelError):
    """A command that cannot be meant as written."""

    code = "wrong_use"


class EngineMissing(OpswheelError):
    """An engine that is not installed here, or does not answer."""

    code = "engine_missing"
    http_status = 503


class ForecastMissing(OpswheelError):
    """Forecasts need the extra `forecast`, which is not installed here."""

    code = "forecast_missing"
    http_status = 503


class BadSettings(WrongUse):
    """A value in opswheel.toml that cannot be used."""

    code = "bad_settings"


class BadWheel(WrongUse):
    """A growth wheel that cannot be computed with: a name, a link or a delay in it is wrong."""

    code = "bad_wheel"
    http_status = 422


class BadClose(WrongUse):
    """A close that lacks its root cause, its minutes, or the reason its resolution needs."""

    code = "bad_close"
    http_status = 422


class NoWorkspace(OpswheelError):
    """No opswheel.toml in this folder or any above it."""

    code = "no_workspace"
    http_status = 404


class WorkspaceExists(OpswheelError):
    """`init` was asked to make a workspace where one stands."""

    code = "workspace_exists"
    http_status = 409


class LedgerTooNew(OpswheelError):
    """The ledger was written by a later version of Opswheel."""

    code = "ledger_too_new"
    http_status = 500


class DamagedBackup(OpswheelError):
    """A backup that is not whole, was changed, or is none: nothing was restored."""

    code = "damaged_backup"
    http_status = 422


class NotFound(OpswheelError):
    """An issue, a listing or a run that is not there."""

    code = "not_found"
    http_status = 404


class NotSignedIn(OpswheelError):
    """Nobody is signed in here, or the session or token is over."""

    code = "not_signed_in"
    http_status = 401


class NotAllowed(OpswheelError):
    """A person or token that may not do this: its role, its accounts or its scopes do not reach so far."""

    code = "not_allowed"
    http_status = 403


class BadRequest(OpswheelError):
    """A request to the server that cannot be meant: a value out of its range, a body that is no JSON."""

    code = "bad_request"
    http_status = 422


class NoSuchMethod(BadRequest):
    """The address exists, but not for this method."""

    code = "no_such_method"
    http_status = 405


class TooLarge(BadRequest):
    """A request longer than the server takes."""

    code = "too_large"
    http_status = 413


class TooMany(BadRequest):
    """More requests, or wrong passwords, than agreed in this time; wait and come again."""

    code = "too_many"
    http_status = 429

    def __init__(self, what: str, next_step: str = "", *, seconds: int = 60) -> None:
        super().__init__(what, next_step)
        self.seconds = seconds


class KeyReused(BadRequest):
    """An Idempotency-Key came again with another request."""

    code = "key_reused"


class Conflict(OpswheelError):
    """Somebody or something else was there first; nothing was changed."""

    code = "conflict"
    http_status = 409


class RunInProgress(Conflict):
    """Another run holds the lease."""

    code = "run_in_progress"


class IssueTaken(Conflict):
    """Another person claimed or closed this issue in the meantime."""

    code = "issue_taken"


class StaleVersion(Conflict):
    """What was looked at has been changed since; nothing was written."""

    code = "stale_version"
    http_status = 412


class CursorOver(Conflict):
    """A later run has replaced the one whose pages were read; or the cursor is none of ours."""

    code = "cursor_over"


class ReplayRefused(OpswheelError):
    """No recorded run lets this morning be rebuilt as it was."""

    code = "replay_refused"
    http_status = 409


class RefusedFile(OpswheelError):
    """A report file that is not loaded; the other files are."""

    code = "refused_file"
    http_status = 422


class UnknownLayout(RefusedFile):
    """The header matches no report Opswheel knows."""

    code = "unknown_layout"


class UnreadableFile(RefusedFile):
    """Binary, truncated, or encoded in a way that loses text."""

    code = "unreadable_file"


class OverLimit(RefusedFile):
    """The file passes a named limit."""

    code = "over_limit"


class NoChannel(RefusedFile):
    """Neither the file nor its folder nor the command says which marketplace it belongs to."""

    code = "no_channel"


class BadDays(RefusedFile):
    """The file's day is missing, ahead of its content, or told twice with different values."""

    code = "bad_days"


def there_are(names: Sequence[str]) -> str:
    """The next step for a name nobody knows: those there are."""
    return f"There {'is' if len(names) == 1 else 'are'} {', '.join(names)}."
