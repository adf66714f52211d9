"""Where a name stands in the ledger, and what it becomes: pure over one value at a time.

A team member's name is replaced where a person is named, and where people write freely, as a whole word; nowhere else,
or a colleague called Mark would take the word out of every title. A customer's e-mail address or long number is no
other word: it is taken out wherever it stands.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

PERSON = frozenset({"owner", "by", "person", "who", "waiting_on", "approver"})
"""Columns and keys that hold one person's name; so do all that end in `_by`."""
LISTED = frozenset({"backup", "to", "from", "me", "escalate_to", "taken_over_from", "taken_from", "on", "rerouted"})
"""Keys that hold a name, or names parted by `;`, or names as keys."""
WRITTEN = frozenset("why note notes text words snooze_why pin_why what comment said because subject last_error".split())
"""Columns and keys in which people write freely."""
FORGOTTEN = "[forgotten]"


@dataclass(frozen=True)
class Words:
    """What is to be forgotten, and what stands in its place from now on."""

    old: str
    new: str
    customer: bool

    @property
    def everywhere(self) -> bool:
        """Whether it can be nothing but a customer's: an e-mail address, or a number of nine digits and more."""
        return self.customer and ("@" in self.old or sum(c.isdigit() for c in self.old) >= 9)

    @property
    def spellings(self) -> tuple[str, ...]:
        """How it stands in text, and in JSON that writes only ASCII."""
        return tuple(dict.fromkeys((self.old, json.dumps(self.old)[1:-1])))

    @property
    def patterns(self) -> tuple[str, ...]:
        """Regular expressions of the whole word, with what stands before and after it."""
        return tuple(rf"(^|[^\w]){re.escape(spelling)}($|[^\w])" for spelling in self.spellings)

    def stands_in(self, text: str) -> bool:
        """Whether it stands in a text as a whole word, however it is spelt."""
        return any(re.search(rf"(?<!\w){re.escape(spelling)}(?!\w)", text) for spelling in self.spellings)

    def column(self, name: str, value: Any) -> Any:
        """The new value of a column of the ledger; the same object where nothing changes."""
        if not isinstance(value, str) or not any(s in value for s in self.spellings):
            return value
        if value[:1] in "{[":
            try:
                plain = json.loads(value)
            except ValueError:
                plain = None
            if plain is not None:
                changed = self._inside(plain, name)
                return value if changed == plain else json.dumps(changed)
        return self._text(name, value)

    def word(self, text: str) -> str:
        """Text with the whole word replaced."""
        return re.sub(rf"(?<!\w){re.escape(self.old)}(?!\w)", lambda _: self.new, text)

    def _text(self, name: str, value: str) -> str:
        if self.everywhere:
            return self.word(value)
        if not self.customer and (name in PERSON or name.endswith("_by") or name in LISTED):
            parts = value.split(";")
            return ";".join(self.new if p.strip() == self.old else p for p in parts)
        return self.word(value) if name in WRITTEN else value

    def _inside(self, value: Any, name: str) -> Any:
        if isinstance(value, dict):
            named: Callable[[str], str] = lambda k: self.new if k == self.old else k  # noqa: E731
            keys = named if name in LISTED and not self.customer else lambda k: k
            return {keys(k): self._inside(v, k) for k, v in value.items()}
        if isinstance(value, list):
            return [self._inside(v, name) for v in value]
        if not isinstance(value, str):
            return value
        return self._text(name, value)
