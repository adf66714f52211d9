"""What a cell's text means: the same number in every way people and machines write it, and nothing made up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import duckdb
import ibis
import pytest

from opswheel.core.marketplaces import hints
from opswheel.core.reader import Context, Parse
from opswheel.visibility.readers import parsing

US = Context("main", "amazon:US", "USD", "America/Los_Angeles", comma_decimals=False, day_first=False)
UK = Context("main", "amazon:UK", "GBP", "Europe/London", comma_decimals=False, day_first=True)
DE = Context("main", "amazon:DE", "EUR", "Europe/Berlin", comma_decimals=True, day_first=True)


def read(parse: Parse, texts: Sequence[str | None], context: Context = US, *, careful: bool = True) -> list[Any]:
    """What each text becomes."""
    raw = ibis.table({"n": "int64", "cell": "string"}, name="raw")
    sql = ibis.to_sql(raw.select("n", value=parse(raw.cell, replace(context, careful=careful))), dialect="duckdb")
    with duckdb.connect() as connection:
        connection.execute(
            f"SET TimeZone = 'UTC'; SET VARIABLE workspace_key = 'a key'; SET VARIABLE channels = MAP {hints()}"
        )
        connection.execute("CREATE TABLE raw (n BIGINT, cell VARCHAR)")
        connection.executemany("INSERT INTO raw VALUES (?, ?)", list(enumerate(texts)))
        return [value for _, value in sorted(connection.execute(str(sql)).fetchall())]


NUMBERS = {
    "0": 0.0,
    "1250": 1250.0,
    "-3": -3.0,
    "7.692307692307693": 7.692307692307693,
    "1,250": 1250.0,
    "1,234,567.89": 1234567.89,
    "$1,234.56": 1234.56,
    "US$5": 5.0,
    "-$1,234.56": -1234.56,
    "8.33%": 8.33,
    "(12.50)": -12.5,
    "12.50-": -12.5,
    "−4": -4.0,
    "£9.99": 9.99,
    "9,99": 9.99,
    "1 234,56 €": 1234.56,
    "1\u202f234,56\u00a0€": 1234.56,
    "1'250.00": 1250.0,
    "USD 10.00": 10.0,
    "19,90 kr": 19.9,
    "1.5E3": 1500.0,
    "4.2e-07": 0.0,
    ".5": 0.5,
}
NO_NUMBERS = (
    "",
    "abc",
    "12abc",
    "1_000",
    "0x1f",
    "nan",
    "inf",
    "-",
    "1,2,3",
    "1.2.3",
    "9" * 30,
    "12 34 apples",
    "1e300",
)


def test_a_number_is_the_same_however_it_is_written() -> None:
    assert dict(zip(NUMBERS, read(parsing.number, list(NUMBERS)), strict=True)) == NUMBERS


def test_what_is_no_number_is_no_number() -> None:
    assert read(parsing.number, NO_NUMBERS) == [None] * len(NO_NUMBERS)
    assert read(parsing.integer, NO_NUMBERS) == [None] * len(NO_NUMBERS)


def test_where_people_write_commas_for_points_a_point_groups_thousands() -> None:
    texts = ["1.234,56", "1.234", "19,90", "19.90", "1.234.567", "12,5", "1250"]
    assert read(parsing.number, texts, DE) == [1234.56, 1234.0, 19.9, 19.9, 1234567.0, 12.5, 1250.0]


def test_plain_reading_agrees_with_careful_reading_wherever_it_reads_at_all() -> None:
    texts = [*NUMBERS, *NO_NUMBERS]
    for parse in (parsing.number, parsing.integer, parsing.money()):
        for context in (US, DE):
            plain, careful = read(parse, texts, context, careful=False), read(parse, texts, context)
            assert [p for p in plain if p is not None] == [
                c for p, c in zip(plain, careful, strict=True) if p is not None
            ]


def test_half_a_unit_is_no_unit_and_a_plus_means_at_least() -> None:
    assert read(parsing.integer, ["12", "12.0", "12.5", "365+", "1,250", "-7", "none"]) == [
        12,
        12,
        None,
        365,
        1250,
        -7,
        None,
    ]


@pytest.mark.parametrize(("currency", "amount", "minor"), [
    ("USD", "19.99", 1999),
    ("USD", "0.295", 30),
    ("JPY", "1980", 1980),
    ("KWD", "1.234", 1234),
])  # fmt: skip
def test_money_is_whole_minor_units_of_its_currency(currency: str, amount: str, minor: int) -> None:
    assert read(parsing.money(currency), [amount]) == [minor]


def test_a_day_is_read_as_its_marketplace_writes_it() -> None:
    texts = ["2026-03-04", "2026-03-04T23:00:00-07:00", "3/4/2026", "03/04/26", "2026/3/4", "3.4.2026 10:00"]
    assert read(parsing.day, texts) == [date(2026, 3, 4)] * 6
    texts = ["4/3/2026", "04.03.26", "04/03/2026 09:29:39 GMT", "2026-03-04"]
    assert read(parsing.day, texts, UK) == [date(2026, 3, 4)] * 4


def test_what_is_no_day_is_no_day() -> None:
    texts = ["", "yesterday", "2026-02-30", "31/31/2026", "0026-03-04", "infinity", "epoch", "20260304", "3000-01-01"]
    assert read(parsing.day, texts) == [None] * len(texts)


def test_a_moment_without_an_offset_is_the_channels_wall_clock() -> None:
    texts = [
        "2026-05-08T23:36:26+00:00",
        "2026-05-08T23:36:26Z",
        "2026-05-08 23:36:26 +0200",
        "2026-05-08 23:36:26 UTC",
        "2026-05-08 23:36:26",
        "2026-05-08",
        "2026-12-08 12:00:00",
    ]
    at = datetime.fromisoformat
    assert read(parsing.moment, texts) == [
        at("2026-05-08 23:36:26"),
        at("2026-05-08 23:36:26"),
        at("2026-05-08 21:36:26"),
        at("2026-05-08 23:36:26"),
        at("2026-05-09 06:36:26"),
        at("2026-05-08 07:00:00"),
        at("2026-12-08 20:00:00"),
    ]
    assert read(parsing.moment, ["infinity", "epoch", "now", "9999-01-01 00:00:00"]) == [None] * 4


def test_a_marketplace_is_known_by_domain_id_and_channel_and_a_strange_one_is_told() -> None:
    texts = ["Amazon.com", "amazon.co.uk", "ATVPDKIKX0DER", "amazon:gb", "Amazon.xy", None]
    assert read(parsing.channel_hint, texts) == ["amazon:US", "amazon:UK", "amazon:US", "amazon:UK", "Amazon.xy", None]
    assert read(parsing.sales_channel, ["Non-Amazon", "Non-Amazon US", "Amazon.ie"]) == ["", "", "amazon:IE"]
    names = ["amazon:us", "shopify:main", "Walmart", "x; DROP TABLE", "amazon:US'--"]
    assert read(parsing.channel_name, names) == ["amazon:US", "shopify:main", None, None, None]


def test_an_order_id_becomes_a_hash_that_needs_the_key() -> None:
    from hashlib import sha256

    assert read(parsing.key, ["114-1"]) == [sha256(b"a key114-1").hexdigest()]


def test_days_with_their_month_in_letters_are_read_beside_plain_ones() -> None:
    written = ["10-Jul-2025", "10 Jul 2025", "Jul 10, 2025", "Jul 1, 2025", "2025-07-10", "7/10/25", "10-Xyz-2025", ""]
    tenth = date(2025, 7, 10)
    assert read(parsing.written_day, written) == [tenth, tenth, tenth, date(2025, 7, 1), tenth, tenth, None, None]


def test_a_report_that_writes_the_month_first_does_so_in_britain_too() -> None:
    assert read(parsing.month_first, ["11/12/2026", "20/11/2026"], UK) == [date(2026, 11, 12), None]


def test_a_plus_behind_a_number_means_at_least_and_a_formula_around_an_id_means_nothing() -> None:
    assert read(parsing.at_least, ["365+", "41.5", "+"]) == [365.0, 41.5, None]
    assert read(parsing.unwrapped, ['="171234567890123"', "B01", "=1+1"]) == ["171234567890123", "B01", "=1+1"]


def test_a_country_is_its_amazon_channel_and_an_unknown_one_is_none() -> None:
    def place(cell: Any, _context: Context) -> Any:
        return parsing.country_channel(cell)

    known = ["US", "gb", "Amazon.de", "A1VC38T7YXB528", "United States", "XX"]
    assert read(place, known) == ["amazon:US", "amazon:UK", "amazon:DE", "amazon:JP", None, None]


def test_a_day_begins_when_its_marketplace_says_so() -> None:
    def began(cell: Any, context: Context) -> Any:
        return parsing.day_start(parsing.day(cell, context), context)

    assert read(began, ["2026-11-20"]) == [datetime(2026, 11, 20, 8)]
    assert read(began, ["2026-07-20"], DE) == [datetime(2026, 7, 19, 22)]
