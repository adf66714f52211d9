"""The same spoiling for the reports of Walmart and Shopify, notifications, Amazon's other JSON, letters and logs."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from opswheel.visibility.layouts import recognise
from opswheel.visibility.readers import READERS
from opswheel.visibility.sniffing import Text

from ..loading import Shop
from ..visibility import test_readers_amazon_json as amazon
from ..visibility import test_readers_cases as cases
from ..visibility import test_readers_notifications as told
from ..visibility import test_readers_shopify as shopify
from ..visibility import test_readers_walmart as walmart
from .test_loading_fuzz import mutated, mutation

DAY = date(2026, 11, 20)


def _samples() -> dict[str, bytes]:
    """One small healthy file of each layout."""
    bounds = {"Minimum Seller Allowed Price": "150.00", "Maximum Seller Allowed Price": "199.00"}
    node = {"SKU": "A", "Ship Node ID": "1", "Input Quantity": 100, "AvailToSell Quantity": 95}
    product = shopify.variant("A", **shopify.PRODUCT, **shopify.TRACKED, **{"Cost per item": "6.25"})
    held = amazon.rate(0.032, 0.04, orderCount=9, lateShipmentCount=2)
    texts = {
        "item.csv": shopify.sheet(
            walmart.ITEM, walmart.item("A", **bounds), walmart.item("B", "UNPUBLISHED", **bounds)
        ),
        "buybox.csv": shopify.sheet(walmart.BUYBOX, walmart.offer("A", "Yes", "20.0"), walmart.offer("B", "No", "1")),
        "inventory.csv": shopify.sheet(walmart.INVENTORY, node, node),
        "orders.csv": shopify.sheet(shopify.ORDERS, shopify.first("#1", "A"), shopify.line("#1", "B")),
        "products.csv": shopify.sheet(shopify.PRODUCTS, product, {"Handle": "mug", "Image Src": "https://cdn/1.png"}),
        "stock.csv": shopify.sheet(shopify.INVENTORY, shopify.stocked("A", "Lyon", 5), shopify.stocked("A", "Nice", 1)),
        "health.json": amazon.health(lateShipmentRate=held, listingPolicyViolations=amazon.violations(1)),
        "kiosk.json": amazon.lines(amazon.kiosk(), amazon.kiosk("C2")),
        "coupons.json": json.dumps({"coupons": [amazon.coupon()]}),
        "repeat.json": amazon.analytics(amazon.bought("B1")),
        "searches.json": amazon.analytics(amazon.searched("B1")),
        "messages.json": told.lines(told.status("A"), told.offers("B1", told.seller("US1", 1.0))),
        "pricing.json": told.lines(told.health()),
        "log.txt": "\n".join("\t".join(row) for row in cases.LOG),
    }
    letters = cases.mailbox(cases.letter("We need more information."), cases.letter("We have closed this case."))
    return {name: text.encode() for name, text in texts.items()} | {"letters.mbox": letters}


SAMPLES = _samples()


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    made = Shop(tmp_path_factory.mktemp("fuzz"))
    yield made
    made.assert_whole()


@pytest.mark.long
@given(
    name=st.sampled_from(sorted(SAMPLES)),
    changes=st.lists(mutation, min_size=1, max_size=4),
    packed=st.integers(0, 9).map(lambda n: n == 0),
)
@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
def test_no_bytes_make_the_loader_stumble(
    shop: Shop, name: str, changes: list[tuple[str, float, int, bytes]], packed: bool
) -> None:
    content = mutated(gzip.compress(SAMPLES[name]) if packed else SAMPLES[name], changes)
    files, before = len(shop.files()), len(shop.deliveries("id"))
    results = shop.load(shop.put(f"amazon-US/{name}", content), day=DAY)
    assert results
    fresh = 0
    for result in results:
        assert result.status in ("loaded", "unchanged", "refused")
        assert (result.code is None) == (result.error is None) == (result.status != "refused")
        fresh += result.status == "loaded"
    assert len(shop.files()) - files == len(shop.deliveries("id")) - before == fresh


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_the_samples_are_healthy(tmp_path: Path, name: str) -> None:
    shop = Shop(tmp_path)
    results = shop.load(shop.put(f"amazon-US/{name}", SAMPLES[name]), day=DAY)
    assert [(r.status, r.rejected) for r in results] == [("loaded", 0)] * len(results)


@pytest.mark.parametrize("name", sorted(n for n in SAMPLES if n.endswith(".csv")))
def test_a_report_with_no_more_columns_than_are_needed_loads(tmp_path: Path, name: str) -> None:
    (header, *rows) = list(csv.reader(SAMPLES[name].decode().splitlines()))
    layout = recognise(Text(Path(name), "utf-8", SAMPLES[name], len(SAMPLES[name])), name, READERS)
    needed = {c.to for c in layout.reader.cells if c.required or c.in_header}
    kept = [i for i, to in enumerate(layout.columns) if to in needed]
    few = "\n".join(",".join(f'"{row[i]}"' for i in kept) for row in (header, *rows))
    shop = Shop(tmp_path)
    results = shop.load(shop.put(f"amazon-US/{name}", few + "\n"), day=DAY)
    assert [(r.status, r.rejected) for r in results] == [("loaded", 0)] * len(results)
    assert results[0].report == layout.reader.report
