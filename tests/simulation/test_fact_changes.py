"""The third light shop changes words, prices, lists, sellers and ads where it says so, and what is meant beside it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from opswheel.simulation.fact_changes import FAULTS, GREATEST, LEAST, LISTS_DAYS, ROLES, make_change_shop
from opswheel.simulation.fact_sheets import TODAY, FactShop, subject
from opswheel.simulation.parameters import read_world
from opswheel.simulation.sheets import Sheet


def shop(*, planted: bool = True) -> FactShop:
    return make_change_shop(read_world(), listings=200, seed=3, key="simulated 3", planted=planted)


@pytest.fixture(scope="module")
def made() -> FactShop:
    return shop()


def lists(made: FactShop) -> list[Sheet]:
    """The lists of listings, oldest first."""
    return sorted((s for s in made.sheets if s.report == "amazon_all_listings"), key=lambda s: s.day)


def of(sheet: Sheet, column: str) -> dict[str, Any]:
    return dict(zip(sheet.columns["sku"], sheet.columns[column], strict=True))


def having(made: FactShop, *roles: str) -> set[str]:
    return {sku for sku, role in zip(made.sku, made.role, strict=True) if role in roles}


def test_each_fault_is_true_of_its_own_listings_and_what_is_meant_of_none(made: FactShop) -> None:
    ill = {what for _, what in made.truth}
    assert ill == {subject(sku) for sku in having(made, *FAULTS)}
    assert all(dollars > 0 for dollars in made.truth.values())
    assert having(made, *(set(ROLES) - set(FAULTS)))
    well = shop(planted=False)
    assert well.truth == {} and not having(well, *FAULTS)
    assert [len(s) for s in shop().sheets] == [len(s) for s in made.sheets]


def test_the_list_of_today_shows_what_went_and_that_of_four_weeks_ago_does_not(made: FactShop) -> None:
    first, *_, today = lists(made)
    assert (today.day - first.day).days == LISTS_DAYS and today.day == TODAY
    assert set(first.columns["sku"]) == set(made.sku)
    assert set(made.sku) - set(today.columns["sku"]) == having(made, "gone", "deleted", "told_deleted")
    before, now = of(first, "title"), of(today, "title")
    assert {s for s in now if now[s] != before[s]} == having(made, "words", "own_words")
    price, asked = of(first, "price_minor"), of(today, "price_minor")
    outside = {s for s in asked if not LEAST <= asked[s] / price[s] <= GREATEST}
    assert outside == having(made, "too_cheap", "too_dear", "clearance")
    assert {s for s, status in of(today, "status").items() if status != "active"} == having(
        made, "ads_wasted", "off_with_its_ads"
    )


def test_ads_go_on_where_they_are_wasted_and_end_where_they_stopped(made: FactShop) -> None:
    last = max((s for s in made.sheets if s.report == "ads_csv"), key=lambda s: s.day)
    shown = of(last, "impressions")
    wasted, stopped = having(made, "ads_wasted"), having(made, "ads_stopped")
    assert wasted <= set(shown) and not stopped & set(shown)
    assert sum(of(last, "spend_minor")[s] for s in wasted) > 0
    assert sum(of(last, "orders")[s] for s in wasted) == 0
    status = of(last, "campaign_status")
    assert {s for s in status if status[s] == "paused"} == having(made, "ads_paused")


def test_a_new_seller_is_told_after_messages_that_knew_of_none(made: FactShop) -> None:
    told: dict[str, list[tuple[Any, str]]] = {}
    for sheet in made.sheets:
        if sheet.report == "amazon_offer_notifications":
            for item, at, sellers in zip(*(sheet.columns[n] for n in ("item_id", "at", "sellers")), strict=True):
                told.setdefault(item, []).append((at, sellers))
    new = [[sellers for _, sellers in sorted(told[s])] for s in having(made, "seller")]
    assert np.mean([words[0] == "" for words in new]) == 1.0
    assert np.mean([words[-1] != "" for words in new]) > 0.6  # of some, nobody has been told yet
