"""Light histories with known truth: a team's year as counts and sums, to prove the verdict and the diagnosis on.

Not the market of `market.py`: nobody sells anything here. A history is what a year leaves behind in the ledger and in
headcount.csv, month by month and day by day, drawn around a truth that is known. The functions that judge it are the
shipped ones. What it leaves out: operators who differ, issues that wait for one another, seasons that change their
shape from one year to the next, a market that turns in the middle of a year, people who type what is not so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import exp, log
from typing import Literal

import numpy as np

from ..performance.evidence import Closed
from ..performance.survival import Times
from ..performance.work import Decision, Ranked, Work

Kind = Literal["compounding", "flat", "stalled", "between", "narrow"]
KINDS: tuple[Kind, ...] = ("compounding", "flat", "stalled", "between", "narrow")
FIRST = date(2025, 11, 1)
"""The first of the twelve months judged; a year of sales lies before it."""
MONTHS, HISTORY = 12, 24


@dataclass(frozen=True)
class Told:
    """A parameter and where it comes from."""

    value: float
    source: str


PARAMETERS: Mapping[str, Told] = {
    "issues_per_1000_listings_a_day": Told(5.0, "world.toml: 4.1 faults a day per 1,000 listings, 0.8 of signals real"),
    "verified_share": Told(0.6, "assumed: of issues found, fixed and verified; the rest heals, is false or accepted"),
    "days_to_verify": Told(5.0, "assumed: mean days from detection to verification"),
    "repeat_hazard_a_day": Told(0.0022, "assumed: 18 % of fixes come back within 90 days at the start of the year"),
    "repeat_scatter": Told(1.5, "assumed: variance of a month's repeats ÷ Poisson's; one cause, many listings"),
    "revenue_scatter": Told(0.03, "assumed: sd of a month's log revenue about its trend and season"),
    "revenue_carries_over": Told(0.3, "assumed: correlation of that from one month to the next"),
    "season_sd": Told(0.12, "assumed: sd of the log level of a month of the year; the same in both years"),
    "price_rise_a_year": Told(0.03, "assumed: taken out before, so that only its error of 0.5 % a month is left"),
    "price_error": Told(0.005, "assumed: sd of the error of the price index, per month"),
    "listings_per_operator_low": Told(1_000, "domain notes: about 1,000 listings a person before specialising"),
    "listings_per_operator_high": Told(3_000, "the mission's claim: the same headcount manages three times as many"),
    "operators_low": Told(5, "the requirement's own floor"),
    "operators_high": Told(20, "assumed: half of the fifty the product is for"),
    "growth_before": Told(0.05, "assumed: sd of yearly log growth of revenue in the year before"),
    "hire_lag_months": Told(1.0, "assumed: people come up to so long after the catalog asked for them"),
}
"""Stated before the first measurement; the bench prints them."""


Parameters = Mapping[str, Told]

ROUGHER: Parameters = {
    **PARAMETERS,
    "repeat_hazard_a_day": Told(0.0012, "assumed: about half as many fixes come back, so there is less to tell from"),
    "repeat_scatter": Told(3.0, "assumed: repeats in larger bunches, three times Poisson's variance"),
    "revenue_scatter": Told(0.045, "assumed: half as much scatter again"),
    "revenue_carries_over": Told(0.5, "assumed: more of a month's scatter is the next one's too"),
    "price_error": Told(0.01, "assumed: twice the error of the price index"),
    "growth_before": Told(0.10, "assumed: twice the sd of growth in the year before"),
    "hire_lag_months": Told(2.0, "assumed: people come up to two months late"),
}
"""Another market than the one the rules were chosen on: stated before it was first measured, nothing chosen on it."""


def parameter(name: str, told: Parameters = PARAMETERS) -> float:
    """The value of a parameter."""
    return told[name].value


@dataclass(frozen=True)
class Truth:
    """What is true of a history: yearly log changes, the slope of headcount on the catalog, the catalog's range."""

    kind: Kind
    revenue_per_operator: float
    repeat_hazard: float
    slope: float
    catalog_range: float
    operators: int
    listings: int


@dataclass(frozen=True)
class History:
    """A year: by month deflated revenue, people and listings; by day verified fixes, and repeats by both days."""

    truth: Truth
    months: tuple[date, ...]
    revenue: Mapping[date, float]
    headcount: Mapping[date, float]
    catalog: Mapping[date, float]
    verified: Mapping[date, int]
    repeats: Mapping[tuple[date, date], int]


def plant(kind: Kind, rng: np.random.Generator) -> Truth:
    """A truth of one kind, drawn from the ranges the requirement names."""
    operators = int(rng.integers(int(parameter("operators_low")), int(parameter("operators_high")) + 1))
    each = rng.uniform(parameter("listings_per_operator_low"), parameter("listings_per_operator_high"))
    small = log(1.02)
    ranges = {
        "compounding": (log(1.20), log(0.70), 0.0, (1.2, 2.0)),
        "flat": (rng.uniform(-small, small), rng.uniform(-small, small), 0.0, (1.0, 1.5)),
        "stalled": (rng.uniform(-small, small), rng.uniform(-small, small), rng.uniform(0.9, 1.1), (1.3, 2.5)),
        "between": (0.0, rng.uniform(log(0.85), log(0.95)), rng.uniform(0.55, 0.85), (1.3, 2.5)),
        "narrow": (rng.uniform(-small, small), rng.uniform(-small, small), rng.uniform(0.9, 1.1), (1.03, 1.18)),
    }
    per_operator, hazard, slope, span = ranges[kind]
    catalog = float(exp(rng.uniform(log(span[0]), log(span[1]))))
    if kind == "between":  # revenue follows the catalog, so what the team does not grow by is what each one gains
        per_operator = (1 - slope) * log(catalog)
    return Truth(kind, per_operator, hazard, slope, catalog, operators, max(5_000, round(operators * each)))


def history(truth: Truth, rng: np.random.Generator, told: Parameters = PARAMETERS) -> History:
    """A year around a truth."""
    months = tuple(_month(FIRST, n) for n in range(-MONTHS, MONTHS))
    at = np.arange(MONTHS) / MONTHS
    scale = MONTHS / (MONTHS - 1)  # the range is that of the first month to the last
    catalog = truth.listings * np.exp(log(truth.catalog_range) * at * scale)
    wanted = truth.operators * np.exp(truth.slope * log(truth.catalog_range) * at * scale)
    people = _hired(wanted, rng, told) if truth.slope else np.full(MONTHS, float(truth.operators))
    revenue = _revenue(truth, rng, told)
    verified, repeats = _fixes(truth, catalog, rng, told)
    year = months[MONTHS:]
    return History(
        truth,
        months,
        dict(zip(months, map(float, revenue), strict=True)),
        dict(zip(year, map(float, people), strict=True)),
        dict(zip(year, map(float, catalog), strict=True)),
        verified,
        repeats,
    )


def _hired(wanted: np.ndarray, rng: np.random.Generator, told: Parameters) -> np.ndarray:
    """Whole and half people, some of whom come a month late."""
    late = rng.uniform(0, parameter("hire_lag_months", told))
    steps = np.arange(len(wanted))
    lagged = np.interp(steps - late, steps, wanted)
    found: np.ndarray = np.maximum(np.round(lagged * 2) / 2, 0.5)
    return found


def _revenue(truth: Truth, rng: np.random.Generator, told: Parameters) -> np.ndarray:
    """Two years of deflated revenue: season, a line for the year before and one for the year, and scatter."""
    season = rng.normal(0, parameter("season_sd", told), MONTHS)
    before = rng.normal(0, parameter("growth_before", told))
    staff = truth.slope * log(truth.catalog_range) * MONTHS / (MONTHS - 1)
    at = np.arange(-MONTHS, MONTHS) / MONTHS
    line = np.where(at < 0, before * at, (truth.revenue_per_operator + staff) * at)
    noise, keep = np.zeros(HISTORY), parameter("revenue_carries_over", told)
    for i, e in enumerate(rng.normal(0, parameter("revenue_scatter", told) * (1 - keep**2) ** 0.5, HISTORY)):
        noise[i] = keep * noise[i - 1] + e if i else e
    price = rng.normal(0, parameter("price_error", told), HISTORY)
    found: np.ndarray = 100.0 * truth.listings * np.exp(np.tile(season, 2) + line + noise + price)
    return found


def _fixes(
    truth: Truth, catalog: np.ndarray, rng: np.random.Generator, given: Parameters
) -> tuple[dict[date, int], dict[tuple[date, date], int]]:
    """Verified fixes of each day, and those that came back, day by day at the hazard of that day."""
    days = (_month(FIRST, MONTHS) - FIRST).days
    size = np.interp(np.arange(days) / days * (MONTHS - 1), np.arange(MONTHS), catalog) / 1_000
    mean = size * parameter("issues_per_1000_listings_a_day", given) * parameter("verified_share", given)
    mean[: int(parameter("days_to_verify", given))] = 0.0
    verified = rng.poisson(mean)
    alive = verified.astype(float).copy()
    bunches = _bunches(
        days, float(mean[-365:].mean()) * 90 * parameter("repeat_hazard_a_day", given) * 30.44, rng, given
    )
    hazard = parameter("repeat_hazard_a_day", given) * np.exp(truth.repeat_hazard * np.arange(days) / 365.25) * bunches
    repeats: dict[tuple[date, date], int] = {}
    for today in range(1, days):
        first = max(0, today - 90)
        back = rng.binomial(alive[first:today].astype(int), min(1.0, float(hazard[today])))
        for offset in np.nonzero(back)[0]:
            was = first + int(offset)
            repeats[FIRST + timedelta(days=was), FIRST + timedelta(days=today)] = int(back[offset])
            alive[was] -= back[offset]
    told = {FIRST + timedelta(days=d): int(n) for d, n in enumerate(verified) if n}
    return told, repeats


def _bunches(days: int, a_month: float, rng: np.random.Generator, told: Parameters) -> np.ndarray:
    """A factor for each month: what one cause that comes back does to all its listings at once."""
    excess = (parameter("repeat_scatter", told) - 1.0) / a_month
    factors = rng.gamma(1 / excess, excess, MONTHS + 2)
    found: np.ndarray = factors[(np.arange(days) // 30.44).astype(int)]
    return found


def _month(first: date, n: int) -> date:
    k = first.year * 12 + first.month - 1 + n
    return date(k // 12, k % 12 + 1, 1)


Break = Literal["none", "prioritization", "capacity", "data", "decisions"]
BREAKS: tuple[Break, ...] = ("none", "prioritization", "capacity", "data", "decisions")

TEAM: Mapping[str, Told] = {
    "issues_a_day_low": Told(10.0, "about 2,000 listings at 5 issues a day per 1,000"),
    "issues_a_day_high": Told(150.0, "about 30,000 listings"),
    "closed_by_people": Told(0.8, "assumed: the rest heals by itself"),
    "passed_over_healthy": Told(0.20, "assumed: skill and waiting explain one close in five out of order"),
    "passed_over_broken": Told(0.60, "assumed: people work by who shouts"),
    "keeps_up_healthy": Told(1.00, "what comes is done with, a few days later"),
    "keeps_up_broken": Told(0.80, "assumed: one in five issues stays"),
    "says_why_healthy": Told(0.95, "assumed: a close is refused without a cause, `unknown` is allowed"),
    "says_why_broken": Told(0.70, "assumed: three in ten are `unknown`"),
    "decisions_a_month_healthy": Told(4.0, "one a week, the weekly habit"),
    "repeat_share": Told(0.15, "assumed: of new issues"),
    "false_alarms": Told(0.2, "the product's prior, P(real) = Beta(4, 1)"),
}
"""Three months of a team, one hand-off broken or none; stated before the first measurement."""
WEEKS_TOLD, DAYS_TOLD = 13, 30


def quarter(broken: Break, end: datetime, rng: np.random.Generator) -> tuple[Work, Closed]:
    """What three months of such a team leave behind: the sums the diagnosis takes."""
    t = {name: told.value for name, told in TEAM.items()}
    a_day = float(np.exp(rng.uniform(np.log(t["issues_a_day_low"]), np.log(t["issues_a_day_high"]))))
    pace = t["keeps_up_broken" if broken == "capacity" else "keeps_up_healthy"]
    arrived = rng.poisson(7 * a_day, WEEKS_TOLD)
    open_now, ended = float(rng.poisson(5 * a_day)), []
    for came in arrived:  # done with: what capacity allows of what is there
        done = int(min(open_now + came, rng.poisson(7 * a_day * pace) if pace < 1 else came + rng.normal(0, came**0.5)))
        open_now += came - max(0, done)
        ended.append(max(0, done))
    closes = int(rng.binomial(round(sum(ended) * DAYS_TOLD / (7 * WEEKS_TOLD)), t["closed_by_people"]))
    passed = rng.binomial(closes, t["passed_over_broken" if broken == "prioritization" else "passed_over_healthy"])
    why = rng.binomial(closes, t["says_why_broken" if broken == "data" else "says_why_healthy"])
    found = int(rng.poisson(DAYS_TOLD * a_day))
    made = 0 if broken == "decisions" else max(1, int(rng.poisson(t["decisions_a_month_healthy"])))
    decisions = [Decision(end - timedelta(days=float(rng.uniform(0, DAYS_TOLD - 1))), "threshold") for _ in range(made)]
    decisions.append(Decision(end - timedelta(days=60), "threshold"))
    work = Work(
        end,
        arrived=[int(n) for n in arrived],
        ended=ended,
        open_by_kind={"listing_suppressed": int(open_now)},
        ranked={"listing_suppressed": Ranked(closes, closes, int(passed))},
        found={"listing_suppressed": (found, int(rng.binomial(found, t["repeat_share"])))},
        decisions=sorted(decisions, key=lambda d: d.at),
    )
    return work, Closed(closes, int(why), int(rng.binomial(closes, t["false_alarms"])))


def speeds(rng: np.random.Generator) -> tuple[float, Times]:
    """A month of issues with a known median time to resolution in hours, as it is seen at the month's end.

    Times are lognormal around the median; some heal by themselves at a time of their own; the rest is still open.
    """
    n, median = int(rng.integers(30, 600)), float(np.exp(rng.uniform(np.log(6), np.log(240))))
    spread, heals = rng.uniform(0.6, 1.4), rng.uniform(300, 2_000)
    took = median * np.exp(rng.normal(0, spread, n))
    seen = np.minimum(rng.uniform(0, 720, n), rng.exponential(heals, n))
    ended, open_ = took <= seen, took > seen
    units, counts = np.unique(took[ended].astype(int), return_counts=True)
    left, more = np.unique(seen[open_].astype(int), return_counts=True)
    return median, Times(
        dict(zip(map(int, units), map(int, counts), strict=True)),
        dict(zip(map(int, left), map(int, more), strict=True)),
    )
