"""Hours and promises typed in the app: the file keeps everything else, and a slip of the pen keeps nobody from work."""

from __future__ import annotations

import pytest

from opswheel.interfaces.answers.hours import hours_answer
from opswheel.interfaces.people import Who, asking

from .visiting import Visitor, words

pytestmark = pytest.mark.browser
HERE = "/settings/hours"


def typed(site, **other):
    """What somebody typed into the form as it stands."""
    return {"version": hours_answer(site.workspace)["version"], **other}


def test_a_lead_types_a_promise_and_a_day_off_and_comments_of_the_file_stay(page, site):
    file = site.folder / "opswheel.toml"
    before = file.read_text(encoding="utf-8")
    file.write_text(before + "\n# our own words\n[snooze]\nmost_days = [2, 7, 30]  # agreed in May\n", encoding="utf-8")
    page.goto(f"{site.url}{HERE}")
    page.get_by_label("Fixed within, tier 1").fill("8")
    page.get_by_label("Out of sight at most, tier 3").fill("21")
    page.get_by_label("Public holidays of").fill("us-ca")
    page.get_by_label("Saturday").fill("09:00-12:00")
    page.get_by_label("Other days nobody works").fill("2026-12-24\n2026-12-31\n")
    page.get_by_label("SKU and tier").fill("amazon:US/KET-12-ASH, 1")
    page.get_by_role("button", name="Save").click()
    page.locator("#notice").get_by_text("The next run sets every promise by them.").wait_for()
    said = file.read_text(encoding="utf-8")
    assert "# our own words" in said and "# agreed in May" in said and before.strip() in said
    now = site.workspace.settings
    assert (now.promises.fix, now.snooze.most_days, now.staffed.holidays) == ((8, 40, 120), (2, 7, 21), "US-CA")
    assert [d.isoformat() for d in now.staffed.closed] == ["2026-12-24", "2026-12-31"]
    assert (now.staffed.saturday, now.tiers.pinned) == ("09:00-12:00", {"amazon:US/KET-12-ASH": 1})
    assert now.promises.model_fields_set == {"fix"}  # what nobody touched stays a default
    assert page.get_by_label("Fixed within, tier 1").input_value() == "8"


def test_saving_without_a_change_writes_nothing(site):
    before = (site.folder / "opswheel.toml").read_bytes()
    told = Visitor(site.url).send(HERE, **typed(site))
    assert "Nothing was changed." in words(told.text)
    assert (site.folder / "opswheel.toml").read_bytes() == before


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("zone", "Europe/Atlantis", "no time zone is called 'Europe/Atlantis'"),
        ("monday", "9 to 5", "'9 to 5' are no hours"),
        ("holidays", "XX", "'XX'"),
        ("closed", "Christmas", "staffed.closed.0"),
        ("fix_1", "soon", "Fixed within, tier 1: 'soon' is no number."),
        ("fix_1", "0", "promises.fix.0"),
        ("fix_1", "inf", "is no number here"),
        ("escalate", "lead", "'lead' is not of the kind “name, hours”."),
        ("escalate", "lead, 8\nhead, 2", "rising"),
        ("pinned", "amazon:US/KET-12-ASH, 4", "tiers.pinned"),
        ("pinned", "amazon:US/A, 1\namazon:US/A, 2", "amazon:US/A is pinned twice."),
    ],
)
def test_what_cannot_be_meant_is_refused_and_what_was_typed_is_kept(site, field, value, said):
    before = (site.folder / "opswheel.toml").read_bytes()
    told = Visitor(site.url).send(HERE, status=422, **typed(site, **{field: value})).text
    assert said in words(told) and "Nothing was changed." in words(told)
    assert value.split("\n", maxsplit=1)[0] in words(told) or f'value="{value}"' in told
    assert (site.folder / "opswheel.toml").read_bytes() == before


def test_no_day_with_hours_is_refused(site):
    week = dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"), "")
    told = Visitor(site.url).send(HERE, status=422, **typed(site, **week)).text
    assert "no day has any hours" in words(told)


def test_of_two_who_change_the_hours_the_second_is_told_and_overwrites_nothing(site):
    visitor = Visitor(site.url)
    first, second = typed(site, fix_1="8"), typed(site, fix_1="12")
    visitor.send(HERE, **first)
    assert "opswheel.toml was changed since you looked at it." in words(visitor.send(HERE, **second).text)
    assert site.workspace.settings.promises.fix[0] == 8


def test_a_file_changed_by_hand_counts_at_the_next_request_and_a_broken_one_keeps_the_old(site):
    file = site.folder / "opswheel.toml"
    good, visitor = file.read_text(encoding="utf-8"), Visitor(site.url)
    visitor.get(HERE)
    file.write_text(good + "\n[promises]\nloss_budget = 500\n", encoding="utf-8")
    assert 'name="loss_budget" value="500"' in visitor.get(HERE).text
    file.write_text(good + "\n[promises]\nloss_bugdet = 900\n", encoding="utf-8")
    assert 'name="loss_budget" value="500"' in visitor.get(HERE).text
    file.write_text(good, encoding="utf-8")
    assert 'name="loss_budget" value="0"' in visitor.get(HERE).text


def test_the_rights_of_the_file_stay_as_they_were(site):
    file = site.folder / "opswheel.toml"
    file.chmod(0o640)
    Visitor(site.url).send(HERE, **typed(site, claim_hours="6"))
    assert file.stat().st_mode & 0o777 == 0o640
    assert list(site.folder.glob("opswheel.toml.*")) == []


@pytest.mark.parametrize("who", [Who("vera", "operator"), Who("vera", "lead", accounts=frozenset({"main"}))])
def test_only_a_lead_of_all_accounts_changes_them(site, monkeypatch, who):
    before = (site.folder / "opswheel.toml").read_bytes()
    monkeypatch.setattr(asking, "_recognised", lambda request: who)
    visitor = Visitor(site.url)
    page = visitor.get(HERE).text
    assert "takes the role lead, for all accounts" in words(page) and "readonly" in page
    answer = visitor.client.post(HERE, data={"csrf": visitor.mark("/sources"), **typed(site, fix_1="1")})
    assert answer.status_code == 403
    assert (site.folder / "opswheel.toml").read_bytes() == before
