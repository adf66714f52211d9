"""Loading again, loading less, loading at once: nothing counts twice, and a short list is not believed at first."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from opswheel.storage.ledger import Ledger
from opswheel.visibility.readers.amazon_all_listings import AmazonAllListings
from opswheel.wheel.loading import FileResult, Said

from ..loading import ALL_LISTINGS, ORDERS_33, SUPPRESSED, Shop, tab, table

D18, D19, D20, D21 = (date(2026, 11, n) for n in (18, 19, 20, 21))


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def listings(count: int, *, first: int = 0, price: str = "1") -> str:
    rows = ({"seller-sku": f"S{n:03}", "price": price, "status": "Active"} for n in range(first, first + count))
    return table(ALL_LISTINGS, *rows)


def load(shop: Shop, day: date, content: str, **said: Any) -> FileResult:
    return shop.load_text(f"all-{day}-{len(content)}.tsv", content, channel="amazon:US", **said)


def current(shop: Shop) -> int:
    return len(shop.seen("listings_current", "sku"))


def test_loading_a_folder_twice_changes_nothing(shop: Shop) -> None:
    shop.put("amazon-US/all-2026-11-20.tsv", listings(3))
    shop.put("amazon-US/costs-2026-11-20.csv", "sku,unit_cost\nS001,1\n")
    assert {r.status for r in shop.load()} == {"loaded"}
    before = shop.files(), shop.deliveries("id", "version"), shop.covered()
    assert {r.status for r in shop.load()} == {"unchanged"}
    assert (shop.files(), shop.deliveries("id", "version"), shop.covered()) == before
    assert len(list(shop.lake.root.glob("*/*.parquet"))) == len(shop.files())


def test_the_same_file_for_another_channel_is_another_delivery(shop: Shop) -> None:
    for channel in ("amazon:US", "amazon:UK", "amazon:US"):
        shop.load_text("all.tsv", listings(3), channel=channel, day=D20)
    assert shop.deliveries("channel") == [("amazon:US",), ("amazon:UK",)]
    assert shop.load_text("all.tsv", listings(3), channel="amazon:US", day=D20, account="other").status == "loaded"


def test_a_renamed_or_packed_copy_is_the_same_delivery(shop: Shop) -> None:
    import gzip

    load(shop, D20, listings(3))
    again = shop.load_text("copy.tsv", listings(3), channel="amazon:US", day=D20)
    packed = shop.load_text("copy.tsv.gz", gzip.compress(listings(3).encode()), channel="amazon:US", day=D20)
    assert [again.status, packed.status] == ["unchanged", "unchanged"]


def test_a_list_that_lost_a_fifth_is_not_believed_until_a_second_one_agrees(shop: Shop) -> None:
    load(shop, D18, listings(100))
    short = load(shop, D19, listings(70))
    assert (short.status, short.rows) == ("loaded", 70)
    assert "30 of the 100 rows of the delivery before are missing" in short.notes[0]
    assert current(shop) == 100
    agrees = load(shop, D20, listings(70, price="2"))
    assert "agrees" in agrees.notes[0]
    assert current(shop) == 70
    # both count now: the rows were gone on the first of the two mornings already
    assert [complete is not None for (complete,) in shop.deliveries("complete_in")] == [True, True, True]
    assert shop.deliveries("partial", "share_absent") == [(False, 0.0), (True, 0.3), (True, 0.3)]


def test_a_second_short_list_of_other_rows_agrees_with_nothing(shop: Shop) -> None:
    load(shop, D18, listings(100))
    load(shop, D19, listings(70))
    other = load(shop, D20, listings(70, first=30))
    assert "looks partial" in other.notes[0]
    assert current(shop) == 100
    whole = load(shop, D21, listings(100, price="3"))
    assert whole.notes == []
    assert current(shop) == 100
    assert [done is not None for (done,) in shop.deliveries("complete_in")] == [True, False, False, True]


def test_a_short_list_before_a_whole_one_vouches_for_no_later_one(shop: Shop) -> None:
    load(shop, D18, listings(100))
    load(shop, D19, listings(70))
    load(shop, D20, listings(100, price="2"))
    later = load(shop, D21, listings(70, price="3"))
    assert "looks partial" in later.notes[0]
    assert current(shop) == 100


def test_a_fifth_less_is_still_a_list_and_growth_does_not_hide_a_loss(shop: Shop) -> None:
    load(shop, D18, listings(100))
    assert load(shop, D19, listings(80)).notes == []
    assert "looks partial" in load(shop, D20, listings(500, first=40)).notes[0]


def test_a_short_list_loaded_again_still_says_what_it_waits_for(shop: Shop) -> None:
    whole = load(shop, D18, listings(100))
    short = load(shop, D19, listings(70))
    again = load(shop, D19, listings(70))
    assert (again.status, again.notes) == ("unchanged", short.notes)
    assert "--accept" in again.notes[0]
    assert load(shop, D18, listings(100)).notes == whole.notes == []


def test_a_person_may_accept_a_short_list_at_once_or_later(shop: Shop) -> None:
    load(shop, D18, listings(100))
    load(shop, D19, listings(50))
    assert current(shop) == 100
    again = load(shop, D19, listings(50), accept=True)
    assert (again.status, again.notes) == ("unchanged", ["accepted: it counts now"])
    assert current(shop) == 50
    assert load(shop, D20, listings(20), accept=True).notes == []
    assert current(shop) == 20
    assert shop.deliveries("accepted_by") == [(None,), ("Ines",), ("Ines",)]


def test_a_short_second_export_of_the_same_morning_is_not_believed_either(shop: Shop) -> None:
    load(shop, D20, listings(100))
    assert "looks partial" in load(shop, D20, listings(40)).notes[0]
    assert current(shop) == 100


def test_a_few_bad_rows_do_not_keep_two_short_lists_from_agreeing(shop: Shop) -> None:
    load(shop, D18, listings(100))
    assert load(shop, D19, listings(70).replace("\t1\t", "\tone\t", 1)).rejected == 1
    assert "agrees" in load(shop, D20, listings(70, price="2").replace("\t2\t", "\ttwo\t", 1)).notes[0]
    assert current(shop) == 69


def test_two_lists_with_the_same_unreadable_rows_prove_nothing(shop: Shop) -> None:
    load(shop, D18, listings(100))
    broken = listings(100).replace("\t1\t", "\tone\t", 30)
    for day in (D19, D20):
        assert "30 of 100 rows could not be read" in load(shop, day, broken).notes[0]
    assert current(shop) == 100


def test_exceptions_that_were_mended_shorten_their_list_without_suspicion(shop: Shop) -> None:
    def held_back(count: int, day: date) -> FileResult:
        rows = [["Search Suppressed", "Missing", f"S{n}", "", "", "", "2026-11-01", ""] for n in range(count)]
        return shop.load_text(f"suppressed-{day}.tsv", tab(SUPPRESSED, rows), channel="amazon:US")

    assert [held_back(n, d).notes for n, d in ((15, D18), (1, D19), (0, D20))] == [[], [], []]
    held_back(40, date(2026, 11, 21))
    assert "looks partial" in held_back(5, date(2026, 11, 22)).notes[0]


def test_a_team_may_shorten_its_own_lists_as_it_likes(shop: Shop) -> None:
    for day, skus in ((D19, "ABCDEFGHIJ"), (D20, "A")):
        text = "sku,unit_cost\n" + "".join(f"{sku},1\n" for sku in skus)
        assert shop.load_text(f"costs-{day}.csv", text, channel="amazon:US").notes == []
    assert shop.seen("costs_current", "sku") == [("A",)]


def test_a_snapshot_of_another_channel_is_no_yardstick(shop: Shop) -> None:
    load(shop, D18, listings(100))
    assert shop.load_text("uk.tsv", listings(3), channel="amazon:UK", day=D19).notes == []


def test_threads_that_load_one_file_at_once_make_one_delivery(tmp_path: Path, ledger: Ledger) -> None:
    shop = Shop(tmp_path, ledger=ledger)
    path = shop.put("amazon-US/all-2026-11-20.tsv", listings(200))
    start, results = threading.Barrier(4), []

    def work() -> None:
        loader = shop.loader()
        start.wait()
        results.extend(loader.load([path], Said()))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(r.status for r in results) == ["loaded", "unchanged", "unchanged", "unchanged"]
    shop.assert_whole()
    assert len(list(shop.lake.root.glob("*/*.parquet"))) == 1


PROGRAM = """
import sys
from datetime import datetime
from pathlib import Path
from opswheel.core.clock import PinnedClock
from opswheel.core.settings import Settings
from opswheel.storage.lake import Lake
from opswheel.storage.ledger import Ledger
from opswheel.wheel.loading import Loader, Said
folder = Path(sys.argv[1])
ledger = Ledger(f"sqlite:///{folder / 'ledger.db'}")
loader = Loader(lake=Lake(folder / "lake"), ledger=ledger, rejects=folder / "rejects", settings=Settings(),
                clock=PinnedClock(datetime.fromisoformat("2026-11-22 16:00:00")), key="a key")
sys.stdin.readline()
print(*(r.status for r in loader.load([folder / "reports"], Said())))
"""


def test_processes_that_load_one_folder_at_once_make_one_delivery_of_each_file(shop: Shop) -> None:
    shop.put("amazon-US/all-2026-11-20.tsv", listings(50) + "\t\t\tBAD\tx" + "\t" * 24 + "\r\n")
    orders = [
        {
            "amazon-order-id": f"114-{n}",
            "purchase-date": "2026-11-18T20:00:00+00:00",
            "sku": f"S{n}",
            "sales-channel": ("Amazon.de", "Amazon.fr")[n % 2],
            "quantity": "1",
        }
        for n in range(6)
    ]
    shop.put("orders-2026-11-20.tsv", table(ORDERS_33, *orders))
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(shop.folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("\n")
        worker.stdin.flush()
    told = [worker.communicate(timeout=120)[0].split() for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 0, 0]
    assert sorted(s for statuses in told for s in statuses) == ["loaded"] * 3 + ["unchanged"] * 6
    shop.assert_whole()
    assert len(shop.deliveries("id")) == 3


def test_a_file_of_several_channels_becomes_visible_in_one_step(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "sku,unit_cost,channel\n" + "".join(f"A,1,amazon:{c}\n" for c in ("US", "UK", "DE"))
    path = shop.put("costs.csv", text)
    results = shop.load(path, day=D20)
    assert len({version for (version,) in shop.deliveries("version")}) == 1
    assert [r.status for r in results] == ["loaded"] * 3


def test_a_load_that_dies_before_its_commit_leaves_nothing_visible_and_its_rejects_first(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = shop.put("amazon-US/all-2026-11-20.tsv", table(ALL_LISTINGS, *BAD_AND_GOOD))

    class Stopped(BaseException):
        pass

    def die(*_: object, **__: object) -> int:
        assert shop.rejects() == [("3", "price", "x", "cannot be read")]
        raise Stopped

    with monkeypatch.context() as patch:
        patch.setattr("opswheel.wheel.loading.commit", die)
        with pytest.raises(Stopped):
            shop.load(path)
    assert (shop.files(), shop.deliveries("id")) == ([], [])
    assert [(r.status, r.rows) for r in shop.load(path)] == [("loaded", 1)]
    assert shop.rejects() == [("3", "price", "x", "cannot be read")]
    shop.assert_whole()
    with shop.ledger.read() as connection:
        assert shop.lake.remove_orphans(connection) == 0  # the orphan is not a day old yet
        assert shop.lake.remove_orphans(connection, now=4e9) == 1
    shop.assert_whole()


BAD_AND_GOOD = (
    {"seller-sku": "A", "status": "Active", "price": "1"},
    {"seller-sku": "B", "status": "Active", "price": "x"},
)


def test_a_killed_load_leaves_no_copy_of_a_report_for_long(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    killed, running = tmp_path / "opswheel-load-killed", tmp_path / "opswheel-load-running"
    for folder in (killed, running):
        (folder / "file").mkdir(parents=True)
        (folder / "file" / "orders.utf8").write_text("buyer-name\nAda\n")
    long_ago = running.stat().st_mtime - 25 * 3600
    os.utime(killed, (long_ago, long_ago))
    shop.put("amazon-US/a.tsv", listings(2))
    assert [r.status for r in shop.load(day=D20)] == ["loaded"]
    assert [p.name for p in tmp_path.glob("opswheel-load-*")] == ["opswheel-load-running"]


def test_what_opswheel_wrote_itself_is_not_loaded_as_a_report(shop: Shop) -> None:
    shop.put("amazon-US/all-2026-11-20.tsv", table(ALL_LISTINGS, *BAD_AND_GOOD))
    shop.load()
    again = shop.load(shop.folder)
    assert {Path(r.path).name for r in again} <= {"all-2026-11-20.tsv", "ledger.db", "ledger.db-wal", "ledger.db-shm"}


def test_a_reader_that_learned_something_reads_its_files_again_and_nothing_counts_twice(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = shop.put("amazon-US/all-2026-11-20.tsv", listings(3))
    shop.load(path)
    monkeypatch.setattr(AmazonAllListings, "version", "2")
    assert [r.status for r in shop.load(path)] == ["loaded"]
    assert [r.status for r in shop.load(path)] == ["unchanged"]
    assert shop.deliveries("reader_version") == [("1",), ("2",)]
    assert current(shop) == 3
