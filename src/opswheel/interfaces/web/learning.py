"""Learning: what comes again and what it costs, whether claims held, which rules are right, and what no rule saw."""

from __future__ import annotations

from collections.abc import Mapping
from math import sqrt
from typing import Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response

from ...core.errors import OpswheelError
from ..answers.learning import LABEL_DAYS, add_cause, answer_look, learning_answer, merge_causes
from ..answers.learning_yield import yields
from ..people import workspace_of
from . import words
from .guard import Asks, guarded
from .pages import back, render
from .pictures import base, pareto, trend

router = APIRouter()
CHANGES = [Depends(guarded)]
MOST = 200
EIGHTY = 1.2816
"""How many standard deviations hold eight in ten."""


@router.get("/learning")
def learning(request: Request, asks: Asks) -> Response:
    """What closes have taught so far."""
    asks.must_see_all()
    workspace = workspace_of(request)
    told = learning_answer(workspace, limit=MOST)
    titles = {d.kind: d.title for d in workspace.detectors}
    known = {c["cause"]: c["words"] for c in told["causes"]}
    brought = yields(workspace)
    return render(
        request,
        asks,
        "learning.html",
        told=told,
        causes=pareto.causes(told["repeats"]),
        pace=paces(told["repeats"]),
        claims=[claim(g) for g in told["grades"]],
        rules=rules(told, brought),
        titles=titles,
        known=known,
        days=LABEL_DAYS,
        currency=told["currency"],
        own=[c for c in told["causes"] if c["own"] and not c["merged_into"]],
        merged=[c for c in told["causes"] if c["merged_into"]],
    )


def within(right: int, n: int) -> tuple[float, float]:
    """Eight in ten of what a share may be, by Wilson's interval."""
    z2 = EIGHTY**2
    middle, half = (right + z2 / 2) / (n + z2), EIGHTY * sqrt(right * (n - right) / n + z2 / 4) / (n + z2)
    return max(0.0, middle - half), min(1.0, middle + half)


def paces(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same groups by how often they come, each with a bar on one scale; a pace is told as a number of times."""
    chosen = sorted(rows, key=lambda r: (-r["rate"], r["root_cause"], r["kind"]))
    most = max((r["rate_p90"] for r in chosen), default=0.0)
    return [
        r
        | {
            "a_month": r["rate"] * 30,
            "ends": (r["rate_p10"] * 30, r["rate_p90"] * 30),
            "bar": base.range_bar(
                r["rate_p10"], r["rate"], r["rate_p90"], most=most, words=f"{r['rate'] * 30:.1f} times in 30 days"
            ),
        }
        for r in chosen
    ]


def claim(row: Mapping[str, Any]) -> dict[str, Any]:
    """Claims of a kind: how often the range held what was measured, beside how often it should."""
    n = row["graded"]
    inside = round((row["coverage"] or 0.0) * n)
    ends = within(inside, n) if n else None
    said = "cannot tell"
    if ends is not None:
        said = "too narrow, clearly" if ends[1] < 0.8 else "too wide, clearly" if ends[0] > 0.8 else "as it should"
    bar = None
    if ends is not None:
        bar = trend.share_bar(
            row["coverage"], *ends, words=f"{inside} of {n} inside the range; 8 in 10 should be", width=122
        )
    most = max(row["claimed"], row["measured"], 1e-9)
    return {
        **row,
        "inside": inside,
        "ends": ends,
        "said": said,
        "bar": bar,
        "sums": [
            trend.meter(v / most, words=w, width=90)
            for v, w in ((row["claimed"], "claimed"), (row["measured"], "measured"))
        ],
    }


def rules(told: Mapping[str, Any], brought: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rules by the money they brought; precision where anybody could tell, with its range and how many said so."""
    said, missed = {r["kind"]: r for r in told["labels"]}, {m["kind"]: m for m in told["missed"]["by_rule"]}
    nothing = {"found": 0, "verified": 0, "cleared": 0.0, "minutes": 0.0, "per_hour": None}
    found = []
    for kind in sorted({*said, *brought}):
        label, own = said.get(kind, {"right": 0, "wrong": 0, "cannot_tell": 0}), brought.get(kind, nothing)
        n = label["right"] + label["wrong"]
        ends = within(label["right"], n) if n else None
        bar = None
        if ends is not None:
            bar = trend.share_bar(label["right"] / n, *ends, words=f"{label['right']} of {n} right")
        found.append(
            {
                "kind": kind,
                **own,
                "n": n,
                "right": label["right"],
                "cannot_tell": label["cannot_tell"],
                "ends": ends,
                "bar": bar,
                "missed": missed.get(kind, {}).get("lost"),
            }
        )
    return sorted(found, key=lambda r: (-r["cleared"], -r["found"], r["kind"]))


@router.post("/learning/looks", dependencies=CHANGES)
def look(  # noqa: PLR0913
    request: Request,
    asks: Asks,
    kind: str = Form(""),
    subject: str = Form(""),
    said: str = Form(""),
    why: str = Form(""),
) -> Response:
    """Somebody looked at something below a cut line."""
    asks.must("operator")
    asks.must_see_all()
    try:
        answer_look(workspace_of(request), kind, subject, said, by=asks.name, why=why)
    except OpswheelError as error:
        return back(request, "/learning#looks", str(error), bad=True)
    return back(request, "/learning#looks", f"Kept: {words.state(said)}. It counts like a close.")


@router.post("/learning/causes", dependencies=CHANGES)
def cause(request: Request, asks: Asks, code: str = Form(""), means: str = Form("")) -> Response:
    """A cause of this workspace's own."""
    asks.must("operator")
    asks.must_see_all()
    name = "_".join(code.lower().split())
    try:
        add_cause(workspace_of(request), name, means, by=asks.name)
    except OpswheelError as error:
        return back(request, "/learning#causes", str(error), bad=True)
    return back(request, "/learning#causes", f"From now on closes may name {words.state(name)}.")


@router.post("/learning/merge", dependencies=CHANGES)
def merge(request: Request, asks: Asks, cause: str = Form(""), into: str = Form("")) -> Response:
    """Two causes are one."""
    asks.must("operator")
    asks.must_see_all()
    try:
        merge_causes(workspace_of(request), cause, into, by=asks.name)
    except OpswheelError as error:
        return back(request, "/learning#causes", str(error), bad=True)
    said = (
        f"{words.state(cause).capitalize()} counts as {words.state(into)} from now on, in what was learned before, too."
    )
    return back(request, "/learning#causes", said)
