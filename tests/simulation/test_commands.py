"""`simulate` and `bench policies` answer what they promise, name their world, and go on where they were stopped."""

from __future__ import annotations

import json

import pytest

from opswheel.core.errors import WrongUse
from opswheel.interfaces.bench import bench, policies, policies_wanted
from opswheel.interfaces.cli import obey
from opswheel.simulation.parameters import read_world
from opswheel.simulation.results import arriving_minutes, hours_for_load

TINY = ["simulate", "--listings", "40", "--days", "3"]
PROMISED = {"rule", "revenue", "lost", "lost_share", "cleared", "repeat_rate", "by_cycle"}


def test_simulate_answers_the_promised_json_and_names_its_world(capsys):
    assert obey([*TINY, "--rule", "severity_label", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert set(told) >= PROMISED
    assert (told["rule"], told["world"], told["seed"]) == ("severity_label", read_world().sha256, 1)
    assert told["hours_per_day"] == read_world().team.hours_per_day
    assert set(told["revenue"]) == {"minor", "currency"}
    assert 0 <= told["lost_share"] <= 1
    assert sum(c["revenue"]["minor"] for c in told["by_cycle"]) == pytest.approx(told["revenue"]["minor"], abs=2)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--rule", "loudest"], "no ranking rule of the simulator"),
        (["--days", "0"], "There must be listings, days"),
        (["--world", "nowhere.toml"], "cannot be read"),
    ],
)
def test_what_cannot_be_played_is_refused_in_a_sentence(capsys, arguments, words):
    assert obey(["simulate", *arguments]) == 2
    assert words in capsys.readouterr().err


def test_hours_follow_from_the_load_and_the_work_that_arrives():
    arriving = arriving_minutes(read_world(), listings=400, days=20, seed=1)
    assert arriving > 5
    assert hours_for_load(2.0, arriving, 3) == pytest.approx(arriving / 2 / 3 / 60)
    noisy = read_world().changed(noise__precision=0.5)
    assert arriving_minutes(noisy, listings=400, days=20, seed=1) > arriving


def test_the_policy_benchmark_runs_only_by_its_name(monkeypatch):
    played = []
    monkeypatch.setattr("opswheel.interfaces.bench.cli.measure", lambda: played.append("cli") or [])
    monkeypatch.setattr(policies, "measure", lambda **_: played.append("policies") or [])
    bench("cli", lambda _: None)
    bench("policies", lambda _: None)
    assert played == ["cli", "policies"]
    with pytest.raises(WrongUse, match="policies"):
        bench("speed", lambda _: None)


def test_the_size_of_the_policy_benchmark_can_be_said():
    assert policies_wanted(small=False, listings=None, days=None, seeds=None) == {}
    assert policies_wanted(small=True, listings=None, days=None, seeds=None)["size"] == policies.SMALL
    told = policies_wanted(small=False, listings=600, days=40, seeds=3)["size"]
    assert (told.listings, told.days, told.seeds, told.carry_seeds) == (600, 40, 3, 0)
    with pytest.raises(WrongUse, match="--days 0"):
        policies_wanted(small=True, listings=None, days=0, seeds=None)


def test_intervals_are_paired_by_world():
    mean, low, high = policies.interval([1.0, 2.0, 3.0])
    assert (mean, low, high) == pytest.approx((2.0, 2.0 - 1.8856 / 3**0.5, 2.0 + 1.8856 / 3**0.5), abs=1e-3)
    assert policies.interval([1.0]) == (1.0, None, None)  # one world tells no spread
    ratio, low, high = policies.ratio_interval([0.02, 0.04, 0.06], [0.04, 0.08, 0.12])
    assert (ratio, low, high) == pytest.approx((0.5, 0.5, 0.5))


def test_a_catalog_is_carried_up_to_where_the_losses_pass_the_rivals():
    assert policies.carried([0.01, 0.02, 0.03, 0.05, 0.06, 0.07], 0.025) == pytest.approx(2.5)
    assert policies.carried([0.01, 0.02, 0.03, 0.03, 0.03, 0.03], 0.05) == 8.0
    assert policies.carried([0.06, 0.07, 0.08, 0.09, 0.1, 0.2], 0.05) == 0.0


LOSSES = {"value_per_hour": 0.04, "value_per_hour_learning": 0.03, "clairvoyant": 0.03}


def _told(cell):
    """What a played cell would say: a loss by rule, higher for larger catalogs and for the second world."""
    lost = LOSSES.get(cell.rule, 0.06) * (1 + 0.1 * (cell.seed - 1)) + 0.002 * (cell.listings / 100 - 1)
    dollars = {"minor": 100, "currency": "USD"}
    days = {"time_to_detect_days": 1.0, "time_to_resolve_days": None, "repeat_rate": 0.1, "cpu_seconds": 2.0}
    money = {"cleared_per_day": dollars, "revenue_per_operator": dollars}
    return {"lost_share": lost, "by_cycle": [{"lost_share": lost}], **days, **money}


def test_the_whole_table_tells_losses_ratios_catalogs_and_sensitivity(tmp_path, monkeypatch):
    played = []

    def play(cells, *_):
        played.extend(cells)
        return {cell: _told(cell) for cell in cells}

    monkeypatch.setattr(policies, "_played", play)
    size = policies.Size(listings=100, days=30, seeds=2, sensitivity_seeds=1, carry_seeds=1)
    rows = {(r["name"], r.get("natural_life")): r for r in policies.measure(size=size, results=tmp_path)}
    assert len(played) == len(set(played))
    both = "both natural lives"
    ratio = rows["policies value_per_hour ÷ severity_label", both]
    assert ratio["ratio"] == pytest.approx(2 / 3)
    assert (ratio["low"], ratio["high"]) == pytest.approx((2 / 3, 2 / 3))
    assert rows["policies value_per_hour ÷ clairvoyant", both]["ratio"] == pytest.approx(4 / 3)
    saved = rows["policies value_per_hour", "rising with effort"]["saved_of_what_the_clairvoyant_saves"]
    assert saved == pytest.approx((0.063 - 0.042) / (0.063 - 0.0315), abs=1e-4)
    carried = rows["policies catalog carried by value_per_hour at the loss of first_in_first_out", None]
    assert carried["ratio"] == 8.0  # 0.04 + 7 × 0.002 is still under 0.06
    assert rows["policies sensitivity noise.precision = 0.5", None]["ratio"] == pytest.approx(2 / 3)
    loads = {c.load for c in played if c.rule == "value_per_hour" and not c.of_listings}
    assert loads == {1.2, 2.0, 4.0}
    text = (tmp_path / "table.md").read_text(encoding="utf-8")
    assert text.count("\n|") == len(rows) + 2


@pytest.mark.long
def test_the_small_policy_table_is_played_once_and_then_read(tmp_path, monkeypatch):
    rows = policies.measure(size=policies.SMALL, results=tmp_path, workers=2)
    losses = {r["name"].removeprefix("policies "): r["ours"] for r in rows if r["ratio"] is None}
    assert set(losses) == set(policies.SMALL.rules)
    assert all(0 < x < 0.5 for x in losses.values())
    assert {r["world"] for r in rows} == {read_world().sha256}
    assert read_world().sha256 in (tmp_path / "table.md").read_text(encoding="utf-8")
    monkeypatch.setattr(policies, "play_cell", None)
    assert policies.measure(size=policies.SMALL, results=tmp_path, workers=1) == rows
