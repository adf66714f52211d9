"""The operators: they take the queue in a rule's order, find out the truth as they work, and close what they did.

They act through the product's own actions only. What they learn of the market is what a person at the screen would:
whether the trouble is real, what is behind it, and how long it took.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import sqlalchemy as sa

from ..core.contracts import ISSUE_SUBJECTS
from ..core.money import Floats
from ..learning import outcomes
from ..resolution import actions, playbook
from ..resolution.actions import Close
from .catalog import stream
from .market import Market
from .plan import ONE_OFF
from .policies import Policy, to_work

Row = Mapping[str, Any]
BATCH = ("unknown_intent", "dead_backlog")
STOCK_KINDS = ("out_of_stock", "stockout_ahead")
ACCEPTED_DAYS = 30
CAUSE_DAYS = 30
WORTH_DAYS = 90
"""A cause is removed if it would cost more than its removal within so many days, at the pace seen."""


@dataclass
class Done:
    """What a team did on one day."""

    minutes: float = 0.0
    fixed: int = 0
    false_alarms: int = 0
    prevented: int = 0
    prevention_cost: float = 0.0
    resolve_days: list[float] = field(default_factory=list)


@dataclass
class _Work:
    """One piece of work: how long it takes, and what is done when it is."""

    minutes: float
    finish: list[Callable[[sa.Connection, str, datetime], None]] = field(default_factory=list)


class Team:
    """`operators` people with `hours` a day each, who work a market under one policy."""

    def __init__(self, market: Market, policy: Policy, *, operators: int, hours: float) -> None:
        self._market, self._policy, self._hours = market, policy, hours
        told, rng = market.world.team, stream(market.seed, 10)
        kinds = sorted({f.kind for f in market.world.faults.values() if f.kind})
        self._skill = [
            dict(zip(kinds, np.exp(told.skill_log_sd * rng.standard_normal(len(kinds))).tolist(), strict=True))
            for _ in range(operators)
        ]
        self._owed: Floats = np.zeros(operators)
        self._last_kind = [""] * operators
        self._waiting: dict[int, tuple[int, float, str]] = {}
        self._seen_causes: dict[int, list[tuple[int, float, float]]] = defaultdict(list)
        self._listing = {sku: i for i, sku in enumerate(market.catalog.sku)}
        self._pool = {
            f"{channel}/{fnsku}": int(pool)
            for channel, fnsku, pool in zip(
                [market.catalog.channels[c] for c in market.catalog.channel],
                market.catalog.fnsku,
                market.catalog.pool,
                strict=True,
            )
        }

    def work(self, connection: sa.Connection, rows: Sequence[Row], now: datetime) -> Done:
        """A day's work on the open rows of this morning's run; `now` is when the day begins."""
        done = Done()
        if not self._policy.works:
            return done
        used = self._owed.copy()
        self._tidy(connection, rows, used, now, done)
        if self._policy.learns:
            self._prevent(used, done)
        children: dict[int, list[Row]] = defaultdict(list)
        for row in rows:
            if row["inhibited_by"] is not None:
                children[row["inhibited_by"]].append(row)
        self._rows = rows
        self._gone: set[int] = set()
        for row in self._order(rows, children):
            who = int(np.argmin(used))
            if used[who] >= self._hours * 60:
                break
            if row["issue_id"] in self._gone or row["issue_id"] in self._waiting:
                continue
            work = self._look(row, children[row["issue_id"]], who, done)
            minutes = work.minutes + (self._market.world.team.switch_minutes if self._switches(who, row) else 0.0)
            used[who] += minutes
            done.minutes += minutes
            at = now + timedelta(minutes=float(used[who]))
            for act in work.finish:
                act(connection, f"operator-{who + 1}", at)
        self._owed = np.maximum(0.0, used - self._hours * 60)
        return done

    def _switches(self, who: int, row: Row) -> bool:
        changed = bool(self._last_kind[who] != row["kind"])
        self._last_kind[who] = row["kind"]
        return changed

    def _order(self, rows: Sequence[Row], children: Mapping[int, Sequence[Row]]) -> Sequence[Row]:
        if not self._policy.oracle:
            return to_work(self._policy, rows)
        causes = [r for r in rows if r["rank"] is not None]
        score = [-self._true_rate([r, *children.get(r["issue_id"], ())]) for r in causes]
        return [causes[i] for i in np.argsort(np.array(score), kind="stable")]

    def _true_rate(self, bundle: Sequence[Row]) -> float:
        """True dollars still to be lost per true minute of work; what the clairvoyant goes by."""
        loss, minutes, market = 0.0, 0.0, self._market
        for row in bundle:
            fault = self._fault(row)
            if fault is not None:
                name = market.plan.kinds[market.plan.kind[fault]]
                holds = 1 - market.world.faults[name].fails if name in market.world.faults else 0.0
                loss += float(market.remaining_losses(np.array([fault]))[0]) * holds
                minutes += float(market.plan.minutes[fault])
            elif row["kind"] in STOCK_KINDS and row["issue_id"] not in self._waiting:
                pool = self._pool_of(row)
                loss += market.remaining_out(pool) if pool is not None else 0.0
                minutes += market.world.faults["out"].minutes
            else:
                minutes += market.world.team.check_minutes
        return loss / max(1.0, minutes)

    # what the truth is

    def _fault(self, row: Row) -> int | None:
        """The fault or false alarm behind a row, if it is on and nobody mended it yet."""
        at = self._listing.get(row["sku"]) if row["sku"] else None
        if at is None:
            return None
        market = self._market
        wanted = BEHIND.get(row["kind"], ())
        for name in wanted:
            for fault in market.open_faults(name):
                if market.plan.listing[fault] == at and market.fixed_on[fault] > market.day:
                    return int(fault)
        return None

    def _pool_of(self, row: Row) -> int | None:
        return self._pool.get(row["subject_key"].split("|", 1)[-1])

    # looking at one row

    def _look(self, row: Row, children: Sequence[Row], who: int, done: Done) -> _Work:
        """What the operator finds behind a row and the rows it inhibits, and what is then to be done."""
        work = _Work(0.0)
        if row["kind"] in BATCH:
            self._settle_batch(work, row)
            return work
        for one in (row, *children):
            if one["issue_id"] not in self._waiting and one["issue_id"] not in self._gone:
                self._look_at(work, one, who, done)
        return work

    def _look_at(self, work: _Work, row: Row, who: int, done: Done) -> None:
        self._gone.add(row["issue_id"])
        if row["kind"] == "volume_guard":
            until = self._market.catalog.date(self._market.day + ACCEPTED_DAYS)
            self._add(work, row, self._check(), "accepted_risk", root_cause="unknown", until=until)
        elif row["kind"] in STOCK_KINDS:
            self._restock(work, row, who, done)
        else:
            fault = self._fault(row)
            name = "" if fault is None else self._market.plan.kinds[self._market.plan.kind[fault]]
            if fault is not None and name in self._market.world.faults:
                self._mend(work, row, fault, who, done)
            else:
                self._dismiss(work, row, name, done)

    def _check(self) -> float:
        return self._market.world.team.check_minutes

    def _dismiss(self, work: _Work, row: Row, name: str, done: Done) -> None:
        """Nothing is wrong, or not any more."""
        done.false_alarms += 1
        if name == "closed_on_purpose":
            self._add(work, row, self._check(), "not_meant_to_sell")
            return
        reason = {"ghost_row": "data_wrong", "clearance": "expected"}.get(name, "fixed_already")
        self._add(work, row, self._check(), "false_alarm", why=reason)

    def _mend(self, work: _Work, row: Row, fault: int, who: int, done: Done) -> None:
        """A real fault: it is mended, with the others of its burst that stand in the queue."""
        market, plan = self._market, self._market.plan
        skill = self._skill[who].get(row["kind"], 1.0)
        group = [(row, fault), *self._of_burst(row, fault)]
        for n, (each, number) in enumerate(group):
            minutes = float(plan.minutes[number]) * skill * (1.0 if n == 0 else market.world.team.together)
            market.attempt(number)
            done.fixed += 1
            done.resolve_days.append(float(market.day - plan.onset[number]))
            self._note_cause(number, minutes, each)
            self._gone.add(each["issue_id"])
            self._add(work, each, minutes, "fixed", root_cause=plan.root_cause[number])

    def _of_burst(self, row: Row, fault: int) -> list[tuple[Row, int]]:
        """Rows of the same burst: one kind, one event, seen by whoever looks at the first."""
        plan = self._market.plan
        mates = self._market.open_faults(plan.kinds[plan.kind[fault]])
        mates = mates[(plan.event[mates] == plan.event[fault]) & (mates != fault)]
        if not len(mates):
            return []
        sick = {self._market.catalog.sku[plan.listing[m]]: int(m) for m in mates}
        return [
            (r, sick[r["sku"]])
            for r in self._rows
            if r["sku"] in sick and r["kind"] == row["kind"] and r["issue_id"] not in self._gone
        ]

    def _restock(self, work: _Work, row: Row, who: int, done: Done) -> None:
        """Order the fast way where that helps; the row stays open until the units are there."""
        pool = self._pool_of(row)
        told = self._market.world.faults["out"]
        dice = stream(self._market.seed, 11, self._market.day, pool or 0).random(2)
        if pool is None or not self._market.supply.expedite(pool, self._market.day, float(dice[0])):
            until = self._market.catalog.date(self._market.day + ACCEPTED_DAYS // 2)
            self._add(work, row, self._check(), "accepted_risk", root_cause="supplier_late", until=until)
            return
        spread = self._market.world.team.effort_log_sd
        minutes = told.minutes * float(np.exp(spread * (2 * dice[1] - 1))) * self._skill[who].get("out_of_stock", 1.0)
        causes, weights = list(told.root_causes), np.array(list(told.root_causes.values()))
        cause = causes[int(np.searchsorted(np.cumsum(weights / weights.sum()), dice[1]))]
        done.fixed += 1
        began = int(self._market.out_since[pool])
        done.resolve_days.append(float(max(0, self._market.day - began)))
        work.minutes += minutes
        work.finish.append(lambda connection, by, at: _claim(connection, row, by, at))
        self._waiting[row["issue_id"]] = (pool, minutes, cause)

    def _settle_batch(self, work: _Work, row: Row) -> None:
        """Say of every listing behind a batch row what it is meant for."""
        work.minutes += playbook.load(row["kind"]).minutes
        catalog = self._market.catalog

        def say(connection: sa.Connection, by: str, at: datetime) -> None:
            table = ISSUE_SUBJECTS.sql_table()
            these = (table.c.issue_id == row["issue_id"], table.c.run_id == row["run_id"])
            found = connection.execute(sa.select(table.c.account, table.c.channel, table.c.sku).where(*these)).all()
            for intent in ("discontinued", "sell"):
                named = [tuple(r) for r in found if bool(catalog.dead[self._listing[r.sku]]) == (intent != "sell")]
                if named:
                    actions.say_intent(connection, named, intent, by=by, at=at)

        work.finish.append(say)

    def _add(  # noqa: PLR0913
        self,
        work: _Work,
        row: Row,
        minutes: float,
        resolution: str,
        *,
        root_cause: str | None = None,
        why: str | None = None,
        until: date | None = None,
    ) -> None:
        work.minutes += minutes
        said = Close(resolution, root_cause, round(minutes, 1), None, why, until)
        work.finish.append(lambda connection, by, at: close(connection, row["issue_id"], said, by, at))

    # what is left over

    def _tidy(self, connection: sa.Connection, rows: Sequence[Row], used: Floats, now: datetime, done: Done) -> None:
        """Close the stock rows whose units have come."""
        still = {r["issue_id"]: r for r in rows}
        for issue, (pool, minutes, cause) in list(self._waiting.items()):
            if issue in still and (self._market.supply.on_hand[pool] <= 0 or still[issue]["lane"] != "verify"):
                continue
            del self._waiting[issue]
            if issue in still:
                who = int(np.argmin(used))
                used[who] += self._market.world.team.tidy_minutes
                done.minutes += self._market.world.team.tidy_minutes
                close(connection, issue, Close("fixed", cause, round(minutes, 1)), f"operator-{who + 1}", now)

    # causes

    def _note_cause(self, fault: int, minutes: float, row: Row) -> None:
        cause = int(self._market.plan.cause[fault])
        if cause != ONE_OFF:
            self._seen_causes[cause].append((self._market.day, minutes, float(row["lost_to_date"] or 0.0)))

    def _prevent(self, used: Floats, done: Done) -> None:
        """Remove causes seen often enough to be worth it."""
        told, team, day = self._market.world.causes, self._market.world.team, self._market.day
        price = told.prevention_cost + told.prevention_minutes / 60 * team.wage_per_hour
        for cause, seen in self._seen_causes.items():
            late = [s for s in seen if s[0] > day - CAUSE_DAYS]
            if cause in self._market.prevented or len(late) < told.needed_closes:
                continue
            worth = sum(m / 60 * team.wage_per_hour + lost * team.contribution_margin for _, m, lost in late)
            if worth * WORTH_DAYS / CAUSE_DAYS <= price:
                continue
            who = int(np.argmin(used))
            used[who] += told.prevention_minutes
            done.minutes += told.prevention_minutes
            done.prevented += 1
            done.prevention_cost += told.prevention_cost
            self._market.prevented.add(cause)


BEHIND: Mapping[str, tuple[str, ...]] = {
    "listing_suppressed": ("suppressed", "removed", "closed", "stranded", "ghost_row"),
    "search_suppressed": ("hidden", "ghost_row", "suppressed"),
    "listing_inactive": ("closed", "removed", "suppressed", "stranded", "closed_on_purpose"),
    "stranded_stock": ("stranded",),
    "item_removed": ("removed",),
    "featured_offer_lost": ("featured",),
    "featured_offer_none": ("featured",),
    "price_too_low": ("mispriced", "clearance"),
}
"""Kinds of the world that may stand behind a detector's kind, the likeliest first."""


def _claim(connection: sa.Connection, row: Row, by: str, at: datetime) -> None:
    """Begin on an issue that stays open until the units are there; whoever had it before hands it over."""
    if row["state"] == "in_progress" and row["owner"] != by:
        actions.assign(connection, row["issue_id"], by, by=by, at=at)
    actions.claim(connection, row["issue_id"], by=by, at=at)


def close(connection: sa.Connection, issue: int, said: Close, by: str, at: datetime) -> None:
    """Close an issue as the command does: resolution first, then learning."""
    before, after, told = actions.close(connection, issue, said, by=by, at=at)
    outcomes.record(connection, before, after, told, by=by, at=at)
