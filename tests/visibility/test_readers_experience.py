"""What a person copies off the screen: customer experience and stars, row by row, with sentences for slips."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from ..loading import Shop

DAY = date(2026, 11, 20)
OF_EXPERIENCE = ("sku", "health", "orders", "negative_orders")


def load(tmp_path: Path, text: str) -> Shop:
    shop = Shop(tmp_path)
    shop.load(shop.put("copied.csv", text), channel="amazon:US", day=DAY)
    return shop


def test_a_rate_or_a_number_or_the_word_alone_will_do(tmp_path: Path) -> None:
    shop = load(
        tmp_path,
        "sku,health,orders,ncx_orders,ncx_rate\n"
        "A,Fair,400,12,\nB,,400,,3.1%\nC,very poor,,,\nD,insufficient feedback,400,,0.031\n"
        "E,GOOD,400,12,50%\nF,poor,40,,\n",
    )
    assert shop.rejects() == []
    assert shop.rows("customer_experience", *OF_EXPERIENCE) == [
        ("A", "fair", 400, 12),
        ("B", None, 400, 12),
        ("C", "very_poor", None, None),
        ("D", None, 400, 12),
        ("E", "good", 400, 12),
        ("F", "poor", 40, None),
    ]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("A,,400,,", ("health", "", "empty: a row needs it, or orders with ncx_orders or ncx_rate")),
        ("A,good,,12,", ("orders", "", "empty: of how many orders is needed to tell chance")),
        ("A,good,400,401,", ("ncx_orders", "", "more than the orders they are of")),
        ("A,good,400,,3.1", ("ncx_rate", "", "over 1: write 0.031 or 3.1%")),
        ("A,terrible,400,12,", ("health", "terrible", "cannot be read")),
        ("A,good,400,-1,", ("ncx_orders", "-1", "below 0")),
        (",good,400,12,", ("sku", "", "empty")),
    ],
)
def test_a_slip_is_told_with_what_to_write_and_the_rest_loads(
    tmp_path: Path, row: str, told: tuple[str, str, str]
) -> None:
    shop = load(tmp_path, f"sku,health,orders,ncx_orders,ncx_rate\n{row}\nB,fair,400,12,\n")
    assert shop.rejects() == [("2", *told)]
    assert shop.rows("customer_experience", *OF_EXPERIENCE) == [("B", "fair", 400, 12)]


def test_stars_are_from_one_to_five_and_an_item_nobody_rated_has_none(tmp_path: Path) -> None:
    shop = load(
        tmp_path, "sku,stars,ratings\nA,4.5,198\nB,,0\nC,0,0\nD,45,198\nE,0.5,198\nF,,12\nG,4.5,\nH,five,3\nI,-,0\n"
    )
    assert shop.rows("item_ratings", "sku", "stars", "ratings") == [
        ("A", 4.5, 198),
        ("B", None, 0),
        ("C", None, 0),
        ("I", None, 0),
    ]
    assert shop.rejects() == [
        ("5", "stars", "", "not from 1 to 5"),
        ("6", "stars", "", "not from 1 to 5"),
        ("7", "stars", "", "empty, though there are ratings"),
        ("8", "ratings", "", "empty"),
        ("9", "stars", "five", "cannot be read"),
    ]


def test_what_customers_wrote_is_nowhere_even_where_it_was_copied_along(tmp_path: Path) -> None:
    text = "sku,health,orders,ncx_orders,comment,email\nA,poor,400,31,my name is Ada Byron,ada@example.org\n"
    shop = load(tmp_path, text)
    kept = b"".join(f.read_bytes() for f in (tmp_path / "lake").rglob("*") if f.is_file())
    assert shop.rows("customer_experience", "sku") == [("A",)]
    assert b"Ada" not in kept and b"ada@" not in kept


def test_a_list_that_is_kept_and_loaded_again_holds_each_day_once(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    rows = ["sku,stars,ratings,day", "A,4.5,198,2026-11-06", "B,4.1,20,2026-11-13"]
    for more in ("A,4.4,206,2026-11-20", "A,4.4,207,2026-11-20"):
        shop.load(shop.put("stars.csv", "\n".join([*rows, more]) + "\n"), channel="amazon:US", day=DAY, accept=True)
    assert shop.seen("item_ratings", "sku", "day", "ratings") == [
        ("A", date(2026, 11, 6), 198),
        ("A", date(2026, 11, 20), 207),
        ("B", date(2026, 11, 13), 20),
    ]
