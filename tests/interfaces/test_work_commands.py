"""Notices, webhooks, jobs and forgetting on the command line: what a person reads, and what they must not."""

from __future__ import annotations

from io import StringIO

from .service.sinks import sink

MINE = '\n[webhooks]\nallow = ["127.0.0.1"]\nplain_http = true\n'


def test_a_team_sets_up_who_is_told_and_where_events_go_and_sees_that_it_works(own, monkeypatch):
    settings = own.folder / "opswheel.toml"
    with sink() as target:
        address = f"json://me:s3cret@{target.url.partition('//')[2]}/tom"
        monkeypatch.setattr("sys.stdin", StringIO(f"{address}\n"))
        _, said, _ = own("notices", "--set", "tom", "--url", "-", "--daily", "08:00", "--quiet", "19:00-07:00")
        assert said.startswith("tom: json://… (") and "a message a day at 08:00; quiet 19:00-07:00" in said
        assert "s3cret" not in said and "127.0.0.1" not in said
        status, said, _ = own("notices", "--test", "tom")
        assert status == 0 and said.endswith("): taken\n") and target.got[0][0] == "/tom"

        assert "everybody on the way can read" in own.refused("webhooks", "add", f"{target.url}/hook")
        settings.write_text(settings.read_text() + MINE)
        _, said, _ = own("webhooks", "add", f"{target.url}/hook/0123456789abc", "--events", "assigned,closed")
        assert "assigned, closed  (0 sent, 0 waiting, 0 dead)" in said and "Secret, shown only now: whsec_" in said
        assert own("webhooks", "test", "1")[0] == 0
        own("assign", "1", "--to", "tom", "--by", "ines")
        status, said, _ = own("jobs", "--work")
        assert (status, said.splitlines()[:2]) == (0, ["Did 1 job.", "0 waiting, 0 working, 1 done, 0 dead."])
        _, said, _ = own("webhooks", "deliveries")
        assert said.splitlines()[0] == "2  assigned, issue 1 v3: sent after 1 attempt"
        assert [path for path, _, _ in target.got] == ["/tom", "/hook/0123456789abc", "/hook/0123456789abc"]
    status, said, _ = own("webhooks", "test", "1")
    assert status == 1 and said.endswith("dead after 1 attempt; the connection failed\n")


def test_what_would_be_forgotten_is_told_first_and_then_it_is_gone(own):
    own("note", "1", "tom asked the supplier", "--by", "tom")
    _, said, _ = own("forget", "tom", "--dry-run")
    assert "Would change issue_events: 1 row" in said and "would become person-" in said
    _, said, _ = own("forget", "tom")
    assert "Changed issue_events: 1 row" in said and "Backups made before still hold it" in said
    assert "Nothing here bears 'tom'" in own.refused("forget", "tom")


def test_wrong_uses_are_one_sentence(own):
    assert "Say one of --set, --remove, --test and --wake" in own.refused("notices", "--set", "tom", "--test", "tom")
    assert "Whom is that about?" in own.refused("notices", "--daily", "08:00")
    assert "There is no webhook 7" in own.refused("webhooks", "remove", "7")
    assert "There is no delivery 7" in own.refused("webhooks", "retry", "7")
    assert "There is no job 7" in own.refused("jobs", "--retry", "7")
    assert "opswheel webhooks lists them" in own.refused("webhooks", "test", "3")


def test_a_lead_moves_a_cut_line_says_why_and_takes_it_back(own):
    line = "out_of_stock.min_loss_per_day"
    status, said, _ = own("thresholds", line, "1.5", "--why", "two dollars a day are nobody's morning", "--by", "ines")
    assert status == 0 and "min_loss_per_day: 1 → 1.5 from the next run on" in said
    number = said.split()[1].rstrip(":")
    assert own("rollback", number, "--why", "they are")[0] == 0
    assert "outside 0.25 to 4" in own.refused("thresholds", line, "90", "--why", "never")
    assert "needs its reason" in own.refused("thresholds", line, "1.5")
    assert "shall be what?" in own.refused("thresholds", line)
    assert "There is no such cut line" in own.refused("thresholds", "out_of_stock.min_los", "1.5", "--why", "x")
