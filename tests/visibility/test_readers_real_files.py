"""Real rows and Amazon's own examples load as they are. Skipped where the data does not lie beside the repository."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from ..loading import DATA, Shop

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"the real files are not here: {DATA}")

DAY = date(2026, 11, 20)
FILES = [
    ("real_rows/GET_MERCHANT_LISTINGS_ALL_DATA.tsv", "amazon_all_listings", 8),
    ("real_rows/GET_MERCHANT_LISTINGS_INACTIVE_DATA.tsv", "amazon_inactive_listings", 7),
    ("real_rows/GET_MERCHANTS_LISTINGS_FYP_REPORT.tsv", "amazon_suppressed_listings", 2),
    ("real_rows/GET_RESTOCK_INVENTORY_RECOMMENDATIONS_REPORT.tsv", "amazon_restock", 2),
    ("real_rows/GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL.tsv", "amazon_orders", 3),
    ("examples/sellerSalesAndTrafficReport.examples.json", "amazon_sales_and_traffic", 9),
    ("sandbox/listingsItems_2021-08-01__getListingsItem.json", "amazon_listings_items", 2),
    ("sandbox/listingsItems_2021-08-01__searchListingsItems.json", "amazon_listings_items", 2),
    ("examples/accountHealthReport-2020-11-18.examples.json", "amazon_account_health", 21),
    ("examples/AnyOfferChangedNotification.examples.json", "amazon_offer_notifications", 1),
    ("examples/ListingsItemIssuesChangeNotification.examples.json", "amazon_listing_notifications", 1),
    ("examples/ListingsItemIssuesChangeNotification_2023-12-13.examples.json", "amazon_listing_notifications", 1),
    ("examples/ListingsItemStatusChangeNotification.examples.json", "amazon_listing_notifications", 1),
    ("examples/PricingHealthNotification.examples.json", "amazon_pricing_health", 1),
    ("examples/promotionReport.examples.json", "amazon_deals", 1),
    ("examples/sellerCouponReport.examples.json", "amazon_coupons", 2),
    ("examples/sellingPartnerRepeatPurchaseReport.examples.json", "amazon_repeat_purchase", 3),
    ("examples/sellingPartnerSearchQueryPerformanceReport.examples.json", "amazon_search_queries", 2),
]


@pytest.mark.parametrize(("name", "report", "rows"), FILES, ids=[Path(f[0]).stem for f in FILES])
def test_a_real_file_loads_without_a_single_reject(tmp_path: Path, name: str, report: str, rows: int) -> None:
    shop = Shop(tmp_path)
    results = shop.load(DATA / name, channel="amazon:US", day=DAY)
    assert [(r.status, r.rejected, r.error) for r in results] == [("loaded", 0, None)] * len(results)
    assert sum(r.rows for r in results if r.report == report) == rows
    shop.assert_whole()


def test_no_real_file_is_forgotten() -> None:
    there = {f"real_rows/{p.name}" for p in (DATA / "real_rows").iterdir() if p.suffix in (".tsv", ".csv", ".json")}
    assert there <= {f[0] for f in FILES}


def test_a_whole_folder_of_real_files_follows_those_that_name_their_marketplace(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    results = shop.load(*(DATA / f[0] for f in FILES[:6]), day=DAY)
    assert {r.status for r in results} == {"loaded"}
    assert {r.channel for r in results} == {"amazon:US"}


def test_whatever_else_lies_there_is_refused_in_words(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    wanted = {Path(name).name for name, _, _ in FILES}
    results = shop.load(DATA / "examples", DATA / "sandbox", channel="amazon:US", day=DAY)
    other = [r for r in results if Path(r.path).name not in wanted]
    assert {(r.status, r.code) for r in other} == {("refused", "unknown_layout"), ("refused", "unreadable_file")}
    assert all("Traceback" not in str(r.error) and r.error for r in other)
    assert {r.status for r in results if r not in other} == {"loaded"}
    shop.assert_whole()
