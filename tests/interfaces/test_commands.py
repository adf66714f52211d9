"""Every command on the sample shop: the keys it promises, its exit status, and what a wrong word is answered."""

from __future__ import annotations

import json
import math
import os
import re

import pytest

from opswheel.interfaces.cli import COMMANDS, obey

from .sample import SHOP, Shop, number_of

MONEY = {"mean", "p10", "p50", "p90", "currency"}
ROW = set(
    "id rank lane kind subject members account channel sku item_id title tier state owner onset detected_at"
    " exposure_per_day revenue_at_risk avoidable lost_to_date deadline_at score sla_due repeat_of inhibited_by".split()
)


def test_the_queue_has_the_keys_it_promises(shop):
    found = shop.json("queue")
    assert {"total", "more", "issues"} <= found.keys()
    assert (found["total"], found["more"]) == (len(found["issues"]), False)
    for row in found["issues"]:
        assert row.keys() >= ROW
        assert row["subject"].keys() == {"type", "key"}
        for name in ("exposure_per_day", "revenue_at_risk", "avoidable"):
            assert row[name].keys() >= MONEY
    positions = [r["rank"] for r in found["issues"] if r["rank"] is not None]
    assert positions == list(range(1, len(positions) + 1))


@pytest.mark.parametrize(
    ("words", "keep"),
    [
        (("--lane", "watch"), lambda r: r["lane"] == "watch"),
        (("--owner", "ines"), lambda r: r["owner"] == "ines"),
        (("--kind", "out_of_stock"), lambda r: r["kind"] == "out_of_stock"),
        (("--account", "main"), lambda r: r["account"] == "main"),
        (("--channel", "amazon:UK"), lambda r: r["channel"] == "amazon:UK"),
        (("--tier", "1"), lambda r: r["tier"] == 1),
        (("--state", "assigned"), lambda r: r["state"] == "assigned"),
        (("--owner", "ines", "--tier", "3"), lambda r: (r["owner"], r["tier"]) == ("ines", 3)),
        (("--state", "fixed"), lambda r: False),
    ],
    ids=lambda v: " ".join(v) if isinstance(v, tuple) else "",
)
def test_a_filter_shows_exactly_the_rows_it_names_in_the_order_of_the_whole(shop, words, keep):
    whole = shop.json("queue", "--limit", "100")["issues"]
    found = shop.json("queue", *words, "--limit", "100")
    assert [r["id"] for r in found["issues"]] == [r["id"] for r in whole if keep(r)]
    assert found["total"] == len(found["issues"])


@pytest.mark.parametrize("rule", ["revenue_at_risk", "value_per_hour", "exposure_per_hour"])
def test_another_ranking_rule_orders_by_its_own_score(shop, rule):
    found = shop.json("queue", "--rule", rule, "--limit", "100")
    scores = [r["score"] for r in found["issues"]]
    assert scores == sorted(scores, reverse=True) and len(set(scores)) > 5


def test_a_short_page_tells_how_many_there_are(shop):
    found = shop.json("queue", "--limit", "3")
    assert len(found["issues"]) == 3 < found["total"]
    assert f"3 of {found['total']} issues" in shop("queue", "--limit", "3")[1]


@pytest.mark.parametrize("rule", ["revenue_at_risk", "value_per_hour", "exposure_per_hour"])
def test_the_parts_of_why_multiply_to_the_score_of_every_issue(shop, rule):
    every = 1 if rule == "revenue_at_risk" else 4
    for row in shop.json("queue", "--rule", rule, "--limit", "100")["issues"][::every]:
        found = shop.json("why", str(row["id"]), "--rule", rule)
        assert found.keys() >= {"id", "score", "parts", "threshold", "evidence", "explanation"}
        assert all(p.keys() >= {"name", "value", "unit", "source"} for p in found["parts"])
        assert math.prod(p["value"] for p in found["parts"]) == pytest.approx(found["score"], rel=1e-5, abs=1e-9)
        assert found["score"] == row["score"]
        assert found["explanation"] and found["root_causes"]


def test_why_reads_like_a_page(shop):
    status, out, _ = shop("why", str(number_of(shop, "KET-17-ASH")))
    assert status == 0
    for words in (
        "Why this rank:",
        "The money behind it:",
        "Why am I seeing this?",
        "What to do (",
        "Next: opswheel claim",
    ):
        assert words in out


@pytest.mark.parametrize(
    ("sku", "channel", "verdict"),
    [
        ("KET-17-ASH", "amazon:US", "in_queue"),
        ("KET-17-ASH", "amazon:UK", "healthy"),
        ("KET-12-ASH", "amazon:US", "healthy"),
        ("MUG-11-FAIR", "amazon:US", "dead"),
        ("MUG-13-WED", "amazon:US", "unknown"),
        ("CUP-03-ESP", "amazon:US", "not_meant_to_sell"),
    ],
)
def test_whynot_tells_the_reason_with_numbers(shop, sku, channel, verdict):
    found = shop.json("whynot", sku, "--channel", channel)
    assert found["verdict"] == verdict
    assert {"state", "stock", "pace", "intent"} <= {c["name"] for c in found["checks"]}
    assert all(c.keys() >= {"name", "result", "words"} for c in found["checks"])
    assert shop("whynot", sku)[0] == 0


def test_a_run_tells_what_it_promises(own):
    found = own.json("run")
    assert found.keys() >= set(
        "as_of seconds detectors issues revenue_at_risk avoidable blind withheld late_rows".split()
    )
    assert found["issues"].keys() >= {"opened", "updated", "reopened", "verified", "open"}
    assert all(d.keys() >= {"kind", "signals", "seconds", "error"} for d in found["detectors"])
    assert all(w.keys() >= {"reason", "n", "revenue_at_risk"} for w in found["withheld"])
    assert found["revenue_at_risk"].keys() == MONEY


def test_loading_tells_what_became_of_each_file_and_two_if_any_was_refused(own, tmp_path):
    (tmp_path / "photo.csv").write_text("when,what\n2026-11-20,a photo\n")
    again = SHOP / "reports" / "team"
    found = own.json("load", str(again), str(tmp_path / "photo.csv"), status=2)
    keys = set("path report table channel rows rejected days status error".split())
    assert all(f.keys() >= keys for f in found["files"])
    told = {f["status"] for f in found["files"] if "photo" not in f["path"]}
    (refused,) = [f for f in found["files"] if "photo" in f["path"]]
    assert (told, refused["status"], refused["code"]) == ({"unchanged"}, "refused", "unknown_layout")
    assert own("load", str(again))[0] == 0


def test_match_puts_ours_beside_theirs(own):
    found = own.json("match", "--channel", "amazon:UK", "--units", "1000", "--sales", "1")
    (one,) = found["channels"]
    assert one.keys() >= {"channel", "ours", "theirs", "agreement"}
    assert one["ours"].keys() >= {"units", "sales", "live", "inactive", "suppressed", "stock_units", "unmapped_skus"}
    assert one["theirs"] == {"units": 1000, "sales": {"minor": 100, "currency": "GBP"}}
    assert 0 < one["agreement"] < 0.1
    assert "match with the marketplace's figures:" in own("queue")[1]
    assert "amazon:UK" in own.json("queue")["match"]


def test_an_issue_goes_through_its_life_on_the_command_line(own):
    number = str(number_of(own, "KET-12-RED"))
    assert own.json("claim", number)["state"] == "in_progress"
    assert own.json("assign", number, "--to", "tom")["owner"] == "tom"
    assert own.json("note", number, "asked the brand team")["events"][-1]["event"] == "noted"
    closed = own.json("close", number, "--resolution", "fixed", "--root-cause", "unknown", "--minutes", "12")
    assert (closed["state"], closed["outcome"]["minutes"], closed["outcome"]["booked_at"]) == ("fixed", 12.0, None)
    assert closed["outcome"]["cleared"] > 1000
    assert number not in {str(r["id"]) for r in own.json("queue")["issues"]}
    assert own.json("reopen", number)["state"] == "in_progress"


def test_what_has_ended_can_be_looked_up_by_its_state(own):
    number = number_of(own, "KET-17-ASH")
    assert own.json("queue", "--state", "closed")["total"] == 0
    own.json("close", str(number), "--resolution", "false_alarm", "--why", "expected")
    for _ in range(2):  # right after the close, and after a run that no longer ranks it
        found = own.json("queue", "--state", "closed")
        assert [(i["id"], i["state"], i["rank"]) for i in found["issues"]] == [(number, "closed", None)]
        assert own.json("queue", "--state", "closed", "--channel", "amazon:UK")["total"] == 0
        own.json("run")
    assert number not in {i["id"] for i in own.json("queue")["issues"]}


def test_closing_without_what_the_next_turn_learns_from_is_refused_with_what_to_say(own):
    number = str(number_of(own, "KET-17-ASH"))
    other = str(number_of(own, "KET-12-RED"))
    for words, sentence in (
        (("--resolution", "fixed"), "A close needs a cause"),
        (("--resolution", "fixed", "--root-cause", "unknown"), "How many minutes of work was it?"),
        (("--resolution", "fixed", "--root-cause", "unknwn", "--minutes", "5"), "'unknwn' is no root cause. Did you"),
        (("--resolution", "wont_fix"), "A close needs a cause"),
        (("--resolution", "accepted_risk", "--root-cause", "unknown", "--minutes", "1"), "Until when is the risk"),
        (("--resolution", "false_alarm"), "Why was it a false alarm? --why one of: cut_too_tight"),
        (("--resolution", "false_alarm", "--why", "because"), "Why was it a false alarm?"),
        (("--resolution", "duplicate"), "Of which issue is it a duplicate? Say --of ISSUE."),
        (("--resolution", "duplicate", "--of", "999"), "There is no issue 999."),
        (("--resolution", "solved"), "'solved' is no resolution."),
        (("--resolution", "self_healed"), "Only a run can say that a problem healed by itself."),
        (("--resolution", "fixed", "--until", "soon"), "--until 'soon' is no day."),
    ):  # fmt: skip
        assert own.refused("close", number, *words).startswith(sentence), words
    assert own.json("why", number)["id"] == int(number)  # nothing was closed
    assert own.json("close", other, "--resolution", "duplicate", "--of", number)["resolution"] == "duplicate"
    assert own.refused("close", other, "--resolution", "duplicate", "--of", number).startswith(
        f"Issue {other} is closed already"
    )


def test_several_issues_at_once_and_one_refusal_does_not_stop_the_others(own):
    a, b = (str(number_of(own, s)) for s in ("KET-17-ASH", "KET-12-RED"))
    found = own.json("claim", a, "999", b, status=2)
    assert [i["id"] for i in found["issues"]] == [int(a), int(b)]
    assert [(r["id"], r["code"]) for r in found["refused"]] == [(999, "not_found")]


def test_the_intent_of_unsettled_listings_is_asked_once_and_settled(own, tmp_path):
    found = own.json("intent", "-o", str(tmp_path / "intent.csv"))
    assert {r["sku"] for r in found["listings"]} >= {"MUG-13-WED", "CAN-SET3-OAK", "KET-15-TIN"}
    text = (tmp_path / "intent.csv").read_text()
    assert text.startswith("sku,channel,intent,from,to,")
    assert "CUP-03-ESP,amazon:US,discontinued," in text  # a new list replaces the old one: it must not be lost
    assert own.json("intent", "--set", "discontinued", "--sku", "MUG-13-WED", "--sku", "CAN-SET3-OAK")["settled"] == 2
    own.json("run")
    assert "unknown_intent" not in {r["kind"] for r in own.json("queue")["issues"]}
    assert own.json("whynot", "MUG-13-WED")["verdict"] == "not_meant_to_sell"
    assert own.refused("intent", "--set", "maybe").startswith("'maybe' is no intent to set.")


def test_compacting_and_making_a_workspace_answer_in_json(own, tmp_path, capsys):
    assert own.json("compact").keys() == {"merged_files", "new_files", "deleted_files"}
    capsys.readouterr()
    assert obey(["init", str(tmp_path / "new"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"workspace": str(tmp_path / "new")}
    assert obey(["init", str(tmp_path / "new")]) == 2
    assert "is a workspace already. Load reports into it" in capsys.readouterr().err
    empty = Shop(tmp_path / "new", capsys)
    assert empty.json("queue")["issues"] == []
    assert "No run yet. Load reports, then: opswheel run" in empty("queue")[1]
    assert empty.refused("whynot", "MUG") == "There is no run yet. Load reports, then: opswheel run."
    assert empty.json("run")["issues"]["open"] == 0  # a run over nothing is no error
    assert "Nothing here" in empty("queue")[1]


def test_the_catalogues_list_every_rule_and_reader(shop):
    rules, readers = shop.json("detectors"), shop.json("readers")
    assert all(r.keys() >= {"kind", "summary", "reads", "thresholds"} for r in rules)
    assert {"listing_suppressed", "out_of_stock", "price_too_low", "featured_offer_lost"} <= {r["kind"] for r in rules}
    assert len({r["report"] for r in readers}) == len(readers) > 15
    for name in ("detectors", "readers"):
        assert shop(name)[0] == 0


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("quueue",), "quueue"),
        (("queue", "--colour", "red"), "--colour"),
        (("queue", "--lane", "fast"), "'fast' is no lane. One of: stop_selling, deadlines"),
        (("queue", "--state", "open"), "'open' is no state. One of: new, assigned"),
        (("queue", "--rule", "loudest"), "'loudest' is no ranking rule."),
        (("queue", "--limit", "0"), "--limit 0 cannot be shown."),
        (("queue", "--tier", "one"), "tier"),
        (("queue", "--as-of", "yesterday"), "--as-of 'yesterday' is no time. Write it like 2026-11-20"),
        (("queue", "--as-of", "2026-01-01"), "No run speaks of 2026-01-02T00:00:00Z or before."),
        (("run", "--as-of", "2026-01-01"), "No run speaks of 2026-01-02T00:00:00Z or before. Say --hindsight"),
        (("run", "--engine", "abacus"), "There is no engine 'abacus'."),
        (("why", "999"), "There is no issue 999. `opswheel queue` lists the issues with their numbers."),
        (("why", "one"), "one"),
        (("why",), "ISSUE requires an argument"),
        (("why", "1", "--rule", "loudest"), "'loudest' is no ranking rule."),
        (("claim", "999"), "There is no issue 999."),
        (("close", "1"), "resolution"),
        (("whynot", "NO-SUCH-SKU"), "No loaded report names the SKU 'NO-SUCH-SKU'."),
        (("whynot", "KET-17-ASH", "--channel", "amazon:FR"), "names the SKU 'KET-17-ASH' on amazon:FR."),
        (("match", "--period", "October"), "--period 'October' is no period."),
        (("match", "--channel", "amazon:FR"), "Nothing is loaded of amazon:FR."),
        (("load", "x", "--from", "2026-11-01"), "A range has two ends."),
        (("load", "x", "--account", "a|b"), "'a|b' cannot name an account."),
        (("load", "x", "--day", "soon"), "--day 'soon' is no day."),
    ],
    ids=lambda v: " ".join(v) if isinstance(v, tuple) else "",
)  # fmt: skip
def test_a_wrong_word_gets_one_sentence_that_says_what_to_type_instead(shop, words, sentence):
    assert sentence in shop.refused(*words)


def test_without_a_workspace_every_command_says_how_to_make_one(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for words in (["queue"], ["run"], ["--workspace", str(tmp_path), "why", "1"]):
        assert obey(words) == 2
        assert "Make one: opswheel init" in capsys.readouterr().err
    assert obey(["queue", "--workspace"]) == 2
    assert "--workspace needs a folder." in capsys.readouterr().err


def test_the_environment_names_a_workspace_too(made, capsys, monkeypatch):
    monkeypatch.setenv("OPSWHEEL_WORKSPACE", str(made))
    assert obey(["queue", "--json", "--limit", "1"]) == 0
    assert json.loads(capsys.readouterr().out)["total"] > 10


def test_help_lists_every_command_and_each_has_its_own(capsys):
    assert obey(["--help"]) == 0
    overview = capsys.readouterr().out
    for name, _, words in COMMANDS:
        assert re.search(rf"^  {name} +{re.escape(words)}$", overview, re.M)
        assert obey([name, "--help"]) == 0
        assert "Usage" in capsys.readouterr().out
    assert obey(["--version"]) == 0
    assert re.fullmatch(r"\d+\.\d+.*\n", capsys.readouterr().out)


def test_whynot_misses_a_report_the_settings_list_as_the_run_does(own):
    settings = own.folder / "opswheel.toml"
    listed = '\n[channels."amazon:UK"]\nreports = ["amazon_all_listings", "amazon_listings_items"]\n'
    settings.write_text(settings.read_text(encoding="utf-8") + listed, encoding="utf-8")
    missed = [b["report"] for b in own.json("run")["blind"]]
    abroad = own.json("whynot", "KET-17-ASH", "--channel", "amazon:UK")
    home = own.json("whynot", "KET-12-ASH", "--channel", "amazon:US")
    assert missed == ["amazon_listings_items"]
    assert [c["name"] for c in abroad["checks"] if c["result"] == "blind"] == missed
    assert (abroad["verdict"], home["verdict"]) == ("blind", "healthy")


def test_a_missing_rate_withholds_the_channel_names_it_and_ends_with_one(tmp_path, capsys):
    shop = Shop(tmp_path / "shop", capsys)
    assert obey(["init", str(shop.folder)]) == 0
    home = SHOP / "reports"
    reports = [home / "amazon-UK", home / "amazon-US" / "all-listings-2026-11-22.txt"]
    environment = dict(os.environ)
    os.environ["OPSWHEEL_NOW"] = "2026-11-22T16:00:00Z"
    try:
        text = (home / "amazon-UK" / "all-listings-2026-11-22.txt").read_text(encoding="cp1252")
        (tmp_path / "amazon-UK").mkdir()
        off = tmp_path / "amazon-UK" / "all-listings-2026-11-22.txt"
        off.write_text(text.replace("Active", "Inactive"), encoding="cp1252", newline="")
        assert (
            shop(
                "load",
                *map(str, [*reports[1:], off, *sorted(reports[0].glob("*orders*")), *sorted(reports[0].glob("fba*"))]),
            )[0]
            == 0
        )
        found = shop.json("run", status=1)
        assert found["missing_rates"] == {"amazon:UK": "GBP"}
        assert [(w["reason"], w["n"]) for w in found["withheld"] if w["reason"] == "missing_rate"] == [
            ("missing_rate", 4)
        ]
        assert "No exchange rate for GBP: listings of amazon:UK are withheld. Load rates.csv." in shop("run")[1]
        assert {r["channel"] for r in shop.json("queue")["issues"]} <= {"amazon:US"}
        assert shop.json("whynot", "KET-17-ASH", "--channel", "amazon:UK")["verdict"] == "missing_rate"
        assert shop("load", *map(str, (home / "team").glob("*rates*")))[0] == 0
        assert shop.json("run")["missing_rates"] == {}
        down = {r["id"] for r in shop.json("queue")["issues"] if r["channel"] == "amazon:UK"}
        assert len(down) == 4
        os.environ["OPSWHEEL_NOW"] = "2026-12-05T16:00:00Z"  # the last rate is too old by now
        assert shop.json("run", status=1)["issues"]["self_healed"] == 0
        kept = [r for r in shop.json("queue")["issues"] if r["channel"] == "amazon:UK"]
        assert {r["id"] for r in kept} == down
        assert {r["why_lane"] for r in kept} == {"without an exchange rate for GBP it can neither be ranked nor closed"}
    finally:
        os.environ.clear()
        os.environ.update(environment)
