"""`opswheel.toml`: every setting with its default and, where the default is a claim, its source.

A setting that is not in the file has its default; a setting that does not exist is refused with its name.
"""

from __future__ import annotations

import tomllib
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from .clock import parse_moment
from .errors import BadSettings
from .identity import is_account, is_channel
from .marketplaces import find_marketplace

SETTINGS_FILE = "opswheel.toml"

Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ClockSettings(_Section):
    """`[clock]`: pins the product's clock, for the sample shop and for tests."""

    now: str | None = None

    @field_validator("now")
    @classmethod
    def _is_moment(cls, value: str | None) -> str | None:
        if value is not None:
            parse_moment(value)
        return value


class LedgerSettings(_Section):
    """`[ledger]`: where issues live. Empty means `ledger.db` in the workspace."""

    url: str = ""


class MoneySettings(_Section):
    """`[money]`: the reporting currency, and what converts margin into sales where no cost is loaded.

    `contribution_margin` 0.25 is assumed.
    """

    reporting_currency: Currency = "USD"
    contribution_margin: Share = 0.25


class HorizonSettings(_Section):
    """`[horizon]`: how far ahead a loss is counted, and the stock assumptions used where nobody says better.

    `days` 30 is a policy, not a forecast. Lead time 45 days and the inbound stages 14 and 5 days are assumed.
    """

    days: Annotated[int, Field(ge=1, le=90)] = 30
    review_days: Annotated[int, Field(ge=0, le=60)] = 7
    assumed_lead_days: Annotated[int, Field(ge=1, le=365)] = 45
    assumed_receive_days: Annotated[int, Field(ge=0, le=90)] = 5
    shipped_arrives_days: Annotated[int, Field(ge=0, le=120)] = 14
    receiving_arrives_days: Annotated[int, Field(ge=0, le=60)] = 5


class TeamSettings(_Section):
    """`[team]`: who works the queue, until closes say it better."""

    operators: Annotated[int, Field(ge=1)] = 1
    hours_per_day: Positive = 6.0
    me: str = ""


class RankingSettings(_Section):
    """`[ranking]`: the order of the queue. `revenue_at_risk` until a benchmark shows a better default."""

    rule: Literal["revenue_at_risk", "value_per_hour", "exposure_per_hour"] = "revenue_at_risk"
    pooled: bool = False


class Route(_Section):
    """`[[routes]]`: the first one that matches names the owner. Empty fields match everything."""

    owner: str
    kind: str = ""
    account: str = ""
    channel: str = ""
    brand: str = ""
    tier: int = 0


class ChannelSettings(_Section):
    """`[channels."amazon:US"]`: what the marketplace table does not know or a team wants otherwise."""

    currency: Currency | None = None
    zone: str | None = None
    tax_included: bool | None = None
    stock_pool: str | None = None
    reports: tuple[str, ...] = ()

    @field_validator("zone")
    @classmethod
    def _is_zone(cls, value: str | None) -> str | None:
        from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

        if value is not None:
            try:
                ZoneInfo(value)
            except (ZoneInfoNotFoundError, ValueError) as wrong:
                raise ValueError(f"no time zone is called {value!r}") from wrong
        return value


class TierSettings(_Section):
    """`[tiers]`: SKUs whose tier a person fixed, as `"amazon:US/SKU" = 1`."""

    pinned: dict[str, Annotated[int, Field(ge=1, le=3)]] = Field(default_factory=dict)


class RetentionSettings(_Section):
    """`[retention]`: how long things are kept."""

    replay_days: Annotated[int, Field(ge=1)] = 400
    rejects_days: Annotated[int, Field(ge=1)] = 30


class Settings(_Section):
    """All of `opswheel.toml`."""

    clock: ClockSettings = ClockSettings()
    ledger: LedgerSettings = LedgerSettings()
    money: MoneySettings = MoneySettings()
    horizon: HorizonSettings = HorizonSettings()
    team: TeamSettings = TeamSettings()
    ranking: RankingSettings = RankingSettings()
    tiers: TierSettings = TierSettings()
    retention: RetentionSettings = RetentionSettings()
    routes: tuple[Route, ...] = ()
    channels: dict[str, ChannelSettings] = Field(default_factory=dict)

    @field_validator("channels")
    @classmethod
    def _are_channels(cls, value: dict[str, ChannelSettings]) -> dict[str, ChannelSettings]:
        for name in value:
            account, _, channel = name.rpartition("/")
            if not is_channel(channel) or (account and not is_account(account)):
                raise ValueError(f'{name!r} is no channel; write it like "amazon:US"')
        return value


class Place(_Section):
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
    try:
        raw: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as wrong:
        raise BadSettings(f"{path} cannot be read: {wrong}.", "Mend that line.") from wrong
    try:
        return Settings.model_validate(_plain(raw))
    except ValidationError as wrong:
        first = wrong.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadSettings(
            f"{path}: setting {where!r}: {first['msg']}.", "docs/reference/settings.md lists every setting."
        ) from wrong


def _plain(value: Any) -> Any:
    """TOML's own dates as text, so that every section validates text the same way."""
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_plain(v) for v in value]
    return value.isoformat() if isinstance(value, datetime | date) else value
