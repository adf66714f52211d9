"""The server over a small queue: issues 1 to 4 of account `main`, 5 and 6 of account `other`."""

from __future__ import annotations

import pytest

from opswheel.storage.ledger import Ledger

from .kit import House, fill

ACCOUNTS = {1: "main", 2: "main", 3: "main", 4: "main", 5: "other", 6: "other"}


@pytest.fixture
def house(ledger, tmp_path):
    """On both databases."""
    folder = tmp_path / "house"
    folder.mkdir()
    fill(ledger, ACCOUNTS)
    return House(folder, ledger)


@pytest.fixture
def quick(tmp_path):
    """On SQLite only, for what does not touch the database's own ways."""
    folder = tmp_path / "house"
    folder.mkdir()
    ledger = Ledger(f"sqlite:///{folder / 'ledger.db'}")
    ledger.prepare()
    fill(ledger, ACCOUNTS)
    yield House(folder, ledger)
    ledger.close()
