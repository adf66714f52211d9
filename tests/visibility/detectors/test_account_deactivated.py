"""The account is closed: one issue, and every listing meant to sell is behind it."""

from __future__ import annotations

import pytest

from opswheel.core.contracts import ACCOUNT_HEALTH, INTENT

from ...factory import Scene, ago
from ..looking import US, Looked, look
from ..looking import listed as on_sale

CLOSED, OPEN, BACK = "amazon:MX", "amazon:BR", US


def the_shop() -> Scene:
    scene = Scene()
    for channel in (CLOSED, OPEN, BACK):
        on_sale(scene, "mug", "bowl", "given up", channel=channel, currency=None)
        for sku in ("mug", "bowl", "given up"):
            scene.sells(sku, 1, days=[ago(n) for n in range(42, 0, -1)], channel=channel)
    scene.add(INTENT, [{"sku": "given up", "channel": CLOSED, "intent": "discontinued"}])
    scene.add(
        ACCOUNT_HEALTH,
        [
            {"channel": channel, "metric": "account_status", "day": ago(n), "state": state}
            for channel, states in (
                (CLOSED, ("normal", "deactivated", "deactivated")),
                (OPEN, ("normal", "normal", "at_risk")),
                (BACK, ("deactivated", "deactivated", "normal")),
            )
            for n, state in zip((6, 3, 0), states, strict=True)
        ],
    )
    return scene


@pytest.fixture(scope="module")
def looked() -> Looked:
    return look(the_shop())


def test_a_closed_account_takes_all_its_listings_and_no_other_channel(looked: Looked) -> None:
    assert looked.errors == []
    rows = [r for r in looked.signals if r["kind"] == "account_deactivated"]
    assert [(r["channel"], r["sku"]) for r in sorted(rows, key=lambda r: r["sku"])] == [
        (CLOSED, "bowl"),
        (CLOSED, "mug"),
    ]
    assert {(r["subject_type"], r["subject_key"], r["share_state"]) for r in rows} == {
        ("account", f"main|{CLOSED}", "not_buyable")
    }


def test_it_began_on_the_first_morning_after_the_last_good_one(looked: Looked) -> None:
    row = looked.signal("account_deactivated", "mug", CLOSED)
    assert (row["onset_day"], row["last_good_day"], row["seen_day"]) == (ago(3), ago(6), ago(0))


def test_a_closed_account_is_not_also_told_as_a_measure(looked: Looked) -> None:
    assert [r["subject_key"] for r in looked.observed if r["kind"] == "account_health"] == [
        f"main|{OPEN}|account_status"
    ]
