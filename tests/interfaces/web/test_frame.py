"""The frame every screen stands in."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser


def test_a_page_loads_without_a_complaint_and_its_styles_with_it(page, seen_site):
    page.goto(seen_site.url)
    assert page.locator("h1").inner_text() == "Today"
    assert page.evaluate("getComputedStyle(document.querySelector('.side')).position") == "sticky"
