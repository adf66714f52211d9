"""What an endpoint is given: the workspace, who asks, and how a change is written down whole or not at all."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Header
from starlette.requests import Request
from starlette.responses import Response

from ...core.errors import BadRequest, StaleVersion
from ..people import Who, audit, who, workspace_of
from ..people.asking import doer_of
from ..wiring import Workspace
from . import keys
from .transaction import joined

Act = Callable[[Workspace], dict[str, Any]]
MOST_VERSION = 2**53


@dataclass(frozen=True)
class Asked:
    """One request: where, by whom, and what its headers say."""

    request: Request
    workspace: Workspace
    who: Who
    key: str | None = None
    digest: str = ""
    if_match: str | None = None

    def write(  # noqa: PLR0913
        self,
        what: str | None,
        subject: str,
        act: Act,
        detail: Mapping[str, Any] | None = None,
        *,
        status: int = 200,
        secret: str | None = None,
    ) -> Response:
        """Do something in one transaction with its line in the audit log; a retry gets the answer of the first time.

        `what` is None where the act writes that line itself; `detail` is what the line keeps of the request. `secret`
        is a key of the answer that is told once and never kept. A refusal undoes everything and forgets the key, so
        that it may be tried again.
        """
        ledger, now = self.workspace.ledger, self.workspace.clock.wall()
        with keys.under_way(ledger.url, self.who.name, self.key), ledger.write() as connection:
            if self.key is not None:
                kept = keys.find(connection, self.who.name, self.key, self.digest, now)
                if kept is not None:
                    return answer(kept[1], kept[0], again=True)
            told = act(joined(self.workspace, connection, self.who.name))
            if what is not None:
                audit.record(connection, doer_of(self.request), what, subject, at=now, detail=detail)
            if self.key is not None:
                kept_told = told if secret is None else {**told, secret: None}
                keys.keep(connection, self.who.name, self.key, self.digest, now, status, kept_told)
        return answer(told, status)

    def work(  # noqa: PLR0913
        self,
        what: str,
        subject: str,
        act: Act,
        detail: Mapping[str, Any] | None = None,
        *,
        status: int = 200,
        secret: str | None = None,
    ) -> Response:
        """Do something long that is safe to do twice, outside a transaction: a run, a load. `secret` as in `write`."""
        ledger, name, now = self.workspace.ledger, self.who.name, self.workspace.clock.wall
        with keys.under_way(ledger.url, name, self.key):
            if self.key is not None:
                with ledger.write() as connection:
                    if kept := keys.find(connection, name, self.key, self.digest, now()):
                        return answer(kept[1], kept[0], again=True)
                    keys.keep(connection, name, self.key, self.digest, now(), None)
            try:
                told = act(self.workspace)
            except BaseException:
                if self.key is not None:
                    with ledger.write() as connection:
                        keys.drop(connection, name, self.key)
                raise
            with ledger.write() as connection:
                audit.record(connection, doer_of(self.request), what, subject, at=now(), detail=detail)
                if self.key is not None:
                    kept_told = told if secret is None else {**told, secret: None}
                    keys.keep(connection, name, self.key, self.digest, now(), status, kept_told)
        return answer(told, status)

    def must_match(self, version: int) -> None:
        """Raises StaleVersion where `If-Match` names another version than the one there is."""
        if self.if_match is None or self.if_match.strip() == "*":
            return
        if etag(version) not in [part.strip() for part in self.if_match.split(",")]:
            raise StaleVersion(
                f"It was changed since: the version is {version} now.", "Look again; nothing was written."
            )


async def _asking(request: Request) -> Asked:
    return Asked(request, workspace_of(request), who(request))


async def _writing(
    request: Request,
    idempotency_key: Annotated[
        str | None, Header(max_length=200, description="the same key again gets the same answer, for a day")
    ] = None,
    if_match: Annotated[
        str | None, Header(max_length=200, description="the ETag that was looked at; another one is refused with 412")
    ] = None,
) -> Asked:
    if idempotency_key is not None and not (idempotency_key.isascii() and idempotency_key.isprintable()):
        raise BadRequest("The Idempotency-Key is no plain text.", "Send 1 to 200 printable ASCII characters.")
    sent = b"" if request.headers.get("content-type", "").startswith("multipart/") else await request.body()
    words = f"{request.method} {request.url.path}?{request.url.query}\n".encode() + sent
    digest = hashlib.sha256(words).hexdigest()
    return Asked(request, workspace_of(request), who(request), idempotency_key or None, digest, if_match)


Asking = Annotated[Asked, Depends(_asking)]
Writing = Annotated[Asked, Depends(_writing)]


def answer(told: Any, status: int = 200, *, again: bool = False, tag: str | None = None) -> Response:
    """JSON, with the version of an issue as its ETag."""
    headers = {"Cache-Control": "private, no-cache"}
    if tag is None and isinstance(told, dict) and isinstance(told.get("version"), int):
        tag = etag(told["version"])
    if tag is not None:
        headers["ETag"] = tag
    if again:
        headers["Idempotency-Replayed"] = "true"
    return Response(encoded(told), status, headers, "application/json")


def encoded(told: Any) -> bytes:
    """The JSON that is sent."""
    return json.dumps(told, default=str, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def etag(version: int) -> str:
    """The ETag of a version."""
    return f'"{version}"'


def unless_known(request: Request, told: Any, tag: str | None = None) -> Response:
    """The answer, or 304 where the asker has it already (`If-None-Match`)."""
    body = None
    if tag is None:
        body = encoded(told)
        tag = f'W/"{hashlib.sha256(body).hexdigest()[:32]}"'
    known = [part.strip().removeprefix("W/") for part in request.headers.get("if-none-match", "").split(",")]
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if tag.removeprefix("W/") in known or known == ["*"]:
        return Response(None, 304, headers)
    return Response(encoded(told) if body is None else body, 200, headers, "application/json")
