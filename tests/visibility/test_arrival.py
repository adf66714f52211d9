"""Where a file belongs and what time it speaks of, one rule at a time."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from opswheel.core.clock import day_start
from opswheel.core.errors import BadDays, NoChannel
from opswheel.core.settings import Place, Settings, place
from opswheel.visibility.arrival import (
    Stated,
    choose_channels,
    completeness,
    covered_by_events,
    days_in_name,
    first_files_first,
    folder_channel,
    known_after,
    snapshot_day,
    stated_days,
)

US: Place = place(Settings(), "main", "amazon:US")
NOW = datetime.fromisoformat("2026-11-22 16:00:00")
TODAY = date(2026, 11, 22)
D18, D19, D20, D21 = (TODAY - timedelta(days=n) for n in (4, 3, 2, 1))


def chosen(*hints: str, said: str = "", folder: str = "", known: tuple[str, ...] = ()) -> dict[str, str]:
    return choose_channels("file", said=said, folder=folder, hints=hints, known=known)


def test_the_command_beats_the_folder_beats_the_file_beats_the_only_channel() -> None:
    assert chosen("amazon:US", said="amazon:DE", folder="amazon:UK", known=("amazon:FR",)) == {"amazon:US": "amazon:DE"}
    assert chosen("amazon:US", folder="amazon:UK", known=("amazon:FR",)) == {"amazon:US": "amazon:UK"}
    assert chosen("amazon:US", known=("amazon:FR",)) == {"amazon:US": "amazon:US"}
    assert chosen("", known=("amazon:FR",)) == {"": "amazon:FR"}
    with pytest.raises(NoChannel, match="Say --channel"):
        chosen("", known=("amazon:FR", "amazon:DE"))
    with pytest.raises(NoChannel):
        chosen("")


def test_a_file_of_several_marketplaces_is_split_by_its_rows_whatever_its_folder() -> None:
    assert chosen("amazon:DE", "", "amazon:FR", folder="amazon:UK") == {
        "amazon:DE": "amazon:DE",
        "": "amazon:UK",
        "amazon:FR": "amazon:FR",
    }
    # rows that name none follow the marketplace with the most rows, whatever else the workspace holds
    assert chosen("amazon:DE", "", "amazon:FR", known=("a:b", "c:d"))[""] == "amazon:DE"


def test_a_marketplace_we_do_not_know_is_told_never_guessed() -> None:
    with pytest.raises(NoChannel, match=r"'Amazon\.xy', which Opswheel does not know"):
        chosen("Amazon.xy", known=("amazon:US",))
    with pytest.raises(NoChannel, match=r"Amazon\.xy"):
        chosen("amazon:US", "Amazon.xy")
    assert chosen("Amazon.xy", said="amazon:XY") == {"Amazon.xy": "amazon:XY"}
    assert chosen("amazon:US", "Amazon.xy", said="amazon:XY") == {"amazon:US": "amazon:US", "Amazon.xy": "amazon:XY"}


def test_what_was_said_must_be_a_channel_and_known_names_are_written_one_way() -> None:
    with pytest.raises(NoChannel, match="is no channel"):
        chosen("", said="amazon US")
    assert chosen("", said="amazon:us") == {"": "amazon:US"}
    assert chosen("", said="amazon:US-brandB") == {"": "amazon:US-brandB"}


@pytest.mark.parametrize(("path", "channel"), [
    ("reports/amazon-US/x.tsv", "amazon:US"),
    ("reports/Amazon-us/old/x.tsv", "amazon:US"),
    ("amazon-DE/amazon-UK/x.tsv", "amazon:UK"),
    ("reports/shopify-main/x.csv", "shopify:main"),
    ("reports/amazon-US-brandB/x.csv", "amazon:US-brandB"),
    ("reports/amazon-US.tsv", ""),
    ("reports/my-amazon-US/x.tsv", ""),
])  # fmt: skip
def test_a_folder_names_a_channel_the_nearest_one_wins(path: str, channel: str) -> None:
    assert folder_channel(Path("/data") / path) == channel


@pytest.mark.parametrize(("name", "days"), [
    ("all-2026-11-20.tsv", [date(2026, 11, 20)]),
    ("all_20261120.tsv", [date(2026, 11, 20)]),
    ("All+Listings+Report_11-20-2026.txt", [date(2026, 11, 20)]),
    ("BusinessReport-11-9-26.csv", [date(2026, 11, 9)]),
    ("st_2026-11-01_2026-11-07.json", [date(2026, 11, 1), date(2026, 11, 7)]),
    ("1234567890123456.tsv", []),
    ("report-2026-13-45.tsv", []),
    ("sku-12-34-56.tsv", []),
])  # fmt: skip
def test_a_file_name_tells_its_days(name: str, days: list[date]) -> None:
    assert days_in_name(name, day_first=False) == days


def test_short_days_in_a_name_are_written_as_the_marketplace_does() -> None:
    assert days_in_name("BusinessReport-09-11-26.csv", day_first=True) == [date(2026, 11, 9)]


def test_one_day_in_a_name_is_the_export_two_are_a_range_and_the_command_overrules() -> None:
    assert stated_days("a-2026-11-20.tsv", Stated(), day_first=False) == Stated(D20)
    assert stated_days("a-2026-11-18_2026-11-20.tsv", Stated(), day_first=False) == Stated(None, D18, D20)
    assert stated_days("a-2026-11-20.tsv", Stated(D21), day_first=False) == Stated(D21)
    assert stated_days("a-2026-11-20.tsv", Stated(None, D18, D19), day_first=False) == Stated(None, D18, D19)


def morning(
    *, said: date | None = None, inside: date | None = None, modified: datetime = NOW, pinned: bool = False
) -> date:
    return snapshot_day("f", Stated(said), inside, US, modified=modified, now=NOW, pinned=pinned)


def test_the_day_of_export_and_the_day_inside_must_agree() -> None:
    assert morning(said=D20, inside=D20) == morning(said=D20) == morning(inside=D20, pinned=True) == D20
    with pytest.raises(BadDays, match="2026-11-21 but says inside that it is of 2026-11-20"):
        morning(said=D21, inside=D20)


def test_the_files_own_age_is_believed_only_under_a_clock_that_runs() -> None:
    assert morning(modified=NOW - timedelta(days=2)) == D20
    assert morning(modified=datetime.fromisoformat("2026-11-20 05:00:00")) == D19  # still the 19th in Los Angeles
    with pytest.raises(BadDays, match=r"clock is pinned.*Say --day"):
        morning(modified=NOW - timedelta(days=2), pinned=True)
    with pytest.raises(BadDays, match=r"own time lies ahead.*Say --day"):
        morning(modified=NOW + timedelta(hours=1))


def test_a_snapshot_of_tomorrow_is_refused() -> None:
    assert morning(said=TODAY + timedelta(days=1)) == TODAY + timedelta(days=1)  # it is tomorrow there already
    with pytest.raises(BadDays, match="lies ahead"):
        morning(said=TODAY + timedelta(days=2))


def test_an_export_before_its_own_content_is_refused() -> None:
    for kind in ("event", "period"):
        with pytest.raises(BadDays, match="exported on 2026-11-19 but holds 2026-11-20"):
            known_after(kind, "f", Stated(D19), D20, US, now=NOW)
        with pytest.raises(BadDays, match="lies ahead"):
            known_after(kind, "f", Stated(), TODAY + timedelta(days=2), US, now=NOW)


def test_orders_are_known_on_their_day_of_export_and_periods_when_they_are_over() -> None:
    def known(kind: str, said: date | None, last: date) -> datetime:
        return known_after(kind, "f", Stated(said), last, US, now=NOW)

    assert known("event", D21, D21) == day_start(D21, US.zone)
    assert known("event", D21, D19) == known("period", D21, D19) == day_start(D21, US.zone)
    assert known("event", None, D19) == known("period", None, D19) == day_start(D20, US.zone)
    assert known("period", D19, D19) == day_start(D20, US.zone)
    assert known("event", None, TODAY) == NOW  # a file cannot be known later than it landed
    assert known("period", TODAY, TODAY) == NOW


def test_a_list_that_lost_more_than_a_fifth_is_partial_and_exceptions_may_be_mended() -> None:
    def odd(*, everything: bool = True, before: int = 100, absent: int = 0, rows: int = 100, rejected: int = 0) -> str:
        return completeness(lists_everything=everything, before=before, absent=absent, rows=rows, rejected=rejected)[1]

    assert odd(absent=20, rows=80) == ""
    assert odd(absent=21, rows=79) == "21 of the 100 rows of the delivery before are missing"
    assert odd(absent=21, rows=500) != ""  # as many new ones do not make up for them
    assert odd(everything=False, before=19, absent=19, rows=0) == ""
    assert odd(everything=False, before=20, absent=20, rows=0) != ""
    assert odd(rows=95, rejected=5) == ""
    assert odd(rows=94, rejected=6) == "6 of 100 rows could not be read"


def covers(
    purchased: tuple[date, date],
    updated: tuple[date, date],
    *,
    stated: Stated | None = None,
    exported: date = TODAY,
    lines: int = 4,
) -> tuple[date, date] | None:
    return covered_by_events(purchased, updated, stated or Stated(), exported, lines=lines)


def test_an_order_file_covers_whole_days_only() -> None:
    assert covers((D18, D21), (D18, D21)) == (D18, D21)
    assert covers((D18, D21), (D18, D21), exported=D21) == (D18, D20)  # the day of export is not over
    assert covers((D21, D21), (D21, D21), exported=D21) is None


def test_old_orders_that_changed_do_not_cover_the_days_they_were_made() -> None:
    october = date(2026, 10, 1)
    assert covers((october, D21), (D19, D21)) == (D19, D21)


def test_a_short_silence_is_days_without_sales_and_a_long_one_the_end_of_the_export() -> None:
    assert covers((D18, D19), (D18, D21), lines=2) == (D18, D21)
    assert covers((D18, D19), (D18, D21), lines=200) == (D18, D19)


def test_a_range_somebody_states_is_what_the_file_covers() -> None:
    assert covers((D19, D19), (D19, D19), stated=Stated(None, D18, D21), lines=1) == (D18, D21)


def test_a_folder_of_history_loads_as_it_happened() -> None:
    names = ["b-2026-11-02.tsv", "a-2026-11-03.tsv", "z.tsv", "c-20261101.tsv"]
    assert [p.name for p in first_files_first(map(Path, names))] == ["z.tsv", "c-20261101.tsv", *names[:2]]
