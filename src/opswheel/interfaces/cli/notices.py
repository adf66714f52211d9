"""`notices`: who is told what."""

from __future__ import annotations

import sys
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from ...core.errors import WrongUse
from .context import answer, console, options, workspace

Urls = Annotated[list[str] | None, Parameter(name="--url", negative=(), allow_leading_hyphen=True)]
State = Literal["held", "later", "sending", "sent", "dead"]


def notices(  # noqa: PLR0913
    *,
    person: str | None = None,
    state: State | None = None,
    limit: int = 25,
    set_: Annotated[str | None, Parameter(name="--set")] = None,
    url: Urls = None,
    daily: str | None = None,
    quiet: str | None = None,
    everything: bool | None = None,
    remove: str | None = None,
    test: str | None = None,
    wake: Annotated[bool, Parameter(negative=())] = False,
    by: str | None = None,
) -> int:
    """Who is told what, and how: at once what cannot wait, the rest in one message a day.

    Parameters
    ----------
    person
        Only what this person was told.
    state
        Only what is held, later, sending, sent or dead.
    limit
        How many.
    set_
        Say how a person is told, with --url, --daily, --quiet, --everything; what is not said stays.
    url
        Where to, as Apprise writes it, such as mailto://… or slack://…; may be said more than once.
        "-" reads it from the standard input, so that it stays out of the shell's history.
    daily
        Wall time of the daily message, such as 08:00; "" for none.
    quiet
        Wall hours in which nothing is sent, such as 19:00-07:00; "" for none.
    everything
        Also what belongs to nobody or to all: blind sources, issues without an owner, everybody's promises.
    remove
        Tell this person nothing any more.
    test
        Send this person a message at once.
    wake
        Let a restored workspace tell people again, from now on.
    by
        Who says so; you, if not given.
    """
    from ..service import asleep, telling

    here = workspace()
    if sum(v is not None for v in (set_, remove, test)) + wake > 1:
        raise WrongUse("One thing at a time.", "Say one of --set, --remove, --test and --wake.")
    if set_ is None and any(v is not None for v in (url, daily, quiet, everything)):
        raise WrongUse("Whom is that about?", "Say --set NAME with --url, --daily, --quiet and --everything.")
    tested: list[dict[str, Any]] = []
    if set_ is not None:
        urls = None if url is None else [sys.stdin.readline().strip() if u == "-" else u for u in url]
        said = {"everything": everything, "daily_at": daily, "quiet": quiet}
        telling.set_person(here, set_, urls=urls, by=by or here.me, **said)  # type: ignore[arg-type]
    elif remove is not None:
        telling.remove_person(here, remove)
    elif wake:
        asleep.wake(here, "notices")
    elif test is not None:
        tested = telling.test_person(here, test)
    found = telling.notices_answer(here, person, state, max(1, limit)) | {"tested": tested}
    if options().json:
        answer(found)
    elif test is not None:
        for one in tested:
            console().print(f"{one['to']}: {'taken' if one['taken'] else 'not taken'}", markup=False)
    else:
        _show(found)
    return 1 if any(not one["taken"] for one in tested) else 0


def _show(found: dict[str, Any]) -> None:
    out = console()
    if not found["people"]:
        out.print("Nobody is told anything yet: opswheel notices --set NAME --url mailto://…", markup=False)
    for p in found["people"]:
        parts = [", ".join(p["to"])]
        parts += [f"a message a day at {p['daily_at']}"] if p["daily_at"] else ["no daily message"]
        parts += [f"quiet {p['quiet']}"] if p["quiet"] else []
        parts += ["everything"] if p["everything"] else []
        out.print(f"{p['person']}: {'; '.join(parts)}", markup=False)
    for n in found["notices"]:
        error = f" ({n['error']})" if n["error"] else ""
        first = n["words"].partition("\n")[0]
        out.print(f"{n['at']}  {n['person']}  {n['state']}{error}: {first}", markup=False, soft_wrap=True)
    if found["asleep_since"]:
        out.print("This workspace was restored and tells nobody: opswheel notices --wake", markup=False)
