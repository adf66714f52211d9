"""Match: what a person types beside our sums, with a word when they differ too much."""

from __future__ import annotations

import pytest

from .visiting import Visitor, words

pytestmark = pytest.mark.browser


def test_our_figures_stand_alone_until_somebody_types_theirs(site):
    visitor = Visitor(site.url)
    said = words(visitor.get("/match").text)
    assert "not checked: type in below what the marketplace shows" in said and "$28,903.69" in said
    same = words(visitor.send("/match", channel="amazon:US", units="1,372", sales="$28,903.69").text)
    assert "100.0 %" in same and "agrees to" not in same


def test_under_98_percent_a_banner_says_what_that_does_to_the_queue(site):
    said = words(Visitor(site.url).send("/match", channel="amazon:US", units="1500").text)
    assert "amazon:US agrees to 91.5 % only." in said


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"units": "many"}, "'many' is no figure for units."),
        ({"units": "1.5"}, "Units are whole."),
        ({"units": "-1"}, "cannot be meant"),
        ({"begins": "2026-11-01"}, "A period has two ends."),
        ({"begins": "2026-11-10", "ends": "2026-11-01"}, "before it begins"),
        ({"begins": "yesterday", "ends": "2026-11-01"}, "is no day"),
        ({"begins": "2026-12-01", "ends": "2026-12-31"}, "today is"),
        ({"channel": "ebay:US"}, "Nothing is loaded of ebay:US."),
    ],
    ids=["words", "half a unit", "negative", "one end", "backwards", "no day", "ahead", "strange channel"],
)
def test_what_cannot_be_compared_gets_a_sentence(site, fields, said):
    assert said in words(Visitor(site.url).send("/match", **{"channel": "amazon:US", **fields}).text)
