"""What people do next: take back, look ahead by mistake, write down, and run the demo from inside it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from opswheel.interfaces.cli import obey

SHOP = Path(__file__).parents[2] / "examples" / "mug_shop"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shop") / "shop"
    folder.mkdir()
    shutil.copy(SHOP / "opswheel.toml", folder)
    for words in (["load", str(SHOP / "reports")], ["run"]):
        assert obey(["--workspace", str(folder), *words]) == 0
    return folder


@pytest.fixture
def shop(made, tmp_path, capsys):
    folder = tmp_path / "shop"
    shutil.copytree(made, folder)

    def say(*words):
        capsys.readouterr()
        status = obey(["--workspace", str(folder), *words])
        told = capsys.readouterr()
        return status, told.out, told.err

    return say


def number_of(shop, sku):
    rows = json.loads(shop("queue", "--limit", "100", "--json")[1])["issues"]
    return str(next(r["id"] for r in rows if r["sku"] == sku))


def test_a_reopened_issue_nobody_claimed_can_be_claimed_by_another_after_a_sentence(shop):
    number = number_of(shop, "KET-12-RED")
    shop("close", number, "--resolution", "fixed", "--root-cause", "unknown", "--minutes", "5")
    shop("reopen", number)
    status, _, err = shop("claim", number, "--by", "bob")
    assert (status, "is at work on issue" in err) == (2, True)


def test_taking_back_not_meant_to_sell_takes_back_what_was_said_of_the_listing(shop):
    number = number_of(shop, "KET-12-RED")
    shop("close", number, "--resolution", "not_meant_to_sell")
    shop("reopen", number)
    shop("run")
    assert number_of(shop, "KET-12-RED") == number
    assert json.loads(shop("whynot", "KET-12-RED", "--json")[1])["verdict"] != "not_meant_to_sell"


def test_a_run_of_a_time_to_come_is_refused_because_every_later_run_would_lie_before_it(shop):
    status, out, err = shop("run", "--as-of", "2027-01-01")
    assert (status, out) == (2, "")
    assert "is still to come" in err
    assert shop("run", "--as-of", "2026-11-22")[0] == 0  # today: now
    assert "2026-11-22T16:00:00Z" in shop("queue")[1]


def test_notes_can_be_read_where_the_work_is_explained(shop):
    number = number_of(shop, "KET-12-RED")
    shop("note", number, "appeal sent, case 9983")
    assert "appeal sent, case 9983" in shop("why", number)[1]
    assert shop("note", number, " ")[0] == 2
    assert shop("assign", number, "--to", "")[0] == 2


def test_the_footer_speaks_of_the_whole_queue_only_under_the_whole_queue(shop):
    assert "Held back:" in shop("queue")[1]
    assert "Held back:" not in shop("queue", "--tier", "1")[1]
    out = shop("run")[1]
    assert "of margin given away (lane Stop selling?)" in out


def test_a_demo_is_not_deleted_under_the_feet_of_who_stands_in_it(tmp_path, monkeypatch, capsys):
    folder = tmp_path / "demo"
    folder.mkdir()
    (folder / ".opswheel-demo").touch()
    (folder / "mine.txt").write_text("keep")
    monkeypatch.chdir(folder)
    assert obey(["demo", "."]) == 2
    assert "You are inside this demo" in capsys.readouterr().err
    assert (folder / "mine.txt").exists()
