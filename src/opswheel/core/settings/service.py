"""The server: where it listens, whom it believes, how long a sign-in lasts, how much it takes."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from .base import Positive, Section


class OidcSettings(Section):
    """`[serve.oidc]`: sign-in by a company's own identity provider; off while `issuer` is empty.

    `issuer` is written exactly as its discovery document does. The client's secret is no setting: it comes from the
    environment variable `OPSWHEEL_OIDC_SECRET`.
    """

    issuer: str = ""
    client_id: str = ""
    scopes: tuple[str, ...] = ("openid", "email")

    @model_validator(mode="after")
    def _is_whole(self) -> OidcSettings:
        if bool(self.issuer) != bool(self.client_id):
            raise ValueError("issuer and client_id go together")
        parts = urlsplit(self.issuer)
        local = parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1", "::1")
        if self.issuer and not local and (parts.scheme != "https" or not parts.hostname):
            raise ValueError("issuer begins with https://; over http anybody on the way could sign in as anybody")
        if "openid" not in self.scopes:
            raise ValueError("scopes hold at least openid")
        return self


class ServeSettings(Section):
    """`[serve]`: the server that `opswheel serve` starts.

    `trusted_hosts` are the names people type to reach it; on this machine alone `localhost` needs no telling.
    `proxies` are the addresses of reverse proxies whose word on the visitor's address and on https is taken.
    `requests_per_minute` counts for each token, person, or unknown address; the other figures are policy, not measured.
    `[serve.oidc]` with `issuer` and `client_id` lets people sign in by their company's own identity provider.
    """

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8321
    trusted_hosts: tuple[str, ...] = ()
    proxies: tuple[str, ...] = ()
    requests_per_minute: Annotated[int, Field(ge=1)] = 600
    body_megabytes: Positive = 6.0
    upload_megabytes: Positive = 200.0
    session_hours: Positive = 12.0
    idle_hours: Positive = 2.0
    token_days: Annotated[int, Field(ge=1, le=366)] = 90
    oidc: OidcSettings = OidcSettings()
