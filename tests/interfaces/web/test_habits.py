"""Habits: ticked by what was done, never by a box."""

from __future__ import annotations

from datetime import datetime

import pytest

from opswheel.core.clock import PinnedClock
from opswheel.interfaces.answers.habits import habits_answer
from opswheel.interfaces.answers.issues import close_issue
from opswheel.resolution import actions

from .visiting import Visitor, words

pytestmark = pytest.mark.browser


def at(site, text):
    site.workspace.__dict__["clock"] = PinnedClock(datetime.fromisoformat(text))


def done(site):
    return {h["habit"] for h in habits_answer(site.workspace)["habits"] if h["done"]}


def claim(site, number):
    w = site.workspace
    with w.ledger.write() as connection:
        actions.claim(connection, number, by="ines", at=w.clock.now(), desk=w.desk)


def test_an_issue_taken_in_the_morning_ticks_the_morning_and_not_another_day(site):
    at(site, "2026-11-23T09:00")
    assert done(site) == set()
    claim(site, 1)
    assert done(site) == {"morning"}
    at(site, "2026-11-24T09:00")
    assert done(site) == set()


def test_the_afternoon_ticks_no_morning_and_a_close_with_a_cause_ticks_the_evening(site):
    at(site, "2026-11-23T16:00")
    claim(site, 1)
    assert done(site) == set()
    w = site.workspace
    with w.ledger.write() as connection:
        close_issue(w, connection, 1, {"resolution": "fixed", "root_cause": "image", "minutes": 5.0}, "ines")
    assert done(site) == {"close_of_day"}


def test_a_new_list_of_routes_ticks_the_week(site):
    visitor = Visitor(site.url)
    visitor.send("/settings/routes", text="owner\nkay\n", do="load")
    assert "weekly" in done(site)


def test_opening_the_month_from_here_ticks_it_and_opens_a_page_that_is_there(site):
    visitor = Visitor(site.url)
    assert "0 of 6 done" in words(visitor.get("/habits").text)
    for name in ("morning", "midday", "close_of_day", "weekly", "monthly", "quarterly"):
        assert visitor.send(f"/habits/{name}").url.path != "/habits"
    assert done(site) == {"monthly", "quarterly"}  # looking at the queue is no morning: doing something is
    assert "2 of 6 done" in words(visitor.get("/habits").text)
    visitor.send("/habits/nightly", 404)
