"""Lists of refused rows are kept as long as the settings say, and nothing else in their folder is touched."""

from __future__ import annotations

from datetime import datetime, timedelta

from opswheel.storage.ingest import Reject
from opswheel.storage.rejects import remove_old_rejects, write_rejects

NOW = datetime(2026, 11, 22, 16)


def test_old_lists_and_their_unfinished_parts_go_and_what_somebody_else_put_there_stays(tmp_path):
    row = [Reject(line=3, column="sku", value="", reason="empty")]
    for days in (0, 30, 31):
        write_rejects(tmp_path, "listings.txt", NOW - timedelta(days=days), days, row)
    (tmp_path / "20260101T000000-1.123.part").write_text("half")
    (tmp_path / "read-me.txt").write_text("mine")
    assert remove_old_rejects(tmp_path, NOW - timedelta(days=30)) == 2
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "20261023T160000-00000000001e.csv",
        "20261122T160000-000000000000.csv",
        "read-me.txt",
    ]


def test_a_workspace_without_refused_rows_has_nothing_to_clean(tmp_path):
    assert remove_old_rejects(tmp_path / "rejects", NOW) == 0
