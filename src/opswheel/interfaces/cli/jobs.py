"""`jobs`: work between runs."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from cyclopts import Parameter

from ...core.errors import WrongUse
from .context import answer, console, options, workspace

State = Literal["waiting", "working", "done", "dead"]


def jobs(
    *,
    state: State | None = None,
    limit: int = 25,
    retry: int | None = None,
    work: Annotated[bool, Parameter(negative=())] = False,
) -> int:
    """Work between runs: what waits, is being done, was done, or is dead after too many attempts.

    Parameters
    ----------
    state
        Only those.
    limit
        How many; newest first.
    retry
        Try this dead job again.
    work
        Do now, once, what a running server would do: schedules, clocks, notices, webhooks. For those who have no
        server running, from a timer of the system.
    """
    from ..answers.jobs import jobs_answer, retry_job, work_once

    here = workspace()
    if work and retry is not None:
        raise WrongUse("One thing at a time.", "Say --work or --retry.")
    if retry is not None:
        retry_job(here, retry)
    did = work_once(here) if work else None
    found = jobs_answer(here, state, max(1, limit)) | {"did": did}
    if options().json:
        answer(found)
    else:
        _show(found)
    return 1 if found["dead"] else 0


def _show(found: dict[str, Any]) -> None:
    out = console()
    if found["did"] is not None:
        out.print(f"Did {found['did']:,} jobs." if found["did"] != 1 else "Did 1 job.")
    out.print(", ".join(f"{found[s]:,} {s}" for s in ("waiting", "working", "done", "dead")) + ".")
    for job in found["jobs"]:
        words = f"{job['id']}  {job['kind']} {job['about']}: {job['state']}"
        words += f", attempt {job['attempts']}" if job["attempts"] > 1 else ""
        words += f"; next {job['next_at']}" if job["state"] == "waiting" else ""
        out.print(words + (f"; {job['error']}" if job["error"] else ""), markup=False, soft_wrap=True)
    if found["dead"]:
        out.print("Try one again: opswheel jobs --retry NUMBER")
