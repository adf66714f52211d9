"""The ledger's tables: what the migrations make is what the contracts say, on both databases."""

from __future__ import annotations

import subprocess
import sys

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from opswheel.core.errors import LedgerTooNew
from opswheel.storage import migrate
from opswheel.storage.ledger import HEAD, Ledger, tables
from tests.conftest import fresh_database


def test_migrations_make_exactly_the_tables_the_contracts_describe(ledger):
    with ledger.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, tables()) == []
        found = sa.inspect(connection)
        for table in tables().sorted_tables:
            assert found.get_pk_constraint(table.name)["constrained_columns"] == [c.name for c in table.primary_key]
            assert {c["name"]: c["nullable"] for c in found.get_columns(table.name)} == {
                c.name: c.nullable for c in table.columns
            }


def test_the_newest_migration_is_the_one_the_code_expects(ledger):
    script = ScriptDirectory.from_config(migrate.config())
    assert script.get_heads() == [HEAD]
    with ledger.read() as connection:
        assert connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalars().all() == [HEAD]


def test_a_ledger_of_a_later_version_is_left_alone_and_says_what_to_do(ledger):
    with ledger.write() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(LedgerTooNew, match=r"later version of Opswheel \(migration 9999\)"):
        ledger.prepare()


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_two_processes_that_make_the_ledger_at_once_make_it_once(kind, request, tmp_path):
    url = f"sqlite:///{tmp_path}/ledger.db"
    if kind == "postgresql":
        url = fresh_database(request.getfixturevalue("postgres"))
    word = f"from opswheel.storage.ledger import Ledger; Ledger({url!r}).prepare()"
    both = [subprocess.Popen([sys.executable, "-c", word], stderr=subprocess.PIPE, text=True) for _ in range(2)]
    assert [p.communicate(timeout=120)[1] for p in both] == ["", ""]
    made = Ledger(url)
    with made.read() as connection:
        assert set(sa.inspect(connection).get_table_names()) == {*tables().tables, "alembic_version"}
    made.close()


def test_a_reader_sees_one_state_however_long_it_reads(ledger):
    word = sa.text("SELECT count(*) FROM leases")
    with ledger.read() as reader:
        assert reader.execute(word).scalar() == 0
        with ledger.write() as writer:
            writer.execute(sa.text("INSERT INTO leases VALUES ('run', 'somebody', '2026-11-22 16:00:00')"))
        assert reader.execute(word).scalar() == 0
    with ledger.read() as reader:
        assert reader.execute(word).scalar() == 1


def test_a_write_that_fails_leaves_nothing_behind(ledger):
    with pytest.raises(ZeroDivisionError), ledger.write() as connection:
        connection.execute(sa.text("INSERT INTO leases VALUES ('run', 'somebody', '2026-11-22 16:00:00')"))
        raise ZeroDivisionError
    with ledger.read() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM leases")).scalar() == 0


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_a_ledger_of_the_first_version_keeps_its_issues_and_knows_whom_a_rule_chose(kind, request, tmp_path):
    url = f"sqlite:///{tmp_path}/ledger.db"
    if kind == "postgresql":
        url = fresh_database(request.getfixturevalue("postgres"))
    old = Ledger(url)
    old.upgrade("0001")
    names = "id, fingerprint, episode, kind, account, channel, subject_type, subject_key, state, version, touched"
    names += ", opened_run, inherited, muted, detected_at, owner, claimed_at"
    usual = "1, 'listing_suppressed', 'main', 'amazon:US', 'listing', 'x', 'assigned', 2"
    with old.write() as connection:
        for number, touched, owner, claimed in ((1, "false", "'tom'", "NULL"), (2, "false", "NULL", "NULL"),
                                                (3, "true", "'ines'", "'2026-11-20 16:00:00'")):  # fmt: skip
            values = (
                f"{number}, 'k{number}', {usual}, {touched}, 1, false, false, '2026-11-20 16:00:00', {owner}, {claimed}"
            )
            connection.exec_driver_sql(f"INSERT INTO issues ({names}) VALUES ({values})")
    old.prepare()
    with old.read() as connection:
        found = connection.execute(
            sa.text("SELECT id, owner, route, first_action_at IS NOT NULL AS begun FROM issues ORDER BY id")
        ).all()
    assert [(r.id, r.owner, r.route, bool(r.begun)) for r in found] == [
        (1, "tom", "before this version", False),
        (2, None, None, False),
        (3, "ines", None, True),
    ]
    assert old.revision() == HEAD
    old.close()
