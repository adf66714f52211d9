"""What has been kept long enough goes; the newest list of each source and what people did stay for ever."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from opswheel.core.contracts import ISSUE_EVENTS, ISSUES, LAKE_FILES, OUTCOMES
from opswheel.core.settings import Settings
from opswheel.wheel.jobs_keep import expire, months_before
from tests.stories.seller import Seller, at


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 11, 22), 25, date(2024, 10, 22)),
        (date(2026, 3, 31), 1, date(2026, 2, 28)),
        (date(2028, 3, 31), 1, date(2028, 2, 29)),
        (date(2026, 1, 15), 13, date(2024, 12, 15)),
    ],
)
def test_months_are_counted_on_the_calendar(day, months, expected):
    assert months_before(day, months) == expected


@pytest.fixture(scope="module")
def aged(tmp_path_factory):
    """Sales, two mornings of lists, and a run each."""
    seller = Seller(tmp_path_factory.mktemp("aged") / "shop")
    seller.load(seller.sales(-20, -2))
    seller.morning(0, ["CUP"])
    seller.morning(3, ["CUP"])
    seller.close(seller.rows()[0][0])
    return seller


def living(seller):
    rows = seller.ledger_rows(LAKE_FILES, "table_name", "to_day", "removed_in")
    return {(name, day) for name, day, gone in rows if gone is None}


def expire_at(seller, moment):
    here = seller.workspace
    return expire(here.ledger, Settings(), now=moment, wall=moment)["lake_files"]


def test_nothing_goes_before_its_time(aged, tmp_path):
    seller = aged.copy(tmp_path / "shop")
    before = living(seller)
    assert expire_at(seller, at(300)) == 0
    assert living(seller) == before


def test_results_go_after_thirteen_months_and_facts_after_twenty_five(aged, tmp_path):
    seller = aged.copy(tmp_path / "shop")
    before = living(seller)
    results = {"observations", "signals", "exposures", "rank_history"}
    expire_at(seller, at(14 * 31))
    assert {name for name, _ in before - living(seller)} <= results
    assert not {name for name, _ in living(seller)} & results
    assert expire_at(seller, at(26 * 31)) > 0
    left = living(seller)
    assert {name for name, _ in left} == {"listings", "stock"}  # sales are gone; the newest lists are still the lists
    newest = {name: max(day for n, day in before if n == name) for name in ("listings", "stock")}
    assert left == set(newest.items())


def test_what_people_did_stays_and_the_queue_can_be_read(aged, tmp_path):
    seller = aged.copy(tmp_path / "shop")
    kept = {c.name: seller.ledger_rows(c) for c in (ISSUES, ISSUE_EVENTS, OUTCOMES)}
    before = seller.queue()
    expire_at(seller, at(26 * 31))
    seller.now = at(26 * 31) + timedelta(days=1)
    seller.compact()
    assert {c.name: seller.ledger_rows(c) for c in (ISSUES, ISSUE_EVENTS, OUTCOMES)} == kept
    assert seller.queue()["total"] == before["total"]
    named = {p for p, gone in seller.ledger_rows(LAKE_FILES, "path", "removed_in") if gone is None}
    assert all((seller.folder / "lake" / p).exists() for p in named)
