"""Where the server listens, by which names it may be called, and whether somebody is at this very machine."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping

_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via", "cf-connecting-ip")


def is_loopback(name: str) -> bool:
    """Whether a host name or address is this machine and nothing else."""
    plain = name.strip("[]").casefold()
    if plain == "localhost":
        return True
    try:
        return ipaddress.ip_address(plain).is_loopback
    except ValueError:
        return False


def host_of(header: str) -> str:
    """The host of a `Host` header or an origin, without port."""
    host = header.rpartition("://")[2].partition("/")[0]
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.partition(":")[0].casefold()


def is_trusted(header: str, listens: str, trusted: tuple[str, ...]) -> bool:
    """Whether a request may call the server so: another name that leads here is how DNS rebinding works."""
    host = host_of(header)
    if host in {t.casefold() for t in trusted}:
        return True
    if is_loopback(listens):
        return is_loopback(host)
    return not trusted or is_loopback(host)


def was_forwarded(headers: Mapping[str, str]) -> bool:
    """Whether a proxy stands between: then nobody can be said to be at this machine."""
    return any(name in headers for name in _FORWARDED)


def same_origin(headers: Mapping[str, str]) -> bool:
    """Whether a request that changes something comes from our own pages, as far as the browser tells."""
    host = headers.get("host", "").casefold()
    told = headers.get("origin")
    if told is None:
        site = headers.get("sec-fetch-site")
        if site is not None:
            return site in ("same-origin", "none")
        told = headers.get("referer")
        if told is None:
            return True  # no browser; the token decides
    return bool(host) and told.casefold().rpartition("://")[2].partition("/")[0] == host
