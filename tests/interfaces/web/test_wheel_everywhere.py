"""Every screen of the stations in light, in dark, on a phone, without JavaScript and by keyboard."""

from __future__ import annotations

from pathlib import Path

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.long]

SCREENS = (
    "/wheel",
    "/wheel/1",
    "/sources",
    "/match",
    "/intent",
    "/settings",
    "/settings/routes",
    "/settings/cut-lines",
    "/settings/people",
    "/settings/tokens",
    "/settings/webhooks",
    "/habits",
    "/growth",
)
LOOKS = {
    "light": {},
    "dark": {"color_scheme": "dark"},
    "phone": {"viewport": {"width": 375, "height": 812}},
}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
OUT_OF_SIGHT = """[...document.querySelectorAll('main :is(a, button, input, select, textarea, summary)')]
  .filter(e => e.getClientRects().length && e.tabIndex < 0 && !e.disabled).map(e => e.outerHTML.slice(0, 120))"""


@pytest.fixture(scope="module")
def axe():
    import axe_playwright_python

    return (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("screen", SCREENS)
def test_a_screen_can_be_read_and_reached_by_everybody(opened, seen_site, axe, screen, look):
    page = opened(**LOOKS[look])
    assert page.goto(f"{seen_site.url}{screen}").status == 200
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert page.evaluate(OUT_OF_SIGHT) == []
    page.evaluate(axe)
    found = page.evaluate("rules => axe.run({ runOnly: rules })", RULES)
    assert [(v["id"], [n["html"][:160] for n in v["nodes"]]) for v in found["violations"]] == []


@pytest.mark.parametrize("screen", SCREENS)
def test_a_screen_is_whole_without_javascript(opened, seen_site, screen):
    page = opened(java_script_enabled=False)
    assert page.goto(f"{seen_site.url}{screen}").status == 200
    assert page.locator("main h1").count() == 1


def test_the_wheel_prints_on_one_sheet_with_its_picture(opened, seen_site):
    page = opened(viewport={"width": 1100, "height": 1500})
    page.goto(f"{seen_site.url}/wheel")
    page.emulate_media(media="print")
    assert not page.locator(".side").is_visible() and page.locator("svg.ring").is_visible()
    printed = page.pdf(format="A4")
    assert printed.count(b"/Type /Page\n") == 1
