"""A team works one queue over several mornings: routes, incidents, maintenance, promises, cases."""

from __future__ import annotations

import pytest

from opswheel.core.contracts import CASE_EVENTS, OUTCOMES
from opswheel.interfaces.answers import cases as case_answers
from opswheel.interfaces.answers import close_incident, members_of
from opswheel.interfaces.answers.routes import load_routes, routes_answer, set_away
from opswheel.resolution import triage
from opswheel.resolution.cases import Heard, NewCase

from .seller import Seller, at, day, refusal

MANY = [f"MUG{n}" for n in range(7)]
ROUTES = '\n[[routes]]\nowner = "tom"\nchannel = "amazon:US"\n'


@pytest.fixture(scope="module")
def wave(tmp_path_factory):
    """Forty days of sales, a healthy morning, and one on which six of seven mugs are off at once."""
    seller = Seller(tmp_path_factory.mktemp("wave") / "shop", settings=ROUTES)
    seller.load(seller.sales(-40, -2, skus=MANY), seller.listings(0, skus=MANY))
    seller.run()
    again(seller, 1, MANY[:6])
    return seller


def again(seller, n, off):
    """Another morning of the mugs."""
    seller.now = at(n)
    seller.load(seller.listings(n, off, skus=MANY))
    return seller.run()


def test_a_burst_is_one_row_ranked_by_all_it_holds_and_its_issues_can_be_seen(wave):
    found = wave.queue()
    (row,) = found["issues"]
    assert (found["total"], row["incident_issues"], row["rank"]) == (6, 6, 1)
    assert wave.why(row["id"])["parts"][0]["value"] == pytest.approx(6 * row["avoidable"]["mean"], rel=0.01)
    assert len(wave.queue(incident=row["incident"])["issues"]) == 6
    assert len(wave.queue(owner="tom")["issues"]) == 6  # whoever asks for their own sees them all
    assert wave.queue(incident=999)["issues"] == []


def test_an_incident_keeps_its_number_while_it_shrinks_and_is_a_replay_of_itself(wave, tmp_path):
    seller = wave.copy(tmp_path / "shop")
    (row,) = seller.queue()["issues"]
    again(seller, 2, MANY[1:6])
    (later,) = seller.queue()["issues"]
    assert (later["incident"], later["incident_issues"]) == (row["incident"], 5)
    replayed = {r["sku"]: (r["incident_id"], r["folded"], r["inhibited_by"]) for r in seller.run(at(1)).rows}
    assert replayed == {r["sku"]: (r["incident_id"], r["folded"], r["inhibited_by"]) for r in seller.recorded(2)}
    again(seller, 3, MANY[1:5])  # four are no incident any more
    assert [r["incident"] for r in seller.queue()["issues"]] == [None] * 4


def test_one_form_closes_an_incident_all_of_it_or_nothing(wave, tmp_path):
    seller = wave.copy(tmp_path / "shop")
    (row,) = seller.queue()["issues"]
    seller.now = at(1, 18)
    seller._tick()
    said = {"resolution": "fixed", "root_cause": "feed_fault", "minutes": None, "of": None, "why": None}
    said |= {"until": None, "note": "the feed sent an empty file"}
    assert refusal(lambda: close_incident(seller.workspace, row["id"], said, None)).startswith("How many minutes")
    assert seller.queue()["total"] == 6
    done = close_incident(seller.workspace, row["id"], said | {"minutes": 30.0}, None)
    assert [i["state"] for i in done] == ["fixed"] * 6
    assert seller.ledger_rows(OUTCOMES, "minutes", "root_cause") == [(5.0, "feed_fault")] * 6
    assert seller.queue()["total"] == 0
    assert refusal(lambda: members_of(seller.workspace, row["id"])).startswith("Every issue of incident")
    for n in (4, 5):
        again(seller, n, [])
    assert {i["state"] for i in map(seller.issue, range(1, 7))} == {"verified"}


def test_a_maintenance_window_keeps_new_problems_out_tells_them_and_lets_them_in_afterwards(wave, tmp_path):
    seller = wave.copy(tmp_path / "shop")
    window = (
        f'\n[[maintenance]]\nbegins = "{day(2)}T00:00Z"\nends = "{day(4)}T00:00Z"\nwhy = "stocktaking"\nsku = "MUG*"\n'
    )
    (seller.folder / "opswheel.toml").write_text((seller.folder / "opswheel.toml").read_text() + window)
    seller = Seller(seller.folder)
    summary = again(seller, 3, MANY).summary
    (told,) = summary["maintenance"]
    assert (told["why"], told["n"]) == ("stocktaking", 1)
    assert told["revenue_at_risk"] == pytest.approx(40.0 * 30, rel=0.1)
    assert summary["issues"]["opened"] == 0
    assert seller.queue()["total"] == 6  # what people work already stays
    assert again(seller, 5, MANY).summary["issues"]["opened"] == 1


def test_a_loaded_route_moves_open_issues_says_which_and_an_alarm_is_told_where_none_matches(wave, tmp_path):
    seller = wave.copy(tmp_path / "shop")
    (row,) = seller.queue()["issues"]
    seller.act("claim", row["id"])
    found = load_routes(seller.workspace, "owner,kind\nolga,listing_inactive\n", None)
    assert [(m["from"], m["to"]) for m in found["moved"]] == [("tom", "olga")] * 5
    assert {r["owner"] for r in seller.queue(incident=row["incident"])["issues"]} == {"olga", "ines"}
    assert [r["owner"] for r in found["routes"]] == ["olga", "tom"]
    (seller.folder / "opswheel.toml").write_text((seller.folder / "opswheel.toml").read_text().replace(ROUTES, ""))
    seller = Seller(seller.folder)
    load_routes(seller.workspace, "owner,kind\nolga,out_of_stock\n", None)
    assert seller.queue()["unowned"] == 5  # one row stands for all, and its owner is not the owner of all
    assert len([r for r in seller.queue(incident=row["incident"])["issues"] if r["owner"] is None]) == 5
    assert again(seller, 2, [*MANY[:5], "MUG6"]).summary["unowned"] == 5  # one healed, one is new


def test_people_on_leave_are_relieved_by_the_next_run(wave, tmp_path):
    seller = wave.copy(tmp_path / "shop")
    load_routes(seller.workspace, "owner,backup\ntom,karl\n", None)
    seller._tick()
    set_away(seller.workspace, "tom", (day(2), day(2)), None)
    assert {r["owner"] for r in seller.queue(incident=1)["issues"]} == {"tom"}
    summary = again(seller, 2, MANY[:6]).summary
    assert summary["rerouted"] == {"karl": 6}
    assert {r["owner"] for r in seller.queue(incident=1)["issues"]} == {"karl"}


def test_promises_nobody_kept_are_escalated_and_put_the_route_in_question(wave, tmp_path):
    seller = wave.copy(tmp_path / "shop")
    late = again(seller, 3, MANY[1:5]).summary  # four, each by itself
    assert late["clocks"] == {"escalated": 4}
    assert seller.queue(breached=True)["total"] == 4
    assert all(r["breached"] and r["sla_what"] == "acknowledge" for r in seller.queue()["issues"])
    (review,) = routes_answer(seller.workspace)["review"]
    assert (review["kind"], review["owner"], review["escalations"]) == ("listing_inactive", "tom", 4)


def test_an_issue_put_aside_comes_back_with_the_run_that_shows_what_was_waited_for(wave, tmp_path):
    seller = wave.copy(tmp_path / "shop")
    again(seller, 2, MANY[:1])
    (row,) = seller.queue()["issues"]
    seller.now = at(2, 18)
    with seller.workspace.ledger.write() as connection:
        said = triage.Snooze("one mug can wait", when="members>=2", lost=60.0)
        triage.snooze(connection, row["id"], said, by="ines", at=seller.now, desk=seller.workspace.desk)
    found = seller.queue()
    assert (found["total"], found["snoozed"]["n"]) == (0, 1)
    assert found["snoozed"]["exposure_per_day"] == pytest.approx(40.0, rel=0.05)
    assert again(seller, 3, MANY[:1]).summary["clocks"].get("woken") is None
    assert again(seller, 4, MANY[:1]).summary["clocks"]["woken"] == 1  # 40 a day: 60 are gone on the second morning
    assert seller.queue()["total"] == 1
    assert seller.queue(at(2, 19))["total"] == 0  # and that evening is remembered as it was


def test_a_case_that_was_answered_wakes_what_waits_for_it(wave, tmp_path):
    seller = wave.copy(tmp_path / "shop")
    (row,) = seller.queue()["issues"]
    seller._tick()
    case = case_answers.open_case(seller.workspace, [row["id"]], NewCase("listing_error", "31"), None)
    assert (case["whose_move"], seller.issue(row["id"])["state"]) == ("them", "waiting")
    with seller.workspace.ledger.write() as connection:
        said = triage.Snooze("wait for them", when="case=answered")
        triage.snooze(connection, row["id"], said, by="ines", at=seller.now, desk=seller.workspace.desk)
    again(seller, 2, MANY[:6])
    assert row["id"] not in {r["id"] for r in seller.queue()["issues"]}
    case_answers.update_case(seller.workspace, case["id"], Heard("them", at(2)), None)
    assert case_answers.cases_answer(seller.workspace)["waiting_on_us"] == 1
    again(seller, 3, MANY[:6])
    assert seller.issue(row["id"])["snoozed"] is None
    assert seller.issue(row["id"])["waited_minutes"] > 0


def letter(seller, n, sender, words):
    """A forwarded letter of case 31, as the mail program saves it."""
    when = f"{day(n):%a, %d %b %Y} 09:00:00 +0000"
    head = f"From: {sender}\nTo: ops@shop.example\nMessage-ID: <{n}@mail.example>\nDate: {when}"
    text = f"{head}\nReceived: from a by b; {when}\nSubject: [CASE 12345678931] Your listing\n\n{words}\n"
    return seller.put(f"amazon-US/letter-{day(n)}.eml", text)


def test_a_forwarded_answer_moves_the_case_it_belongs_to_once(wave, tmp_path):
    seller = wave.copy(tmp_path / "shop")
    (row,) = seller.queue()["issues"]
    seller._tick()
    case = case_answers.open_case(seller.workspace, [row["id"]], NewCase("listing_error", "12345678931"), None)
    seller.now = at(2)
    seller.load(letter(seller, 2, "merch.service05@amazon.com", "Please send an invoice."))
    again(seller, 2, MANY[:6])
    found = case_answers.cases_answer(seller.workspace)
    assert [(c["id"], c["whose_move"]) for c in found["cases"]] == [(case["id"], "us")]
    before = seller.ledger_rows(CASE_EVENTS)
    assert [e[3] for e in before][-1] == "answered"
    again(seller, 3, MANY[:6])
    assert seller.ledger_rows(CASE_EVENTS) == before  # an old letter is no news


def test_a_letter_about_a_case_nobody_wrote_down_opens_it(wave, tmp_path):
    seller = wave.copy(tmp_path / "shop")
    seller.now = at(2)
    seller.load(letter(seller, 2, "merch.service05@amazon.com", "Please send an invoice."))
    again(seller, 2, MANY[:6])
    (case,) = case_answers.cases_answer(seller.workspace)["cases"]
    assert (case["external_id"], case["whose_move"], case["issues"]) == ("12345678931", "us", [])


def test_a_letter_that_is_forwarded_days_late_still_moves_its_case(wave, tmp_path):
    seller = wave.copy(tmp_path / "shop")
    (row,) = seller.queue()["issues"]
    seller._tick()
    case_answers.open_case(seller.workspace, [row["id"]], NewCase("listing_error", "12345678931"), None)
    late = letter(seller, 2, "merch.service05@amazon.com", "Please send an invoice.")
    again(seller, 2, MANY[:6])
    again(seller, 3, MANY[:6])
    assert case_answers.cases_answer(seller.workspace)["cases"][0]["whose_move"] == "them"
    seller.now = at(4)
    seller.load(late)
    again(seller, 4, MANY[:6])
    assert case_answers.cases_answer(seller.workspace)["cases"][0]["whose_move"] == "us"
