"""The sample shop is what its README says: reproducible files that load, and losses where they were planted."""

from __future__ import annotations

import re
import runpy
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from opswheel.core.clock import PinnedClock, parse_moment
from opswheel.core.detector import PRECEDENCE
from opswheel.core.settings import read_settings
from opswheel.prioritization.velocity import fit_groups
from opswheel.storage.duck import DuckEngine
from opswheel.storage.lake import Lake, manifest_version
from opswheel.storage.ledger import Ledger
from opswheel.visibility import detect
from opswheel.visibility.detectors import looking
from opswheel.wheel.inputs import missing_rates, morning, mount
from opswheel.wheel.loading import Loader, Said

SHOP = Path(__file__).parents[2] / "examples" / "mug_shop"
REPORTS = SHOP / "reports"
US, UK = "amazon:US", "amazon:UK"


def truth():
    """The rows of the README's table of planted losses: SKU → (kind, since, units a day, price)."""
    rows = re.findall(
        r"^\| ([A-Z0-9-]+) \| (\w+) \| (\S+) \| ([\d.]+) \| ([\d.]+) \|", (SHOP / "README.md").read_text(), re.M
    )
    return {sku: (kind, date.fromisoformat(since), float(pace), float(price)) for sku, kind, since, pace, price in rows}


class Seen:
    """The shop loaded once: what the loader said, and the prepared tables as rows."""

    def __init__(self, workspace: Path) -> None:
        settings = read_settings(SHOP)
        assert settings.clock.now is not None
        now = parse_moment(settings.clock.now)
        ledger = Ledger(f"sqlite:///{workspace}/ledger.db")
        ledger.prepare()
        lake = workspace / "lake"
        loader = Loader(
            lake=Lake(lake),
            ledger=ledger,
            rejects=workspace / "rejects",
            settings=settings,
            clock=PinnedClock(now),
            key="a key",
        )
        self.results = loader.load([REPORTS], Said())
        self.again = loader.load([REPORTS], Said())
        with ledger.read() as connection:
            found = morning(connection, settings, as_of=now, version=manifest_version(connection))
        engine = DuckEngine(lake)
        mount(engine, found, lake.resolve())
        self.missing_rates = missing_rates(found)
        detect.prepare(engine, fit_groups)
        self.errors = [o.error for o in detect.observe(engine, looking()) if o.error]
        self.baselines = {(r["channel"], r["sku"]): r for r in _rows(engine, detect.BASELINES.ibis_table())}
        self.observed = _rows(engine, detect.OBSERVED_NOW.ibis_table())


def _rows(engine, table):
    return engine.fetch(table.get_name(), lambda: table).to_pylist()


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    return Seen(tmp_path_factory.mktemp("mug_shop"))


def test_anyone_can_write_the_same_reports_again_byte_for_byte(tmp_path):
    for name in ("make.py", "shop.py"):
        shutil.copy(SHOP / name, tmp_path / name)
    subprocess.run([sys.executable, "-W", "error", str(tmp_path / "make.py")], check=True, capture_output=True)
    assert _bytes(tmp_path / "reports") == _bytes(REPORTS)


def _bytes(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_the_sample_stays_small_enough_to_travel_with_the_package():
    files = _bytes(REPORTS)
    assert len(files) < 70
    assert sum(map(len, files.values())) < 1_500_000
    assert files["amazon-US/all-orders-2026-11-22.txt"].count(b"\r\n") <= 1_500


def test_the_files_have_the_quirks_of_real_exports():
    files = _bytes(REPORTS / "amazon-US")
    assert files["all-listings-2026-11-22.txt"].startswith(b"\xef\xbb\xbf")
    assert 'Ash – fits 7"'.encode("cp1252") in files["fba-inventory-2026-11-22.txt"]  # no UTF-8, a bare quote
    for name in (n for n in files if n.endswith(".txt")):
        assert files[name].endswith(b"\r\n"), name
        assert b"\n" not in files[name].replace(b"\r\n", b""), name


def test_a_whole_folder_of_exports_loads_at_once_without_a_reject(seen):
    wrong = [(r.path, r.status, r.rejected, r.error, r.notes) for r in seen.results
             if r.status != "loaded" or r.rejected or r.notes]  # fmt: skip
    assert wrong == []
    assert {Path(r.path).relative_to(REPORTS).as_posix() for r in seen.results} == set(_bytes(REPORTS))


def test_each_file_finds_its_own_marketplace_and_day(seen):
    for result in seen.results:
        folder, name = Path(result.path).parent.name, Path(result.path).name
        if folder != "team":
            assert result.channel == folder.replace("-", ":"), name
        elif result.table != "rates":
            assert result.channel == US, name
        if result.table in ("listings", "stock", "suppressions", "stranded", "listing_status"):
            assert f"{result.days[1]}" in name


def test_loading_the_folder_twice_changes_nothing(seen):
    assert {r.status for r in seen.again} == {"unchanged"}
    assert len(seen.again) == len(seen.results)


def test_pounds_are_converted_by_the_rates_of_the_team(seen):
    assert not seen.missing_rates
    assert seen.baselines[UK, "KET-17-ASH"]["price"] == pytest.approx(34.99 / 1.2 * 1.2525, rel=0.005)


@pytest.mark.parametrize("sku", truth())
def test_a_planted_listing_has_the_pace_and_price_of_its_healthy_days(seen, sku):
    kind, _, pace, price = truth()[sku]
    found = seen.baselines[US, sku]
    assert found["velocity"] == pytest.approx(pace, rel=0.06, abs=0.12)
    assert found["intent"] == "sell"
    if kind != "price_outside_rules":  # its sales at the broken price count like any others
        assert found["price"] == pytest.approx(price, abs=0.01)


@pytest.mark.parametrize("sku", truth())
def test_a_planted_loss_is_seen_as_its_kind_since_its_day(seen, sku):
    assert seen.errors == []
    kind, since, _, _ = truth()[sku]
    symptoms = {d.kind for d in looking() if d.precedence == PRECEDENCE["unexplained"]}  # they hang under their cause
    rows = [r for r in seen.observed if r["sku"] == sku and r["channel"] == US and r["kind"] not in symptoms]
    assert [(r["kind"], r["starts_day"] or r["onset_day"]) for r in rows] == [(kind, since)]


def test_nothing_is_seen_at_healthy_neighbours_and_the_same_skus_abroad(seen):
    planted = {(US, sku) for sku in truth()}
    others = {(r["channel"], r["sku"]) for r in seen.observed} - planted
    assert {k: seen.baselines[k]["intent"] for k in others} == {
        **{(US, sku): "dead" for sku in ("MUG-11-FAIR", "MUG-11-FAIR-2", "KET-15-TIN", "MUG-SET4-LIM")},
        **{(US, sku): "unknown" for sku in ("MUG-13-WED", "CAN-SET3-OAK")},
        (US, "CUP-03-ESP"): "off",
    }
    assert {k for k, r in seen.baselines.items() if r["intent"] == "sell"} - planted == {
        (US, "KET-12-ASH"),
        (US, "MUG-12-ROSE-FBA"),
        *((UK, sku) for sku in ("KET-17-ASH", "MUG-SET4-SEA", "MUG-14-BLU", "MUG-12-INK")),
    }


def test_the_table_of_known_losses_agrees_with_the_shop_that_makes_the_files():
    listings = {x.sku: x for x in runpy.run_path(str(SHOP / "shop.py"))["US"]}
    for sku, (_, _, pace, price) in truth().items():
        assert (listings[sku].pace, listings[sku].price) == (pace, price), sku
    assert len(truth()) == 17
