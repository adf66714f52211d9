"""`messages`: the last word about each listing that messages told of, and the day its trouble began.

A message is exact but may be lost; an answer or a report is late but sees what holds. So all of them are moments at
which a listing was seen, and the latest that speaks of a thing counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis

from ...core.contracts import LISTING_CHANGES, LISTING_STATUS, LISTINGS, SUPPRESSIONS
from ...core.contracts.prepared import ARRIVALS
from ...core.detector import Facts
from .common import KEY, NO_DAY, PLACE, left, newest

if TYPE_CHECKING:
    import ibis.expr.types as ir

NO_ACTION = "NONE"
_ENFORCED = ("action", "exempt_action", "exempt_until", "issue_category", "issue_text")
ANSWER = (*KEY, "day", "buyable", "findable", *_ENFORCED, "off_day", "hidden_day")


def asked(facts: Facts) -> ir.Table:
    """The API's newest answer about each listing it was asked about."""
    told = facts.now(LISTING_STATUS)
    told = newest(told, told.day.desc(), told.known_at.desc())
    return told.mutate(findable=told.discoverable.fill_null(True), off_day=NO_DAY, hidden_day=NO_DAY)


def messages(facts: Facts) -> ir.Table:
    """The answer about each listing that messages told of, as if the API had been asked after the last of them.

    A message about enforcements says nothing of being bought or found. `off_day` and `hidden_day` are days in the
    channel's zone, of the first message of the trouble that lasts.
    """
    seen = _moments(facts)
    spoke = seen.day.notnull()
    rows = seen.group_by([*KEY, "off_at", "unfound_at"]).agg(
        day=seen.day.max(where=seen.buyable.notnull()),
        told_day=seen.day.max(where=seen.buyable.notnull() & seen.exact),
        on_at=seen["at"].max(where=seen.buyable & spoke),
        found_at=seen["at"].max(where=seen.found),
        last_action=seen.action.argmax(seen["at"], where=seen.action.notnull()),
        off_day=_begun(seen, ~seen.buyable, seen.on_before),
        hidden_day=_begun(seen, ~seen.buyable | ~seen.found, seen.found_before),
    )
    rows = left(rows, asked(facts).select(*KEY, *_ENFORCED, asked_day="day"), KEY)
    rows = rows.filter(rows.told_day.notnull() | rows.asked_day.notnull())
    off = (rows.off_at > rows.on_at).fill_null(rows.on_at.isnull())
    hidden = (rows.unfound_at > rows.found_at).fill_null(rows.unfound_at.notnull())
    explained = rows.last_action == rows.action.fill_null(NO_ACTION)
    return rows.mutate(
        buyable=~off,
        findable=~hidden,
        action=rows.last_action.nullif(NO_ACTION),
        off_day=off.ifelse(rows.off_day, NO_DAY),
        hidden_day=hidden.ifelse(rows.hidden_day, NO_DAY),
        **{c: explained.ifelse(rows[c], ibis.null().cast("string")) for c in ("issue_category", "issue_text")},
    ).select(*ANSWER)


def _begun(seen: ir.Table, trouble: Any, well_at: Any) -> Any:
    """The day of the first trouble after the listing was well, if a message tells it: others see it afterwards."""
    trouble &= (seen["at"] > well_at).fill_null(True)
    first = seen["at"].min(where=trouble) == seen["at"].min(where=trouble & seen.exact)
    return first.ifelse(seen.day.min(where=trouble & seen.exact), NO_DAY)


def _moments(facts: Facts) -> ir.Table:
    """When each listing that messages told of was seen on or off, and found or not; what is off cannot be found.

    Beside each: when it was last off or not found, and when last well before that.
    """
    parts = _sources(facts)
    rows = parts[0]
    for part in parts[1:]:
        rows = rows.union(part.select(*rows.columns))
    rows = rows.mutate(found=rows.buyable.fill_null(True).ifelse(rows.found, ibis.null().cast("boolean")))
    whole = ibis.window(group_by=[rows[k] for k in KEY])
    off_at, unfound_at = (rows["at"].max(where=~well).over(whole) for well in (rows.buyable, rows.found))
    rows = rows.mutate(off_at=off_at, unfound_at=unfound_at)
    whole = ibis.window(group_by=[rows[k] for k in KEY])
    on_before = rows["at"].max(where=rows.buyable & (rows["at"] < rows.off_at)).over(whole)
    found_before = rows["at"].max(where=rows.found & (rows["at"] < rows.unfound_at)).over(whole)
    return rows.mutate(on_before=on_before, found_before=found_before)


def _sources(facts: Facts) -> list[ir.Table]:
    """Messages, answers, mornings on which a report called it active, and a list of suppressed listings without it.

    The reports have no `day`: that one was active parts two troubles, but denies none that was told since; that it is
    not on a newer list denies that it cannot be found.
    """
    told, answers = facts.table(LISTING_CHANGES), facts.table(LISTING_STATUS)
    active, lists = facts.table(LISTINGS), facts.table(ARRIVALS)
    keys = told.select(*KEY).distinct()
    active = active.filter(active.status == "active").semi_join(keys, KEY)
    answers = answers.semi_join(keys, KEY)
    lists = lists.filter(lists.latest & (lists.table_name == SUPPRESSIONS.name))
    lists = lists.group_by(PLACE).agg(at=lists.known_at.max())
    absent = keys.join(lists, PLACE).anti_join(facts.now(SUPPRESSIONS), KEY)
    yes, no, unknown = ibis.literal(True), ibis.literal(False), ibis.null().cast("boolean")
    known = {"action": answers.action.fill_null(NO_ACTION), "found": answers.discoverable.fill_null(True), "exact": no}
    report = {"day": NO_DAY, "action": ibis.null().cast("string"), "exact": no}
    return [
        told.select(*KEY, "at", "day", "buyable", "action", found=told.discoverable, exact=yes),
        answers.select(*KEY, "day", "buyable", at=answers.known_at, **known),
        active.select(*KEY, at=active.known_at, buyable=yes, found=unknown, **report),
        absent.select(*KEY, "at", buyable=unknown, found=yes, **report),
    ]
