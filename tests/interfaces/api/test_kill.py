"""A server killed amid writes: what it acknowledged is there, nothing is half there, retries are done once."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime

import httpx
import pytest
import sqlalchemy as sa

from opswheel.core.contracts import ISSUE_EVENTS, ISSUES
from opswheel.core.contracts.people import AUDIT_LOG, KEPT_ANSWERS
from opswheel.storage.ledger import Ledger

from .kit import House, fill

SERVE = [sys.executable, "-c", "from opswheel.interfaces.cli import main; main()", "serve", "--port", "0", "--json"]


class Server:
    """`opswheel serve` as a process of its own."""

    def __init__(self, folder):
        words = [*SERVE, "--workspace", str(folder)]
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        told = ""
        while not told.endswith("}\n"):
            line = self.process.stdout.readline()
            assert line, "the server did not start"
            told += line
        self.url = json.loads(told)["api"]

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()


def note(url, token, issue, key):
    """Whether the note was acknowledged."""
    head = {"authorization": f"Bearer {token}", "idempotency-key": key}
    try:
        answer = httpx.post(f"{url}/issues/{issue}/note", json={"text": key}, headers=head, timeout=30)
    except httpx.HTTPError:
        return False
    assert answer.status_code == 200, answer.text
    return True


@pytest.mark.long
@pytest.mark.parametrize("round_", range(3))
def test_every_acknowledged_write_is_there_none_is_half_and_a_retry_is_done_once(tmp_path, round_):
    ledger = Ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    ledger.prepare()
    fill(ledger, dict.fromkeys(range(1, 7), "main"))
    house = House(tmp_path, ledger, settings="[serve]\nrequests_per_minute = 1000000\n")
    house.clock.at = datetime.now(UTC).replace(tzinfo=None)
    house.user("ines")
    token = house.token("ines")
    ledger.close()
    server, acknowledged, sent = Server(tmp_path), set(), set()

    def work(issue):
        for n in range(10_000):
            key = f"{issue}-{n}"
            sent.add((issue, key))
            if not note(server.url, token, issue, key):
                return
            acknowledged.add((issue, key))

    threads = [threading.Thread(target=work, args=(n,)) for n in range(1, 7)]
    for thread in threads:
        thread.start()
    while len(acknowledged) < 40 + 17 * round_:
        time.sleep(0.005)
    server.kill()
    for thread in threads:
        thread.join(60)
    after = state(tmp_path)
    assert acknowledged <= after["notes"].keys()
    assert after["notes"].keys() <= sent
    whole(after)
    again = Server(tmp_path)
    try:
        assert sent != acknowledged  # something was under way
        assert all(note(again.url, token, *pair) for pair in sorted(sent))
    finally:
        again.kill()
    end = state(tmp_path)
    assert end["notes"] == dict.fromkeys(sent, 1)
    whole(end)


def state(folder):
    """What the ledger holds: notes and how often, lines of the audit log, keys kept, versions."""
    ledger = Ledger(f"sqlite:///{folder / 'ledger.db'}")
    events, log, kept, issues = (c.sql_table() for c in (ISSUE_EVENTS, AUDIT_LOG, KEPT_ANSWERS, ISSUES))
    found = {"notes": {}}
    with ledger.read() as connection:
        for row in connection.execute(sa.select(events).where(events.c.event == "noted")):
            pair = (row.issue_id, json.loads(row.payload)["note"])
            found["notes"][pair] = found["notes"].get(pair, 0) + 1
        lines = connection.execute(sa.select(log).where(log.c.what == "issue.note")).all()
        found["log"] = sorted((int(r.subject.split("/")[1]), json.loads(r.detail)["text"]) for r in lines)
        keys = connection.execute(sa.select(kept.c.key, kept.c.status)).all()
        found["keys"] = sorted((int(r.key.split("-")[0]), r.key) for r in keys if r.status == 200)
        found["versions"] = {r.id: r.version for r in connection.execute(sa.select(issues.c.id, issues.c.version))}
    ledger.close()
    return found


def whole(found):
    """Each write has its event, its version, its line in the log and its kept answer, or none of them."""
    assert found["log"] == sorted(found["notes"])
    assert found["keys"] == sorted(found["notes"])
    for issue, version in found["versions"].items():
        assert version == 1 + sum(n for (i, _), n in found["notes"].items() if i == issue)
