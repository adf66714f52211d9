"""What a server does by itself: scheduled runs, promises between runs, notices, webhooks, and keeping house.

`start` is called once by the server and gives back what stops it. However many servers share a ledger, one of them does
this work at a time: the one that holds the lease. If it dies, another takes over.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..wiring import Workspace


def start(workspace: Workspace) -> Callable[[], None]:
    """Begin the work of a server in threads of its own; call what is returned to stop, which waits for work in hand."""
    from .scheduler import Threads

    return Threads(workspace).start()
