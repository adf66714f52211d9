"""Amazon's JSON reports beyond sales and traffic: account health, Data Kiosk, promotions, repeat purchase, searches."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ..loading import DATA, Shop

DAY = date(2026, 11, 20)
US, DE, JP = "ATVPDKIKX0DER", "A1PA6795UKMFR9", "A1VC38T7YXB528"


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def rate(value: float, target: float, side: str = "LESS_THAN", status: str = "GOOD", **counts: Any) -> dict[str, Any]:
    days = {"reportingDateFrom": "2026-10-21T00:00Z", "reportingDateTo": "2026-11-19T23:59Z"}
    told = {"status": status, "rate": value, "targetValue": target, "targetCondition": side}
    return {"reportingDateRange": days, **told, **counts}


def violations(count: int, status: str = "BAD") -> dict[str, Any]:
    return {"defectsCount": count, "status": status, "targetValue": 0, "targetCondition": "EQUALS"}


def health(status: str = "NORMAL", place: str = US, **measures: Any) -> str:
    return json.dumps(
        {
            "accountStatuses": [{"marketplaceId": place, "status": status}],
            "performanceMetrics": [{"marketplaceId": place, **measures}],
        }
    )


COLUMNS = ("metric", "state", "rate", "counted", "base", "target", "target_side")


def test_account_health_tells_each_rate_beside_its_target_and_what_it_counts(shop: Shop) -> None:
    defects = rate(0.009, 0.01, orderCount=539000, orderWithDefects={"count": 1078, "status": "GOOD"})
    document = health(
        "AT_RISK",
        orderDefectRate={"mfn": defects, "afn": {**defects, "rate": 0.02, "status": "BAD"}},
        lateShipmentRate=rate(0.032, 0.04, orderCount=870669, lateShipmentCount=27896),
        validTrackingRate=rate(0.9529, 0.95, "GREATER_THAN", shipmentCount=878443, validTrackingCount=836000),
        invoiceDefectRate=rate(0.035, 0.05, orderCount=9001, invoiceDefect={"count": 315, "status": "GOOD"}),
        listingPolicyViolations=violations(86),
        accountHealthRating={"accountHealthRatingStatus": "WARNED"},
    )
    result = shop.load_text("health.json", document, day=DAY)
    assert (result.report, result.channel, result.rows, result.rejected) == ("amazon_account_health", "amazon:US", 8, 0)
    assert shop.rows("account_health", *COLUMNS) == [
        ("account_health_rating", "warned", None, None, None, None, None),
        ("account_status", "at_risk", None, None, None, None, None),
        ("invoice_defect_rate", "good", 0.035, 315, 9001, 0.05, "less_than"),
        ("late_shipment_rate", "good", 0.032, 27896, 870669, 0.04, "less_than"),
        ("listing_policy_violations", "bad", None, 86, None, 0.0, "equals"),
        ("order_defect_rate_afn", "bad", 0.02, 1078, 539000, 0.01, "less_than"),
        ("order_defect_rate_mfn", "good", 0.009, 1078, 539000, 0.01, "less_than"),
        ("valid_tracking_rate", "good", 0.9529, 836000, 878443, 0.95, "greater_than"),
    ]
    assert set(shop.rows("account_health", "from_day", "to_day")) == {
        (date(2026, 10, 21), date(2026, 11, 19)),
        (None, None),
    }


@pytest.mark.parametrize(("schema", "example", "metric", "state"), [
    ({"preFulfillmentCancellationRate": rate(0.005, 0.01, orderCount=9, cancellationCount=1)},
     {"prefulfillmentCancelRate": rate(0.005, 0.01, orderCount=9, cancellationCount=1)}, "cancellation_rate", "good"),
    ({"documentRequests": violations(8, "GOOD")}, {"documentRequest": violations(8, "GOOD")},
     "document_requests", "good"),
    ({"accountHealthRating": {"accountHealthRatingStatus": "GREAT"}}, {"accountHealthRating": {"ahrStatus": "GREAT"}},
     "account_health_rating", "great"),
    ({"warningStates": [{"warningType": "spammingSellerMessaging", "status": "BAD"}]},
     {"warningState": [{"warningType": "spammingSellerMessaging", "status": "BAD"}]},
     "warning_spamming_seller_messaging", "bad"),
])  # fmt: skip
def test_what_amazon_spells_in_two_ways_is_one_measure(
    shop: Shop, schema: dict[str, Any], example: dict[str, Any], metric: str, state: str
) -> None:
    shop.load_text("schema.json", health(**schema), day=DAY)
    shop.load_text("example.json", health(**example), day=date(2026, 11, 21))
    told = [row[1:] for row in shop.rows("account_health", "day", *COLUMNS) if row[1] == metric]
    assert len(told) == 2 and told[0] == told[1]
    assert told[0][1] == state


@pytest.mark.parametrize("word", ["SUSPENDED", "DEACTIVATED"])
def test_a_suspended_account_is_a_deactivated_one(shop: Shop, word: str) -> None:
    shop.load_text("health.json", health(word), day=DAY)
    assert shop.rows("account_health", "metric", "state") == [("account_status", "deactivated")]


def test_a_rate_that_is_no_number_is_refused_and_the_others_stay(shop: Shop) -> None:
    bad = rate(0.01, 0.04, orderCount="many", lateShipmentCount=2)
    result = shop.load_text("health.json", health(lateShipmentRate=bad, listingPolicyViolations=violations(1)), day=DAY)
    assert (result.rows, result.rejected) == (2, 1)
    assert [r[1:] for r in shop.rejects()] == [("orderCount", "many", "cannot be read")]


def kiosk(child: str | None = "C1", day: str = "2026-11-18", **cells: Any) -> dict[str, Any]:
    row = {
        **{"marketplaceId": US, "startDate": day, "endDate": day, "parentAsin": "P1"},
        "sales": {"orderedProductSales": {"amount": 50.05, "currencyCode": "USD"}, "unitsOrdered": 5},
        "traffic": {"sessions": 52, "pageViews": 76, "buyBoxPercentage": 97.69, "unitSessionPercentage": 7.69},
    }
    return row | ({"childAsin": child} if child else {}) | cells


def lines(*documents: dict[str, Any]) -> str:
    return "".join(json.dumps(d) + "\n" for d in documents)


def test_data_kiosk_tells_items_of_several_days_and_marketplaces_in_one_file(shop: Shop) -> None:
    euro = {"orderedProductSales": {"amount": 9.99, "currencyCode": "EUR"}, "unitsOrdered": 1}
    report = lines(
        kiosk(),
        kiosk("C2", "2026-11-17"),
        kiosk("C1", marketplaceId=DE, sales=euro),
        kiosk("C3", sku="S3"),
        kiosk(None),
    )
    results = shop.load(shop.put("kiosk.jsonl", report))
    assert [(r.report, r.channel, r.rows, r.rejected) for r in results] == [
        ("amazon_data_kiosk", "amazon:US", 4, 0),
        ("amazon_data_kiosk", "amazon:DE", 1, 0),
    ]
    columns = (
        "channel",
        "item_id",
        "from_day",
        "level",
        "sessions",
        "featured_view_hundredths",
        "units",
        "sales_minor",
    )
    assert shop.rows("traffic", *columns) == [
        ("amazon:DE", "C1", date(2026, 11, 18), "child", 52, 7424, 1, 999),
        ("amazon:US", "C1", date(2026, 11, 18), "child", 52, 7424, 5, 5005),
        ("amazon:US", "C2", date(2026, 11, 17), "child", 52, 7424, 5, 5005),
        ("amazon:US", "C3", date(2026, 11, 18), "sku", 52, 7424, 5, 5005),
        ("amazon:US", "P1", date(2026, 11, 18), "parent", 52, 7424, 5, 5005),
    ]


def test_data_kiosk_totals_are_matched_by_day_and_weeks_are_left_out(shop: Shop) -> None:
    def total(first: str, last: str) -> dict[str, Any]:
        row = kiosk(None, first, endDate=last)
        row.pop("parentAsin")
        return row

    report = lines(total("2026-11-18", "2026-11-18"), total("2026-11-08", "2026-11-14"))
    result = shop.load_text("totals.jsonl", report)
    assert (result.report, result.rows, result.rejected) == ("amazon_data_kiosk_by_date", 1, 0)
    assert shop.rows("channel_sales", "from_day", "to_day", "units", "sales_minor", "sessions") == [
        (date(2026, 11, 18), date(2026, 11, 18), 5, 5005, 52)
    ]


def test_yen_have_no_cents_wherever_the_file_is_read(shop: Shop) -> None:
    yen = {"orderedProductSales": {"amount": 1980, "currencyCode": "JPY"}, "unitsOrdered": 1}
    shop.load(shop.put("kiosk.jsonl", lines(kiosk(), kiosk("C9", marketplaceId=JP, sales=yen))))
    assert shop.rows("traffic", "channel", "sales_minor") == [("amazon:JP", 1980), ("amazon:US", 5005)]


def test_a_kiosk_file_cut_short_is_refused_whole(shop: Shop) -> None:
    report = lines(kiosk(), kiosk("C2"))
    result = shop.load_text("kiosk.jsonl", report[:-40])
    assert (result.status, result.code) == ("refused", "unreadable_file")
    assert shop.files() == []


def coupon(**cells: Any) -> dict[str, Any]:
    return {
        **{"couponId": "K1", "merchantId": "M", "marketplaceId": US, "currencyCode": "USD", "name": "$40 off"},
        **{"startDateTime": "2026-11-26T05:59:59Z", "endDateTime": "2026-11-29T23:59:59Z", "clips": 13},
        **{"redemptions": 1, "budget": 10000.0, "budgetSpent": 42.29, "sales": 62.1},
        "asins": [{"asin": "B08XJWMYR5"}, {"asin": "B07Z7XTQKZ"}],
        **cells,
    }


def test_a_coupon_of_next_week_is_known_with_its_days_in_the_channels_zone(shop: Shop) -> None:
    report = json.dumps({"reportSpecification": {"marketplaceIds": [US]}, "coupons": [coupon()]})
    result = shop.load_text("coupons.json", report, day=DAY)
    assert (result.report, result.rows, result.rejected) == ("amazon_coupons", 2, 0)
    columns = ("item_id", "kind", "from_day", "to_day", "clips", "total_sales_minor", "budget_minor", "spent_minor")
    assert shop.rows("promotion_results", *columns) == [
        ("B07Z7XTQKZ", "coupon", date(2026, 11, 25), date(2026, 11, 29), 13, 6210, 1000000, 4229),
        ("B08XJWMYR5", "coupon", date(2026, 11, 25), date(2026, 11, 29), 13, 6210, 1000000, 4229),
    ]


def test_a_deal_tells_what_each_item_sold_and_a_later_report_adds_to_it(shop: Shop) -> None:
    def report(units: int, deal: str = "D1") -> str:
        product = {"asin": "B1", "productGlanceViews": 380, "productUnitsSold": units, "productRevenue": units * 10.5}
        promotion = {
            **{"promotionId": deal, "promotionName": "Week", "marketplaceId": US, "type": "BEST_DEAL"},
            **{"status": "APPROVED", "revenue": 329.17, "revenueCurrencyCode": "USD", "includedProducts": [product]},
            **{"startDateTime": "2026-11-16T08:00:00Z", "endDateTime": "2026-11-22T07:59:59Z"},
        }
        return json.dumps({"promotions": [promotion]})

    shop.load_text("deals-1.json", report(20), day=date(2026, 11, 18))
    shop.load_text("deals-2.json", report(31), day=DAY)
    shop.load_text("other.json", report(7, "D2"), day=DAY)
    columns = (
        "promotion_id",
        "day",
        "kind",
        "state",
        "from_day",
        "to_day",
        "units",
        "sales_minor",
        "total_sales_minor",
    )
    assert shop.seen("promotion_results", *columns) == [
        ("D1", date(2026, 11, 18), "best_deal", "approved", date(2026, 11, 16), date(2026, 11, 21), 20, 21000, 32917),
        ("D1", DAY, "best_deal", "approved", date(2026, 11, 16), date(2026, 11, 21), 31, 32550, 32917),
        ("D2", DAY, "best_deal", "approved", date(2026, 11, 16), date(2026, 11, 21), 7, 7350, 32917),
    ]


def bought(item: str, **cells: Any) -> dict[str, Any]:
    return {
        **{"startDate": "2026-11-08", "endDate": "2026-11-14", "asin": item, "orders": 1256, "uniqueCustomers": 1201},
        **{"repeatCustomersPctTotal": 0.0083, "repeatPurchaseRevenuePctTotal": 0.0217},
        "repeatPurchaseRevenue": {"amount": 2246.13, "currencyCode": "USD"},
        **cells,
    }


def analytics(*rows: dict[str, Any], place: str = US) -> str:
    return json.dumps({"reportSpecification": {"marketplaceIds": [place]}, "dataByAsin": list(rows)})


def test_repeat_purchases_are_shares_from_nought_to_one_and_a_corrected_week_replaces_itself(shop: Shop) -> None:
    shop.load_text("repeat-1.json", analytics(bought("B1"), bought("B2", orders=9)))
    shop.load_text("repeat-2.json", analytics(bought("B1", orders=1300)))
    columns = ("item_id", "from_day", "to_day", "orders", "customers", "repeat_customer_share", "repeat_sales_minor")
    week = (date(2026, 11, 8), date(2026, 11, 14))
    assert shop.seen("repeat_purchases", *columns) == [("B1", *week, 1300, 1201, 0.0083, 224613)]


def searched(item: str, query: str = "mug") -> dict[str, Any]:
    price = {"amount": 19.99, "currencyCode": "USD"}
    return {
        **{"startDate": "2026-11-08", "endDate": "2026-11-14", "asin": item},
        "searchQueryData": {"searchQuery": query, "searchQueryScore": 5, "searchQueryVolume": 15000},
        "impressionData": {"totalQueryImpressionCount": 10000, "asinImpressionCount": 765},
        "clickData": {"totalClickCount": 1000, "asinClickCount": 50, "totalMedianClickPrice": price},
        "cartAddData": {"totalCartAddCount": 200, "asinCartAddCount": 10},
        "purchaseData": {"totalPurchaseCount": 100, "asinPurchaseCount": 5},
    }


def test_search_queries_of_items_asked_for_apart_stand_side_by_side(shop: Shop) -> None:
    shop.load_text("sqp-1.json", analytics(searched("B1"), searched("B1", "blue mug")), day=DAY)
    shop.load_text("sqp-2.json", analytics(searched("B2")), day=DAY)
    columns = ("item_id", "query", "rank", "total_impressions", "impressions", "clicks", "purchases", "price_minor")
    assert shop.seen("search_queries", *columns) == [
        ("B1", "blue mug", 5, 10000, 765, 50, 5, None),
        ("B1", "mug", 5, 10000, 765, 50, 5, None),
        ("B2", "mug", 5, 10000, 765, 50, 5, None),
    ]


def test_two_reports_that_begin_alike_are_told_apart_by_what_is_inside(shop: Shop) -> None:
    basket = analytics({"startDate": "2026-11-08", "asin": "B1", "purchasedWithAsin": "B2"})
    result = shop.load_text("basket.json", basket, day=DAY)
    assert (result.status, result.code) == ("refused", "unknown_layout")
    assert shop.load_text("repeat.json", analytics(bought("B1"))).report == "amazon_repeat_purchase"


BAD: list[tuple[str, str]] = [
    ("health.json", health(lateShipmentRate=rate(0.1, 0.2, orderCount=1))),
    ("coupons.json", json.dumps({"coupons": [coupon()]})),
    ("repeat.json", analytics(bought("B1"))),
    ("sqp.json", analytics(searched("B1"))),
]


@pytest.mark.parametrize(("name", "document"), BAD, ids=[b[0] for b in BAD])
@pytest.mark.parametrize("spoilt", ["cut", "shape", "binary", "twice"])
def test_what_is_broken_is_refused_in_words_and_nothing_of_it_stays(
    shop: Shop, name: str, document: str, spoilt: str
) -> None:
    content: bytes = document.encode()
    if spoilt == "cut":
        content = content[: len(content) * 2 // 3]
    elif spoilt == "shape":
        content = json.dumps({next(iter(json.loads(document))): "a text"}).encode()
    elif spoilt == "binary":
        content = content.replace(b"2026", b"\\u0000")
    else:
        content = document.replace("2026", "é" * 9).encode().decode("cp1252").encode()
    result = shop.load_text(name, content, day=DAY, channel="amazon:US")
    assert result.status == "refused" and result.error and "Traceback" not in result.error
    assert shop.files() == []


@pytest.mark.skipif(not DATA.is_dir(), reason=f"the real files are not here: {DATA}")
def test_amazons_own_example_of_account_health_gives_every_measure_it_holds(shop: Shop) -> None:
    results = shop.load(DATA / "examples" / "accountHealthReport-2020-11-18.examples.json", day=DAY)
    assert {r.channel: r.rows for r in results} == {"amazon:US": 19, "amazon:CA": 1, "amazon:MX": 1}
    told = {m: (s, r, c, b) for m, s, r, c, b, *_ in shop.rows("account_health", *COLUMNS) if s != "normal"}
    assert told["cancellation_rate"] == ("good", 0.005, 551, 17197)
    assert told["unit_on_time_delivery_rate"] == ("good", 0.8848, 146, 165)
    assert told["ip_complaints"] == ("bad", None, 75, None)


def test_json_that_is_nearly_a_report_names_what_it_lacks_and_no_others(shop: Shop) -> None:
    result = shop.load_text("basket.json", analytics({"asin": "B1"}), channel="amazon:US", day=DAY)
    assert result.code == "unknown_layout"
    assert "Amazon Repeat Purchase Behavior (JSON) (wants: dataByAsin.uniqueCustomers)" in str(result.error)
    assert "Walmart" not in str(result.error)
