"""An attribute a category must carry: proposed from suppressions that name it, refused where they tell no pace."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest

from opswheel.core.contracts import DECISIONS
from opswheel.core.errors import WrongUse
from opswheel.decisions import catalog_rules, judging, record
from opswheel.decisions.catalog_rules import Named
from opswheel.decisions.shapes import fits, parse
from opswheel.decisions.standing import standing
from tests.decisions.seen import NOW
from tests.decisions.test_record import SETTINGS, do

HERE = ("main", "amazon:US", "MUG")
SUBJECT = "main|amazon:US|MUG|material"


def held(n, attribute="material", category="MUG", every=9, first=170):
    """Suppressions, one every few days, each of another listing."""
    rows = []
    for i in range(n):
        day = NOW.date() - timedelta(days=first - every * i)
        here = {"account": "main", "channel": "amazon:US", "sku": f"{category}-{attribute}-{i}"}
        rows.append({**here, "category": category, "attribute": attribute, "day": day})
    return rows


def loaded(starts, carried=None, days=180):
    since = {HERE[:2]: NOW.date() - timedelta(days=days)}
    return Named(starts, {HERE: 400}, since, {} if carried is None else {(*HERE, "material"): carried})


def closed(starts, resolution="fixed", by=("ines", "tom"), lost=80.0):
    """One close of each suppression."""
    return [
        SimpleNamespace(
            account="main", channel="amazon:US", sku=s["sku"], by=by[i % len(by)], resolution=resolution,
            detected_at=NOW - timedelta(days=(NOW.date() - s["day"]).days), lost_to_date=lost, minutes=30.0,
        )
        for i, s in enumerate(starts)
    ]  # fmt: skip


def proposed(named, said=(), decided=()):
    return catalog_rules.proposals(named, said, decided, SETTINGS, as_of=NOW, margin=0.25, currency="USD")


def test_an_attribute_that_suppressions_name_again_and_again_is_proposed_as_a_rule():
    starts = held(12) + held(20, attribute="") + held(8, category="BOWL", attribute="")
    (one,) = proposed(loaded(starts), closed(held(12)))
    assert (one["status"], one["subject"]) == ("open", SUBJECT)
    assert one["to"] == {"attribute": "material", "must": "present"}
    told = one["backtest"]
    assert (told["named"], told["suppressions"], told["others"], told["days"]) == (12, 32, 28, 180)
    each = 0.25 * 80.0 + 0.5 * 30.0  # margin of what a close lost, and half an hour
    year = 0.5 * each * 12 * 365 / 180 - 12 * 5 / 60 * 30
    assert one["gain_a_year"] == pytest.approx(year, rel=0.08)
    assert told["gain"]["p10"] < one["gain_a_year"] < told["gain"]["p90"]
    assert told["prevented_source"].startswith("assumed") and "is assumed" in one["why"]


def test_where_the_team_loads_attributes_listings_with_it_are_held_against_those_without():
    day = NOW.date() - timedelta(days=170)
    (one,) = proposed(loaded(held(12), (day, 200, 1, 50, 11)), closed(held(12)))
    told = one["backtest"]
    assert (told["with"]["n"], told["with"]["named"], told["without"]["n"], told["without"]["named"]) == (
        200,
        1,
        50,
        11,
    )
    assert told["prevented"] > 0.9 and told["chance"] == 1.0
    assert told["without"]["p10"] < 0.22 < told["without"]["p90"]
    assert "of 50 without it 22.0%" in one["why"]


@pytest.mark.parametrize(
    ("named", "said", "why"),
    [
        pytest.param(loaded(held(4)), (), "only 4 suppressions in 180 days name it; 5", id="few"),
        pytest.param(loaded(held(12), days=20), (), "suppressions of 20 days are loaded", id="a short history"),
        pytest.param(
            loaded([s | {"sku": "MUG-1"} for s in held(12)]), (), "they are all of 1 listing", id="one listing"
        ),
        pytest.param(loaded(held(12, every=0)), (), "12 of the 12 began within 2 days: one event", id="one event"),
        pytest.param(
            loaded(held(12), (NOW.date() - timedelta(days=100), 60, 6, 60, 6)),
            closed(held(12)),
            "of 60 listings that carried it 6 were suppressed",
            id="carrying it does not help",
        ),
    ],
)
def test_suppressions_that_tell_no_pace_are_refused_with_their_reason(named, said, why):
    (one,) = proposed(named, said)
    assert one["status"] == "refused" and why in one["why"]


def test_what_people_called_false_alarms_is_not_counted():
    (one,) = proposed(loaded(held(12)), closed(held(12)[:8], "false_alarm", by=("ines",)) + closed(held(12)[8:]))
    assert "only 4 suppressions" in one["why"]


def test_one_persons_labels_that_differ_from_everybody_elses_are_not_believed():
    """Tom calls what he gets a false alarm, even on listings of which others said it was right."""
    rows = held(18)
    tom = closed(rows, "false_alarm", by=("tom",))
    for c in tom:
        c.detected_at -= timedelta(days=40)  # another time, on the same listings
    (one,) = proposed(loaded(rows), closed(rows, by=("ines", "ali")) + tom)
    assert one["status"] == "refused" and "tom closes 100% as false alarms" in one["why"]


def test_a_rule_that_costs_more_than_it_keeps_is_refused():
    (one,) = proposed(
        loaded(held(6)), [SimpleNamespace(**{**vars(c), "minutes": 0.1}) for c in closed(held(6), lost=0.5)]
    )
    assert one["status"] == "refused" and one["why"].startswith("that it pays is 0% likely")


def test_without_a_close_its_money_cannot_be_told_and_nothing_is_made_up():
    (one,) = proposed(loaded(held(12)))
    assert (one["status"], one["gain_a_year"], one["backtest"]["gain"]) == ("open", None, None)


@pytest.mark.parametrize(
    ("must", "good", "bad"),
    [
        ("present", "cotton", " "),
        ("digits", "0815", "8a"),
        ("a number", "-12.5", "12 cm"),
        ("at most 5 characters", "12345", "123456"),
        ("at least 3 characters", "abc", "ab"),
        ("starts with Kiln", "KILN bowl", "bowl of Kiln"),
        ("ends with cm", "12 CM", "12 mm"),
        ("one of cotton|wool", "Wool", "wood"),
    ],
)
def test_what_a_rule_may_ask_of_a_value(must, good, bad):
    assert fits(must, good) and not fits(must, bad) and not fits(must, None)


@pytest.mark.parametrize("must", ["(a+)+$", "maybe", "", "at most x characters", "one of " + "a|" * 400])
def test_what_is_no_such_rule_is_refused_before_it_is_in_force(desk, must):
    assert parse(must) is None
    with pytest.raises(WrongUse, match="is no rule for a value"):
        do(desk, record.accept, 1, SETTINGS, edit={"must": must})


@pytest.fixture
def desk(ledger):
    with ledger.write() as connection:
        record.put(connection, catalog_rules.KIND, proposed(loaded(held(12)), closed(held(12))), as_of=NOW)
    return ledger


@pytest.mark.parametrize(
    ("own", "others", "verdict"), [(0, 28, "fell"), (12, 28, "cannot_tell"), (30, 28, "rose"), (6, 10, "cannot_tell")]
)
def test_an_accepted_rule_is_judged_by_suppressions_about_it_against_all_others(desk, own, others, verdict):
    """Half of both is no effect of the rule: what fell for everything fell for other reasons."""
    starts = held(12) + held(28, attribute="", category="BOWL", every=6)
    with desk.write() as connection:
        made = proposed(loaded(starts), closed(held(12)))
        (number,) = record.put(connection, catalog_rules.KIND, made, as_of=NOW)
    decision = do(desk, record.accept, number, SETTINGS, edit={"must": "at least 3 characters"})
    after = held(own, every=1, first=-2) + held(others, attribute="", category="BOWL", every=1, first=-2)
    with desk.write() as connection:
        assert judging.judge_due(connection, NOW + timedelta(days=182)) == []  # without suppressions it waits
        (told, _) = judging.judge_due(connection, NOW + timedelta(days=182), loaded(starts + after))
    assert (told["id"], told["measured"]["verdict"]) == (decision, verdict)
    assert told["measured"]["label"] == "observational"
    beside = f"12 in 180 days before, {own} in 181 after; {others} about something else beside it"
    assert told["measured"]["why"] == beside


def test_an_accepted_rule_stands_is_not_proposed_again_and_goes_when_undone(desk):
    number = do(desk, record.accept, 1, SETTINGS)
    with desk.read() as connection:
        (rule,) = standing(connection, catalog_rules.KIND)
    assert (rule["id"], rule["to"]["must"], rule["from"]["category"]) == (number, "present", "MUG")
    assert proposed(loaded(held(12)), closed(held(12)), [rule["subject"]]) == []
    do(desk, record.rollback, number)
    with desk.read() as connection:
        assert standing(connection, catalog_rules.KIND) == []
        assert len(connection.execute(DECISIONS.sql_table().select()).all()) == 2
