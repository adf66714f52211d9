"""`webhooks`: events sent to other systems."""

from __future__ import annotations

import sys
from typing import Annotated, Any, Literal

from cyclopts import App, Parameter

from .context import answer, console, options, workspace

app = App(name="webhooks", help_format="plaintext", result_action="return_value")
Events = Annotated[list[str] | None, Parameter(name="--events", consume_multiple=True, negative=())]
Url = Annotated[str, Parameter(allow_leading_hyphen=True)]
State = Literal["waiting", "sent", "dead"]


@app.default
def webhooks() -> int:
    """Where events are sent, and how that goes."""
    from ..service.hooks import list_hooks

    found = list_hooks(workspace())
    if options().json:
        answer(found)
        return 0
    out = console()
    if not found["webhooks"]:
        out.print("Nothing is sent anywhere. Add a target: opswheel webhooks add https://…", markup=False)
    for hook in found["webhooks"]:
        _show_hook(hook)
    if found["asleep_since"]:
        out.print("This workspace was restored and sends nothing: opswheel webhooks wake", markup=False)
    return 0


@app.command
def wake() -> int:
    """Let a restored workspace send events again, from now on."""
    from ..service.asleep import wake as woken
    from ..service.hooks import list_hooks

    here = workspace()
    slept = woken(here, "webhooks")
    if options().json:
        answer(list_hooks(here))
    else:
        words = "Events are sent again, from now on." if slept else "They were not asleep."
        console().print(words, markup=False)
    return 0


@app.command
def add(url: Url, /, *, events: Events = None, by: str | None = None) -> int:
    """Send events to a web address. Its secret is shown now and never again.

    Parameters
    ----------
    url
        https://…; "-" reads it from the standard input, for one that is a secret itself.
    events
        Any of opened, assigned, breached, closed, verified, regressed, run_finished; all, if not given.
    by
        Who says so; you, if not given.
    """
    from ..service.hooks import add_hook

    here = workspace()
    told = add_hook(here, sys.stdin.readline().strip() if url == "-" else url, _split(events), by or here.me)
    if options().json:
        answer(told)
        return 0
    _show_hook(told["webhook"])
    number = told["webhook"]["id"]
    console().print(f"Secret, shown only now: {told['secret']}", markup=False, soft_wrap=True)
    console().print(f"Next: opswheel webhooks test {number}", markup=False)
    return 0


@app.command
def remove(number: int, /) -> int:
    """Send nothing there any more.

    Parameters
    ----------
    number
        The webhook.
    """
    from ..service.hooks import remove_hook

    told = remove_hook(workspace(), number)
    if options().json:
        answer(told)
    else:
        console().print(f"Removed webhook {number}; what was not sent yet is not sent.", markup=False)
    return 0


@app.command
def test(number: int, /) -> int:
    """Send one event `ping` at once, and tell how it went.

    Parameters
    ----------
    number
        The webhook.
    """
    from ..service.hooks import test_hook

    told = test_hook(workspace(), number)
    if options().json:
        answer(told)
    else:
        _show_delivery(told["delivery"])
    return 0 if told["delivery"]["state"] == "sent" else 1


@app.command
def deliveries(number: int | None = None, /, *, state: State | None = None, limit: int = 25) -> int:
    """What was sent, waits, or is dead after too many attempts; newest first.

    Parameters
    ----------
    number
        The webhook; all, if not given.
    state
        Only those.
    limit
        How many.
    """
    from ..service.hooks import list_deliveries

    found = list_deliveries(workspace(), number, state, max(1, limit))
    if options().json:
        answer(found)
        return 0
    if not found["deliveries"]:
        console().print("None.")
    for one in found["deliveries"]:
        _show_delivery(one)
    return 0


@app.command
def retry(number: int, /) -> int:
    """Try a dead delivery again, from the first attempt on.

    Parameters
    ----------
    number
        The delivery.
    """
    from ..service.hooks import retry_delivery

    told = retry_delivery(workspace(), number)
    if options().json:
        answer(told)
    else:
        console().print(f"Delivery {number} waits to be sent by the server.", markup=False)
    return 0


def _split(events: list[str] | None) -> list[str]:
    return [e.strip() for part in events or () for e in part.split(",") if e.strip()]


def _show_hook(hook: dict[str, Any]) -> None:
    counts = ", ".join(f"{hook[state]:,} {state}" for state in ("sent", "waiting", "dead"))
    console().print(f"{hook['id']}  {hook['url']}  {', '.join(hook['events'])}  ({counts})", markup=False)


def _show_delivery(one: dict[str, Any]) -> None:
    words = f"{one['id']}  {one['event']}, {one['about']}: {one['state']} after {one['attempts']} attempt"
    words += "" if one["attempts"] == 1 else "s"
    console().print(words + (f"; {one['error']}" if one["error"] else ""), markup=False)
