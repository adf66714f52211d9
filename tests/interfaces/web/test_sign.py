"""Signing in and out in a real browser."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser


def add_admin(site, name, password):
    """The first user: from here on everybody signs in."""
    from opswheel.interfaces.people import audit, users

    users.add(site.workspace, name, role="admin", password=password, doer=audit.Doer(None, "cli", ""))


def test_signing_in_leads_back_to_the_page_that_was_asked_for_and_out_again(page, site):
    add_admin(site, "ada", "correct horse battery")
    page.goto(f"{site.url}/?tier=1")
    page.get_by_label("Name").fill("ada")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("alert").get_by_text("Name or password is wrong.").wait_for()
    page.complaints.clear()  # the browser's own line about the status
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/?tier=1")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in")


@pytest.mark.parametrize("to", ["//evil.example/", "https://evil.example/", "/\\evil.example"])
def test_nobody_is_sent_to_another_site(page, site, to):
    page.goto(f"{site.url}/sign-in?next={to}")
    assert page.locator("[name=next]").get_attribute("value") == "/"
