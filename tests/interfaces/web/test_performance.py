"""Performance: a verdict with its reason, figures that say what they cannot tell, and a month on one sheet."""

from __future__ import annotations

from datetime import date

import pytest

from opswheel.core.errors import WrongUse
from opswheel.interfaces.web import performance
from opswheel.interfaces.web.pictures import trend

from .visiting import Visitor, words

pytestmark = pytest.mark.browser


def month(n, value, low=None, high=None, **more):
    return {"month": f"2026-{n:02d}", "value": value, "low": low, "high": high, "at_least": False} | more


def figure(**more):
    told = {"title": "Time to resolution", "unit": "hours", "value": 21.0, "low": 18.0, "high": 25.0, "n": 378}
    told |= {"counted": "issues", "note": "", "may_not": "Faster is not better.", "because": "", "would_be": ""}
    told |= {"at_least": False, "change": {"words": "faster, clearly", "clear": True, "better": True, "p": 0.01}}
    return told | {"months": [month(1, 30.0, 26.0, 35.0), month(2, 21.0, 18.0, 25.0)]} | more


def test_a_young_shop_gets_no_verdict_and_hears_what_is_missing(seen_site):
    page = Visitor(seen_site.url).get("/performance").text
    said = words(page)
    assert "Cannot tell" in said and "revenue per operator needs headcount" in said.lower()
    assert "Fixes have not been at risk for 90 days yet." in said and "91 days after the first run" in said
    for heading in ("Where it stalls", "Maturity, by workflow", "Connections", "Friction", "Pitfall watch", "Cycle"):
        assert heading in said
    assert "style=" not in page.split("<main")[1]


def test_a_range_and_a_lower_bound_are_told_with_the_figure():
    told = performance.card(figure(), "USD")
    assert (told["value"], told["range"], told["clear"], told["better"]) == ("21 h", "18 h – 25 h", True, True)
    open_ = performance.card(figure(value=576.0, low=552.0, high=None, at_least=True), "USD")
    assert (open_["value"], open_["range"]) == ("over 24 d", "23 d – no end yet")
    blind = performance.card(figure(value=None, change=None, months=[month(1, None)]), "USD")
    assert blind["value"] is None and blind["trend"] == "" and blind["change"] is None


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (5.2, "hours", "5.2 h"),
        (80_700.0, "money", "$80.7k"),
        (6_300.0, "money a day", "$6.3k"),
        (0.029, "share", "2.9\u00a0%"),
        (0.00219, "repeats per fix and day", "18\u00a0%"),
    ],
)
def test_each_unit_is_said_as_people_say_it(value, unit, said):
    assert performance.say(value, unit, "USD") == said


def test_a_month_that_says_nothing_is_a_gap_and_not_a_line_through_it():
    drawn = trend.trend([month(1, 1.0), month(2, 2.0), month(3, None), month(4, 3.0)], str, words="w")
    line = drawn.split('class="p-line"')[1].split("/>")[0]
    assert line.count("M") == 2
    assert "no end yet" in trend.trend([month(1, 1.0, 0.5, None, at_least=True)], str, words="w")
    assert trend.trend([month(1, None)], str, words="w") == ""


def test_the_year_is_drawn_with_its_doubt_and_not_at_all_where_it_cannot_be_told():
    told = {"value": 0.2, "low": 0.05, "high": 0.9}
    drawn = trend.change_in_a_year(told, {"value": -0.3, "low": -0.5, "high": -0.1})
    assert "revenue per operator +20%, repeats −30%" in drawn and drawn.count("p-tick") == 2
    assert "cannot tell yet" in trend.change_in_a_year(told, None)
    points = [{"month": "2026-01", "catalog": 8_000.0, "headcount": 5.0}]
    assert "not told for the same months" in trend.people(points, None)
    points.append({"month": "2026-09", "catalog": 12_000.0, "headcount": 7.0})
    drawn = trend.people(points, {"value": 0.71, "low": 0.44, "high": 0.98})
    assert "slope 0.71 (0.44 to 0.98)" in drawn and drawn.count("<circle") == 2


def test_connections_stand_by_who_changes_whom():
    told = {"workflows": [{"workflow": "Ads"}, {"workflow": "Stock"}]}
    edge = {"from": "Stock", "to": "Cases", "n": 5, "how": "a deadline"}
    found = performance.matrix({**told, "connections": [edge]})
    assert found["names"] == ["Ads", "Stock", "Cases"] and found["counts"][("Stock", "Cases")]["n"] == 5


def test_the_verdict_is_not_said_twice():
    assert performance.reason("Cannot tell: headcount is missing.", "Cannot tell") == "Headcount is missing."
    assert performance.reason("Flat: nothing moved.", "Flat") == "Nothing moved."


def test_a_decision_of_the_month_stands_in_words():
    row = {"day": "2026-10-31", "kind": "prevention", "about": "feed_fault|out_of_stock|all|"}
    assert performance.about(row, {"out_of_stock": "Out of stock"}) == (
        "Sat 31 Oct: prevention, feed fault behind out of stock"
    )


@pytest.mark.parametrize(("said", "why"), [("soon", "is no month"), ("2099-01", "has not begun"), ("2026-13", "is no")])
def test_a_month_that_is_none_is_refused(seen_site, said, why):
    assert why in words(Visitor(seen_site.url).get(f"/performance/month?month={said}", 400).text)
    with pytest.raises(WrongUse):
        performance.month_of(said, date(2026, 11, 22))


def test_the_month_prints_on_one_sheet_and_leaves_as_one_file(page, seen_site):
    page.goto(f"{seen_site.url}/performance/month")
    assert page.locator(".card").count() == 6
    page.emulate_media(media="print")
    assert not page.locator(".side").is_visible()
    assert page.pdf(format="A4").count(b"/Type /Page\n") == 1
    sheet = Visitor(seen_site.url).get("/performance/sheet.html")
    assert "attachment" in sheet.headers["content-disposition"] and "src=" not in sheet.text
    assert "href=" not in sheet.text and "Cannot tell" in sheet.text
