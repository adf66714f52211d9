"""`serve`: the app and the API over one workspace."""

from __future__ import annotations

import contextlib
import socket
import sys
import webbrowser
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from ...core.errors import WrongUse
from .context import answer, console, options, workspace

if TYPE_CHECKING:
    from ..wiring import Workspace


def serve(
    *,
    host: str | None = None,
    port: int | None = None,
    browser: Annotated[bool, Parameter(negative=())] = False,
) -> int:
    """The app and the API, until Ctrl-C. On this machine alone nobody signs in while there are no users.

    Parameters
    ----------
    host
        Address to listen on; [serve] host, if not given. Another than this machine's own needs a user first.
    port
        Port; [serve] port, if not given; 0 takes any that is free.
    browser
        Open the app in this machine's browser.
    """
    import uvicorn

    from ..people.doors import is_loopback
    from ..serving import build_app

    here = workspace()
    said = here.settings.serve
    listens = host or said.host
    alone = not _has_users(here)
    if alone and not is_loopback(listens):
        raise WrongUse(
            f"Listening on {listens} lets others in, and nobody has an account here.",
            "Add the first user: opswheel users add NAME --role admin. Or leave --host away.",
        )
    _ = here.key, here.desk  # made before two requests at once ask for them
    with _bound(listens, said.port if port is None else port) as bound:
        config = uvicorn.Config(
            build_app(here, listens=listens),
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=bool(said.proxies),
            forwarded_allow_ips=list(said.proxies),
            timeout_graceful_shutdown=10,
            ws="none",
        )
        url = _tell(listens, bound.getsockname()[1], alone=alone)
        if browser:  # the socket listens already: the page waits the moment the server takes to start
            webbrowser.open(url)
        with contextlib.suppress(KeyboardInterrupt):
            uvicorn.Server(config).run(sockets=[bound])
    here.ledger.close()
    return 0


def _has_users(here: Workspace) -> bool:
    from ..people import users

    with here.ledger.read() as connection:
        return users.any_user(connection)


def _bound(host: str, port: int) -> socket.socket:
    """A socket that listens there; raises WrongUse where that cannot be."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # told that it is TCP, asyncio sends answers at once; else each waits some 40 ms for the visitor's acknowledgement
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host.strip("[]"), port))
        bound.listen(128)
    except (OSError, OverflowError) as failed:
        bound.close()
        reason = failed.strerror if isinstance(failed, OSError) else "that is no port"
        raise WrongUse(
            f"Nothing can listen on {host}, port {port}: {reason}.", "Stop what does, or say another: --port 8400."
        ) from failed
    return bound


def _tell(host: str, port: int, *, alone: bool) -> str:
    """Print where the app is; returns its address."""
    shown = f"[{host}]" if ":" in host else "127.0.0.1" if host == "localhost" else host
    url = f"http://{shown}:{port}"
    if options().json:
        answer({"url": url, "api": f"{url}/api/v1", "sign_in": not alone})
    else:
        out = console()
        out.print(f"Opswheel is at {url} and its API at {url}/api/v1. Ctrl-C stops it.", markup=False)
        words = "You are its only user: nobody needs to sign in." if alone else "Everybody signs in."
        out.print(words, markup=False)
    sys.stdout.flush()
    return url
