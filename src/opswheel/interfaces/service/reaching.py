"""Reaching out safely: one POST to an address of the open internet, and nowhere else (ADR 0024).

A name is resolved once; every address it has must be an open one, and the connection goes to the very address that was
checked, so that no second answer of a name server can lead it inside. Redirects are not followed, proxies not used, and
one deadline holds for everything together, so that a target can neither hang nor drip.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpcore

from ...core.errors import WrongUse
from ...core.settings.work import WebhookSettings

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
MOST_URL = 2_000
CLOSED = tuple(
    ipaddress.ip_network(n)
    for n in (
        "168.63.129.16/32",  # open by its number, yet answered by the host of a machine in a cloud
        *("192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15", "100.64.0.0/10", "240.0.0.0/4"),
        *("fec0::/10", "fc00::/7", "64:ff9b:1::/48", "2001:db8::/32", "3fff::/20", "5f00::/16"),
    )
)
"""Never reached, whatever the Python at hand thinks of them: its lists differ from version to version."""
NAT64 = ipaddress.ip_network("64:ff9b::/96")


class Unreached(Exception):
    """Nothing was sent, or no answer came; the words may be shown."""


class Forbidden(Unreached):
    """The target lies where nothing may be sent."""


@dataclass(frozen=True)
class Target:
    """Where a URL leads."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def origin(self) -> str:
        """Scheme, machine and port: what may be shown of a URL that may hold a secret."""
        usual = self.port == (443 if self.scheme == "https" else 80)
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}" + ("" if usual else f":{self.port}")


def parse_target(url: str, settings: WebhookSettings) -> Target:
    """A URL events may be sent to, as far as its text tells.

    Raises WrongUse with what is wrong with it; the URL is not repeated.
    """
    if len(url) > MOST_URL or any(c.isspace() or not c.isprintable() for c in url) or not url.isascii():
        raise WrongUse("That is no URL.", "Write it like https://hooks.example.com/opswheel.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as wrong:
        raise WrongUse("That is no URL.", "Write it like https://hooks.example.com/opswheel.") from wrong
    if parts.scheme not in ("https", "http") or not parts.hostname or "\\" in url:
        raise WrongUse("That is no web address.", "Write it like https://hooks.example.com/opswheel.")
    if parts.username is not None or parts.password is not None:
        raise WrongUse("The URL holds a name or password.", "Put a token into the path instead.")
    if parts.scheme == "http" and not settings.plain_http:
        raise WrongUse(
            "Over http everybody on the way can read and change what is sent.",
            "Use https; for a machine of your own, set [webhooks] allow and plain_http.",
        )
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, parts.hostname.lower(), port or (443 if parts.scheme == "https" else 80), path)


def is_open(address: Address) -> bool:
    """Whether an address belongs to the open internet, whatever it is wrapped in."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
        if address in NAT64 or address.packed[:12] == bytes(12):  # the old way to write an IPv4 address as IPv6
            inner.append(ipaddress.IPv4Address(address.packed[-4:]))
        if address.ipv4_mapped is not None or address in NAT64:
            return all(is_open(i) for i in inner if i is not None)
        if not all(is_open(i) for i in inner if i is not None):
            return False
    special = address.is_multicast or address.is_reserved or address.is_unspecified or address.is_loopback
    closed = any(address.version == n.version and address in n for n in CLOSED)
    return address.is_global and not special and not address.is_link_local and not closed


def resolve(target: Target, settings: WebhookSettings, seconds: float) -> str:
    """The one address to connect to.

    Raises Forbidden where any address of the name lies inside and the settings do not allow it, Unreached where it has
    none.
    """
    found = _look_up(target, seconds)
    if not found:
        raise Unreached(f"{target.host} has no address")
    allowed = target.host in settings.allow
    networks = [ipaddress.ip_network(a) for a in settings.allow if "/" in a or _is_address(a)]
    for address in found:
        inside_allowed = allowed or any(address.version == n.version and address in n for n in networks)
        if target.scheme == "http" and not inside_allowed:
            raise Forbidden("plain http is for targets that [webhooks] allow names")
        if not inside_allowed and not is_open(address):
            raise Forbidden(f"{target.host} leads to an address inside a network, which [webhooks] allow does not name")
    return str(found[0])


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _look_up(target: Target, seconds: float) -> list[Address]:
    """Every address of a name; looking up has no time limit of its own, so it happens beside."""
    found: list[Any] = []

    def ask() -> None:
        try:
            found.extend(socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError):
            return

    thread = threading.Thread(target=ask, name="look up a name", daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        raise Unreached(f"no name server told the address of {target.host} in time")
    return list(dict.fromkeys(ipaddress.ip_address(str(row[4][0]).partition("%")[0]) for row in found))


def post(url: str, body: bytes, headers: Mapping[str, str], settings: WebhookSettings) -> int:
    """POST a body and return the HTTP status; the answer's body is never read.

    Raises Forbidden, or Unreached with what went wrong.
    """
    deadline = time.monotonic() + settings.seconds
    try:
        target = parse_target(url, settings)
    except WrongUse as wrong:
        raise Forbidden(wrong.what) from wrong
    backend = _Pinned(resolve(target, settings, settings.seconds), deadline)
    sent = [(b"Host", target.origin.partition("://")[2].encode()), (b"Content-Length", str(len(body)).encode())]
    sent += [(b"Connection", b"close"), *((k.encode(), v.encode()) for k, v in headers.items())]
    place = httpcore.URL(
        scheme=target.scheme.encode(), host=target.host.encode(), port=target.port, target=target.path.encode()
    )
    limits = dict.fromkeys(("connect", "read", "write", "pool"), settings.seconds)
    pool = httpcore.ConnectionPool(ssl_context=_trusted(), network_backend=backend, retries=0)
    try:
        with pool.stream("POST", place, headers=sent, content=body, extensions={"timeout": limits}) as answer:
            return int(answer.status)
    except (httpcore.TimeoutException, TimeoutError) as wrong:
        raise Unreached(f"no answer within {settings.seconds:g} s") from wrong
    except (httpcore.NetworkError, httpcore.ProtocolError, OSError) as wrong:
        kind = "its certificate is not believed" if "CERTIFICATE" in str(wrong) else "the connection failed"
        raise Unreached(kind) from wrong
    finally:
        pool.close()


def _trusted() -> ssl.SSLContext:
    return ssl.create_default_context()


class _Pinned(httpcore.NetworkBackend):
    """Connects to one checked address, whatever name is asked for, and lets nothing outlast the deadline."""

    def __init__(self, address: str, deadline: float) -> None:
        self._address = address
        self._deadline = deadline
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,  # noqa: ARG002  the name was resolved and checked before
        port: int,
        timeout: float | None = None,  # noqa: ARG002  the deadline is stricter
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the checked address."""
        made = self._inner.connect_tcp(self._address, port, left(self._deadline), local_address, socket_options)
        return _Timed(made, self._deadline)


class _Timed(httpcore.NetworkStream):
    """A stream on which every step ends by the deadline: a target that sends a byte a second gains nothing."""

    def __init__(self, inner: httpcore.NetworkStream, deadline: float) -> None:
        self._inner = inner
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        """Read what is there."""
        return self._inner.read(max_bytes, left(self._deadline))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        """Write it all."""
        self._inner.write(buffer, left(self._deadline))

    def close(self) -> None:
        """Close the connection."""
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> httpcore.NetworkStream:
        """Encrypt it; the certificate must be that of the name, not of the address."""
        return _Timed(self._inner.start_tls(ssl_context, server_hostname, left(self._deadline)), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        """What the stream knows of itself."""
        return self._inner.get_extra_info(info)


def left(deadline: float) -> float:
    """Seconds until a deadline; raises ReadTimeout where it has passed."""
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise httpcore.ReadTimeout("too late")
    return seconds
