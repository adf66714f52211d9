"""The ranking rules. One is the default; the others are kept in every run so that any can be asked for."""

from __future__ import annotations

from typing import ClassVar

from ..core.ranking_rule import Part, RankingRule

_AVOIDABLE = Part(
    "avoidable", "bundle_avoidable", "reporting currency", "what acting now can still save, with the issues it inhibits"
)
_REAL = Part("P(real)", "p_real", "0…1", "how often this kind of signal was right")
_FIX = Part("P(fix works)", "p_fix", "0…1", "how often a fix of this kind held")
_URGENCY = Part("urgency", "urgency", "0…1", "min(1, 7 ÷ days to the last responsible day)")
_REVENUE = Part("into revenue", "into_revenue", "-", "1 for sales; 1 ÷ contribution margin for margin or cash")
_MOMENTUM = Part("momentum", "momentum", "-", "long-run loss ÷ avoidable; 1 until switched on")
_HOURS = Part("per hour", "bundle_minutes", "1/h", "1 ÷ expected hours of work", inverse=True, scale=1 / 60)


class RevenueAtRisk:
    """Dollars that acting now can still save."""

    name: ClassVar[str] = "revenue_at_risk"
    parts: ClassVar[tuple[Part, ...]] = (_AVOIDABLE, _REAL, _URGENCY, _REVENUE)


class ValuePerHour:
    """Dollars saved per hour of work; natural healing is already inside them (cμ/θ)."""

    name: ClassVar[str] = "value_per_hour"
    parts: ClassVar[tuple[Part, ...]] = (_AVOIDABLE, _REAL, _FIX, _MOMENTUM, _HOURS, _URGENCY, _REVENUE)


class ExposurePerHour:
    """The plain cμ rule: today's loss per hour of work. A rival, kept for comparison."""

    name: ClassVar[str] = "exposure_per_hour"
    parts: ClassVar[tuple[Part, ...]] = (
        Part("exposure", "bundle_exposure", "reporting currency/day", "lost a day, with the issues it inhibits"),
        _REAL,
        _FIX,
        _HOURS,
        _REVENUE,
    )


RULES: tuple[RankingRule, ...] = (RevenueAtRisk(), ValuePerHour(), ExposurePerHour())
