"""The list of routes is loaded whole or not at all, and opens in a spreadsheet without running anything."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from opswheel.core.errors import NotFound, WrongUse
from opswheel.core.settings import Route
from opswheel.decisions import routes

NOW = datetime(2026, 11, 22, 16)
KINDS = {"out_of_stock", "listing_suppressed"}
LIST = "owner,backup,kind,channel,tier,capacity\nines,karl;lena,out_of_stock,,1,20\ntom,,,amazon:US,,\n"


def test_a_list_replaces_the_one_before_and_the_old_one_stays_on_record(ledger):
    with ledger.write() as connection:
        assert routes.current(connection) == []
        assert routes.replace(connection, routes.parse(LIST, KINDS), by="ines", at=NOW) == 1
        assert routes.replace(connection, [Route(owner="olga")], by="ines", at=NOW) == 2
        assert routes.current(connection) == [Route(owner="olga")]
        assert connection.exec_driver_sql("SELECT count(*) FROM routes").scalar() == 3


def test_a_list_written_out_and_loaded_again_is_the_same():
    told = routes.parse(LIST, KINDS)
    assert told[0] == Route(owner="ines", backup="karl;lena", kind="out_of_stock", tier=1, capacity=20)
    assert routes.parse(routes.as_csv(told), KINDS) == told


def test_a_formula_in_a_list_is_text_and_harmless_where_it_is_written_out():
    told = routes.parse('owner,brand\n"=HYPERLINK(""http://x"")",-Tolvane\n', KINDS)
    assert (told[0].owner, told[0].brand) == ('=HYPERLINK("http://x")', "-Tolvane")
    text = routes.as_csv(told)
    assert "\"'=HYPERLINK(" in text and "'-Tolvane" in text
    assert routes.parse(text, KINDS) == told


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no column owner"),
        ("owner\n", "names no owner"),
        ("owner,chanel\nines,amazon:US\n", "no column 'chanel'. Did you mean channel"),
        ("kind\nout_of_stock\n", "no column owner"),
        ("owner,kind\nines,out_of_stok\n", "Line 2: 'out_of_stok' is no kind. Did you mean out_of_stock"),
        ("owner,tier\nines,1\nkarl,4\n", "Line 3: tier '4'"),
        ("owner,tier\nines,one\n", "Line 2: tier 'one'"),
        ("owner,capacity\nines,-1\n", "Line 2: capacity '-1'"),
        ("owner,kind\n,out_of_stock\n", "Line 2: owner ''"),
        ('owner\n"ines', "This is no CSV file"),
    ],
)
def test_a_list_that_cannot_be_meant_names_its_line(text, words):
    with pytest.raises(WrongUse, match=words):
        routes.parse(text, KINDS)


def test_somebody_is_away_from_the_first_to_the_last_day_and_no_longer(ledger):
    first, last = date(2026, 12, 24), date(2026, 12, 31)
    with ledger.write() as connection:
        routes.leave(connection, "ines", first, date(2026, 12, 27), by="tom", at=NOW)
        routes.leave(connection, "ines", first, last, by="tom", at=NOW)  # the last word counts
        on = [routes.away(connection, d) for d in (date(2026, 12, 23), first, last, date(2027, 1, 1))]
        assert on == [{}, {"ines": last}, {"ines": last}, {}]
        routes.come_back(connection, "ines", date(2026, 12, 28))
        assert routes.absences(connection, first) == []
        with pytest.raises(NotFound, match="ines is not away"):
            routes.come_back(connection, "ines", first)
        with pytest.raises(WrongUse, match="lies before"):
            routes.leave(connection, "ines", last, first, by="tom", at=NOW)
