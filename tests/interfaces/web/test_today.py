"""Today in a real browser: reading the queue, acting on it by keyboard, and never losing one's place."""

from __future__ import annotations

import json

import pytest

pytestmark = pytest.mark.browser


def rows(page):
    return page.locator("tr.row .l1 a").all_inner_texts()


def say(site, number, act, said, by):
    """Somebody else does something, elsewhere."""
    from opswheel.interfaces.answers.acts import do

    return do(site.workspace, number, act, said, by)


def test_the_morning_is_there_in_the_order_of_the_queue_with_its_money(page, seen_site, made):
    page.goto(seen_site.url)
    assert page.locator("tr.lane th").all_inner_texts()[0].startswith("Stop selling?")
    assert rows(page)[:3] == [
        "Price far too low: 10% of what it usually sells for",
        "Stranded: 46 units without a live offer",
        "Suppressed: image",
    ]
    third = page.locator("tr.row").nth(2)
    assert third.locator(".c-money b").inner_text() == "$7,680"
    assert third.locator(".c-bar small").inner_text() == "6.9 – 8.4k"
    assert "not checked" in page.locator(".matched").inner_text()


def test_sales_lines_come_without_moving_anything(page, seen_site):
    page.goto(seen_site.url)
    count = "for (const e of l.getEntries()) window.shifted = (window.shifted || 0) + e.value"
    page.evaluate(f"new PerformanceObserver(l => {{ {count} }}).observe({{type: 'layout-shift', buffered: true}})")
    page.locator("tr.row .spark").first.wait_for()
    assert page.evaluate("window.shifted || 0") < 0.01


def test_keys_walk_the_rows_and_open_one(page, seen_site):
    page.goto(seen_site.url)
    for key in ("j", "j", "j", "k"):
        page.keyboard.press(key)
    focused = page.evaluate("document.activeElement.textContent")
    assert focused == rows(page)[1]
    page.keyboard.press("Enter")
    page.wait_for_url("**/issues/*")
    assert page.locator("h1").inner_text() == focused
    page.keyboard.press("Escape")
    page.wait_for_url(f"{seen_site.url}/")


def test_chosen_rows_are_claimed_at_once_and_the_place_is_kept(page, site):
    page.goto(site.url)
    for key in ("j", "j", " ", "j", " "):
        page.keyboard.press(key)
    assert page.locator("#dock .sum").inner_text().startswith("2 chosen")
    before = page.evaluate("document.activeElement.getAttribute('href')")
    page.keyboard.press("c")
    page.locator("#notice").get_by_text("Claimed: 2 issues.").wait_for()
    assert page.locator("tr.row", has_text="in progress").count() == 2
    assert page.evaluate("document.activeElement.getAttribute('href')") == before
    assert not page.locator("#dock").is_visible()


def test_a_row_is_put_aside_with_a_reason_and_comes_back_under_its_view(page, site):
    page.goto(site.url)
    gone = rows(page)[1]
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("s")
    page.keyboard.type("the supplier answers on Tuesday")
    page.get_by_role("button", name="Put aside", exact=True).last.click()
    page.locator("#notice").get_by_text("Put aside: 1 issue.").wait_for()
    assert gone not in rows(page)
    page.goto(f"{site.url}/?snoozed=1")
    assert rows(page) == [gone]
    assert "aside until" in page.locator(".c-due").last.inner_text()


def test_what_is_typed_right_after_the_key_of_a_menu_goes_into_its_first_field(page, site):
    """A busy browser tells late that a menu opened; letters typed meanwhile must not act on rows."""
    page.goto(site.url)
    page.keyboard.press("j")
    where = page.evaluate(
        """() => {
          document.activeElement.dispatchEvent(new KeyboardEvent("keydown", {key: "s", bubbles: true}));
          return document.activeElement.name;
        }"""
    )
    assert where == "snooze_why"


def test_a_refused_act_says_whose_it_is_and_what_was_done_to_the_others(page, site):
    say(site, 13, "claim", {}, "tom")
    page.goto(site.url)
    page.get_by_label("Select issue 13").check()
    page.get_by_label("Select issue 14").check()
    page.keyboard.press("c")
    notice = page.locator("#notice")
    notice.get_by_text("Claimed: 1 issue. 1 refused. 13: tom is at work on issue 13").wait_for()


def test_filters_stand_in_the_address_and_an_empty_answer_names_the_one_to_drop(page, seen_site):
    page.goto(seen_site.url)
    page.get_by_label("Kind").select_option("out_of_stock")
    page.wait_for_url("**/?*kind=out_of_stock*")
    assert set(rows(page)) == {"Out of stock"}
    page.goto(f"{seen_site.url}/?kind=out_of_stock&tier=1")
    empty = page.locator(".empty")
    assert empty.get_by_role("link", name="tier 1").get_attribute("href") == "/?kind=out_of_stock"


def test_search_finds_a_sku_an_item_and_a_number(page, seen_site):
    page.goto(seen_site.url)
    page.keyboard.press("/")
    page.keyboard.type("ket-17")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=ket-17*")
    assert rows(page) == ["Suppressed: image", "No featured offer: 92% → 8% of page views"]
    page.goto(f"{seen_site.url}/?q=13")
    assert page.url.endswith("/issues/13")
    page.goto(f"{seen_site.url}/?q=%3Cb%3E")
    assert "“<b>”" in page.locator(".empty h2").inner_text()


def test_live_changes_wait_for_a_press_and_the_selection_stays(page, site):
    page.goto(site.url)
    page.get_by_label("Select issue 14").check()
    say(site, 13, "close", {"resolution": "fixed", "root_cause": "image", "minutes": 5.0}, "tom")
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    page.locator("#live").get_by_text("1 change by tom").wait_for()
    assert "Suppressed: image" in rows(page)
    page.keyboard.press(".")
    page.locator("#i13").wait_for(state="detached")
    assert page.get_by_label("Select issue 14").is_checked()
    assert not page.locator("#live").is_visible()


def test_a_view_is_saved_under_a_name_and_forgotten(page, site):
    page.goto(f"{site.url}/?tier=1&channel=amazon%3AUS")
    page.get_by_text("Save this view").click()
    page.get_by_label("Name").fill("heroes <b>")
    page.get_by_role("button", name="Save", exact=True).click()
    page.goto(site.url)
    page.get_by_role("link", name="heroes <b>").click()
    assert "tier=1" in page.url
    page.get_by_text("Save this view").click()
    page.get_by_role("button", name="Forget heroes").click()
    page.locator("#notice").get_by_text("Forgot the view").wait_for()
    assert page.get_by_role("link", name="heroes").count() == 0


def test_nothing_is_lost_without_a_connection(page, site):
    page.goto(site.url)
    page.context.set_offline(True)
    page.get_by_label("Select issue 14").check()
    page.keyboard.press("c")
    page.locator("#offline").get_by_text("1 change waits").wait_for()
    page.complaints.clear()  # the browser itself says that there is no connection
    page.context.set_offline(False)
    page.locator("#i14", has_text="in progress").wait_for()
    assert not page.locator("#offline").is_visible()


def test_without_scripts_the_queue_reads_and_an_issue_is_closed(opened, site):
    page = opened(java_script_enabled=False)
    page.goto(site.url)
    assert page.locator("tr.row").count() == 19
    page.get_by_role("link", name="Suppressed: image").click()
    page.get_by_label("Minutes of work").fill("12")
    page.get_by_role("button", name="Close", exact=False).last.click()
    assert page.locator("#notice").inner_text().startswith("Issue 13 is fixed, until facts agree.")
    page.goto(site.url)
    page.get_by_label("Select issue 14").check()
    page.locator("summary", has_text="Assign").click()
    page.get_by_label("To whom").fill("tom")
    page.get_by_label("To whom").press("Enter")
    assert page.locator("#notice").is_hidden()  # not claimed by a key that says nothing of claiming
    page.get_by_role("button", name="Claim").click()
    assert "Claimed: 1 issue." in page.locator("#notice").inner_text()


def test_why_not_here_answers_with_numbers(page, site, monkeypatch):
    said = {
        "sku": "MUG-1", "verdict": "healthy", "checks": [],
        "listings": [{"account": "main", "channel": "amazon:US", "sku": "MUG-1", "verdict": "healthy",
                      "sentence": "healthy: it sells as usual", "issues": [],
                      "checks": [{"name": "pace", "result": "known", "words": "61 units on 28 clean days"}]}],
    }  # fmt: skip
    monkeypatch.setattr("opswheel.interfaces.web.today.whynot_answer", lambda *_: said)
    page.goto(site.url)
    page.get_by_placeholder("a SKU").fill("MUG-1")
    page.keyboard.press("Enter")
    page.locator("#whynot").get_by_text("Healthy: it sells as usual.").wait_for()
    assert page.locator("#whynot").get_by_text("61 units on 28 clean days").is_visible()


def test_bytes_of_the_first_load_and_of_an_act_stay_small(opened, site):
    page = opened()
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    sent = []
    session.on("Network.loadingFinished", lambda e: sent.append(e["encodedDataLength"]))
    page.goto(site.url)
    page.locator("tr.row .spark").first.wait_for()
    first = sum(sent)
    sent.clear()
    page.get_by_label("Select issue 14").check()
    page.keyboard.press("c")
    page.locator("#i14", has_text="in progress").wait_for()
    page.wait_for_timeout(300)
    print(json.dumps({"first_load": first, "after_an_act": sum(sent)}))
    assert first <= 100_000
    assert sum(sent) <= 20_000


def test_from_opening_to_closing_the_first_issue_in_few_keys(page, site):
    page.goto(site.url)
    keys = ["j", "x", "1", "Tab", "ArrowDown", "Tab", "1", "2", "Control+Enter"]
    page.keyboard.press(keys[0])
    page.keyboard.press(keys[1])
    page.wait_for_url("**#close")
    page.wait_for_function("document.activeElement.name === 'resolution'")
    for key in keys[2:]:
        page.keyboard.press(key)
    page.locator("#notice").get_by_text("is fixed, until facts agree").wait_for()
    assert len(keys) <= 12
