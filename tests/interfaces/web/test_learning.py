"""Learning: dearest causes first, ranges that are told, words merged by operators, and looks that count."""

from __future__ import annotations

import pytest

from opswheel.interfaces.answers.learning import learning_answer
from opswheel.interfaces.people import Who, asking
from opswheel.interfaces.web.learning import claim, rules, within
from opswheel.interfaces.web.pictures import pareto

from .learned import learned, repeat
from .visiting import Visitor, words

pytestmark = pytest.mark.browser


@pytest.fixture
def taught(site):
    learned(site.workspace)
    return site


def test_a_young_shop_says_what_is_missing_before_it_says_anything(seen_site):
    said = words(Visitor(seen_site.url).get("/learning").text)
    assert "It takes two closes of one kind with the same cause" in said
    assert "Nothing graded yet" in said and "The last look found no fall of sales" in said


def test_causes_stand_by_money_with_what_they_are_together():
    rows = [repeat("image", "a", 9_000.0), repeat("price_rule", "c", 9_500.0), repeat("image", "b", 1_000.0)]
    found = pareto.causes(rows)
    assert [(c["cause"], c["dollars_a_year"], c["kinds"]) for c in found] == [
        ("image", 10_000.0, ["a", "b"]),
        ("price_rule", 9_500.0, ["c"]),
    ]
    assert found[0]["dollars_p10"] == pytest.approx(6_000.0) and found[1]["together"] == pytest.approx(1.0)
    assert found[0]["together"] == pytest.approx(10 / 19.5)


def test_the_page_tells_causes_pace_claims_and_falls_with_their_ranges(taught):
    said = words(Visitor(taught.url).get("/learning").text)
    assert said.index("image $10k") < said.index("price check") or "price rule $10.5k" in said
    assert "$6.3k – $15.8k" in said and "1 time in 30 days" in said
    assert "9 of 11 held, 2 too high, 0 too low; 1 cannot be told" in said
    assert "GONE-1" in said and "$500 – $1.3k" in said and "A lower bound" in said


def test_where_nobody_could_tell_no_precision_is_shown():
    told = {"labels": [{"kind": "a", "right": 0, "wrong": 0, "cannot_tell": 4}], "missed": {"by_rule": []}}
    brought = {"b": {"found": 3, "verified": 1, "cleared": 50.0, "minutes": 30.0, "per_hour": 100.0}}
    first, second = rules(told, brought)
    assert (first["kind"], first["n"], first["ends"]) == ("b", 0, None)
    assert (second["kind"], second["n"], second["ends"], second["cannot_tell"]) == ("a", 0, None, 4)


def test_few_closes_leave_a_wide_range_and_never_more_than_certainty():
    low, high = within(1, 1)
    assert low < 0.5 and high == pytest.approx(1.0)
    few, many = within(8, 10), within(800, 1000)
    assert few[0] < many[0] < 0.8 < many[1] < few[1]


@pytest.mark.parametrize(
    ("coverage", "said"), [(0.3, "too narrow, clearly"), (0.8, "as it should"), (1.0, "too wide, clearly")]
)
def test_a_range_that_holds_too_little_is_called_too_narrow(coverage, said):
    row = {"graded": 100, "coverage": coverage, "claimed": 10.0, "measured": 12.0}
    assert claim(row)["said"] == said
    assert claim({**row, "graded": 0, "coverage": None})["said"] == "cannot tell"


def test_an_operator_merges_two_words_for_one_cause(taught):
    visitor = Visitor(taught.url)
    assert "Count price rules as price rule" in words(visitor.get("/learning").text)
    said = words(visitor.send("/learning/merge", cause="price_rules", into="price_rule").text)
    assert "Price rules counts as price rule from now on" in said
    assert learning_answer(taught.workspace)["alike"] == []


def test_a_cause_is_added_in_plain_words_and_a_bad_one_gets_a_sentence(taught):
    visitor = Visitor(taught.url)
    assert "closes may name late truck" in words(visitor.send("/learning/causes", code="Late truck", means="x").text)
    assert "ships with Opswheel" in words(visitor.send("/learning/causes", code="image", means="x").text)
    assert "late_truck" in {c["cause"] for c in learning_answer(taught.workspace)["causes"]}


def test_an_answer_to_a_look_counts_and_is_asked_once(taught):
    visitor = Visitor(taught.url)
    look = {"kind": "conversion_drop", "subject": "main|amazon:US|LOOK-1", "said": "wrong"}
    assert "It counts like a close." in words(visitor.send("/learning/looks", **look).text)
    told = {r["kind"]: r for r in learning_answer(taught.workspace)["labels"]}
    assert told["conversion_drop"]["wrong"] == 1
    assert "Nobody is asked about" in words(visitor.send("/learning/looks", **look).text)


def test_a_viewer_reads_and_changes_nothing(taught, monkeypatch):
    monkeypatch.setattr(asking, "_recognised", lambda request: Who("vera", "viewer"))
    visitor = Visitor(taught.url)
    page = visitor.get("/learning").text
    assert "takes the role operator" in page and 'action="/learning/' not in page
    mark = visitor.mark("/learning")
    sent = {"code": "mine", "means": "x", "cause": "price_rules", "into": "price_rule", "csrf": mark}
    for path in ("/learning/causes", "/learning/merge", "/learning/looks"):
        assert visitor.client.post(path, data=sent).status_code == 403
    assert len(learning_answer(taught.workspace)["alike"]) == 1
