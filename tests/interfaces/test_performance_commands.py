"""`metrics`, `diagnose` and `report` on the sample shop: one run old, so that little can be told."""

from __future__ import annotations

import json
import re
import shutil
from datetime import date, datetime

import pytest

from opswheel.interfaces.report.writing import BROWSERS


def test_a_shop_one_morning_old_says_what_it_cannot_tell_and_why(shop):
    status, out, _ = shop("metrics")
    assert status == 0
    out = " ".join(out.split())
    assert "Time to resolution: cannot tell, because no issue that began after the first run was found" in out
    assert "it can be told 91 days after the first run, on 2027-02-21" in out
    assert "19 issues began before the first run: outside both times" in out


def test_figures_have_their_intervals_and_twelve_months(shop):
    found = shop.json("metrics")
    risk = found["open_revenue_at_risk"]
    assert risk["low"] < risk["value"] < risk["high"]
    assert len(risk["months"]) == 12 and risk["months"][-1]["month"] == "2026-11"
    assert 0 < found["stockout_rate"]["value"] < 1
    assert found["stockout_rate"]["channels"][0]["channel"] == "amazon:US"
    assert {p["channel"] for p in found["lost_sales_rate"]["channels"]} == {"amazon:UK", "amazon:US"}
    assert sum(c["per_day"] for c in found["exposure_by_category"]["categories"]) == pytest.approx(
        found["exposure_by_category"]["value"], rel=1e-4
    )


def test_the_list_says_what_each_figure_may_not_claim(shop):
    rows = shop.json("metrics", "--list")
    assert [r["role"] for r in rows].count("health") == 6
    assert all(r["summary"] and r["may_not_claim"] for r in rows)
    assert "May not claim: What no rule looks for" in shop("metrics", "--list")[1]


def test_days_that_cannot_be_meant_are_refused(shop):
    assert "is after" in shop.refused("metrics", "--from", "2026-11-20", "--to", "2026-11-10")
    assert "is no day" in shop.refused("metrics", "--from", "soon")
    assert "still to come" in shop.refused("report", "--month", "2027-01")
    assert "is no month" in shop.refused("report", "--month", "October")
    assert "neither HTML nor PDF" in shop.refused("report", "--month", "2026-11", "-o", "sheet.docx")


def test_the_diagnosis_of_a_shop_one_morning_old_names_no_break(shop):
    found = shop.json("diagnose")
    assert (found["verdict"], found["stall"]) == ("cannot_tell", None)
    assert {h["state"] for h in found["handoffs"]} == {"cannot_tell"}
    assert found["start"][0]["name"] == "day_zero" and found["start"][1]["state"] == "not_yet"
    assert {m["workflow"] for m in found["workflows"]} >= {"Suppressions", "Pricing", "Stock"}
    assert "Visibility → prioritization: cannot tell" in shop("diagnose")[1]


def test_a_level_set_by_hand_shows_beside_the_evidence_and_a_wrong_one_is_refused(own):
    own.json("diagnose", "--set", "Pricing=4", "--why", "new playbook", "--until", "2026-12-31", "--by", "lead")
    pricing = next(m for m in own.json("diagnose")["workflows"] if m["workflow"] == "Pricing")
    assert (pricing["level"], pricing["by_evidence"]) == (4, 2)
    assert pricing["override"] == {"level": 4, "note": "new playbook", "until": "2026-12-31", "by": "lead"}
    assert "4 Automation (set)" in own("diagnose")[1]
    assert "names no level" in own.refused("diagnose", "--set", "Pricing")
    assert "Until when" in own.refused("diagnose", "--set", "Pricing=3", "--why", "x")
    assert "Why is it" in own.refused("diagnose", "--set", "Pricing=3", "--until", "2026-12-31")


def test_habits_and_hand_offs_are_recorded_where_they_are_done(own):
    assert own.json("diagnose", "--did", "morning", "--by", "ines")["habit"] == "morning"
    assert own.json("diagnose", "--removed", "Pricing: catalog is not asked", "--by", "lead")["month"] == "2026-11"
    found = own.json("diagnose")
    assert next(h for h in found["habits"] if h["habit"] == "morning")["done"] == 1
    assert found["removed_handoffs"][0]["what"] == "catalog is not asked"
    assert "no habit" in own.refused("diagnose", "--did", "evening")
    assert "Which hand-off" in own.refused("diagnose", "--removed", "Pricing")
    assert "One thing at a time" in own.refused("diagnose", "--did", "morning", "--removed", "a: b")


def test_the_sheet_needs_nothing_else_and_escapes_what_people_typed(own, tmp_path):
    own("diagnose", "--removed", "Pricing: <script>alert(1)</script>", "--by", "lead")
    sheet = tmp_path / "sheet.html"
    found = own.json("report", "--month", "2026-11", "-o", str(sheet))
    assert (found["month"], found["verdict"]) == ("2026-11", "cannot_tell")
    page = sheet.read_text(encoding="utf-8")
    assert "<script" not in page and "&lt;script&gt;" in page
    outside = [
        u for u in re.findall(r"(?:src|href)=|https?://\S+|@import|url\(", page) if "www.w3.org/2000/svg" not in u
    ]
    assert outside == []
    assert page.count("<svg") == 8 and "Open revenue at risk" in page and "Where it stalls" in page


@pytest.mark.skipif(not any(shutil.which(b) for b in BROWSERS), reason="no Chromium is installed")
def test_the_sheet_prints_on_one_page(own, tmp_path):
    sheet = tmp_path / "sheet.pdf"
    own.json("report", "--month", "2026-11", "-o", str(sheet))
    assert len(re.findall(rb"/Type\s*/Page[^s]", sheet.read_bytes())) == 1


def test_without_a_browser_a_pdf_is_refused_with_what_to_do(own, tmp_path, monkeypatch):
    monkeypatch.setattr("opswheel.interfaces.report.writing.shutil.which", lambda _: None)
    assert "No Chromium" in own.refused("report", "--month", "2026-11", "-o", str(tmp_path / "sheet.pdf"))


def test_a_folder_that_is_not_there_is_told(own, tmp_path):
    assert "cannot be written" in own.refused("report", "--month", "2026-11", "-o", str(tmp_path / "no" / "sheet.html"))


def test_one_accounts_sheet_tells_what_is_its_own_and_says_what_is_the_teams(own, tmp_path):
    sheet = tmp_path / "main.html"
    found = own.json("report", "--month", "2026-11", "--account", "main", "-o", str(sheet))
    assert (found["account"], found["verdict"]) == ("main", None)
    page = sheet.read_text(encoding="utf-8")
    assert "a team works for every account: they stand on the sheet of the whole" in page
    assert "people work for every account, and nobody writes down for which how long" in page
    assert "Where it stalls" not in page and "Next investment" not in page and "Verdict" not in page
    assert "What open issues cost by category" in page and "Friction" in page
    assert own.json("report", "--month", "2026-11", "-o", str(tmp_path / "all.html"))["account"] is None
    assert "There is main" in own.refused("report", "--month", "2026-11", "--account", "nosuch")


def test_the_only_accounts_money_is_the_whole_money_without_its_range(own):
    from opswheel.interfaces.answers.performance import metrics_answer, month_answer
    from opswheel.interfaces.wiring import Workspace

    here = Workspace(own.folder)
    whole = metrics_answer(here)
    one = month_answer(here, date(2026, 11, 1), "main")["metrics"]
    assert one["open_revenue_at_risk"]["value"] == pytest.approx(whole["open_revenue_at_risk"]["value"])
    assert (one["open_revenue_at_risk"]["low"], one["open_revenue_at_risk"]["high"]) == (None, None)
    assert one["open_revenue_at_risk"]["n"] == whole["open_revenue_at_risk"]["n"]
    assert one["hero_featured_share"] == whole["hero_featured_share"]
    assert one["exposure_by_category"]["value"] == pytest.approx(whole["exposure_by_category"]["value"])


def test_the_pitfall_watch_asks_the_growth_wheel_for_its_two_checks(shop):
    found = {p["name"]: p for p in shop.json("diagnose")["pitfalls"]}
    assert found["broken_spoke"]["evidence"].startswith("amazon:US: ")
    assert found["one_push"]["evidence"].startswith("amazon:US: ")


def test_what_was_played_says_which_numbers_are_assumed(shop):
    played = {q["name"]: q for q in shop.json("diagnose")["queue"]}
    assert (played["minutes"]["value"], played["minutes"]["source"]) == (20.0, "assumed")
    assert played["precision"]["source"] == played["operators"]["source"] == "assumed"
    assert played["exposure_per_day"]["source"] == "ledger"


def test_a_month_before_the_first_run_has_no_runs_behind_it(shop):
    found = shop.json("diagnose", "--month", "2026-10")
    assert found["as_of"] == "2026-11-01T07:00:00Z" or found["as_of"].startswith("2026-11-01")
    assert found["handoffs"][3]["evidence"] == "runs go back 0 days; 30 are needed"
    assert found["workflows"] == [] and found["connections"] == []
    assert "is no month" in shop.refused("diagnose", "--month", "soon")
    assert "still to come" in shop.refused("diagnose", "--month", "2027-03")


def test_what_earlier_decisions_brought_stands_on_the_sheet_with_its_range(own, tmp_path):
    from opswheel.core.contracts import DECISIONS
    from opswheel.interfaces.wiring import Workspace
    from tests.performance.ledger_rows import fill

    at, judged = datetime(2026, 8, 20), datetime(2026, 11, 20)
    cut = {"id": 1, "kind": "threshold", "subject": "price_too_low", "verdict": "accepted", "at": at, "expected": "{}"}
    told = {"verdict": "fewer_false", "false_share_change": {"p10": -0.21, "p90": -0.04}}
    cause = {**cut, "id": 2, "kind": "prevention", "subject": "image|listing_suppressed", "judged_90_at": judged}
    saved = {"verdict": "fell", "dollars_saved_a_year": {"mean": 5200.0, "p10": 1100.0, "p90": 9000.0}}
    earlier = {**cut, "id": 3, "subject": "stockout_ahead", "judged_90_at": datetime(2026, 10, 20)}
    rows = [{**cut, "judged_90_at": judged, "measured": json.dumps(told)}]
    rows += [{**cause, "measured": json.dumps(saved)}, {**earlier, "measured": json.dumps(told)}]
    here = Workspace(own.folder)
    fill(here.ledger, DECISIONS, rows)
    here.ledger.close()
    sheet = tmp_path / "sheet.html"
    own.json("report", "--month", "2026-11", "-o", str(sheet))
    page = sheet.read_text(encoding="utf-8")
    assert "price_too_low, after 90 days: clearly fewer false alarms, share of false ones −21 to −4 points" in page
    assert "$5,200 of sales a year ($1,100 to $9,000)" in page
    assert "stockout_ahead" not in page  # judged in October: on October's sheet
