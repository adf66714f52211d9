"""What a team says on the command line, and what it is told."""

from __future__ import annotations

import pytest

from .sample import number_of


@pytest.fixture
def kettle(own):
    return str(number_of(own, "KET-17-ASH"))


def test_the_queue_tells_what_was_put_aside_and_what_nobody_owns(own, kettle):
    whole = own.json("queue", "--limit", "100")
    assert (
        own.json("snooze", kettle, "--why", "launch", "--until", "2026-11-24", "--until-lost", "$1,500")["snoozed"][
            "until_lost"
        ]
        == 1500.0
    )
    found = own.json("queue", "--limit", "100")
    assert (found["total"], found["snoozed"]["n"]) == (whole["total"] - 1, 1)
    assert "1 issue is put aside, losing $256 a day" in own("queue")[1]
    (row,) = own.json("queue", "--snoozed")["issues"]
    assert (row["id"], row["snoozed"]["why"]) == (int(kettle), "launch")
    assert "Put aside by" in own("why", kettle)[1]
    own.json("wake", kettle)
    assert own.json("queue", "--limit", "100")["total"] == whole["total"]
    (own.folder / "opswheel.toml").write_text((own.folder / "opswheel.toml").read_text().split("[[routes]]")[0])
    own.json("run")
    assert "Alarm:" in own("queue")[1]
    assert own.json("queue")["unowned"] == own.json("run")["unowned"] > 10


def test_a_pin_stands_on_top_of_the_page_and_says_by_whom(own):
    last = own.json("queue", "--limit", "100")["issues"][-1]["id"]
    assert own.json("pin", str(last), "--why", "the brand asked", "--until", "2026-11-25")["pinned"]["why"]
    assert own.json("queue", "--limit", "3")["issues"][0]["id"] == last
    assert "Pinned" in own("queue", "--limit", "3")[1]
    own("unpin", str(last))
    assert own.json("queue", "--limit", "3")["issues"][0]["id"] != last


def test_acknowledged_claimed_and_overdue_in_their_turn(own, kettle, monkeypatch):
    told = own.json("ack", kettle)
    assert (told["sla_what"], told["acknowledged"]["until"]) == ("first_action", "2026-11-23T11:00:00Z")
    assert own.json("queue", "--breached")["total"] == 0
    monkeypatch.setenv("OPSWHEEL_NOW", "2026-11-23T11:30:00Z")
    late = own.json("queue", "--breached", "--limit", "100")
    assert int(kettle) in {r["id"] for r in late["issues"]} and all(r["breached"] for r in late["issues"])
    assert own.json("claim", kettle)["sla_what"] == "fix"
    assert int(kettle) not in {r["id"] for r in own.json("queue", "--breached", "--limit", "100")["issues"]}
    own.json("wait", kettle, "--on", "the supplier")
    assert own.json("why", kettle)["desk"]["waiting_on"] == "the supplier"


def test_routes_are_written_out_loaded_and_move_what_nobody_claimed(own, kettle, tmp_path):
    own.json("claim", kettle, "--by", "ines")
    path = tmp_path / "routes.csv"
    own.json("routes", "--output", str(path))
    path.write_text(path.read_text() + "olga,,,,,,,,\n")
    assert own.json("routes", "--load", str(path))["moved"] == []  # asked last, it changes nothing
    path.write_text("owner,channel\nolga,amazon:US\n")
    moved = own.json("routes", "--load", str(path))["moved"]
    assert int(kettle) not in {m["id"] for m in moved}
    assert {(m["from"], m["to"]) for m in moved} == {("ines", "olga")} and len(moved) > 10
    assert own.json("routes", "--away", "olga", "--to", "2026-11-30")["moved"][0]["to"] == "ines"
    assert own.json("routes")["routes"][0]["away_until"] == "2026-11-30"
    assert own.json("routes", "--back", "olga")["away"] == []
    assert own("routes")[0] == 0


def test_a_case_from_opening_to_its_log(own, kettle, tmp_path):
    case = own.json("cases", "open", kettle, "--type", "suppression_appeal", "--id", "777")
    assert (case["whose_move"], own.json("why", kettle)["desk"]["waiting_on"]) == ("them", "the marketplace")
    log = tmp_path / "cases.csv"
    log.write_text("external_id,channel,status,last_from,last_at\n777,amazon:US,open,them,2026-11-22T15:00Z\n")
    assert own.json("cases", "load", str(log))["unchanged"] == 1  # older than our own letter
    assert own.json("cases", "update", "1", "--from", "them", "--have", "what was corrected")["whose_move"] == "us"
    assert own.json("cases")["waiting_on_us"] == 1
    assert "1 case waits for our answer." in own("cases")[1]
    assert own.json("cases", "link", "1", str(number_of(own, "KET-12-RED")))["issues"] == sorted(
        [int(kettle), number_of(own, "KET-12-RED")]
    )
    assert own.json("cases", "update", "1", "--status", "closed", "--outcome", "reinstated")["whose_move"] is None
    assert own.json("cases")["cases"] == [] and len(own.json("cases", "--closed")["cases"]) == 1


def test_a_page_of_ones_own_is_copied_once_and_counts(own, kettle):
    assert own.json("playbook", "listing_suppressed")["path"] is None
    path = own.folder / "playbooks" / "listing_suppressed.md"
    assert own.json("playbook", "listing_suppressed", "--copy")["path"] == str(path)
    path.write_text("minutes: 3\n---\nAsk Karl.\n")
    assert own.json("why", kettle)["playbook"] == ["Ask Karl."]
    assert "is your own page already" in own.refused("playbook", "listing_suppressed", "--copy")
    path.write_text("minutes: three\n---\n")
    assert "cannot be used" in own.refused("why", kettle)


def test_the_cause_the_marketplace_names_is_suggested_and_never_assumed(own, kettle):
    assert own.json("why", kettle)["suggested_cause"]["root_cause"] == "image"
    assert "--root-cause image" in own("why", kettle)[1]
    assert own.refused("close", kettle, "--resolution", "fixed").startswith("A close needs a cause")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("snooze", "1"), "snooze needs --why"),
        (("snooze", "1", "--why", "x"), "Until when?"),
        (("snooze", "1", "--why", "x", "--until", "soon"), "--until 'soon' is no time. Write it like"),
        (("snooze", "1", "--why", "x", "--until-lost", "much"), "--until-lost 'much' is no amount."),
        (("snooze", "1", "--why", "x", "--until-condition", "1=1; DROP TABLE issues"), "is no condition. Write"),
        (("wake", "1"), "Issue 1 is not put aside."),
        (("pin", "1", "--why", "x", "--until", "2020-01-01"), "is past."),
        (("ack", "999"), "There is no issue 999."),
        (("close", "1", "--incident", "--resolution", "wont_fix"), "Issue 1 belongs to no incident."),
        (("claim", "1", "--incident"), "Issue 1 belongs to no incident."),
        (("routes", "--load", "none.csv"), "none.csv cannot be read."),
        (("routes", "--away", "ines"), "Until when are they away?"),
        (("routes", "--away", "ines", "--to", "2020-01-01"), "lies before"),
        (("routes", "--back", "ines"), "ines is not away."),
        (("routes", "--back", "ines", "--away", "tom"), "One thing at a time."),
        (("cases", "open", "1", "--type", "apeal"), "'apeal' is no type of case."),
        (("cases", "update", "9", "--from", "us"), "There is no case 9."),
        (("cases", "update", "9", "--from", "me"), "--from 'me' cannot be meant."),
        (("cases", "load", "none.csv"), "none.csv cannot be read."),
        (("playbook", "listing_supressed"), "Did you mean listing_suppressed?"),
        (("restore", "none.zip", "x"), "There is no file none.zip."),
        (("queue", "--incident", "one"), "incident"),
    ],
    ids=lambda v: " ".join(v) if isinstance(v, tuple) else "",
)
def test_a_wrong_word_gets_one_sentence(shop, words, sentence):
    assert sentence in shop.refused(*words)
