"""What the page of an issue says, put together from the answers: figures, factors, steps, a timeline in words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from markupsafe import Markup, escape

from ...core.clock import parse_moment
from ...resolution.playbook import ROOT_CAUSES
from ..answers.chart import AHEAD_DAYS, BACK_DAYS, Sold, likely
from . import words
from .pictures.issue_chart import Chart, draw

RESOLUTIONS = (
    ("fixed", "Fixed"),
    ("false_alarm", "False alarm"),
    ("duplicate", "Duplicate"),
    ("accepted_risk", "Accepted risk"),
    ("not_meant_to_sell", "Not meant to sell"),
    ("wont_fix", "Will not fix"),
)
"""How an issue can end, in the order of the keys 1 to 6."""
FALSE_ALARMS = {
    "cut_too_tight": "the cut line is too tight",
    "data_wrong": "the data was wrong",
    "fixed_already": "it was fixed already",
    "not_ours": "it is not ours",
    "expected": "it was expected",
}

WORDS_DAYS = 16
"""The words of an earlier issue are about as wide as so many days of the chart."""

SHOPS = {
    "US": "com",
    "UK": "co.uk",
    "JP": "co.jp",
    "AU": "com.au",
    "MX": "com.mx",
    "BR": "com.br",
    "TR": "com.tr",
    "BE": "com.be",
}


def listing_link(channel: str, item: str | None) -> str | None:
    """Where shoppers see the item; None where nobody knows."""
    shop, _, country = channel.partition(":")
    if not item or not re.fullmatch(r"[A-Za-z0-9]{4,20}", item):
        return None
    if shop == "amazon" and re.fullmatch(r"[A-Z]{2}", country):
        return f"https://www.amazon.{SHOPS.get(country, country.lower())}/dp/{item}"
    if shop == "walmart" and country == "US":
        return f"https://www.walmart.com/ip/{item}"
    return None


def chart_of(issue: Mapping[str, Any], why: Mapping[str, Any], sales: Sold | None, before: Sequence[Any]) -> Markup:
    """The chart of an issue of one listing; empty where no sales are loaded."""
    if sales is None or not sales.days:
        return Markup("")
    money: Mapping[str, Any] = next(iter(why["exposures"]), {})
    pace, sd = money.get("velocity"), money.get("velocity_sd") or 0.0
    low, high = likely(pace, sd) if pace else (0, 0)
    row, currency = issue["row"], issue["row"]["currency"]
    earlier = [
        (
            b["onset_day"] or b["detected_at"].date(),
            _ended(b),
            f"{words.state(b['kind'])}: {words.state(b['resolution'] or 'open')}",
        )
        for b in before
        if not b["open"]
    ]
    chart = Chart(
        today=sales.today,
        values=sales.last(BACK_DAYS),
        pace=pace,
        low=low,
        high=high,
        onset=row["onset_day"],
        last_good=row["last_good_day"],
        ahead=AHEAD_DAYS,
        lost=words.money(row["lost_to_date"] or 0.0, currency),
        saved=words.money(row["avoidable_mean"], currency),
        pace_words=f"pace {pace:.3g} a day: {money.get('velocity_source') or ''}" if pace else "",
        share=money.get("share_lost") or 0.0,
        earlier=_apart(earlier, sales.today - timedelta(days=BACK_DAYS))[:3],
    )
    return draw(chart)


def _apart(earlier: Sequence[tuple[date, date | None, str]], first: date) -> list[tuple[date, date | None, str]]:
    """Those whose words would not stand on those of a later one; what began before `first` stands there."""
    kept: list[tuple[date, date | None, str]] = []
    for each in earlier:
        places = [max(other[0], first) for other in kept]
        if all(abs((max(each[0], first) - place).days) >= WORDS_DAYS for place in places):
            kept.append(each)
    return kept


def _called(issue: Mapping[str, Any]) -> str:
    return f"{words.state(issue['kind'])}: {words.state(issue['resolution'] or 'open')}"


def _ended(issue: Mapping[str, Any]) -> date | None:
    ended = issue["verified_at"] or issue["fixed_at"] or issue["closed_at"]
    return ended.date() if ended else None


def boxes(why: Mapping[str, Any], currency: str) -> list[tuple[str, str, str, str]]:
    """The factors of the money of one listing, (sign before, value, name, look); empty where they do not multiply."""
    if len(why["exposures"]) != 1:
        return []
    m = why["exposures"][0]
    pace, price, share = m["velocity"] or 0.0, m["price"] or 0.0, m["share_lost"] or 0.0
    found = [("", words.number(words.three(pace)), "units a day", ""), ("×", words.exact(price, currency), "price", "")]
    found.append(("×", words.percent(share), "of sales lost", ""))
    product = pace * price * share
    for name, said in (("left_share", "left by causes ahead"), ("kept_share", "not sold by other offers")):
        if m[name] is not None and m[name] < 0.999:
            found.append(("×", words.percent(m[name]), said, ""))
            product *= m[name]
    a_day = m["exposure_mean"] or 0.0
    if a_day <= 0 or abs(product - a_day) > 0.015 * a_day:
        return []
    found.append(("=", words.money(a_day, currency), "lost a day", "sum"))
    days = m["saved_days"] or 0.0
    if abs(a_day * days - (m["avoidable_mean"] or 0.0)) <= 0.015 * max(a_day * days, 1.0):
        found.append(("×", words.number(round(days, 1)), "days to save", ""))
    else:
        return []
    found.append(("=", words.money(m["avoidable_mean"], currency), "can be saved", "sum"))
    return found


def score_boxes(why: Mapping[str, Any], currency: str) -> list[tuple[str, str, str, str]]:
    """The parts that multiply to the score."""
    found = []
    for i, part in enumerate(why["parts"]):
        value = words.money(part["value"], currency) if part["unit"] == currency else words.number(part["value"])
        found.append(("×" if i else "", value, part["name"], "sum" if not i else ""))
    return [*found, ("=", words.number(words.three(why["score"] or 0.0)), "score", "on")]


def factor_rows(why: Mapping[str, Any], currency: str) -> list[tuple[str, str, str, str]]:
    """(part, value, 8 in 10 within, where it comes from) of one listing's money, then of the score."""
    rows = []
    for m in why["exposures"][:1] if len(why["exposures"]) == 1 else ():
        spread = 1.2816 * (m["velocity_sd"] or 0.0)
        if m["velocity"]:
            reach = f"{max(0.0, m['velocity'] - spread):.3g} – {m['velocity'] + spread:.3g}"
            rows.append(
                ("Units a day when healthy", words.number(words.three(m["velocity"])), reach, m["velocity_source"])
            )
        if m["price"]:
            rows.append(("Price, net", words.exact(m["price"], currency), "a fact", m["price_source"]))
        if m["share_lost"]:
            off = 1.2816 * (m["share_lost_sd"] or 0.0)
            low, high = max(0.0, m["share_lost"] - off), min(1.0, m["share_lost"] + off)
            reach = f"{low * 100:.0f} – {high * 100:.0f} %" if off else "certain"
            rows.append(("Share of sales lost", words.percent(m["share_lost"]), reach, m["share_source"]))
        if m["saved_days"]:
            rows.append(("Days acting now saves", words.number(round(m["saved_days"], 1)), "a policy", "horizon"))
    for part in why["parts"]:
        value = words.money(part["value"], currency) if part["unit"] == currency else words.number(part["value"])
        name = {"avoidable": "Can still be saved", "P(real)": "Chance the signal is right"}.get(
            part["name"], part["name"][:1].upper() + part["name"][1:]
        )
        rows.append((name, value, "", part["source"]))
    return rows


def plain(text: str) -> Markup:
    """A line of a playbook: its stars and backticks become emphasis, everything else is text."""
    safe = str(escape(text))
    safe = re.sub(r"`([^`]+)`", r"<code>\1</code>", safe)
    safe = re.sub(r"\*\*([^*]+)\*\*", r"<b>\1</b>", safe)
    return Markup(re.sub(r"\*([^*]+)\*", r"<b>\1</b>", safe))  # noqa: S704  escaped above


def playbook_parts(lines: Sequence[str]) -> tuple[list[Markup], list[tuple[str, list[Markup]]]]:
    """The numbered steps, and the sections beside them."""
    steps: list[Markup] = []
    sections: list[tuple[str, list[Markup]]] = []
    for line in lines:
        if line.startswith("#"):
            sections.append((line.lstrip("# "), []))
        elif found := re.match(r"\d+\. (.*)", line):
            steps.append(plain(found[1]))
        elif sections:
            sections[-1][1].append(plain(line.removeprefix("- ")))
        else:
            sections.append(("", [plain(line)]))
    return steps, [(title, text) for title, text in sections if text]


_EVENTS = {
    "opened": "Found by the run",
    "assigned": "Given to {owner}",
    "claimed": "{by} began work",
    "noted": "Note by {by}",
    "acknowledged": "{by} has seen it",
    "snoozed": "Put aside by {by}",
    "woken": "Back from aside",
    "pinned": "Pinned by {by}",
    "unpinned": "Unpinned by {by}",
    "waiting": "Waits on {waiting_on}",
    "answered": "They answered",
    "closed": "Closed by {by}",
    "reopened": "Opened again by {by}",
    "verified": "Verified gone: the facts agree",
    "regressed": "Back: the facts still show it",
    "self_healed": "Healed by itself",
    "absent": "Gone from the first complete report",
    "not_meant_to_sell": "No longer meant to sell",
    "packed": "Fix pack made by {by}",
    "linked": "Linked to a case",
    "joined": "Put together with others by {by}",
    "left": "Its incident was taken apart by {by}",
    "escalated": "Promise broken, passed up",
}


def incident_of(state: Mapping[str, Any]) -> dict[str, Any] | None:
    """The incident an issue is in: its number, and its name where somebody put it together; None for none."""
    if state["incident"] is None:
        return None
    last = next((e for e in reversed(state["events"]) if e["event"] in ("joined", "left")), None)
    by_hand = last is not None and last["event"] == "joined"
    return {"number": state["incident"], "title": last["detail"]["incident"] if last and by_hand else None}


def timeline(events: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What happened, the newest first, in words."""
    found = []
    for event in reversed(events):
        detail = event["detail"]
        holes = {"by": event["by"], "owner": detail.get("owner") or "nobody"}
        holes["waiting_on"] = detail.get("waiting_on") or "others"
        said = _EVENTS.get(event["event"], words.state(event["event"]).capitalize()).format_map(holes)
        found.append(
            {
                "at": parse_moment(event["at"]),
                "said": said,
                "more": _more(event["event"], detail),
                "person": event["by"] != "opswheel",
            }
        )
    return found


def _more(event: str, detail: Mapping[str, Any]) -> str:
    if event == "closed":
        cause = ROOT_CAUSES.get(detail.get("root_cause") or "", "")
        parts = [words.state(detail.get("resolution") or ""), cause, detail.get("note") or ""]
        return ". ".join(p for p in parts if p)
    for name in ("note", "incident", "snooze_why", "pin_why", "because", "why"):
        if detail.get(name):
            return str(detail[name])
    return str(detail["route"]) if event in ("opened", "assigned") and detail.get("route") else ""
