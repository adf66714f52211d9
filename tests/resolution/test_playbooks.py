"""Every kind of issue comes with a page an operator can work from."""

from __future__ import annotations

import re

import pytest

from opswheel.resolution.playbook import GENERAL, ROOT_CAUSES, kinds, load, parse
from opswheel.visibility.detectors import DETECTORS

BATCH_KINDS = ("unknown_intent", "dead_backlog", "volume_guard")
KINDS = (*(d.kind for d in DETECTORS), *BATCH_KINDS)
HEADINGS = ("Do this", "Evidence", "Fixed looks like", "False alarm", "Elsewhere")
SEEN_LATE = {"returns_spike": 720, "listing_quality": 720, "rating_drop": 720, "forecast_drift": 1344,
             "late_deliveries": 720, "customer_experience_drop": 720, "item_stars_drop": 720}  # fmt: skip
"""Kinds measured over a month or more: two weeks after a repair most of what they look at is older than the repair."""
PAGE = "minutes: 20\nroot_causes: image, unknown\nscreen: somewhere\n---\n1. Look.\n"


def test_no_kind_reaches_the_queue_without_a_page_and_no_page_is_left_over():
    assert kinds() == tuple(sorted(KINDS))


@pytest.mark.parametrize("kind", KINDS)
def test_an_operator_finds_what_to_do_how_long_it_takes_and_when_to_stop(kind):
    page = load(kind)
    assert page.kind == kind
    assert 0 < page.minutes <= 240  # an appeal for a closed account takes half a day
    most = SEEN_LATE.get(kind, 336)  # two weeks: a claim, or a fee that is charged weekly
    assert 0 < page.grace_hours <= most
    assert page.screen
    assert tuple(re.findall(r"^## (.+)$", page.text, re.M)) == HEADINGS
    assert len(re.findall(r"^\d\. ", page.text, re.M)) >= 4


@pytest.mark.parametrize("kind", KINDS)
def test_a_close_is_offered_known_causes_and_always_unknown_last(kind):
    causes = load(kind).root_causes
    assert set(causes) <= set(ROOT_CAUSES)
    assert len(set(causes)) == len(causes) >= 3
    assert causes[-1] == "unknown"


def test_every_root_cause_has_words_and_some_kind_that_offers_it():
    assert all(words and code == code.lower() for code, words in ROOT_CAUSES.items())
    assert {c for kind in KINDS for c in load(kind).root_causes} == set(ROOT_CAUSES)


def test_words_in_backticks_are_words_the_product_takes():
    known = {*ROOT_CAUSES, "sell", "sell_through", "seasonal", "discontinued", "not_ours", "from", "to", "eligible"}
    known |= {"fixed_already", "data_wrong", "cut_too_tight", "expected", "us", "other", "none", "no", "yes"}
    known |= {"not_meant_to_sell", "accepted_risk", "duplicate", "share_lost", "sku", "channel", "intent", "Active"}
    known |= {f"{n}.csv" for n in ("supply", "inbound", "price_rules", "promotions", "offers", "intent", "issues")}
    for kind in KINDS:
        assert set(re.findall(r"`([^`]+)`", load(kind).text)) <= known, kind


def test_a_price_is_checked_again_sooner_than_a_suppression_and_a_share_later():
    assert load("price_too_low").grace_hours < load("listing_suppressed").grace_hours == 48
    assert load("featured_offer_lost").grace_hours > 72  # traffic settles after two days


def test_a_rule_of_a_third_party_without_a_page_does_not_stop_a_close():
    page = load("acme.odd_weight")
    assert page.kind == "acme.odd_weight"
    assert (page.minutes, page.grace_hours, page.root_causes) == (30.0, 48, tuple(ROOT_CAUSES))
    assert page.text == GENERAL.text


@pytest.mark.parametrize(
    ("page", "told"),
    [
        (PAGE.replace("---", "***"), "no line ---"),
        (PAGE.replace("minutes: 20\n", ""), "minutes is missing"),
        (PAGE.replace("image", "imagge"), "'imagge' is no root cause"),
        (PAGE.replace("screen: somewhere", "scren: somewhere"), "cannot read the line 'scren: somewhere'"),
        (PAGE.replace("screen: somewhere", "screen:"), "cannot read the line 'screen:'"),
    ],
)
def test_a_page_with_a_slip_says_which_line_is_wrong(page, told):
    with pytest.raises(ValueError, match=re.escape(told)):
        parse("image_gone", page)


def test_a_page_that_does_not_name_its_patience_waits_two_days():
    assert parse("image_gone", PAGE).grace_hours == 48
    assert parse("image_gone", PAGE).text == "1. Look.\n"
