"""The growth wheel on the command line: keys it promises, what it says without data, what a slip is answered."""

from __future__ import annotations

import json
import runpy
import shutil
from pathlib import Path

import pytest

from opswheel.interfaces.cli import obey

TEA = Path(__file__).parents[2] / "examples" / "tea_shop"
DATA = ("--data", str(TEA / "drivers.csv"))
COSTS = ("--costs", str(TEA / "costs.csv"))
FROM = {"from your data", "from literature", "from your lift test", "by accounting"}


class Nowhere:
    """The command line outside any workspace."""

    def __init__(self, capsys):
        self.capsys = capsys

    def __call__(self, *words):
        self.capsys.readouterr()
        status = obey(["growth", *words])
        told = self.capsys.readouterr()
        return status, told.out, told.err

    def json(self, *words):
        status, out, err = self(*words, "--json")
        assert (status, err) == (0, ""), (status, err)
        return json.loads(out)

    def refused(self, *words):
        status, out, err = self(*words)
        assert (status, out) == (2, ""), (status, out, err)
        assert err.count("\n") == 1
        assert "Traceback" not in err
        return err.strip()


@pytest.fixture
def growth(capsys, monkeypatch, tmp_path):
    """Commands in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("OPSWHEEL_WORKSPACE", raising=False)
    return Nowhere(capsys)


def test_the_sample_files_are_those_their_maker_writes(tmp_path):
    maker = shutil.copy(TEA / "make.py", tmp_path)
    runpy.run_path(str(maker), run_name="__main__")
    made = {p.name: p.read_bytes() for p in tmp_path.glob("*.csv")}
    assert made == {p.name: p.read_bytes() for p in TEA.glob("*.csv")}


def test_diagnose_on_a_file_answers_every_question_and_says_where_each_comes_from(growth):
    found = growth.json("diagnose", *DATA, "--pillars", str(TEA / "scores.csv"))
    assert (found["wheel"], found["from"], found["weeks"]) == ("seller", "data", 104)
    assert {s["about"] for s in found["sentences"]} == {"gain", "momentum", "broken spoke", "bottleneck", "reliance"}
    assert {s["source"] for s in found["sentences"]} <= FROM
    assert all(s["words"].endswith(")") for s in found["sentences"])
    assert {link["status"] for link in found["links"]} <= {"ok", "suspect", "broken", "cannot_tell"}
    planted = next(k for k in found["links"] if k["link"] == "content -> conversion")
    assert planted["status"] in ("suspect", "broken")
    assert planted["low"] < planted["mean"] < planted["high"]
    assert [p["name"] for p in found["pitfalls"]] == [
        "broken spoke", "one push", "unmeasured share", "link drift", "payoff horizon",
    ]  # fmt: skip
    assert [s["driver"] for s in found["risks"]["stress"]] == ["delivery", "availability"]
    conversion = next(d for d in found["drivers"] if d["name"] == "conversion")
    assert conversion == {
        "name": "conversion", "measured": True, "source": "sales ÷ (traffic · availability)", "missing": None,
    }  # fmt: skip
    unmeasured = next(d for d in found["drivers"] if d["name"] == "experience")
    assert (unmeasured["measured"], bool(unmeasured["missing"])) == (False, True)


def test_the_same_seed_answers_the_same_bytes(growth):
    assert growth("momentum", *DATA, "--json") == growth("momentum", *DATA, "--json")


def test_outside_a_workspace_and_without_a_file_literature_answers_and_says_so(growth):
    found = growth.json("momentum")
    assert (found["from"], found["weeks"]) == ("literature", 0)
    assert "no facts are loaded" in found["rests_on"]
    assert {s["source"] for s in found["sentences"]} == {"from literature"}
    status, out, _ = growth("momentum")
    assert (status, "from your data" in out) == (0, False)


def test_pushes_are_ranked_with_a_chance_each_and_a_tie_where_no_one_is_sure(growth):
    found = growth.json("leverage", *DATA, *COSTS)
    chances = [p["p_best"] for p in found["pushes"]]
    assert sum(chances) == pytest.approx(1.0, abs=1e-6)
    if found["best"] is None:
        assert len(found["tie"]) > 1
        assert max(chances) < 0.8
    else:
        assert max(chances) >= 0.8
    for row in found["pushes"]:
        assert row["per_cost"]["low"] <= row["per_cost"]["value"] <= row["per_cost"]["high"]
        assert row["half_weeks"]["value"] <= row["most_weeks"]["value"]
        assert row["words"].endswith(")")


def test_a_lift_test_enters_the_calibration_and_moves_the_link_it_measured(growth):
    before, after = (
        next(k for k in growth.json("diagnose", *DATA, *more)["links"] if k["link"] == "ads -> traffic")
        for more in ((), ("--lift", str(TEA / "lift.csv")))
    )
    assert after["source"] == "from your lift test"
    assert after["high"] - after["low"] < 0.7 * (before["high"] - before["low"])
    assert after["mean"] == pytest.approx(0.13, abs=0.02)


def test_a_push_fades_once_feeding_stops_and_its_fan_is_drawn(growth, tmp_path):
    found = growth.json("push", "price", "-5%", *DATA, "--weeks", "26", "--stop", "8", "-o", str(tmp_path / "fan.svg"))
    fan = found["fan"]
    assert len(fan) == 27
    assert all(row["p5"] <= row["p25"] <= row["p50"] <= row["p75"] <= row["p95"] for row in fan)
    assert fan[7]["p50"] > 3 * fan[26]["p50"] > 0
    assert (tmp_path / "fan.svg").read_text(encoding="utf-8").startswith("<svg")


def test_the_next_test_has_a_design_a_size_and_weeks(growth):
    found = growth.json("experiment", *DATA, *COSTS)
    assert found["next"]["feasible"]
    assert found["next"]["weeks"] >= 8
    assert found["next"]["se"] <= found["next"]["doubt"]
    assert found["next"]["link"].split(" -> ")[0] in ("ads", "price", "content", "delivery", "availability")
    assert "lot" in found["sentence"]


def test_people_read_the_same_as_scripts(growth):
    for words in (("diagnose",), ("momentum",), ("leverage", *COSTS), ("push", "ads", "+10%"), ("experiment", *COSTS)):
        status, out, err = growth(*words, *DATA)
        assert (status, err) == (0, "")
        assert "104 weeks of drivers.csv" in out


def test_key_figures_of_a_file_need_no_workspace(growth):
    found = growth.json("kpis", "--orders", str(TEA / "orders.csv"), "--surveys", str(TEA / "surveys.csv"))
    (channel,) = found["channels"]
    told = {f["name"]: f for f in channel["figures"]}
    assert channel["channel"] == "shopify:main"
    assert told["repeat_purchase_rate"]["status"] == "cannot tell"
    assert told["conversion"]["status"] == "not observable"
    assert told["conversion"]["because"]
    for figure in channel["figures"]:
        if figure["value"] is not None and figure["low"] is not None:
            assert figure["low"] <= figure["value"] <= figure["high"], figure["name"]
    status, out, _ = growth("kpis", "--orders", str(TEA / "orders.csv"))
    assert (status, "cannot tell" in out, "not observable here, because" in out) == (0, True, True)


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (("diagnose", "--data", "nowhere.csv"), "is not there"),
        (("diagnose", "--wheel", "seler"), "no wheel 'seler'"),
        (("diagnose", *DATA, "--with", "featuredoffer"), "no optional part 'featuredoffer'"),
        (("push", "add", "+10%", *DATA), "no driver 'add'"),
        (("push", "ads", "a lot", *DATA), "is no change"),
        (("push", "ads", "+10%", *DATA, "--stop", "99"), "cannot stop after 99"),
        (("push", "ads", "+10%", *DATA, "--weeks", "1"), "Between 4 and 260"),
        (("push", "ads", "+10%", "-o", "no/such/folder/fan.svg"), "cannot be written"),
        (("leverage", *DATA), "needs --costs"),
        (("leverage", *DATA, "--costs", str(TEA / "lift.csv")), "no column 'driver'"),
        (("diagnose", *DATA, "--same-week", "rank2"), "no driver 'rank2'"),
        (("kpis",), "no workspace here"),
        (("kpis", "--orders", str(TEA / "costs.csv")), "no column 'customer'"),
        (("spokes",), "no workspace here"),
    ],
    ids=lambda v: " ".join(map(str, v))[:40] if isinstance(v, tuple) else "",
)
def test_a_slip_is_answered_in_one_line_with_what_to_write(growth, words, answer):
    assert answer in growth.refused(*words)


def test_twelve_weeks_are_refused_with_how_many_are_missing(growth, tmp_path):
    lines = (TEA / "drivers.csv").read_text(encoding="utf-8").splitlines()[:13]
    (tmp_path / "short.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert "12 weeks" in growth.refused("diagnose", "--data", "short.csv")


def test_a_lever_that_never_moved_is_no_healthy_one(growth, tmp_path):
    rows = [line.split(",") for line in (TEA / "drivers.csv").read_text(encoding="utf-8").splitlines()]
    at = rows[0].index("delivery")
    still = [rows[0], *([*r[:at], "2.40", *r[at + 1 :]] for r in rows[1:])]
    (tmp_path / "still.csv").write_text("\n".join(map(",".join, still)) + "\n", encoding="utf-8")
    found = growth.json("diagnose", "--data", "still.csv")
    link = next(k for k in found["links"] if k["link"] == "delivery -> conversion")
    assert link["status"] == "cannot_tell"
    assert "never moved" in link["reason"]


# --- the sample shop ---------------------------------------------------------------------------------------------


def test_a_shop_with_three_weeks_is_answered_from_literature_and_told_how_many_weeks_it_takes(shop):
    found = shop.json("growth", "diagnose", "--channel", "amazon:US")
    assert found["from"] == "literature"
    assert "3 whole weeks of 26" in found["rests_on"]
    assert {s["source"] for s in found["sentences"]} == {"from literature"}


def test_two_channels_are_two_wheels(shop):
    assert "amazon:UK or amazon:US" in shop.refused("growth", "diagnose")
    assert "amazon:FR" in shop.refused("growth", "diagnose", "--channel", "amazon:FR")


def test_the_board_of_the_shop_tells_each_figure_or_why_not(shop):
    found = shop.json("growth", "kpis")
    assert [c["channel"] for c in found["channels"]] == ["amazon:UK", "amazon:US"]
    home = {f["name"]: f for f in found["channels"][1]["figures"]}
    seen = {name for name, f in home.items() if f["value"] is not None}
    assert seen == {
        "conversion", "average_order_value", "lost_sales_rate", "revenue_weighted_in_stock", "hero_featured_share",
        "contribution_margin", "return_rate", "cancellation_rate",
    }  # fmt: skip
    for name in set(home) - seen:
        assert home[name]["because"], name
        assert home[name]["would_be"], name
    assert home["average_order_value"]["currency"] == "USD"
    assert {f["currency"] for f in found["channels"][0]["figures"] if f["unit"] == "money" and f["value"]} == {"GBP"}
    assert 0.85 < home["revenue_weighted_in_stock"]["value"] < 1.0
    assert 0.80 < home["hero_featured_share"]["value"] < 0.99  # one hero's share fell to 45 %


def test_issues_and_money_by_spoke_add_up_to_the_queue(shop):
    found = shop.json("growth", "spokes")
    queue = [r for r in shop.json("queue", "--limit", "100")["issues"] if r["lane"] not in ("verify", "opportunities")]
    queue = [r for r in queue if r["kind"] not in ("dead_backlog", "unknown_intent")]
    assert sum(g["issues"] for g in found["spokes"]) == len(queue)
    assert sum(g["avoidable"] for g in found["spokes"]) == pytest.approx(sum(r["avoidable"]["mean"] for r in queue))
    assert found["momentum"] is False
    assert all(g["long_run_loss"] == pytest.approx(g["avoidable"]) for g in found["spokes"])
    kinds = {g["spoke"]: g["kinds"] for g in found["spokes"]}
    assert "out_of_stock" in kinds["availability"]
    assert kinds["traffic"] == ["search_suppressed"]


def test_switched_on_the_long_run_is_told_beside_money_and_never_inside_it(own):
    with (own.folder / "opswheel.toml").open("a", encoding="utf-8") as settings:
        settings.write('\n[growth]\nmomentum = true\n\n[ranking]\nrule = "value_per_hour"\n')
    before = {r["id"]: r["avoidable"] for r in own.json("queue", "--limit", "100")["issues"]}
    own.json("run", status=own("run")[0])
    after = {r["id"]: r["avoidable"] for r in own.json("queue", "--limit", "100")["issues"]}
    assert after == before
    found = own.json("growth", "spokes")
    assert (found["momentum"], found["source"]) == (True, "literature")
    groups = {g["spoke"]: g for g in found["spokes"]}
    assert groups["availability"]["long_run_loss"] > 1.2 * groups["availability"]["avoidable"]
    assert groups["price"]["long_run_loss"] == pytest.approx(groups["price"]["avoidable"])
    stranded = next(r["id"] for r in own.json("queue", "--limit", "100")["issues"] if r["kind"] == "stranded_stock")
    parts = {p["name"]: p for p in own.json("why", str(stranded), "--rule", "value_per_hour")["parts"]}
    assert parts["momentum"]["value"] > 1.0
    assert parts["momentum"]["source"].endswith("from literature")
    product = 1.0
    for part in parts.values():
        product *= part["value"]
    told = own.json("why", str(stranded), "--rule", "value_per_hour")
    assert product == pytest.approx(told["score"], rel=1e-4)


def test_multipliers_kept_from_a_wheel_are_told_and_used_only_once_switched_on(own):
    found = own.json("growth", "momentum", "--save", *DATA)
    assert found["saved"]["kinds"] > 5
    assert "calibrated" in found["saved"]["source"]
    assert "momentum = true" in found["saved"]["words"]


def test_the_teams_own_wheel_says_what_nobody_records(shop):
    found = shop.json("growth", "diagnose", "--wheel", "operations")
    assert found["from"] == "literature"
    told = {d["name"]: d for d in found["drivers"]}
    assert all(d["missing"].startswith("no measure here") for d in told.values() if d["missing"])


def test_a_file_and_facts_together_name_both(shop):
    status, out, err = shop("growth", "momentum", *DATA, "--channel", "amazon:US")
    assert (status, err) == (0, "")
    assert "drivers.csv and the loaded facts of amazon:US" in out
