"""The one figure of each stage, and the six hand-offs, as pure functions of what was read.

A figure nobody can tell has no value and says why; counted shares carry 8 in 10 (Jeffreys).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ...core.money import show_money
from ...resolution.lifecycle import NEEDS_CAUSE, OPEN
from .stage_reading import OURSELVES, WEEKS, Read, begun

WEEK = timedelta(weeks=1)
ENOUGH_CLOSES = 10
"""So many closes ask for a decision: fewer may simply have been unalike."""
PATIENCE = timedelta(days=42)
"""So long without a decision, though closes taught something, is a break."""
IDLE_DAYS = timedelta(days=7)
"""So long without anybody beginning work, though there is work, is a break."""
MUCH_REFUSED = 0.01
FIRST_JUDGED = timedelta(days=90)
BROUGHT, HARMED = ("fewer_false", "fell"), ("more_false", "rose")
"""What measuring a decision says: it did what it was to, or the opposite. Anything else cannot be told."""
Told = tuple[str, str, str, datetime | None]
"""(state, evidence in words, where to look, since when)."""


@dataclass(frozen=True)
class Figure:
    """A stage's figure: its value and range as shares, as it is written, in words, a month before, week by week."""

    words: str
    shown: str = ""
    value: float | None = None
    low: float | None = None
    high: float | None = None
    n: int = 0
    detail: str = ""
    before: float | None = None
    trend: tuple[float | None, ...] = ()
    link: str = ""


def percent(share: float) -> str:
    """`93 %` of a share."""
    return f"{share * 100:.0f}\u00a0%"


def counted(k: int, n: int) -> tuple[float, float]:
    """The range of a counted share, 8 in 10 within; the end that was reached is the end."""
    from scipy.special import betaincinv

    low = 0.0 if k == 0 else float(betaincinv(k + 0.5, n - k + 0.5, 0.1))
    high = 1.0 if k == n else float(betaincinv(k + 0.5, n - k + 0.5, 0.9))
    return low, high


def _share(
    read: Read, asked: Callable[[datetime, datetime], Sequence[bool]], words: str, link: str, *, nothing: str
) -> Figure:
    """A counted share over the window, over the window before, and over each of the last weeks."""
    told = asked(read.begin, read.now)
    weeks = [asked(read.now - (n + 1) * WEEK, read.now - n * WEEK) for n in reversed(range(WEEKS))]
    trend = tuple(sum(w) / len(w) if w else None for w in weeks)
    if not told:
        return Figure(words, detail=nothing, trend=trend, link=link)
    earlier = asked(read.begin - read.window, read.begin)
    low, high = counted(sum(told), len(told))
    return Figure(
        words,
        shown=percent(sum(told) / len(told)),
        value=sum(told) / len(told),
        low=low,
        high=high,
        n=len(told),
        detail=f"{sum(told):,} of {len(told):,}",
        before=sum(earlier) / len(earlier) if earlier else None,
        trend=trend,
        link=link,
    )


def fresh(read: Read) -> Figure:
    """1: of the sources known on a morning, those that were neither late nor partial, over the window's runs."""
    words, link = "of sources fresh and whole", "/wheel/1"
    mornings = [(run.as_of, _fresh_share(read, i)) for i, run in enumerate(read.runs)]
    told = [(at, share) for at, share in mornings if share is not None]
    if not told:
        why = "There is no run yet." if not read.runs else "No source has been loaded."
        return Figure(words, detail=why, link=link)

    def mean(start: datetime, end: datetime) -> float | None:
        found = [share for at, share in told if start < at <= end]
        return sum(found) / len(found) if found else None

    inside = [share for at, share in told if at > read.begin] or [told[-1][1]]
    value = sum(inside) / len(inside)
    blind = len(read.summaries[-1].get("blind", []))
    return Figure(
        words,
        shown=percent(value),
        value=value,
        low=value,
        high=value,
        n=len(inside),
        detail=f"{blind} of {len(read.sources)} blind this morning" if blind else f"all {len(read.sources)} seen",
        before=mean(read.begin - read.window, read.begin),
        trend=tuple(mean(read.now - (n + 1) * WEEK, read.now - n * WEEK) for n in reversed(range(WEEKS))),
        link=link,
    )


def _fresh_share(read: Read, i: int) -> float | None:
    blind = {(b["account"], b["channel"], b["report"]) for b in read.summaries[i].get("blind", [])}
    known = {(s.account, s.channel, s.report) for s in read.sources if s.since <= read.runs[i].as_of} | blind
    return 1 - len(blind) / len(known) if known else None


def passed_over(act: Any) -> int | None:
    """How many that clearly had more to save were passed over when work was begun; None where the event says nothing.

    Only issues of the lane that is ordered by money say it.
    """
    told: int | None = json.loads(act.payload or "{}").get("passed_over")
    return told


def in_order(read: Read) -> Figure:
    """2: of issues of the queue somebody began with, those that passed over nothing with clearly more to save."""
    acts = [(act.at, over == 0) for act in begun(read.acts) if (over := passed_over(act)) is not None]
    return _share(
        read,
        lambda start, end: [kept for at, kept in acts if start < at <= end],
        "of work begun in the queue's order",
        "/wheel/2",
        nothing="Nobody has begun with an issue of the queue here yet.",
    )


def promises(read: Read) -> list[tuple[datetime, bool, Any]]:
    """(when its fix was promised, kept or not, the issue), for every promise that has fallen due."""
    found = []
    for issue in read.issues:
        if issue.resolution == "self_healed" or issue.waiting_since is not None:
            continue
        minutes = read.desk.minutes("fix", issue.tier) + (issue.paused_minutes or 0.0)
        due = read.desk.after(issue.detected_at, minutes)
        ended = None if issue.state in OPEN else issue.fixed_at or issue.closed_at
        if due <= read.now:
            found.append((due, ended is not None and ended <= due, issue))
    return found


def in_time(read: Read) -> Figure:
    """3: of promised fixes that fell due, those that were there; an issue still open past its due is a broken one."""
    due = [(at, kept) for at, kept, _ in promises(read)]
    waiting = [read.desk.after(i.detected_at, read.desk.minutes("fix", i.tier)) for i in read.issues if i.state in OPEN]
    ahead = min((at for at in waiting if at > read.now), default=None)
    nothing = (
        "No issue is open." if ahead is None else f"No promise has fallen due yet; the first does on {_day(ahead)}."
    )
    return _share(
        read,
        lambda start, end: [kept for at, kept in due if start < at <= end],
        "fixed in the promised time, open ones counted",
        "/wheel/3",
        nothing=nothing,
    )


def teaches(outcome: Any) -> bool:
    """Whether a close left a cause somebody found, and minutes somebody measured or typed."""
    return outcome.root_cause not in (None, "", "unknown") and outcome.minutes_source in ("measured", "typed")


def lessons(read: Read) -> list[Any]:
    """Closes by people that need a cause."""
    return [o for o in read.outcomes if o.by != OURSELVES and o.resolution in NEEDS_CAUSE]


def taught(read: Read) -> Figure:
    """4: of closes that need a cause, those with a known one and minutes that are no default."""
    closes = lessons(read)
    return _share(
        read,
        lambda start, end: [teaches(o) for o in closes if start < o.at <= end],
        "closed with a known cause and real minutes",
        "/wheel/4",
        nothing="Nothing has been closed here yet.",
    )


def decided(read: Read) -> Figure:
    """5: of the window's weeks, those in which a cut line or a route was decided."""
    words, link = "something was decided", "/wheel/5"
    weeks = max(1, read.settings.wheel.days // 7)
    if read.first_run is None or read.now - read.first_run < WEEK:
        since = "" if read.first_run is None else f" The first run was on {_day(read.first_run)}."
        return Figure(f"of {weeks} weeks {words}", detail=f"The first week is not over.{since}", link=link)

    def held(start: datetime, end: datetime) -> bool:
        return any(start < at <= end for at, _, _ in read.decisions)

    k = sum(held(read.now - (n + 1) * WEEK, read.now - n * WEEK) for n in range(weeks))
    earlier = [held(read.begin - (n + 1) * WEEK, read.begin - n * WEEK) for n in range(weeks)]
    known = read.first_run < read.begin - WEEK
    return Figure(
        f"of {weeks} weeks {words}",
        shown=str(k),
        value=k / weeks,
        low=k / weeks,
        high=k / weeks,
        n=weeks,
        detail=f"{len([1 for at, _, _ in read.decisions if at > read.begin]):,} decided",
        before=sum(earlier) / weeks if known else None,
        trend=tuple(
            1.0 * held(read.now - (n + 1) * WEEK, read.now - n * WEEK)
            if read.now - (n + 1) * WEEK >= read.first_run - WEEK
            else None
            for n in reversed(range(WEEKS))
        ),
        link=link,
    )


def saved(read: Read) -> Figure:
    """6: of what could still be saved or was saved, the part saved and verified by facts."""
    words, link = "of what could be saved is saved, verified", "/wheel/6"
    open_ = read.metrics[-1].get("open_avoidable") if read.metrics else None
    if open_ is None or open_[0] is None:
        return Figure(words, detail="There is no run yet.", link=link)
    if read.first_run is None or read.now - read.first_run < WEEK:
        return Figure(words, detail="The first week is not over: a fix takes days to be verified.", link=link)

    def booked(start: datetime, end: datetime) -> float:
        return sum(o.cleared or 0.0 for o in read.outcomes if o.booked_at is not None and start < o.booked_at <= end)

    def share(done: float, left: float | None) -> float | None:
        return None if left is None else done / (done + left) if done + left > 0 else None

    def standing(at: datetime) -> float | None:
        i = read.run_before(at)
        told = None if i is None else read.metrics[i].get("open_avoidable")
        return None if told is None else told[0]

    done = booked(read.begin, read.now)
    value = share(done, open_[0])
    if value is None:
        return Figure(words, detail="Nothing could be saved and nothing was.", link=link)
    ends = [share(done, open_[0] if end is None else end) for end in (open_[2], open_[1])]
    money = show_money(done, read.settings.money.reporting_currency)
    return Figure(
        words,
        shown=percent(value),
        value=value,
        low=ends[0],
        high=ends[1],
        n=sum(1 for o in read.outcomes if o.booked_at is not None and o.booked_at > read.begin),
        detail=f"{money} saved and verified",
        before=share(booked(read.begin - read.window, read.begin), standing(read.begin)),
        trend=tuple(
            share(booked(read.now - n * WEEK - read.window, read.now - n * WEEK), standing(read.now - n * WEEK))
            for n in reversed(range(WEEKS))
        ),
        link=link,
    )


def handed_on(read: Read) -> list[Told]:
    """The six hand-offs, each from its own evidence; which break counts is decided by whoever draws them."""
    return [_ranked(read), _worked(read), _learned(read), _decided_from(read), _proved(read), _seen(read)]


def _ranked(read: Read) -> Told:
    """1 → 2: what was seen is priced and ordered."""
    if not read.runs:
        return "cannot_tell", "there is no run yet", "/sources", None
    last = read.runs[-1].as_of
    if read.now - last > timedelta(hours=read.settings.wheel.stale_hours):
        return "broken", f"no run since {_day(last)}, so nothing new is ranked", "/sources", last
    told = read.summaries[-1]
    failed = [d["kind"] for d in told.get("detectors", []) if d.get("error")]
    if failed:
        return "thin", f"{_n(len(failed), 'rule')} failed in the last run: {', '.join(failed[:3])}", "/sources", None
    if told.get("missing_rates"):
        lacking = ", ".join(sorted(told["missing_rates"]))
        return "thin", f"no exchange rate for {lacking}: those listings are not ranked", "/sources", None
    signals = sum(d.get("signals") or 0 for d in told.get("detectors", []))
    return "flowing", f"all {_n(signals, 'signal')} of the last run ranked or told why not", "/", None


def _worked(read: Read) -> Told:
    """2 → 3: what stands on top is taken."""
    if not read.runs:
        return "cannot_tell", "there is no run yet", "/", None
    work = [a for a in begun(read.acts) if a.at > read.begin]
    recent = [a for a in read.acts if a.at > read.now - IDLE_DAYS]
    if not read.open:
        return "idle", "nothing is open", "/", None
    if not recent and read.first_run is not None and read.now - read.first_run > IDLE_DAYS:
        last = max((a.at for a in read.acts), default=read.first_run)
        return (
            "broken",
            f"{_n(read.open, 'issue')} open, and nobody has acted for {(read.now - last).days} days",
            "/",
            last,
        )
    if not recent:
        return "cannot_tell", "the first week is not over, and nobody has begun yet", "/", None
    if read.unowned > 0.05 * read.open:
        return "thin", f"{read.unowned:,} of {_n(read.open, 'open issue')} without an owner", "/", None
    return "flowing", f"{_n(len(work), 'issue')} taken up; {read.unowned or 'none'} without an owner", "/wheel/2", None


def _learned(read: Read) -> Told:
    """3 → 4: what is closed says why it had happened."""
    closes = [o for o in lessons(read) if o.at > read.begin]
    work = [a for a in begun(read.acts) if a.at > read.begin]
    if not closes and len(work) >= ENOUGH_CLOSES:
        return "broken", f"{len(work):,} taken up, and none closed with a cause", "/wheel/4", min(a.at for a in work)
    if not closes:
        return "idle", "nothing was closed that needs a cause", "/wheel/4", None
    good = sum(teaches(o) for o in closes)
    words = f"{good:,} of {_n(len(closes), 'close')} name a known cause and real minutes"
    share = good / len(closes)
    state = "flowing" if share >= 0.8 else "thin" if share >= 0.5 or len(closes) < ENOUGH_CLOSES else "broken"
    return state, words, "/wheel/4", read.begin if state == "broken" else None


def _decided_from(read: Read) -> Told:
    """4 → 5: what closing taught changes a cut line or a route."""
    closes = [o for o in lessons(read) if o.at > read.begin]
    repeats = sum(1 for i in read.issues if i.repeat_of is not None and i.detected_at > read.begin)
    inside = [d for d in read.decisions if d[0] > read.begin]
    if len(inside) >= 2:
        return "flowing", f"{_n(len(inside), 'decision')} from {_n(len(closes), 'close')}", "/wheel/5", None
    if inside:
        return "thin", f"1 decision in {read.settings.wheel.days} days, {_n(len(closes), 'close')}", "/wheel/5", None
    if len(closes) < ENOUGH_CLOSES:
        return "idle", f"{_n(len(closes), 'close')}: too few to decide anything from", "/wheel/4", None
    last = max((at for at, _, _ in read.decisions), default=read.first_run)
    silent = read.now - last if last else timedelta(0)
    words = f"{_n(len(closes), 'close')}, {_n(repeats, 'repeat')}, and nothing decided for {silent.days} days"
    return ("broken" if silent >= PATIENCE else "thin"), words, "/wheel/5", last


def _proved(read: Read) -> Told:
    """5 → 6: what was decided shows in what is saved."""
    judged = [verdict for at, verdict in read.judged if at > read.begin]
    decided = [d for d in read.decisions if d[0] > read.begin]
    if not judged:
        if not decided:
            return "idle", "no decision has come through to be measured", "/decisions", None
        due = _day(min(at for at, _, _ in decided) + FIRST_JUDGED)
        return "cannot_tell", f"{_n(len(decided), 'decision')}; the first is judged on {due}", "/decisions", None
    good, bad = (sum(v in verdicts for v in judged) for verdicts in (BROUGHT, HARMED))
    words = f"{_n(len(judged), 'decision')} judged: {good} did what they were to, {bad} the opposite"
    if good == bad == 0:
        return (
            "cannot_tell",
            f"{_n(len(judged), 'decision')} judged, and none clearly changed anything",
            "/decisions",
            None,
        )
    return ("flowing" if good > bad else "thin"), words, "/decisions", None


def _seen(read: Read) -> Told:
    """6 → 1: what counts is seen the next morning: sources fresh, few rows refused."""
    landed = [d for d in read.deliveries if d.landed_at > read.begin]
    if not read.sources:
        return "cannot_tell", "no source has been loaded", "/sources", None
    blind = len(read.summaries[-1].get("blind", [])) if read.summaries else 0
    rows, refused = sum(d.rows for d in landed), sum(d.rejected for d in landed)
    share = refused / (rows + refused) if rows + refused else 0.0
    words = f"{blind} of {_n(len(read.sources), 'source')} blind; {share:.1%} of rows refused at load"
    if blind > len(read.sources) / 3:
        return "broken", words, "/sources", None
    return ("thin" if blind or share > MUCH_REFUSED else "flowing"), words, "/sources", None


def _n(count: int, one: str) -> str:
    return f"{count:,} {one}" if count == 1 else f"{count:,} {one}s"


def _day(at: datetime) -> str:
    return f"{at.day} {at:%B}"
