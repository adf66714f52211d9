"""The words closes may give as their cause: those that ship, those a workspace added, and which are the same."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ..core.contracts import OUTCOMES, ROOT_CAUSE_WORDS
from ..core.errors import WrongUse

_CODE = re.compile(r"^[a-z][a-z0-9_]{1,39}$")
ALIKE = 0.8
"""Two causes whose codes or words are so alike may be one: offered, never done unasked."""


def known(connection: sa.Connection, shipped: Mapping[str, str]) -> dict[str, str]:
    """Every cause a close may name, with its words; those merged into another are left out."""
    own = _own(connection)
    gone = {code for code, row in own.items() if row.merged_into}
    told = dict(shipped) | {code: row.words for code, row in own.items()}
    return {code: words for code, words in told.items() if code not in gone}


def merged(connection: sa.Connection) -> dict[str, str]:
    """Cause → the one that counts in its place, followed to the end."""
    into = {code: row.merged_into for code, row in _own(connection).items() if row.merged_into}

    def end(code: str) -> str:
        seen = {code}
        while (code := into.get(code, code)) in into and code not in seen:
            seen.add(code)
        return code

    return {code: end(code) for code in into}


def _own(connection: sa.Connection) -> dict[str, Any]:
    return {row.code: row for row in connection.execute(sa.select(ROOT_CAUSE_WORDS.sql_table()))}


def add(  # noqa: PLR0913
    connection: sa.Connection, code: str, words: str, shipped: Mapping[str, str], *, by: str, at: datetime
) -> None:
    """A workspace's own cause, or other words for it."""
    if not _CODE.match(code):
        raise WrongUse(f"{code!r} cannot name a cause.", "Small letters, digits and _; at most 40, such as late_truck.")
    if code in shipped:
        raise WrongUse(f"{code!r} ships with Opswheel.", "Merge it into one of yours instead.")
    if not words.strip():
        raise WrongUse("What does it mean?", 'Say it in words: "the truck came late".')
    _put(connection, code, {"words": words.strip(), "merged_into": None, "by": by, "at": at})


def merge(  # noqa: PLR0913
    connection: sa.Connection, code: str, into: str, shipped: Mapping[str, str], *, by: str, at: datetime
) -> None:
    """From now on `code` counts as `into`, in what was learned before, too. Closes keep the word they gave."""
    all_ = dict(shipped) | {c: r.words for c, r in _own(connection).items()}
    for one in (code, into):
        if one not in all_:
            near = difflib.get_close_matches(one, sorted(all_), n=1)
            hint = f"Did you mean {near[0]}?" if near else "`opswheel learning --json` lists them under causes."
            raise WrongUse(f"{one!r} is no root cause.", hint)
    if merged(connection).get(into, into) == code or code == into:
        raise WrongUse(f"{into} counts as {code} already.", "A cause cannot be merged into itself.")
    _put(connection, code, {"words": all_[code], "merged_into": into, "by": by, "at": at})


def _put(connection: sa.Connection, code: str, values: dict[str, Any]) -> None:
    table = ROOT_CAUSE_WORDS.sql_table()
    done = connection.execute(table.update().where(table.c.code == code).values(**values))
    if not done.rowcount:
        connection.execute(table.insert(), {"code": code, **values})


def alike(connection: sa.Connection, shipped: Mapping[str, str]) -> list[dict[str, Any]]:
    """Pairs of causes that may be one, the likest first, with how often closes gave each. Only those in use."""
    outcomes = OUTCOMES.sql_table()
    counts: dict[str, int] = {
        row[0]: row[1]
        for row in connection.execute(sa.select(outcomes.c.root_cause, sa.func.count()).group_by(outcomes.c.root_cause))
        if row[0]
    }
    words = known(connection, shipped)
    own = [c for c in words if c not in shipped]
    found = []
    for mine in sorted(own):
        for other in sorted(words):
            if other != mine and not (other in own and other > mine):
                likeness = _likeness(mine, other, words)
                if likeness >= ALIKE:
                    pair = {"cause": mine, "like": other, "likeness": round(likeness, 2)}
                    found.append({**pair, "closes": counts.get(mine, 0), "closes_like": counts.get(other, 0)})
    return sorted(found, key=lambda f: (-f["likeness"], f["cause"], f["like"]))


def _likeness(a: str, b: str, words: Mapping[str, str]) -> float:
    """The greater of how alike the codes and how alike the words are, in whatever order the words stand."""

    def ratio(x: Iterable[str], y: Iterable[str]) -> float:
        return difflib.SequenceMatcher(None, " ".join(sorted(x)), " ".join(sorted(y))).ratio()

    return max(ratio(a.split("_"), b.split("_")), ratio(words[a].lower().split(), words[b].lower().split()))
