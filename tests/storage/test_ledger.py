"""The ledger's way in: a database that is not there is told in a sentence without its password."""

from __future__ import annotations

import pytest

from opswheel.core.errors import WrongUse
from opswheel.storage.ledger import Ledger


def test_an_unreachable_database_is_told_in_a_sentence_that_gives_no_secret_away():
    pytest.importorskip("psycopg", reason="the ledger on PostgreSQL needs psycopg")
    with pytest.raises(WrongUse, match="does not answer") as told:
        Ledger("postgresql://clerk:geheim@127.0.0.1:1/ledger").prepare()
    assert "geheim" not in str(told.value)
    assert "\n" not in str(told.value)
