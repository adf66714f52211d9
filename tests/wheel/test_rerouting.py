"""A route that changes moves the open issues nobody claimed, and says which; work in hand stays in hand."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from opswheel.core.contracts import ISSUES
from opswheel.core.settings import Settings
from opswheel.decisions import routes
from opswheel.resolution import actions
from opswheel.wheel.rerouting import reroute
from tests.resolution.shop import NOW, events, fill, now, row

MONDAY = date(2026, 11, 23)


def settings(*told):
    return Settings.model_validate({"routes": list(told)})


TOM = {"owner": "tom"}
INES = {"owner": "ines", "backup": "karl", "kind": "listing_suppressed"}


@pytest.fixture
def desk(ledger):
    """Four issues tom owns by rule; he claimed the second, the lead gave him the third, the fourth has nobody."""
    fill(ledger, 1, 2, 3, 4)
    with ledger.write() as connection:
        connection.execute(
            ISSUES.sql_table()
            .update()
            .where(ISSUES.sql_table().c.id != 4)
            .values(owner="tom", route="everything", state="assigned")
        )
        actions.claim(connection, 2, by="tom", at=NOW)
        actions.assign(connection, 3, "tom", by="lead", at=NOW)
    return ledger


def move(ledger, told, *, at=NOW, changed=True):
    with ledger.write() as connection:
        return [(m["id"], m["from"], m["to"]) for m in reroute(connection, told, by="lead", at=at, changed=changed)]


def test_a_new_route_takes_over_what_nobody_claimed_and_nothing_else(desk):
    assert move(desk, settings(INES, TOM)) == [(1, "tom", "ines"), (4, None, "ines")]
    assert [now(desk, n).owner for n in (1, 2, 3, 4)] == ["ines", "tom", "tom", "ines"]
    assert (row(desk, 4).owner, row(desk, 4).state) == ("ines", "assigned")  # the queue shows it at once
    assert events(desk, 1)[-1] == "rerouted"
    assert move(desk, settings(INES, TOM)) == []  # asked again, nothing moves


def test_an_issue_no_route_matches_any_more_has_no_owner_and_is_new(desk):
    assert move(desk, settings({"owner": "ines", "kind": "out_of_stock"})) == [(1, "tom", None)]
    assert (now(desk, 1).owner, now(desk, 1).route, now(desk, 1).state) == (None, None, "new")
    assert row(desk, 1).owner is None


def test_who_goes_on_leave_hands_over_only_what_was_not_begun(desk):
    move(desk, settings(INES, TOM))
    with desk.write() as connection:
        routes.leave(connection, "ines", MONDAY, MONDAY, by="ines", at=NOW)
    assert move(desk, settings(INES, TOM), changed=False) == []  # on Sunday she is still there
    monday = datetime(2026, 11, 23, 9)
    assert move(desk, settings(INES, TOM), at=monday, changed=False) == [(1, "ines", "karl"), (4, "ines", "karl")]
    tuesday = monday + timedelta(days=1)
    assert move(desk, settings(INES, TOM), at=tuesday, changed=False) == []  # back: nothing is handed around


def test_the_day_of_leave_is_the_teams_own_day(desk):
    auckland = Settings.model_validate({"routes": [INES, TOM], "staffed": {"zone": "Pacific/Auckland"}})
    move(desk, auckland)
    with desk.write() as connection:
        routes.leave(connection, "ines", MONDAY, MONDAY, by="ines", at=NOW)
    assert move(desk, auckland, changed=False) == [(1, "ines", "karl"), (4, "ines", "karl")]  # Monday 05:00 there


def test_a_loaded_list_is_asked_before_the_settings(desk):
    with desk.write() as connection:
        routes.replace(connection, routes.parse("owner,tier\nolga,1\n", set()), by="lead", at=NOW)
    assert move(desk, settings(TOM)) == [(1, "tom", "olga"), (4, None, "olga")]
