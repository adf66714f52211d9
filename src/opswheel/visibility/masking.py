"""What may be kept of something a person wrote: a short beginning, without what leads to a person."""

from __future__ import annotations

import re

EXCERPT_LENGTH = 200

_DATE = r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}\b"
_HIDDEN = re.compile(
    r"(?:https?://|www\.)\S+"  # links carry tokens
    r"|[^\s@<>]+@[^\s@<>]+"
    r"|\b\d{3}-\d{7}-\d{7}\b"
    rf"|(?<![\w/.-])(?!{_DATE})\+?\(?\d[\d ()/.-]{{5,}}\d(?!\w)"
    r"|\b\w*\d{7,}\w*\b"
)
_GREETING = re.compile(
    r"^\s*(?:dear|hello|hi|hey|greetings|good (?:morning|afternoon|evening))\b[^,!:.\n]{0,80}[,!:.\n]\s*", re.IGNORECASE
)
_CLOSING = re.compile(
    r"\n\s*(?:(?:with )?(?:kind|best|warm|many)?\s*regards|sincerely|yours|--\s*\n"
    r"|thank(?:s| you)(?: again)?\s*[,.!]?\s*\n)",
    re.IGNORECASE,
)
_BLANKS = re.compile(r"[\s\x00-\x1f\x7f\u200b\ufeff]+")


def masked(text: str) -> str:
    """The text on one line, with links, e-mail addresses, order ids, phone numbers and other long numbers as `…`."""
    return _HIDDEN.sub("…", _BLANKS.sub(" ", text)).strip()


def without_names(letter: str) -> str:
    """A letter without the lines in which names stand: its greeting, and all from its closing formula on."""
    return _CLOSING.split(_GREETING.sub("", letter), maxsplit=1)[0]


def excerpt(*parts: str) -> str:
    """The masked beginning of several parts together."""
    return " · ".join(p for p in map(masked, parts) if p)[:EXCERPT_LENGTH].rstrip()
