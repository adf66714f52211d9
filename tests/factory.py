"""Rows in, engine out: scenes that tests write as tables beside the rows they expect."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

import pyarrow as pa

from opswheel.core.clock import channel_day, day_start
from opswheel.core.contracts import FACTS, ORDERS, TRAFFIC, Contract
from opswheel.core.detector import Detector, Facts
from opswheel.core.engine import Engine
from opswheel.core.settings import Settings, place
from opswheel.prioritization.velocity import fit_groups
from opswheel.storage.duck import DuckEngine
from opswheel.visibility import detect
from opswheel.visibility.selection import Arrival
from opswheel.wheel import inputs

MORNING = datetime(2026, 11, 22, 16)
"""08:00 in Los Angeles on 22 November 2026; amazon:US says it is the 22nd."""
TODAY = date(2026, 11, 22)

_REPORTS = {
    "listings": "listings_csv",
    "suppressions": "suppressions_csv",
    "listing_status": "listing_status_csv",
    "stranded": "stranded_csv",
    "stock": "stock_csv",
    "orders": "orders_csv",
    "traffic": "traffic_csv",
    "channel_sales": "amazon_sales_and_traffic_by_date",
    "offers": "offers_csv",
    "supply": "supply_csv",
    "inbound": "inbound_csv",
    "price_rules": "price_rules_csv",
    "costs": "costs_csv",
    "intent": "intent_csv",
    "promotions": "promotions_csv",
    "rates": "rates_csv",
    "reported": "issues_csv",
    "account_health": "amazon_account_health",
    "deadlines": "deadlines_csv",
    "open_orders": "open_orders_csv",
    "parcels": "parcels_csv",
    "stock_health": "stock_health_csv",
    "stock_ledger": "stock_ledger_csv",
    "reimbursements": "reimbursements_csv",
    "inbound_shipments": "inbound_shipments_csv",
    "cases": "case_letters",
    "ads": "ads_csv",
    "returns": "returns_csv",
    "feedback": "feedback_csv",
    "customer_experience": "customer_experience_csv",
    "item_ratings": "item_ratings_csv",
    "offer_changes": "amazon_offer_notifications",
    "listing_changes": "amazon_listing_notifications",
    "promotion_results": "amazon_deals",
}
_NOT_COLUMNS = ("report", "covers")


def ago(days: int) -> date:
    """The day `days` before TODAY."""
    return TODAY - timedelta(days=days)


def days(first: int, last: int) -> list[date]:
    """The days from `first` days ago to `last` days ago, both included."""
    return [ago(n) for n in range(first, last - 1, -1)]


class Scene:
    """Facts of a made-up shop, as a run would see them on MORNING. Unnamed columns get healthy values.

    A row may name the `report` that tells it; else it comes from our own list of its table.
    """

    def __init__(self, as_of: datetime = MORNING, settings: Settings | None = None) -> None:
        self.as_of = as_of
        self.settings = settings or Settings()
        self.rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.extra_days: dict[str, list[tuple[str, date]]] = defaultdict(list)

    def add(self, contract: Contract, rows: Iterable[Mapping[str, Any]]) -> Scene:
        """Add rows of a fact table."""
        for row in rows:
            self.rows[contract.name].append({**_usual(contract, self.as_of), **row})
        return self

    def delivered(self, contract: Contract, *on: date, channel: str = "amazon:US") -> Scene:
        """Say that a snapshot arrived on days on which it held no row of ours."""
        self.extra_days[contract.name] += [(channel, day) for day in on]
        return self

    def sells(
        self,
        sku: str,
        units: float,
        *,
        days: Iterable[date],
        price: float = 20.0,
        channel: str = "amazon:US",
        views: int = 100,
        share: float = 1.0,
        item_id: str | None = None,
    ) -> Scene:
        """Daily traffic rows of an item (`item_id` is the SKU unless given): `units` on each of `days`."""
        return self.add(
            TRAFFIC,
            [
                {
                    "channel": channel,
                    "item_id": item_id or sku,
                    "level": "child",
                    "from_day": day,
                    "to_day": day,
                    "units": units,
                    "sales_minor": round(units * price * 100),
                    "page_views": views,
                    "sessions": views,
                    "featured_view_hundredths": round(views * share * 100),
                }
                for day in days
            ],
        )

    def morning(self) -> tuple[inputs.Morning, dict[str, pa.Table], dict[str, pa.Table]]:
        """What the wheel would see, and the tables behind it: all snapshots, and the current ones."""
        arrivals: list[Arrival] = []
        tables: dict[str, pa.Table] = {}
        for contract in FACTS:
            rows = self._numbered(contract, arrivals)
            tables[contract.name] = contract.arrow_table(rows)
        known = sorted((a for a in arrivals if a.known_at <= self.as_of), key=lambda a: (a.known_at, a.version, a.id))
        seen = inputs.see(known, self.settings, as_of=self.as_of)
        seen.forecasts = list(self.rows["forecast_cycles"])
        seen.plans = list(self.rows["planned"])
        seen.exceptions = list(self.rows["forecast_exceptions"])
        shown: dict[str, pa.Table] = {}
        current: dict[str, pa.Table] = {}
        for contract in FACTS:
            ids = tables[contract.name].column("delivery_id").to_pylist()
            shown[contract.name] = tables[contract.name].filter(
                pa.array([i in seen.selected.counting for i in ids], pa.bool_())
            )
            current[contract.name] = tables[contract.name].filter(
                pa.array([i in seen.selected.current for i in ids], pa.bool_())
            )
        return seen, shown, current

    def _numbered(self, contract: Contract, arrivals: list[Arrival]) -> list[dict[str, Any]]:
        groups: dict[tuple[Any, ...], list[dict[str, Any]]] = defaultdict(list)
        for row in self.rows[contract.name]:
            report = row.get("report", _REPORTS[contract.name])
            groups[(row["account"], row["channel"], *_span(contract, row), report)].append(row)
        for channel, day in self.extra_days[contract.name]:
            groups.setdefault(("main", channel, day, day, _REPORTS[contract.name]), [])
        out = []
        for (account, channel, first, last, report), rows in sorted(groups.items()):
            number = len(arrivals) + 1
            zone = place(self.settings, account, channel).zone
            known = day_start(last if contract.kind == "snapshot" else last + timedelta(days=1), zone)
            levels = sorted({r.get("level") or "" for r in rows}) or [""]
            arrivals.append(
                Arrival(
                    id=number,
                    account=account,
                    channel=channel,
                    report=report,
                    table_name=contract.name,
                    known_at=known,
                    landed_at=known,
                    from_day=first,
                    to_day=last,
                    rows=len(rows),
                    version=number,
                    complete=True,
                    periods=tuple((level, first, last) for level in levels),
                )
            )
            told = [{k: v for k, v in r.items() if k not in _NOT_COLUMNS} for r in rows]
            out += [{**r, "known_at": known, "delivery_id": number} for r in told]
        return out

    def engine(self) -> DuckEngine:
        """An engine with every fact and run input registered."""
        from pathlib import Path
        from tempfile import gettempdir

        engine = DuckEngine(Path(gettempdir()))
        self.tell(engine)
        return engine

    def tell(self, engine: Engine) -> None:
        """Register every fact and run input in an engine."""
        seen, shown, current = self.morning()
        for contract in FACTS:
            engine.register(contract.name, shown[contract.name])
            if contract.kind == "snapshot":
                engine.register(f"{contract.name}_current", current[contract.name])
        inputs.tell(engine, seen)

    def prepared(self) -> DuckEngine:
        """The same with every prepared table."""
        engine = self.engine()
        detect.prepare(engine, fit_groups)
        return engine

    def observe(self, detector: Detector) -> list[dict[str, Any]]:
        """What a detector sees, as rows sorted by listing."""
        engine = self.prepared()
        rows = engine.fetch(f"test {detector.kind}", lambda: detector.observe(Facts())).to_pylist()
        return sorted(rows, key=lambda r: (r["channel"], r["sku"] or ""))


def rows_of(table: pa.Table, *columns: str) -> list[tuple[Any, ...]]:
    """Chosen columns of a table as sorted tuples, to stand beside expected ones."""
    return sorted(zip(*(table.column(c).to_pylist() for c in columns), strict=True))


def _span(contract: Contract, row: Mapping[str, Any]) -> tuple[date, date]:
    if contract.kind == "period":
        return row["from_day"], row["to_day"]
    if contract.name == ORDERS.name:
        first, last = row.get("covers", (row["day"], row["day"]))
        return first, last
    return row["day"], row["day"]


def _usual(contract: Contract, as_of: datetime) -> dict[str, Any]:
    today = channel_day(as_of, "America/Los_Angeles")
    names = contract.names()
    usual = {"account": "main", "channel": "amazon:US", "day": today, "currency": "USD"}
    if contract.name == "listings":
        usual |= {"status": "active", "condition": "new", "fulfillment": "marketplace", "price_minor": 2000}
        usual |= {"opened_on": date(2024, 1, 1)}
    if contract.name == "orders":
        usual |= {"line": 1, "status": "shipped", "external": False}
    return {k: v for k, v in usual.items() if k in names}
