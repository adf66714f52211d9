"""What the server does beside answering: jobs, webhooks, and who is told what."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import Path, Query
from starlette.responses import Response

from ..answers.jobs import jobs_answer, retry_job
from ..service import asleep, hooks, telling
from ..wiring import Workspace
from . import bodies, figures
from .asked import Asking, Writing, answer
from .bodies import AskedText, Number
from .routing import Api

router = Api("service")
Limit = Annotated[int, Query(ge=1, le=500, description="how many, the newest first")]
Person = Annotated[str, Path(min_length=1, max_length=100), bodies.Clean]


@router.ask("/jobs", role="lead", whole=True, answer=figures.Jobs)
def jobs(
    asked: Asking, state: Literal["waiting", "working", "done", "dead"] | None = None, limit: Limit = 25
) -> Response:
    """Work between runs: what waits, is being done, was done, or is dead after too many attempts."""
    return answer(jobs_answer(asked.workspace, state, limit))


@router.change("/jobs/{number}/retry", role="admin", scope="admin", whole=True, answer=figures.Jobs)
def retry(asked: Writing, number: Number) -> Response:
    """Try a dead job again."""

    def act(inside: Workspace) -> dict[str, Any]:
        retry_job(inside, number)
        return jobs_answer(inside, None, bodies.FIRST_PAGE)

    return asked.write("job.retry", f"job/{number}", act)


@router.ask("/webhooks", role="admin", scope="admin", whole=True, answer=figures.Webhooks)
def webhooks(asked: Asking) -> Response:
    """Where events are sent, and how that goes."""
    return answer(hooks.list_hooks(asked.workspace))


@router.change("/webhooks", role="admin", scope="admin", whole=True, status=201, answer=figures.NewWebhook)
def add_webhook(asked: Writing, said: bodies.AddWebhook) -> Response:
    """Send events to a web address of the open internet, or one the settings allow; `secret` is shown this once."""

    def act(workspace: Workspace) -> dict[str, Any]:  # asks a name server: nothing to keep others waiting for
        return hooks.add_hook(workspace, said.url, said.events, asked.who.name)

    return asked.work("webhook.add", "webhook", act, {"events": said.events}, status=201, secret="secret")  # noqa: S106


@router.change("/webhooks/{number}", role="admin", scope="admin", method="DELETE", whole=True, answer=figures.Removed)
def remove_webhook(asked: Writing, number: Number) -> Response:
    """Send nothing there any more; what was not sent yet is not sent."""
    return asked.write("webhook.remove", f"webhook/{number}", lambda inside: hooks.remove_hook(inside, number))


@router.change("/webhooks/{number}/test", role="admin", scope="admin", whole=True, answer=figures.Delivery)
def test_webhook(asked: Writing, number: Number) -> Response:
    """Send one event `ping` at once, and tell how it went."""
    return asked.work("webhook.test", f"webhook/{number}", lambda workspace: hooks.test_hook(workspace, number))


@router.change("/webhooks/wake", role="admin", scope="admin", whole=True, answer=figures.Webhooks)
def wake_webhooks(asked: Writing) -> Response:
    """Let a restored workspace send events again, from now on."""

    def act(inside: Workspace) -> dict[str, Any]:
        asleep.wake(inside, "webhooks")
        return hooks.list_hooks(inside)

    return asked.write("webhook.wake", "webhooks", act)


@router.ask("/webhooks/deliveries", role="admin", scope="admin", whole=True, answer=figures.Deliveries)
def deliveries(
    asked: Asking,
    webhook: Annotated[int | None, Query(ge=1, le=bodies.MOST_NUMBER)] = None,
    state: Literal["waiting", "sent", "dead"] | None = None,
    limit: Limit = 25,
) -> Response:
    """What was sent, waits, or is dead after too many attempts."""
    return answer(hooks.list_deliveries(asked.workspace, webhook, state, limit))


@router.change("/webhooks/deliveries/{number}/retry", role="admin", scope="admin", whole=True, answer=figures.Delivery)
def retry_delivery(asked: Writing, number: Number) -> Response:
    """Try a dead delivery again, from the first attempt on."""
    subject = f"delivery/{number}"
    return asked.write("webhook.retry", subject, lambda inside: hooks.retry_delivery(inside, number))


@router.ask("/notices", role="admin", scope="admin", whole=True, answer=figures.Notices)
def notices(
    asked: Asking,
    person: AskedText = None,
    state: Literal["held", "later", "sending", "sent", "dead"] | None = None,
    limit: Limit = 25,
) -> Response:
    """Who is told what, and what they were told; addresses are never shown whole."""
    return answer(telling.notices_answer(asked.workspace, person, state, limit))


@router.change("/notices/{person}", role="admin", scope="admin", method="PATCH", whole=True, answer=figures.Notices)
def change_notices(asked: Writing, person: Person, said: bodies.ChangeNotices) -> Response:
    """When and how much somebody is told who has an address; addresses are set with `opswheel notices --set`."""

    def act(inside: Workspace) -> dict[str, Any]:
        telling.set_person(
            inside,
            person,
            urls=None,
            everything=said.everything,
            daily_at=said.daily,
            quiet=said.quiet,
            by=asked.who.name,
        )
        return telling.notices_answer(inside, person, None, bodies.FIRST_PAGE)

    return asked.write("notices.change", f"person/{person}", act, said.model_dump())


@router.change("/notices/{person}", role="admin", scope="admin", method="DELETE", whole=True, answer=figures.Removed)
def remove_notices(asked: Writing, person: Person) -> Response:
    """Tell somebody nothing any more."""

    def act(inside: Workspace) -> dict[str, Any]:
        telling.remove_person(inside, person)
        return {"removed": person}

    return asked.write("notices.remove", f"person/{person}", act)


@router.change("/notices/{person}/test", role="admin", scope="admin", whole=True, answer=figures.Tested)
def test_notices(asked: Writing, person: Person) -> Response:
    """Send somebody a test message at once, and tell which of their addresses took it."""

    def act(workspace: Workspace) -> dict[str, Any]:
        return {"tested": telling.test_person(workspace, person)}

    return asked.work("notices.test", f"person/{person}", act)


@router.change("/notices/wake", role="admin", scope="admin", whole=True, answer=figures.Notices)
def wake_notices(asked: Writing) -> Response:
    """Let a restored workspace tell people again, from now on."""

    def act(inside: Workspace) -> dict[str, Any]:
        asleep.wake(inside, "notices")
        return telling.notices_answer(inside, None, None, bodies.FIRST_PAGE)

    return asked.write("notices.wake", "notices", act)
