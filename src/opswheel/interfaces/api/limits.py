"""Before anything is read: is the server called by a name of its own, and is the request not too long?"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ...core.errors import BadRequest, NotAllowed, OpswheelError, TooLarge
from ..people.doors import is_trusted

HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
"""What every answer says to browsers; a page may say it more strictly."""


class Doorkeeper:
    """Refuses what is called by a strange name (DNS rebinding) or is too long, also where no length was told."""

    def __init__(self, app: ASGIApp, refuse: Callable[[Request, Exception], Awaitable[Response]]) -> None:
        self.app, self.refuse = app, refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request, state = Request(scope), scope["app"].state
        serve = state.workspace.settings.serve
        upload = request.headers.get("content-type", "").startswith("multipart/form-data")
        most = int((serve.upload_megabytes if upload else serve.body_megabytes) * 1_000_000)
        refused = _refusal(request, state.listens, serve.trusted_hosts, most)
        taken = 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > most:
                raise _too_large(most)
            return message

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                told = {name for name, _ in message.get("headers", [])}
                message["headers"] = [*message.get("headers", []), *((n, v) for n, v in HEADERS if n not in told)]
            await send(message)

        answer = self.app if refused is None else await self.refuse(request, refused)
        await answer(scope, counted, marked)


def _refusal(request: Request, listens: str, trusted: tuple[str, ...], most: int) -> OpswheelError | None:
    if not is_trusted(request.headers.get("host", ""), listens, trusted):
        return NotAllowed(
            "This server is not called by that name.", "Use its own address, or list the name: [serve] trusted_hosts."
        )
    told = request.headers.get("content-length", "0")
    if not told.isascii() or not told.isdigit():
        return BadRequest("The Content-Length is no number.", "Send the request well formed.")
    return _too_large(most) if int(told[:20]) > most else None


def _too_large(most: int) -> TooLarge:
    return TooLarge(f"The request is longer than {most / 1e6:g} MB.", "Send less at once; an admin sets [serve].")
