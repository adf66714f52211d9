"""Every screen for everybody: accessibility rules, contrast, a phone, paper, and a dark room."""

from __future__ import annotations

import re

import pytest

from opswheel.interfaces.web.pages import NAV, STATIC

pytestmark = pytest.mark.browser

OURS = (
    "/",
    "/?kind=out_of_stock&tier=1",
    "/?q=nothing-like-it",
    "/issues/13",
    "/issues/18",
    "/sign-in",
    "/issues/4711",
)
LOOKS = {
    "light": {},
    "dark": {"color_scheme": "dark"},
    "phone": {"viewport": {"width": 375, "height": 812}, "has_touch": True, "is_mobile": True},
}
SMALL_TARGETS = """() => [...document.querySelectorAll('a, button, input, select, textarea, summary')]
  .filter(e => e.checkVisibility() && e.type !== 'hidden' && !e.closest('p, li, dd, td.any, .line'))
  .map(e => { const hit = e.closest('label') ?? e; return [hit.getBoundingClientRect(), e.outerHTML.slice(0, 90)]; })
  .filter(([r]) => r.width > 1 && (r.height < 24 || r.width < 24))
  .map(([r, html]) => `${r.width}x${r.height} ${html}`)"""


@pytest.mark.long
@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("path", dict.fromkeys((*OURS, *(entry.path for entry in NAV))))
def test_no_rule_of_accessibility_is_broken(opened, seen_site, look, path):
    from axe_playwright_python.sync_playwright import Axe

    page = opened(**LOOKS[look])
    page.goto(seen_site.url + path)
    page.wait_for_load_state("networkidle")
    page.complaints.clear() if "4711" in path else None  # the browser's own line about the status
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page scrolls sideways"


@pytest.mark.parametrize("path", ["/", "/issues/13"])
def test_every_target_can_be_hit(opened, seen_site, path):
    page = opened(**LOOKS["phone"])
    page.goto(seen_site.url + path)
    assert page.evaluate(SMALL_TARGETS) == []


@pytest.mark.parametrize("path", ["/", "/issues/13"])
def test_every_control_is_reached_by_tab_and_shows_where_it_is(page, seen_site, path):
    """Boxes of rows are chosen with space on the row, so they are no stop of their own."""
    page.goto(seen_site.url + path)
    page.wait_for_load_state("networkidle")
    stops = """() => [...document.querySelectorAll('a[href], button, input, select, textarea, summary')]
      .filter(e => e.checkVisibility({visibilityProperty: true}) && e.type !== 'hidden' && e.tabIndex >= 0
        && !e.disabled
        && !(e.type === 'radio' && !e.checked)).length"""
    wanted = page.evaluate(stops)
    seen = set()
    for _ in range(wanted + 12):
        page.keyboard.press("Tab")
        seen.add(page.evaluate("(window.all ??= [...document.querySelectorAll('*')]).indexOf(document.activeElement)"))
        ring = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        on_page = page.evaluate("document.activeElement !== document.body")
        assert not on_page or ring != "none", page.evaluate("document.activeElement.outerHTML.slice(0, 120)")
    assert len(seen - {-1}) >= wanted


@pytest.mark.parametrize(("scheme", "offered"), [("light", "Dark colours"), ("dark", "Light colours")])
def test_only_the_other_colours_are_offered(opened, seen_site, scheme, offered):
    page = opened(color_scheme=scheme)
    page.goto(seen_site.url)
    shown = page.locator(".mode button[name=theme]:visible")
    assert [" ".join(text.split()) for text in shown.all_inner_texts()] == [offered]


def test_a_person_chooses_dark_and_it_stays(page, seen_site):
    page.goto(seen_site.url)
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.get_by_role("button", name="Dark colours").click()
    page.wait_for_load_state()
    dark = page.evaluate(ground)
    page.goto(f"{seen_site.url}/issues/13")
    assert page.evaluate(ground) == dark != light


def test_letters_can_be_turned_off(page, seen_site):
    page.goto(seen_site.url)
    page.keyboard.press("?")
    page.get_by_role("button", name="Turn letter keys off").click()
    page.wait_for_load_state()
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement === document.body")


def test_letters_never_fire_inside_a_field(page, seen_site):
    page.goto(f"{seen_site.url}/issues/13")
    page.locator("#note").click()
    page.keyboard.type("jkcasx1?/.gt")
    assert page.locator("#note").input_value() == "jkcasx1?/.gt"
    assert page.url.endswith("/issues/13")
    page.evaluate("sessionStorage.clear()")


def test_rows_are_cards_on_a_phone_and_the_tabs_stand_below(opened, seen_site):
    page = opened(**LOOKS["phone"])
    page.goto(seen_site.url)
    assert page.evaluate("getComputedStyle(document.querySelector('.q .row')).display") == "grid"
    assert not page.locator(".side").is_visible()
    assert page.locator(".tabbar a").first.is_visible()


def test_paper_shows_the_queue_without_its_controls(page, seen_site):
    page.goto(seen_site.url)
    page.emulate_media(media="print")
    assert page.locator("tr.row").first.is_visible()
    for part in (".side", ".filters", "#dock", ".whynot", ".tabs"):
        assert not page.locator(part).first.is_visible()


def test_both_copies_of_the_dark_table_say_the_same():
    text = (STATIC / "tokens.css").read_text(encoding="utf-8")
    tables = re.findall(r"color-scheme: dark;(.*?)\n\s*}", text, flags=re.S)
    assert len(tables) == 2 and tables[0].split() == tables[1].split()


def test_no_sheet_but_the_tokens_says_a_colour():
    for sheet in STATIC.glob("*.css"):
        if sheet.name == "tokens.css":
            continue
        text = sheet.read_text(encoding="utf-8").replace("rgb(0 0 0 / .35)", "")  # what lies behind a dialog
        assert not re.search(r"(?<!url\()#[0-9A-Fa-f]{3,8}\b(?=[;\s,)])|rgb\(|hsl\(", text), sheet.name
