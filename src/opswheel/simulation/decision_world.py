"""A light world for cut lines: what one rule sees at table level, with the truth beside it.

It feeds the very functions a run uses: stored observations to the back-test, closes to the labels, proposals to
decisions. It is no market: no listings, no ranking, no other rule, no hysteresis, nobody is ill, and what a rule sees
of an episode does not change from day to day. Every number was set before the first measurement, with its source.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar, cast

import numpy as np
import sqlalchemy as sa

from ..core.contracts import ISSUES, OBSERVATIONS, OUTCOMES, THRESHOLDS
from ..core.money import Floats
from ..core.settings.decisions import Aim, DecisionSettings
from ..core.threshold import MIDDLING, SLOPE, STRONGEST, Threshold
from ..decisions import backtest, cuts, record, thresholds
from ..decisions.cuts import Known
from ..learning import labels
from ..storage.duck import DuckEngine
from ..storage.ledger import Ledger

BEGIN = datetime(2026, 3, 2, 8)


@dataclass(frozen=True)
class Episodes:
    """What the rule sees. All assumed, but for the wage, margin and minutes, which are the product's own assumptions.

    `per_day` falls above the loose floor (3 points, as in the rules), `real` of them true; sizes are log-normal: a true
    fall has a median of 22 points, noise one of 8. Losses a day go by the listing. A true fall lasts an exponential
    time if ignored, never more than the horizon; noise lasts four days in the mean. People look one to three days
    after an alarm and are wrong once in twenty. The start is drawn: a shop's cut lies between half and twice the best
    known default, because shops differ.
    """

    per_day: float = 10.0
    real: float = 0.35
    drop_real: tuple[float, float] = (0.22, 0.6)
    drop_noise: tuple[float, float] = (0.08, 0.5)
    loss_real: tuple[float, float] = (12.0, 1.2)
    loss_noise: tuple[float, float] = (6.0, 1.2)
    loose: tuple[float, float] = (0.03, 1.0)
    life_real: float = 20.0
    life_noise: float = 4.0
    horizon: float = 30.0
    mistaken: float = 0.05
    people: tuple[str, ...] = ("ines", "tom", "mo")
    minutes: float = 20.0
    margin: float = 0.25
    default: tuple[float, float] = (0.10, 4.0)
    start_factor: float = 2.0
    warm_up_weeks: int = 12
    judged_weeks: int = 52


class Falls:
    """The rule of the light world: a percentage and a floor, as the featured-offer rules have."""

    kind: ClassVar[str] = "featured_offer_lost"
    loss: ClassVar[str] = "sales"
    tunable: ClassVar[bool] = True
    thresholds: ClassVar[tuple[Threshold, ...]] = (
        Threshold("min_drop", 0.10, "share points", "at or above", "observed", "ten points"),
        Threshold("min_loss", 4.0, "US dollars a day", "at or above", "loss_per_day", "four dollars", money=True),
        SLOPE,
    )


@dataclass
class Drawn:
    """Episodes with their truth: the day each begins, its size, loss, days if ignored, and whether it is real."""

    begins: Floats
    drop: Floats
    loss: Floats
    life: Floats
    real: np.ndarray

    def __len__(self) -> int:
        return len(self.begins)


def draw(world: Episodes, days: int, rng: np.random.Generator) -> Drawn:
    """Episodes of so many days."""
    n = int(rng.poisson(world.per_day * days * 3))  # many fall below the loose floor
    real = rng.random(n) < world.real
    drop, loss = (
        np.where(real, _size(a, n, rng), _size(b, n, rng))
        for a, b in ((world.drop_real, world.drop_noise), (world.loss_real, world.loss_noise))
    )
    life = np.where(real, rng.exponential(world.life_real, n), rng.exponential(world.life_noise, n))
    life = np.clip(np.ceil(life), 1.0, world.horizon)
    seen = np.flatnonzero((drop >= world.loose[0]) & (loss >= world.loose[1]))
    seen = seen[: int(rng.poisson(world.per_day * days))]
    begins = np.sort(rng.integers(0, days, len(seen))).astype(float)
    return Drawn(begins, np.minimum(drop[seen], 1.0), loss[seen], life[seen], real[seen])


def _size(told: tuple[float, float], n: int, rng: np.random.Generator) -> Floats:
    return np.asarray(told[0] * np.exp(told[1] * rng.standard_normal(n)))


@dataclass(frozen=True)
class Net:
    """What a cut is truly worth a week, by the episodes' truth: the issue's own formula, and its parts."""

    net: float
    earned: float
    alerts: float
    false_per_real: float
    missed: float


Cut = tuple[float, float, float]
"""The percentage, the floor, and its slope."""


def passes(drawn: Drawn, cut: Cut) -> np.ndarray:
    """Which episodes a cut flags: as the engine's `eased`, in numpy."""
    times = np.clip(drawn.drop / cut[0], 1.0, STRONGEST)
    return np.asarray((drawn.drop >= cut[0]) & (drawn.loss >= cut[1] * (times / MIDDLING) ** -cut[2]))


def truth(world: Episodes, drawn: Drawn, cut: Cut, wage: float, weeks: float) -> Net:
    """The true worth of a cut: caught and missed dollars of real episodes only, minutes for every alarm."""
    flagged = passes(drawn, cut)
    stake = np.where(drawn.real, drawn.loss * drawn.life, 0.0)
    caught, missed = stake[flagged].sum() / weeks, stake[~flagged].sum() / weeks
    alerts, right = flagged.sum() / weeks, (flagged & drawn.real).sum() / weeks
    cost = alerts * world.minutes * wage / 60
    return Net(
        net=world.margin * (caught - missed) - cost,
        earned=world.margin * caught - cost,
        alerts=alerts,
        false_per_real=(alerts - right) / max(right, 1e-9),
        missed=missed,
    )


class Shop:
    """One seed: a ledger, what was stored so far, and a team that labels what it is shown."""

    def __init__(self, folder: Path, seed: int, world: Episodes, settings: DecisionSettings) -> None:
        self.world, self.settings, self.seed = world, settings, seed
        self.rng = np.random.default_rng([seed, 1])
        self.rule = cast(Any, Falls())
        self.lake = folder
        self.ledger = Ledger(f"sqlite:///{folder / 'ledger.db'}")
        self.ledger.prepare()
        factor = world.start_factor ** self.rng.uniform(-1, 1, 2)
        self.start = tuple(float(d * f) for d, f in zip(world.default, factor, strict=True))
        self.drawn = draw(world, (world.warm_up_weeks + 9) * 7, self.rng)
        self.flagged_on: dict[int, int] = {}
        self.ended: dict[int, int] = {}
        with self.ledger.write() as connection:
            thresholds.seed(connection, [self.rule])
            table = THRESHOLDS.sql_table()
            for line, value in zip(self.rule.thresholds, self.start, strict=False):
                here = sa.and_(table.c.kind == self.rule.kind, table.c.name == line.name)
                connection.execute(table.update().where(here).values(value=value))

    def cut(self, day: int) -> Cut:
        """The cut in force on a day."""
        with self.ledger.read() as connection:
            now = {v["name"]: v["value"] for v in thresholds.in_force(connection, _at(day))}
        return now["min_drop"], now["min_loss"], now["slope"]

    def live(self, first: int, last: int) -> None:
        """Days go by under the cut in force: alarms are shown, looked at a few days later, and closed with a word."""
        cut = self.cut(first)
        d = self.drawn
        rows: list[tuple[int, int, bool]] = []
        for n in np.flatnonzero(passes(d, cut)):
            shown = max(int(d.begins[n]), first)
            if n in self.flagged_on or shown > last or shown >= d.begins[n] + d.life[n]:
                continue
            self.flagged_on[int(n)] = shown
            closed = shown + int(self.rng.integers(1, 4))
            said = bool(d.real[n]) != (self.rng.random() < self.world.mistaken)
            if said:
                self.ended[int(n)] = closed
            rows.append((int(n), closed, said))
        self._close(rows)

    def _close(self, rows: list[tuple[int, int, bool]]) -> None:
        issues, outcomes = [], []
        for n, closed, said in rows:
            at = _at(closed) + timedelta(hours=3)
            issues.append(self._issue(n, said=said, at=at))
            row: dict[str, Any] = dict.fromkeys(OUTCOMES.names())
            row |= {"issue_id": n + 1, "version": 2, "at": at, "kind": self.rule.kind, "supported": True}
            row |= {"by": self.world.people[n % len(self.world.people)]}
            row |= {"resolution": "fixed" if said else "false_alarm", "reason": None if said else "cut_too_tight"}
            outcomes.append(row)
        if issues:
            with self.ledger.write() as connection:
                connection.execute(ISSUES.sql_table().insert(), issues)
                connection.execute(OUTCOMES.sql_table().insert(), outcomes)

    def _issue(self, n: int, *, said: bool, at: datetime) -> dict[str, Any]:
        row: dict[str, Any] = dict.fromkeys(ISSUES.names())
        row |= {"id": n + 1, "fingerprint": f"k1:{self.rule.kind}:listing:{n}", "episode": 1, "kind": self.rule.kind}
        row |= {"account": "main", "channel": "amazon:US", "subject_type": "listing", "subject_key": _key(n)}
        row |= {"sku": f"S{n}", "state": "verified" if said else "closed", "version": 2, "touched": True}
        row |= {"opened_run": 1, "inherited": False, "muted": False}
        return row | {"detected_at": _at(self.flagged_on[n]), "closed_at": at}

    def decide(self, day: int) -> dict[str, Any]:
        """One weekly decision: back-test what is stored, propose, and accept what is open."""
        engine = DuckEngine(self.lake)
        try:
            made = self._proposed(engine, day)
        finally:
            engine.close()
        at = _at(day)
        with self.ledger.write() as connection:
            numbers = record.put(connection, "threshold", made, as_of=at)
            if made and made[0]["status"] == "open":
                record.accept(connection, numbers[0], self.settings, by="lead", at=at, why="the back-test")
        return made[0]

    def _proposed(self, engine: DuckEngine, day: int) -> list[dict[str, Any]]:
        at = _at(day)
        with self.ledger.read() as connection:
            versions, before = (thresholds.in_force(connection, when) for when in (at, at - thresholds.QUARTER))
            said = labels.worked(connection, at, BEGIN)
        found, _ = cuts.segments([self.rule], versions, 1.0, before)
        engine.register("observations_stored", self.stored(day))
        engine.register("listing_tiers", backtest.table(backtest.TIERS, []))
        engine.register("cut_axes", cuts.ladder(found, {self.rule.kind: self.world.horizon}))
        engine.register("cut_pairs", cuts.pairs_table(found, cuts.pairs(found, self.settings)))
        engine.register("worked", backtest.table(backtest.WORKED, said))
        days = {"newest": at.date(), "oldest": BEGIN.date()}
        engine.register("last_day", backtest.table(backtest.LAST_DAY, [days]))
        backtest.collapse(engine)
        known = Known(
            settings=self.settings,
            margin=self.world.margin,
            currency="USD",
            dollar=1.0,
            minutes={self.rule.kind: self.world.minutes},
            precision={},
            lives={},
            spare={},
        )
        made = cuts.propose(engine, found, known, day / 7)
        self._look(engine, day)
        return made

    def _look(self, engine: DuckEngine, day: int) -> None:
        """The small share below the cut that is put up for a look is looked at before the next week."""
        below = backtest.below(engine).to_pylist()
        chosen = labels.choose(below, self.settings.exploration, 5 * 6 * 60 * len(self.world.people), str(day))
        at = _at(day)
        with self.ledger.write() as connection:
            labels.put_up(connection, chosen, seen_at=at)
            for row in chosen:
                n = int(row["sku"][1:])
                right = bool(self.drawn.real[n]) != (self.rng.random() < self.world.mistaken)
                who, when = self.world.people[n % len(self.world.people)], at + timedelta(days=n % 5, hours=2)
                labels.answer(connection, self.rule.kind, _key(n), "right" if right else "wrong", by=who, at=when)

    def stored(self, day: int) -> Any:
        """Every observation stored up to a morning, as the lake would hold it."""
        import pyarrow as pa

        d = self.drawn
        end = d.begins + d.life
        for n, closed in self.ended.items():
            end[n] = min(end[n], closed + 1)
        last = np.minimum(end, day + 1)
        lasted = np.maximum(last - d.begins, 0).astype(int)
        who = np.repeat(np.arange(len(d)), lasted)
        offset = np.arange(len(who)) - np.repeat(np.cumsum(lasted) - lasted, lasted)
        on = (d.begins[who] + offset).astype(int)
        at = np.datetime64(BEGIN, "us") + on.astype("timedelta64[D]")
        n = len(who)
        told: dict[str, Any] = {
            "run_id": pa.array(on + 1, pa.int64()),
            "as_of": pa.array(at, pa.timestamp("us")),
            "observed": pa.array(d.drop[who]),
            "loss_per_day": pa.array(d.loss[who]),
            "sku": pa.array([f"S{k}" for k in who]),
            "subject_key": pa.array([_key(int(k)) for k in who]),
        }
        same = {"kind": self.rule.kind, "account": "main", "channel": "amazon:US", "subject_type": "listing"}
        same |= {"detector_version": "1"}
        schema = OBSERVATIONS.arrow_schema()
        columns = {f.name: told[f.name] if f.name in told else pa.array([same.get(f.name)] * n, f.type) for f in schema}
        return pa.table(columns, schema=schema)

    def close(self) -> None:
        """Let go of the ledger."""
        self.ledger.close()


def _at(day: int) -> datetime:
    return BEGIN + timedelta(days=day)


def _key(n: int) -> str:
    return f"main|amazon:US|S{n}"


def play(folder: Path, seed: int, *, weeks: int = 8, aim: Aim = "money") -> dict[str, Any]:
    """One seed: warm up under a drawn cut, decide weekly, and compare with the truth of a year to come."""
    world, settings = Episodes(), DecisionSettings(aim=aim)
    shop = Shop(folder, seed, world, settings)
    try:
        day = world.warm_up_weeks * 7
        shop.live(0, day - 1)
        reasons = []
        for _ in range(weeks):
            reasons.append(shop.decide(day)["status"])
            shop.live(day, day + 6)
            day += 7
        end = shop.cut(day)
    finally:
        shop.close()
    return _judged(SimpleNamespace(world=world, wage=settings.wage_per_hour), shop.start, end, seed) | {
        "seed": seed,
        "aim": aim,
        "moved": reasons.count("open"),
    }


def _judged(told: Any, start: tuple[float, ...], end: Cut, seed: int) -> dict[str, Any]:
    """Start, end and the best fixed cut in hindsight, on a year nobody has seen."""
    world: Episodes = told.world
    future = draw(world, world.judged_weeks * 7, np.random.default_rng([seed, 2]))

    def worth(cut: Cut) -> Net:
        return truth(world, future, cut, told.wage, world.judged_weeks)

    ladder = [1.1**k for k in range(-20, 21)]
    grid = [(world.default[0] * a, world.default[1] * b, 0.0) for a in ladder for b in ladder]
    all_ = [worth(cut) for cut in grid]
    best = max(all_, key=lambda net: net.net)
    now, then = worth((start[0], start[1], 0.0)), worth(end)
    return {
        "start": [round(v, 4) for v in start],
        "end": [round(v, 4) for v in end],
        "net_ratio": then.net / best.net,
        "net_ratio_start": now.net / best.net,
        "earned_ratio": then.earned / best.earned,
        "false_ratio": then.false_per_real / max(now.false_per_real, 1e-9),
        "missed_ratio": then.missed / max(now.missed, 1e-9),
        "best_false_ratio": best.false_per_real / max(now.false_per_real, 1e-9),
        "least_false_ratio": min((n.false_per_real for n in all_ if n.missed <= now.missed), default=now.false_per_real)
        / max(now.false_per_real, 1e-9),
        "best_missed_ratio": best.missed / max(now.missed, 1e-9),
    }
