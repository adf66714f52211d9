"""A process that kills its children: each runs one real command and dies by SIGKILL at the point it is told.

Starting Python and its libraries anew takes longer than most commands on a small shop, so this process imports
them once and forks. It reads one job a line from stdin and writes one answer a line to stdout. A *point* is a
statement the ledger is about to execute, a commit, a step of the engine, or a change in the file system.
"""

from __future__ import annotations

import importlib
import io
import json
import os
import signal
import sys
import traceback
from collections.abc import Callable
from typing import Any

CHANGES = ("open", "fsync", "unlink", "remove", "rename", "replace", "link", "mkdir", "rmdir", "write")


def arm(kill_at: int) -> list[int]:
    """Count the points of this process from now on, and die at number `kill_at`; returns the counter."""
    import sqlalchemy as sa

    from opswheel.storage.duck import DuckEngine

    passed = [0]

    def point(*_: Any) -> None:
        passed[0] += 1
        if passed[0] == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    sa.event.listen(sa.Engine, "before_cursor_execute", point)
    sa.event.listen(sa.Engine, "commit", point)
    for place, names in ((os, CHANGES), (io, ("open",)), (DuckEngine, ("export", "make"))):
        for name in names:
            setattr(place, name, _watched(getattr(place, name), point))
    return passed


def _watched(act: Callable[..., Any], point: Callable[[], None]) -> Callable[..., Any]:
    def watched(*given: Any, **named: Any) -> Any:
        point()
        return act(*given, **named)

    return watched


def child(job: dict[str, Any], answer: int) -> None:
    """Run one command; never returns."""
    os.environ["OPSWHEEL_NOW"] = job["now"]
    os.environ["OPSWHEEL_DEBUG"] = "1"
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    passed = arm(job["kill_at"])
    from opswheel.interfaces.cli import obey

    status = obey(["--workspace", job["workspace"], *job["arguments"]])
    os.close(silence)
    with os.fdopen(answer, "w") as out:
        out.write(json.dumps({"status": status, "points": passed[0]}))
    os._exit(0)


def main() -> None:
    """Fork a child for each job."""
    for name in (
        *("cyclopts", "duckdb", "ibis", "numpy", "pyarrow.compute", "rich.console", "rich.table", "scipy.stats"),
        *(f"opswheel.{part}" for part in ("interfaces.answers", "storage.migrate", "wheel.compaction", "wheel.run")),
        *(f"opswheel.interfaces.cli.{part}" for part in ("issue", "load", "run", "workspace")),
    ):
        importlib.import_module(name)
    from opswheel.storage import compiled

    compiled._path()  # the digest of the code, once
    for line in sys.stdin:
        job = json.loads(line)
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            try:
                os.close(reading)
                child(job, writing)
            except BaseException:
                traceback.print_exc()
            os._exit(70)
        os.close(writing)
        with os.fdopen(reading) as told:
            text = told.read()
        _, status = os.waitpid(pid, 0)
        killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        found = json.loads(text) if text else {"status": None, "points": None}
        sys.stdout.write(json.dumps({**found, "killed": killed}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
