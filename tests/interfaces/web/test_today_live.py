"""Today while others work: nothing moves before it is asked for, a claim is given back, what nobody owns is found."""

from __future__ import annotations

import pytest

from opswheel.core.contracts import ISSUES, OUTCOMES, RANKS
from opswheel.interfaces.answers.acts import do
from opswheel.interfaces.answers.around import likeliest_owner
from opswheel.interfaces.wiring import make_workspace

from .conftest import served
from .visiting import Visitor, words

pytestmark = pytest.mark.browser

SHIFTS = """() => {
  window.shifted = 0;
  new PerformanceObserver(l => { for (const e of l.getEntries()) window.shifted += e.value; })
    .observe({type: 'layout-shift', buffered: false});
}"""


def close(site, number):
    do(site.workspace, number, "close", {"resolution": "fixed", "root_cause": "image", "minutes": 5.0}, "tom")


def nobody(site, *numbers):
    """Take the owner of issues away, as a route that no longer matches does."""
    issues, ranks = ISSUES.sql_table(), RANKS.sql_table()
    with site.workspace.ledger.write() as connection:
        connection.execute(issues.update().where(issues.c.id.in_(numbers)).values(owner=None))
        connection.execute(ranks.update().where(ranks.c.issue_id.in_(numbers)).values(owner=None))


def test_live_changes_move_nothing_before_they_are_taken_in(page, site):
    page.goto(site.url)
    page.locator("tr.row .spark").first.wait_for()
    page.get_by_label("Select issue 14").check()
    page.wait_for_timeout(700)  # what a person does just before is no shift: the browser leaves half a second out
    page.evaluate(SHIFTS)
    where = "() => document.querySelector('#i14').getBoundingClientRect().top"
    before = page.evaluate(where)
    close(site, 13)
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    page.locator("#live").get_by_text("1 change by tom").wait_for()
    page.wait_for_timeout(200)
    assert page.evaluate("window.shifted") == 0
    assert page.evaluate(where) == before
    page.keyboard.press(".")
    page.locator("#i13").wait_for(state="detached")
    assert page.evaluate("document.querySelector('#i14 input').checked")


def taken_in(page, site, number, *, down):
    """Somebody closes an issue while one stands `down` rows below the first; `.` takes it in.

    Every movement the browser saw, whether or not it forgives it because a key was pressed just before; and where the
    row one stands on was before and after.
    """
    page.goto(site.url)
    page.locator("tr.row .spark").first.wait_for()
    for _ in range(down):
        page.keyboard.press("j")
    page.keyboard.press(" ")
    page.wait_for_timeout(700)
    page.evaluate("""() => { window.moved = []; new PerformanceObserver(list => {
      for (const e of list.getEntries()) window.moved.push([e.value, e.hadRecentInput]);
    }).observe({type: 'layout-shift'}); }""")
    here = """() => { const e = document.activeElement; return [e.getAttribute('href'), e.getBoundingClientRect().top,
      [...document.querySelectorAll('.q input:checked')].map(b => b.value), scrollY]; }"""
    before = page.evaluate(here)
    close(site, number)
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    page.locator("#live").get_by_text("1 change by tom").wait_for()
    page.keyboard.press(".")
    page.locator(f"#i{number}").wait_for(state="detached")
    page.wait_for_timeout(700)
    return page.evaluate("window.moved"), before, page.evaluate(here)


@pytest.mark.parametrize("size", [(1440, 900), (375, 812)], ids=["desk", "phone"])
def test_taking_live_changes_in_leaves_the_row_one_stands_on_where_it_is(opened, site, size):
    page = opened(viewport={"width": size[0], "height": size[1]})
    moved, before, after = taken_in(page, site, 13, down=16)
    assert moved == []
    assert before[0] == after[0] and before[2] == after[2] == [before[0].rpartition("/")[2]]
    assert after[1] == pytest.approx(before[1], abs=1)  # what went above it is scrolled away
    assert before[3] - after[3] > 40


def test_what_goes_below_moves_nothing_above_and_where_one_stood_on_it_the_next_row_takes_its_place(page, site):
    moved, before, after = taken_in(page, site, 11, down=4)
    assert moved == [] and before == after
    moved, before, after = taken_in(page, site, 10, down=8)
    assert moved == []
    assert (after[1], after[3]) == (before[1], before[3])
    assert after[0] != before[0] == "/issues/10" and after[2] == []


def test_a_page_that_was_kept_is_never_sent_after_an_act(site):
    visitor = Visitor(site.url)
    assert 'id="i13"' in visitor.get("/").text
    close(site, 13)
    assert 'id="i13"' not in visitor.get("/").text
    do(site.workspace, 14, "assign", {"to": "somebody-new"}, "tom")
    assert "somebody-new" in visitor.get("/").text


def test_a_claim_of_ones_own_is_given_back_by_the_same_key(page, site):
    page.goto(site.url)
    page.get_by_label("Select issue 14").check()
    page.keyboard.press("c")
    page.locator("#i14", has_text="in progress").wait_for()
    page.get_by_label("Select issue 14").check()
    assert page.locator("#dock button[data-key=c]").inner_text().startswith("Release")
    page.keyboard.press("c")
    page.locator("#notice").get_by_text("Released: 1 issue.").wait_for()
    page.locator("#i14", has_text="assigned").wait_for()
    page.goto(f"{site.url}/issues/14")
    page.keyboard.press("c")
    page.locator("#notice").get_by_text("Claimed.").wait_for()
    page.keyboard.press("c")
    page.locator("#notice").get_by_text("Released.").wait_for()
    assert page.get_by_role("button", name="Claim c").is_visible()


def test_nobody_gives_back_the_claim_of_somebody_else(site):
    do(site.workspace, 14, "claim", {}, "tom")
    found = words(Visitor(site.url).send("/today/do", act="release", n="14", next="/").text)
    assert "1 refused. 14: Issue 14 is not claimed by" in found
    assert "in progress" in words(Visitor(site.url).get("/issues/14").text)


def test_issues_without_an_owner_have_a_view_of_their_own_that_counts_them(page, site):
    nobody(site, 13, 14)
    page.goto(site.url)
    tab = page.locator(".tabs").get_by_role("link", name="No owner")
    assert tab.inner_text().split() == ["No", "owner", "2"]
    tab.click()
    page.wait_for_url("**/?unowned=1")
    assert page.locator("tr.row").evaluate_all("all => all.map(e => e.id).sort()") == ["i13", "i14"]
    assert tab.get_attribute("aria-current") == "page"


def closed(site, number, by, n, *, kind="suppressed", day=1):
    row = dict.fromkeys(OUTCOMES.names())
    told = {"issue_id": number, "version": n, "by": by, "kind": kind, "resolution": "fixed", "supported": True}
    at = site.workspace.clock.now().replace(day=day)
    with site.workspace.ledger.write() as connection:
        connection.execute(OUTCOMES.sql_table().insert(), row | told | {"at": at})


def test_the_likeliest_owner_is_whoever_closed_most_of_the_last_like_it(site):
    with site.workspace.ledger.read() as connection:
        kind = connection.execute(ISSUES.sql_table().select().where(ISSUES.sql_table().c.id == 13)).one().kind
    for n, by in enumerate(["kim", "kim", "lee", "kim"]):
        closed(site, 900 + n, by, 2, kind=kind, day=2 + n)
    closed(site, 950, "ann", 2, kind="another", day=9)
    closed(site, 951, "opswheel", 2, kind=kind, day=9)
    closed(site, 903, "kim", 4, kind=kind, day=8)  # closed twice: counted once
    with site.workspace.ledger.read() as connection:
        assert likeliest_owner(connection, kind) == {"name": "kim", "closed": 3, "of": 4}
        assert likeliest_owner(connection, "another") is None
    nobody(site, 13)
    assert "kim closed 3 of the last 4 like it." in words(Visitor(site.url).get("/issues/13").text)


def test_a_form_without_scripts_whose_sign_in_is_over_leads_there_and_shows_what_was_written(opened, site):
    from .test_issue import sign_in
    from .test_sign import add_admin

    add_admin(site, "ada", "correct horse battery")
    page = opened(java_script_enabled=False)
    page.goto(f"{site.url}/issues/13")
    sign_in(page, "ada", "correct horse battery")
    page.locator("#note").fill("half an hour of thought")
    page.context.clear_cookies()
    page.get_by_role("button", name="Keep the note").click()
    assert page.get_by_label("What you wrote was not sent").input_value() == "half an hour of thought"
    sign_in(page, "ada", "correct horse battery")
    assert page.url == f"{site.url}/issues/13"
    page.complaints.clear()  # the browser's own line about the status


@pytest.mark.parametrize("look", [{}, {"color_scheme": "dark"}], ids=["light", "dark"])
def test_an_empty_workspace_breaks_no_rule_of_accessibility(opened, tmp_path, look):
    from axe_playwright_python.sync_playwright import Axe

    make_workspace(tmp_path / "empty").ledger.close()
    with served(tmp_path / "empty") as site:
        page = opened(**look)
        page.goto(site.url)
        assert "No run yet" in page.locator("main").inner_text()
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        page.context.close()
