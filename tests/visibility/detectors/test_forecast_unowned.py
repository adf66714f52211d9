"""An exception of forecasting that nobody has touched for two weeks is told once for its channel, without money."""

from __future__ import annotations

from typing import Any

import pytest

from ...factory import Scene, ago
from ..looking import BY_KIND, CA, US, Looked, abroad, look, selling


def waiting(n: int, channel: str = US, kind: str = "forecast_drift", **more: Any) -> dict[str, Any]:
    """An issue found `n` days ago that nobody touched."""
    row = {"account": "main", "channel": channel, "issue_id": 1000 - n, "kind": kind, "detected_day": ago(n)}
    return {**row, "owner": "Ines", **more}


def the_shop(*rows: dict[str, Any]) -> Scene:
    scene = abroad(selling(Scene(), "mug"))
    scene.rows["forecast_exceptions"] += list(rows or [waiting(20), waiting(3)])
    return scene


def told(*rows: dict[str, Any]) -> Looked:
    return look(the_shop(*rows))


def of(looked: Looked) -> list[dict[str, Any]]:
    assert looked.errors == []
    return [r for r in looked.signals if r["kind"] == "forecast_unowned"]


def test_two_weeks_untouched_are_told_once_a_channel_with_the_oldest_first() -> None:
    (row,) = of(told(waiting(3), waiting(35, owner=None), waiting(14, kind="stockout_ahead"), waiting(13, CA)))
    assert (row["channel"], row["observed"], row["onset_day"]) == (US, 35.0, ago(35))
    assert row["subject_key"] == "main|amazon:US"
    assert BY_KIND["forecast_unowned"].sentence(row) == "3 forecast exceptions untouched, for up to 35 days"
    assert '"forecasts_that_drift": 2, "without_an_owner": 1, "oldest_days": 35, "oldest_issue": 965' in row["evidence"]


@pytest.mark.parametrize(("age", "signals"), [(13, 0), (14, 1)])
def test_one_weekly_review_may_pass_it_by_but_not_two(age: int, signals: int) -> None:
    assert len(of(told(waiting(age)))) == signals


def test_its_money_stands_in_the_issues_it_speaks_of_and_not_here() -> None:
    (row,) = of(told(waiting(20)))
    assert (row["share_state"], row["amount_at_risk"], row["loss_per_day"]) == ("unknown", None, None)
    assert BY_KIND["forecast_unowned"].sentence(row) == "1 forecast exception untouched, for up to 20 days"


def test_a_channel_without_such_issues_is_quiet() -> None:
    assert not [r for r in look(abroad(selling(Scene(), "mug"))).observed if r["kind"] == "forecast_unowned"]
