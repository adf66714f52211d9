"""What the wheel tells the engine about one run: small tables that carry every date and literal.

Expressions hold no literals of a run, so that their SQL is compiled once per process.
"""

from ..base import PLACE, Contract, day, flag, integer, moment, number, text


def _input(name: str, grain: str, key: tuple[str, ...], *columns: object) -> Contract:
    return Contract(name=name, kind="prepared", grain=grain, writer="wheel", key=key, columns=columns)  # type: ignore[arg-type]


CHANNELS = _input(
    "channels",
    "one row per account and channel",
    ("account", "channel"),
    *PLACE,
    text("currency", "ISO 4217 code"),
    flag("tax_included", "whether order prices include tax"),
    day("today", "the channel's calendar day at as_of; not complete yet", required=True),
    moment("day_begins_at", "when that day begins", required=True),
    moment("day_ends_at", "when it ends", required=True),
    day("first_day", "first day of loaded sales; empty where none is loaded"),
    number("unit_rate", "reporting currency for one minor unit of the channel's; empty where no rate is known"),
    text("stock_pool", "name of the pool this channel's stock belongs to", required=True),
    integer("review_days", "days between two looks at stock", unit="days", required=True),
    integer("assumed_lead_days", "lead time where none is loaded (assumed)", unit="days", required=True),
    integer("assumed_receive_days", "receive time where none is loaded (assumed)", unit="days", required=True),
    integer("shipped_arrives_days", "days until units on their way can be sold (assumed)", unit="days", required=True),
    integer(
        "receiving_arrives_days", "days until units being received can be sold (assumed)", unit="days", required=True
    ),
)

CALENDAR = _input(
    "calendar",
    "one row per channel and past day with settled sales",
    ("account", "channel", "day"),
    *PLACE,
    day("day", "the day", required=True),
    text("source", "`orders` or `traffic`: where the day's units come from", required=True),
    text("level", "the level of traffic rows that count on this day: `child`, else `sku`", required=True),
    integer("counted", "how many settled days there are up to and including this one", required=True),
    flag("recent", "one of the last 28 settled days", required=True),
    flag("wide", "one of the last 84 settled days", required=True),
    flag("wide_before", "one of the 84 settled days that ended a week ago", required=True),
    flag("views_now", "one of the last 3 days with settled traffic", required=True),
    flag("views_before", "one of the 56 days with settled traffic before those 3", required=True),
    flag("shares_now", "one of the last 3 days with traffic, settled or not", required=True),
)

ARRIVALS = _input(
    "arrivals",
    "one row per delivery of a snapshot that counts",
    ("delivery_id",),
    integer("delivery_id", "the delivery", required=True),
    text("table_name", "the fact table", required=True),
    *PLACE,
    text("report", "the report", required=True),
    integer("precedence", "smaller wins where two reports speak of the same listing", required=True),
    day("day", "the morning of the snapshot", required=True),
    day("next_day", "the morning of the next snapshot, else the day after today", required=True),
    moment("known_at", "when it could first be known", required=True),
    flag("latest", "whether it is the current one of its report", required=True),
)

PIECES = _input(
    "pieces",
    "one row per delivery that takes part in a stretch of days told only as a range",
    ("account", "channel", "from_day", "delivery_id"),
    *PLACE,
    day("from_day", "first day of the stretch", required=True),
    day("to_day", "last day of the stretch", required=True),
    integer("days", "days in the stretch", required=True),
    integer("delivery_id", "the delivery", required=True),
    text("level", "the level of its rows that count", required=True),
    day("report_from_day", "first day of the row in the report", required=True),
    day("report_to_day", "last day of the row in the report", required=True),
    integer("sign", "1, or −1 where a nested range is taken away", required=True),
)

CUTS = _input(
    "cuts",
    "one row per version of a cut line in force",
    ("threshold_id",),
    text("threshold_id", "version", required=True),
    text("kind", "the detector's kind", required=True),
    text("name", "the cut line", required=True),
    integer("ordinal", "0 for the detector's first cut line", required=True),
    text("measures", "the observation's column that is compared; `slope` eases the floor", required=True),
    text("fires", "`at or above`, `at or below` or `eases the floor`", required=True),
    number("value", "the cut, money already in reporting currency", required=True),
    number("release", "where an issue that once fired lets go"),
    integer("for_days", "how old the trouble must be", unit="days", required=True),
    text("account", "segment; empty for all"),
    text("channel", "segment; empty for all"),
    text("category", "segment; empty for all"),
    integer("tier", "segment; empty for all"),
    integer("specific", "how many segments are named: the most specific wins", required=True),
)

LEDGER_INTENTS = _input(
    "ledger_intents",
    "one row per listing: the last intent said in Opswheel",
    ("account", "channel", "sku"),
    *PLACE,
    text("sku", "our SKU", required=True),
    text("intent", "what it is meant for", required=True),
    day("from_day", "first day of the season"),
    day("to_day", "last day of the season"),
    moment("known_at", "when it was said", required=True),
)

FORECAST_CYCLES = _input(
    "forecast_cycles",
    "one row per channel, segment of its listings and forecast whose 28 days were over before the run",
    ("account", "channel", "segment", "made_day"),
    *PLACE,
    text("segment", "`fast`, `steady`, `slow`, `rare`, `new` or `silent`", required=True),
    day("made_day", "UTC day the forecast was made", required=True),
    integer("items", "listings compared", required=True),
    number("forecast_units", "units forecast for days one could buy", unit="units", required=True),
    number("sold_units", "units sold on them", unit="units", required=True),
    number("wape", "Σ |sold − forecast| ÷ Σ sold, by listing over the stretch"),
)

FORECAST_EXCEPTIONS = _input(
    "forecast_exceptions",
    "one row per open issue about a forecast that no person had done anything about before the run",
    ("issue_id",),
    *PLACE,
    integer("issue_id", "the issue", required=True),
    text("kind", "the rule that found it", required=True),
    day("detected_day", "UTC day it was found", required=True),
    text("owner", "the person its route names, if one does"),
)

PLANNED = _input(
    "planned",
    "one row per stock pool and action of the last plan made before the run, but those that wait",
    ("account", "pool", "action"),
    *PLACE,
    text("pool", "the stock pool", required=True),
    text("action", "`order_now`, `order_by`, `send_in`, `remove`, `offer` or `withdraw`", required=True),
    day("made_day", "UTC day the plan was made", required=True),
    text("skus", "our SKUs that share the pool, parted by `;`; of a move the one SKU", required=True),
    integer("units", "units to order or move", unit="units", required=True),
    day("by_day", "last responsible day"),
    text("source_pool", "where the units to move lie now"),
    number("lacking_days", "days of demand that units held and coming lack to the reorder point", unit="days"),
    day("runs_out_day", "day the shelves are empty: middle of all futures, else 1 in 10"),
    number("saves", "what acting now can still save; of a move profit", unit="reporting currency"),
)

RATE_PRIORS = _input(
    "rate_priors",
    "one row per group of listings: how fast such listings sell",
    ("account", "channel", "category", "tier"),
    *PLACE,
    text("category", "category; `` for all of the channel", required=True),
    integer("tier", "tier", required=True),
    number("shape", "Gamma shape of the live listings' units per day", required=True),
    number("rate", "Gamma rate of the same", unit="days", required=True),
    number("dead", "share of listings that never sell", unit="0…1", required=True),
    text("source", "what it was fitted on, in words", required=True),
)

TIER_PINS = _input(
    "tier_pins",
    "one row per listing whose tier a person fixed",
    ("account", "channel", "sku"),
    *PLACE,
    text("sku", "our SKU", required=True),
    integer("tier", "1, 2 or 3", required=True),
)
