"""Notices: what was told to whom stands in the app, what failed stands on top, and secrets stand nowhere."""

from __future__ import annotations

import pytest

from opswheel.core.contracts import JOBS, NOTICES
from opswheel.interfaces.people import audit, users
from opswheel.interfaces.service import asleep, telling
from opswheel.interfaces.service.scheduler import Service

from .visiting import Visitor, words

pytestmark = pytest.mark.browser
HERE = "/settings/notices"


@pytest.fixture
def told(site):
    """Ines is told by an address that takes nothing; her issues are written down, the weightiest on their way."""
    said = {"everything": False, "daily_at": "08:00", "quiet": "", "by": "tom"}
    telling.set_person(site.workspace, "ines", urls=["json://hunter2@127.0.0.1:9/secret"], **said)
    do_assign(site, 14)
    Service(site.workspace).clocks()
    return site


def do_assign(site, number):
    from opswheel.interfaces.answers.acts import do

    do(site.workspace, number, "assign", {"to": "tom"}, "lead")
    do(site.workspace, number, "assign", {"to": "ines"}, "lead")


def give_up(site):
    """As the queue does after its last attempt."""
    jobs, notices = JOBS.sql_table(), NOTICES.sql_table()
    with site.workspace.ledger.write() as connection:
        connection.execute(jobs.update().values(state="dead", attempts=12, last_error="json://… did not take it"))
        on_its_way = notices.c.state == "sending"
        connection.execute(notices.update().where(on_its_way).values(state="dead", last_error="json://… gave up"))


def test_who_was_told_what_stands_there_with_its_state_and_no_address(told):
    page = Visitor(told.url).get(HERE).text
    said = words(page)
    assert "Yours now: Issue 14" in said and "on its way" in said and "ines" in said
    assert "hunter2" not in page and "secret<" not in page and "127.0.0.1:9" not in page
    assert "Given up" not in said
    only = words(Visitor(told.url).get(f"{HERE}?state=sent").text)
    assert "Nothing told." in only and "Yours now" not in only


def test_what_could_not_be_sent_stands_on_top_and_is_tried_again_by_one_press(page, told):
    give_up(told)
    page.goto(told.url + HERE)
    dead = page.locator("#dead")
    assert "12 attempts" in dead.inner_text() and "did not take it" in dead.inner_text()
    assert "not delivered, given up" in page.locator("#told").inner_text()
    dead.get_by_role("button", name="Try again").click()
    page.locator("#notice").get_by_text("It is tried again.").wait_for()
    assert page.locator("#dead").count() == 0
    table = JOBS.sql_table()
    with told.workspace.ledger.read() as connection:
        assert [r.state for r in connection.execute(table.select())] == ["waiting"]


def test_an_admin_changes_when_somebody_is_told_and_a_wrong_hour_gets_a_sentence(told):
    visitor = Visitor(told.url)
    assert "from now on as said" in words(
        visitor.send(HERE, person="ines", daily="09:30", quiet="", everything="yes").text
    )
    assert "a message a day at 09:30; everything" in words(visitor.get(HERE).text)
    refused = words(visitor.send(HERE, person="ines", daily="25 o'clock", quiet="", everything="no").text)
    assert "25 o'clock" in refused
    assert "a message a day at 09:30; everything" in words(visitor.get(HERE).text)


def test_a_restored_workspace_says_that_it_tells_nobody_and_is_woken_here(told):
    with told.workspace.ledger.write() as connection:
        asleep.fall_asleep(connection, "notices", told.workspace.clock.now())
    visitor = Visitor(told.url)
    assert "nobody is told anything" in words(visitor.get(HERE).text)
    assert "People are told again" in words(visitor.send(f"{HERE}/wake").text)
    assert "nobody is told anything" not in words(visitor.get(HERE).text)


def test_an_operator_sees_what_they_were_told_and_nothing_of_others(told):
    word, doer = "correct horse battery", audit.Doer(None, "cli", "")
    for name, role in (("ada", "admin"), ("bo", "operator")):
        users.add(told.workspace, name, role=role, password=word, doer=doer)
    visitor = Visitor(told.url)
    mark = visitor.mark("/sign-in")
    visitor.client.post("/sign-in", data={"csrf": mark, "name": "bo", "password": word, "next": "/"})
    for query in ("", "?person=ines"):
        said = words(visitor.get(HERE + query).text)
        assert "Yours now" not in said and "json://" not in said
    refused = visitor.client.post(f"{HERE}/wake", data={"csrf": visitor.mark(HERE)})
    assert refused.status_code == 403


@pytest.mark.parametrize(
    "path",
    [HERE, "/settings/prices", "/settings/hours", "/settings/cut-lines?change=out_of_stock.min_loss_per_day:1"],
)
@pytest.mark.parametrize("look", [{}, {"color_scheme": "dark"}, {"viewport": {"width": 375, "height": 812}}])
def test_the_new_pages_break_no_rule_of_accessibility_and_fit_a_phone(opened, told, path, look):
    from axe_playwright_python.sync_playwright import Axe

    give_up(told)
    page = opened(**look)
    page.goto(told.url + path)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
