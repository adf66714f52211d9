"""`whynot` about a SKU no run saw, a trouble that is still ahead, and the unit of each figure."""

from __future__ import annotations

from datetime import date

import pytest

from opswheel.core.errors import NotFound
from opswheel.interfaces.answers.whynot import _cut_words, _nothing_names, _state_check
from opswheel.visibility.detectors import DETECTORS

KNOWN = [{"sku": s, "channel": c} for s, c in (("KET-12-ASH", "amazon:US"), ("KET-17-ASH", "amazon:UK"))]
ASK_AGAIN = "Files were loaded since the last run: opswheel run, then ask again."
LOAD = "Load a report that names it, then: opswheel run."


@pytest.mark.parametrize(
    ("sku", "channel", "newer", "sentence"),
    [
        ("ket-12-ash", None, False, "No loaded report names the SKU 'ket-12-ash'. Did you mean KET-12-ASH?"),
        ("KET-12-AHS", None, False, "No loaded report names the SKU 'KET-12-AHS'. Did you mean KET-12-ASH?"),
        ("TRAY-1", None, False, f"No loaded report names the SKU 'TRAY-1'. {LOAD}"),
        ("TRAY-1", None, True, f"The last run saw no SKU 'TRAY-1'. {ASK_AGAIN}"),
        ("ket-12-ash", None, True, f"The last run saw no SKU 'ket-12-ash'. Did you mean KET-12-ASH? {ASK_AGAIN}"),
        (
            "KET-12-ASH",
            "amazon:UK",
            False,
            "No loaded report names the SKU 'KET-12-ASH' on amazon:UK. It is sold on amazon:US.",
        ),
    ],
)
def test_a_sku_the_last_run_did_not_see_is_answered_with_what_helps(sku, channel, newer, sentence):
    found = _nothing_names(sku, channel, KNOWN, newer=newer)
    assert isinstance(found, NotFound)
    assert str(found) == sentence


def test_a_state_that_is_still_ahead_is_not_told_as_if_it_had_begun():
    states = [
        {"state": "hidden", "onset_day": date(2026, 12, 1), "source": "listing_status"},
        {"state": "inactive", "onset_day": date(2026, 11, 22), "source": "listings"},
    ]
    today = date(2026, 11, 22)
    both, ahead = _state_check(states, {}, today), _state_check(states[:1], {}, today)
    assert both["words"] == ("will be hidden from 2026-12-01 (listing_status); inactive since 2026-11-22 (listings)")
    assert (both["result"], ahead["result"]) == ("unhealthy", "healthy")


@pytest.mark.parametrize(
    ("kind", "name", "measured", "value", "exposure", "words"),
    [
        (
            "listing_suppressed",
            "min_loss_per_day",
            48.0,
            1.0,
            9.06,
            "rough loss for the cut line $48.00 a day, fires at or above $1.00 a day; exposure $9.06 a day",
        ),
        (
            "listing_suppressed",
            "min_loss_per_day",
            0.4,
            1.0,
            None,
            "rough loss for the cut line $0.40 a day, fires at or above $1.00 a day",
        ),
        ("price_outside_rules", "min_gap", 0.1, 0.25, 3.0, "$0.10 a unit, fires at or above $0.25 a unit"),
        ("price_outside_rules", "min_breach", 0.12, 0.01, 3.0, "12% of the bound, fires at or above 1% of the bound"),
        ("stranded_stock", "min_stock_value", 1330.4, 50.0, None, "$1,330 of stock, fires at or above $50.00 of stock"),
        ("stranded_stock", "min_stock_value", None, 50.0, None, "not known, fires at or above $50.00 of stock"),
    ],
)  # fmt: skip
def test_a_figure_is_told_in_the_unit_of_its_cut_line(kind, name, measured, value, exposure, words):
    verdict = {
        "kind": kind,
        "name": name,
        "measured": measured,
        "value": value,
        "floor": value,
        "slope": 0.0,
        "fires": "at or above",
        "measures": "",
    }
    line = next(t for d in DETECTORS if d.kind == kind for t in d.thresholds if t.name == name)
    assert _cut_words(verdict, line, "USD", exposure) == words
