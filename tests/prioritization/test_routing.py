"""Every issue has exactly one owner who is there, or an alarm."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opswheel.core.settings import Route
from opswheel.prioritization.routing import Roster, words

KETTLE = {"kind": "out_of_stock", "account": "main", "channel": "amazon:US", "brand": "Tolvane", "category": "Kettles"}
KETTLE = {**KETTLE, "tier": 1}
MUG = {**KETTLE, "kind": "listing_suppressed", "brand": "Sandby", "category": "Mugs", "tier": 3}
ABROAD = {**MUG, "channel": "amazon:UK"}

ROUTES = (
    Route(owner="ines", backup="karl; lena", kind="out_of_stock", tier=1),
    Route(owner="tom", category="Mugs", channel="amazon:US", capacity=2, backup="karl"),
    Route(owner="olga", brand="Tolvane"),
    Route(owner="pia", channel="amazon:UK"),
)


def owner(subject, **roster):
    choice = Roster(roster.pop("routes", ROUTES), **roster).choose(subject)
    return None if choice is None else choice.owner


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        (KETTLE, "ines"),
        ({**KETTLE, "tier": 2}, "olga"),
        (MUG, "tom"),
        (ABROAD, "pia"),
        ({**MUG, "channel": "walmart:US"}, None),
        ({**MUG, "category": None}, None),
    ],
    ids=[
        "the first route that matches decides",
        "another tier falls through to the brand's",
        "category and channel together",
        "the same mug abroad",
        "no route matches: nobody, and an alarm",
        "a listing without a category matches no category",
    ],
)
def test_the_first_route_that_matches_names_the_owner(subject, expected):
    assert owner(subject) == expected


@pytest.mark.parametrize(
    ("away", "expected"),
    [({"ines"}, "karl"), ({"ines", "karl"}, "lena"), ({"ines", "karl", "lena"}, "olga"), ({"tom"}, "ines")],
    ids=["the first who stands in", "then the second", "all away: the next route decides", "who is away elsewhere"],
)
def test_while_the_owner_is_away_somebody_who_is_there_gets_it(away, expected):
    assert owner(KETTLE, away=away) == expected


def test_an_owner_at_capacity_is_relieved_and_gets_it_all_the_same_where_nobody_can():
    roster = Roster(ROUTES, held={"tom": 1})
    assert [roster.choose(MUG).owner for _ in range(3)] == ["tom", "karl", "karl"]
    alone = Roster((Route(owner="tom", capacity=1),), held={"tom": 9})
    assert alone.choose(MUG).owner == "tom"


def test_whoever_has_an_issue_keeps_it_while_its_route_names_them_and_they_are_there():
    roster = Roster(ROUTES, away={"lena"})
    assert roster.choose(KETTLE, now="karl").owner == "karl"  # the owner is back from leave: nothing is handed around
    assert roster.choose(KETTLE, now="lena").owner == "ines"  # she is away
    assert roster.choose(KETTLE, now="tom").owner == "ines"  # his route does not decide about it
    assert roster.choose({**MUG, "channel": "walmart:US"}, now="tom") is None  # an alarm beats a name from before


def test_a_route_says_what_it_asks_for():
    assert [words(route) for route in (*ROUTES, Route(owner="x"))] == [
        "kind out_of_stock, tier 1",
        "channel amazon:US, category Mugs",
        "brand Tolvane",
        "channel amazon:UK",
        "everything",
    ]


names = st.sampled_from(["ines", "karl", "lena", "tom"])
routes = st.builds(
    Route,
    owner=names,
    backup=st.lists(names, max_size=2).map(";".join),
    kind=st.sampled_from(["", "a", "b"]),
    tier=st.integers(0, 3),
    capacity=st.integers(0, 3),
)
subjects = st.fixed_dictionaries({"kind": st.sampled_from(["a", "b"]), "tier": st.integers(1, 3)})


@given(st.lists(routes, max_size=5), st.sets(names), st.lists(subjects, max_size=30))
def test_no_issue_goes_to_somebody_away_and_none_is_left_while_anybody_named_is_there(told, away, issues):
    roster = Roster(told, away=away)
    for issue in issues:
        choice = roster.choose(issue)
        matching = [r for r in told if r.kind in ("", issue["kind"]) and r.tier in (0, issue["tier"])]
        there = {n for r in matching for n in (r.owner, *r.backup.split(";")) if n} - away
        assert (choice is None) == (not there)
        assert choice is None or choice.owner in there


@given(st.lists(routes, min_size=1, max_size=5), st.sets(names), st.lists(subjects, min_size=1, max_size=10))
def test_asking_again_moves_nothing(told, away, issues):
    roster = Roster(told, away=away)
    first = [roster.choose(issue) for issue in issues]
    again = Roster(told, away=away)
    assert [again.choose(i, now=c.owner if c else None) for i, c in zip(issues, first, strict=True)] == first
