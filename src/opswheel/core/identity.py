"""Identity as versioned text: subjects, fingerprints, and the keys of channels and listings.

A subject key is its parts joined by `|`; account and channel names may not contain `|`, and the part that
may (a SKU) comes last, so a key can always be split again. A fingerprint is

    k1:<kind>:<subject type>:<subject key>

`k1` versions the format of the key, never the rule that fired: changing a rule must not reopen last
month's queue.
"""

from __future__ import annotations

import hashlib
import re

KEY_VERSION = "k1"
DEFAULT_ACCOUNT = "main"
EVERYWHERE = "*"
"""Account and channel of facts that belong to no channel, such as exchange rates."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_CHANNEL = re.compile(r"[a-z][a-z0-9_]*:[A-Za-z0-9][A-Za-z0-9_.-]*")


def subject_key(*parts: str) -> str:
    """Join the parts of a subject's key, for example ("main", "amazon:US", "MUG-1")."""
    return "|".join(parts)


def fingerprint(kind: str, subject_type: str, key: str) -> str:
    """The identity of a problem: one kind on one subject."""
    return f"{KEY_VERSION}:{kind}:{subject_type}:{key}"


def is_account(text: str) -> bool:
    """Whether `text` can name an account: letters, digits, `_`, `.`, `-`."""
    return bool(_NAME.fullmatch(text))


def is_channel(text: str) -> bool:
    """Whether `text` can name a channel: `<marketplace>:<name>`, such as `amazon:US`."""
    return bool(_CHANNEL.fullmatch(text))


def delivery_id(*parts: object) -> int:
    """The number of a delivery: 48 bits of a hash of what makes it the same delivery when loaded again."""
    text = "\x1f".join("" if part is None else str(part) for part in parts)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6], "big")
