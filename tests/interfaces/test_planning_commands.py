"""`forecast` and `plan` on the sample shop."""

from __future__ import annotations

import sys

import pytest

pytest.importorskip("statsforecast", reason="the extra `forecast` is not installed")


def test_the_first_call_makes_a_forecast_and_says_how_little_it_knows(own):
    status, out, _ = own("forecast")
    assert status == 0
    assert "MUG-12-ASH" in out
    assert "too few days are loaded for a back-test; every model counts alike" in out


def test_one_listing_is_told_day_by_day(own):
    found = own.json("forecast", "MUG-12-ASH")
    assert [i["sku"] for i in found["items"]] == ["MUG-12-ASH"]
    assert len(found["days"]) == 28
    assert found["days"][0]["day"] == "2026-11-22"
    whole = sum(d["mean"] for d in found["days"])
    assert whole == pytest.approx(found["items"][0]["next_28_days"]["mean"], rel=0.01)


def test_a_listing_misspelt_is_found_by_its_neighbours(own):
    own("forecast")
    assert own.refused("forecast", "MUG-12-ASX").startswith(
        "There is no forecast of MUG-12-ASX. Did you mean MUG-12-ASH"
    )


def test_a_plan_is_words_numbers_and_a_day(own):
    found = own.json("plan")
    assert found["plans"], found
    first = found["plans"][0]
    assert first["action"] == "order_now"
    assert first["units"] > 0
    assert first["avoidable"]["currency"] == "USD"
    assert "Order" in first["words"]
    assert own.json("plan", "--all")["total"] == found["total"]
    assert own.json("plan", "--sku", first["skus"][0])["plans"][0]["pool"] == first["pool"]
    assert own.refused("plan", "--sku", "NOPE").startswith("There is no plan of NOPE.")


def test_without_the_extra_both_commands_say_how_to_get_it(own, monkeypatch):
    for name in [m for m in sys.modules if m.split(".")[0] == "statsforecast"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "statsforecast", None)
    monkeypatch.setitem(sys.modules, "statsforecast.models", None)
    for command in ("forecast", "plan"):
        assert "pip install 'opswheel[forecast]'" in own.refused(command)


def test_the_benchmark_reads_a_file_of_ones_own(tmp_path):
    from opswheel.core.errors import WrongUse
    from opswheel.interfaces.bench.series import shops

    path = tmp_path / "mine.csv"
    path.write_text("series,day,units\nA,2026-01-01,3\nA,2026-01-03,2\nB,2026-01-02,1\n")
    (shop,) = shops(path)
    assert shop.panel.units.tolist() == [[3, 0, 2], [0, 1, 0]]
    path.write_text("name,day,units\nA,2026-01-01,3\n")
    with pytest.raises(WrongUse, match="lacks series"):
        next(shops(path))
