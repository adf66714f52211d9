"""Amazon's account health report."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import ibis

from ...core.contracts import ACCOUNT_HEALTH
from ...core.reader import Cell, Context, JsonShape
from .base import JsonReport
from .parsing import channel_hint, day, integer, number, text

if TYPE_CHECKING:
    import ibis.expr.types as ir

# What each rate counts, and over how many. Keys of one measure that Amazon spells in two ways stand one after another.
_RATES: dict[str, tuple[tuple[str, ...], str, str]] = {
    "order_defect_rate_mfn": (("orderDefectRate.mfn",), "orderWithDefects.count", "orderCount"),
    "order_defect_rate_afn": (("orderDefectRate.afn",), "orderWithDefects.count", "orderCount"),
    "late_shipment_rate": (("lateShipmentRate",), "lateShipmentCount", "orderCount"),
    "cancellation_rate": (
        ("preFulfillmentCancellationRate", "prefulfillmentCancelRate"),
        "cancellationCount",
        "orderCount",
    ),
    "invoice_defect_rate": (("invoiceDefectRate",), "invoiceDefect.count", "orderCount"),
    "valid_tracking_rate": (("validTrackingRate",), "validTrackingCount", "shipmentCount"),
    "on_time_delivery_rate": (("onTimeDeliveryRate",), "onTimeDeliveryCount", "shipmentCountWithValidTracking"),
    "unit_on_time_delivery_rate": (("unitOnTimeDeliveryRate",), "unitOnTimeDeliveryCount", "totalUnitCount"),
}
_VIOLATIONS: dict[str, tuple[str, ...]] = {
    "listing_policy_violations": ("listingPolicyViolations",),
    "authenticity_complaints": ("productAuthenticityCustomerComplaints",),
    "condition_complaints": ("productConditionCustomerComplaints",),
    "safety_complaints": ("productSafetyCustomerComplaints",),
    "ip_complaints": ("receivedIntellectualPropertyComplaints",),
    "suspected_ip_violations": ("suspectedIntellectualPropertyViolations",),
    "restricted_product_violations": ("restrictedProductPolicyViolations",),
    "food_and_product_safety_issues": ("foodAndProductSafetyIssues",),
    "other_policy_violations": ("otherPolicyViolations",),
    "document_requests": ("documentRequests", "documentRequest"),
}
_RANGE = "reportingDateRange: struct<reportingDateFrom: string, reportingDateTo: string>"
_COMMON = f"{_RANGE}, status: string, targetValue: string, targetCondition: string"
_WARNINGS = "array<struct<warningType: string, status: string>>"
_EMPTY = ibis.null().cast("string")


def _rate_type(counted: str, base: str) -> str:
    outer, _, inner = counted.partition(".")
    field = f"{outer}: struct<{inner}: string>" if inner else f"{outer}: string"
    return f"struct<{_COMMON}, rate: string, {base}: string, {field}>"


def _metric_types() -> str:
    fields: dict[str, str] = {"marketplaceId": "string"}
    for keys, counted, base in _RATES.values():
        kind = _rate_type(counted, base)
        for key in keys:
            outer, _, part = key.partition(".")
            fields[outer] = f"struct<mfn: {kind}, afn: {kind}>" if part else kind
    for keys in _VIOLATIONS.values():
        fields |= dict.fromkeys(keys, f"struct<{_COMMON}, defectsCount: string>")
    fields["accountHealthRating"] = f"struct<{_RANGE}, accountHealthRatingStatus: string, ahrStatus: string>"
    fields |= dict.fromkeys(("warningStates", "warningState"), _WARNINGS)
    return f"array<struct<{', '.join(f'{key}: {kind}' for key, kind in fields.items())}>>"


def measures(documents: ir.Table, _context: Context) -> ir.Table:
    """One record per marketplace and measure: the account's state, its rates, violations, rating and warnings."""
    whole = documents.select(row=documents.accountStatuses.unnest())
    status = _record("account_status", state=whole.row["status"])
    parts = [whole.select(hint=whole.row["marketplaceId"], measure=status)]
    told = documents.select(row=documents.performanceMetrics.unnest())
    several = ibis.array(_measures(told.row)).filter(lambda m: m["state"].notnull() | m["counted"].notnull())
    parts.append(told.select(hint=told.row["marketplaceId"], measure=several.unnest()))
    warned = ibis.coalesce(told.row["warningStates"], told.row["warningState"])
    warned = told.select(hint=told.row["marketplaceId"], warning=warned.unnest())
    name = "warning" + warned.warning["warningType"].re_replace("([A-Z])", r"_\1").re_replace("^([^_])", r"_\1")
    parts.append(warned.select("hint", measure=_record(name.lower(), state=warned.warning["status"])))
    rows = parts[0].union(parts[1]).union(parts[2])
    return rows.select("hint", **{n: rows.measure[n] for n in _FIELDS})


def _measures(row: ir.StructValue) -> list[ir.Value]:
    found = []
    for metric, (keys, counted, base) in _RATES.items():
        told = ibis.coalesce(*(_inside(row, key) for key in keys))
        found.append(_dated(metric, told, rate=told["rate"], counted=_inside(told, counted), base=told[base]))
    for metric, keys in _VIOLATIONS.items():
        told = ibis.coalesce(*(row[key] for key in keys))
        found.append(_dated(metric, told, counted=told["defectsCount"]))
    rating = row["accountHealthRating"]
    state = ibis.coalesce(rating["accountHealthRatingStatus"], rating["ahrStatus"])
    return [*found, _record("account_health_rating", state=state, **_days(rating))]


def _inside(value: ir.Value, path: str) -> ir.Value:
    for step in path.split("."):
        value = value[step]
    return value


def _dated(metric: str, told: ir.StructValue, **values: ir.Value) -> ir.Value:
    side = {"target": told["targetValue"], "target_side": told["targetCondition"]}
    return _record(metric, state=told["status"], **side, **_days(told), **values)


def _days(told: ir.StructValue) -> dict[str, ir.Value]:
    days = told["reportingDateRange"]
    return {"from_day": days["reportingDateFrom"], "to_day": days["reportingDateTo"]}


_FIELDS = ("metric", "state", "rate", "counted", "base", "target", "target_side", "from_day", "to_day")


def _record(metric: str | ir.Value, **values: ir.Value) -> ir.Value:
    name = ibis.literal(metric) if isinstance(metric, str) else metric
    return ibis.struct({"metric": name} | {n: values.get(n, _EMPTY) for n in _FIELDS[1:]})


class AmazonAccountHealth(JsonReport):
    """The seller account's state, its rates and policy violations, each beside the target that keeps it open.

    API: GET_V2_SELLER_PERFORMANCE_REPORT; on the screen the same stands under Performance → Account Health, without
    a download. Rates run from 0 to 1. Amazon's schema and its own example spell several measures in two ways, and so
    do its answers: both are read. Suspended and deactivated are one state here.
    """

    report: ClassVar[str] = "amazon_account_health"
    title: ClassVar[str] = "Amazon Account Health (JSON)"
    table = ACCOUNT_HEALTH
    shape = JsonShape(
        marks=(frozenset({"performanceMetrics"}), frozenset({"accountStatuses"})),
        columns={
            "accountStatuses": "array<struct<marketplaceId: string, status: string>>",
            "performanceMetrics": _metric_types(),
        },
        rows=measures,
    )
    cells: ClassVar[tuple[Cell, ...]] = (
        Cell("hint", ("marketplaceId",), channel_hint),
        Cell("metric", ("metric",), text, required=True),
        Cell("state", ("status",), text),
        Cell("rate", ("rate",), number, minimum=0),
        Cell("counted", ("count",), integer, minimum=0),
        Cell("base", ("orderCount",), integer, minimum=0),
        Cell("target", ("targetValue",), number),
        Cell("target_side", ("targetCondition",), text),
        Cell("from_day", ("reportingDateFrom",), day),
        Cell("to_day", ("reportingDateTo",), day),
    )

    def finish(self, rows: ir.Table, _context: Context) -> ir.Table:
        """Words in lower case."""
        state = rows.state.lower()
        return rows.mutate(
            state=(state == "suspended").ifelse("deactivated", state),
            target_side=rows.target_side.lower(),
        )
