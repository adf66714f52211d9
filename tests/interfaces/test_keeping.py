"""A backup restores the same workspace, on either database; a damaged one restores nothing."""

from __future__ import annotations

import json
import shutil
import zipfile

import pytest

from opswheel.core.contracts import LEDGER
from opswheel.core.errors import Conflict, DamagedBackup, LedgerTooNew, OpswheelError, WorkspaceExists, WrongUse
from opswheel.interfaces.keeping import make_backup, restore_backup
from opswheel.interfaces.wiring import KEY_FILE, Workspace
from tests.conftest import fresh_database
from tests.stories.seller import Seller, at


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A seller after two mornings, a close and a page of her own; and the backup of it."""
    folder = tmp_path_factory.mktemp("kept")
    seller = Seller(folder / "shop")
    seller.load(seller.sales(-30, -2))
    seller.morning(0, ["CUP"])
    seller.close(1)
    seller.morning(1, ["CUP", "JUG"])
    (seller.folder / "playbooks").mkdir()
    (seller.folder / "playbooks" / "listing_inactive.md").write_text("Ask Karl.\n")
    assert seller.workspace.key
    make_backup(seller.workspace, folder / "backup.zip")
    return seller, folder / "backup.zip"


def rows(workspace):
    with workspace.ledger.read() as connection:
        return {
            c.name: sorted(map(str, connection.execute(c.sql_table().select()).all()))
            for c in LEDGER
            if c.name != "leases"
        }


def told_alike(workspace):
    """Every row but those that say that a copy sends nothing yet."""
    return {name: found for name, found in rows(workspace).items() if name not in ("cursors", "audit_log")}


def restored(folder):
    other = Seller(folder)
    other.now = at(1)
    return other


def test_a_restored_workspace_is_the_same_and_goes_on(kept, tmp_path):
    seller, backup = kept
    told = restore_backup(backup, tmp_path / "again", "")
    other = restored(tmp_path / "again")
    assert told["rows"] == sum(map(len, rows(seller.workspace).values()))
    assert told_alike(other.workspace) == told_alike(seller.workspace)
    assert other.queue()["issues"] == seller.queue()["issues"]
    assert other.why(2)["playbook"] == ["Ask Karl."]
    assert not (other.folder / KEY_FILE).exists()  # the key is kept elsewhere
    assert other.run(at(0)).rows == seller.run(at(0)).rows
    assert other.morning(2, ["CUP", "JUG"]).summary["issues"]["opened"] == 0


@pytest.mark.postgres
def test_a_backup_of_sqlite_restores_into_postgresql_and_back(kept, tmp_path, postgres):
    seller, backup = kept
    url = fresh_database(postgres)
    restore_backup(backup, tmp_path / "pg", url)
    other = restored(tmp_path / "pg")
    assert other.workspace.ledger.dialect == "postgresql"
    assert told_alike(other.workspace) == told_alike(seller.workspace)
    make_backup(other.workspace, tmp_path / "pg.zip")
    with pytest.raises(Conflict, match="is not empty"):
        restore_backup(tmp_path / "pg.zip", tmp_path / "twice", "")
    restore_backup(tmp_path / "pg.zip", tmp_path / "back", f"sqlite:///{tmp_path}/back.db")
    assert told_alike(Workspace(tmp_path / "back")) == told_alike(seller.workspace)
    other.workspace.ledger.close()


def rewrite(backup, target, change):
    """A copy of a backup with its members changed: `change` gets and gives name → bytes."""
    with zipfile.ZipFile(backup) as source:
        members = {n: source.read(n) for n in source.namelist()}
    with zipfile.ZipFile(target, "w") as out:
        for name, content in change(members).items():
            out.writestr(name, content)
    return target


def with_list(members, **told):
    return members | {"backup.json": json.dumps(json.loads(members["backup.json"]) | told).encode()}


def outside(members):
    told = json.loads(members["backup.json"])
    told["members"]["../evil"] = told["members"].pop("opswheel.toml")
    content = members.pop("opswheel.toml")
    return members | {"../evil": content, "backup.json": json.dumps(told).encode()}


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        (lambda m: m | {"ledger/issues.jsonl": b"{}\n"}, DamagedBackup, "than its list|not what it was"),
        (lambda m: {k: v for k, v in m.items() if "lake/listings" not in k}, DamagedBackup, "differ"),
        (lambda m: m | {"lake/more.parquet": b"x"}, DamagedBackup, "differ"),
        (lambda m: {k: v for k, v in m.items() if k != "backup.json"}, DamagedBackup, "no whole backup"),
        (lambda m: m | {"backup.json": b"[]"}, DamagedBackup, "no whole backup"),
        (lambda m: with_list(m, migration="9999"), LedgerTooNew, "later version"),
        (outside, DamagedBackup, "belongs to no workspace"),
    ],
    ids=["a changed row", "a file missing", "a file too many", "no list", "a list that is none", "later", "outside"],
)
def test_a_damaged_backup_is_refused_and_leaves_nothing_behind(kept, tmp_path, change, error, words):
    damaged = rewrite(kept[1], tmp_path / "damaged.zip", change)
    with pytest.raises(error, match=words):
        restore_backup(damaged, tmp_path / "again", "")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["damaged.zip"]


@pytest.mark.parametrize("cut", [0.0, 0.3, 0.9, 0.999])
def test_a_backup_cut_short_or_with_a_flipped_byte_is_refused(kept, tmp_path, cut):
    content = kept[1].read_bytes()
    (tmp_path / "short.zip").write_bytes(content[: int(len(content) * cut)])
    flipped = bytearray(content)
    flipped[int(len(content) * max(cut, 0.01))] ^= 0xFF
    (tmp_path / "flipped.zip").write_bytes(flipped)
    for name in ("short.zip", "flipped.zip"):
        with pytest.raises(OpswheelError):
            restore_backup(tmp_path / name, tmp_path / "again", "")
    assert not (tmp_path / "again").exists()


def test_nothing_is_overwritten_by_a_backup_or_a_restore(kept, tmp_path):
    seller, backup = kept
    with pytest.raises(Conflict, match="exists already"):
        make_backup(seller.workspace, backup)
    with pytest.raises(WrongUse, match="There is no folder"):
        make_backup(seller.workspace, tmp_path / "nowhere" / "b.zip")
    with pytest.raises(WorkspaceExists, match="is not empty"):
        restore_backup(backup, seller.folder, "")
    with pytest.raises(WrongUse, match="There is no file"):
        restore_backup(tmp_path / "none.zip", tmp_path / "again", "")
    shutil.copy(backup, tmp_path / "b.zip")
    assert (tmp_path / "b.zip").stat().st_mode & 0o077 == 0
