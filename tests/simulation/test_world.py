"""A world is its file and its seed: the same bytes again, the shape it cites, every number with its source."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from opswheel.core.errors import BadSettings
from opswheel.simulation import calibration
from opswheel.simulation.market import OFF_KINDS, Market
from opswheel.simulation.parameters import read_world
from opswheel.simulation.plan import Trouble
from opswheel.simulation.play import arriving
from opswheel.simulation.reports import write_sheets
from opswheel.simulation.sheets import morning_sheets

from .small import trade, world

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
WORLD = Path(calibration.__file__).with_name("world.toml")


def _bytes(folder: Path, seed: int) -> dict[str, str]:
    made = Market(world(), listings=40, days=5, seed=seed)
    days = trade(made, 30)
    made.begin()
    paths = write_sheets(morning_sheets(made, days[-1][0]), folder)
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in paths}


def test_the_same_seed_writes_the_same_bytes_and_another_seed_others(tmp_path):
    first = _bytes(tmp_path / "a", 7)
    assert first == _bytes(tmp_path / "b", 7)
    other = _bytes(tmp_path / "c", 8)
    telling = [n for n in first if any(w in n for w in ("all-listings", "fba-inventory", "all-orders", "traffic"))]
    assert len(telling) == 8
    assert all(first[n] != other.get(n) for n in telling)


def test_the_catalog_has_the_spread_and_the_sparse_tail_it_was_told():
    made = Market(read_world(), listings=20_000, days=1, seed=3).catalog
    revenue = made.dollars(made.price_minor) * made.rate
    assert np.log(revenue).std() == pytest.approx(1.6, abs=0.1)
    assert 0.75 < (made.rate < 1.0).mean() < 0.90
    assert made.items < len(made)
    assert made.items < made.pools < len(made)


def test_a_market_nobody_works_looks_like_the_pages_that_were_counted():
    """2,500 product pages: 6.1 % out of stock, 3.4 % without a featured offer, 1.6 % gone."""
    made = Market(read_world(), listings=2_000, days=40, seed=2)
    out, featured, gone = [], [], []
    while made.day < 40:
        made.begin()
        live = (made.catalog.opened <= made.day) & ~made.catalog.dead
        if made.day >= 0:
            out.append((made.supply.on_hand[made.catalog.pool] <= 0)[live].mean())
            featured.append(made.listings_with("featured")[live].mean())
            gone.append(made.listings_with(*OFF_KINDS)[live].mean())
        made.trade()
    assert 0.045 < np.mean(out) < 0.085
    assert 0.02 < np.mean(featured) < 0.045
    assert 0.008 < np.mean(gone) < 0.045


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('log_sd = { value = 1.6, source = "', 'log_sd = { value = 1.6, origin = "', "catalog.log_sd has no source"),
        ("log_sd = { value = 1.6", 'log_sd = { value = "wide"', "catalog.log_sd"),
        ("[demand]\n", "[demand]\nmood = { value = 1, source = 'felt' }\n", "demand.mood"),
        ("[calendar]\n", "[calendar\n", "cannot be read"),
        ('"amazon:UK" = 0.25', '"walmart:US" = 0.25', "no Amazon marketplace"),
        ('"amazon:UK" = 0.25', '"amazon:JP" = 0.25', "no Amazon marketplace"),
        ("[faults.hidden]", "[faults.veiled]", "'hidden' is missing"),
        ("data_missing = 4", "bad_luck = 4", "no root cause"),
    ],
)
def test_a_world_file_that_hides_where_a_number_comes_from_is_refused(tmp_path, old, new, words):
    text = WORLD.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "mine.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(BadSettings, match=words):
        read_world(path)


def test_every_result_can_name_the_file_it_came_from(tmp_path):
    own = tmp_path / "mine.toml"
    own.write_bytes(WORLD.read_bytes() + b"\n# mine\n")
    assert read_world().sha256 == hashlib.sha256(WORLD.read_bytes()).hexdigest() != read_world(own).sha256


def test_the_parameters_are_the_ones_that_were_frozen():
    decision = next((Path(__file__).parents[2] / "docs" / "decisions").glob("0015-*.md"))
    assert read_world().sha256 in decision.read_text(encoding="utf-8")


@pytest.mark.skipif(not (DATA / calibration.UCI).exists(), reason=f"the retailer's lines are not here: {DATA}")
def test_the_retailers_year_has_the_shape_the_world_cites():
    told = calibration.uci(DATA)
    assert told is not None
    assert told["revenue_log_sd"] == pytest.approx(2.13, abs=0.01)
    assert told["share_under_a_unit_a_day"] == pytest.approx(0.50, abs=0.005)
    assert told["best_month_over_mean"] == pytest.approx(1.72, abs=0.01)
    assert told["share_without_a_sale_in_the_last_90_days"] == pytest.approx(0.175, abs=0.001)


@pytest.mark.skipif(not (DATA / calibration.OLIST[0]).exists(), reason=f"the marketplace's orders are not here: {DATA}")
def test_the_marketplaces_orders_have_the_shape_the_world_cites():
    told = calibration.olist(DATA)
    assert told is not None
    assert told["revenue_log_sd"] == pytest.approx(1.28, abs=0.01)
    assert told["share_delivered_late"] == pytest.approx(0.081, abs=0.001)
    week = read_world().demand.week_from_monday
    assert told["week_from_monday"] == pytest.approx(week, abs=0.01)


def test_where_the_data_is_not_there_it_is_told(tmp_path, capsys):
    assert calibration.main([str(tmp_path)]) == 2
    assert '"olist": null' in capsys.readouterr().out


def test_late_sales_come_with_the_next_files_and_a_late_snapshot_never():
    made = Market(world(), listings=30, days=20, seed=1)
    sales = trade(made, 28)[-1][0]
    made.begin()
    sheets = morning_sheets(made, sales)
    trouble = Trouble({0: {(1, "amazon_all_listings"), (1, "amazon_sales_and_traffic")}}, {})
    assert made.catalog.channels[1] == "amazon:US"
    come, held = arriving(sheets, trouble, made, 0)
    told = {(s.report, s.channel) for s in come}
    assert ("amazon_all_listings", "amazon:US") not in told
    assert {("amazon_all_listings", "amazon:UK"), ("amazon_orders", "amazon:US")} <= told
    assert [s.report for s in held] == ["amazon_sales_and_traffic", "amazon_sales_and_traffic_by_date"]
    again, left = arriving(held, trouble, made, 1)
    assert (again, left) == (held, [])
