"""`bench forecast`: how far demand forecasts are off on series held out, beside what anybody could have had.

The last 28 days of each shop, and those of two earlier origins, are forecast from the days before; intervals of 28-day
totals, which few series have, from up to ten. Rivals get the same days: last week again, the mean of 28 days, and the
library's AutoETS, CrostonSBA and Theta, each alone. Errors are weighted RMSSE: root mean square error ÷ root mean
square of the day-to-day change, weighed by the earnings of the 28 days before, as in the M5 competition.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from ...growth.kpis.intervals import wilson
from ...planning import combine, intervals, models
from ...planning.censoring import free
from ...planning.forecast import Choice, Forecast, choose, forecast
from ...planning.panel import Array, Panel, panel
from ...planning.season import learn_calendar
from .common import row
from .series import Shop, made_up, shops

HELD_OUT_DAYS = 28
ORIGINS, TOTALS_ORIGINS = 3, 10
LEAST_SALES, LEAST_DAYS = 10, 56
RIVAL_ITEMS = 300
CENSORED_SHARE = 0.2
DELIVERED = range(0, 21, 3)
SPEED_ITEMS, SPEED_DAYS = 5000, 365


def measure(
    *, data: Path | None = None, items: int = RIVAL_ITEMS, progress: Callable[[str], None] = lambda _: None
) -> list[dict[str, Any]]:
    """All figures of every shop found."""
    rows: list[dict[str, Any]] = []
    for shop in shops(data):
        progress(f"{shop.name} …")
        rows += _errors(shop, items, progress)
        rows += _censored(shop)
    rows += _speed()
    return rows


def enough(told: Panel) -> Any:
    """Items with ten selling days over at least eight weeks: the others have nothing to be judged by."""
    return ((told.units > 0).sum(axis=1) >= LEAST_SALES) & (told.days - told.starts >= LEAST_DAYS)


def _errors(shop: Shop, items: int, progress: Callable[[str], None]) -> list[dict[str, Any]]:
    found: dict[str, list[float]] = {}
    inside: list[tuple[float, int, int]] = []
    for back in range(1, TOTALS_ORIGINS + 1):
        column = shop.panel.days - HELD_OUT_DAYS * back
        if column < combine.LEAST_HISTORY_DAYS + HELD_OUT_DAYS:
            break
        progress(f"{shop.name}, {HELD_OUT_DAYS} days from {shop.panel.day(column)} …")
        past = shop.panel.until(column)
        rows = np.flatnonzero(enough(past))
        past, actual = past.only(rows), shop.panel.units[rows, column : column + HELD_OUT_DAYS]
        said = forecast(past, choose(past))
        if back <= ORIGINS:
            for name, value in _origin(past, actual, said, items).items():
                found.setdefault(name, []).append(value)
        inside.append(_inside(past, actual, said))
    mean = {name: float(np.mean(values)) for name, values in found.items()}
    naive = min(mean["seasonal naive"], mean["28-day mean"])
    alone = min(mean[f"top {n}"] for n in ("AutoETS", "CrostonSBA", "Theta"))
    by_origin = [round(v, 4) for v in found["ours"]]
    pit = float(np.mean([x[0] for x in inside[:ORIGINS]]))
    return [
        row(f"{shop.name}: weighted RMSSE against the better of naive and mean", mean["ours"], naive, "RMSSE", "≤ 0.95",
            by_origin=by_origin, rivals={k: round(v, 4) for k, v in mean.items()}),
        row(f"{shop.name}: the same against the best library model alone, top {items} items", mean["top ours"], alone,
            "RMSSE", "≤ 1.00"),
        row(f"{shop.name}: randomised PIT within the 80 % interval", pit, None, "share", "0.76–0.84",
            by_origin=[round(x[0], 3) for x in inside[:ORIGINS]]),
        _totals(shop.name, [x[1:] for x in inside]),
    ]  # fmt: skip


def _origin(past: Panel, actual: Array, said: Forecast, items: int) -> dict[str, float]:
    """Weighted RMSSE of ours and every rival at one origin; those of the library on the items that earn most."""
    scale, value = combine.day_to_day(past), combine.earned(past, HELD_OUT_DAYS)
    naive = {
        "ours": said.mean,
        "seasonal naive": np.tile(past.units[:, -7:], 4),
        "28-day mean": np.repeat(past.units[:, -28:].mean(axis=1)[:, None], HELD_OUT_DAYS, axis=1),
    }
    out = {n: combine.weighted_rmsse(actual, v, scale, value) for n, v in naive.items()}
    top = np.sort(np.argsort(-value, kind="stable")[:items])
    alone = library_alone(past.only(top)) | {"ours": said.mean[top]}
    for name, mean in alone.items():
        out[f"top {name}"] = combine.weighted_rmsse(actual[top], mean, scale[top], value[top])
    return out


def library_alone(past: Panel) -> dict[str, Array]:
    """The library's own models, as a person would first run them: on units sold, a week as season."""
    m = models.library().models
    item, column = np.nonzero(past.own())
    frame = import_module("pandas").DataFrame({"unique_id": item, "ds": column, "y": past.units[item, column]})
    told = [m.AutoETS(season_length=7), m.CrostonSBA(), m.Theta(season_length=7)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = models.library().StatsForecast(models=told, freq=1, n_jobs=1).forecast(df=frame, h=HELD_OUT_DAYS)
    return {
        name: found[name].to_numpy(dtype=float).reshape(-1, HELD_OUT_DAYS)
        for name in ("AutoETS", "CrostonSBA", "Theta")
    }


def _totals(name: str, inside: list[tuple[int, int]]) -> dict[str, Any]:
    """Share of 28-day totals within their interval, of all origins together, with what chance alone leaves open.

    A shop's series share their months, so that the truth is open wider than the binomial interval says.
    """
    hits, n = (sum(x[i] for x in inside) for i in (0, 1))
    newest = [sum(x[i] for x in inside[:ORIGINS]) for i in (0, 1)]
    return row(f"{name}: 28-day totals of items selling ≥ 1/day within theirs", hits / n if n else float("nan"), None,
               "share", "0.76–0.84", totals=n, chance_95=[round(x, 3) for x in wilson(hits, n)],
               newest_three=round(newest[0] / newest[1], 3) if newest[1] else None,
               by_origin=[round(x[0] / x[1], 2) if x[1] else None for x in inside])  # fmt: skip


def _inside(past: Panel, actual: Array, said: Forecast) -> tuple[float, int, int]:
    """Share of days whose randomised PIT lies in the 80 % interval; 28-day totals inside theirs, and of how many."""
    rng = np.random.default_rng(1)
    v, levels = said.choice.spread.at(said.segment, 1)
    wide = [np.broadcast_to(x[:, None], actual.shape) for x in (said.phi, v)]
    u = intervals.randomised(actual, said.mean, wide[0], wide[1], rng)
    low, high = (intervals.level_of(levels, share)[:, None] for share in (intervals.LOW, intervals.HIGH))
    open_ = said.mean > 0
    pit = float(((u >= low) & (u <= high))[open_].mean())
    busy = past.units.sum(axis=1) / np.maximum(past.own().sum(axis=1), 1) >= 1
    total = actual.sum(axis=1)
    within = (total >= said.total(28, intervals.LOW)) & (total <= said.total(28, intervals.HIGH))
    return pit, int(within[busy].sum()), int(busy.sum())


def _censored(shop: Shop) -> list[dict[str, Any]]:
    """Bias of daily demand where a fifth of the days had no stock: one that ran out because it sold, and one by chance.

    Truth is what the same days sold before they were taken away. All items are delivered on the same day and so miss
    the same weeks: one delivery day's bias is also those weeks' luck, so it is the mean of seven.
    """
    told = shop.panel.only(enough(shop.panel))
    truth, whole = _level(told), float(forecast(told, choose(told)).mean.sum())
    rows = []
    for name, draws in {"by chance": [_outages(told)], "sold out": [_sold_out(told, d) for d in DELIVERED]}.items():
        shown = [_shown(told, *draw) for draw in draws]
        by_draw = [_level(s) / truth - 1 for s in shown]
        blind = [replace(s, exposure=np.ones_like(s.exposure), cut=np.zeros_like(s.cut)) for s in shown]
        bias, plain = float(np.mean(by_draw)), float(np.mean([_level(s) / truth - 1 for s in blind]))
        ours = float(forecast(shown[0], choose(shown[0])).mean.sum())
        share = float(np.mean([(told.own() & (s.exposure < 1)).sum() / told.own().sum() for s in shown]))
        rows.append(row(f"{shop.name}: bias of daily demand, a fifth of the days without stock, {name}", abs(bias),
                        None, "share", "≤ 0.03", bias=round(bias, 4), by_draw=[round(b, 3) for b in by_draw],
                        a_plain_forecaster=round(plain, 4),
                        forecast_against_that_of_whole_days=round(ours / whole - 1, 4),
                        days_without_stock=round(share, 3)))  # fmt: skip
    return rows


def _shown(told: Panel, units: Array, exposure: Array, cut: Any) -> Panel:
    """What a shop with gaps sees of the same demand."""
    shown = panel(told.keys, units, first_day=told.first_day, exposure=exposure, cut=cut, starts=told.starts,
                  value=told.value)  # fmt: skip
    return replace(shown, closed=told.closed)


def _level(told: Panel) -> float:
    """Units a day of all items together, as the forecast's first step sees them."""
    return float(free(told, learn_calendar(told)).level.sum())


def _outages(told: Panel, days: int = 6) -> tuple[Array, Array, Any]:
    rng = np.random.default_rng(3)
    begins = rng.random(told.units.shape) < CENSORED_SHARE / days / (1 - CENSORED_SHARE / 2)
    out = np.zeros(told.units.shape, bool)
    for k in range(days):
        out[:, k:] |= begins[:, : told.days - k]
    out &= told.own()
    return np.where(out, 0.0, told.units), np.where(out, 0.0, 1.0), np.zeros(out.shape, bool)


def _sold_out(told: Panel, first: int = 0, every: int = 21, cover: float = 15.0) -> tuple[Array, Array, Any]:
    """Stock for about two of three weeks arrives every three weeks: what sells fast runs out, on a day it sells.

    The first full delivery after the stock a shop begins with comes on day `first`.
    """
    units, exposure = told.units.copy(), np.ones(told.units.shape)
    cut = np.zeros(units.shape, bool)
    usual = (told.units * told.own()).sum(axis=1) / np.maximum(told.own().sum(axis=1), 1)
    stock = np.ceil(usual * cover)
    for t in range(told.days):
        if t % every == first:
            stock = np.ceil(usual * cover)
        own = told.starts <= t
        empty = own & (stock <= 0)
        sold = np.minimum(told.units[:, t], stock)
        cut[:, t] = own & ~empty & (told.units[:, t] >= stock)
        units[:, t] = np.where(own, np.where(empty, 0.0, sold), told.units[:, t])
        exposure[:, t] = np.where(empty, 0.0, 1.0)
        stock = np.where(own, stock - np.where(empty, 0.0, sold), stock)
    return units, exposure, cut


def _speed() -> list[dict[str, Any]]:
    """Fit and 28-day quantiles of 5,000 series, against the library's forecast with the same models and days."""
    told = made_up(SPEED_ITEMS, SPEED_DAYS).panel
    told = replace(told, starts=np.zeros(told.n, dtype=np.int64))
    choice: Choice = choose(told.only(slice(0, 300)))
    demand = free(told, learn_calendar(told))
    whole, steadied = models.frame(demand), models.frame(demand, steadied=True)

    def theirs() -> None:
        models.ask(models.flat_models(), whole, HELD_OUT_DAYS)
        models.ask(models.steadied_models(), steadied, HELD_OUT_DAYS)

    def ours() -> None:
        forecast(told, choice)

    seconds: dict[str, list[float]] = {"ours": [], "theirs": []}
    for _ in range(4):
        for name, work in (("theirs", theirs), ("ours", ours)):
            began = time.perf_counter()
            work()
            seconds[name].append(time.perf_counter() - began)
    best = {name: sorted(values[1:])[1] for name, values in seconds.items()}
    return [
        row(f"{SPEED_ITEMS:,} series × {SPEED_DAYS} days: fit and 28-day quantiles", best["ours"], best["theirs"],
            "seconds", "≤ 1.3")
    ]  # fmt: skip
