"""`listing_now` and `listing_state`: each listing this morning, and what keeps shoppers from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis

from ...core.contracts import INTENT, LISTING_STATUS, LISTINGS, STOCK, STRANDED, SUPPRESSIONS, Contract
from ...core.contracts.prepared import ARRIVALS, CHANNELS, LEDGER_INTENTS, LISTING_NOW, LISTING_STATE
from ...core.detector import Facts
from .common import ITEM, KEY, NO_DAY, PLACE, left, newest, shaped, shift, step
from .messages import ANSWER, asked, messages

if TYPE_CHECKING:
    import ibis.expr.types as ir

_SOURCE = [*KEY, "source"]
_STATE = [*_SOURCE, "state"]
_TOLD = (*KEY, "state", "cause", "detail", "source", "seen_day", "stated_day", "starts_day")
NO_OFFER_DOWN = ("SEARCH_SUPPRESSED", "ATTRIBUTE_SUPPRESSED")
"""Enforcements that keep nobody from buying: a listing that cannot be bought is off for another reason."""

WHOLE_LISTS = ("amazon_all_listings", "listings_csv")
"""The reports that name every listing of a channel, whatever its state."""


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
    off = (rows.said_intent == "off").fill_null(False)
    own = rows.group_by(ITEM).agg(own_offers=ibis.greatest((~off).sum(), 1))
    return shaped(left(rows, own, ITEM), LISTING_NOW)


def snapshots(facts: Facts) -> ir.Table:
    """What all loaded snapshots of a listing say together, in one pass over them; rules look closer at few.

    `first_day` is the first that names it, `highest_minor` the most it was ever asked for. `title_low` differs from
    `title_high`, and `kind_low` from `kind_high`, if its title, or its brand and category, were not the same in all.
    """
    rows = facts.table(LISTINGS)
    title = rows.title.fill_null("").hash()
    kind = (rows.brand.fill_null("") + "|" + rows.category.fill_null("")).hash()
    return rows.group_by(KEY).agg(
        first_day=rows.day.min(),
        highest_minor=rows.price_minor.max(),
        title_low=title.min(),
        title_high=title.max(),
        kind_low=kind.min(),
        kind_high=kind.max(),
    )


def unlisted(facts: Facts) -> ir.Table:
    """Listings an earlier snapshot names and nothing does now."""
    return step(snapshots).anti_join(facts.table(LISTING_NOW), KEY).select(*KEY)


def _named_elsewhere(facts: Facts, columns: tuple[str, ...]) -> ir.Table:
    """SKUs that a status, suppression, stranded or stock report names, and no listings report.

    Stock alone makes no listing where a list of all listings is at hand: what it leaves out is gone. What a report
    of bad listings names stays, because its trouble does: stock is stranded exactly when its listing is gone.
    """
    whole = facts.table(ARRIVALS)
    whole = whole.filter(whole.latest & whole.report.isin(WHOLE_LISTS)).select(*PLACE).distinct()
    stock = facts.now(STOCK).anti_join(whole, PLACE)
    status = facts.now(LISTING_STATUS)
    status = status.mutate(status=status.buyable.ifelse("active", "inactive"))
    parts = [
        _as_listing(status, columns),
        _as_listing(facts.now(SUPPRESSIONS).mutate(status=ibis.literal("active")), columns),
        _as_listing(facts.now(STRANDED).mutate(status=ibis.literal("active")), columns),
        _as_listing(stock.mutate(status=ibis.literal("active")), columns),
    ]
    rows = parts[0].mutate(_p=ibis.literal(0))
    for n, part in enumerate(parts[1:], start=1):
        rows = rows.union(part.mutate(_p=ibis.literal(n)))
    return newest(rows, rows["_p"], rows.day.desc()).select(*columns)


def _as_listing(rows: ir.Table, columns: tuple[str, ...]) -> ir.Table:
    types, have = LISTINGS.schema(), set(rows.columns)
    return rows.select(**{c: (rows[c] if c in have else ibis.null()).cast(types[c]) for c in columns})


def answers(facts: Facts) -> ir.Table:
    """The API's newest answer about each listing it was asked about, and what messages told since."""
    told = step(messages)
    return asked(facts).select(*ANSWER).anti_join(told, KEY).union(told)


def states_told(facts: Facts) -> ir.Table:
    """What each report says is wrong with a listing, and the day it began where the report states it."""
    parts = [_from_api(facts), _suppressed(facts), _stranded(facts), _inactive(facts)]
    rows = parts[0]
    for part in parts[1:]:
        rows = rows.union(part)
    return rows


def listing_state(facts: Facts) -> ir.Table:
    """Every unhealthy state of every listing with its onset; a listing may have several, detectors eliminate."""
    rows = step(states_told)
    told = _mornings(facts, rows.select(*_STATE).distinct())
    last = told.group_by(_STATE).agg(last_good=told.day.max(where=told.good))
    told = told.join(last, _STATE)
    after = told.last_good.isnull() | (told.day > told.last_good)
    onset = told.group_by([*_STATE, "last_good"]).agg(first_bad=told.day.min(where=~told.good & after))
    rows = left(rows, onset, _STATE)
    begun = rows.stated_day.notnull() & rows.starts_day.isnull()
    rows = rows.mutate(
        onset_day=ibis.coalesce(rows.stated_day, rows.first_bad, rows.seen_day),
        last_good_day=begun.ifelse(shift(rows.stated_day, -1), rows.last_good),
        stated=rows.stated_day.notnull(),
    )
    first = ibis.row_number().over(group_by=[*KEY, "state"], order_by=[rows.onset_day, rows.source])
    return shaped(rows.mutate(_n=first).filter(ibis._["_n"] == 0), LISTING_STATE)


def _mornings(facts: Facts, keys: ir.Table) -> ir.Table:
    """Every morning on which a report spoke of these listings, and whether it called them free of that state.

    A list of bad rows does not name what is well: a morning whose list lacks the listing was good. A listing that
    cannot be bought since yesterday sold until then, however long it had been hidden before.
    """
    status, listings, lists = facts.table(LISTING_STATUS), facts.table(LISTINGS), facts.table(ARRIVALS)
    status = status.select(*KEY, "day", "buyable", "discoverable", source=_of(LISTING_STATUS)).join(keys, _SOURCE)
    found = status.discoverable.fill_null(True) | (status.state != "hidden")
    status = status.select(*_STATE, "day", good=status.buyable & found)
    listings = listings.select(*KEY, "day", source=_of(LISTINGS), good=listings.status == "active")
    bad = [facts.table(table).select(*KEY, "day", source=_of(table)) for table in (SUPPRESSIONS, STRANDED)]
    named = bad[0].union(bad[1]).semi_join(keys, _SOURCE).distinct().mutate(named=ibis.literal(True))
    lists = lists.filter(lists.table_name.isin([SUPPRESSIONS.name, STRANDED.name]))
    lists = lists.select(*PLACE, "day", source="table_name").distinct()
    looked = left(keys.join(lists, [*PLACE, "source"]), named, [*_SOURCE, "day"])
    looked = looked.select(*_STATE, "day", good=looked.named.isnull())
    return status.union(listings.join(keys, _SOURCE).select(*status.columns)).union(looked)


def _of(table: Contract) -> ir.Value:
    return ibis.literal(table.name)


def _told(rows: ir.Table, table: Contract, **columns: Any) -> ir.Table:
    """Rows of one report in the shape the parts of `states_told` share."""
    days = {"stated_day": NO_DAY, "starts_day": NO_DAY}
    return rows.select(*KEY, **(days | columns), source=_of(table), seen_day=rows.day).select(*_TOLD)


def _from_api(facts: Facts) -> ir.Table:
    """What the API says: the state decides, the enforcement only names it. An exemption that ends is dated."""
    rows = step(answers).join(facts.table(CHANNELS).select(*PLACE, "today"), PLACE)
    rows = left(rows, facts.table(LISTING_NOW).select(*KEY, listed="status", listed_day="day"), KEY)
    well = rows.buyable & rows.findable
    ends = (well & (rows.exempt_until > rows.day)).ifelse(rows.exempt_until, NO_DAY)
    exempt = ibis.cases(
        (rows.exempt_action == "CATALOG_ITEM_REMOVED", "removed"),
        (rows.exempt_action == "LISTING_SUPPRESSED", "suppressed"),
        (rows.exempt_action == "SEARCH_SUPPRESSED", "hidden"),
    )
    active_since = ((rows.listed == "active") & (rows.listed_day > rows.day)).fill_null(False)
    state = ibis.cases(
        ((rows.action == "CATALOG_ITEM_REMOVED") & ~rows.buyable, "removed"),
        (rows.action.notnull() & ~rows.action.isin(NO_OFFER_DOWN) & ~rows.buyable, "suppressed"),
        (~rows.buyable & ~active_since, "inactive"),
        (rows.buyable & ~rows.findable, "hidden"),
        (ends.notnull(), exempt),
    )
    told = _told(
        rows,
        LISTING_STATUS,
        state=state,
        cause=ibis.coalesce(rows.issue_category, rows.action, rows.exempt_action),
        detail=rows.issue_text,
        stated_day=ibis.coalesce(ends, rows.buyable.ifelse(rows.hidden_day, rows.off_day)),
        starts_day=(ends > rows.today).ifelse(ends, NO_DAY),
    )
    return told.filter(told.state.notnull())


def _suppressed(facts: Facts) -> ir.Table:
    """Rows of the suppressed list, unless the API has since said that the listing can be bought, or found again."""
    rows = facts.now(SUPPRESSIONS)
    rows = left(rows, facts.table(LISTING_NOW).select(*KEY, listed="status"), KEY)
    rows = left(rows, _since("findable", "hidden_day"), KEY)
    hidden = (rows.state == "search_suppressed") & (rows.listed.isnull() | (rows.listed == "active"))
    denied = (rows.told_day >= rows.day) & rows.buyable & (rows.findable | ~hidden)
    return _told(
        rows.filter(~denied.fill_null(False)),
        SUPPRESSIONS,
        state=hidden.ifelse("hidden", "suppressed"),
        cause=rows.reason,
        detail=rows.issue_text,
        stated_day=ibis.coalesce(rows.since_day, _by(rows, hidden.ifelse(rows.hidden_day, rows.off_day))),
    )


def _stranded(facts: Facts) -> ir.Table:
    rows = facts.now(STRANDED)
    rows = rows.filter(rows.sellable_units > 0)
    detail = ibis.coalesce(rows.error_text, rows.primary_action)
    return _told(
        rows, STRANDED, state=ibis.literal("stranded"), cause=rows.reason, detail=detail, stated_day=rows.stranded_day
    )


def _inactive(facts: Facts) -> ir.Table:
    """Listings that are not active, unless the API has since said that they can be bought."""
    rows = left(facts.table(LISTING_NOW), _since(), KEY)
    denied = (rows.told_day >= rows.day) & rows.buyable
    rows = rows.filter((rows.status != "active") & ~denied.fill_null(False))
    none = ibis.null().cast("string")
    begun = _by(rows, rows.off_day)
    return _told(rows, LISTINGS, state=ibis.literal("inactive"), cause=rows.status, detail=none, stated_day=begun)


def _since(*columns: str) -> ir.Table:
    """The last answer about each listing, beside what a report says of it."""
    return step(answers).select(*KEY, "buyable", "off_day", *columns, told_day="day")


def _by(rows: ir.Table, told: Any) -> Any:
    """The day a message told of, if that lies before the report: else the report speaks of something older."""
    return (told <= rows.day).ifelse(told, NO_DAY)
