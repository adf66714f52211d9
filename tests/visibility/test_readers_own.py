"""Our own CSV layouts: what a spreadsheet, a warehouse or a database can tell without a reader of its own."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest

from ..loading import Shop

DAY = date(2026, 11, 20)

LAYOUTS = [
    (
        "listings",
        "sku,status,price,channel,item_id,title,brand,condition,fulfillment,currency,quantity,opened_on",
        "A,active,19.99,walmart:US,W1,Mug,Ours,,merchant,USD,5,2024-01-31",
        ("channel", "sku", "status", "price_minor", "condition", "quantity_units", "opened_on"),
        ("walmart:US", "A", "active", 1999, "new", 5, date(2024, 1, 31)),
    ),
    (
        "stock",
        "sku,sellable,pool,fulfillment,transfer,reserved,unsellable,inbound_working,inbound_shipped,inbound_receiving",
        "A,-3,P1,merchant,1,2,0,0,7,0",
        ("sku", "sellable_units", "fnsku", "transfer_units", "inbound_shipped_units"),
        ("A", -3, "P1", 1, 7),
    ),
    (
        "suppressions",
        "sku,state,since,reason,issue",
        "A,search_suppressed,2026-11-01,Missing info,brand is required",
        ("sku", "state", "since_day", "reason", "issue_text"),
        ("A", "search_suppressed", date(2026, 11, 1), "Missing info", "brand is required"),
    ),
    (
        "listing_status",
        "sku,buyable,discoverable,action,exempt_until,updated_at",
        "A,no,yes,LISTING_SUPPRESSED,2027-03-01,2026-11-01T10:00:00Z",
        ("sku", "buyable", "discoverable", "action", "exempt_until"),
        ("A", False, True, "LISTING_SUPPRESSED", date(2027, 3, 1)),
    ),
    (
        "stranded",
        "sku,stranded_since,sellable,price,auto_removal",
        "A,2026-11-01,4,9.50,2027-01-15",
        ("sku", "stranded_day", "sellable_units", "price_minor", "auto_removal_day"),
        ("A", date(2026, 11, 1), 4, 950, date(2027, 1, 15)),
    ),
    (
        "orders",
        "order_id,sku,purchased_at,units,line_price,status,currency,tax,promotion,external",
        "O1,A,2026-11-01 23:30:00,2,40.00,,EUR,3.00,1.00,no",
        ("sku", "day", "units", "line_minor", "status", "currency", "tax_minor", "external", "line"),
        ("A", date(2026, 11, 1), 2, 4000, "shipped", "EUR", 300, False, 1),
    ),
    (
        "traffic",
        "item_id,day,units,sales,sessions,page_views,featured_share",
        "B1,2026-11-01,2,40.00,30,50,0.985",
        ("item_id", "from_day", "to_day", "units", "sales_minor", "featured_view_hundredths", "level"),
        ("B1", date(2026, 11, 1), date(2026, 11, 1), 2, 4000, 4925, "child"),
    ),
    (
        "offers",
        "sku,featured_by,eligible,featured_price,offers",
        "A,other,yes,18.00,3",
        ("sku", "featured_by", "eligible", "featured_price_minor", "offer_count"),
        ("A", "other", True, 1800, 3),
    ),
    (
        "supply",
        "sku,lead_time_days,mode,receive_days,moq",
        "A,35,sea,5,100",
        ("sku", "lead_time_days", "mode", "receive_days", "moq_units"),
        ("A", 35, "sea", 5, 100),
    ),
    (
        "inbound",
        "sku,units,eta,reference",
        "A,500,2027-02-01,PO-7",
        ("sku", "units", "eta", "reference"),
        ("A", 500, date(2027, 2, 1), "PO-7"),
    ),
    (
        "price_rules",
        "sku,min_price,right_price,max_price,map_price",
        "A,15,20,25,18.50",
        ("sku", "min_minor", "right_minor", "max_minor", "map_minor"),
        ("A", 1500, 2000, 2500, 1850),
    ),
    (
        "costs",
        "sku,unit_cost,unit_fees,currency",
        "A,500,120,JPY",
        ("sku", "unit_cost_minor", "unit_fees_minor", "currency"),
        ("A", 500, 120, "JPY"),
    ),
    (
        "intent",
        "sku,intent,from,to",
        "A,seasonal,2026-12-01,2027-02-28",
        ("sku", "intent", "from_day", "to_day"),
        ("A", "seasonal", date(2026, 12, 1), date(2027, 2, 28)),
    ),
    (
        "attributes",
        "sku,attribute,value",
        "A,Material,stoneware",
        ("sku", "attribute", "value"),
        ("A", "Material", "stoneware"),
    ),
    (
        "promotions",
        "sku,promotion_from,promotion_to,name",
        "A,2026-12-01,2026-12-05,Deal",
        ("sku", "from_day", "to_day", "name"),
        ("A", date(2026, 12, 1), date(2026, 12, 5), "Deal"),
    ),
    (
        "rates",
        "day,currency,to_currency,rate",
        "2026-11-19,EUR,USD,1.0832",
        ("channel", "day", "currency", "to_currency", "rate"),
        ("*", date(2026, 11, 19), "EUR", "USD", 1.0832),
    ),
    (
        "issues",
        "sku,what,kind,owner,since,share_lost,reference",
        'A,"photo wrong, case open",listing_suppressed,Ines,2026-11-01,0.5,17',
        ("sku", "what", "kind", "owner", "since_day", "share_lost", "reference"),
        ("A", "photo wrong, case open", "listing_suppressed", "Ines", date(2026, 11, 1), 0.5, "17"),
    ),
    (
        "cases",
        "case_id,changed,status,last_from,opened,item_id",
        "12345678901,2026-11-18,waiting_on_us,them,2026-11-01,B1",
        ("case_id", "told", "day", "status", "direction", "opened_day", "item_id"),
        ("12345678901", "list", date(2026, 11, 18), "waiting_on_us", "them", date(2026, 11, 1), "B1"),
    ),
    (
        "open_orders",
        "order_id,sku,purchased_at,ship_by,open,units,line_price,service",
        "O1,A,2026-11-18 10:00:00,2026-11-21 23:59:00,1,2,40.00,Standard",
        ("sku", "ship_by_at", "open_units", "units", "line_minor", "line"),
        ("A", datetime(2026, 11, 22, 7, 59), 1, 2, 4000, 1),
    ),
    (
        "parcels",
        "order_id,shipped_at,promised_by,delivered_at,carrier,path,ship_by,value,tracking_id",
        "O1,2026-11-08 10:00:00,2026-11-11,2026-11-12 23:30:00,Swift,coast to coast,2026-11-08 23:59:00,40.00,1Z9",
        ("carrier", "path", "day", "promised_day", "delivered_day", "updated_at", "value_minor", "units"),
        ("Swift", "coast to coast", date(2026, 11, 8), date(2026, 11, 11), date(2026, 11, 12),
         datetime(2026, 11, 13, 7, 30), 4000, None),
    ),
    (
        "returns",
        "order_id,sku,returned_at,units,reason,disposition,refund,currency",
        "O1,A,2026-11-08 23:30:00,1,too small,sellable,19.90,EUR",
        ("sku", "day", "units", "reason", "fulfillment", "refund_minor", "currency", "line"),
        ("A", date(2026, 11, 8), 1, "too small", "merchant", 1990, "EUR", 1),
    ),
    (
        "feedback",
        "order_id,day,rating,answered",
        "O1,2026-11-08,2,yes",
        ("day", "rating", "commented", "answered"),
        (date(2026, 11, 8), 2, False, True),
    ),
    (
        "customer_experience",
        "sku,health,orders,ncx_orders",
        "A,Very poor,400,31",
        ("sku", "day", "health", "orders", "negative_orders"),
        ("A", DAY, "very_poor", 400, 31),
    ),
    (
        "item_ratings",
        "sku,stars,ratings",
        'A,4.3,"1,250"',
        ("sku", "day", "stars", "ratings"),
        ("A", DAY, 4.3, 1250),
    ),
    (
        "reserved",
        "sku,reserved,processing,customer,transfer",
        "A,9,6,1,2",
        ("sku", "reserved_units", "processing_units", "customer_units", "transfer_units"),
        ("A", 9, 6, 1, 2),
    ),
    (
        "stock_health",
        "sku,available,age_0_90,age_366_plus,excess,storage_cost,aged_fee,cover_days",
        "A,40,30,10,5,1.25,27.60,61.5",
        ("sku", "available_units", "age_366_plus_units", "storage_minor", "aged_fee_minor", "cover_days"),
        ("A", 40, 10, 125, 2760, 61.5),
    ),
    (
        "stock_ledger",
        "sku,day,ending,received,shipped,lost",
        "A,2026-11-08,7,10,-3,0",
        ("sku", "from_day", "to_day", "disposition", "ending_units", "received_units", "shipped_units"),
        ("A", date(2026, 11, 8), date(2026, 11, 8), "sellable", 7, 10, -3),
    ),
    (
        "stock_movements",
        "sku,day,event,units,reason,reference",
        "A,2026-11-08,adjustment,-2,M,11231",
        ("sku", "from_day", "event", "line", "units", "reason", "reference"),
        ("A", date(2026, 11, 8), "adjustment", 1, -2, "M", "11231"),
    ),
    (
        "inbound_shipments",
        "shipment_id,sku,expected,received,status,sent,closed",
        "FBA15,A,50,47,closed,2026-10-01,2026-11-01",
        ("shipment_id", "sku", "expected_units", "received_units", "status", "closed_day"),
        ("FBA15", "A", 50, 47, "closed", date(2026, 11, 1)),
    ),
    (
        "inbound_problems",
        "shipment_id,day,problem,sku,problem_units,fee,level",
        "FBA15,2026-11-08,label missing,A,3,4.50,product",
        ("shipment_id", "day", "what", "sku", "problem_units", "fee_minor", "level"),
        ("FBA15", date(2026, 11, 8), "label missing", "A", 3, 450, "product"),
    ),
    (
        "reimbursements",
        "reimbursement_id,approved_at,amount,sku,reason,cash,currency",
        "R1,2026-11-08 23:30:00,24.68,A,lost,2,EUR",
        ("reimbursement_id", "day", "amount_minor", "currency", "sku", "cash_units", "line"),
        ("R1", date(2026, 11, 8), 2468, "EUR", "A", 2, 1),
    ),
    (
        "removals",
        "removal_id,sku,requested_at,requested,type,status,shipped,fee",
        "RM1,A,2026-11-08 10:00:00,3,disposal,done,0,1.50",
        ("removal_id", "sku", "day", "requested_units", "type", "status", "fee_minor"),
        ("RM1", "A", date(2026, 11, 8), 3, "disposal", "done", 150),
    ),
    (
        "fees",
        "sku,fulfillment_fee,referral_fee,total_fee,size_tier,longest_side",
        "A,3.86,3,6.86,large,6.5",
        ("sku", "fulfillment_minor", "referral_minor", "total_minor", "size_tier", "longest_side"),
        ("A", 386, 300, 686, "large", 6.5),
    ),
    (
        "ads",
        "campaign,sku,day,impressions,clicks,spend,sales,orders,campaign_status,budget",
        "Mugs,A,2026-11-08,400,12,4.44,27.98,2,paused,25",
        ("campaign", "sku", "from_day", "to_day", "clicks", "spend_minor", "sales_minor", "budget_minor"),
        ("Mugs", "A", date(2026, 11, 8), date(2026, 11, 8), 12, 444, 2798, 2500),
    ),
    (
        "ad_terms",
        "campaign,term,from_day,to_day,impressions,clicks,spend,target,match_type",
        "Mugs,blue mug,2026-11-02,2026-11-08,900,14,19,mug,exact",
        ("campaign", "term", "from_day", "to_day", "clicks", "spend_minor", "target"),
        ("Mugs", "blue mug", date(2026, 11, 2), date(2026, 11, 8), 14, 1900, "mug"),
    ),
    (
        "deadlines",
        "kind,what,due,sku,amount,reference,owner",
        "document,renew the toy safety certificate,2027-03-01,A,500,D-7,Ines",
        ("kind", "what", "due_day", "sku", "amount_minor", "reference", "owner"),
        ("document", "renew the toy safety certificate", date(2027, 3, 1), "A", 50000, "D-7", "Ines"),
    ),
    (
        "headcount",
        "from,operators,team",
        "2026-01-01,2.5,",
        ("account", "channel", "team", "from_day", "operators"),
        ("*", "*", "", date(2026, 1, 1), 2.5),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("name", "header", "row", "columns", "expected"), LAYOUTS, ids=[x[0] for x in LAYOUTS])
def test_a_spreadsheet_fills_the_table_of_its_name(
    tmp_path: Path, name: str, header: str, row: str, columns: tuple[str, ...], expected: tuple[object, ...]
) -> None:
    shop = Shop(tmp_path)
    said = {} if "channel" in header.split(",") else {"channel": "amazon:US"}
    (result,) = shop.load(shop.put(f"{name}.csv", f"{header}\n{row}\n"), day=DAY, **said)
    assert (result.status, result.report, result.rows, result.rejected) == ("loaded", f"{name}_csv", 1, 0), result
    assert shop.rows(str(result.table), *columns) == [expected]


def test_every_layout_of_our_own_has_a_row_above() -> None:
    from opswheel.visibility.readers import READERS

    assert {f"{x[0]}_csv" for x in LAYOUTS} == {r.report for r in READERS if r.export == "own layout"}


def test_semicolons_and_reordered_columns_are_the_same_layout(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    result = shop.load_text("costs.csv", 'Unit_Cost ; extra; SKU\n4,50;"a;b";A\n', channel="amazon:DE", day=DAY)
    assert (result.status, result.report) == ("loaded", "costs_csv")
    assert shop.rows("costs", "sku", "unit_cost_minor") == [("A", 450)]


def test_a_row_may_name_its_channel_and_one_that_cannot_be_read_goes_to_no_other(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    text = "sku,unit_cost,channel\nA,1,amazon:us\nB,2,Amazon.co.uk\nC,3,amazon DE\nD,4,shopify:main\nE,5,\n"
    results = shop.load(shop.put("amazon-US/costs.csv", text), day=DAY)
    assert sorted((r.channel, r.rows, r.rejected) for r in results) == [
        ("amazon:UK", 1, 0),
        ("amazon:US", 2, 1),
        ("shopify:main", 1, 0),
    ]
    assert shop.rows("costs", "channel", "sku") == [
        ("amazon:UK", "B"),
        ("amazon:US", "A"),
        ("amazon:US", "E"),
        ("shopify:main", "D"),
    ]
    assert shop.rejects() == [("4", "channel", "amazon DE", "cannot be read")]


def test_a_history_of_stock_in_one_file_becomes_one_delivery_a_day(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    text = "sku,sellable,day\nA,5,2026-11-18\nA,4,2026-11-19\nA,3,\nB,9,2026-11-19\n"
    results = shop.load(shop.put("stock.csv", text), channel="shopify:main", day=DAY)
    assert [(r.days[0], r.rows) for r in results] == [
        (date(2026, 11, 18), 1),
        (date(2026, 11, 19), 2),
        (DAY, 1),
    ]
    assert shop.rows("stock", "sku", "day", "sellable_units") == [
        ("A", date(2026, 11, 18), 5),
        ("A", date(2026, 11, 19), 4),
        ("A", DAY, 3),
        ("B", date(2026, 11, 19), 9),
    ]
    assert shop.seen("stock_current", "sku", "sellable_units") == [("A", 3)]
    shop.assert_whole()


def test_dates_in_a_mixed_file_are_read_as_each_marketplace_writes_them(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    text = (
        "sku,intent,channel,from,to\n"
        "A,seasonal,amazon:US,11/25/2026,12/26/2026\n"
        "B,seasonal,amazon:UK,25/11/2026,26/12/2026\n"
    )
    shop.load(shop.put("intent.csv", text), day=DAY)
    season = (date(2026, 11, 25), date(2026, 12, 26))
    assert shop.rows("intent", "sku", "from_day", "to_day") == [("A", *season), ("B", *season)]
    assert shop.rejects() == []
