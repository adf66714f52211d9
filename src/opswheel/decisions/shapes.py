"""What a catalog rule asks of a value, in a few words: no patterns of characters that could run away or mislead."""

from __future__ import annotations

import re
from collections.abc import Callable

SHAPES = (
    "present, digits, a number, at most 80 characters, at least 3 characters, starts with KILN, ends with cm, "
    "one of cotton|wool"
)
"""One example of each, as a refusal shows them."""
MOST_WORDS = 400

Fits = Callable[[str], bool]

_SHAPES: tuple[tuple[str, Callable[[str], Fits]], ...] = (
    (r"present", lambda _: bool),
    (r"digits", lambda _: str.isdecimal),
    (r"a number", lambda _: lambda value: re.fullmatch(r"[+-]?\d{1,15}(?:[.,]\d{1,9})?", value) is not None),
    (r"at most (\d{1,5}) characters", lambda n: lambda value: len(value) <= int(n)),
    (r"at least (\d{1,5}) characters", lambda n: lambda value: len(value) >= int(n)),
    (r"starts with (.+)", lambda part: lambda value: value.casefold().startswith(part.casefold())),
    (r"ends with (.+)", lambda part: lambda value: value.casefold().endswith(part.casefold())),
    (r"one of (.+)", lambda words: _one_of(words)),
)


def _one_of(words: str) -> Fits:
    known = {word.strip().casefold() for word in words.split("|") if word.strip()}
    return lambda value: value.casefold() in known


def parse(must: str) -> Fits | None:
    """What a rule asks of a value that is not empty; None where the words name no such thing."""
    said = " ".join(must.split())
    if len(said) > MOST_WORDS:
        return None
    for words, make in _SHAPES:
        if found := re.fullmatch(words, said):
            return make(found[1] if found.lastindex else "")
    return None


def fits(must: str, value: str | None) -> bool:
    """Whether a value keeps a rule; a value that is missing or blank never does."""
    shape = parse(must)
    return shape is not None and bool(value and value.strip()) and shape((value or "").strip())
