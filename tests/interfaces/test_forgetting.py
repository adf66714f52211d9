"""A customer or a former colleague who is forgotten stands in no byte of the workspace, and the work still adds up."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from opswheel.core.contracts import ISSUE_EVENTS, ISSUES, LAKE_FILES, ORDERS, OUTCOMES, USERS
from opswheel.core.errors import Conflict, NotFound, WrongUse
from opswheel.interfaces import forgetting
from opswheel.interfaces.answers import close_issue
from opswheel.interfaces.forgotten_files import hashes
from opswheel.interfaces.forgotten_words import Words
from opswheel.interfaces.service import telling
from opswheel.resolution import actions, triage
from opswheel.storage.duck import connect, quote
from tests.stories.seller import SETTINGS, Seller, at

NAME = "Inès Ferrán"
ORDER = "111-2223334-5556667"
OTHER = "111-9999999-0000000"
MAIL = "jane.doe@example.com"


@pytest.fixture(scope="module")
def worked(tmp_path_factory):
    """A small shop with two mornings in which a colleague and a customer stand wherever they can."""
    seller = Seller(tmp_path_factory.mktemp("worked") / "shop", settings='\n[[routes]]\nowner = "tom"\n')
    seller.load(seller.sales(-20, -2), _orders(seller))
    seller.morning(0, ["CUP", "VASE", "JUG"])
    here = seller.workspace
    number = {r[2]: r[0] for r in seller.rows()}
    with here.ledger.write() as connection:
        now = {"at": here.clock.now(), "desk": here.desk}
        actions.assign(connection, number["CUP"], NAME, by=NAME, **now)
        actions.claim(connection, number["CUP"], by=NAME, **now)
        actions.note(connection, number["CUP"], f"{NAME} called; buyer {MAIL} of {ORDER} waits", by=NAME, **now)
        actions.assign(connection, number["VASE"], NAME, by="tom", **now)
        triage.acknowledge(connection, number["VASE"], by=NAME, **now)
        said = {"resolution": "fixed", "root_cause": "image", "minutes": 4, "note": f"done by {NAME}"}
        close_issue(here, connection, number["CUP"], said, NAME)
        triage.snooze(connection, number["JUG"], triage.Snooze(f"ask {NAME}", until=at(2)), by=NAME, **now)
        users = USERS.sql_table()
        row = dict.fromkeys(USERS.names()) | {
            "name": NAME,
            "email": "ines@example.com",
            "role": "lead",
            "accounts": "[]",
        }
        row |= {"password": "x", "created_at": at(0), "created_by": "tom", "changed_at": at(0)}
        connection.execute(users.insert(), row)
    telling.set_person(here, NAME, urls=["json://127.0.0.1:9"], everything=True, daily_at="08:00", quiet="", by=NAME)
    with here.ledger.write() as connection:
        telling.watch(here, connection)
    (seller.folder / "rejects").mkdir(exist_ok=True)
    (seller.folder / "rejects" / "20261102T160000-1.csv").write_text(f"file,line\norders.csv,{ORDER}\nx,{OTHER}\n")
    seller.morning(1, ["VASE"])
    (seller.folder / "reports").rename(seller.folder.parent / "reports")
    here.ledger.close()
    return seller


def _orders(seller):
    head = "order_id,sku,purchased_at,status,units,line_price,currency"
    lines = [f"{o},CUP,2026-11-01T10:00:00Z,shipped,1,20.00,USD" for o in (ORDER, OTHER)]
    return seller.put("amazon-US/orders-2026-11-02.csv", "\n".join([head, *lines]))


@pytest.fixture
def seller(worked, tmp_path):
    return worked.copy(tmp_path / "shop")


def grep(folder, *words):
    """Files below a folder in which any byte of these words stands; Parquet also as its readers see it."""
    found = set()
    needles = [n for w in words for n in {w.encode(), json.dumps(w)[1:-1].encode()}]
    duck = connect(directories=[folder])
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        content = path.read_bytes()
        if path.suffix == ".parquet":
            rows = duck.execute(f"SELECT * FROM read_parquet([{quote(str(path))}])").fetchall()
            content += repr(rows).encode()
        if any(n in content for n in needles):
            found.add(path.relative_to(folder).as_posix().split("/")[0] if path.suffix == ".parquet" else path.name)
    duck.close()
    return found


def count(seller, contract, *where):
    with seller.workspace.ledger.read() as connection:
        table = contract.sql_table()
        return connection.execute(sa.select(sa.func.count()).select_from(table).where(*where)).scalar()


def orders(seller):
    table = LAKE_FILES.sql_table()
    with seller.workspace.ledger.read() as connection:
        paths = connection.execute(sa.select(table.c.path).where(table.c.table_name == ORDERS.name)).scalars().all()
    duck = connect(directories=[seller.workspace.lake.root])
    listed = ", ".join(quote(str(seller.workspace.lake.absolute(p))) for p in paths)
    found = {r[0] for r in duck.execute(f"SELECT order_hash FROM read_parquet([{listed}])").fetchall()}
    duck.close()
    return found


def test_a_forgotten_colleague_stands_in_no_byte_of_the_workspace(seller):
    here = seller.workspace
    before = {c.name: count(seller, c) for c in (ISSUES, ISSUE_EVENTS, OUTCOMES)}
    here.ledger.close()
    assert {"ledger.db", "lake"} <= grep(seller.folder, NAME)
    told = forgetting.forget(here, NAME)
    assert (told["what"], told["left"]) == ("user", [])
    assert grep(seller.folder, NAME, "ines@example.com") == set()
    assert {c.name: count(seller, c) for c in (ISSUES, ISSUE_EVENTS, OUTCOMES)} == before
    now = told["becomes"]
    assert count(seller, OUTCOMES, OUTCOMES.sql_table().c.by == now) == 1
    users = USERS.sql_table()
    assert count(seller, USERS, users.c.name == now, users.c.disabled_at.is_not(None), users.c.password == "") == 1
    assert telling.notices_answer(here, None, None, 9) == {"people": [], "notices": [], "asleep_since": None}


def test_the_queue_reads_as_before_with_the_new_name_in_the_place_of_the_old(seller):
    before = [seller.queue(), seller.queue(at(0))]
    told = forgetting.forget(seller.workspace, NAME)
    after = [seller.queue(), seller.queue(at(0))]
    text = json.dumps(before, default=str).replace(json.dumps(NAME)[1:-1], told["becomes"])
    assert json.loads(text) == json.loads(json.dumps(after, default=str))
    seller.morning(2, ["VASE"])
    assert seller.queue()["issues"]


def test_the_same_person_forgotten_twice_is_the_same_nobody(seller):
    here = seller.workspace
    first = forgetting.forget(here, NAME)["becomes"]
    with pytest.raises(NotFound):
        forgetting.forget(here, NAME)
    number = seller.rows()[0][0]
    with here.ledger.write() as connection:
        actions.assign(connection, number, NAME, by="tom", at=here.clock.now(), desk=here.desk)
    assert forgetting.forget(here, NAME)["becomes"] == first
    assert first != forgetting.pseudonym(here.key, "tom")


def test_a_forgotten_customer_stands_in_no_byte_and_the_neighbour_stays(seller):
    here = seller.workspace
    mine, others = hashes(here.key, ORDER), hashes(here.key, OTHER)
    assert orders(seller) == {mine[0], others[0]}
    told = forgetting.forget(here, ORDER)
    assert told["what"] == "customer"
    places = {p["place"]: p["rows"] for p in told["places"]}
    assert places["lake/orders"] == 1 and places["rejects"] == 1 and places["issue_events"] == 1
    assert grep(seller.folder, ORDER, *mine) == set()
    assert orders(seller) == {others[0]}
    assert OTHER in (seller.folder / "rejects" / "20261102T160000-1.csv").read_text()
    forgetting.forget(here, MAIL)
    assert grep(seller.folder, MAIL) == set()
    seller.morning(2, ["VASE"])  # a run over the files that are left finds its way


def test_what_would_change_is_told_before_and_nothing_changes(seller):
    here = seller.workspace
    files = {p: p.read_bytes() for p in seller.folder.rglob("*.parquet")}
    told = forgetting.forget(here, ORDER, dry_run=True)
    assert told["dry_run"] and {p["place"] for p in told["places"]} == {"issue_events", "lake/orders", "rejects"}
    assert {p: p.read_bytes() for p in seller.folder.rglob("*.parquet")} == files
    assert told["places"] == forgetting.forget(here, ORDER)["places"]


def test_settings_that_name_a_person_are_told_to_whoever_must_mend_them(seller):
    path = seller.folder / "opswheel.toml"
    path.write_text(SETTINGS + f'\n[[routes]]\nowner = "{NAME}"\n')
    assert forgetting.forget(seller.workspace, NAME)["left"] == ["opswheel.toml"]


@pytest.mark.parametrize(
    ("name", "error", "words"),
    [("Nobody Ever", NotFound, "Nothing here bears"), ("x", WrongUse, "too short"), ("CUP", NotFound, "Nothing here")],
)
def test_a_name_nothing_bears_is_told_so(seller, name, error, words):
    with pytest.raises(error, match=words):
        forgetting.forget(seller.workspace, name)


def test_a_name_that_is_both_is_asked_about(seller):
    here = seller.workspace
    with here.ledger.write() as connection:
        actions.assign(connection, seller.rows()[0][0], ORDER, by="tom", at=here.clock.now(), desk=here.desk)
    with pytest.raises(Conflict, match="both"):
        forgetting.forget(here, ORDER)
    assert forgetting.forget(here, ORDER, "customer")["what"] == "customer"


def test_forgetting_waits_for_a_run_at_work(seller):
    from opswheel.core.errors import RunInProgress
    from opswheel.wheel.lease import lease

    with lease(seller.workspace.ledger, "run", seller.workspace.clock), pytest.raises(RunInProgress):
        forgetting.forget(seller.workspace, NAME)


CUT = """
import os, signal, sys
from pathlib import Path
from opswheel.interfaces import forgetting
from opswheel.interfaces.answers import close_issue
from opswheel.interfaces.wiring import Workspace
from opswheel.wheel import jobs
forgetting.delete_replaced = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
forgetting.forget(Workspace(Path(sys.argv[1])), sys.argv[2])
"""


def test_a_power_cut_before_the_old_files_are_deleted_leaves_that_to_the_next_start(seller):
    from opswheel.interfaces.answers.jobs import work_once

    here = seller.workspace
    here.ledger.close()
    done = subprocess.run([sys.executable, "-c", CUT, str(seller.folder), ORDER], check=False,
                          cwd=Path(__file__).parents[2], env=dict(os.environ))  # fmt: skip
    assert done.returncode == -signal.SIGKILL
    mine = hashes(here.key, ORDER)
    assert grep(seller.folder, *mine) == {"lake"}
    assert work_once(here) >= 1
    assert grep(seller.folder, *mine) == set()


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("owner", "Mark", "person-1"),
        ("title", "Mark Twain mug", "Mark Twain mug"),
        ("sku", "Mark", "Mark"),
        ("note", "ask Mark, not Marketing", "ask person-1, not Marketing"),
        ("payload", '{"owner": "Mark", "sku": "Mark", "note": "Mark knows"}',
         '{"owner": "person-1", "sku": "Mark", "note": "person-1 knows"}'),
        ("backup", "Tom;Mark;Ann", "Tom;person-1;Ann"),
        ("summary", '{"rerouted": {"Mark": 3}, "kind": {"Mark": 1}}',
         '{"rerouted": {"person-1": 3}, "kind": {"Mark": 1}}'),
        ("acked_by", "Marko", "Marko"),
    ],
    ids=["owner", "product's title", "SKU", "note", "event", "who stands in", "a run's counts", "a namesake"],
)  # fmt: skip
def test_a_name_that_is_also_a_word_is_replaced_only_where_it_is_a_person(column, value, expected):
    assert Words("Mark", "person-1", customer=False).column(column, value) == expected
