"""`[schedule]`, `[notices]` and `[webhooks]`: what happens between runs, and what leaves this machine."""

from __future__ import annotations

import ipaddress
import re
from datetime import time
from typing import Annotated

from pydantic import Field, field_validator

from .base import Positive, Section

_TIME = re.compile(r"^([01]\d|2[0-3]):([0-5]\d)$")
_HOST = re.compile(r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$")


def parse_time(text: str) -> time:
    """`06:30` as a time of day; raises ValueError otherwise."""
    found = _TIME.match(text.strip())
    if not found:
        raise ValueError(f'{text!r} is no time of day; write it like "06:30"')
    return time(int(found[1]), int(found[2]))


class ScheduleSettings(Section):
    """`[schedule]`: what a server that runs does by itself, in wall time of `[staffed] zone`.

    `runs` turns the wheel at these times, such as `["06:00", "12:30"]`; none, until somebody says so. A server that was
    off runs once for all it missed. `keep` is when old things are deleted and small files merged, once a day; empty
    switches it off. `clocks_minutes` is how often promises, claims and snoozes are looked at between runs. A job that
    fails is tried again after `retry_seconds`, then twice as long each time up to `retry_most_seconds`, `attempts`
    times in all. All figures are policy, not measured.
    """

    runs: tuple[str, ...] = ()
    keep: str = "03:30"
    clocks_minutes: Annotated[float, Field(gt=0, le=60)] = 1.0
    retry_seconds: Positive = 15.0
    retry_most_seconds: Positive = 3600.0
    attempts: Annotated[int, Field(ge=1, le=100)] = 12

    @field_validator("runs")
    @classmethod
    def _are_times(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(parse_time(v).strftime("%H:%M") for v in value)

    @field_validator("keep")
    @classmethod
    def _is_time(cls, value: str) -> str:
        return parse_time(value).strftime("%H:%M") if value else ""


class NoticeSettings(Section):
    """`[notices]`: what people are told who asked for it with `opswheel notices`.

    An issue of `tier` or a weightier one that is assigned is told at once; others wait for the daily message. A message
    lists `most_lines` things at most, and says how many more there are.
    """

    tier: Annotated[int, Field(ge=1, le=3)] = 1
    most_lines: Annotated[int, Field(ge=1, le=50)] = 12


class WebhookSettings(Section):
    """`[webhooks]`: where events may be sent.

    Only https, and only addresses of the open internet, unless `allow` names them: names of machines
    (`"hooks.example.com"`), or networks (`"10.0.0.0/8"`). `plain_http` lets those of `allow` be reached without
    encryption. An attempt ends after `seconds`.
    """

    allow: tuple[str, ...] = ()
    plain_http: bool = False
    seconds: Annotated[float, Field(gt=0, le=60)] = 10.0

    @field_validator("allow")
    @classmethod
    def _are_targets(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for one in value:
            try:
                ipaddress.ip_network(one)
            except ValueError as wrong:
                if not _HOST.match(one.lower()) or re.match(r"^[\d./]+$", one):
                    raise ValueError(f'{one!r} is neither a machine\'s name nor a network like "10.0.0.0/8"') from wrong
        return tuple(v.lower() for v in value)
