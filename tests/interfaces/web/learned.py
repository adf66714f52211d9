"""A shop with something to decide and to learn from: proposals a back-test made, repeats, grades, falls, a look."""

from __future__ import annotations

import json
import tempfile
from datetime import timedelta
from functools import lru_cache
from pathlib import Path

from opswheel.core.contracts import GRADES, MISSED, REPEATS
from opswheel.decisions import cuts, record
from opswheel.interfaces.answers.decisions import thresholds_answer
from opswheel.interfaces.answers.learning import add_cause
from opswheel.learning import labels
from tests.decisions.seen import backtested, known
from tests.decisions.test_proposals import shop

KIND = "featured_offer_lost"


@lru_cache(maxsize=1)
def proposed():
    """What the back-test itself proposes, as text."""
    with tempfile.TemporaryDirectory() as folder:
        engine, found = backtested(*shop(wrong_below=0.2), lake=Path(folder))
        (made,) = cuts.propose(engine, found, known(), 20.0)
        engine.close()
    assert made["status"] == "open"
    return json.dumps(made)


def threshold(cuts_in_force, subject=KIND):
    """That proposal, said of a rule that is there: half as strict again."""
    made = json.loads(proposed())
    now = {c["name"]: c["value"] for c in cuts_in_force}
    made["from"] = {"cuts": now, "versions": [c["id"] for c in cuts_in_force]}
    made["to"] = {"cuts": {name: value * 1.5 or 1.0 for name, value in now.items()}}  # a slope from 0 to 1
    return {**made, "subject": subject, "gain_a_year": 18_276.0}


def route():
    told = {"days": 28, "issues": 11, "handed_over": 9, "handover_minutes": 10.0, "handover_source": "assumed"}
    told["minutes_against_expected"] = {"now": {"ratio": 1.31, "n": 4}, "then": None}
    made = {"kind": "route", "subject": "listing_inactive: ines → tom", "status": "open", "backtest": told}
    made["from"] = {"owner": "ines", "kind": "listing_inactive"}
    made["to"] = {"owner": "tom", "kind": "listing_inactive", "backup": "ines"}
    return made | {"why": "9 of 11 listing_inactive issues routed to ines were handed over.", "gain_a_year": 586.0}


def prevention():
    here = {"root_cause": "feed_fault", "kind": "listing_inactive", "dimension": "channel", "value": "amazon:UK"}
    ends = {"mean": 41_000.0, "p10": 8_000.0, "p90": 86_000.0}
    told = {"recurrences": 4, "at_risk_days": 60.0, "dollars_a_year": ends, "cost": 180.0, "payback_days": 6.3}
    told["hours_a_year"] = {"mean": 9.0, "p10": 3.0, "p90": 17.0}
    told["saved_a_year"] = {"mean": 10_400.0, "p10": 2_000.0, "p90": 21_000.0}
    made = {"kind": "prevention", "subject": "|".join(here.values()), "status": "open", "backtest": told}
    made |= {"from": {**here, "state": "comes again"}, "to": {"owner": "tom", "cost": 180.0}}
    return made | {"why": "feed_fault came again 4 times in 60 days.", "gain_a_year": 10_300.0}


def to_decide(workspace):
    """Proposals of each kind, one refused; returns their numbers by kind."""
    lines = [t for t in thresholds_answer(workspace)["thresholds"] if t["kind"] == KIND and not t["segment"]]
    one = threshold(lines)
    refused = {**one, "subject": "out_of_stock", "status": "refused", "backtest": {}, "gain_a_year": None}
    refused["why"] = "only 5 closes say whether the alarm was right; 30 are needed"
    now, found = workspace.clock.now(), {}
    with workspace.ledger.write() as connection:
        for kind, made in (("threshold", [one, refused]), ("route", [route()]), ("prevention", [prevention()])):
            found[kind] = record.put(connection, kind, made, as_of=now)[0]
    return found


def repeat(cause, kind, dollars, **more):
    row = {"root_cause": cause, "kind": kind, "dimension": "all", "value": "", "n": 9, "recurrences": 8}
    row |= {"at_risk_days": 80.0, "rate": 0.1, "rate_p10": 0.06, "rate_p90": 0.15, "dollars_a_year": dollars}
    row |= {"dollars_p10": dollars * 0.6, "dollars_p90": dollars * 1.5}
    return row | {"hours_a_year": 20.0, "hours_p10": 9.0, "hours_p90": 30.0} | more


def learned(workspace):
    """Repeats, graded claims, falls nobody saw, a look that waits, and a cause much like one that ships."""
    now = workspace.clock.now()
    rows = [repeat("image", "listing_suppressed", 9_000.0), repeat("image", "search_suppressed", 1_000.0)]
    rows.append(repeat("price_rule", "featured_offer_lost", 10_500.0, recurrences=1, at_risk_days=30.0))
    day = now.date()
    fall = {"account": "main", "channel": "amazon:US", "known_at": now, "from_day": day - timedelta(days=9)}
    fall |= {"to_day": day, "lost_p10": 500.0, "lost_p90": 1_300.0, "expected_units": 60.0, "units": 22.0}
    with workspace.ledger.write() as connection:
        connection.execute(REPEATS.sql_table().insert(), [{**r, "known_at": now} for r in rows])
        connection.execute(GRADES.sql_table().insert(), [grade(n, now) for n in range(12)])
        falls = [{**fall, "sku": "GONE-1", "lost": 900.0, "seen_by": None}]
        falls.append({**fall, "sku": "GONE-2", "lost": 300.0, "seen_by": "conversion_drop"})
        connection.execute(MISSED.sql_table().insert(), falls)
        look = {"kind": "conversion_drop", "account": "main", "channel": "amazon:US", "sku": "LOOK-1"}
        look |= {"subject_key": "main|amazon:US|LOOK-1", "observed": 0.08, "loss_per_day": 3.4}
        labels.put_up(connection, [look], seen_at=now)
    add_cause(workspace, "price_rules", "a price check of the marketplace took it down")


def grade(n, now):
    told = {"issue_id": 9_000 + n, "kind": "out_of_stock", "at": now, "why": "told", "days": 9}
    if n == 0:
        blank = ("claimed", "claimed_p10", "claimed_p90", "measured", "measured_p10", "measured_p90")
        return (
            told
            | {"verdict": "cannot_tell", "from_day": None, "to_day": None}
            | dict.fromkeys((*blank, "expected_units"))
        )
    was = 100.0 if n > 2 else 40.0
    row = {"claimed": 100.0, "claimed_p10": 80.0, "claimed_p90": 120.0, "measured": was, "measured_p10": was * 0.9}
    row |= {"measured_p90": was * 1.1, "verdict": "held" if n > 2 else "too_high", "expected_units": 40.0}
    return told | row | {"from_day": now.date(), "to_day": now.date()}


def of_facts(workspace):
    """A choice of forecast models, a catalog rule and a price path, each as its back-test proposes it."""
    from tests.decisions import test_catalog_rules, test_forecast_models, test_price_paths

    rules = test_catalog_rules
    day = rules.NOW.date() - timedelta(days=170)
    rule = rules.proposed(rules.loaded(rules.held(12), (day, 200, 1, 50, 11)), rules.closed(rules.held(12)))
    rule += rules.proposed(rules.loaded(rules.held(4, attribute="item_length")))
    made = {"catalog_rule": rule, "price_path": test_price_paths.proposed(test_price_paths.team())}
    made["forecast_model"] = test_forecast_models.proposed()
    with workspace.ledger.write() as connection:
        return {kind: record.put(connection, kind, rows, as_of=workspace.clock.now())[0] for kind, rows in made.items()}
