"""`listing_now` and `listing_state`: each listing this morning, and what keeps shoppers from it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import ibis

from ...core.contracts import INTENT, LISTING_STATUS, LISTINGS, STOCK, STRANDED, SUPPRESSIONS, Contract
from ...core.contracts.prepared import ARRIVALS, CHANNELS, LEDGER_INTENTS, LISTING_NOW, LISTING_STATE
from ...core.detector import Facts
from .common import KEY, NO_DAY, PLACE, left, newest, shaped, shift

if TYPE_CHECKING:
    import ibis.expr.types as ir

NO_OFFER_DOWN = ("SEARCH_SUPPRESSED", "ATTRIBUTE_SUPPRESSED")
"""Enforcements that keep nobody from buying: a listing that cannot be bought is off for another reason."""


def said_intents(facts: Facts) -> ir.Table:
    """What somebody said each listing is meant for, newest first: a loaded list or a close in Opswheel."""
    columns = (*KEY, "intent", "from_day", "to_day", "known_at")
    said = facts.now(INTENT).select(*columns).union(facts.table(LEDGER_INTENTS).select(*columns))
    said = newest(said, said.known_at.desc(), said.intent)
    said = said.join(facts.table(CHANNELS).select(*PLACE, "today"), PLACE)
    season = (said.from_day.isnull() | (said.today >= said.from_day)) & (
        said.to_day.isnull() | (said.today <= said.to_day)
    )
    said_intent = ibis.cases(
        (said.intent.isin(["discontinued", "not_ours"]), "off"),
        ((said.intent == "seasonal") & season, "sell"),
        (said.intent == "seasonal", "off"),
        (said.intent == "unknown", ibis.null().cast("string")),
        else_=said.intent,
    )
    return said.select(*KEY, said_intent=said_intent)


def listing_now(facts: Facts) -> ir.Table:
    """Each listing from the best current listings report; where none names it, from the reports that do."""
    precedence = facts.table(ARRIVALS).select("delivery_id", "precedence")
    listed = facts.now(LISTINGS).join(precedence, "delivery_id")
    listed = newest(listed, listed.day.desc(), listed.precedence)
    named = ("item_id", "title", "brand", "category", "condition", "status", "fulfillment", "price_minor")
    columns = (*KEY, "day", *named, "quantity_units", "opened_on")
    listed = listed.select(*columns)
    others = _named_elsewhere(facts, columns).anti_join(listed.select(*KEY), KEY)
    rows = listed.union(others)
    rows = left(rows, said_intents(facts), KEY)
    rows = rows.select(
        *[rows[c] for c in columns if c not in ("item_id", "category")],
        item_id=ibis.coalesce(rows.item_id, rows.sku),
        category=rows.category.fill_null(""),
        said_intent=rows.said_intent,
    )
    meant = (rows.said_intent.isnull() | (rows.said_intent != "off")).cast("int64")
    own = meant.sum().over(ibis.window(group_by=[rows.account, rows.channel, rows.item_id]))
    return shaped(rows.mutate(own_offers=ibis.greatest(own, 1)), LISTING_NOW)


def _named_elsewhere(facts: Facts, columns: tuple[str, ...]) -> ir.Table:
    """SKUs that a status, suppression, stranded or stock report names, for workspaces without a listings report."""
    status = facts.now(LISTING_STATUS)
    status = status.mutate(status=status.buyable.ifelse("active", "inactive"))
    parts = [
        _as_listing(status, columns),
        _as_listing(facts.now(SUPPRESSIONS).mutate(status=ibis.literal("active")), columns),
        _as_listing(facts.now(STRANDED).mutate(status=ibis.literal("active")), columns),
        _as_listing(facts.now(STOCK).mutate(status=ibis.literal("active")), columns),
    ]
    rows = parts[0].mutate(_p=ibis.literal(0))
    for n, part in enumerate(parts[1:], start=1):
        rows = rows.union(part.mutate(_p=ibis.literal(n)))
    return newest(rows, rows["_p"], rows.day.desc()).select(*columns)


def _as_listing(rows: ir.Table, columns: tuple[str, ...]) -> ir.Table:
    types, have = LISTINGS.schema(), set(rows.columns)
    return rows.select(**{c: (rows[c] if c in have else ibis.null()).cast(types[c]) for c in columns})


def listing_state(facts: Facts) -> ir.Table:
    """Every unhealthy state of every listing; a listing may have several, detectors eliminate."""
    told = facts.now(LISTING_STATUS)
    told = newest(told, told.day.desc(), told.known_at.desc())
    parts = [_from_api(facts, told), _suppressed(facts, told), _stranded(facts), _inactive(facts, told)]
    rows = parts[0]
    for part in parts[1:]:
        rows = rows.union(part)
    first = ibis.row_number().over(group_by=[*KEY, "state"], order_by=[rows.onset_day, rows.source])
    return rows.mutate(_n=first).filter(ibis._["_n"] == 0).drop("_n")


def _from_api(facts: Facts, told: ir.Table) -> ir.Table:
    """What the API says: the state decides, the enforcement only names it. An exemption that ends is dated."""
    rows = told.join(facts.table(CHANNELS).select(*PLACE, "today"), PLACE)
    well = rows.buyable & rows.discoverable.fill_null(True)
    rows = rows.mutate(ends=(well & (rows.exempt_until > rows.day)).ifelse(rows.exempt_until, NO_DAY))
    exempt = ibis.cases(
        (rows.exempt_action == "CATALOG_ITEM_REMOVED", "removed"),
        (rows.exempt_action == "LISTING_SUPPRESSED", "suppressed"),
        (rows.exempt_action == "SEARCH_SUPPRESSED", "hidden"),
    )
    state = ibis.cases(
        ((rows.action == "CATALOG_ITEM_REMOVED") & ~rows.buyable, "removed"),
        (rows.action.isin(NO_OFFER_DOWN) & ~rows.buyable, "inactive"),
        (rows.action.notnull() & ~rows.buyable, "suppressed"),
        (~rows.buyable, "inactive"),
        (~rows.discoverable, "hidden"),
        (rows.ends.notnull(), exempt),
    )
    rows = rows.mutate(
        state=state,
        cause=ibis.coalesce(rows.issue_category, rows.action, rows.exempt_action),
        detail=rows.issue_text,
        source=ibis.literal(LISTING_STATUS.name),
        starts_day=(rows.ends > rows.today).ifelse(rows.ends, NO_DAY),
    ).filter(ibis._.state.notnull())
    later = facts.table(LISTING_NOW).filter(ibis._.status == "active").select(*KEY, active_day="day")
    rows = left(rows, later, KEY)
    rows = rows.filter((rows.state != "inactive") | ~(rows.active_day > rows.day).fill_null(False))
    onset = _history(
        facts.table(LISTING_STATUS).semi_join(rows.select(*KEY), KEY),
        lambda h: h.buyable & h.discoverable.fill_null(True),
    )
    rows = left(rows, onset, KEY)
    return _state_rows(
        rows,
        onset=ibis.coalesce(rows.ends, rows.first_bad, rows.day),
        good=(rows.ends <= rows.today).fill_null(False).ifelse(shift(rows.ends, -1), rows.last_good),
        stated=rows.ends.notnull(),
    )


def _history(rows: ir.Table, healthy: Callable[[ir.Table], Any]) -> ir.Table:
    """Per listing: the last snapshot day that was good and the first bad one after it."""
    rows = rows.select(*KEY, "day", good=healthy(rows))
    last = rows.group_by(KEY).agg(last_good=rows.day.max(where=rows.good))
    both = rows.join(last, KEY)
    after = both.last_good.isnull() | (both.day > both.last_good)
    return both.group_by([*KEY, "last_good"]).agg(first_bad=both.day.min(where=~both.good & after))


def _listed(facts: Facts, table: Contract, rows: ir.Table) -> ir.Table:
    """The same for a list of bad rows that states no day: a morning whose list lacks the listing was good."""
    seen = facts.table(table).semi_join(rows, KEY).select(*KEY, "day").distinct().mutate(listed=ibis.literal(True))
    lists = facts.table(ARRIVALS)
    lists = lists.filter(lists.table_name == table.name).select(*PLACE, "day").distinct()
    mornings = left(rows.select(*KEY).join(lists, PLACE), seen, [*KEY, "day"])
    return _history(mornings, lambda morning: morning.listed.isnull())


def _since(facts: Facts, table: Contract, rows: ir.Table, stated: str) -> ir.Table:
    """State rows of such a list: the day it states, else the mornings between which the listing appeared."""
    rows = left(rows, _listed(facts, table, rows.filter(rows[stated].isnull())), KEY)
    return _state_rows(
        rows,
        onset=ibis.coalesce(rows[stated], rows.first_bad, rows.day),
        good=rows[stated].notnull().ifelse(shift(rows[stated], -1), rows.last_good),
        stated=rows[stated].notnull(),
    )


def _state_rows(rows: ir.Table, *, onset: Any, good: Any, stated: Any) -> ir.Table:
    columns = {n: rows[n] for n in (*KEY, "state", "cause", "detail", "source")} | {"seen_day": rows.day}
    starts = rows.starts_day if "starts_day" in rows.columns else NO_DAY
    days = {"onset_day": onset, "last_good_day": good, "starts_day": starts}
    return shaped(rows.select(**columns, **days, stated=stated), LISTING_STATE)


def _suppressed(facts: Facts, told: ir.Table) -> ir.Table:
    """Rows of the suppressed list, unless the API has since said that the listing can be bought, or found again."""
    rows = facts.now(SUPPRESSIONS)
    rows = left(rows, facts.table(LISTING_NOW).select(*KEY, listing_status="status"), KEY)
    findable = (rows.state == "search_suppressed") & (rows.listing_status.isnull() | (rows.listing_status == "active"))
    rows = rows.mutate(
        state=findable.ifelse("hidden", "suppressed"),
        cause=rows.reason,
        detail=rows.issue_text,
        source=ibis.literal(SUPPRESSIONS.name),
    )
    answers = told.select(*KEY, "buyable", told_day="day", found=told.discoverable.fill_null(True))
    rows = left(rows, answers, KEY)
    denied = (rows.told_day >= rows.day) & rows.buyable & (rows.found | (rows.state == "suppressed"))
    return _since(facts, SUPPRESSIONS, rows.filter(~denied.fill_null(False)), "since_day")


def _stranded(facts: Facts) -> ir.Table:
    rows = facts.now(STRANDED)
    rows = rows.filter(rows.sellable_units > 0).mutate(
        state=ibis.literal("stranded"),
        cause=rows.reason,
        detail=ibis.coalesce(rows.error_text, rows.primary_action),
        source=ibis.literal(STRANDED.name),
    )
    return _since(facts, STRANDED, rows, "stranded_day")


def _inactive(facts: Facts, told: ir.Table) -> ir.Table:
    """Listings that are not active, unless the API has since said that they can be bought."""
    rows = facts.table(LISTING_NOW)
    rows = rows.filter(rows.status != "active").mutate(
        state=ibis.literal("inactive"),
        cause=rows.status,
        detail=ibis.null().cast("string"),
        source=ibis.literal(LISTINGS.name),
    )
    rows = left(rows, told.filter(told.buyable).select(*KEY, told_day="day"), KEY)
    rows = rows.filter(rows.told_day.isnull() | (rows.told_day < rows.day))
    history = facts.table(LISTINGS).semi_join(rows.select(*KEY), KEY)
    rows = left(rows, _history(history, lambda h: h.status == "active"), KEY)
    onset = ibis.coalesce(rows.first_bad, rows.day)
    return _state_rows(rows, onset=onset, good=rows.last_good, stated=ibis.literal(False))
