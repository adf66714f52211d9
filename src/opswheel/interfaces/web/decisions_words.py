"""A proposal and a decision as people read them: what changes, what it is worth, what then happens."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from . import decisions_more, words
from .pictures import backtest

ROWS = (
    ("Alarms a week", "alerts_a_week", "count"),
    ("Of them false", "false_alarms_a_week", "count"),
    ("Work a week", "minutes_a_week", "work"),
    ("Caught a week", "dollars_caught_a_week", "money"),
    ("Missed a week", "dollars_missed_a_week", "money"),
    ("Worth, work counted", "net_a_week", "money"),
)
NOTHING = {
    "threshold": "The cut line stays where it is. The next weekly look proposes anew, from what closes say by then.",
    "route": "New issues go to the same owner as now, and are handed over as before.",
    "prevention": "The cause stays, and comes again at the pace above.",
    **decisions_more.NOTHING,
}
ACCEPTED = {
    "threshold": "The next run goes by the new line. Open issues stay until they are closed. What it really did is "
    "measured after 90 and 180 days. Undo it on any day under History: today's line then comes back.",
    "route": "Open issues nobody claimed move at once, new ones from the next run on. What a person claimed stays. "
    "Undo it on any day under History.",
    "prevention": "It is planned for its owner. Say so here once the cause is gone: from then on its pace is held "
    "against causes nobody touched. Undo it under History while it is not done.",
    **decisions_more.ACCEPTED,
}
VERDICTS = {
    "accepted": ("check", "accepted"),
    "edited": ("check", "accepted as edited"),
    "automatic": ("check", "accepted by the wheel"),
    "rejected": ("cross", "rejected"),
    "rolled_back": ("repeat", "rolled back"),
}
MEASURED = {
    "fewer_false": "Clearly fewer false alarms",
    "more_false": "Clearly more false alarms",
    "fell": "Comes less often, clearly",
    "rose": "Comes more often, clearly",
    "closer": "Forecasts are closer, clearly",
    "farther": "Forecasts are farther off, clearly",
    "faster": "First action sooner, clearly",
    "slower": "First action later, clearly",
    "cannot_tell": "Cannot tell yet",
}


def plus(value: float, currency: str) -> str:
    """A sum with its sign, in passing: a change."""
    return ("+" if value > 0 else "") + words.short(value, currency)


def plain(text: str, titles: Mapping[str, str]) -> str:
    """A sentence with the names of rules and causes as people read them, and a capital at its start."""
    said = re.sub(r"\b[a-z]+(?:_[a-z]+)+\b", lambda m: titles.get(m[0], words.state(m[0])).lower(), text)
    return said[:1].upper() + said[1:]


def subject(one: Mapping[str, Any], titles: Mapping[str, str]) -> str:
    """What a proposal is about."""
    if one["kind"] == "threshold":
        kind, _, tier = one["subject"].partition("@tier=")
        return titles.get(kind, words.state(kind)) + (f", tier {tier}" if tier else "")
    if one["kind"] == "route":
        kind = one["subject"].partition(":")[0]
        return titles.get(kind, words.state(kind))
    if one["kind"] in decisions_more.KINDS:
        return decisions_more.subject(one, titles)
    cause, kind, dimension, value = (*one["subject"].split("|"), "", "", "")[:4]
    where = "" if dimension in ("all", "") else f", {dimension} {value}"
    return f"{words.state(cause).capitalize()} behind {titles.get(kind, words.state(kind)).lower()}{where}"


def changes(one: Mapping[str, Any]) -> list[dict[str, str]]:
    """Each part that may change: its name, what it was and what it becomes; `old` is empty where nothing was."""
    before, after = one["from"], one["to"]
    if one["kind"] == "threshold":
        was, to = before.get("cuts", {}), after.get("cuts", {})
        return [
            {"name": words.state(n), "old": "" if was.get(n) == v else f"{was.get(n, v):g}", "new": f"{v:g}"}
            for n, v in to.items()
        ]
    if one["kind"] == "route":
        return [{"name": "first to", "old": str(before.get("owner") or ""), "new": str(after.get("owner") or "nobody")}]
    if one["kind"] in decisions_more.KINDS:
        return decisions_more.changes(one)
    return [{"name": "remove the cause; owner", "old": "", "new": str(after.get("owner") or "nobody yet")}]


def edits(one: Mapping[str, Any]) -> list[dict[str, str]]:
    """The fields in which somebody may change a proposal before accepting it."""
    to = one["to"]
    if one["kind"] == "threshold":
        return [
            {"name": n, "label": words.state(n), "value": f"{v:g}", "type": "number"} for n, v in to["cuts"].items()
        ]
    if one["kind"] in decisions_more.KINDS:
        return decisions_more.edits(one)
    found = [{"name": "owner", "label": "Owner", "value": str(to.get("owner") or ""), "type": "text"}]
    if one["kind"] == "prevention":
        found.append({"name": "cost", "label": "What it costs", "value": f"{to.get('cost') or 0:g}", "type": "number"})
    return found


def said(value: float, how: str, currency: str, *, signed: bool = False) -> str:
    """A mean of the table."""
    if how == "money":
        return plus(value, currency) if signed else words.short(value, currency)
    sign = ("+" if value > 0 else "−" if value < 0 else "") if signed else ("−" if value < 0 else "")
    if how == "work":
        return "0 min" if abs(value) < 0.5 else f"{sign}{words.work(abs(value))}"
    return f"{sign}{abs(value):.1f}"


def table(told: Mapping[str, Any], currency: str) -> list[dict[str, str]]:
    """Before and after of a cut line, with the change's range where it was kept."""
    rows = []
    for title, name, how in ROWS:
        before, after = told["before"][name], told["after"][name]
        change = told.get("change", {}).get(name)
        rows.append(
            {
                "title": title,
                "now": said(before["mean"], how, currency),
                "then": said(after["mean"], how, currency),
                "change": "" if change is None else said(change["mean"], how, currency, signed=True),
                "within": ""
                if change is None
                else " to ".join(said(change[e], how, currency, signed=True) for e in ("p10", "p90")),
            }
        )
    return rows


def facts(one: Mapping[str, Any], currency: str) -> list[tuple[str, str, str]]:
    """What stands behind a prevention or a route: (what, how much, its range or source)."""
    told = one["backtest"]
    if one["kind"] == "prevention":
        lost, hours, saved = (told[n] for n in ("dollars_a_year", "hours_a_year", "saved_a_year"))
        return [
            ("Came again", f"{told['recurrences']} times", f"in {told['at_risk_days']:.0f} days"),
            ("Sales lost a year", words.short(lost["mean"], currency), _ends(lost, currency)),
            ("Work a year", f"{hours['mean']:.0f} h", f"{hours['p10']:.0f} – {hours['p90']:.0f} h"),
            ("Saved a year, margin and work", words.short(saved["mean"], currency), _ends(saved, currency)),
            ("Costs once", words.money(told["cost"], currency), "assumed, until somebody says better"),
            ("Pays back in", f"{told['payback_days']:.0f} days", "by the mean"),
        ]
    if one["kind"] == "route":
        pace = told["minutes_against_expected"]
        return [
            ("Handed over", f"{told['handed_over']} of {told['issues']}", f"in {told['days']} days"),
            ("Each hand-over costs", f"{told['handover_minutes']:.0f} min", str(told["handover_source"])),
            *((f"Minutes against expected, {n}", _pace(pace[k]), _closes(pace[k])) for n, k in PACES),
        ]
    if one["kind"] in decisions_more.KINDS:
        return decisions_more.facts(one, currency)
    return []


PACES = (("owner now", "now"), ("then", "then"))


def _pace(told: Mapping[str, Any] | None) -> str:
    return "cannot tell" if told is None else f"{told['ratio']:.2f} ×"


def _closes(told: Mapping[str, Any] | None) -> str:
    return "no measured close" if told is None else words.plural(told["n"], "measured close")


def _ends(told: Mapping[str, float], currency: str) -> str:
    return f"8 in 10 within {words.short(told['p10'], currency)} – {words.short(told['p90'], currency)}"


def view(one: Mapping[str, Any], titles: Mapping[str, str], currency: str) -> dict[str, Any]:
    """A proposal as the page shows it."""
    told = one["backtest"]
    kept = None
    if told.get("picture"):
        kept = backtest.Told(told["picture"], told["weeks"], lambda v: words.short(v, currency))
    return {
        **{k: one[k] for k in ("id", "kind", "made_at", "status", "gain_a_year")},
        "why": plain(one["why"], titles),
        "subject": subject(one, titles),
        "changes": changes(one),
        "edits": edits(one),
        "picture": None if kept is None else backtest.backtest(kept),
        "silence": "" if kept is None else backtest.silence(kept),
        "table": table(told, currency) if "before" in told else [],  # of cut lines only
        "facts": facts(one, currency),
        "weeks": told.get("weeks"),
        "labels": told.get("labels"),
        "sure": told.get("chance_of_gain"),
        "nothing": NOTHING[one["kind"]],
        "accepted": ACCEPTED[one["kind"]],
    }


def decision(one: Mapping[str, Any], titles: Mapping[str, str], currency: str, undone: Sequence[int]) -> dict[str, Any]:
    """A decision as its row in the history shows it."""
    mark, verdict = VERDICTS[one["verdict"]]
    if one["proposal"] is None and one["verdict"] == "edited":
        verdict = "set by hand"  # a cut line a lead moved in the settings
    gain = one["expected"].get("gain_a_year")
    kept = one["verdict"] in ("accepted", "edited", "automatic")
    return {
        **{k: one[k] for k in ("id", "by", "at", "why", "kind", "done_at", "undoes")},
        "subject": subject(one, titles),
        "changes": [] if one["verdict"] == "rejected" else changes(one),
        "mark": mark,
        "verdict": f"undid {one['undoes']}" if one["undoes"] else verdict,
        "expected": "" if gain is None else f"{plus(gain, currency)} a year",
        "measured": measured(one, currency),
        "undone": one["id"] in undone,
        "can_undo": kept and one["id"] not in undone,
        "breaks": one.get("breaks"),
        "can_finish": kept and one["kind"] == "prevention" and not one["done_at"] and one["id"] not in undone,
    }


def measured(one: Mapping[str, Any], currency: str) -> str:
    """What a decision brought, with its range; or when it is looked at."""
    told = one["measured"]
    if one["verdict"] in ("rejected", "rolled_back"):
        return ""
    if told is None:
        return "after 90 days"
    base = MEASURED.get(told.get("verdict", ""), words.state(str(told.get("verdict", ""))))
    if told.get("dollars_saved_a_year"):
        saved = told["dollars_saved_a_year"]
        return (
            f"{base}: {words.short(saved['mean'], currency)} of sales a year, {_ends(saved, currency)}; observational"
        )
    if told.get("false_share_change"):
        ends = [f"{v * 100:+.0f}".replace("-", "−") for v in told["false_share_change"].values()]
        return f"{base}: false share {ends[0]} to {ends[1]} points; observational"
    return base + (f": {told['why']}" if told.get("why") else "")
