"""What comes again: counted per cause and group, shrunk, the dearest first; one cause under two words is one."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from opswheel.core.contracts import ISSUES, OUTCOMES
from opswheel.core.errors import WrongUse
from opswheel.decisions import prevention
from opswheel.learning import causes, repeats
from opswheel.learning.lineage import lineage
from opswheel.learning.repeats import Close
from opswheel.resolution.playbook import ROOT_CAUSES
from tests.learning.test_what_closes_teach import issue, outcome

NOW = datetime(2026, 11, 22, 16)


def close(ago: float, cause: str, kind: str = "listing_suppressed", **more):
    told = {"brand": "Kiln", "category": "mugs", "channel": "amazon:US", "item": "B1", "dollars": 50.0, "minutes": 30.0}
    return Close(at=NOW - timedelta(days=ago), kind=kind, root_cause=cause, **(told | more))


def test_a_pace_leans_on_its_kind_by_one_recurrence():
    """image: 4 closes in 40 days, 3 recurrences. data: 2 closes in 20 days, 1 recurrence. Together 4.5 in 60 days."""
    closes = [close(d, "image") for d in (40, 30, 20, 10)] + [close(d, "data_missing", item="B2") for d in (20, 1)]
    found = {(r["root_cause"], r["dimension"]): r for r in repeats.count(sorted(closes, key=lambda c: c.at), NOW)}
    common = 4.5 / 60
    image, data = found["image", "all"], found["data_missing", "all"]
    assert image["rate"] == pytest.approx((1 + 3) / (1 / common + 40), rel=1e-5)
    assert data["rate"] == pytest.approx((1 + 1) / (1 / common + 20), rel=1e-5)
    assert image["dollars_a_year"] == pytest.approx(365 * image["rate"] * 50, rel=1e-5)
    assert image["hours_a_year"] == pytest.approx(365 * image["rate"] * 0.5, rel=1e-5)
    assert image["rate_p10"] < image["rate"] < image["rate_p90"]
    assert found["image", "item"]["n"] == 4  # the same closes, told of the one item


def test_the_backlog_names_the_narrowest_group_that_holds_a_cause():
    closes = [close(d, "image", brand="Kiln", item=f"B{d}") for d in range(2, 30, 3)]
    closes += [close(5, "image", brand="Other", item="X")]
    closes += [close(d, "data_missing", brand=f"Brand{d}", item=f"C{d}", category=f"c{d}") for d in range(2, 30, 3)]
    rows = repeats.backlog(repeats.count(sorted(closes, key=lambda c: c.at), NOW))
    told = {r["root_cause"]: (r["dimension"], r["value"]) for r in rows}
    assert told == {"image": ("brand", "Kiln"), "data_missing": ("channel", "amazon:US")}


def test_one_dear_close_makes_no_dear_cause():
    closes = [close(d, "image", dollars=50.0) for d in range(1, 40, 4)]
    closes += [close(9, "data_missing", dollars=200.0), close(8, "data_missing", dollars=20.0)]
    first = repeats.backlog(repeats.count(sorted(closes, key=lambda c: c.at), NOW))[0]
    assert first["root_cause"] == "image"


def test_a_cause_that_pays_is_proposed_with_its_cost_and_one_that_does_not_is_left_out():
    closes = [close(d, "image", dollars=200.0) for d in range(1, 60, 3)]
    closes += [close(d, "data_missing", kind="dear_to_mend", dollars=0.1, minutes=1.0) for d in (50, 10)]
    rows = repeats.backlog(repeats.count(sorted(closes, key=lambda c: c.at), NOW))
    owners = {"listing_suppressed": "ines"}
    made = prevention.proposals(rows, wage=30.0, hours=6.0, margin=0.25, currency="USD", owners=owners)
    assert [p["from"]["root_cause"] for p in made] == ["image"]
    told, to = made[0]["backtest"], made[0]["to"]
    assert to == {"owner": "ines", "cost": 180.0}
    assert told["saved_a_year"]["mean"] == pytest.approx(
        0.25 * told["dollars_a_year"]["mean"] + 30 * told["hours_a_year"]["mean"], rel=1e-4
    )
    assert told["payback_days"] == pytest.approx(180 / told["saved_a_year"]["mean"] * 365, rel=1e-4)


@pytest.mark.parametrize(
    ("after", "controls", "verdict"),
    [
        pytest.param((0, 60.0), [(10, 10), (9, 10)], "fell", id="gone, and the others go on"),
        pytest.param((12, 60.0), [(10, 10), (9, 10)], "cannot_tell", id="it comes as before"),
        pytest.param((3, 60.0), [(12, 3), (12, 3), (12, 3)], "cannot_tell", id="all fell alike: the season did it"),
        pytest.param((40, 60.0), [(10, 10)] * 3, "rose", id="it comes more often"),
    ],
)
def test_removing_a_cause_is_credited_only_with_what_untouched_causes_did_not_do(after, controls, verdict):
    told = prevention.effect((12, 60.0), after, controls, each_dollars=50.0, each_hours=0.5, seed=1)
    assert (told["verdict"], told["label"]) == (verdict, "observational")
    ratio = told["hazard_ratio"]
    assert ratio["p10"] < ratio["p50"] < ratio["p90"]


def test_two_weeks_after_nothing_can_be_told_yet():
    told = prevention.effect((12, 60.0), (0, 13.0), [], each_dollars=1.0, each_hours=1.0, seed=1)
    assert told["verdict"] == "cannot_tell"


def test_a_cause_merged_into_another_counts_as_it_from_then_on_and_in_the_past(ledger):
    with ledger.write() as connection:
        connection.execute(ISSUES.sql_table().insert(), [issue(n, brand="Kiln") for n in range(1, 5)])
        rows = [outcome(1, root_cause="image"), outcome(2, root_cause="pictures"), outcome(3, root_cause="image")]
        rows += [outcome(4, root_cause="unknown")]  # says nothing about what comes again
        connection.execute(OUTCOMES.sql_table().insert(), rows)
        causes.add(connection, "pictures", "the main image was missing", ROOT_CAUSES, by="ines", at=NOW)
        before = [c.root_cause for c in repeats.closes(connection, NOW, {})]
        causes.merge(connection, "pictures", "image", ROOT_CAUSES, by="ines", at=NOW)
        after = [c.root_cause for c in repeats.closes(connection, NOW, {})]
        assert "pictures" not in causes.known(connection, ROOT_CAUSES)
        with pytest.raises(WrongUse, match="counts as"):
            causes.merge(connection, "image", "pictures", ROOT_CAUSES, by="ines", at=NOW)
    assert (sorted(before), sorted(after)) == (["image", "image", "pictures"], ["image"] * 3)


def test_causes_that_read_alike_are_offered_and_never_merged_unasked(ledger):
    with ledger.write() as connection:
        causes.add(connection, "supplier_late", "x", {}, by="ines", at=NOW)
        causes.add(connection, "late_supplier", "the truck broke down", {}, by="ines", at=NOW)
        causes.add(connection, "moths", "moths ate the labels", {}, by="ines", at=NOW)
        found = causes.alike(connection, {})
        assert causes.merged(connection) == {}
    assert [(f["cause"], f["like"], f["likeness"]) for f in found] == [("supplier_late", "late_supplier", 1.0)]


@pytest.mark.parametrize(
    ("code", "words"),
    [("Late Truck", "w"), ("image", "w"), ("late_truck", " ")],
    ids=["letters", "shipped", "no words"],
)
def test_a_cause_that_cannot_be_meant_is_refused(ledger, code, words):
    with ledger.write() as connection, pytest.raises(WrongUse):
        causes.add(connection, code, words, ROOT_CAUSES, by="ines", at=NOW)


def test_a_rule_is_traced_back_to_its_signals_and_forward_to_what_came_since(ledger):
    from opswheel.decisions import record
    from tests.decisions.test_record import SETTINGS, a_cause

    made = a_cause()
    made["from"] = {**made["from"], "kind": "listing_suppressed"}
    when = NOW - timedelta(days=5)
    with ledger.write() as connection:
        early = [issue(n, brand="Kiln", detected_at=NOW - timedelta(days=20 + n)) for n in (1, 2)]
        late, other = issue(3, brand="Kiln", detected_at=NOW - timedelta(days=1)), issue(4, brand="Other")
        connection.execute(ISSUES.sql_table().insert(), [*early, late, other])
        connection.execute(OUTCOMES.sql_table().insert(), [outcome(n, root_cause="image") for n in range(1, 5)])
        record.put(connection, "prevention", [made], as_of=when)
        number = record.accept(connection, 1, SETTINGS, by="ines", at=when, why="it pays")
        prevention.done(connection, number, at=when)
        told = lineage(connection, number)
    assert [i["issue"] for i in told["before"]] == [2, 1]
    assert [i["signal"] for i in told["after"]] == ["k1:listing_suppressed:listing:3"]
    assert told["rule"]["value"] == "Kiln" and told["done_at"] is not None


@pytest.mark.parametrize(("counts", "surer"), [((4,) * 12, True), ((1, 1, 1, 1, 1, 1, 1, 1, 24, 30, 1, 1), False)])
def test_a_cause_leans_on_its_kind_the_more_the_more_alike_causes_are(counts, surer):
    found = [close(59 - 58 * k / 30, f"c{n}") for n, many in enumerate(counts) for k in range(many + 1)]
    found += [close(59 - k, "often") for k in range(12)]
    row = next(
        r
        for r in repeats.count(sorted(found, key=lambda c: c.at), NOW)
        if (r["root_cause"], r["dimension"]) == ("often", "all")
    )
    fixed = repeats.hazard(11, row["at_risk_days"], 1.0)[0]  # one recurrence: the shape where nothing is known
    width = row["rate_p90"] / row["rate_p10"]
    from scipy import special

    low, high = special.gammaincinv(fixed, [0.1, 0.9])
    assert (width < high / low) == surer


def test_how_often_a_cause_comes_decides_where_causes_cost_alike():
    """Ten causes of one kind, alike in dollars but for chance: the one of few dear closes does not come first."""
    usual = [20.0, 80.0, 45.0, 150.0, 60.0, 30.0, 110.0, 70.0]
    found = [close(55 - 6 * k - n / 10, f"c{n}", dollars=usual[(k + n) % 8]) for n in range(9) for k in range(3)]
    found += [close(58 - 4 * k, "often", dollars=usual[k % 8]) for k in range(14)]
    found += [close(50, "dear", dollars=900.0), close(25, "dear", dollars=700.0), close(20, "dear", dollars=20.0)]
    rows = repeats.backlog(repeats.count(sorted(found, key=lambda c: c.at), NOW))
    assert rows[0]["root_cause"] == "often"
    assert all(r["dollars_p10"] < r["dollars_a_year"] < r["dollars_p90"] for r in rows)
