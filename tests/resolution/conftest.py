"""What the tests of resolution share: a small queue on both databases."""

from __future__ import annotations

import pytest

from opswheel.storage.ledger import Ledger

from .shop import fill


@pytest.fixture
def shop(ledger: Ledger) -> Ledger:
    """Two issues a finished run opened, one an unfinished run opened, with their ranks."""
    fill(ledger, 1, 2, unfinished=(3,))
    return ledger
