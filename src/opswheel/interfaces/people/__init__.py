"""Who asks, and what they may do: the one question the API and the app put before every answer."""

from .asking import csrf_of, guarded, sign_in, sign_in_on, sign_out, who, workspace_of
from .reach import must_see, queue_seen
from .who import ROLES, SCOPES, Role, Scope, Who

__all__ = [
    "ROLES",
    "SCOPES",
    "Role",
    "Scope",
    "Who",
    "csrf_of",
    "guarded",
    "must_see",
    "queue_seen",
    "sign_in",
    "sign_in_on",
    "sign_out",
    "who",
    "workspace_of",
]
