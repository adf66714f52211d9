"""One issue in a real browser: reading it, closing it, two people on it, and a note that never gets lost."""

from __future__ import annotations

import threading

import pytest

from opswheel.interfaces.answers.acts import do

pytestmark = pytest.mark.browser

SUPPRESSED = 13


def state(site, number=SUPPRESSED):
    from opswheel.interfaces.answers import issue_state

    with site.workspace.ledger.read() as connection:
        return issue_state(site.workspace, connection, number)


def notes(site, number=SUPPRESSED):
    return [e["detail"]["note"] for e in state(site, number)["events"] if e["event"] == "noted"]


def rename(site, text):
    """The marketplace sends a title like this one."""
    from opswheel.core.contracts import RANKS

    ranks = RANKS.sql_table()
    with site.workspace.ledger.write() as connection:
        told = {"title": text, "sentence": text}
        connection.execute(ranks.update().where(ranks.c.issue_id == SUPPRESSED).values(**told))


def test_everything_about_it_is_on_one_screen(page, seen_site):
    page.goto(f"{seen_site.url}/issues/{SUPPRESSED}")
    assert page.locator("h1").inner_text() == "Suppressed: image"
    assert page.get_by_text("The marketplace has suppressed the listing: shoppers cannot buy it.").is_visible()
    boxes = page.locator(".boxes").first.inner_text().split()
    assert boxes[:2] == ["5.97", "units"] and "$42.90" in boxes and "$7,680" in boxes
    assert page.locator("svg.chart desc").text_content().startswith("42 of the last 42 days are told")
    assert page.get_by_text("The main image shows text that is not on the product.").first.is_visible()
    assert page.locator("#cause option").first.inner_text().startswith("The main image was missing")


def test_the_parts_of_the_money_multiply_to_its_sum(page, seen_site):
    page.goto(f"{seen_site.url}/issues/{SUPPRESSED}")
    shown = page.locator(".boxes").first.locator("b").all_inner_texts()
    plain = (text.replace("$", "").replace(",", "").replace("\u00a0%", "") for text in shown)
    pace, price, share, a_day, days, saved = map(float, plain)
    assert pace * price * share / 100 == pytest.approx(a_day, rel=0.01)
    assert a_day * days == pytest.approx(saved, rel=0.01)


def test_what_the_form_asks_depends_on_how_it_ended(page, seen_site):
    page.goto(f"{seen_site.url}/issues/{SUPPRESSED}#close")
    asked = {}
    for key in "123456":
        page.keyboard.press(key)
        chosen = page.locator("#close [type=radio]:checked").get_attribute("value")
        fields = ("cause", "false-why", "of", "until-day", "minutes")
        asked[chosen] = [f for f in fields if page.locator(f"#{f}").is_visible()]
    assert asked == {
        "fixed": ["cause", "minutes"],
        "false_alarm": ["false-why", "minutes"],
        "duplicate": ["of", "minutes"],
        "accepted_risk": ["cause", "until-day", "minutes"],
        "not_meant_to_sell": ["minutes"],
        "wont_fix": ["cause", "minutes"],
    }


def test_closing_teaches_cause_minutes_and_note(page, site):
    page.goto(f"{site.url}/issues/{SUPPRESSED}")
    page.keyboard.press("x")
    page.get_by_label("Minutes of work").fill("12")
    page.get_by_label("Note (optional)").fill("new picture, white ground")
    page.keyboard.press("Control+Enter")
    page.locator("#notice").get_by_text("is fixed, until facts agree").wait_for()
    found = state(site)
    assert (found["state"], found["root_cause"], found["outcome"]["minutes"]) == ("fixed", "image", 12.0)
    page.get_by_role("button", name="Open it again").click()
    page.locator("#close").wait_for()
    assert state(site)["state"] == "in_progress"


def test_a_close_without_minutes_is_refused_and_keeps_what_was_written(page, site):
    page.goto(f"{site.url}/issues/{SUPPRESSED}")
    page.get_by_label("Note (optional)").fill("kept")
    page.get_by_role("button", name="Close ctrl enter").click()
    page.get_by_role("alert").get_by_text("How many minutes of work was it?").wait_for()
    assert page.get_by_label("Note (optional)").input_value() == "kept"
    assert "--minutes" not in page.get_by_role("alert").inner_text()
    assert state(site)["state"] == "assigned"


def test_two_people_on_one_issue_the_second_keeps_the_note_and_learns_who_was_first(opened, site):
    first, second = opened(), opened()
    for each in (first, second):
        each.goto(f"{site.url}/issues/{SUPPRESSED}")
    second.get_by_label("Note", exact=False).first.fill("asked the photographer")
    do(site.workspace, SUPPRESSED, "close", {"resolution": "fixed", "root_cause": "image", "minutes": 5.0}, "tom")
    second.get_by_role("button", name="Keep the note").click()
    alert = second.get_by_role("alert")
    alert.get_by_text("tom closed this issue on Sun 22 Nov, 16:00 UTC").wait_for()
    assert notes(site) == []
    assert "asked the photographer" in second.evaluate("Object.values(sessionStorage).join()")


def test_a_live_change_while_a_note_is_typed_moves_nothing_and_loses_nothing(page, site):
    page.goto(f"{site.url}/issues/{SUPPRESSED}")
    field = page.locator("#note")
    field.click()
    page.keyboard.type("first half, ")
    do(site.workspace, SUPPRESSED, "assign", {"to": "tom"}, "lena")
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    page.locator("#live").get_by_text("1 change by lena").wait_for()
    page.keyboard.type("second half")
    assert field.input_value() == "first half, second half"
    page.locator("#live").click()
    page.locator(".desk").get_by_text("tom").wait_for()
    assert page.locator("#note").input_value() == "first half, second half"
    page.get_by_role("button", name="Keep the note").click()
    page.locator(".timeline").get_by_text("first half, second half").wait_for()
    assert notes(site) == ["first half, second half"]
    assert page.locator("#note").input_value() == ""


def test_a_double_submit_writes_once(page, site):
    page.goto(f"{site.url}/issues/{SUPPRESSED}")
    page.locator("#note").fill("once")
    twice = """async () => {
        const form = document.getElementById('note-form');
        const body = () => new URLSearchParams([...new FormData(form), ['act', 'note']]);
        const send = () => fetch(form.action, {method: 'POST', body: body()});
        const both = await Promise.all([send(), send()]);
        return both.map(r => r.status);
    }"""
    assert page.evaluate(twice) == [200, 200]
    assert notes(site) == ["once"]


def test_a_note_survives_a_session_that_ended_while_it_was_written(opened, site):
    from .test_sign import add_admin

    add_admin(site, "ada", "correct horse battery")
    page = opened()
    page.goto(f"{site.url}/issues/{SUPPRESSED}")
    sign_in(page, "ada", "correct horse battery")
    page.wait_for_url(f"**/issues/{SUPPRESSED}")
    page.locator("#note").fill("half an hour of thought")
    page.context.clear_cookies()
    page.get_by_role("button", name="Keep the note").click()
    page.wait_for_url("**/sign-in**")
    page.complaints.clear()  # the browser's own line about the refused request
    sign_in(page, "ada", "correct horse battery")
    page.wait_for_url(f"**/issues/{SUPPRESSED}")
    assert page.locator("#note").input_value() == "half an hour of thought"
    assert page.get_by_text("Kept from before").first.is_visible()
    page.get_by_role("button", name="Keep the note").click()
    page.locator(".timeline").get_by_text("half an hour of thought").wait_for()


def sign_in(page, name, password):
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


@pytest.mark.parametrize(
    "title",
    [
        pytest.param("x" * 5_000, id="long"),
        pytest.param("word " * 1_000, id="many words"),
        pytest.param('<img src=x onerror="window.hit=1"><script>window.hit=1</script>', id="html"),
        pytest.param("كوب خزفي أزرق ‏(12 oz)‏", id="rtl"),
        pytest.param("🧿🍵 Tasse 👨‍👩‍👧‍👦 é", id="emoji"),
    ],
)
def test_any_title_is_text_and_stays_in_its_place(page, site, title):
    rename(site, title)
    for path in ("/", f"/issues/{SUPPRESSED}"):
        page.goto(site.url + path)
        assert page.evaluate("window.hit") is None
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.locator("h1").inner_text().strip() == " ".join(title.split())


def test_steps_done_stay_ticked_in_this_browser(page, seen_site):
    page.goto(f"{seen_site.url}/issues/{SUPPRESSED}")
    page.locator(".steps input").nth(1).check()
    page.reload()
    assert page.locator(".steps input").nth(1).is_checked()
    assert page.locator("#ticked").inner_text() == "1 of 7 done"


def test_a_number_nobody_knows_is_told_with_a_way_back(page, seen_site):
    page.goto(f"{seen_site.url}/issues/4711")
    assert page.locator("h1").inner_text() == "Nothing here by that name"
    assert "There is no issue 4711." in page.locator("main").inner_text()
    page.complaints.clear()  # the browser's own line about the status
    page.get_by_role("link", name="To Today").click()
    assert page.locator("h1").inner_text() == "Today"


def test_many_people_at_once_get_one_word_each(site):
    """Twenty closes at one moment: one is written, nineteen are told who was first."""
    said = {"resolution": "fixed", "root_cause": "image", "minutes": 5.0}
    done, refused = [], []

    def close(name):
        from opswheel.core.errors import Conflict

        try:
            done.append(do(site.workspace, SUPPRESSED, "close", said, name))
        except Conflict:
            refused.append(name)

    threads = [threading.Thread(target=close, args=(f"p{i}",)) for i in range(20)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert (len(done), len(refused)) == (1, 19)
