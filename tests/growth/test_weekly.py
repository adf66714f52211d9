"""Weekly drivers: a person's CSV read or refused in words, and loaded facts summed so that sales are what they are."""

from __future__ import annotations

import math
from datetime import date, timedelta
from functools import partial

import pytest

from opswheel.core.contracts import ADS, CHANNEL_SALES, TRAFFIC
from opswheel.core.contracts.prepared import LISTING_NOW
from opswheel.core.detector import Facts
from opswheel.core.errors import RefusedFile
from opswheel.growth import weekly_facts
from opswheel.growth.templates import template
from opswheel.growth.weekly import first_day, join, read_drivers
from opswheel.storage.duck import DuckEngine

MONDAY = date(2026, 9, 7)


def _file(tmp_path, text, name="drivers.csv"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


GOOD = """week,sales,traffic,availability,ads,event:deal_days,demand_proxy
2026-09-14,90,1000,0.9,50,1,210
2026-09-07,100,1000,1,0,,200
2026-09-28,120,1100,,60,0,
"""


def test_weeks_are_put_in_order_and_conversion_follows_from_accounting(tmp_path):
    told = read_drivers(_file(tmp_path, GOOD), template("seller"))
    assert told.weeks == (date(2026, 9, 7), date(2026, 9, 14), date(2026, 9, 28))
    assert told.levels["sales"] == [100, 90, 120]
    assert told.levels["conversion"] == [pytest.approx(0.1), pytest.approx(0.1), None]
    assert told.told["conversion"] == "sales ÷ (traffic · availability)"
    assert told.events == {"deal_days": [0, 1, 0]}
    assert "price" in told.missing
    assert "conversion" not in told.missing


def test_a_week_left_out_is_a_missing_week_and_no_ads_are_never_logged(tmp_path):
    data = read_drivers(_file(tmp_path, GOOD), template("seller")).data(template("seller"))
    assert len(data.weeks) == 4
    assert math.isnan(data.series["sales"][2])
    assert data.series["sales"][3] == pytest.approx(math.log(120))
    assert data.zeros == {"ads": 1}
    assert data.proxy is not None


@pytest.mark.parametrize(
    ("cell", "monday"),
    [("2026-09-07", MONDAY), ("2026-W37", MONDAY), ("2026W37", MONDAY), ("2026-09", date(2026, 9, 1))],
)
def test_a_week_may_be_written_as_its_monday_or_its_number(cell, monday):
    assert first_day(cell) == monday


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("week,sales,sessions\n2026-09-07,1,2\n", "Did you mean 'traffic'?"),
        ("week,sales,trafic\n2026-09-07,1,2\n", "Did you mean 'traffic'?"),
        ("week,sales,weather\n2026-09-07,1,2\n", "'weather' is no driver of the seller wheel"),
        ("week,sales,featured\n2026-09-07,1,0.9\n", "--with featured_offer"),
        ("week,traffic\n2026-09-07,1\n", "no column 'sales'"),
        ("month,sales\n2026-09,1\n", "no column 'week'"),
        ("week,sales\n2026-09-07,1\n2026-09-07,2\n", "is there 2 times"),
        ("week,sales\n2026-09-07,1\n2026-09-14,1\n2026-09-22,2\n", "begins on another day of the week"),
        ("week,sales\n2026-09-07,-1\n", "sales of 2026-09-07 is -1, below 0"),
        ("week,sales,availability\n2026-09-07,1,93\n", "share of time from 0 to 1"),
        ("week,sales\nSep 7,1\n", "line 2: week 'Sep 7' is no week"),
        ("week,sales\n2026-09-07,many\n", "line 2: sales 'many' is no number"),
        ("week,sales,sales\n2026-09-07,1,2\n", "twice"),
    ],
)
def test_a_wrong_file_of_weeks_is_refused_with_what_to_write_instead(tmp_path, text, words):
    with pytest.raises(RefusedFile) as told:
        read_drivers(_file(tmp_path, text), template("seller"))
    assert words in str(told.value)


def test_a_file_fills_what_facts_lack_and_wins_where_both_tell(tmp_path):
    wheel = template("seller")
    file = read_drivers(_file(tmp_path, "week,sales,ads\n2026-09-07,10,5\n2026-09-14,20,6\n"), wheel)
    facts = read_drivers(_file(tmp_path, "week,sales,price\n2026-09-14,99,3\n2026-09-21,98,4\n", "f.csv"), wheel)
    both = join(file, facts, wheel)
    assert both.weeks == (date(2026, 9, 7), date(2026, 9, 14), date(2026, 9, 21))
    assert both.levels["sales"] == [10, 20, None]
    assert both.levels["ads"] == [5, 6, None]
    assert both.levels["price"] == [None, 3, 4]
    assert (both.told["ads"], both.told["price"]) == ("drivers.csv", "f.csv")
    assert "ads" not in both.missing
    assert "rank" in both.missing


# --- loaded facts ------------------------------------------------------------------------------------------------

PLACE = {"account": "main", "channel": "amazon:US"}
ABROAD = {"account": "main", "channel": "amazon:UK"}


def _traffic(item, day, sessions, units, *, minor=1000, ours=100, place=PLACE, level="child"):
    return {
        **place, "item_id": item, "sku": None, "parent_id": None, "level": level, "from_day": day, "to_day": day,
        "sessions": sessions, "page_views": sessions * 2, "featured_view_hundredths": sessions * 2 * ours,
        "units": units, "sales_minor": units * minor, "currency": "USD", "known_at": None, "delivery_id": 1,
    }  # fmt: skip


def _listing(sku, item, place=PLACE):
    return {**place, "sku": sku, "item_id": item, "category": "", "status": "active", "day": MONDAY, "own_offers": 1}


def _sums(tmp_path, traffic, *, out=(), flawed=(), listings=None, totals=(), ads=()):
    """What the engine answers for amazon:US; `out` and `flawed` are (sku, first day, last day)."""
    import pyarrow as pa

    engine = DuckEngine(tmp_path)
    listings = listings or [_listing("A", "IA"), _listing("B", "IB"), _listing("A", "IA", ABROAD)]
    days = sorted({(r["account"], r["channel"], r["from_day"], r["level"]) for r in traffic})
    keys = ("account", "channel", "day", "level")
    spans = {"out_days": out, "off_days": (), "flawed_spans": flawed}
    schema = pa.schema(
        [(n, pa.string()) for n in ("account", "channel", "sku")] + [(n, pa.date32()) for n in ("from_day", "to_day")]
    )
    try:
        engine.register(TRAFFIC.name, TRAFFIC.arrow_table(traffic))
        engine.register(CHANNEL_SALES.name, CHANNEL_SALES.arrow_table(list(totals)))
        engine.register(ADS.name, ADS.arrow_table(list(ads)))
        engine.register(LISTING_NOW.name, LISTING_NOW.arrow_table(listings))
        rows = [dict(zip(keys, d, strict=True)) for d in days]
        engine.register("growth_days", weekly_facts.GROWTH_DAYS.arrow_table(rows))
        for name, told in spans.items():
            found = [{**PLACE, "sku": s, "from_day": a, "to_day": b} for s, a, b in told]
            engine.register(name, pa.Table.from_pylist(found, schema=schema))
        for name, build in weekly_facts.STEPS.items():
            if name != "flawed_spans":
                engine.make(name, f"test {name}", partial(build, Facts()))
        return {
            name: [r for r in engine.fetch(f"test {name}", build).to_pylist() if r["channel"] == "amazon:US"]
            for name, build in weekly_facts.QUESTIONS.items()
        }
    finally:
        engine.close()


def _week(item, first, sessions, units, **more):
    return [_traffic(item, first + timedelta(days=i), sessions, units, **more) for i in range(7)]


def test_hours_out_of_stock_lower_availability_and_not_conversion(tmp_path):
    second = MONDAY + timedelta(days=7)
    traffic = [
        *_week("IA", MONDAY, 100, 10),
        *_week("IB", MONDAY, 100, 10),
        *_week("IA", second, 100, 10),
        *[_traffic("IB", second + timedelta(days=i), 100, 0 if i < 3 else 10) for i in range(7)],
        *_week("IA", MONDAY, 999, 999, place=ABROAD),
    ]
    rows = _sums(tmp_path, traffic, out=[("B", second, second + timedelta(days=2))])
    told = weekly_facts.drivers(rows, template("seller"))
    assert told.weeks == (MONDAY, second)
    assert told.levels["sales"] == [140, 110]
    assert told.levels["traffic"] == [1400, 1400]
    assert told.levels["availability"] == [1.0, pytest.approx(1100 / 1400)]
    assert told.levels["conversion"] == [pytest.approx(0.1), pytest.approx(0.1)]
    for i in range(2):  # sales = sessions · buyable · conversion, to the unit
        product = math.prod(told.levels[n][i] for n in ("traffic", "availability", "conversion"))
        assert product == pytest.approx(told.levels["sales"][i])


def test_another_offer_of_ours_on_the_item_keeps_it_buyable(tmp_path):
    listings = [_listing("A", "IA"), _listing("A2", "IA")]
    rows = _sums(tmp_path, _week("IA", MONDAY, 100, 10), out=[("A", MONDAY, MONDAY)], listings=listings)
    assert weekly_facts.drivers(rows, template("seller")).levels["availability"] == [1.0]


def test_with_the_featured_offer_in_the_wheel_conversion_is_that_of_shoppers_who_saw_ours(tmp_path):
    rows = _sums(tmp_path, _week("IA", MONDAY, 100, 5, ours=50))
    told = weekly_facts.drivers(rows, template("seller").with_part("featured_offer"))
    assert told.levels["featured"] == [pytest.approx(0.5)]
    assert told.levels["conversion"] == [pytest.approx(0.1)]


def test_selling_more_of_the_dear_item_is_no_rise_in_price(tmp_path):
    second = MONDAY + timedelta(days=7)
    traffic = [
        *_week("IA", MONDAY, 100, 10, minor=1000),
        *_week("IB", MONDAY, 100, 2, minor=9000),
        *_week("IA", second, 100, 2, minor=1000),
        *_week("IB", second, 100, 10, minor=9000),
    ]
    price = weekly_facts.drivers(_sums(tmp_path, traffic), template("seller")).levels["price"]
    assert price[0] == pytest.approx(price[1])


def test_a_tenth_off_both_items_is_a_tenth_off_the_price(tmp_path):
    second = MONDAY + timedelta(days=7)
    traffic = [
        *_week("IA", MONDAY, 100, 10, minor=1000),
        *_week("IB", MONDAY, 100, 2, minor=9000),
        *_week("IA", second, 100, 3, minor=900),
        *_week("IB", second, 100, 9, minor=8100),
    ]
    price = weekly_facts.drivers(_sums(tmp_path, traffic), template("seller")).levels["price"]
    assert price[1] / price[0] == pytest.approx(0.9)


def test_a_week_with_a_day_missing_is_left_out_and_an_empty_one_between_stays_empty(tmp_path):
    third = MONDAY + timedelta(days=14)
    traffic = [
        *_week("IA", MONDAY, 100, 10),
        *_week("IA", MONDAY + timedelta(days=7), 100, 10)[:6],
        *_week("IA", third, 100, 12),
    ]
    told = weekly_facts.drivers(_sums(tmp_path, traffic), template("seller"))
    assert told.weeks == (MONDAY, MONDAY + timedelta(days=7), third)
    assert told.levels["sales"] == [70, None, 84]


def test_sessions_on_pages_with_an_open_issue_lower_listing_quality(tmp_path):
    flawed = [("A", MONDAY, MONDAY + timedelta(days=6))]
    traffic = [*_week("IA", MONDAY, 100, 10), *_week("IB", MONDAY, 300, 10)]
    rows = _sums(tmp_path, traffic, flawed=flawed)
    assert weekly_facts.drivers(rows, template("seller")).levels["content"] == [pytest.approx(0.75)]


def test_refunds_give_the_return_rate_where_the_channel_tells_them(tmp_path):
    days = [MONDAY + timedelta(days=i) for i in range(7)]
    totals = [{**PLACE, "from_day": d, "to_day": d, "units": 10, "refunded_units": 1} for d in days]
    rows = _sums(tmp_path, _week("IA", MONDAY, 100, 10), totals=totals)
    told = weekly_facts.drivers(rows, template("seller").with_part("returns"))
    assert told.levels["returns"] == [pytest.approx(0.1)]


def test_ad_spend_is_told_for_weeks_that_lie_whole_within_the_report(tmp_path):
    weeks = [MONDAY + timedelta(days=7 * i) for i in range(4)]
    traffic = [row for week in weeks for row in _week("IA", week, 100, 10)]
    days = [
        weeks[0] + timedelta(days=2),
        *(weeks[1] + timedelta(days=i) for i in range(7)),
        weeks[3] + timedelta(days=6),
    ]
    ads = [
        {**PLACE, "campaign": c, "from_day": d, "to_day": d, "impressions": 1, "clicks": 1, "spend_minor": 500}
        for d in days
        for c in ("a", "b")
    ]
    told = weekly_facts.drivers(_sums(tmp_path, traffic, ads=ads), template("seller"))
    assert told.levels["ads"] == [None, 7000.0, 0.0, 1000.0]  # the first week is cut, in the third nothing was spent
    assert "ads" not in told.missing


def test_what_no_report_carries_is_told_with_what_would_tell_it(tmp_path):
    told = weekly_facts.drivers(_sums(tmp_path, _week("IA", MONDAY, 100, 10)), template("seller"))
    assert "advertising" in told.missing["ads"]
    assert "--data FILE" in told.missing["reviews"]
    assert not set(told.missing) & set(told.levels)


def test_without_a_whole_week_there_is_nothing_but_the_reason(tmp_path):
    told = weekly_facts.drivers(_sums(tmp_path, _week("IA", MONDAY, 100, 10)[:5]), template("seller"))
    assert told.weeks == ()
    assert set(told.missing) == set(template("seller").names)
