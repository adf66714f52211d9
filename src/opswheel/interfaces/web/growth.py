"""Growth: the slow wheel's picture, what it says, which push is worth most, and one push over a year."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response
from markupsafe import Markup

from ...core.errors import OpswheelError
from ...growth.templates import TEMPLATES
from ..answers.growth_page import channels_of, growth_answer, push_path
from ..people import workspace_of
from .guard import Asks
from .pages import render
from .pictures import growth as pictures

router = APIRouter()


@router.get("/growth")
def growth(  # noqa: PLR0913
    request: Request,
    asks: Asks,
    wheel: str = "seller",
    channel: str = "",
    driver: str = "",
    change: str = "+10%",
    stop: str = "",
) -> Response:
    """The growth wheel, calibrated on what is loaded, else from literature; it says which."""
    asks.must_see_all()
    workspace = workspace_of(request)
    channels = [] if wheel == "operations" else channels_of(workspace)
    channel = channel if channel in channels else next(iter(channels), "")
    told = growth_answer(workspace, wheel, channel or None)
    found, wrong, path, said = told.found, "", None, list[str]()
    pushes = found["ranking"]["pushes"]
    chosen = driver or (pushes[0]["driver"] if pushes else "")
    if not driver and pushes:
        change = f"{pushes[0]['change']:+.0%}"
    try:
        if chosen:
            fed = int(stop) if stop.strip().isdigit() else None
            path, said = push_path(told, chosen, change, fed)
    except OpswheelError as error:
        wrong = str(error)
    most = max((max(abs(p["gain"].low), abs(p["gain"].high)) for p in pushes), default=1.0)
    return render(
        request,
        asks,
        "growth.html",
        told=found,
        picture=Markup(found["picture"]),  # noqa: S704  drawn by us; every word in it is escaped there
        wheels=TEMPLATES,
        wheel=wheel,
        channel=channel,
        channels=channels,
        driver=chosen,
        change=change,
        stop=stop,
        wrong=wrong,
        sentences=said_of(found),
        path_words=said,
        fan=None
        if path is None
        else pictures.fan(
            path.quantiles.tolist(),
            words=f"{found['target']} after {path.push.label}, over a year",
            period=found["period"],
            stop=int(stop) if stop.strip().isdigit() else None,
        ),
        bars=[
            pictures.gain_bar(p["gain"].low, p["gain"].value, p["gain"].high, most=most, words=f"gain of {p['label']}")
            for p in pushes
        ],
    )


def said_of(found: dict[str, object]) -> list[dict[str, str]]:
    """The sentences of the diagnosis."""
    diagnosis = found["diagnosis"]
    assert isinstance(diagnosis, dict)
    told: list[dict[str, str]] = diagnosis["sentences"]
    return told
