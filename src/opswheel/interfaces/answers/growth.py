"""What the growth wheel answers: calibrated on loaded facts or on a CSV, else from literature, and it says which."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...core.errors import NotFound, NoWorkspace
from ...core.money import round6
from ...growth import experiment, inputs, operations, pillars, pitfalls, sentences, weekly, weekly_orders
from ...growth.calibration import LEAST_PERIODS, calibrate
from ...growth.fit import HORIZON_WEEKS, Estimate, Fit
from ...growth.kpis.files import read_orders
from ...growth.leverage import Push
from ...growth.sentences import Sentence
from ...growth.templates import read_wheel, template
from ...growth.wheel import Wheel
from ..wiring import Workspace
from .growth_facts import drivers_of
from .growth_kpis import DEFAULT_CURRENCY

OpenWorkspace = Callable[[], Workspace]
"""Opens the workspace; asked only if facts are needed."""


@dataclass(frozen=True)
class Asked:
    """Which wheel, on what: a template or a file in its place, optional parts, a CSV of weeks, a channel.

    `lift` is a CSV of finished lift tests; `same_week` names levers whose budget follows the sales of the same week.
    """

    wheel: str = "seller"
    file: Path | None = None
    parts: tuple[str, ...] = ()
    data: Path | None = None
    orders: Path | None = None
    channel: str | None = None
    lift: Path | None = None
    same_week: tuple[str, ...] = ()
    seed: int = 7


@dataclass(frozen=True)
class Calibrated:
    """A calibrated wheel, and what it rests on."""

    fit: Fit
    drivers: weekly.Drivers | None
    words: str

    @property
    def wheel(self) -> Wheel:
        """The wheel."""
        return self.fit.wheel

    def as_json(self) -> dict[str, Any]:
        """What the answer rests on."""
        told = self.drivers
        return {
            "wheel": self.wheel.name,
            "period": self.wheel.period,
            "from": "data" if self.fit.data is not None else "literature",
            "rests_on": self.words,
            "weeks": 0 if self.fit.data is None else len(self.fit.data.weeks),
            "drivers": [
                {
                    "name": node.name,
                    "measured": told is not None and self.fit.data is not None and node.name in told.levels,
                    "source": told.told.get(node.name) if told else None,
                    "missing": (told.missing.get(node.name) if told else None) or None,
                }
                for node in self.wheel.nodes
            ],
            "warnings": list(self.fit.warnings),
        }


def wheel_of(asked: Asked) -> Wheel:
    """The template or the file, with its optional parts put on."""
    wheel = read_wheel(asked.file) if asked.file is not None else template(asked.wheel)
    for part in asked.parts:
        wheel = wheel.with_part(part)
    return wheel


def calibrated(open_workspace: OpenWorkspace, asked: Asked) -> Calibrated:
    """The wheel on the data asked for. Too few loaded weeks answer from literature; too few in a file are refused."""
    wheel = wheel_of(asked)
    drivers, words = _drivers(open_workspace, asked, wheel)
    tests = inputs.read_lift_tests(asked.lift, wheel) if asked.lift else []
    least = LEAST_PERIODS[wheel.period]
    files = asked.data is not None or asked.orders is not None
    short = drivers is not None and not files and len(drivers.weeks) < least
    data = None if drivers is None or short else drivers.data(wheel)
    if short and drivers is not None:
        n = len(drivers.weeks)
        words = (
            f"{words}: {n} whole {wheel.period}{'s' if n != 1 else ''} of {least} a calibration needs, so literature"
        )
    fit = calibrate(wheel, data, lift_tests=tests, same_week=asked.same_week, seed=asked.seed)
    return Calibrated(fit, drivers, words)


def _drivers(open_workspace: OpenWorkspace, asked: Asked, wheel: Wheel) -> tuple[weekly.Drivers | None, str]:
    """What files tell, the weeks before the orders; facts fill in where a channel is named beside them."""
    told: list[tuple[weekly.Drivers, str]] = []
    if asked.data is not None:
        told.append((weekly.read_drivers(asked.data, wheel), asked.data.name))
    if asked.orders is not None:
        book = read_orders(asked.orders, DEFAULT_CURRENCY)
        one = asked.channel if asked.channel in book.purchases else None
        told.append((weekly_orders.drivers(book, wheel, one), asked.orders.name))
    if not told:
        return _from_facts(open_workspace, asked, wheel)
    if asked.channel is not None and asked.data is not None:
        facts = drivers_of(open_workspace(), wheel, asked.channel)
        told.append((facts, f"the loaded facts of {asked.channel}"))
    drivers, words = told[0]
    for more, name in told[1:]:
        drivers, words = weekly.join(drivers, more, wheel), f"{words} and {name}"
    return drivers, words


def _from_facts(open_workspace: OpenWorkspace, asked: Asked, wheel: Wheel) -> tuple[weekly.Drivers | None, str]:
    try:
        workspace = open_workspace()
        if wheel.name == "operations":
            with workspace.ledger.read() as connection:
                own = operations.drivers(connection, wheel, as_of=workspace.clock.now())
            return own, "this workspace's own runs and closes"
        found = drivers_of(workspace, wheel, asked.channel)
    except (NoWorkspace, NotFound):
        if asked.channel is not None:
            raise
        return None, "literature: no facts are loaded and no file is given"
    return found, f"the loaded facts{f' of {asked.channel}' if asked.channel else ''}"


def diagnose_answer(open_workspace: OpenWorkspace, asked: Asked, scores: Path | None = None) -> dict[str, Any]:
    """Gain, momentum, every link, the broken spoke, the bottleneck, reliance, and the pitfall watch."""
    here = calibrated(open_workspace, asked)
    fit, period = here.fit, here.wheel.period
    links, restored, relies = fit.links(), fit.weakest(), fit.reliance()
    gain, coast, diagnostics = fit.gain(), fit.momentum(), fit.diagnostics()
    said = [
        *sentences.of_gain(gain, period, here.wheel.target),
        sentences.of_momentum(coast, period),
        *sentences.of_broken(links),
        *sentences.of_bottleneck(restored),
        sentences.of_reliance(relies, period),
    ]
    checks = pitfalls.watch(fit, links, relies, diagnostics)
    return here.as_json() | {
        "sentences": [_said(s) for s in said],
        "gain": _gain(gain),
        "momentum": _coast(coast),
        "links": [_link(k) for k in links],
        "broken": [k.link.words for k in links if k.status == "broken"],
        "bottleneck": [
            {"link": r.link.words, "adds": _estimate(r.adds), "below": round6(r.below)} for r in restored[:5]
        ],
        "reliance": {
            "weeks": relies.weeks,
            "shares": {name: _estimate(e) for name, e in relies.shares.items()},
            "effective_pushes": round6(relies.effective_pushes),
            "over": relies.over or None,
            "reason": relies.reason or None,
        },
        "pitfalls": [{"name": p.name, "state": p.state, "evidence": p.evidence, "next": p.next_step} for p in checks],
        "unmeasured_share": round6(diagnostics.unmeasured_share),
        "risks": _risks(fit, scores) if scores else None,
    }


def _risks(fit: Fit, scores: Path) -> dict[str, Any]:
    tags = pillars.read_pillars(scores, fit.wheel)
    return {
        "words": "tags and scenarios only: no score changes a figure of the wheel",
        "tags": [
            {"attribute": t.attribute, "score": t.score, "name": t.name, "driver": t.driver or None} for t in tags
        ],
        "stress": [
            {
                "driver": s.driver,
                "scenario": f"{s.words} (assumed)",
                "weeks_of_sales": _estimate(path.total_weeks),
                "words": f"{sentences.between(path.total_weeks)} usual weeks of sales in half a year",
            }
            for s, path in pillars.stress(fit, tags)
        ],
    }


def momentum_answer(open_workspace: OpenWorkspace, asked: Asked) -> tuple[dict[str, Any], Fit]:
    """Loop gain and momentum, loop by loop; and the fit, for whoever keeps multipliers from it."""
    here = calibrated(open_workspace, asked)
    fit, period = here.fit, here.wheel.period
    gain, coast = fit.gain(), fit.momentum()
    said = [*sentences.of_gain(gain, period, here.wheel.target), sentences.of_momentum(coast, period)]
    found = here.as_json() | {
        "sentences": [_said(s) for s in said],
        "gain": _gain(gain),
        "momentum": _coast(coast),
        "loops": [
            {
                "name": row.loop.name,
                "path": row.loop.words,
                "gain": _estimate(row.gain),
                "weeks_per_turn": _estimate(row.weeks),
                "share": _estimate(row.share),
            }
            for row in fit.loops()
        ],
    }
    return found, fit


def leverage_answer(open_workspace: OpenWorkspace, asked: Asked, costs: Path) -> dict[str, Any]:
    """Pushes by gain per cost, with the tie set where no single answer is honest."""
    pushes = inputs.read_costs(costs, wheel_of(asked))
    here = calibrated(open_workspace, asked)
    ranking, links = here.fit.leverage(pushes), here.fit.links()
    period = here.wheel.period
    return here.as_json() | {
        "horizon": HORIZON_WEEKS,
        "sentence": _said(sentences.of_ranking(ranking)),
        "best": ranking.best.label if ranking.best else None,
        "tie": [p.label for p in ranking.tie],
        "regret": round6(ranking.regret),
        "pushes": [
            {
                "push": row.push.label,
                "driver": row.push.driver,
                "change": row.push.change,
                "cost": row.push.cost,
                "gain_weeks": _estimate(row.gain_weeks),
                "per_cost": _estimate(row.per_cost),
                "p_best": round6(row.p_best),
                "half_weeks": _estimate(row.half_weeks),
                "most_weeks": _estimate(row.most_weeks),
                "share_late": round6(row.share_late),
                "beyond_range": row.beyond_range,
                "words": sentences.of_push(row, period=period).words + sentences.rests_on(links, row.push.driver),
                "literature": sentences.literal_links(links, row.push.driver),
            }
            for row in ranking.pushes
        ],
    }


def push_answer(  # noqa: PLR0913
    open_workspace: OpenWorkspace, asked: Asked, driver: str, change: str, *, weeks: int, stop: int | None
) -> dict[str, Any]:
    """One push over time: the fan, its picture, and what is left when feeding stops."""
    from ...growth.fan import svg, text_rows

    push = inputs.typed_push(driver, change, wheel_of(asked))
    here = calibrated(open_workspace, asked)
    path = here.fit.simulate(push, weeks, stop=stop)
    period, target = here.wheel.period, here.wheel.node(here.wheel.target).label
    title = f"{target} after {push.label}" + ("" if stop is None else f", fed until {period} {stop}")
    return here.as_json() | {
        "push": push.label,
        "stop": stop,
        "sentences": [
            {**_said(s), "words": s.words + sentences.rests_on(here.fit.links(), driver)}
            for s in sentences.of_path(path, stop, period)
        ],
        "total_weeks": _estimate(path.total_weeks),
        "beyond_range": path.beyond_range,
        "fan": [
            {period: week, **{n: round6(sentences.percent(v)) for n, v in zip(_QUANTILES, row, strict=True)}}
            for week, row in enumerate(path.quantiles.tolist())
        ],
        "rows": text_rows(path),
        "svg": svg(path, title=title, period=period, stop=stop),
    }


_QUANTILES = ("p5", "p25", "p50", "p75", "p95")


def experiment_answer(open_workspace: OpenWorkspace, asked: Asked, costs: Path | None) -> dict[str, Any]:
    """The cheapest next test, and the others by what they are worth a week."""
    wheel = wheel_of(asked)
    pushes: Sequence[Push] = inputs.read_costs(costs, wheel) if costs else inputs.usual_pushes(wheel)
    here = calibrated(open_workspace, asked)
    found = experiment.tests(here.fit, pushes)
    first = next((t for t in found if t.feasible and t.share > experiment.WORTHWHILE), None)
    return here.as_json() | {
        "costs": costs.name if costs else "assumed: a tenth more of every lever, all at the same cost",
        "sentence": _test_words(first),
        "next": None if first is None else _test(first),
        "tests": [_test(t) for t in found],
    }


_NINE_IN_TEN = 1.645
"""Standard errors to either side that hold nine outcomes in ten."""


def _test_words(test: experiment.Test | None) -> str:
    if test is None:
        return "No test of half a year would change which push to choose: push, and watch."
    return (
        f"Test {test.link.words} next: {test.design}. It would change the push you choose in {test.switches:.0%} of"
        f" cases and is worth {test.share:.1%} of the best push's gain; the elasticity will be known to"
        f" ±{_NINE_IN_TEN * test.se:.2f} (now ±{_NINE_IN_TEN * test.doubt:.2f})."
    )


def _test(test: experiment.Test) -> dict[str, Any]:
    return {
        "link": test.link.words,
        "worth_weeks": round6(test.worth),
        "worth_share": round6(test.share),
        "switches": round6(test.switches),
        "size": test.size,
        "weeks": test.weeks,
        "block_weeks": test.block_weeks,
        "se": round6(test.se),
        "doubt": round6(test.doubt),
        "feasible": test.feasible,
        "unmeasured": test.link.target if test.unmeasured else None,
        "design": test.design,
    }


def _said(sentence: Sentence) -> dict[str, Any]:
    return {"about": sentence.about, "words": sentence.whole, "source": sentences.SOURCES[sentence.source]}


def _estimate(estimate: Estimate) -> dict[str, Any]:
    return {
        "value": round6(estimate.value),
        "low": round6(estimate.low),
        "high": round6(estimate.high),
        "source": sentences.SOURCES[estimate.source],
    }


def _gain(gain: Any) -> dict[str, Any]:
    source = sentences.SOURCES[sentences.gain_source(gain)]
    return {
        "horizon": gain.weeks,
        "loop_gain": _estimate(gain.gain) | {"source": source},
        "multiplier": _estimate(gain.multiplier) | {"source": source},
        "literature": _estimate(gain.prior),
        "p_runaway": round6(gain.p_runaway),
    }


def _coast(coast: Any) -> dict[str, Any]:
    return {
        "direction": coast.direction,
        "per_week": _estimate(coast.per_week),
        "p_up": round6(coast.p_up),
        "p_steady": round6(coast.p_steady),
        "p_down": round6(coast.p_down),
        "reason": coast.reason or None,
        "next": coast.next_step or None,
    }


def _link(link: Any) -> dict[str, Any]:
    return {
        "link": link.link.words,
        "mean": round6(link.mean),
        "low": round6(link.low),
        "high": round6(link.high),
        "lag": link.lag_periods,
        "learned": round6(link.learned),
        "source": sentences.SOURCES[link.source],
        "status": link.status,
        "p_weak": round6(link.p_weak),
        "benchmark": link.benchmark,
        "reason": link.reason or None,
        "next": link.next_step or None,
        "words": sentences.of_link(link).whole,
    }
