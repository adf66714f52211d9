"""Rows of a ledger: what a test does not name is plain."""

from __future__ import annotations

from datetime import date, datetime

from opswheel.core.contracts import ISSUE_EVENTS, ISSUES, METRICS, OUTCOMES, RUNS

NOW = datetime(2026, 11, 1)
_PLAIN = {"text": "", "int": 1, "float": 0.0, "bool": False, "day": date(2026, 9, 1), "at": NOW}


def fill(ledger, contract, rows):
    """Insert rows; a column that must not be empty and is not named is plain."""
    needed = {c.name: _PLAIN[c.type] for c in contract.columns if c.required or c.name in contract.key}
    with ledger.write() as connection:
        for row in rows:
            connection.execute(contract.sql_table().insert(), [{**needed, **row}])


def runs(ledger, *as_of):
    """Finished runs, numbered from 1."""
    fill(ledger, RUNS, [{"id": n, "as_of": at, "finished_at": at} for n, at in enumerate(as_of, 1)])


def issue(number, found, **named):
    """An issue of a suppressed listing, found by run 1."""
    row = {
        "id": number,
        "fingerprint": f"f{number}",
        "kind": "listing_suppressed",
        "detected_at": found,
        "opened_run": 1,
    }
    row |= {"account": "main", "channel": "amazon:US", "state": "new", "tier": 2}
    return row | named


def fixed(number, found, at, verified, **named):
    """An issue that was fixed, and verified by facts."""
    done = {"state": "verified", "resolution": "fixed", "fixed_at": at, "verified_at": verified, "closed_at": verified}
    return issue(number, found, **done, **named)


def close(number, at, **named):
    """The outcome of a close."""
    row = {"issue_id": number, "at": at, "kind": "listing_suppressed", "resolution": "fixed", "by": "ines"}
    return row | {"root_cause": "image", "minutes": 10.0, "minutes_source": "typed"} | named


def event(number, version, at, what, **named):
    """Something that happened to an issue."""
    return {"issue_id": number, "version": version, "at": at, "event": what, "by": "ines", "payload": "{}"} | named


TABLES = {"issues": ISSUES, "events": ISSUE_EVENTS, "outcomes": OUTCOMES, "metrics": METRICS}
