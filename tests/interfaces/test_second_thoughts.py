"""What people do next: take back, look ahead by mistake, write down, and run the demo from inside it."""

from __future__ import annotations

import json

from opswheel.interfaces.cli import obey

from .sample import number_of


def test_a_reopened_issue_nobody_claimed_can_be_claimed_by_another_after_a_sentence(own):
    number = str(number_of(own, "KET-12-RED"))
    own("close", number, "--resolution", "fixed", "--root-cause", "unknown", "--minutes", "5")
    own("reopen", number)
    status, _, err = own("claim", number, "--by", "bob")
    assert (status, "is at work on issue" in err) == (2, True)


def test_taking_back_not_meant_to_sell_takes_back_what_was_said_of_the_listing(own):
    number = str(number_of(own, "KET-12-RED"))
    own("close", number, "--resolution", "not_meant_to_sell")
    own("reopen", number)
    own("run")
    assert str(number_of(own, "KET-12-RED")) == number
    assert json.loads(own("whynot", "KET-12-RED", "--json")[1])["verdict"] != "not_meant_to_sell"


def test_a_run_of_a_time_to_come_is_refused_because_every_later_run_would_lie_before_it(own):
    status, out, err = own("run", "--as-of", "2027-01-01")
    assert (status, out) == (2, "")
    assert "is still to come" in err
    assert own("run", "--as-of", "2026-11-22")[0] == 0  # today: now
    assert "2026-11-22T16:00:00Z" in own("queue")[1]


def test_notes_can_be_read_where_the_work_is_explained(own):
    number = str(number_of(own, "KET-12-RED"))
    own("note", number, "appeal sent, case 9983")
    assert "appeal sent, case 9983" in own("why", number)[1]
    assert own("note", number, " ")[0] == 2
    assert own("assign", number, "--to", "")[0] == 2


def test_the_footer_speaks_of_the_whole_queue_only_under_the_whole_queue(own):
    assert "Held back:" in own("queue")[1]
    assert "Held back:" not in own("queue", "--tier", "1")[1]
    out = own("run")[1]
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
