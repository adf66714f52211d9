"""Amazon's Listings Items API: one listing, or a page of a search."""

from __future__ import annotations

import functools
import operator
from typing import TYPE_CHECKING, ClassVar

import ibis

from ...core.contracts import LISTING_ISSUES, LISTING_STATUS
from ...core.reader import Cell, Context, JsonShape
from .base import JsonReport
from .parsing import channel_hint, currency, day, moment, money, text, word, yes_no

if TYPE_CHECKING:
    import ibis.expr.types as ir

# Gravest first. Only these four keep shoppers away; the first three make a listing unbuyable or unfindable.
ACTIONS = ("CATALOG_ITEM_REMOVED", "LISTING_SUPPRESSED", "SEARCH_SUPPRESSED", "ATTRIBUTE_SUPPRESSED")

_FIELDS = {
    "sku": "string",
    "summaries": "array<struct<marketplaceId: string, asin: string, productType: string, conditionType: string, "
    "status: array<string>, itemName: string, lastUpdatedDate: string>>",
    "offers": "array<struct<marketplaceId: string, offerType: string, price: struct<currencyCode: string, "
    "amount: string>>>",
    "issues": "array<struct<code: string, message: string, severity: string, categories: array<string>, "
    "attributeNames: array<string>, marketplaceIds: array<string>, enforcements: struct<actions: "
    "array<struct<action: string>>, exemption: struct<status: string, expiryDate: string>>>>",
}
_MARKS = (frozenset({"sku", "summaries"}), frozenset({"items", "numberOfResults"}), frozenset({"items"}))
_ITEMS = f"array<struct<{', '.join(f'{name}: {kind}' for name, kind in _FIELDS.items())}>>"


def items(documents: ir.Table, _context: Context) -> ir.Table:
    """One record per listing and marketplace, with the gravest enforcement applied and the gravest exempt."""
    rows = _of_marketplaces(documents)
    offers = rows.item["offers"].filter(
        lambda o: (o["marketplaceId"] == rows.summary["marketplaceId"]) & (o["offerType"] == "B2C")
    )
    rows = rows.mutate(offer=offers[0])
    records: ir.Table = rows.select(
        hint=rows.summary["marketplaceId"],
        sku=rows.item["sku"],
        item_id=rows.summary["asin"],
        title=rows.summary["itemName"],
        category=rows.summary["productType"],
        condition=rows.summary["conditionType"],
        buyable=rows.summary["status"].contains("BUYABLE").fill_null(False).ifelse("true", "false"),
        discoverable_said=rows.summary["status"].contains("DISCOVERABLE").fill_null(False).ifelse("true", "false"),
        updated_at=rows.summary["lastUpdatedDate"],
        price_minor=rows.offer["price"]["amount"],
        currency=rows.offer["price"]["currencyCode"],
        issues=rows.issues,
    )
    return records.mutate(**_enforcements(records.issues)).drop("issues")


def attributes_named(documents: ir.Table, _context: Context) -> ir.Table:
    """One record per listing, marketplace, issue and attribute the issue names."""
    rows = _of_marketplaces(documents)
    rows = rows.select(item=rows.item, summary=rows.summary, issue=rows.issues.unnest())
    held = functools.reduce(operator.or_, (_is(rows.issue, action, exempt=False) for action in ACTIONS))
    return rows.select(
        hint=rows.summary["marketplaceId"],
        sku=rows.item["sku"],
        category=rows.summary["productType"],
        code=rows.issue["code"],
        severity=rows.issue["severity"],
        held=held.fill_null(False).ifelse("true", "false"),
        attribute=rows.issue["attributeNames"].unnest(),
    )


def _of_marketplaces(documents: ir.Table) -> ir.Table:
    """(item, summary, issues) of each listing and marketplace."""
    single = ibis.struct({n: documents[n] for n in _FIELDS})
    listed = documents["items"].fill_null(ibis.literal([], type=_ITEMS))
    several = documents.sku.isnull().ifelse(listed, ibis.array([single]))
    rows = documents.select(item=several.unnest())
    rows = rows.select(item=rows.item, summary=rows.item["summaries"].unnest())
    place = rows.summary["marketplaceId"]
    issues = rows.item["issues"].filter(
        lambda i: (
            i["marketplaceIds"].isnull() | (i["marketplaceIds"].length() == 0) | i["marketplaceIds"].contains(place)
        )
    )
    return rows.mutate(issues=issues)


def _enforcements(issues: ir.ArrayValue) -> dict[str, ir.Value]:
    """The gravest applied and the gravest exempt action, with the words of the issue behind the first."""
    columns: dict[str, ir.Value] = {}
    for prefix, exempt in (("action", False), ("exempt_action", True)):
        held = {a: issues.filter(lambda i, a=a, exempt=exempt: _is(i, a, exempt)) for a in ACTIONS}
        columns[prefix] = ibis.cases(*[(held[a].length() > 0, a) for a in ACTIONS], else_=ibis.null().cast("string"))
        first = ibis.coalesce(*[held[a][0] for a in ACTIONS])
        if exempt:
            columns["exempt_until"] = first["enforcements"]["exemption"]["expiryDate"]
        else:
            first = ibis.coalesce(first, issues.filter(lambda i: i["severity"] == "ERROR")[0])
            columns["issue_code"] = first["code"]
            columns["issue_text"] = first["message"]
            columns["issue_category"] = first["categories"][0]
    return columns


def _is(issue: ir.StructValue, action: str, exempt: bool) -> ir.BooleanValue:
    names = issue["enforcements"]["actions"].map(lambda a: a["action"])
    status = issue["enforcements"]["exemption"]["status"].fill_null("NOT_EXEMPT")
    free = status.isin(["EXEMPT", "EXEMPT_UNTIL_EXPIRY_DATE"])
    return names.contains(action).fill_null(False) & (free if exempt else ~free)


class AmazonListingsItems(JsonReport):
    """Whether each listing can be bought and found, and which enforcement of the marketplace keeps it from that.

    API: Listings Items 2021-08-01, getListingsItem and searchListingsItems with summaries, offers and issues. An
    enforcement may be listed but exempt: then it is not applied, until its expiry day if it has one.
    """

    report: ClassVar[str] = "amazon_listings_items"
    title: ClassVar[str] = "Amazon Listings Items (JSON)"
    table = LISTING_STATUS
    precedence: ClassVar[int] = 10
    lists_everything: ClassVar[bool] = False
    row_by_row: ClassVar[bool] = True
    also: ClassVar[tuple[str, ...]] = ("amazon_listings_issues",)
    shape = JsonShape(marks=_MARKS, columns={**_FIELDS, "items": _ITEMS}, rows=items)
    cells: ClassVar[tuple[Cell, ...]] = (
        Cell("hint", ("marketplaceId",), channel_hint),
        Cell("sku", ("sku",), text, required=True),
        Cell("item_id", ("asin",), text),
        Cell("title", ("itemName",), text),
        Cell("category", ("productType",), text),
        Cell("condition", ("conditionType",), text),
        Cell("buyable", ("status",), yes_no),
        Cell("discoverable_said", ("status",), yes_no),
        Cell("action", ("action",), word({a: a for a in ACTIONS})),
        Cell("exempt_action", ("action",), word({a: a for a in ACTIONS})),
        Cell("exempt_until", ("expiryDate",), day, ahead=True),
        Cell("issue_code", ("code",), text),
        Cell("issue_text", ("message",), text),
        Cell("issue_category", ("categories",), text),
        Cell("price_minor", ("amount",), money()),
        Cell("currency", ("currencyCode",), currency),
        Cell("updated_at", ("lastUpdatedDate",), moment),
    )

    def finish(self, rows: ir.Table, _context: Context) -> ir.Table:
        """Buyable if the marketplace says so and no applied enforcement takes it down; findable likewise."""
        hidden = (rows.action == "SEARCH_SUPPRESSED").fill_null(False)
        down = rows.action.isin(["CATALOG_ITEM_REMOVED", "LISTING_SUPPRESSED"]).fill_null(False)
        return rows.mutate(
            buyable=rows.buyable & ~down,
            discoverable=hidden.ifelse(False, rows.discoverable_said | rows.buyable),
            condition=rows.condition.startswith("new").fill_null(True).ifelse("new", rows.condition),
        )


class AmazonListingsIssues(JsonReport):
    """Which attribute each message of the marketplace about a listing names, and whether it holds the listing back.

    The same answer as above, its `issues[].attributeNames`. Messages that name no attribute are left out here.
    """

    report: ClassVar[str] = "amazon_listings_issues"
    title: ClassVar[str] = "Amazon Listings Items, attributes named (JSON)"
    table = LISTING_ISSUES
    precedence: ClassVar[int] = 10
    lists_everything: ClassVar[bool] = False
    row_by_row: ClassVar[bool] = True
    shape = JsonShape(marks=_MARKS, columns={**_FIELDS, "items": _ITEMS}, rows=attributes_named)
    cells: ClassVar[tuple[Cell, ...]] = (
        Cell("hint", ("marketplaceId",), channel_hint),
        Cell("sku", ("sku",), text, required=True),
        Cell("category", ("productType",), text),
        Cell("code", ("code",), text, required=True),
        Cell("attribute", ("attributeNames",), text, required=True),
        Cell("severity", ("severity",), text),
        Cell("held", ("enforcements",), yes_no),
    )
