"""Cut lines as data: seeded from the rules, versioned by segment, told to the engine in one money."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

import pytest
import sqlalchemy as sa

from opswheel.core.contracts import THRESHOLDS
from opswheel.core.threshold import Threshold
from opswheel.decisions import thresholds
from opswheel.storage.ledger import Ledger
from opswheel.visibility.detectors import DETECTORS
from opswheel.visibility.detectors.base import Rule

NOW = datetime(2026, 11, 22, 16)


class Discount(Rule):
    """A rule with a percentage, by tier, and a floor in money."""

    kind: ClassVar[str] = "discount"
    thresholds: ClassVar[tuple[Threshold, ...]] = (
        Threshold(
            name="min_drop",
            value=0.10,
            unit="",
            fires="at or above",
            measures="observed",
            release=0.05,
            by_tier={1: 0.05},
            for_days=2,
            why="ten points",
        ),
        Threshold(
            name="min_loss",
            value=4.0,
            unit="US dollars",
            fires="at or above",
            measures="loss_per_day",
            release=3.0,
            money=True,
            why="four dollars",
        ),
    )


RULES: Any = (Discount(),)


def version(number: int, since: datetime, value: float, **named: Any) -> dict[str, Any]:
    """A version of `min_drop` somebody decided."""
    segments = {s: named.get(s, "") for s in ("account", "channel", "category", "tier")}
    told = {"kind": "discount", "name": "min_drop", "release": None, "source": "decision 1", "why": "asked"}
    where = "@" + ",".join(f"{k}={v}" for k, v in segments.items() if v) if any(segments.values()) else ""
    return {"id": f"discount.min_drop{where}:{number}", "value": value, "since": since, **segments, **told}


def add(ledger: Ledger, *rows: dict[str, Any]) -> None:
    with ledger.write() as connection:
        connection.execute(THRESHOLDS.sql_table().insert(), list(rows))


def force(ledger: Ledger, at: datetime = NOW) -> dict[str, tuple[float, float | None]]:
    with ledger.read() as connection:
        return {r["id"]: (r["value"], r["release"]) for r in thresholds.in_force(connection, at)}


@pytest.fixture
def seeded(ledger: Ledger) -> Ledger:
    with ledger.write() as connection:
        thresholds.seed(connection, RULES)
    return ledger


def test_a_new_ledger_holds_the_rules_own_cut_lines_as_their_first_version(seeded: Ledger) -> None:
    assert force(seeded) == {
        "discount.min_drop:1": (0.10, 0.05),
        "discount.min_drop@tier=1:1": (0.05, 0.025),
        "discount.min_loss:1": (4.0, 3.0),
    }


def test_seeding_again_changes_nothing_a_person_decided(seeded: Ledger) -> None:
    add(seeded, version(2, datetime(2026, 11, 1), 0.2))
    with seeded.write() as connection:
        thresholds.seed(connection, RULES)
        n = connection.execute(sa.select(sa.func.count()).select_from(THRESHOLDS.sql_table())).scalar_one()
    assert (n, force(seeded)["discount.min_drop:2"]) == (4, (0.2, None))


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (datetime(2026, 10, 31), "discount.min_drop:1"),
        (datetime(2026, 11, 1), "discount.min_drop:2"),
        (datetime(2026, 11, 9), "discount.min_drop:2"),
        (datetime(2026, 11, 10), "discount.min_drop:3"),
    ],
)
def test_a_past_morning_is_cut_with_the_version_of_its_day(seeded: Ledger, at: datetime, expected: str) -> None:
    add(seeded, version(2, datetime(2026, 11, 1), 0.2), version(3, datetime(2026, 11, 10), 0.15))
    found = force(seeded, at)
    assert [i for i in found if i.startswith("discount.min_drop:")] == [expected]
    assert len(found) == 3


def test_each_segment_has_a_newest_version_of_its_own(seeded: Ledger) -> None:
    add(
        seeded,
        version(1, datetime(2026, 11, 1), 0.2, channel="amazon:US"),
        version(1, datetime(2026, 11, 2), 0.3, channel="amazon:CA"),
        version(2, datetime(2026, 11, 3), 0.4, channel="amazon:CA"),
        version(1, datetime(2026, 11, 4), 0.5, channel="amazon:CA", tier="1"),
    )
    drops = {i: v for i, (v, _) in force(seeded).items() if "min_drop" in i}
    assert drops == {
        "discount.min_drop:1": 0.10,
        "discount.min_drop@tier=1:1": 0.05,
        "discount.min_drop@channel=amazon:US:1": 0.2,
        "discount.min_drop@channel=amazon:CA:2": 0.4,
        "discount.min_drop@channel=amazon:CA,tier=1:1": 0.5,
    }


def test_the_engine_is_told_segments_and_floors_in_the_reporting_currency(seeded: Ledger) -> None:
    add(seeded, version(1, datetime(2026, 11, 1), 0.2, channel="amazon:US", category="mugs"))
    add(seeded, {**version(1, datetime(2026, 11, 1), 9.0), "id": "retired.cut:1", "kind": "retired"})
    with seeded.read() as connection:
        rows = thresholds.cuts(thresholds.in_force(connection, NOW), RULES, 0.9)
    shown = ("ordinal", "value", "release", "for_days", "channel", "category", "tier", "specific")
    assert {r["threshold_id"]: tuple(r[c] for c in shown) for r in rows} == {
        "discount.min_drop:1": (0, 0.10, 0.05, 2, None, None, None, 0),
        "discount.min_drop@tier=1:1": (0, 0.05, 0.025, 2, None, None, 1, 1),
        "discount.min_drop@channel=amazon:US,category=mugs:1": (0, 0.2, None, 2, "amazon:US", "mugs", None, 2),
        "discount.min_loss:1": (1, pytest.approx(3.6), pytest.approx(2.7), 0, None, None, None, 0),
    }


def test_every_rule_that_ships_has_a_percentage_or_a_floor_that_money_can_scale() -> None:
    """House rule: percent and absolute floor; states have the floor alone.

    What a person or a date calls for has neither: the team's own list, an answer owed, a day that ends something, an
    account that is closed, an exception nobody looks at.
    """
    called_for = {"reported_by_team", "case_waiting_on_us", "deadline_near", "ship_by_today", "orders_past_promise"}
    called_for |= {"forecast_unowned"}
    found = {d.kind: [(t.name, t.money) for t in d.thresholds] for d in DETECTORS}
    assert {k for k, cuts in found.items() if not any(money for _, money in cuts)} == {
        *called_for,
        "account_deactivated",
    }
    assert {d.kind for d in DETECTORS if d.tunable and len(d.thresholds) < 2} == set()
    assert len({(k, n) for k, cuts in found.items() for n, _ in cuts}) == sum(len(d.thresholds) for d in DETECTORS)


def test_a_cut_line_reads_as_a_sentence() -> None:
    drop, loss = Discount.thresholds
    assert loss.sentence() == "min loss: fires at or above 4 US dollars"
    assert drop.sentence() == "min drop: fires at or above 0.1"
