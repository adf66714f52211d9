"""A price path from what runs stored: moves read off listings reports, proposed, accepted, said on the issue."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from opswheel.core.contracts import ISSUE_EVENTS, ISSUES, OUTCOMES
from opswheel.interfaces.answers.decisions import decide, proposals_answer, rollback
from opswheel.wheel import price_moves
from tests.learning.test_what_closes_teach import issue, outcome
from tests.stories.seller import PRICE, Seller, at

KIND = "price_outside_rules"
SKUS = [f"CUP{n:02d}" for n in range(26)]


def a_close(number, sku, by, *, hours, asked=None):
    """Found on day -27, closed `hours` after a first action that came after two."""
    found, first = at(-27), at(-27) + timedelta(hours=2)
    more = {"sku": sku, "detected_at": found, "first_action_at": first}
    one = issue(number, KIND, **more)
    closed = outcome(number, kind=KIND, by=by, at=first + timedelta(hours=hours), version=4, lost_to_date=9.0)
    closed["loss_stopped_per_day"] = 60.0
    base = {"issue_id": number, "at": first, "run_id": None, "payload": "{}"}
    said = [("claimed", 2, by), ("assigned", 3, asked or by), ("closed", 4, by)]
    return one, closed, [{**base, "event": e, "version": v, "by": who} for e, v, who in said]


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """Two dozen cups whose price was lowered by 4 %, half of them after tom was asked; two whose price never moved."""
    seller = Seller(tmp_path_factory.mktemp("paths") / "shop")
    seller.now = at(-1)
    lower = dict.fromkeys(SKUS[:24], PRICE * 0.96)
    halfway = lower | dict.fromkeys(SKUS[12:24], PRICE * 0.9)  # what tom undid again before the close is no move
    files = [seller.listings(-30, skus=SKUS), seller.listings(-26, skus=SKUS, prices=halfway)]
    files += [seller.listings(-24, skus=SKUS, prices=lower)]
    seller.load(*files, seller.sales(-40, -2, skus=SKUS))
    rows = [a_close(n, sku, ("ines", "ali")[n % 2], hours=1 + n % 3) for n, sku in enumerate(SKUS[:12], 1)]
    rows += [a_close(n, sku, "ines", hours=40 + n % 5, asked="tom") for n, sku in enumerate(SKUS[12:], 13)]
    with seller.workspace.ledger.write() as connection:
        for contract, told in ((ISSUES, [r[0] for r in rows]), (OUTCOMES, [r[1] for r in rows])):
            connection.execute(sa.insert(contract.sql_table()), told)
        connection.execute(sa.insert(ISSUE_EVENTS.sql_table()), [e for r in rows for e in r[2]])
    rules = ["sku,min_price,max_price,right_price", f"{SKUS[0]},25.00,40.00,30.00"]
    seller.now = at(0)
    seller.load(seller.listings(0, skus=SKUS), seller.put("amazon-US/price-rules-2026-11-02.csv", "\n".join(rules)))
    seller.run()
    return seller


def test_the_weekly_look_reads_moves_off_listings_reports_and_proposes_a_path(shop):
    (one,) = [p for p in proposals_answer(shop.workspace)["proposals"] if p["kind"] == "price_path"]
    assert (one["subject"], one["to"]["alone_up_to"], one["to"]["approver"]) == (KIND, 0.05, "tom")
    told = one["backtest"]
    assert (told["alone"]["n"], told["asked"]["n"]) == (12, 12)  # the two that never moved their price tell nothing
    assert told["chance"] >= 0.8 and one["gain_a_year"] > 0


def test_an_accepted_path_is_said_on_the_issue_until_it_is_undone(shop, tmp_path):
    seller = shop.copy(tmp_path / "shop")
    seller._tick()
    (one,) = [p for p in proposals_answer(seller.workspace)["proposals"] if p["kind"] == "price_path"]
    (number,) = [r["id"] for r in seller.queue(kind=KIND)["issues"]]
    assert seller.why(number)["decided"] == []
    made = decide(seller.workspace, one["id"], "accept", why="try it", by="ines", edit={"within_hours": 4.0})
    words = "You may change the price by up to 5% yourself; above that tom approves, within 4 hours. (decision 1)"
    assert seller.why(number)["decided"] == [words]
    rollback(seller.workspace, made["id"], why="no", by="tom")
    assert seller.why(number)["decided"] == []


@pytest.mark.parametrize(
    ("before", "after", "share"), [(2000, 1900, 0.05), (1000, 1100, 0.1), (None, 1900, None), (2000, None, None)]
)
def test_a_move_is_a_share_of_the_price_before_and_unknown_where_a_side_is_missing(before, after, share):
    assert price_moves._share(before, after) == (None if share is None else pytest.approx(share))
