"""`opswheel.toml`: every setting with its default and, where the default is a claim, its source.

A setting that is not in the file has its default; a setting that does not exist is refused with its name.
"""

from __future__ import annotations

import tomllib
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, field_validator, model_validator

from ..clock import parse_moment
from ..errors import BadSettings
from ..identity import is_account, is_channel
from ..marketplaces import find_marketplace
from ..staffed import WEEKDAYS, Staffed, known_holidays, parse_hours
from .base import Currency, Positive, Section, Share
from .decisions import DecisionSettings
from .performance import PerformanceSettings
from .planning import PlanningSettings
from .service import ServeSettings
from .wheel import WheelSettings
from .work import NoticeSettings, ScheduleSettings, WebhookSettings

SETTINGS_FILE = "opswheel.toml"


def _zone(value: str) -> str:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError) as wrong:
        raise ValueError(f"no time zone is called {value!r}") from wrong
    return value


class ClockSettings(Section):
    """`[clock]`: pins the product's clock, for the sample shop and for tests."""

    now: str | None = None

    @field_validator("now")
    @classmethod
    def _is_moment(cls, value: str | None) -> str | None:
        if value is not None:
            parse_moment(value)
        return value


class LedgerSettings(Section):
    """`[ledger]`: where issues live. Empty means `ledger.db` in the workspace."""

    url: str = ""


class MoneySettings(Section):
    """`[money]`: the reporting currency, and what converts margin into sales where no cost is loaded.

    `contribution_margin` 0.25 is assumed.
    """

    reporting_currency: Currency = "USD"
    contribution_margin: Share = 0.25


class HorizonSettings(Section):
    """`[horizon]`: how far ahead a loss is counted, and the stock assumptions used where nobody says better.

    `days` 30 is a policy, not a forecast. Lead time 45 days and the inbound stages 14 and 5 days are assumed.
    """

    days: Annotated[int, Field(ge=1, le=90)] = 30
    review_days: Annotated[int, Field(ge=0, le=60)] = 7
    assumed_lead_days: Annotated[int, Field(ge=1, le=365)] = 45
    assumed_receive_days: Annotated[int, Field(ge=0, le=90)] = 5
    shipped_arrives_days: Annotated[int, Field(ge=0, le=120)] = 14
    receiving_arrives_days: Annotated[int, Field(ge=0, le=60)] = 5


class TeamSettings(Section):
    """`[team]`: who works the queue, until closes say it better."""

    operators: Annotated[int, Field(ge=1)] = 1
    hours_per_day: Positive = 6.0
    me: str = ""


class RankingSettings(Section):
    """`[ranking]`: the order of the queue. `revenue_at_risk` until a benchmark shows a better default."""

    rule: Literal["revenue_at_risk", "value_per_hour", "exposure_per_hour"] = "revenue_at_risk"
    pooled: bool = False


class Route(Section):
    """`[[routes]]`: the first one that matches names the owner. Empty fields match everything.

    `backup` are names parted by `;` who stand in, in that order, while the owner is away or holds `capacity` open
    issues (0: no limit). `opswheel routes --load` takes the same columns as CSV; those come first.
    """

    owner: Annotated[str, Field(min_length=1)]
    kind: str = ""
    account: str = ""
    channel: str = ""
    brand: str = ""
    category: str = ""
    tier: Annotated[int, Field(ge=0, le=3)] = 0
    backup: str = ""
    capacity: Annotated[int, Field(ge=0)] = 0


class StaffedSettings(Section):
    """`[staffed]`: when somebody is at work. Every promise counts these hours only.

    Monday to Friday from nine to five, UTC, is assumed: say your own `zone` and hours, such as
    `saturday = "09:00-12:00, 13:00-17:00"` or `"22:00-06:00"`. `closed` are days nobody works; `holidays` adds the
    public holidays of a country or a part of it, as `"US"`, `"US-CA"` or `"DE-BY"`.
    """

    zone: str = "UTC"
    monday: str = "09:00-17:00"
    tuesday: str = "09:00-17:00"
    wednesday: str = "09:00-17:00"
    thursday: str = "09:00-17:00"
    friday: str = "09:00-17:00"
    saturday: str = ""
    sunday: str = ""
    closed: tuple[date, ...] = ()
    holidays: str = ""

    @field_validator("holidays")
    @classmethod
    def _is_country(cls, value: str) -> str:
        return known_holidays(value)

    @field_validator("zone")
    @classmethod
    def _is_zone(cls, value: str) -> str:
        return _zone(value)

    @field_validator(*WEEKDAYS)
    @classmethod
    def _are_hours(cls, value: str) -> str:
        parse_hours(value)
        return value

    @model_validator(mode="after")
    def _somebody_works(self) -> StaffedSettings:
        if not any(self.calendar().week):
            raise ValueError("no day has any hours, so that no promise could ever fall due")
        return self

    def calendar(self) -> Staffed:
        """The hours as the calendar that counts them."""
        week = tuple(parse_hours(getattr(self, d)) for d in WEEKDAYS)
        return Staffed(self.zone, week, frozenset(self.closed), self.holidays)


ByTier = Annotated[tuple[Positive, ...], Field(min_length=3, max_length=3)]
"""One value each for tier 1, 2 and 3; an issue without a tier counts as tier 3."""


class PromiseSettings(Section):
    """`[promises]`: staffed hours until an issue of tier 1, 2 or 3 is acknowledged, first acted on, and fixed.

    All of them are assumed; a team knows its own. `ack_lasts` is how long an acknowledgement alone holds off the
    first action; `claim_hours` how long a claim without any action keeps others away. `loss_budget`, in the
    reporting currency, makes an issue due once it is expected to have lost that much since it was detected;
    0 switches it off. Escalation goes to the names of `escalate_to` in turn, so many staffed hours after a broken
    promise each; `review_after` escalations of one kind in 28 days are a question to its route.
    """

    acknowledge: ByTier = (1, 4, 16)
    first_action: ByTier = (4, 16, 40)
    fix: ByTier = (16, 40, 120)
    ack_lasts: ByTier = (2, 8, 24)
    claim_hours: Positive = 4.0
    loss_budget: Annotated[float, Field(ge=0)] = 0.0
    escalate_to: tuple[str, ...] = ("lead", "head")
    escalate_after: tuple[Annotated[float, Field(ge=0)], ...] = (0.0, 8.0)
    review_after: Annotated[int, Field(ge=1)] = 3

    @model_validator(mode="after")
    def _ladder(self) -> PromiseSettings:
        steps = self.escalate_after
        if len(steps) != len(self.escalate_to) or list(steps) != sorted(steps):
            raise ValueError("escalate_after needs one number of hours for each name of escalate_to, rising")
        return self


class SnoozeSettings(Section):
    """`[snooze]`: the most days an issue of tier 1, 2 or 3 may be out of sight. Assumed."""

    most_days: ByTier = (2, 7, 30)


class Maintenance(Section):
    """`[[maintenance]]`: between two moments, new problems that match open no issue. Empty fields match everything.

    What is open already stays in the queue; what is still there afterwards opens then. `sku` may end in `*`.
    """

    begins: str
    ends: str
    why: Annotated[str, Field(min_length=1)]
    kind: str = ""
    account: str = ""
    channel: str = ""
    brand: str = ""
    category: str = ""
    sku: str = ""

    @model_validator(mode="after")
    def _is_window(self) -> Maintenance:
        if parse_moment(self.begins) >= parse_moment(self.ends):
            raise ValueError("it ends before it begins")
        return self


class ChannelSettings(Section):
    """`[channels."amazon:US"]`: what the marketplace table does not know or a team wants otherwise."""

    currency: Currency | None = None
    zone: str | None = None
    tax_included: bool | None = None
    stock_pool: str | None = None
    reports: tuple[str, ...] = ()

    @field_validator("zone")
    @classmethod
    def _is_zone(cls, value: str | None) -> str | None:
        return value if value is None else _zone(value)


class TierSettings(Section):
    """`[tiers]`: SKUs whose tier a person fixed, as `"amazon:US/SKU" = 1`."""

    pinned: dict[str, Annotated[int, Field(ge=1, le=3)]] = Field(default_factory=dict)


class RetentionSettings(Section):
    """`[retention]`: how long things are kept.

    Facts `facts_months`, observations, signals, exposures and past queues `results_months`, refused rows
    `rejects_days`, what was sent out and the log of jobs `sent_days`. Replaced lake files stay while a run of the last
    `replay_days` names them. Events, outcomes and the newest list of each source are kept for ever.
    """

    replay_days: Annotated[int, Field(ge=1)] = 400
    rejects_days: Annotated[int, Field(ge=1)] = 30
    facts_months: Annotated[int, Field(ge=1)] = 25
    results_months: Annotated[int, Field(ge=1)] = 13
    sent_days: Annotated[int, Field(ge=1)] = 30


class GrowthSettings(Section):
    """`[growth]`: what the slow wheel may change.

    `momentum` lets ranking rules that know it multiply by the long-run loss (table `multipliers`: literature until
    `opswheel growth momentum --save` keeps your own); off until a person switches it on. `marks` replace the
    benchmarks of key figures, by `figure` or `channel figure`: `"amazon:US conversion" = 0.10`.
    """

    momentum: bool = False
    marks: dict[str, float] = Field(default_factory=dict)


class PluginSettings(Section):
    """`[plugins]`: the installed distributions whose rules and readers run here. It is code you trust."""

    use: tuple[str, ...] = ()


class DetectorSettings(Section):
    """`[detectors]`: rules that are off by default, such as opportunities, and that look here all the same."""

    on: tuple[str, ...] = ()


class Settings(Section):
    """All of `opswheel.toml`."""

    clock: ClockSettings = ClockSettings()
    ledger: LedgerSettings = LedgerSettings()
    money: MoneySettings = MoneySettings()
    horizon: HorizonSettings = HorizonSettings()
    team: TeamSettings = TeamSettings()
    ranking: RankingSettings = RankingSettings()
    tiers: TierSettings = TierSettings()
    retention: RetentionSettings = RetentionSettings()
    growth: GrowthSettings = GrowthSettings()
    planning: PlanningSettings = PlanningSettings()
    wheel: WheelSettings = WheelSettings()
    plugins: PluginSettings = PluginSettings()
    detectors: DetectorSettings = DetectorSettings()
    performance: PerformanceSettings = PerformanceSettings()
    serve: ServeSettings = ServeSettings()
    decisions: DecisionSettings = DecisionSettings()
    routes: tuple[Route, ...] = ()
    staffed: StaffedSettings = StaffedSettings()
    promises: PromiseSettings = PromiseSettings()
    snooze: SnoozeSettings = SnoozeSettings()
    schedule: ScheduleSettings = ScheduleSettings()
    notices: NoticeSettings = NoticeSettings()
    webhooks: WebhookSettings = WebhookSettings()
    maintenance: tuple[Maintenance, ...] = ()
    channels: dict[str, ChannelSettings] = Field(default_factory=dict)

    @field_validator("channels")
    @classmethod
    def _are_channels(cls, value: dict[str, ChannelSettings]) -> dict[str, ChannelSettings]:
        for name in value:
            account, _, channel = name.rpartition("/")
            if not is_channel(channel) or (account and not is_account(account)):
                raise ValueError(f'{name!r} is no channel; write it like "amazon:US"')
        return value


class Place(Section):
    """A channel of an account with everything a reader and a run need to know about it."""

    account: str
    channel: str
    currency: str
    zone: str
    tax_included: bool
    stock_pool: str
    comma_decimals: bool


def place(settings: Settings, account: str, channel: str) -> Place:
    """What is known of a channel: settings first, then the marketplace table, then US dollars and UTC."""
    own = settings.channels.get(f"{account}/{channel}") or settings.channels.get(channel) or ChannelSettings()
    known = find_marketplace(channel) or find_marketplace(channel.partition("-")[0])
    currency = own.currency or (known.currency if known else settings.money.reporting_currency)
    return Place(
        account=account,
        channel=channel,
        currency=currency,
        zone=own.zone or (known.zone if known else "UTC"),
        tax_included=own.tax_included if own.tax_included is not None else bool(known and known.tax_included),
        stock_pool=own.stock_pool or channel,
        comma_decimals=bool(known and known.comma_decimals),
    )


def read_settings(folder: Path) -> Settings:
    """The settings of the workspace in `folder`.

    Raises BadSettings naming the line or the setting that is wrong.
    """
    path = folder / SETTINGS_FILE
    return settings_of(path.read_bytes(), str(path))


def settings_of(raw: bytes, name: str) -> Settings:
    """What the bytes of a settings file say; `name` is what the file is called where something is wrong.

    Raises BadSettings as `read_settings`.
    """
    try:
        told: dict[str, Any] = tomllib.loads(raw.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as wrong:
        raise BadSettings(f"{name} cannot be read: {wrong}.", "Mend that line.") from wrong
    try:
        return Settings.model_validate(_plain(told))
    except ValidationError as wrong:
        first = wrong.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        said = first["msg"].removeprefix("Value error, ")
        raise BadSettings(
            f"{name}: setting {where!r}: {said}.", "docs/reference/settings.md lists every setting."
        ) from wrong


def _plain(value: Any) -> Any:
    """TOML's own dates as text, so that every section validates text the same way."""
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_plain(v) for v in value]
    return value.isoformat() if isinstance(value, datetime | date) else value
