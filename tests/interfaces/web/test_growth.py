"""Growth: says what it rests on, simulates a push, and draws no line a page may not have."""

from __future__ import annotations

import pytest

from opswheel.interfaces.web.pictures.growth import fan

from .visiting import Visitor, words

pytestmark = pytest.mark.browser


def test_too_few_weeks_are_answered_from_literature_and_the_page_says_so(seen_site):
    page = Visitor(seen_site.url).get("/growth").text
    said = words(page)
    assert "From literature, not from your business." in said and "3 whole weeks of 26" in said
    assert "from your data" not in said
    assert "<style>" not in page and " style=" not in page  # the page's own rules forbid both


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("driver=ads&change=%2B20%25&stop=8", "feeding stops"),
        ("driver=ads&change=lots", "'lots'"),
        ("driver=colour&change=%2B10%25", "colour"),
        ("driver=ads&change=%2B10%25&stop=99", "Feeding cannot stop in week 99."),
    ],
    ids=["fed for eight weeks", "no change", "no driver", "after the year"],
)
def test_a_push_is_simulated_or_gets_a_sentence(seen_site, query, said):
    assert said in Visitor(seen_site.url).get(f"/growth?{query}").text.replace("&#39;", "'")


def test_a_wheel_nobody_knows_is_refused(seen_site):
    assert "is no wheel" in words(Visitor(seen_site.url).get("/growth?wheel=square", 400).text)


def test_a_fan_with_a_few_endless_draws_keeps_its_middle_readable():
    rows = [[0.0] * 5, [0.01, 0.02, 0.03, 0.05, 4.0]]
    drawn = fan(rows, words="sales", period="week", stop=None)
    assert "off the scale" in drawn and "+3.0%" in drawn
    assert "off the scale" not in fan([[0.0] * 5, [0.01, 0.02, 0.03, 0.04, 0.05]], words="", period="week", stop=None)
