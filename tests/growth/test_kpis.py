"""Key figures: published numbers to the digit, intervals that cover, and a plain answer where nothing can be seen."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from opswheel.core.errors import RefusedFile
from opswheel.growth.kpis import board, buy_till_die, spend
from opswheel.growth.kpis.benchmarks import hold
from opswheel.growth.kpis.delivery import contested_share, late, late_share, scores_by_lateness
from opswheel.growth.kpis.figures import Figure, Mark
from opswheel.growth.kpis.files import order_book, read_orders, read_surveys
from opswheel.growth.kpis.intervals import change, mean_t, net_share, ratio_t, wilson
from opswheel.growth.kpis.lifetime_value import customer_value, customer_value_growth, history, value_of
from opswheel.growth.kpis.purchases import (
    cancel_share,
    gather,
    order_value,
    order_value_growth,
    repeat_rate,
    return_share,
)
from opswheel.growth.kpis.satisfaction import from_answers, from_stars

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
real = pytest.mark.skipif(not DATA.is_dir(), reason=f"the real orders are not here: {DATA}")


# --- intervals -------------------------------------------------------------------------------------------------


def test_28_percent_of_400_customers_may_be_24_or_33_percent():
    assert wilson(112, 400) == pytest.approx((0.238, 0.326), abs=5e-4)


@pytest.mark.parametrize(
    ("low", "high", "mark", "status"),
    [
        (0.238, 0.326, 0.30, "cannot tell"),
        (0.301, 0.326, 0.30, "met"),
        (0.30, 0.326, 0.30, "met"),
        (0.238, 0.299, 0.30, "missed"),
        (None, None, 0.30, "cannot tell"),
        (0.238, 0.326, None, "no mark"),
    ],
)
def test_a_mark_is_met_or_missed_only_where_the_whole_interval_lies_beyond_it(low, high, mark, status):
    told = Figure("f", "F", "c", "share", 0.28, low, high, mark=None if mark is None else Mark(mark, "test"))
    assert told.status == status
    assert told.as_json()["status"] == status


def test_three_orders_of_1_2_and_3_are_worth_2_within_a_t_interval():
    assert mean_t(3, 6.0, 14.0) == pytest.approx((2.0, 2 - 4.30265 / 3**0.5, 2 + 4.30265 / 3**0.5), rel=1e-5)


def test_one_order_alone_gives_no_interval():
    assert mean_t(1, 5.0, 25.0)[1:] == (-float("inf"), float("inf"))


def test_days_that_swing_together_widen_the_interval_of_conversion():
    steady = ratio_t([10.0, 10.0, 11.0, 9.0], [100.0] * 4)
    swinging = ratio_t([2.0, 18.0, 19.0, 1.0], [100.0] * 4)
    assert steady[0] == swinging[0] == 0.1
    assert swinging[2] - swinging[1] > 5 * (steady[2] - steady[1])


def test_a_change_of_ten_percent_has_its_interval_on_the_log_scale():
    value, low, high = change(110.0, 2.0, 100.0, 2.0)
    assert value == pytest.approx(0.1)
    assert (1 + low) * (1 + high) == pytest.approx(1.1**2)
    assert low == pytest.approx(1.1 * np.exp(-1.95996 * ((2 / 110) ** 2 + 0.02**2) ** 0.5) - 1, rel=1e-4)


def test_the_score_of_all_promoters_is_100_but_its_interval_stays_open():
    value, low, high = net_share(12, 0, 12)
    assert value == 1.0
    assert low < 0.95 <= high <= 1.0


@pytest.mark.parametrize("share", [0.03, 0.28, 0.6])
def test_the_interval_of_a_share_covers_the_truth_nineteen_times_in_twenty(share):
    random = np.random.default_rng(3)
    hits = random.binomial(400, share, 2000)
    ends = [wilson(int(h), 400) for h in hits]
    assert np.mean([low <= share <= high for low, high in ends]) == pytest.approx(0.95, abs=0.02)


# --- published customers -----------------------------------------------------------------------------------------


@cache
def cdnow():
    with (DATA / "cdnow" / "cdnow_customers_summary_with_transactions.csv").open() as file:
        rows = list(csv.DictReader(file))
    return {name: np.array([float(r[name]) for r in rows]) for name in ("x", "t_x", "T", "zbar")}


@cache
def cdnow_fit():
    told = cdnow()
    seen = buy_till_die.histories(told["x"], told["t_x"], told["T"])
    return seen, buy_till_die.fit(seen)


@real
def test_cdnow_customers_come_back_as_published():
    seen, found = cdnow_fit()
    assert seen.customers == 2357
    assert [round(v, 4) for v in found.parameters] == [0.2426, 4.4135, 0.7929, 2.4258]
    assert found.log_likelihood == pytest.approx(-9582.4256, abs=1e-4)


@real
def test_cdnow_customers_spend_as_published():
    told = cdnow()
    again = told["x"] > 0
    found = spend.fit(told["x"][again], told["zbar"][again])
    assert found.customers == 946
    assert [round(v, 4) for v in found.parameters] == [6.2488, 3.7446, 15.4477]
    assert found.log_likelihood == pytest.approx(-4055.923, abs=1e-3)


@real
def test_the_first_cdnow_customer_is_expected_to_order_1_226_times_more_in_39_weeks():
    seen, found = cdnow_fit()
    first = (seen.repeats == 2) & (seen.last == 30.43) & (seen.age == 38.86)
    assert buy_till_die.expected_more(found.parameters, seen, 39.0)[first] == pytest.approx(1.226, abs=5e-4)


@cache
def cdnow_orders():
    rows = [line.split() for line in (DATA / "cdnow" / "CDNOW_master.txt").read_text().splitlines()]
    rows = [r for r in rows if len(r) == 4 and r[0].isdigit()]
    days = [date(int(r[1][:4]), int(r[1][4:6]), int(r[1][6:])).toordinal() for r in rows]
    return gather("cdnow", "USD", [r[0] for r in rows], list(range(len(rows))), days, [float(r[3]) for r in rows])


@real
def test_orders_become_the_histories_the_published_sample_was_drawn_from():
    until = date(1997, 9, 30).toordinal()
    ours, _, _ = history(cdnow_orders().between(0, until), until)
    told = cdnow()
    sample = buy_till_die.histories(told["x"], told["t_x"], told["T"])

    def counted(seen):
        return {row[:3]: row[3] for row in zip(seen.repeats, seen.last, seen.age, seen.weight, strict=True)}

    whole = counted(ours)
    short = {row: n for row, n in counted(sample).items() if n > whole.get(row, 0)}
    assert sum(short.values()) <= 0.02 * 2357, short  # free CDs are an order there; here an order has an amount
    assert abs(ours.repeaters / ours.customers - 946 / 2357) < 0.01


@real
def test_the_value_of_a_cdnow_customer_has_an_interval_that_holds_it():
    told = customer_value(cdnow_orders())
    assert told.low < told.value < told.high
    assert told.n > 23_000
    assert told.currency == "USD"
    assert "assumed" in told.note


def test_the_model_gets_back_what_a_simulated_shop_was_made_of():
    random = np.random.default_rng(11)
    r, alpha, a, b, weeks, people = 0.8, 6.0, 0.9, 2.5, 78.0, 6000
    rate, leave = random.gamma(r, 1 / alpha, people), random.beta(a, b, people)
    rows = []
    for speed, quits in zip(rate, leave, strict=True):
        at, count, last = random.exponential(1 / speed), 0, 0.0
        while at <= weeks:
            count, last = count + 1, at
            if random.random() < quits:
                break
            at += random.exponential(1 / speed)
        rows.append((count, last, weeks))
    seen = buy_till_die.histories(*np.array(rows, float).T)
    found = buy_till_die.fit(seen)
    errors = np.sqrt(np.diag(found.covariance))
    assert np.all(np.abs(np.log(found.parameters) - np.log([r, alpha, a, b])) < 3 * errors)
    assert buy_till_die.expected_new(found.parameters, np.array([52.0]))[0] == pytest.approx(
        buy_till_die.expected_new(np.array([r, alpha, a, b]), np.array([52.0]))[0], rel=0.05
    )


def test_expected_orders_have_no_jump_where_the_formula_divides_by_nothing():
    weeks = np.array([52.0])
    around = [buy_till_die.expected_new(np.array([0.3, 5.0, a, 2.0]), weeks)[0] for a in (0.999, 1.0, 1.001)]
    assert around[0] > around[1] > around[2]
    assert around[0] - around[2] < 0.01


# --- Olist -------------------------------------------------------------------------------------------------------


@cache
def olist(name):
    table = pq.read_table(DATA / "olist" / f"{name}.parquet")
    return {c: table[c].to_numpy(zero_copy_only=False) for c in table.column_names}


@cache
def olist_days():
    return olist("orders")["order_purchase_timestamp"].astype("datetime64[D]").astype(int) + 719163


@cache
def olist_purchases(cents="order_payments", column="payment_cents"):
    orders, paid = olist("orders"), olist(cents)
    at = {int(o): i for i, o in enumerate(orders["order_no"])}
    rows = [at[int(o)] for o in paid["order_no"]]
    customers, days = orders["customer_no"][rows], olist_days()[rows]
    return gather("olist", "BRL", customers.tolist(), paid["order_no"].tolist(), days, paid[column] / 100)


@real
def test_three_in_a_hundred_olist_customers_order_again():
    orders = olist("orders")
    told = gather(
        "olist", "BRL", orders["customer_no"].tolist(), orders["order_no"].tolist(), olist_days(), np.ones(99441)
    )
    found = repeat_rate(told)
    assert (round(found.value * found.n), found.n) == (2997, 96096)
    assert found.value == pytest.approx(0.0312, abs=5e-5)
    assert hold([found], {})[0].status == "missed"


@real
@pytest.mark.parametrize(
    ("table", "column", "total", "orders", "mean"),
    [
        ("order_payments", "payment_cents", 16_008_872.12, 99_440, 160.99),
        ("order_items", "price_cents", 13_591_643.70, 98_666, 137.75),
    ],
)
def test_an_olist_order_is_worth_what_was_paid_or_what_was_in_it(table, column, total, orders, mean):
    seen = olist_purchases(table, column)
    paid = olist(table)
    assert paid[column].sum() / 100 == pytest.approx(total, abs=0.005)
    assert len(np.unique(paid["order_no"])) == orders
    free = orders - len(seen)  # orders of nothing but free rows have no value of their own
    assert 0 <= free <= 5
    assert seen.amount.sum() / orders == pytest.approx(mean, abs=0.005)
    assert order_value(seen).value == pytest.approx(mean, abs=0.02)


@real
def test_olist_deliveries_are_late_by_day_less_often_than_to_the_moment():
    orders = olist("orders")
    done = (orders["order_status"] == "delivered") & ~np.isnat(orders["order_delivered_customer_date"])
    arrived = orders["order_delivered_customer_date"][done]
    promised = orders["order_estimated_delivery_date"][done]
    assert int(done.sum()) == 96_470
    assert int(late(arrived, promised, by_day=False).sum()) == 7_826
    by_day = late(arrived, promised)
    assert int(by_day.sum()) == 6_534
    told = late_share("olist", by_day)
    assert (round(told.value, 4), told.n) == (0.0677, 96_470)
    assert told.low < told.value < told.high


@real
def test_olist_sellers_hand_over_one_line_in_eleven_after_their_limit():
    orders, items = olist("orders"), olist("order_items")
    at = {int(o): i for i, o in enumerate(orders["order_no"])}
    handed = orders["order_delivered_carrier_date"][[at[int(o)] for o in items["order_no"]]]
    known = ~np.isnat(handed)
    found = late_share("olist", late(handed[known], items["shipping_limit_date"][known], by_day=False))
    assert (found.n, round(found.value * found.n)) == (111_454, 10_423)
    assert round(found.value, 4) == 0.0935


@real
def test_olist_reviews_fall_by_two_stars_where_the_delivery_was_late():
    orders, reviews = olist("orders"), olist("order_reviews")
    stars = reviews["review_score"].astype(float)
    assert stars.mean() == pytest.approx(4.0864, abs=5e-5)
    proxy = from_stars("olist", reviews["review_score"].tolist())
    assert proxy.value == pytest.approx(34.8, abs=0.05)
    assert "proxy" in proxy.note
    assert hold([proxy], {})[0].status == "no mark"
    done = (orders["order_status"] == "delivered") & ~np.isnat(orders["order_delivered_customer_date"])
    is_late = late(orders["order_delivered_customer_date"], orders["order_estimated_delivery_date"])
    of = {int(o): (bool(d), bool(x)) for o, d, x in zip(orders["order_no"], done, is_late, strict=True)}
    rows = [of[int(o)] for o in reviews["order_no"]]
    kept = np.array([d for d, _ in rows])
    found = scores_by_lateness(np.array([x for _, x in rows])[kept], stars[kept])
    assert found["on time"][0] == pytest.approx(4.290, abs=5e-4)
    assert found["late"][0] == pytest.approx(2.271, abs=5e-4)
    assert found["late"][2] < found["on time"][1]


@real
def test_olist_cancellations_and_busy_months_are_counted():
    orders = olist("orders")
    rows = {
        "customer": orders["customer_no"].tolist(),
        "order": orders["order_no"].tolist(),
        "day": orders["order_purchase_timestamp"].astype("datetime64[D]").tolist(),
        "amount": [1.0] * 99_441,
        "status": [str(s) for s in orders["order_status"]],
    }
    seen = order_book("olist", rows, "BRL").purchases["all"]
    assert seen.cancelled == 625 + 609
    assert cancel_share(seen).value == pytest.approx(1234 / 99_441)
    whole = order_book("olist", {k: v for k, v in rows.items() if k != "status"}, "BRL").purchases["all"]
    months = [date.fromordinal(int(d)).strftime("%Y-%m") for d in whole.day]
    counted = {m: months.count(m) for m in ("2017-10", "2017-11", "2017-12", "2018-01", "2018-08")}
    assert list(counted.values()) == [4631, 7544, 5673, 7269, 6512]


@real
def test_olist_sellers_share_1225_products():
    items = olist("order_items")
    found = contested_share("olist", items["seller_no"], items["product_no"])
    assert (round(found.value * found.n), found.n) == (1225, 32_951)


@real
def test_olist_order_values_can_be_compared_with_the_year_before():
    until = date(2018, 8, 29).toordinal()  # the tail after it is censored
    told = order_value_growth(olist_purchases().between(date(2017, 1, 5).toordinal(), until))
    assert told.low < told.value < told.high
    assert hold([told], {})[0].status in ("missed", "cannot tell")


# --- UCI ---------------------------------------------------------------------------------------------------------


@cache
def retail():
    table = pq.read_table(DATA / "uci_online_retail" / "online_retail.parquet")
    columns = {c: table[c].to_pylist() for c in ("InvoiceNo", "CustomerID")}
    quantity, price = (table[c].to_numpy() for c in ("Quantity", "UnitPrice"))
    columns["amount"] = quantity * price
    columns["day"] = table["InvoiceDate"].to_numpy().astype("datetime64[D]").astype(int) + 719163
    return columns


@real
def test_the_gift_shop_has_4338_known_customers_and_8_9_million_in_sales():
    told = retail()
    known = [i for i, c in enumerate(told["CustomerID"]) if c is not None]
    seen = gather("uci", "GBP", *([told[n][i] for i in known] for n in ("CustomerID", "InvoiceNo", "day", "amount")))
    assert (seen.rows, len(np.unique(seen.customer)), len(seen)) == (397_884, 4_338, 18_532)
    assert seen.amount.sum() == pytest.approx(8_911_407.904, abs=5e-4)
    found = hold([repeat_rate(seen)], {})[0]
    assert found.status == "met"
    assert customer_value(seen).low > 0


@real
def test_the_gift_shop_takes_back_9288_lines():
    told = retail()
    rows = [i for i, name in enumerate(told["InvoiceNo"]) if name.startswith("C") or told["amount"][i] > 0]
    seen = gather("uci", "GBP", *([told[n][i] for i in rows] for n in ("CustomerID", "InvoiceNo", "day", "amount")))
    assert (seen.returned_rows, seen.returned_orders) == (9_288, 3_836)
    assert -seen.returned == pytest.approx(-896_812.49, abs=5e-3)
    found = return_share(seen)
    assert found.low < found.value < found.high


# --- what people give --------------------------------------------------------------------------------------------


ORDERS = """customer,order,day,amount,channel,currency,promised,delivered
ann,1,2026-01-05,20.00,shopify:main,USD,2026-01-08,2026-01-07
ann,1,2026-01-05,5.00,shopify:main,USD,2026-01-08,2026-01-07
ann,2,2026-02-05,30.00,shopify:main,USD,2026-02-08,2026-02-09
bob,3,2026-02-06,40.00,shopify:main,USD,2026-02-09,2026-02-09
,4,2026-02-07,10.00,shopify:main,USD,,
bob,3,2026-02-20,-40.00,shopify:main,USD,,
ann,5,2026-02-07,99.00,amazon:US,USD,,
"""


def _file(tmp_path, text, name="orders.csv"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_rows_of_an_order_add_up_and_channels_stay_apart(tmp_path):
    book = read_orders(_file(tmp_path, ORDERS), "USD")
    store, market = book.purchases["shopify:main"], book.purchases["amazon:US"]
    assert sorted(store.amount.tolist()) == [10.0, 25.0, 30.0, 40.0]
    assert market.amount.tolist() == [99.0]
    rate = repeat_rate(store)
    assert (rate.value, rate.n) == (0.5, 2)  # ann twice, bob once; nobody knows who ordered 4
    assert repeat_rate(market).value == 0.0  # the same ann on another channel is that channel's own customer
    assert (store.returned, store.returned_rows) == (40.0, 1)
    assert [(f.channel, f.value, f.n) for f in book.figures] == [("shopify:main", pytest.approx(1 / 3), 3)]


def test_orders_nobody_is_known_to_have_placed_say_why_there_is_no_repeat_rate(tmp_path):
    text = "customer,order,day,amount\n,1,2026-01-05,20\n,2,2026-01-06,30\n"
    seen = read_orders(_file(tmp_path, text), "EUR").purchases["all"]
    found = repeat_rate(seen)
    assert (found.status, found.value) == ("not observable", None)
    assert "customer" in found.because
    assert "--orders" in found.would_be
    assert order_value(seen).currency == "EUR"


def test_a_young_shop_is_told_what_a_comparison_with_last_year_needs():
    seen = gather("c", "USD", ["a", "b"], [1, 2], [739000, 739030], [10.0, 20.0])
    for found in (order_value_growth(seen), customer_value_growth(seen), customer_value(seen)):
        assert found.status == "not observable"
        assert found.because
        assert found.would_be
    assert "31 days" in order_value_growth(seen).because


def test_order_values_a_tenth_higher_than_last_year_are_told_as_growth():
    random = np.random.default_rng(5)
    days = np.arange(739000, 739000 + 728)
    now = days >= 739000 + 364
    amounts = random.normal(100, 10, 728) * np.where(now, 1.1, 1.0)
    seen = gather("c", "USD", [None] * 728, list(range(728)), days, amounts)
    found = hold([order_value_growth(seen)], {})[0]
    assert found.low < 0.1 < found.high
    assert found.status == "met"  # the mark is 5 %


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("customer,order,date,amount\na,1,2026-01-05,20\n", "no column 'day'"),
        ("customer,order,day,amount,chanel\na,1,2026-01-05,20,x\n", "Did you mean 'channel'?"),
        ("customer,order,day,amount\na,1,05/01/2026,20\n", "line 2: day '05/01/2026' is no day"),
        (
            "customer,order,day,amount\na,1,2026-01-05,20\nb,2,2026-01-05,twelve\n",
            "line 3: amount 'twelve' is no number",
        ),
        ("customer,order,day,amount\na,1,2026-01-05,nan\n", "is no number"),
        ("customer,order,day,amount\na,,2026-01-05,20\n", "order is empty"),
        ("customer,order,day,amount\na,1,2026-01-05\n", "3 cells under 4 columns"),
        ("customer,order,day,amount\n", "no rows"),
        ("", "no column 'customer'"),
        ("customer,order,day,amount,currency\na,1,2026-01-05,20,USD\na,2,2026-01-05,20,EUR\n", "EUR and USD"),
    ],
)
def test_a_wrong_file_of_orders_is_refused_by_line_and_column(tmp_path, text, words):
    with pytest.raises(RefusedFile) as told:
        read_orders(_file(tmp_path, text), "USD")
    assert words in str(told.value)


def test_a_binary_or_missing_file_is_refused_in_words(tmp_path):
    path = tmp_path / "orders.csv"
    with pytest.raises(RefusedFile, match="is not there"):
        read_orders(path, "USD")
    path.write_bytes(b"\x00\xff\xfe\x00")
    with pytest.raises(RefusedFile, match="cannot be read"):
        read_orders(path, "USD")


def test_a_survey_gives_the_score_and_stars_give_a_proxy_that_says_so(tmp_path):
    scores = "score,channel\n" + "".join(f"{s},shopify:main\n" for s in [10] * 60 + [8] * 25 + [3] * 15)
    found = hold(read_surveys(_file(tmp_path, scores)).values(), {})[0]
    assert (found.value, found.n, found.status) == (pytest.approx(45.0), 100, "cannot tell")
    stars = "stars\n5\n5\n4\n2\n"
    proxy = hold(read_surveys(_file(tmp_path, stars)).values(), {})[0]
    assert (proxy.value, proxy.status) == (25.0, "no mark")
    assert "no survey" in proxy.proxy


@pytest.mark.parametrize(
    ("text", "words"),
    [("score\n11\n", "no answer from 0 to 10"), ("stars\n6\n", "no number of stars"), ("channel\nx\n", "no answers")],
)
def test_a_wrong_survey_is_refused(tmp_path, text, words):
    with pytest.raises(RefusedFile, match=words):
        read_surveys(_file(tmp_path, text))


def test_a_store_has_the_mark_of_stores_and_a_marketplace_does_not():
    rows = [Figure("conversion", "Conversion", c, "share", 0.03, 0.025, 0.035) for c in ("shopify:main", "amazon:US")]
    assert [f.status for f in hold(rows, {})] == ["met", "no mark"]
    assert [f.status for f in hold(rows, {"amazon:US conversion": 0.10})] == ["met", "missed"]
    assert hold(rows, {"conversion": 0.03})[0].mark.source == "your own settings"


def test_all_the_answers_of_one_kind_still_leave_room():
    assert from_answers("c", [10] * 5).low < 80


def test_too_few_customers_who_came_back_give_no_lifetime_value():
    customers = [f"c{i}" for i in range(200)] + [f"c{i}" for i in range(29)]
    days = [739000] * 200 + [739010] * 29
    seen = gather("c", "USD", customers, list(range(229)), days, [10.0] * 229)
    assert value_of(seen) is None
    assert "29 customers" in customer_value(seen).because


# --- the board of facts ------------------------------------------------------------------------------------------


def _days(n, /, **columns):
    return [{"day": date(2026, 10, 1) + timedelta(days=i), **{k: v(i) for k, v in columns.items()}} for i in range(n)]


NOTHING = dict.fromkeys(
    ("traffic_days", "order_values", "repeats", "in_stock_days", "hero_days", "ad_days", "margins", "refund_days",
     "return_days", "cancelled", "ratings"), (),
)  # fmt: skip


def _board(rows, lost=None, channel="amazon:US"):
    told = board.board({**NOTHING, **rows}, channel, currency="USD", minor=100, lost=lost)
    return {f.name: f for f in told}


def test_an_empty_channel_says_of_every_figure_why_and_what_would_show_it():
    for figure in _board({}).values():
        assert (figure.status, bool(figure.because), bool(figure.would_be)) == ("not observable", True, True)


def test_a_marketplace_is_held_against_its_own_twelve_weeks_and_a_store_against_stores():
    wave = [0.9, 1.0, 1.1, 1.0]
    days = _days(
        112,
        sales_minor=lambda i: 1.0,
        buyable=lambda i: 1000.0,
        units=lambda i: wave[i % 4] * (80.0 if i < 84 else 100.0),
    )
    found = _board({"traffic_days": days})["conversion"]
    assert found.value == pytest.approx(0.1)
    assert found.mark.value == pytest.approx(0.08)
    assert found.status == "met"
    store = hold([_board({"traffic_days": days}, channel="shopify:main")["conversion"]], {})[0]
    assert (store.mark.value, store.status) == (0.02, "met")


def test_a_hero_out_of_stock_weighs_what_it_usually_sells():
    days = _days(28, whole=lambda i: 100.0, off=lambda i: 40.0 if i < 7 else 0.0)
    assert _board({"in_stock_days": days})["revenue_weighted_in_stock"].value == pytest.approx(0.9)


def test_days_without_a_refund_leave_room_for_some():
    found = _board({"refund_days": _days(28, units=lambda i: 50.0, refunded=lambda i: 0.0)})["return_rate"]
    assert (found.value, found.low) == (0.0, 0.0)
    assert found.high == pytest.approx(wilson(0, 1400)[1])


def test_lost_sales_are_a_share_of_what_would_be_sold_without_them():
    found = _board({}, lost={"mean": 25.0, "p90": 35.0, "sold": 75.0, "n": 4})["lost_sales_rate"]
    assert found.value == pytest.approx(0.25)
    assert 0 < found.low < 0.25 < found.high < 1
    assert "no sales" in _board({}, lost={"mean": 25.0, "p90": 35.0, "sold": 0.0, "n": 4})["lost_sales_rate"].because


def test_ad_spend_is_held_against_all_sales_of_the_same_days_only():
    ads = _days(30, spend=lambda i: 10.0)
    sold = _days(20, sales_minor=lambda i: 100.0, buyable=lambda i: 0.0, units=lambda i: 0.0)
    assert _board({"ad_days": ads, "traffic_days": sold})["tacos"].value == pytest.approx(0.1)
    assert _board({"ad_days": ads})["tacos"].status == "not observable"


def test_what_is_left_of_sales_after_costs_may_be_less_than_nothing():
    days = _days(28, net=lambda i: 100.0, left=lambda i: -20.0 if i % 2 else 10.0)
    assert _board({"margins": days})["contribution_margin"].value == pytest.approx(-0.05)


def test_repeats_the_marketplace_counts_by_item_are_a_proxy_and_meet_no_mark():
    found = hold([_board({"repeats": [{"customers": 200, "again": 70.0}]})["repeat_purchase_rate"]], {})[0]
    assert (found.value, found.status) == (pytest.approx(0.35), "no mark")
    assert found.proxy


def test_order_values_add_up_over_days():
    days = _days(2, n=lambda i: 2, total=lambda i: 300.0 + i, squares=lambda i: 50_000.0)
    found = _board({"order_values": days})["average_order_value"]
    assert (found.value, found.n, found.currency) == (pytest.approx(601 / 4 / 100), 4, "USD")
