"""Our own CSV layouts for what no report tells and only the team knows: supply, prices, costs, intent, plans."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from ...core.contracts import (
    ATTRIBUTES,
    COSTS,
    DEADLINES,
    HEADCOUNT,
    INBOUND,
    INTENT,
    PRICE_RULES,
    PROMOTIONS,
    RATES,
    REPORTED,
    SUPPLY,
)
from ...core.reader import Cell, Context
from .own_layouts import CHANNEL, CURRENCY, DAY, SKU, OwnLayout, words
from .parsing import currency, day, integer, money, number, text

if TYPE_CHECKING:
    import ibis.expr.types as ir

DEADLINE_KINDS = (
    "document",
    "claim",
    "appeal",
    "guarantee_claim",
    "lot_expiry",
    "offer_end",
    "contract",
    "other",
)
INTENTS = ("sell", "sell_through", "seasonal", "discontinued", "not_ours", "unknown")


class OwnSupply(OwnLayout):
    """How long new stock takes, by SKU and way of supply."""

    report: ClassVar[str] = "supply_csv"
    title: ClassVar[str] = "supply.csv"
    table = SUPPLY
    cells: ClassVar[tuple[Cell, ...]] = (
        SKU,
        Cell("lead_time_days", ("lead_time_days",), integer, required=True, minimum=0),
        CHANNEL,
        Cell("mode", ("mode",), text),
        Cell("receive_days", ("receive_days",), integer, minimum=0),
        Cell("moq_units", ("moq",), integer, minimum=0),
    )


class OwnInbound(OwnLayout):
    """Shipments and purchase orders on their way."""

    report: ClassVar[str] = "inbound_csv"
    title: ClassVar[str] = "inbound.csv"
    table = INBOUND
    cells: ClassVar[tuple[Cell, ...]] = (
        SKU,
        Cell("units", ("units",), integer, required=True, minimum=0),
        Cell("eta", ("eta",), day, required=True, ahead=True),
        CHANNEL,
        Cell("reference", ("reference",), text),
    )


class OwnPriceRules(OwnLayout):
    """The price a listing should have, and the bounds it must keep."""

    report: ClassVar[str] = "price_rules_csv"
    title: ClassVar[str] = "price_rules.csv"
    table = PRICE_RULES
    cells: ClassVar[tuple[Cell, ...]] = (
        SKU,
        Cell("min_minor", ("min_price",), money(), in_header=True, minimum=0),
        CHANNEL,
        Cell("right_minor", ("right_price",), money(), minimum=0),
        Cell("max_minor", ("max_price",), money(), minimum=0),
        Cell("map_minor", ("map_price",), money(), minimum=0),
        CURRENCY,
    )


class OwnCosts(OwnLayout):
    """What a unit costs, by SKU: purchase and inbound freight, and the marketplace's fees where you know them.

    Export it from bookkeeping or the purchasing spreadsheet; where it is missing, a share of the price is assumed.
    """

    report: ClassVar[str] = "costs_csv"
    title: ClassVar[str] = "costs.csv"
    table = COSTS
    cells: ClassVar[tuple[Cell, ...]] = (
        SKU,
        Cell("unit_cost_minor", ("unit_cost",), money(), required=True, minimum=0),
        CHANNEL,
        Cell("unit_fees_minor", ("unit_fees",), money(), minimum=0),
        CURRENCY,
    )


class OwnIntent(OwnLayout):
    """Whether a listing is meant to sell: `sell`, `sell_through`, `seasonal`, `discontinued`, `not_ours`."""

    report: ClassVar[str] = "intent_csv"
    title: ClassVar[str] = "intent.csv"
    table = INTENT
    cells: ClassVar[tuple[Cell, ...]] = (
        SKU,
        Cell("intent", ("intent",), words(*INTENTS), in_header=True),
        CHANNEL,
        Cell("from_day", ("from", "from_day"), day, ahead=True),
        Cell("to_day", ("to", "to_day"), day, ahead=True),
    )

    def fill(self, rows: ir.Table, _context: Context) -> ir.Table:
        """A row whose intent nobody has filled in yet says nothing; a word that is no intent is still refused."""
        return rows.filter(rows.intent.notnull() | rows.problem.notnull())


class OwnAttributes(OwnLayout):
    """What listings carry, one row for each SKU and attribute: what catalog rules are checked against.

    Export it from a product database, or turn a category template around. Name attributes as the marketplace does
    (`material`, `item_length`); a row without a value says that the attribute is not filled in.
    """

    report: ClassVar[str] = "attributes_csv"
    title: ClassVar[str] = "attributes.csv"
    table = ATTRIBUTES
    cells: ClassVar[tuple[Cell, ...]] = (
        SKU,
        Cell("attribute", ("attribute",), text, required=True),
        Cell("value", ("value",), text, in_header=True),
        CHANNEL,
        DAY,
    )


class OwnPromotions(OwnLayout):
    """Days on which a deal of ours moved sales: they set no velocity."""

    report: ClassVar[str] = "promotions_csv"
    title: ClassVar[str] = "promotions.csv"
    table = PROMOTIONS
    cells: ClassVar[tuple[Cell, ...]] = (
        SKU,
        Cell("from_day", ("promotion_from",), day, required=True, ahead=True),
        Cell("to_day", ("promotion_to",), day, required=True, ahead=True),
        CHANNEL,
        Cell("name", ("name",), text),
    )


class OwnRates(OwnLayout):
    """Exchange rates by day; they belong to no channel."""

    report: ClassVar[str] = "rates_csv"
    title: ClassVar[str] = "rates.csv"
    table = RATES
    cells: ClassVar[tuple[Cell, ...]] = (
        Cell("day", ("day", "date"), day, required=True),
        Cell("currency", ("currency",), currency, required=True),
        Cell("to_currency", ("to_currency",), currency, required=True),
        Cell("rate", ("rate",), number, required=True, minimum=0),
    )


class OwnIssues(OwnLayout):
    """The team's present list of problems: the spreadsheet that becomes the first queue."""

    report: ClassVar[str] = "issues_csv"
    title: ClassVar[str] = "issues.csv"
    table = REPORTED
    cells: ClassVar[tuple[Cell, ...]] = (
        SKU,
        Cell("what", ("what", "issue"), text, required=True),
        CHANNEL,
        Cell("kind", ("kind",), text),
        Cell("owner", ("owner",), text),
        Cell("since_day", ("since",), day),
        Cell("share_lost", ("share_lost",), number, minimum=0),
        Cell("reference", ("reference", "id"), text),
    )


class OwnDeadlines(OwnLayout):
    """Days by which something must be done, or money, a right or a listing is lost: documents, claims, appeals.

    Fill it from compliance folders, claim lists and contracts. An empty `sku` means the whole account.
    """

    report: ClassVar[str] = "deadlines_csv"
    title: ClassVar[str] = "deadlines.csv"
    table = DEADLINES
    cells: ClassVar[tuple[Cell, ...]] = (
        Cell("kind", ("kind",), words(*DEADLINE_KINDS), required=True),
        Cell("what", ("what",), text, required=True),
        Cell("due_day", ("due",), day, required=True, ahead=True),
        CHANNEL,
        Cell("sku", ("sku",), text),
        Cell("units", ("units",), integer, minimum=0),
        Cell("amount_minor", ("amount",), money(), minimum=0),
        Cell("reference", ("reference",), text),
        Cell("owner", ("owner",), text),
        CURRENCY,
    )


class OwnHeadcount(OwnLayout):
    """How many people work issues, from which day on; they belong to no channel.

    A row holds until the team's next one. Part-time counts as its share of a full week.
    """

    report: ClassVar[str] = "headcount_csv"
    title: ClassVar[str] = "headcount.csv"
    table = HEADCOUNT
    cells: ClassVar[tuple[Cell, ...]] = (
        Cell("from_day", ("from", "from_day"), day, required=True, ahead=True),
        Cell("operators", ("operators",), number, required=True, minimum=0),
        Cell("team", ("team",), text, empty=""),
    )


OWN_KNOWLEDGE: tuple[Any, ...] = (
    OwnSupply(),
    OwnInbound(),
    OwnPriceRules(),
    OwnCosts(),
    OwnIntent(),
    OwnAttributes(),
    OwnPromotions(),
    OwnRates(),
    OwnIssues(),
    OwnDeadlines(),
    OwnHeadcount(),
)
"""In the order docs list them."""
