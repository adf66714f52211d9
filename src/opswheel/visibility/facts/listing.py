"""`listing_now` and `listing_state`: each listing this morning, and what keeps shoppers from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis

from ...core.contracts import INTENT, LISTING_STATUS, LISTINGS, STOCK, STRANDED, SUPPRESSIONS
from ...core.contracts.prepared import ARRIVALS, CHANNELS, LEDGER_INTENTS, LISTING_NOW, LISTING_STATE
from ...core.detector import Facts
from .common import KEY, left, newest, shaped, shift

if TYPE_CHECKING:
    import ibis.expr.types as ir


def said_intents(facts: Facts) -> ir.Table:
    """What somebody said each listing is meant for, newest first: a loaded list or a close in Opswheel."""
    columns = (*KEY, "intent", "from_day", "to_day", "known_at")
    said = facts.now(INTENT).select(*columns).union(facts.table(LEDGER_INTENTS).select(*columns))
    said = newest(said, said.known_at.desc(), said.intent)
    said = said.join(facts.table(CHANNELS).select("account", "channel", "today"), ["account", "channel"])
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
    told = _told_by_api(facts)
    parts = [_from_api(facts, told), _suppressed(facts, told), _stranded(facts), _inactive(facts)]
    rows = parts[0]
    for part in parts[1:]:
        rows = rows.union(part)
    return rows


def _told_by_api(facts: Facts) -> ir.Table:
    rows = facts.now(LISTING_STATUS)
    return newest(rows, rows.day.desc(), rows.known_at.desc())


def _from_api(facts: Facts, told: ir.Table) -> ir.Table:
    rows = told.join(facts.table(CHANNELS).select("account", "channel", "today"), ["account", "channel"])
    rows = rows.mutate(
        over=(rows.exempt_until <= rows.today).fill_null(False),
        dated=(rows.exempt_until > rows.today).fill_null(False),
    )
    exempt = ibis.cases(
        (rows.exempt_action == "CATALOG_ITEM_REMOVED", "removed"),
        (rows.exempt_action == "LISTING_SUPPRESSED", "suppressed"),
        (rows.exempt_action == "SEARCH_SUPPRESSED", "hidden"),
    )
    state = ibis.cases(
        ((rows.action == "CATALOG_ITEM_REMOVED") & ~rows.buyable, "removed"),
        (rows.action.notnull() & ~rows.buyable, "suppressed"),
        (~rows.buyable, "inactive"),
        (~rows.discoverable, "hidden"),
        (rows.dated | rows.over, exempt),
    )
    rows = rows.mutate(
        state=state,
        cause=ibis.coalesce(rows.issue_category, rows.action, rows.exempt_action),
        detail=rows.issue_text,
        source=ibis.literal("listing_status"),
        starts_day=(rows.buyable & rows.discoverable & rows.dated).ifelse(rows.exempt_until, ibis.null().cast("date")),
    ).filter(ibis._.state.notnull())
    onset = _history(
        facts.table(LISTING_STATUS).semi_join(rows.select(*KEY), KEY),
        lambda h: h.buyable & h.discoverable.fill_null(True),
    )
    rows = left(rows, onset, KEY)
    return _state_rows(rows, onset=ibis.coalesce(rows.starts_day, rows.first_bad, rows.day), good=rows.last_good)


def _history(rows: ir.Table, healthy: Any) -> ir.Table:
    """Per listing: the last snapshot day that was good and the first bad one after it."""
    rows = rows.select(*KEY, "day", good=healthy(rows))
    last = rows.group_by(KEY).agg(last_good=rows.day.max(where=rows.good))
    both = rows.join(last, KEY)
    after = both.last_good.isnull() | (both.day > both.last_good)
    return both.group_by([*KEY, "last_good"]).agg(first_bad=both.day.min(where=~both.good & after))


def _state_rows(rows: ir.Table, *, onset: Any, good: Any) -> ir.Table:
    columns = {n: rows[n] for n in (*KEY, "state", "cause", "detail", "source")} | {"seen_day": rows.day}
    starts = rows.starts_day if "starts_day" in rows.columns else ibis.null().cast("date")
    return shaped(rows.select(**columns, onset_day=onset, last_good_day=good, starts_day=starts), LISTING_STATE)


def _suppressed(facts: Facts, told: ir.Table) -> ir.Table:
    """Rows of the suppressed list, unless the API said later that all is well."""
    rows = facts.now(SUPPRESSIONS)
    well = told.filter(told.buyable & told.discoverable.fill_null(True)).select(*KEY, told_day="day")
    rows = left(rows, well, KEY)
    rows = rows.filter(rows.told_day.isnull() | (rows.told_day < rows.day)).drop("told_day")
    status = facts.table(LISTING_NOW).select(*KEY, listing_status="status")
    rows = left(rows, status, KEY)
    findable = (rows.state == "search_suppressed") & (rows.listing_status.isnull() | (rows.listing_status == "active"))
    rows = rows.mutate(
        state=findable.ifelse("hidden", "suppressed"),
        cause=rows.reason,
        detail=rows.issue_text,
        source=ibis.literal("suppressions"),
    )
    seen = facts.table(SUPPRESSIONS).semi_join(rows.select(*KEY), KEY)
    first = seen.group_by(KEY).agg(first_seen=seen.day.min())
    rows = left(rows, first, KEY)
    onset = ibis.coalesce(rows.since_day, rows.first_seen, rows.day)
    good = rows.since_day.notnull().ifelse(shift(onset, -1), ibis.null().cast("date"))
    return _state_rows(rows, onset=onset, good=good)


def _stranded(facts: Facts) -> ir.Table:
    rows = facts.now(STRANDED)
    rows = rows.filter(rows.sellable_units > 0).mutate(
        state=ibis.literal("stranded"),
        cause=rows.reason,
        detail=ibis.coalesce(rows.error_text, rows.primary_action),
        source=ibis.literal("stranded"),
    )
    onset = ibis.coalesce(rows.stranded_day, rows.day)
    good = rows.stranded_day.notnull().ifelse(shift(onset, -1), ibis.null().cast("date"))
    return _state_rows(rows, onset=onset, good=good)


def _inactive(facts: Facts) -> ir.Table:
    rows = facts.table(LISTING_NOW)
    rows = rows.filter(rows.status != "active").mutate(
        state=ibis.literal("inactive"),
        cause=rows.status,
        detail=ibis.null().cast("string"),
        source=ibis.literal("listings"),
    )
    told = facts.table(LISTINGS)
    onset = _history(told.semi_join(rows.select(*KEY), KEY), lambda h: h.status == "active")
    rows = left(rows, onset, KEY)
    return _state_rows(rows, onset=ibis.coalesce(rows.first_bad, rows.day), good=rows.last_good)
