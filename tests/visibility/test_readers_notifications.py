"""Notifications: when a listing's state and an item's offers changed, and what a message does not say."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ..loading import Shop

US, UK = "ATVPDKIKX0DER", "A1F83G8C2ARO7P"


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def message(kind: str, at: str, **payload: Any) -> dict[str, Any]:
    return {
        **{"NotificationVersion": "1.0", "NotificationType": kind, "PayloadVersion": "1.0", "EventTime": at},
        "Payload": payload,
        "NotificationMetadata": {"ApplicationId": "amzn1.sellerapps.app.1", "NotificationId": "8e009934"},
    }


def status(sku: str, *words: str, at: str = "2026-11-19T07:30:00.194Z", place: str = US) -> dict[str, Any]:
    told = {"SellerId": "A3AYAZLIQ7AX77", "MarketplaceId": place, "Asin": "B1", "Sku": sku, "Status": list(words)}
    return message("LISTINGS_ITEM_STATUS_CHANGE", at, **told)


def issues(sku: str, *actions: str, severities: tuple[str, ...] = ("WARNING", "ERROR")) -> dict[str, Any]:
    told = {"SellerId": "A3", "MarketplaceId": US, "Asin": "B1", "Sku": sku, "Severities": list(severities)}
    return message("LISTINGS_ITEM_ISSUES_CHANGE", "2026-11-19T18:59:30Z", **told, EnforcementActions=list(actions))


def lines(*documents: dict[str, Any]) -> str:
    return "".join(json.dumps(d) + "\n" for d in documents)


def test_status_messages_say_whether_a_listing_can_be_bought_and_found_and_when_that_began(shop: Shop) -> None:
    report = lines(
        status("UP", "BUYABLE", "DISCOVERABLE"),
        status("HIDDEN", "BUYABLE"),
        status("DOWN"),
        status("ABROAD", "BUYABLE", "DISCOVERABLE", place=UK),
    )
    results = shop.load(shop.put("messages.jsonl", report))
    assert [(r.report, r.channel, r.rows, r.rejected) for r in results] == [
        ("amazon_listing_notifications", "amazon:US", 3, 0),
        ("amazon_listing_notifications", "amazon:UK", 1, 0),
    ]
    columns = ("sku", "told", "day", "buyable", "discoverable", "action", "severity")
    assert shop.rows("listing_changes", *columns) == [
        ("ABROAD", "status", date(2026, 11, 19), True, True, None, None),
        ("DOWN", "status", date(2026, 11, 18), False, False, None, None),
        ("HIDDEN", "status", date(2026, 11, 18), True, False, None, None),
        ("UP", "status", date(2026, 11, 18), True, True, None, None),
    ]
    assert {str(at) for (at,) in shop.rows("listing_changes", "at")} == {"2026-11-19 07:30:00.194000"}


def test_issue_messages_say_the_gravest_enforcement_and_nothing_of_being_buyable(shop: Shop) -> None:
    report = lines(
        issues("TWO", "ATTRIBUTE_SUPPRESSED", "SEARCH_SUPPRESSED"),
        issues("ALL", "SEARCH_SUPPRESSED", "LISTING_SUPPRESSED", "ATTRIBUTE_SUPPRESSED", "CATALOG_ITEM_REMOVED"),
        issues("WARNED", severities=("WARNING",)),
        issues("WELL", severities=("NONE",)),
    )
    shop.load(shop.put("messages.jsonl", report))
    assert shop.rows("listing_changes", "sku", "told", "action", "severity", "buyable", "discoverable") == [
        ("ALL", "issues", "CATALOG_ITEM_REMOVED", "ERROR", None, None),
        ("TWO", "issues", "SEARCH_SUPPRESSED", "ERROR", None, None),
        ("WARNED", "issues", "NONE", "WARNING", None, None),
        ("WELL", "issues", "NONE", "NONE", None, None),
    ]


def test_a_message_is_known_from_the_morning_after_unless_its_file_says_when_it_was_taken(shop: Shop) -> None:
    shop.load(shop.put("messages.jsonl", lines(status("A"))))
    shop.load(shop.put("messages-2026-11-21.jsonl", lines(status("B"))))
    assert [(s, str(k)) for s, k in shop.rows("listing_changes", "sku", "known_at")] == [
        ("A", "2026-11-19 08:00:00"),
        ("B", "2026-11-21 08:00:00"),
    ]


def price(amount: float, code: str = "USD") -> dict[str, Any]:
    return {"Amount": amount, "CurrencyCode": code}


def seller(who: str, amount: float, **cells: Any) -> dict[str, Any]:
    return {
        **{"SellerId": who, "SubCondition": "new", "ListingPrice": price(amount), "Shipping": price(4.49)},
        **{"IsFulfilledByAmazon": True, "SellerFeedbackRating": {"FeedbackCount": 9}},
        **{"ShipsFrom": {"Country": "US", "State": "MI"}, "IsFeaturedMerchant": True},
        **cells,
    }


def offers(item: str, *rows: dict[str, Any], featured: float | None = 20.0) -> dict[str, Any]:
    boxes = [{"Condition": "new", "LandedPrice": price(featured)}] if featured else []
    summary = {
        "NumberOfOffers": [
            {"Condition": "new", "FulfillmentChannel": "Merchant", "OfferCount": 3},
            {"Condition": "new", "FulfillmentChannel": "Amazon", "OfferCount": 2},
            {"Condition": "used", "FulfillmentChannel": "Amazon", "OfferCount": 21},
        ],
        "LowestPrices": [
            {"Condition": "used", "LandedPrice": price(5.0)},
            {"Condition": "new", "LandedPrice": price(19.0)},
            {"Condition": "new", "LandedPrice": price(18.25)},
        ],
        "BuyBoxPrices": [*boxes, {"Condition": "used", "LandedPrice": price(11.0)}],
        "CompetitivePriceThreshold": price(22.0),
    }
    trigger = {"MarketplaceId": US, "ASIN": item, "ItemCondition": "New", "TimeOfOfferChange": "2026-11-19T18:00:00Z"}
    told = {"SellerId": "US1", "OfferChangeTrigger": trigger, "Summary": summary, "Offers": list(rows)}
    return message("ANY_OFFER_CHANGED", "2026-11-19T18:00:05Z", AnyOfferChangedNotification=told)


def test_offer_messages_say_who_is_featured_only_where_they_tell(shop: Shop) -> None:
    report = lines(
        offers("OURS", seller("US1", 15.51, IsBuyBoxWinner=True), seller("Z9", 16.0), seller("A2", 17.0)),
        offers("LOST", seller("US1", 21.0, IsFeaturedMerchant=False), seller("Z9", 15.51, IsBuyBoxWinner=True)),
        offers("NONE", seller("US1", 30.0), featured=None),
        offers("UNTOLD", seller("Z9", 16.0)),
    )
    results = shop.load(shop.put("offers.jsonl", report))
    assert [(r.report, r.table, r.rows, r.rejected) for r in results] == [
        ("amazon_offer_notifications", "offer_changes", 4, 0)
    ]
    columns = ("item_id", "condition", "featured_by", "eligible", "sellers", "our_price_minor", "featured_price_minor")
    assert shop.rows("offer_changes", *columns) == [
        ("LOST", "new", "other", False, "Z9", 2549, 2000),
        ("NONE", "new", "none", True, "", 3449, None),
        ("OURS", "new", "us", True, "A2 Z9", 2000, 2000),
        ("UNTOLD", "new", None, None, "Z9", None, 2000),
    ]
    told = ("told", "offer_count", "lowest_price_minor", "competitive_price_minor", "currency", "day")
    assert set(shop.rows("offer_changes", *told)) == {("offers", 5, 1825, 2200, "USD", date(2026, 11, 19))}


def test_one_file_may_hold_both_kinds_and_others_are_left_out(shop: Shop) -> None:
    other = message("ORDER_CHANGE", "2026-11-19T10:00:00Z", OrderChangeNotification={"AmazonOrderId": "114-1"})
    results = shop.load(shop.put("queue.jsonl", lines(offers("B1", seller("US1", 1.0)), other, status("A"))))
    assert [(r.table, r.rows, r.rejected) for r in results] == [("listing_changes", 1, 0), ("offer_changes", 1, 0)]
    assert b"114-1" not in shop.bytes_at_rest()


def health(item: str = "B007IBIWZY", **payload: Any) -> dict[str, Any]:
    def amount(value: float) -> dict[str, Any]:
        return {"amount": value, "currencyCode": "USD"}

    trigger = {"marketplaceId": US, "asin": item, "itemCondition": "new", "timeOfOfferChange": "2026-11-19T21:30:13Z"}
    summary = {
        "numberOfOffers": [{"condition": "new", "fulfillmentType": "MFN", "offerCount": 3}],
        "buyBoxPrices": [{"condition": "new", "landedPrice": amount(79.99)}],
        "referencePrice": {"competitivePriceThreshold": amount(80.0)},
    }
    told = {
        **{"issueType": "BuyBoxDisqualification", "sellerId": "A3", "offerChangeTrigger": trigger},
        **{"merchantOffer": {"condition": "new", "landedPrice": amount(81.89)}, "summary": summary},
        **payload,
    }
    return {"notificationType": "PRICING_HEALTH", "eventTime": "2026-11-19T21:30:14Z", "payload": told}


def test_an_offer_too_dear_to_be_featured_is_told_beside_the_price_it_is_measured_against(shop: Shop) -> None:
    result = shop.load_text("pricing.jsonl", lines(health(), health("B2")))
    assert (result.report, result.rows, result.rejected) == ("amazon_pricing_health", 2, 0)
    columns = ("item_id", "told", "cause", "eligible", "our_price_minor", "featured_price_minor")
    assert shop.rows("offer_changes", *columns, "competitive_price_minor", "offer_count") == [
        ("B007IBIWZY", "pricing_health", "BuyBoxDisqualification", False, 8189, 7999, 8000, 3),
        ("B2", "pricing_health", "BuyBoxDisqualification", False, 8189, 7999, 8000, 3),
    ]


def test_a_pricing_message_among_the_others_is_refused_not_lost(shop: Shop) -> None:
    mixed = lines(*(status(f"S{n}") for n in range(30)), health())
    result = shop.load_text("queue.jsonl", mixed, channel="amazon:US")
    assert (result.rows, result.rejected) == (30, 1)
    assert shop.rejects() == [("31", "NotificationType", "", "empty")]


def test_a_message_without_sku_or_time_is_refused_and_the_others_stay(shop: Shop) -> None:
    bare = status("X")
    bare["Payload"].pop("Sku")
    report = lines(*(status(f"S{n}") for n in range(40)), bare, status("Y", at="yesterday"))
    result = shop.load_text("messages.jsonl", report)
    assert (result.rows, result.rejected) == (40, 2)
    assert [r[1:] for r in shop.rejects()] == [("Sku", "", "empty"), ("EventTime", "yesterday", "cannot be read")]


def test_messages_in_a_list_are_the_same_as_messages_on_lines(shop: Shop) -> None:
    result = shop.load_text("messages.json", json.dumps([status("A"), status("B", "BUYABLE")]))
    assert (result.rows, result.rejected) == (2, 0)


@pytest.mark.parametrize("spoilt", ["cut", "list", "text"])
def test_a_broken_file_of_messages_is_refused_whole(shop: Shop, spoilt: str) -> None:
    whole = lines(status("A"), status("B"))
    broken = {"cut": whole[:-25], "list": "[" + whole, "text": whole.replace('"Payload": {', '"Payload": "", "P": {')}
    result = shop.load_text("messages.jsonl", broken[spoilt], channel="amazon:US")
    assert result.status == "refused" and "Traceback" not in str(result.error)
    assert shop.files() == []
