"""One incident of several rows, by hand: one key, one sentence, one row; and back."""

from __future__ import annotations

import pytest

from opswheel.core.contracts import ISSUES
from opswheel.interfaces.answers.incidents import make_incident

from .visiting import Visitor, words

pytestmark = pytest.mark.browser


def incident_of(site, *numbers):
    table = ISSUES.sql_table()
    with site.workspace.ledger.read() as connection:
        rows = connection.execute(table.select().where(table.c.id.in_(numbers))).all()
    return {r.id: r.incident_id for r in rows}


def test_rows_that_are_one_problem_become_one_row_by_one_key_and_stay_it_after_a_run(page, site):
    page.goto(site.url)
    for number in (3, 13):
        page.get_by_label(f"Select issue {number}").check()
    page.keyboard.press("m")
    page.get_by_label("What is the one problem behind them?").fill("the photo service is down")
    page.keyboard.press("Enter")
    page.locator("#notice").get_by_text("Incident 3: 2 issues as one row.").wait_for()
    page.locator("#i3").wait_for(state="detached")
    assert "incident of 2" in page.locator("#i13").inner_text()
    assert incident_of(site, 3, 13, 14) == {3: 3, 13: 3, 14: None}
    site.workspace.wheel().run()
    page.reload()
    assert "incident of 2" in page.locator("#i13").inner_text()
    assert page.locator("#i3").count() == 0
    page.goto(f"{site.url}/issues/13")
    desk = page.locator(".desk")
    assert "the photo service is down" in desk.inner_text()
    assert "the photo service is down" in page.locator(".timeline").inner_text()
    desk.get_by_role("link", name="the photo service is down").click()
    assert page.locator(".q .l1 a").evaluate_all("all => all.map(e => e.pathname)") == ["/issues/13", "/issues/3"]


def test_an_incident_made_by_hand_is_taken_apart_on_the_issue_or_on_its_row(page, site):
    make_incident(site.workspace, [3, 13, 14], "the photo service is down", "tom")
    page.goto(f"{site.url}/issues/13")
    page.get_by_role("button", name="Take the incident apart").click()
    page.locator("#notice").get_by_text("Taken apart.").wait_for()
    assert page.get_by_role("button", name="Take the incident apart").count() == 0
    assert set(incident_of(site, 3, 13, 14).values()) == {None}
    make_incident(site.workspace, [3, 13], "again", "tom")
    page.goto(site.url)
    page.get_by_label("Select issue 13").check()
    page.keyboard.press("m")
    page.get_by_role("button", name="Take apart").click()
    page.locator("#i3").wait_for()
    assert set(incident_of(site, 3, 13).values()) == {None}


def test_enter_in_a_menu_of_the_dock_does_what_the_menu_says(page, site):
    page.goto(site.url)
    page.get_by_label("Select issue 14").check()
    page.keyboard.press("a")
    page.get_by_label("To whom").fill("kim")
    page.keyboard.press("Enter")
    page.locator("#notice").get_by_text("Handed over: 1 issue.").wait_for()
    assert "kim" in page.locator("#i14").inner_text()


def test_the_key_and_its_button_stand_in_the_list_of_keys(page, seen_site):
    page.goto(seen_site.url)
    page.keyboard.press("?")
    assert "make one incident of the chosen rows" in page.locator("#keys-list").inner_text()


def test_a_jump_to_another_screen_does_nothing_to_the_row_one_stands_on(page, seen_site):
    page.goto(seen_site.url)
    page.keyboard.press("j")
    page.keyboard.press("g")
    page.keyboard.press("m")
    page.wait_for_url("**/match")
    page.goto(seen_site.url)
    page.keyboard.press("j")
    page.keyboard.press("g")
    page.keyboard.press("w")
    page.wait_for_url("**/wheel")


@pytest.mark.parametrize(
    ("numbers", "title", "said"),
    [
        ((), "x", "Choose a row first"),
        ((13,), "x", "One issue alone is no incident."),
        ((13, 14), "", "What do they have in common?"),
        ((13, 999), "x", "There is no issue 999."),
        ((13, 3), "x", "Issue 13 belongs to incident 13 already."),
    ],
    ids=["nothing chosen", "one", "no name", "none of that number", "one that has one"],
)
def test_what_makes_no_incident_gets_a_sentence_and_changes_nothing(site, numbers, title, said):
    make_incident(site.workspace, [13, 15], "before", "tom")
    sent = {"act": "incident", "incident_title": title, "next": "/", "n": [str(n) for n in numbers]}
    assert said in words(Visitor(site.url).send("/today/do", **sent).text)
    assert incident_of(site, 3, 13, 14, 15) == {3: None, 13: 13, 14: None, 15: 13}


def test_nobody_puts_an_issue_of_an_account_they_do_not_see_into_an_incident(site):
    from opswheel.interfaces.people import audit, users

    from .test_sign import add_admin

    word, doer = "correct horse battery", audit.Doer(None, "cli", "")
    add_admin(site, "ada", word)
    users.add(site.workspace, "bo", role="operator", password=word, accounts=["other"], doer=doer)
    visitor = Visitor(site.url)
    mark = visitor.mark("/sign-in")
    visitor.client.post("/sign-in", data={"csrf": mark, "name": "bo", "password": word, "next": "/"})
    found = visitor.client.post(
        "/today/do",
        data={
            "csrf": visitor.mark("/settings/notices"),
            "act": "incident",
            "incident_title": "x",
            "next": "/settings/notices",
            "n": ["3", "13"],
        },
    )
    assert incident_of(site, 3, 13) == {3: None, 13: None}
    assert "bo" in words(found.text)
