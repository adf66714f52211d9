"""Another choice of forecast models: proposed where it is surely closer, in force once accepted, judged by cycles."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from opswheel.core.contracts import FORECAST_ACCURACY, FORECAST_MODELS
from opswheel.core.errors import Conflict, WrongUse
from opswheel.decisions import forecast_models, judging, record
from tests.decisions.seen import NOW
from tests.decisions.test_record import LATER, SETTINGS, do

PLACE = ("main", "amazon:US")
OLD = NOW - timedelta(days=7)


def compared(segment="fast", **more):
    row = {"segment": segment, "items": 40, "origins": 5, "error_before": 0.8, "error_after": 0.72, "chance": 0.97}
    row |= {"change": {"mean": -0.1, "p10": -0.16, "p90": -0.04}, "bias_before": 0.02, "bias_after": 0.0}
    row |= {"models_now": "mean of 28 days 100%", "models_then": "Croston 100%", "chosen_now": OLD, "chosen_then": NOW}
    return row | more


def proposed(*rows):
    return forecast_models.proposals(PLACE, rows or (compared(),), SETTINGS)


def test_a_choice_that_is_surely_closer_is_proposed_with_its_error_before_and_after():
    (one,) = proposed()
    assert (one["status"], one["subject"], one["gain_a_year"]) == ("open", "main|amazon:US|fast", None)
    assert one["backtest"]["error_before"] == 0.8 and one["backtest"]["error_after"] == 0.72
    assert (one["from"]["models"], one["to"]["models"]) == ("mean of 28 days 100%", "Croston 100%")
    assert "10.0% less (4.0% to 16.0%) on 5 months they had not seen" in one["why"]


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"origins": 2}, "reaches back 2 months; 3 are needed"),
        ({"items": 9}, "knows 9 listings of this kind; 10 are needed"),
        ({"chance": 0.7}, "70% sure"),
        ({"change": {"mean": -0.004, "p10": -0.005, "p90": -0.003}}, "+0.4% less"),
        ({"change": {"mean": 0.03, "p10": 0.01, "p90": 0.05}, "chance": 0.02}, "-3.0% less"),
    ],
)
def test_what_is_not_surely_closer_is_refused_with_its_reason(more, why):
    (one,) = proposed(compared(**more))
    assert one["status"] == "refused" and why in one["why"]


def test_kinds_of_listings_a_channel_does_not_have_are_not_spoken_of():
    assert proposed(compared("rare", items=0)) == []


def stored(segment, at, in_force, channel="amazon:US"):
    row = {"account": "main", "channel": channel, "segment": segment, "chosen_at": at, "models": f"as of {at:%d}"}
    row |= {"weights": "{}", "items": 40, "origins": 5, "evidence": "{}", "source": "back-test"}
    return row | {"in_force_at": at if in_force else None, "error": 0.8, "best_alone": 0.9, "bias": 0.0}


@pytest.fixture
def desk(ledger):
    rows = [stored(s, at, at == OLD) for s in ("fast", "slow") for at in (OLD, NOW)]
    rows.append(stored("fast", OLD, True, "amazon:UK"))
    with ledger.write() as connection:
        connection.execute(sa.insert(FORECAST_MODELS.sql_table()), rows)
        record.put(connection, forecast_models.KIND, proposed(), as_of=NOW, within="main|amazon:US|")
    return ledger


def in_force(ledger):
    found = {}
    with ledger.read() as connection:
        for channel, segment in (("amazon:US", "fast"), ("amazon:US", "slow"), ("amazon:UK", "fast")):
            side = {"account": "main", "channel": channel, "segment": segment}
            found[channel[-2:], segment] = forecast_models.in_force(connection, side)
    return found


def test_the_choice_in_force_stays_until_somebody_accepts_and_comes_back_when_undone(desk):
    before = {("US", "fast"): OLD.isoformat(), ("US", "slow"): OLD.isoformat(), ("UK", "fast"): OLD.isoformat()}
    assert in_force(desk) == before
    with pytest.raises(WrongUse, match="Accept it or reject it as it is"):
        do(desk, record.accept, 1, SETTINGS, edit={"models": "all of it"})
    number = do(desk, record.accept, 1, SETTINGS)
    assert in_force(desk) == before | {("US", "fast"): NOW.isoformat()}
    do(desk, record.rollback, number)
    assert in_force(desk) == before


def test_a_rejected_choice_is_never_in_force(desk):
    do(desk, record.reject, 1)
    assert in_force(desk)["US", "fast"] == OLD.isoformat()


def test_a_choice_that_was_overtaken_meanwhile_is_not_put_in_force_nor_undone(desk):
    number = do(desk, record.accept, 1, SETTINGS)
    later = LATER + timedelta(days=7)
    with desk.write() as connection:
        connection.execute(sa.insert(FORECAST_MODELS.sql_table()), [stored("fast", later, False)])
        both = [compared(chosen_now=NOW, chosen_then=later), compared("slow")]
        second, slow = record.put(connection, forecast_models.KIND, proposed(*both), as_of=later)
    do(desk, record.accept, second, SETTINGS, at=later)
    with pytest.raises(Conflict, match="Roll that back first"):
        do(desk, record.rollback, number, at=later)
    with desk.write() as connection:
        connection.execute(sa.update(FORECAST_MODELS.sql_table()).values(in_force_at=later))
    with pytest.raises(Conflict, match="Another choice is in force since this was proposed"):
        do(desk, record.accept, slow, SETTINGS, at=later)


def test_a_look_at_one_channel_leaves_the_proposals_of_another_alone(desk):
    with desk.write() as connection:
        record.put(connection, forecast_models.KIND, [], as_of=LATER, within="main|amazon:UK|")
        assert record.find(connection, 1).status == "open"
        record.put(connection, forecast_models.KIND, [], as_of=LATER, within="main|amazon:US|")
        assert record.find(connection, 1).status == "replaced"


def cycles(first, wapes):
    """One whole forecast a week from a day on, each stretch of four weeks with its own error."""
    rows = []
    for n, wape in enumerate(wapes):
        for week in range(4):
            at = first + timedelta(days=28 * n + 7 * week)
            row = {"account": "main", "channel": "amazon:US", "segment": "fast", "made_at": at, "measured_at": at}
            row |= {"items": 40, "item_days": 1000, "forecast_units": 90.0, "sold_units": 100.0, "bias": -0.1}
            rows.append(row | {"wape": wape, "inside": 0.8})
    return rows


@pytest.mark.parametrize(
    ("after", "verdict"),
    [
        ((0.30, 0.31, 0.29), "closer"),
        ((0.70, 0.71, 0.69), "farther"),
        ((0.30, 0.70, 0.52), "cannot_tell"),
        ((0.30,), "cannot_tell"),
    ],
)
def test_an_accepted_choice_is_judged_by_the_forecasts_made_since(desk, after, verdict):
    do(desk, record.accept, 1, SETTINGS)
    rows = cycles(LATER - timedelta(days=112), (0.50, 0.51, 0.49, 0.50)) + cycles(LATER, after)
    with desk.write() as connection:
        connection.execute(sa.insert(FORECAST_ACCURACY.sql_table()), rows)
        (told,) = judging.judge_due(connection, LATER + timedelta(days=115))
    assert (told["days"], told["measured"]["verdict"]) == (90, verdict)
    if len(after) == 1:
        assert "1 after are over; 2 of each are needed" in told["measured"]["why"]
