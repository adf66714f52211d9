"""A colleague who is forgotten loses their name in the audit log, and the log stays as closed as it was."""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa

from opswheel.core.contracts import AUDIT_LOG, ISSUES, USERS
from opswheel.interfaces import forgetting
from opswheel.interfaces.people import audit, passwords, users
from tests.interfaces.api.kit import House, fill

NAME, MAIL = "Inès Ferrán", "ines@example.com"
LOG = AUDIT_LOG.sql_table()


@pytest.fixture
def house(ledger, tmp_path, monkeypatch):
    """Three lines of hers, as somebody who does, is done to, and is spoken of; and a neighbour's."""
    monkeypatch.setattr(passwords, "hashed", lambda password: "x")
    folder = tmp_path / "house"
    folder.mkdir()
    fill(ledger, {1: "main"})
    house = House(folder, ledger)
    house.user("boss", "admin")
    users.add(house.workspace, NAME, role="lead", password="p" * 12, email=MAIL, doer=audit.Doer("boss"))
    with ledger.write() as connection:
        now = house.clock.at
        audit.record(connection, audit.Doer(NAME, "session", "10.0.0.7"), "issue.claim", "issue/1", at=now)
        detail = {"to": NAME, "text": f"ask {NAME}", "n": 3}
        audit.record(connection, audit.Doer("tom", "session"), "issue.assign", "issue/1", at=now, detail=detail)
        audit.record(connection, audit.Doer("tom", "session"), "issue.note", "issue/1", at=now, detail={"text": "Inès"})
    return house


def guarded(ledger):
    """Whether the database itself still refuses to change and to delete."""
    for word in (LOG.update().values(who="x"), LOG.delete()):
        with pytest.raises(sa.exc.DBAPIError, match="never changed"), ledger.write() as connection:
            connection.execute(word)
    return True


def test_only_the_name_changes_and_no_line_goes(house):
    before = house.log()
    now = forgetting.forget(house.workspace, NAME)["becomes"]
    after = house.log()
    assert [tuple(r) for r in after] == [
        tuple(
            value.replace(NAME, now).replace(json.dumps(NAME)[1:-1], now) if isinstance(value, str) else value
            for value in row
        )
        for row in before
    ]
    assert now in after[1].who and now in after[0].subject
    assert json.loads(after[2].detail) == {"to": now, "text": f"ask {now}", "n": 3}
    assert after[3] == before[3]
    assert MAIL not in str(after)
    assert guarded(house.ledger)


def test_the_log_is_closed_again_for_every_connection(house):
    forgetting.forget(house.workspace, NAME)
    house.ledger.close()
    lines = house.log()
    assert guarded(house.ledger)
    assert house.log() == lines
    with house.ledger.write() as connection:
        audit.record(connection, audit.Doer("boss"), "note", at=house.clock.at)  # and takes new lines as before
    assert len(house.log()) == len(lines) + 1


@pytest.mark.parametrize("when", ["amid the log", "after the log"])
def test_a_failure_in_the_middle_leaves_guard_and_lines_as_they_were(house, monkeypatch, when):
    before, apply = house.log(), forgetting._apply

    def fail(connection, contract, words):
        apply(connection, contract, words)
        if contract is AUDIT_LOG if when == "amid the log" else _later(contract):
            raise RuntimeError("the disk is full")

    monkeypatch.setattr(forgetting, "_apply", fail)
    with pytest.raises(RuntimeError, match="disk is full"):
        forgetting.forget(house.workspace, NAME)
    assert house.log() == before
    assert guarded(house.ledger)
    with house.ledger.read() as connection:
        names = set(connection.execute(sa.select(USERS.sql_table().c.name)).scalars())
    assert names == {"boss", NAME}


def _later(contract):
    order = [c.name for c in forgetting.LEDGER]
    return order.index(contract.name) == order.index(AUDIT_LOG.name) + 1


def test_the_guard_is_back_before_the_transaction_ends_also_where_an_error_is_caught_in_it(house):
    before = house.log()
    words = forgetting.Words(NAME, "person-1", customer=False)
    with house.ledger.write() as connection:
        try:
            with forgetting._lifted(connection, AUDIT_LOG):
                forgetting._apply(connection, AUDIT_LOG, words)
                raise RuntimeError
        except RuntimeError:
            pass
        with pytest.raises(sa.exc.DBAPIError, match="never changed"), connection.begin_nested():
            connection.execute(LOG.delete())
    assert house.log() == before
    with house.ledger.write() as connection:
        with forgetting._lifted(connection, AUDIT_LOG):
            forgetting._apply(connection, AUDIT_LOG, words)
        with pytest.raises(sa.exc.DBAPIError, match="never changed"), connection.begin_nested():
            connection.execute(LOG.update().values(who="x"))
    assert house.log()[1].who == "person-1"


def test_no_other_table_lifts_the_guard(house):
    with (
        house.ledger.write() as connection,
        forgetting._lifted(connection, ISSUES),
        pytest.raises(sa.exc.DBAPIError, match="never changed"),
        connection.begin_nested(),
    ):
        connection.execute(LOG.delete())
