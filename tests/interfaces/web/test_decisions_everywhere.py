"""Learning, Decisions and Performance with something on them: for everybody, on a phone, in the dark, by keyboard."""

from __future__ import annotations

import shutil

import pytest

from .conftest import served
from .learned import learned, of_facts, to_decide
from .test_everybody import LOOKS, SMALL_TARGETS

pytestmark = [pytest.mark.browser, pytest.mark.long]

SCREENS = (
    "/learning",
    "/decisions",
    "/decisions?proposal={route}",
    "/decisions?proposal={prevention}",
    "/decisions?proposal={forecast_model}",
    "/decisions?proposal={catalog_rule}",
    "/decisions?proposal={price_path}",
    "/performance",
    "/performance/month",
)
OUT_OF_REACH = """[...document.querySelectorAll('main :is(a, button, input, select, textarea, summary)')]
  .filter(e => e.getClientRects().length && e.tabIndex < 0 && !e.disabled).map(e => e.outerHTML.slice(0, 120))"""


@pytest.fixture(scope="module")
def full(made, tmp_path_factory):
    folder = tmp_path_factory.mktemp("full")
    shutil.copytree(made, folder / "shop")
    with served(folder / "shop") as site:
        ids = to_decide(site.workspace) | of_facts(site.workspace)
        learned(site.workspace)
        yield lambda path: site.url + path.format(**ids)


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("screen", SCREENS)
def test_a_full_screen_can_be_read_and_reached_by_everybody(opened, full, screen, look):
    from axe_playwright_python.sync_playwright import Axe

    page = opened(**LOOKS[look])
    assert page.goto(full(screen)).status == 200
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert page.evaluate(OUT_OF_REACH) == []
    assert look != "phone" or page.evaluate(SMALL_TARGETS) == []
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("screen", SCREENS)
def test_a_full_screen_is_whole_without_javascript(opened, full, screen):
    page = opened(java_script_enabled=False)
    assert page.goto(full(screen)).status == 200
    assert page.locator("main h1").count() == 1


def test_a_proposal_is_decided_without_javascript(opened, full):
    page = opened(java_script_enabled=False)
    page.goto(full("/decisions?proposal={route}"))
    page.fill("#f-why", "tom is away")
    page.get_by_role("button", name="Reject").click()
    assert "Rejected: decision" in page.locator("#notice").inner_text()
