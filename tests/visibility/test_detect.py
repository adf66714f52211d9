"""From observations to signals: which cut line applies, how long it must hold, and when it lets go."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from opswheel.core.contracts import INTENT, LISTINGS, REPORTED, SUPPRESSIONS, Contract
from opswheel.core.contracts.prepared import BASELINES
from opswheel.core.detector import Facts, observed
from opswheel.core.settings import Settings
from opswheel.core.threshold import Threshold
from opswheel.visibility.detectors import DETECTORS
from opswheel.visibility.detectors.base import Rule
from opswheel.visibility.facts.common import KEY

from ..factory import MORNING, Scene, ago, days
from .looking import CA, US, Looked, abroad, default_cuts, listed, look

if TYPE_CHECKING:
    import ibis.expr.types as ir


class Noticed(Rule):
    """Somebody wrote a number down: the simplest thing a rule can observe."""

    kind: ClassVar[str] = "noticed"
    title: ClassVar[str] = "Noticed"
    precedence: ClassVar[int] = 90
    reads: ClassVar[tuple[Contract, ...]] = (REPORTED,)
    share_state: ClassVar[str] = "told"
    thresholds: ClassVar[tuple[Threshold, ...]] = (
        Threshold(name="min_share", value=0.5, unit="", fires="at or above", measures="observed", why="a test"),
        Threshold(
            name="min_loss", value=5.0, unit="", fires="at or above", measures="loss_per_day", why="", money=True
        ),
    )

    def observe(self, facts: Facts) -> ir.Table:
        """Every row: the share is observed, the reference is its loss a day."""
        rows = facts.now(REPORTED).join(facts.table(BASELINES).select(*KEY, "item_id"), KEY)
        return observed(
            self.kind,
            rows,
            onset_day=rows.since_day,
            observed=rows.share_lost,
            loss_per_day=rows.reference.cast("float64"),
            share_state=self.share_state,
        )

    def sentence(self, row: dict[str, Any]) -> str:
        """What is wrong."""
        return f"Noticed {row['observed']}"


class NotBuyable(Noticed):
    """The same about listings nobody can buy."""

    kind: ClassVar[str] = "not_buyable"
    share_state: ClassVar[str] = "not_buyable"


class Broken(Noticed):
    """A plug-in with a bug."""

    kind: ClassVar[str] = "broken"

    def observe(self, facts: Facts) -> ir.Table:
        """Never gets that far."""
        raise ZeroDivisionError("no such luck\nsecond line")


class Misspelt(Noticed):
    """A plug-in that names a column observations do not have."""

    kind: ClassVar[str] = "misspelt"

    def observe(self, facts: Facts) -> ir.Table:
        """Says `sins` for `since`."""
        rows = facts.now(REPORTED).mutate(item_id=facts.now(REPORTED).sku)
        return observed(self.kind, rows, sins_day=rows.since_day)


def cut(value: float, *, number: int = 1, **named: Any) -> dict[str, Any]:
    """One version of the first cut line of `noticed`."""
    segments = {s: named.get(s) for s in ("account", "channel", "category", "tier")}
    told = ",".join(f"{k}={v}" for k, v in segments.items() if v)
    row = {
        "threshold_id": f"noticed.min_share{'@' if told else ''}{told}:{number}",
        "kind": "noticed",
        "name": "min_share",
        "ordinal": 0,
        "measures": "observed",
        "fires": "at or above",
        "value": value,
        "for_days": 0,
        "specific": sum(v is not None for v in segments.values()),
    }
    return row | segments | named


def noticed(scene: Scene, **shares: float | None) -> Scene:
    """A listing per name that sold lately, with the share somebody noticed; its loss is 10.00 a day."""
    for sku, share in shares.items():
        listed(scene, sku).sells(sku, 1, days=days(42, 1))
        scene.add(REPORTED, [{"sku": sku, "what": "x", "share_lost": share, "since_day": ago(3), "reference": "10"}])
    return scene


RULE = (Noticed(),)


# which cut line ---------------------------------------------------------------------------------------------


def test_the_most_specific_cut_line_decides_and_the_signal_names_it() -> None:
    pinned = Settings.model_validate({"tiers": {"pinned": {f"{US}/{s}": 1 if "hero" in s else 3 for s in SEGMENTS}}})
    scene = Scene(settings=pinned)
    for sku, (category, share, _) in SEGMENTS.items():
        listed(scene, sku, category=category).sells(sku, 1, days=days(42, 1))
        scene.add(REPORTED, [{"sku": sku, "what": "x", "share_lost": share, "reference": "10"}])
    listed(scene, "abroad", channel=CA)
    scene.add(REPORTED, [{"channel": CA, "sku": "abroad", "what": "x", "share_lost": 0.85, "reference": "10"}])
    cuts = [
        cut(0.9),
        cut(0.8, channel=CA),
        cut(0.7, category="toys"),
        cut(0.5, category="toys", tier=1),
        cut(0.3, account="main", channel=US, category="toys", tier=1, number=2),
        cut(0.1, account="other", channel=US, category="toys", tier=1),
    ]
    found = look(scene, detectors=RULE, cuts=cuts)
    assert {r["sku"]: r["threshold_id"] for r in found.signals if r["channel"] == US} == {
        s: told for s, (_, _, told) in SEGMENTS.items() if told
    }
    assert [r["threshold_id"] for r in found.signals if r["channel"] == CA] == ["noticed.min_share@channel=amazon:CA:1"]
    assert len(found.verdicts) == len(SEGMENTS) + 1


MOST = "noticed.min_share@account=main,channel=amazon:US,category=toys,tier=1:2"
SEGMENTS: dict[str, tuple[str, float, str | None]] = {
    # SKU: category, share noticed, the cut line that lets it pass
    "mug over": ("mugs", 0.9, "noticed.min_share:1"),
    "mug under": ("mugs", 0.89, None),
    "toy over": ("toys", 0.7, "noticed.min_share@category=toys:1"),
    "toy under": ("toys", 0.69, None),
    "hero toy over": ("toys", 0.3, MOST),
    "hero toy under": ("toys", 0.29, None),
    "hero mug": ("mugs", 0.89, None),
}


def test_percent_and_floor_must_both_be_passed() -> None:
    rows: list[tuple[str, float | None, str | None, list[str]]] = [
        ("both at the cut", 0.5, "5", ["noticed"]),
        ("share under", 0.49, "500", []),
        ("loss under", 1.0, "4.99", []),
        ("share unknown", None, "500", []),
        ("loss unknown", 1.0, None, []),
    ]
    scene = listed(Scene(), *[r[0] for r in rows], "neighbour")
    scene.add(REPORTED, [{"sku": s, "what": "x", "share_lost": a, "reference": b} for s, a, b, _ in rows])
    found = look(scene, detectors=RULE)
    assert {s: found.fired(s) for s, *_ in rows} == {s: kinds for s, _, _, kinds in rows}
    assert len(found.observed) == len(rows)
    assert found.signal("noticed", "both at the cut")["threshold_id"] == "noticed.min_share:1"


def test_money_floors_are_scaled_to_the_reporting_currency() -> None:
    scene = noticed(Scene(), over=0.5, under=0.5)
    scene.rows["reported"][0]["reference"], scene.rows["reported"][1]["reference"] = "4.50", "4.49"
    found = look(scene, detectors=RULE, cuts=default_cuts(RULE, dollar=0.9))
    assert (found.fired("over"), found.fired("under")) == (["noticed"], [])


def test_a_cut_line_may_fire_below() -> None:
    scene = noticed(Scene(), at=0.5, under=0.4, over=0.51)
    found = look(scene, detectors=RULE, cuts=[cut(0.5, fires="at or below")])
    assert sorted(r["sku"] for r in found.signals) == ["at", "under"]


@pytest.mark.parametrize(("for_days", "fires"), [(0, True), (3, True), (4, False)])
def test_trouble_counts_once_it_is_old_enough(for_days: int, fires: bool) -> None:
    found = look(noticed(Scene(), MUG=0.9), detectors=RULE, cuts=[cut(0.5, for_days=for_days)])
    assert (found.fired("MUG") == ["noticed"]) is fires


def test_trouble_that_lies_ahead_fires_only_where_nothing_is_waited_for() -> None:
    scene = noticed(Scene(), MUG=0.9)
    scene.rows["reported"][0]["since_day"] = ago(-4)
    assert look(scene, detectors=RULE, cuts=[cut(0.5)]).fired("MUG") == ["noticed"]
    assert look(scene, detectors=RULE, cuts=[cut(0.5, for_days=1)]).fired("MUG") == []


# hysteresis -------------------------------------------------------------------------------------------------

HELD: dict[str, tuple[list[float | None], float, bool]] = {
    # SKU: observed 3, 2 and 1 days ago (None: not observed), observed now, a signal? The cut is 0.5, release 0.3
    "never fired": ([0.4, 0.4, 0.4], 0.4, False),
    "first seen": ([None, None, None], 0.4, False),
    "fired yesterday": ([None, None, 0.5], 0.3, True),
    "fired, held since": ([0.5, 0.3, 0.49], 0.4, True),
    "fired, below release since": ([0.5, 0.29, 0.4], 0.4, False),
    "fired, healthy since": ([0.5, None, 0.4], 0.4, False),
    "fired again": ([0.5, None, 0.6], 0.4, True),
    "below release now": ([0.6, 0.6, 0.6], 0.29, False),
    "over the cut now": ([None, None, None], 0.5, True),
    "too young when it fired": ([None, None, 0.9], 0.4, False),
}


def _stored(sku: str, n: int, value: float, *, channel: str = US) -> dict[str, Any]:
    return {
        "run_id": 10 - n,
        "as_of": MORNING - timedelta(days=n),
        "detector_version": "1",
        "kind": "noticed",
        "account": "main",
        "channel": channel,
        "subject_type": "listing",
        "subject_key": f"main|{channel}|{sku}",
        "sku": sku,
        "onset_day": ago(1) if sku == "too young when it fired" else ago(20),
        "observed": value,
        "loss_per_day": 10.0,
    }


@pytest.fixture(scope="module")
def remembered() -> Looked:
    scene = Scene()
    before = []
    for sku, (seen, now, _) in HELD.items():
        listed(scene, sku)
        scene.add(REPORTED, [{"sku": sku, "what": "x", "share_lost": now, "since_day": ago(20), "reference": "10"}])
        before += [_stored(sku, n, value) for n, value in zip((3, 2, 1), seen, strict=True) if value is not None]
    before.append(_stored("never fired", 1, 0.9, channel=CA))
    runs = [MORNING - timedelta(days=n) for n in (3, 2, 1)]
    return look(scene, detectors=RULE, cuts=[cut(0.5, release=0.3, for_days=2)], before=before, runs=runs)


@pytest.mark.parametrize("sku", HELD)
def test_what_fired_is_held_until_it_passes_its_release_level(remembered: Looked, sku: str) -> None:
    assert (remembered.fired(sku) == ["noticed"]) is HELD[sku][2]


def test_without_a_release_level_nothing_is_held() -> None:
    runs = [MORNING - timedelta(days=1)]
    scene = noticed(Scene(), MUG=0.4)
    found = look(scene, detectors=RULE, cuts=[cut(0.5)], before=[_stored("MUG", 1, 0.9)], runs=runs)
    assert found.signals == []


def test_one_cut_line_is_held_and_another_still_decides() -> None:
    runs = [datetime(2026, 11, 21, 16)]
    floor = {
        **cut(8.0),
        "name": "min_loss",
        "threshold_id": "noticed.min_loss:1",
        "ordinal": 1,
        "measures": "loss_per_day",
    }
    scene = noticed(Scene(), rich=0.4, poor=0.4)
    scene.rows["reported"][1]["reference"] = "7.99"
    before = [_stored(s, 1, 0.9) for s in ("rich", "poor")]
    found = look(scene, detectors=RULE, cuts=[cut(0.5, release=0.3), floor], before=before, runs=runs)
    assert [r["sku"] for r in found.signals] == ["rich"]


# who is meant to sell ---------------------------------------------------------------------------------------


def test_small_losses_of_dead_and_unknown_listings_are_gathered_all_the_same() -> None:
    rules = (Noticed(), NotBuyable())
    scene = noticed(Scene(), sold=0.9, off=0.9)
    listed(scene, "dead", status="inactive")
    listed(scene, "unknown")
    for row in scene.rows["reported"]:
        row["reference"] = "0"
    low = {"what": "x", "share_lost": 0.9, "since_day": ago(9), "reference": "0"}
    scene.add(REPORTED, [{"sku": s, **low} for s in ("dead", "unknown")])
    scene.add(INTENT, [{"sku": "off", "intent": "discontinued"}])
    found = look(scene, detectors=rules)
    told = {(r["kind"], r["sku"], r["intent"]) for r in found.signals}
    assert told == {("not_buyable", "dead", "dead"), ("not_buyable", "unknown", "unknown")}


def test_what_is_not_meant_to_sell_is_observed_and_makes_no_signal() -> None:
    scene = noticed(Scene(), MUG=0.9, CUP=0.9).add(INTENT, [{"sku": "CUP", "intent": "not_ours"}])
    found = look(scene, detectors=RULE)
    assert sorted(r["sku"] for r in found.observed) == ["CUP", "MUG"]
    assert [(r["sku"], r["intent"]) for r in found.signals] == [("MUG", "sell")]


# what a signal and a run carry ------------------------------------------------------------------------------


def test_one_broken_rule_is_a_recorded_result_and_the_others_go_on() -> None:
    found = look(noticed(Scene(), MUG=0.9), detectors=(Broken(), Misspelt(), Noticed()))
    assert found.errors == [
        "broken: ZeroDivisionError: no such luck",
        "misspelt: KeyError: 'an observation has no column sins_day'",
    ]
    assert found.fired("MUG") == ["noticed"]


def test_a_signal_carries_what_people_filter_by() -> None:
    named = {"item_id": "B01", "title": "Blue mug", "brand": "Mia", "category": "mugs"}
    scene = Scene().add(LISTINGS, [{"sku": "MUG", **named}])
    scene.sells("MUG", 1, days=days(42, 1), item_id="B01")
    scene.add(SUPPRESSIONS, [{"sku": "MUG", "state": "suppressed", "since_day": ago(2)}])
    row = look(abroad(scene)).signal("listing_suppressed", "MUG")
    shown = ("run_id", "as_of", "detector_version", "item_id", "title", "brand", "category", "tier", "subject_key")
    assert [row[c] for c in shown] == [1, MORNING, "1", "B01", "Blue mug", "Mia", "mugs", 1, "main|amazon:US|MUG"]


def test_every_rule_says_why_it_cuts_where_it_does_and_stays_within_a_line() -> None:
    for detector in DETECTORS:
        for threshold in detector.thresholds:
            assert threshold.why and threshold.unit, f"{detector.kind}.{threshold.name}"
        assert len(detector.title) <= 40, detector.kind
