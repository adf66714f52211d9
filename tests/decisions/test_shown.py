"""What of a back-test is drawn agrees with the figures beside it."""

from __future__ import annotations

import pytest

from tests.decisions.test_proposals import proposed, shop


def test_bars_and_curve_say_what_the_figures_say(tmp_path):
    (one,) = proposed(tmp_path, *shop(wrong_below=0.2))
    told, drawn = one["backtest"], one["backtest"]["picture"]
    assert sum(bar["real"] + bar["false"] + bar["not_judged"] for bar in drawn["bars"]) == told["labels"]
    assert drawn["values"][drawn["now"]] == one["from"]["cuts"][drawn["line"]]
    assert drawn["values"][drawn["to"]] == one["to"]["cuts"][drawn["line"]]
    worth = {w["step"]: w for w in drawn["worth"]}
    assert worth[drawn["now"]]["mean"] == 0.0
    assert worth[drawn["to"]]["mean"] == pytest.approx(one["gain_a_year"] / 52, rel=1e-4)
    silent = drawn["bars"][drawn["now"] : drawn["to"]]
    assert sum(b["false"] for b in silent) > sum(b["real"] for b in silent)


def test_a_change_is_less_in_doubt_than_two_figures_apart(tmp_path):
    (one,) = proposed(tmp_path, *shop(wrong_below=0.2))
    before, after, change = (one["backtest"][k]["alerts_a_week"] for k in ("before", "after", "change"))
    assert change["mean"] == pytest.approx(after["mean"] - before["mean"], abs=1e-3)
    assert change["p90"] - change["p10"] < before["p90"] - before["p10"]
