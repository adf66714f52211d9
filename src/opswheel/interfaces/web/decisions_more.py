"""Forecast models, catalog rules and price paths as people read them on the Decisions page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import words

KINDS = ("forecast_model", "catalog_rule", "price_path")
NOTHING = {
    "forecast_model": "Forecasts go on with the models in force. The next look compares anew.",
    "catalog_rule": "Listings without it are held back as before, and each is mended when it is.",
    "price_path": "Who asks whom before a price moves stays as everybody is used to.",
}
ACCEPTED = {
    "forecast_model": "The next forecast of this kind of listing is made with them. After 90 and 180 days its accuracy "
    "stands beside the one before. Undo it under History: the models from before come back.",
    "catalog_rule": "Each run lists the listings that break it, under History and on their issues. After 90 and 180 "
    "days suppressions about it are held against those about other things. Undo it under History.",
    "price_path": "It stands on the page of every such issue. After 90 and 180 days the hours to the first action are "
    "held against those before. Undo it under History.",
}


def subject(one: Mapping[str, Any], titles: Mapping[str, str]) -> str:
    """What it is about."""
    if one["kind"] == "price_path":
        title = str(titles.get(one["subject"]) or words.state(one["subject"]))
        return f"Price path, {title[:1].lower()}{title[1:]}"
    here = one.get("from") or {}
    if one["kind"] == "forecast_model":
        _, channel, segment = (*one["subject"].split("|"), "", "", "")[:3]
        return f"Forecast models, listings that sell {segment} on {channel}"
    if here.get("category"):
        return f"Catalog rule, {words.state(here['attribute'])} of {here['category']} on {here['channel']}"
    return "Catalog rule, " + str(one["subject"]).replace("|", ", ")  # a refusal is told by its subject alone


def changes(one: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What it was and what it becomes."""
    before, after = one["from"], one["to"]
    if one["kind"] == "forecast_model":
        return [{"name": "from", "old": str(before.get("models") or ""), "new": str(after.get("models") or "")}]
    if one["kind"] == "catalog_rule":
        must = str(after.get("must") or "no rule")
        return [{"name": "must be", "old": str(before.get("must") or ""), "new": must, "new_only": True}]
    return [
        {"name": name, "old": told(before.get(key)), "new": told(after.get(key)), "new_only": True}
        for name, key, told in PARTS
    ]


def _share(value: Any) -> str:
    return "" if value is None else f"{value:.0%}"


def _who(value: Any) -> str:
    return "" if value is None else str(value)


def _hours(value: Any) -> str:
    return "" if value is None else f"{value:g} h"


PARTS = (("alone up to", "alone_up_to", _share), ("above it", "approver", _who), ("within", "within_hours", _hours))


def edits(one: Mapping[str, Any]) -> list[dict[str, str]]:
    """The fields in which somebody may change it before accepting it; models are what their back-test was of."""
    to = one["to"]
    if one["kind"] == "catalog_rule":
        return [{"name": "must", "label": "Must be", "value": str(to.get("must") or "present"), "type": "text"}]
    if one["kind"] == "forecast_model":
        return []
    share, hours = (f"{to.get(k) or 0:g}" for k in ("alone_up_to", "within_hours"))
    return [
        {"name": "alone_up_to", "label": "Alone up to, as a share", "value": share, "type": "number"},
        {"name": "approver", "label": "Above it approves", "value": str(to.get("approver") or ""), "type": "text"},
        {"name": "within_hours", "label": "Within hours", "value": hours, "type": "number"},
    ]


def facts(one: Mapping[str, Any], currency: str) -> list[tuple[str, str, str]]:
    """What it rests on: (what, how much, its range or source)."""
    told = one["backtest"]
    if one["kind"] == "forecast_model":
        change = told["change"]
        ends = f"8 in 10 within {-change['p90']:.1%} – {-change['p10']:.1%}"
        return [
            ("Error now", f"{told['error_before']:.3f}", "weighted RMSSE; has seen some of these months"),
            ("Error of the new choice", f"{told['error_after']:.3f}", "on months it had not seen"),
            ("Off by less", f"{-change['mean']:.1%}", ends),
            ("Better is", f"{told['chance']:.0%}", f"likely; {told['origins']} months, {told['items']} listings"),
        ]
    if one["kind"] == "price_path":
        lone, asked, gain = told["alone"], told["asked"], told["gain_a_year"]
        return [
            ("Closed alone", str(lone["n"]), f"{lone['hours']:.1f} h from the first action; {lone['wrong']} came back"),
            ("Closed with others", str(asked["n"]), f"{asked['hours']:.1f} h; {asked['wrong']} came back"),
            ("Lost while they waited", words.short(asked["lost_waiting"], currency), f"in {told['days']} days"),
            ("A wrong move costs", words.short(told["cost_of_a_wrong_move"], currency), "what the next issue lost"),
            ("Worth a year", words.short(gain["mean"], currency), _ends(gain, currency)),
            ("That it pays is", f"{told['chance']:.0%}", "likely; observational: nobody drew lots who asks"),
        ]
    rows = [
        ("Name it", f"{told['named']} of {told['suppressions']}", f"suppressions of the category, {told['days']} days"),
        ("A rule prevents", f"{told['prevented']:.0%}", str(told["prevented_source"])),
    ]
    for name, side in (("Suppressed, of those that carry it", "with"), ("… of those without it", "without")):
        if told[side]:
            one_ = told[side]
            rows.append((name, f"{one_['named']} of {one_['n']}", f"{one_['p10']:.1%} – {one_['p90']:.1%}"))
    rows.append(
        ("Filling it in", words.short(told["cost"], currency), f"{told['cost_source']}, {told['to_fill']} listings")
    )
    if told["gain"]:
        rows.append(("Worth a year", words.short(told["gain"]["mean"], currency), _ends(told["gain"], currency)))
    else:
        rows.append(("Worth a year", "cannot tell", "no close says what such a suppression lost"))
    return rows


def _ends(told: Mapping[str, float], currency: str) -> str:
    return f"8 in 10 within {words.short(told['p10'], currency)} – {words.short(told['p90'], currency)}"
