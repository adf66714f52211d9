"""Amazon's advertising reports, from the console and from the API: the same figures in four shapes."""

from __future__ import annotations

import gzip
import json
from datetime import date
from pathlib import Path

import pytest

from ..loading import Shop
from .samples import ADS_PRODUCTS, ADS_PRODUCTS_2026, ADS_TERMS, ADS_TERMS_2026, ad, comma, term

TENTH = date(2026, 11, 10)
FIGURES = ("from_day", "to_day", "campaign", "impressions", "clicks", "spend_minor", "sales_minor", "orders", "units")


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def clicked(**cells: object) -> dict[str, object]:
    return {
        "Currency": "USD",
        "Campaign Name": "Mugs, exact",
        "Ad Group Name": "Mugs",
        "Impressions": "1,200",
        "Clicks": "22",
        "Click-Thru Rate (CTR)": "1.8333%",
        "Spend": "$28.50",
        "7 Day Total Sales ": "$1,130.00",
        "7 Day Total Orders (#)": "4",
        "7 Day Total Units (#)": "5",
        "7 Day Advertised SKU Sales ": "$130.00",
        **cells,
    }


@pytest.mark.parametrize("written", ["Nov 10, 2026", "2026-11-10", "11/10/2026", "11/10/26"])
def test_names_that_end_in_blanks_and_days_in_letters_are_read(shop: Shop, written: str) -> None:
    row = clicked(Date=written, **{"Advertised SKU": "MUG", "Advertised ASIN": "B01"})
    result = shop.load_text("amazon-US/ads.csv", "\ufeff" + comma(ADS_PRODUCTS, row))
    assert (result.status, result.report, result.rejected) == ("loaded", "amazon_ads_products", 0)
    assert shop.rows("ads", *FIGURES) == [(TENTH, TENTH, "Mugs, exact", 1200, 22, 2850, 113000, 4, 5)]
    assert shop.rows("ads", "sku", "item_id", "own_sales_minor", "currency") == [("MUG", "B01", 13000, "USD")]


def test_an_ad_that_nobody_saw_is_a_row_of_zeroes_and_not_missing(shop: Shop) -> None:
    seen = clicked(Date="2026-11-10", **{"Advertised SKU": "MUG", "Advertised ASIN": "B01"})
    unseen = {
        "Date": "2026-11-10",
        "Currency": "USD",
        "Campaign Name": "Cups",
        "Ad Group Name": "Cups",
        "Advertised SKU": "CUP",
        "Advertised ASIN": "B02",
        "Impressions": "0",
        "7 Day Total Sales ": "--",
    }
    shop.load_text("amazon-US/ads.csv", comma(ADS_PRODUCTS, seen, unseen))
    assert shop.rows("ads", "sku", "impressions", "clicks", "spend_minor", "sales_minor") == [
        ("CUP", 0, 0, 0, None),
        ("MUG", 1200, 22, 2850, 113000),
    ]


def test_the_console_of_2026_names_its_columns_anew_and_writes_ids_as_formulas(shop: Shop) -> None:
    row = {
        "Date": "Nov 10, 2026",
        "Budget currency": "EUR",
        "Advertised product marketplace": "AMAZON_DE",
        "Campaign ID": '="171234567890123"',
        "Campaign name": "Tassen",
        "Ad group name": "Tassen",
        "Advertised product ID": '="B01"',
        "Advertised product SKU": "MUG",
        "Impressions": "400",
        "Clicks": "10",
        "Total cost": "5.50",
        "Purchases": "1",
        "Sales": "18.99",
        "Units sold": "1",
        "Sales (promoted)": "18.99",
    }
    british = {**row, "Advertised product marketplace": "AMAZON_UK", "Budget currency": "GBP", "Campaign name": "Mugs"}
    results = shop.load(shop.put("ads.csv", comma(ADS_PRODUCTS_2026, row, british)))
    assert sorted((r.report, r.channel, r.rows) for r in results) == [
        ("amazon_ads_products", "amazon:DE", 1),
        ("amazon_ads_products", "amazon:UK", 1),
    ]
    assert shop.rows("ads", *FIGURES) == [
        (TENTH, TENTH, "Mugs", 400, 10, 550, 1899, 1, 1),
        (TENTH, TENTH, "Tassen", 400, 10, 550, 1899, 1, 1),
    ]
    assert shop.rows("ads", "campaign_id", "item_id", "currency") == [
        ("171234567890123", "B01", "EUR"),
        ("171234567890123", "B01", "GBP"),
    ]


def test_search_terms_over_a_week_are_one_period(shop: Shop) -> None:
    row = clicked(
        **{
            "Start Date": "Nov 09, 2026",
            "End Date": "Nov 15, 2026",
            "Targeting": "mug",
            "Match Type": "EXACT",
            "Customer Search Term": "blue mug",
        }
    )
    other = {**row, "Targeting": 'asin="B0X"', "Match Type": "-", "Customer Search Term": "b0y"}
    result = shop.load_text("amazon-US/terms.csv", comma(ADS_TERMS, row, other))
    assert (result.report, result.rejected, result.days) == (
        "amazon_ads_terms",
        0,
        (date(2026, 11, 9), date(2026, 11, 15)),
    )
    assert shop.rows("ad_terms", "target", "match_type", "term", "clicks", "spend_minor") == [
        ('asin="B0X"', None, "b0y", 22, 2850),
        ("mug", "exact", "blue mug", 22, 2850),
    ]


def test_a_date_range_in_words_is_a_period_and_none_at_all_is_asked_for(shop: Shop) -> None:
    row = {
        "Budget currency": "USD",
        "Date range": "Nov 09, 2026 - Nov 15, 2026",
        "Campaign name": "Mugs",
        "Ad group name": "Mugs",
        "Search term": "blue mug",
        "Impressions": "400",
        "Clicks": "10",
        "Total cost": "5.50",
    }
    told = shop.load_text("amazon-US/terms.csv", comma(ADS_TERMS_2026, row))
    silent = shop.load_text("amazon-US/silent.csv", comma(ADS_TERMS_2026, {**row, "Date range": "last week"}))
    between = (date(2026, 11, 2), date(2026, 11, 8))
    said = shop.load_text(
        "amazon-US/said.csv", comma(ADS_TERMS_2026, {**row, "Date range": "", "Clicks": "11"}), between=between
    )
    assert told.days == (date(2026, 11, 9), date(2026, 11, 15))
    assert (silent.status, silent.code) == ("refused", "bad_days")
    assert (said.status, said.days) == ("loaded", between)


def test_the_api_tells_the_same_with_the_campaigns_state_and_budget(shop: Shop) -> None:
    paused = ad(advertisedSku=None, advertisedAsin="B02", campaignStatus="PAUSED", cost=None, spend=1.5, sales7d=None)
    packed = gzip.compress(json.dumps([ad(), paused]).encode())
    result = shop.load_text("amazon-US/spAdvertisedProduct.json.gz", packed)
    assert (result.status, result.report, result.rows, result.rejected) == ("loaded", "amazon_ads_products_api", 2, 0)
    columns = ("item_id", "sku", "campaign_id", "campaign_status", "budget_minor", "budget_type", "own_sales_minor")
    assert shop.rows("ads", *columns) == [
        ("B01", "MUG", "550669026247354", "enabled", 2500, "daily", 1399),
        ("B02", None, "550669026247354", "paused", 2500, "daily", 1399),
    ]
    assert shop.rows("ads", *FIGURES) == [
        (TENTH, TENTH, "Mugs exact", 400, 12, 150, None, 2, 2),
        (TENTH, TENTH, "Mugs exact", 400, 12, 444, 2798, 2, 2),
    ]


def test_a_summary_of_the_api_is_one_period_and_a_nameless_campaign_goes_by_its_id(shop: Shop) -> None:
    row = {
        k: v for k, v in ad(startDate="2026-11-01", endDate="2026-11-07").items() if k not in ("date", "campaignName")
    }
    result = shop.load_text("amazon-US/summary.json", json.dumps([row]))
    assert result.days == (date(2026, 11, 1), date(2026, 11, 7))
    assert shop.rows("ads", "campaign") == [("550669026247354",)]


def test_search_terms_of_the_api_keep_the_star_of_untold_terms(shop: Shop) -> None:
    rows = [term(), term(searchTerm="*", targeting=None, keyword="mug", matchType="BROAD")]
    result = shop.load_text("amazon-US/terms.json", json.dumps(rows))
    assert (result.report, result.rows) == ("amazon_ads_terms_api", 2)
    assert shop.rows("ad_terms", "term", "target", "match_type", "sales_minor") == [
        ("*", "mug", "broad", 2798),
        ("blue mug", "mug", "exact", 2798),
    ]


def test_corrected_days_replace_the_first_report_whoever_tells_them(shop: Shop) -> None:
    row = clicked(Date="2026-11-10", **{"Advertised SKU": "MUG", "Advertised ASIN": "B01"})
    shop.load_text("amazon-US/ads-2026-11-11.csv", comma(ADS_PRODUCTS, row))
    shop.load_text("amazon-US/ads-2026-11-18.json", json.dumps([ad(sales7d=41.97)]))
    assert shop.seen("ads", "sku", "sales_minor") == [("MUG", 4197)]
