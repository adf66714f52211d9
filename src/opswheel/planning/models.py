"""The models a forecast is made of, from statsforecast; each sees only an item's clean days, freed of calendar effects.

Because the calendar is taken out first, a day left out does not shift the weekdays of those after it.
"""

from __future__ import annotations

import warnings
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np

from ..core.errors import ForecastMissing
from .censoring import Demand
from .panel import Array

FLAT = ("mean_28", "mean_56", "mean_168", "mean_all", "smooth_2", "smooth_5", "smooth_10", "croston_sba")
"""Models of a level that stays: means of the last clean days, exponential smoothing by 2, 5 and 10 % a day, and
Croston's method as corrected by Syntetos and Boylan, for items that sell on few days."""
STEADIED = ("steadied_56", "steadied_5", "steadied_10")
"""A mean of 56 days and smoothing by 5 and 10 %, of days taken as at most mean + 1.5 standard deviations: one wholesale
order of the size of a month should not be expected again every day."""
POOLED = "pooled"
"""The item's own mean drawn towards its group's, by how much it has sold: what new and sparse items get."""
NAMES = (*FLAT, *STEADIED, POOLED)
WORDS = {
    "mean_28": "mean of 28 clean days",
    "mean_56": "mean of 56 clean days",
    "mean_168": "mean of 168 clean days",
    "mean_all": "mean of all clean days",
    "smooth_2": "smoothing, 2 % a day",
    "smooth_5": "smoothing, 5 % a day",
    "smooth_10": "smoothing, 10 % a day",
    "croston_sba": "Croston (SBA)",
    "steadied_56": "mean of 56 days, outliers cut",
    "steadied_5": "smoothing, 5 % a day, outliers cut",
    "steadied_10": "smoothing, 10 % a day, outliers cut",
    "pooled": "drawn to its group",
}
OUTLIER_SD = 1.5
"""Of 1, 1.5, 2 and 2.5 the least error over four real shops, at older origins than the bench reports (measured)."""


def installed() -> bool:
    """Whether the extra `forecast` is installed; imports nothing."""
    return find_spec("statsforecast") is not None


def library() -> Any:
    """statsforecast; ForecastMissing names the extra where it is not installed."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import_module("statsforecast.models")
            return import_module("statsforecast")
    except ImportError as missing:
        raise ForecastMissing(
            "Forecasts need statsforecast, which is not installed.", "Install it: pip install 'opswheel[forecast]'."
        ) from missing


def flat_models() -> list[Any]:
    """The library's models behind FLAT, in that order."""
    m = library().models
    return [
        m.WindowAverage(28, alias="mean_28"),
        m.WindowAverage(56, alias="mean_56"),
        m.WindowAverage(168, alias="mean_168"),
        m.HistoricAverage(alias="mean_all"),
        m.SimpleExponentialSmoothing(0.02, alias="smooth_2"),
        m.SimpleExponentialSmoothing(0.05, alias="smooth_5"),
        m.SimpleExponentialSmoothing(0.10, alias="smooth_10"),
        m.CrostonSBA(alias="croston_sba"),
    ]


def steadied_models() -> list[Any]:
    """The library's models behind STEADIED, in that order."""
    m = library().models
    return [
        m.WindowAverage(56, alias="steadied_56"),
        m.SimpleExponentialSmoothing(0.05, alias="steadied_5"),
        m.SimpleExponentialSmoothing(0.10, alias="steadied_10"),
    ]


def frame(demand: Demand, *, steadied: bool = False, sales_only: bool = False) -> Any:
    """Days as the library takes them: item, column, units of a plain day; filled days too, unless `sales_only`."""
    item, column = np.nonzero(demand.clean if sales_only else demand.clean | demand.filled)
    units = (_steadied(demand) if steadied else demand.usual)[item, column]
    return import_module("pandas").DataFrame({"unique_id": item, "ds": column, "y": units})


def _steadied(demand: Demand) -> Array:
    """Units of days, each at most its item's mean + OUTLIER_SD standard deviations."""
    n = np.maximum(demand.clean.sum(axis=1), 1)
    mean = (demand.usual * demand.clean).sum(axis=1) / n
    apart = np.sqrt((((demand.usual - mean[:, None]) ** 2) * demand.clean).sum(axis=1) / n)
    return np.asarray(np.minimum(demand.usual, (mean + OUTLIER_SD * apart)[:, None]))


def ask(models: list[Any], data: Any, horizon: int, *, workers: int = 1) -> dict[str, Array]:
    """What each model says of each item in `data`, in the order of their numbers: (items, horizon)."""
    told = library().StatsForecast(models=models, freq=1, n_jobs=workers)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = told.forecast(df=data, h=horizon)
    names = [m.alias for m in models]
    return {name: found[name].to_numpy(dtype=float).reshape(-1, horizon) for name in names}


def levels(demand: Demand, groups: tuple[str, ...], *, workers: int = 1) -> Array:
    """Units of a plain day to come by item and model of NAMES; they stay as they are, the calendar moves them."""
    out = np.repeat(pool(demand, groups)[:, None], len(NAMES), axis=1)
    told = demand.clean.any(axis=1)
    if told.any():
        some = replace(demand, **{n: getattr(demand, n)[told] for n in ("usual", "weight", "clean", "filled")})
        apart = ("croston_sba",) if some.filled.any() else ()  # a mean filled in is no sale
        found = ask([m for m in flat_models() if m.alias not in apart], frame(some), 1, workers=workers)
        if apart:
            sales = [m for m in flat_models() if m.alias in apart]
            found |= ask(sales, frame(some, sales_only=True), 1, workers=workers)
        found |= ask(steadied_models(), frame(some, steadied=True), 1, workers=workers)
        everything = found["mean_all"][:, 0]
        for i, name in enumerate(NAMES[:-1]):
            value = found[name][:, 0]  # not a number where an item is younger than the window
            out[told, i] = np.where(np.isfinite(value), np.maximum(value, 0), everything)
    return out


PRIOR_ITEMS = 8
"""A group of fewer items pools with all of them."""


def pool(demand: Demand, groups: tuple[str, ...]) -> Array:
    """Gamma–Poisson means: each item's units and days beside its group's prior, fitted by moments.

    Units are divided by the item's variance-to-mean ratio first: an order of 48 is one piece of news, not 48.
    """
    usual = (demand.usual * demand.weight).sum(axis=1)
    days = demand.weight.sum(axis=1)
    of = np.asarray(groups)
    out = np.zeros(len(groups))
    shape_all, rate_all = _prior(usual, days, demand.phi)
    for group in sorted(set(groups)):
        rows = of == group
        shape, rate = (
            _prior(usual[rows], days[rows], demand.phi[rows]) if rows.sum() >= PRIOR_ITEMS else (shape_all, rate_all)
        )
        phi = demand.phi[rows]
        out[rows] = (shape + usual[rows] / phi) / np.maximum(rate + days[rows] / phi, 1e-12)
    return out


def _prior(units: Array, days: Array, phi: Array) -> tuple[float, float]:
    """Shape and rate of the Gamma of items' units a day; no spread beyond chance makes it narrow, never infinite."""
    told = days > 0
    if not told.any():
        return 0.0, 1e-9
    rate = units[told] / days[told]
    mean = float(rate.mean())
    if mean <= 0:
        return 0.0, 1e-9
    noise = float((phi[told] * mean / days[told]).mean())
    apart = max(float(rate.var()) - noise, 0.05 * mean * mean)
    return mean * mean / apart, mean / apart
