"""Figures and times as people read them, and pictures that say what they show."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from opswheel.core.errors import BadClose
from opswheel.interfaces.answers.chart import likely
from opswheel.interfaces.web import issue_parts, rows, words
from opswheel.interfaces.web.errors import told_here
from opswheel.interfaces.web.pages import safe_path
from opswheel.interfaces.web.pictures import base

NOW = datetime(2026, 11, 22, 16, 0)


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        (9843.2, "$9,840"),
        (417.4, "$417"),
        (42.94, "$42.9"),
        (3.777, "$3.78"),
        (0.0, "$0"),
        (-1880, "−$1,880"),
        (1_234_567, "$1.23M"),
        (None, "–"),
    ],
)
def test_money_that_ranks_has_three_digits(amount, said):
    assert words.money(amount, "USD") == said


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (7990, 12_100, "8.0 – 12.1k"),
        (500.2, 866.1, "500 – 866"),
        (0.4, 4.2, "0.40 – 4.20"),
        (None, 3, "range not known"),
    ],
)
def test_both_ends_of_a_range_have_the_unit_of_the_upper_one(low, high, said):
    assert words.span(low, high) == said


@pytest.mark.parametrize(
    ("left", "said"),
    [
        (timedelta(hours=-2, minutes=-5), ("late", "past due 2 h 05 min")),
        (timedelta(minutes=40), ("soon", "due in 40 min")),
        (timedelta(hours=4), ("ok", "due in 4 h")),
        (timedelta(hours=18), ("ok", "due tomorrow, 10:00")),
        (timedelta(days=2), ("ok", "due Tue, 16:00")),
        (timedelta(days=19), ("ok", "due Fri 11 Dec")),
    ],
)
def test_a_promise_is_said_in_words(left, said):
    assert words.due(NOW + left, NOW) == said


def test_eight_days_in_ten_lie_between_the_ends():
    for mean, sd in ((0.2, 0.1), (5.97, 0.46), (60.0, 9.0), (4_000.0, 100.0)):
        low, high = likely(mean, sd)
        assert low <= mean <= max(high, 1)
    assert likely(300.0, 0.0)[1] - likely(300.0, 0.0)[0] < likely(300.0, 60.0)[1] - likely(300.0, 60.0)[0]


def test_a_day_without_facts_breaks_the_line_and_is_hatched():
    whole = base.sparkline(base.Spark([3.0] * 6), words="w")
    holed = base.sparkline(base.Spark([3.0, 3.0, None, 3.0, 3.0, 3.0]), words="w")
    assert (whole.count("p-unseen"), holed.count("p-unseen")) == (0, 1)
    assert holed.split('class="p-line thin" d="')[1].split('"')[0].count("M") == 2


def test_a_loss_behind_is_filled_and_one_ahead_is_hatched():
    behind = base.sparkline(base.Spark([5.0, 5.0, 0.0, 0.0], 5.0, 2.0), words="w")
    ahead = base.sparkline(base.Spark([5.0] * 4, 5.0, 5.0, 4), words="w")
    assert ("p-loss" in behind, "p-ahead" in behind) == (True, False)
    assert ("p-loss" in ahead, "p-ahead" in ahead) == (False, True)


def test_words_in_a_picture_are_text():
    assert "<script" not in base.svg(1, 1, [base.text(0, 0, "<script>")], title="<script>", desc="<script>")


def test_the_cut_line_stands_below_the_last_issue_that_fits():
    def lane(name, *ranks):
        return rows.Lane(name, name, [rows.Row(100 + r, {"rank": r}, "", "") for r in ranks])

    lanes = [lane("deadlines", 1), lane("queue", 2, 3, 4), lane("watch", 5)]
    assert rows.cut_at(lanes, {"issues": 3, "of": 4}) == 103
    assert rows.cut_at(lanes, {"issues": 4, "of": 4}) is None
    assert rows.cut_at(lanes[1:], {"issues": 1, "of": 4}) is None


@pytest.mark.parametrize(
    ("channel", "item", "link"),
    [
        ("amazon:US", "B0MUG00001", "https://www.amazon.com/dp/B0MUG00001"),
        ("amazon:UK", "B0MUG00001", "https://www.amazon.co.uk/dp/B0MUG00001"),
        ("walmart:US", "123456", "https://www.walmart.com/ip/123456"),
        ("shopify:main", "123456", None),
        ("amazon:US", "../x?", None),
        ("amazon:evil.example/", "B0MUG00001", None),
    ],
)
def test_only_addresses_that_are_known_to_be_right_lead_out(channel, item, link):
    assert issue_parts.listing_link(channel, item) == link


@pytest.mark.parametrize("to", ["//evil.example", "https://evil.example", "/\\evil.example", "/a\r\nSet-Cookie: x", ""])
def test_a_way_back_never_leaves_this_server(to):
    assert safe_path(to) == "/"


def test_a_step_somebody_would_have_to_type_elsewhere_is_left_out():
    assert told_here(BadClose("Why was it a false alarm?", "--why one of: a, b.")) == "Why was it a false alarm?"
    assert told_here(BadClose("It is late.", "Look again.")) == "It is late. Look again."


def test_a_playbooks_line_is_text_with_emphasis():
    said = issue_parts.plain("Use *Edit* and `x<y>` <b>not</b>")
    assert said == "Use <b>Edit</b> and <code>x&lt;y&gt;</code> &lt;b&gt;not&lt;/b&gt;"


def test_ages_have_no_more_than_two_units():
    assert [words.lasting(timedelta(minutes=m)) for m in (0, 59, 130, 31 * 60, 64 * 60, 26 * 1440)] == [
        "0 min", "59 min", "2 h 10 min", "31 h", "2 d 16 h", "26 d",
    ]  # fmt: skip
    assert words.day(date(2026, 10, 14)) == "Wed 14 Oct"


def test_a_month_of_grace_is_told_in_days_and_two_of_them_in_hours() -> None:
    assert [words.grace(h) for h in (24, 48, 72, 168, 170, 720)] == [
        "24 hours",
        "48 hours",
        "72 hours",
        "7 days",
        "170 hours",
        "30 days",
    ]
