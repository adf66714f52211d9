"""A company's identity provider: its discovery document, its addresses, its keys, and the tokens it signs.

Everything is asked anew at each sign-in, which is rare: a changed key or address needs no restart.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote_plus, urlencode, urlsplit

import httpx

from ...core.errors import NotSignedIn
from .doors import is_loopback

SECONDS = 10.0
MOST_BYTES = 1_000_000
LEEWAY = 60
"""Seconds two clocks may differ."""
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""Signatures only the provider can make: `none` and shared secrets are not among them."""


class Provider:
    """Who says who people are. `client` reaches it; a test passes its own."""

    def __init__(self, issuer: str, client_id: str, scopes: Sequence[str], secret: str) -> None:
        self.issuer = issuer
        self._client_id, self._scopes, self._secret = client_id, scopes, secret
        self.client = httpx.Client(timeout=SECONDS, follow_redirects=False)

    def address(self, *, back: str, state: str, nonce: str, verifier: str) -> str:
        """Where somebody is sent to say who they are."""
        from authlib.oauth2.rfc7636 import create_s256_code_challenge

        there = self._place(self._found(), "authorization_endpoint")
        asked = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": back,
            "scope": " ".join(self._scopes),
            "state": state,
            "nonce": nonce,
            "code_challenge": create_s256_code_challenge(verifier),
            "code_challenge_method": "S256",
        }
        return there + ("&" if urlsplit(there).query else "?") + urlencode(asked)

    def person(self, code: str, *, back: str, verifier: str, nonce: str, now: int) -> Mapping[str, Any]:
        """What the provider says of whoever came back with a code. Raises NotSignedIn where it is worth nothing."""
        found = self._found()
        token = self._traded(found, code, back, verifier)
        return self._checked(token, self._asked("GET", self._place(found, "jwks_uri")), nonce, now)

    def _traded(self, found: Mapping[str, Any], code: str, back: str, verifier: str) -> str:
        """The ID token a code is worth."""
        asked = {"grant_type": "authorization_code", "code": code, "redirect_uri": back, "code_verifier": verifier}
        ways = found.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        basic = None
        if "client_secret_basic" in ways:
            basic = httpx.BasicAuth(quote_plus(self._client_id), quote_plus(self._secret))  # RFC 6749, 2.3.1
        else:
            asked |= {"client_id": self._client_id, "client_secret": self._secret}
        told = self._asked("POST", self._place(found, "token_endpoint"), data=asked, auth=basic)
        token = told.get("id_token")
        if not isinstance(token, str):
            raise _odd()
        return token

    def _checked(self, token: str, keys: Mapping[str, Any], nonce: str, now: int) -> Mapping[str, Any]:
        """What an ID token says, once its signature, issuer, audience, times and nonce are right."""
        from authlib.oidc.core import CodeIDToken
        from joserfc import jwt
        from joserfc.errors import JoseError

        wanted = {
            "iss": {"essential": True, "value": self.issuer},
            "aud": {"essential": True, "value": self._client_id},
        }
        try:
            read = jwt.decode(token, _keys(keys), algorithms=list(ALGORITHMS))
            known = {"nonce": nonce, "client_id": self._client_id}
            claims = CodeIDToken(read.claims, read.header, wanted, known)
            claims.validate(now, LEEWAY)
        except (JoseError, ValueError, TypeError, KeyError) as wrong:
            raise NotSignedIn(
                "What your company's sign-in sent cannot be trusted.", "Begin again, or ask whoever runs it."
            ) from wrong
        return dict(claims)

    def _found(self) -> dict[str, Any]:
        """The discovery document; it must speak for the issuer of the settings."""
        told = self._asked("GET", f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
        if told.get("issuer") != self.issuer:
            raise NotSignedIn(
                "Your company's sign-in gives another issuer than the settings.",
                "Write [serve.oidc] issuer exactly as its discovery document does.",
            )
        return told

    def _place(self, found: Mapping[str, Any], name: str) -> str:
        """An address of the discovery document: https, or this machine where the issuer is."""
        url = found.get(name)
        if not isinstance(url, str) or not is_safe(url):
            raise _odd()
        return url

    def _asked(self, method: str, url: str, **more: Any) -> dict[str, Any]:
        try:
            with self.client.stream(method, url, headers={"Accept": "application/json"}, **more) as reply:
                content = b""
                for part in reply.iter_bytes():
                    content += part
                    if len(content) > MOST_BYTES:
                        raise _odd()
        except (httpx.HTTPError, httpx.InvalidURL) as wrong:
            raise NotSignedIn("Your company's sign-in cannot be reached.", "Try again in a moment.") from wrong
        try:
            told = json.loads(content)
        except ValueError:
            told = None
        if reply.status_code != httpx.codes.OK or not isinstance(told, dict):
            raise _odd()
        return told


def is_safe(url: str) -> bool:
    """Whether nobody on the way can read or change what is sent there."""
    try:
        parts = urlsplit(url)
        local = parts.scheme == "http" and is_loopback(parts.hostname or "")
    except ValueError:
        return False
    return bool(parts.hostname) and (parts.scheme == "https" or local)


def _keys(told: Mapping[str, Any]) -> Any:
    """The keys that can be read; a provider may hold kinds this version does not know."""
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet, import_key

    found = []
    for one in told.get("keys", []):
        if isinstance(one, dict) and one.get("kty") in ("RSA", "EC") and one.get("use", "sig") == "sig":
            try:
                found.append(import_key(one))
            except (JoseError, ValueError, TypeError):
                continue
    return KeySet(found)


def _odd() -> NotSignedIn:
    return NotSignedIn("Your company's sign-in did not answer as expected.", "Try again, or ask whoever runs it.")
