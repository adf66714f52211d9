"""A floor in money that is eased for a strong sign: what fires, what is held, and what slope 0 leaves alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.visibility.looking import CA, MORNING, US, Scene, look
from tests.visibility.test_detect import RULE, _stored, cut, noticed

FLOOR = {"name": "min_loss", "threshold_id": "noticed.min_loss:1", "ordinal": 1, "measures": "loss_per_day"}


def lines(slope: float, *, fires: str = "at or above", **more: Any) -> list[dict[str, Any]]:
    """A sign at 0.2 that lets go at 0.1, a floor of 8.00 a day, and its slope."""
    turn = {"name": "slope", "threshold_id": "noticed.slope:1", "ordinal": 2, "measures": "slope"}
    turn |= {"fires": "eases the floor"}
    release = 0.1 if fires == "at or above" else None
    return [cut(0.2, release=release, fires=fires), {**cut(8.0), **FLOOR}, {**cut(slope, **more), **turn}]


def losing(**seen: tuple[float, float]) -> Scene:
    """A listing per name, with the share somebody noticed and its loss a day."""
    scene = noticed(Scene(), **{sku: share for sku, (share, _) in seen.items()})
    for row, (_, loss) in zip(scene.rows["reported"], seen.values(), strict=True):
        row["reference"] = str(loss)
    return scene


WEAK, MIDDLING, STRONG = (0.2, 15.9), (0.4, 8.0), (0.8, 4.0)


@pytest.mark.parametrize(
    ("slope", "fired"),
    [
        (0.0, {"weak", "weak_and_dear", "middling"}),
        (1.0, {"weak_and_dear", "middling", "strong"}),
        (2.0, {"middling", "strong", "strong_and_cheap"}),
    ],
)
def test_the_weaker_the_sign_the_dearer_it_must_be(slope: float, fired: set[str]) -> None:
    """Slope 1: 16.00 a day at the line, 8.00 at twice its line, 4.00 at four times; below the line nothing helps."""
    scene = losing(
        weak=WEAK,
        weak_and_dear=(0.2, 16.0),
        middling=MIDDLING,
        strong=STRONG,
        strong_and_cheap=(0.8, 3.9),
        too_weak=(0.19, 900.0),
    )
    found = look(scene, detectors=RULE, cuts=lines(slope))
    assert {r["sku"] for r in found.signals} == fired
    assert {r["name"] for r in found.verdicts} == {"min_share", "min_loss"}


def test_a_slope_of_another_channel_is_not_ours() -> None:
    scene = losing(strong=STRONG)
    abroad, here = (look(scene, detectors=RULE, cuts=lines(1.0, channel=place, specific=1)) for place in (CA, US))
    assert ([r["sku"] for r in abroad.signals], [r["sku"] for r in here.signals]) == ([], ["strong"])


def test_where_less_is_worse_the_sign_is_as_strong_as_it_lies_below_its_line() -> None:
    scene = losing(weak=(0.2, 15.9), strong=(0.05, 4.0), cheap=(0.05, 3.9), none=(0.0, 1.6), nothing=(0.0, 1.5))
    found = look(scene, detectors=RULE, cuts=lines(1.0, fires="at or below"))
    assert {r["sku"] for r in found.signals} == {"strong", "none"}  # ten times its line is all that counts


def test_a_sign_that_weakens_is_held_with_its_floor_until_both_let_go() -> None:
    """Fired yesterday at 0.4 and 10.00. At 0.3 a new one needs 10.67, one that fired 5.33; at 0.15 it needs 10.67."""
    scene = losing(new=(0.3, 8.0), held=(0.3, 8.0), fell=(0.3, 5.0), below=(0.15, 11.0), below_and_fell=(0.15, 9.0))
    before = [_stored(sku, 1, 0.4) for sku in ("held", "fell", "below", "below_and_fell")]
    runs = [MORNING - timedelta(days=1)]
    found = look(scene, detectors=RULE, cuts=lines(1.0), before=before, runs=runs)
    assert {r["sku"] for r in found.signals} == {"held", "below"}


def test_a_floor_that_was_never_passed_is_not_held() -> None:
    """At 0.25 a new one needs 12.80: yesterday's 10.00 was above where it would let go, and had not fired."""
    before = [_stored("MUG", 1, 0.25)]
    found = look(losing(MUG=(0.3, 8.0)), detectors=RULE, cuts=lines(1.0), before=before, runs=[_yesterday()])
    assert found.signals == []


def _yesterday() -> Any:
    return MORNING - timedelta(days=1)
