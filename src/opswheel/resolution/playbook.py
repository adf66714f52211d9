"""What an operator does about each kind of issue: one markdown page per kind, with the numbers a run needs.

A page starts with `key: value` lines, ends them with `---`, and goes on as the text people read. A workspace may have
pages of its own in `playbooks/KIND.md`; what such a page does not say comes from the page that is shipped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType

from ..core.errors import BadSettings

ROOT_CAUSES = MappingProxyType(
    {
        # what the marketplace asks of a listing
        "data_missing": "a required value was missing",
        "data_invalid": "a value was there but not accepted",
        "image": "the main image was missing or against the rules",
        "price_rule": "a price check of the marketplace took the offer down",
        "compliance_document": "a document or certificate was asked for",
        "hazmat_safety": "a safety or dangerous-goods review",
        "ip_brand_claim": "a brand or rights owner complained",
        "duplicate_variation": "a duplicate item, or a variation family that was put together wrongly",
        "approval_needed": "the brand or category needs an approval we do not have",
        "account_level": "something about the whole account, not this listing",
        "feed_fault": "an upload or integration of ours sent the wrong thing",
        "marketplace_error": "the marketplace's own mistake",
        "closed_by_us": "one of us closed, deleted or paused it",
        # prices and the featured offer
        "own_price_under_map": "our price was under the agreed advertised price",
        "reseller_under_map": "another seller broke the agreed advertised price",
        "stale_feed": "an old price file was sent again",
        "currency_rounding": "currency conversion or rounding",
        "wrong_map": "the agreed price in our list was wrong",
        "min_max_clamp": "a minimum or maximum of the repricer held the price",
        "promotion_overlap": "two promotions came together",
        "channel_parity": "the item was cheaper on another channel",
        "price_error_flag": "the marketplace took the price for a mistake",
        "uncompetitive_price": "another seller was cheaper",
        "unauthorised_seller": "a seller offered the item who should not",
        "seller_metrics": "our seller metrics fell below what is asked",
        "delivery_promise": "our delivery was slower than another seller's",
        # stock
        "ordered_late": "we ordered too late",
        "forecast_low": "it sold faster than planned",
        "supplier_late": "the supplier delivered late or short",
        "inbound_delayed": "the shipment or its receiving took longer than planned",
        "overbought": "we bought more than sells",
        "units_lost": "units were lost or damaged at the marketplace",
        "stock_record_wrong": "the stock record was wrong",
        # how we run the shop
        "shipped_late": "we sent orders later than promised",
        "document_lapsed": "a certificate, permit or contract ran out unnoticed",
        "intent_not_said": "nobody had said whether it is meant to sell",
        "cut_line_wrong": "the rule's cut line does not suit this shop",
        "unknown": "nobody found out",
    }
)
"""Every root cause a close may name, with its words: a closed list, or what closing teaches cannot be counted."""

_FOLDER = "playbooks"
_HEAD = ("minutes", "grace_hours", "root_causes", "screen")
_NAME = re.compile(r"^[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*$")
"""A kind that may name a file: a kind a team made up could hold a path."""
MOST_MINUTES, MOST_GRACE_HOURS = 10_000, 2_400


@dataclass(frozen=True)
class Playbook:
    """The page of one kind: expected minutes, patience with the marketplace, likely causes, where to click."""

    kind: str
    minutes: float
    grace_hours: int
    root_causes: tuple[str, ...]
    screen: str
    text: str


GENERAL = Playbook(
    kind="",
    minutes=30.0,
    grace_hours=48,
    root_causes=tuple(ROOT_CAUSES),
    screen="",
    text="No page was written for this kind yet. Read what its rule says under `opswheel why`, then act.\n",
)
"""What a kind without a page of its own gets: a rule of a third party may bring none."""


def load(kind: str, own: Path | None = None) -> Playbook:
    """The playbook of a kind: from the team's `own` folder, else as shipped, else `GENERAL` under the kind's name.

    Raises BadSettings where the team's own page cannot be read.
    """
    shipped = _shipped(kind)
    path = None if own is None or not _NAME.match(kind) else own / f"{kind}.md"
    try:
        return shipped if path is None else _own(str(path), path.stat().st_mtime_ns, shipped)
    except FileNotFoundError:
        return shipped
    except (OSError, ValueError) as wrong:
        raise BadSettings(f"The playbook {path} cannot be used: {wrong}.", "Mend the page, or delete it.") from wrong


def page(kind: str) -> str:
    """The shipped page of a kind as it is written, to be edited; empty where there is none."""
    return next((p.read_text(encoding="utf-8") for p in _pages() if p.name == f"{kind}.md"), "")


@lru_cache(maxsize=256)
def _own(path: str, _written: int, shipped: Playbook) -> Playbook:
    """A page the team wrote; read again once it was written anew."""
    text = Path(path).read_text(encoding="utf-8-sig")
    if text.partition(":")[0] in _HEAD:
        return parse(shipped.kind, text, shipped)
    return replace(shipped, text=text.strip() + "\n") if text.strip() else shipped


@cache
def _shipped(kind: str) -> Playbook:
    for page in _pages():
        if page.name == f"{kind}.md":
            return parse(kind, page.read_text(encoding="utf-8"))
    return Playbook(**{**vars(GENERAL), "kind": kind})


@cache
def kinds() -> tuple[str, ...]:
    """The kinds that have a page of their own, in alphabetical order."""
    return tuple(sorted(page.name.removesuffix(".md") for page in _pages()))


def parse(kind: str, page: str, otherwise: Playbook | None = None) -> Playbook:
    """A playbook from its page; what its first lines do not say is as in `otherwise`, or must be said.

    Raises ValueError naming the kind and the line that is wrong.
    """
    head, cut, text = page.partition("\n---\n")
    if not cut:
        raise ValueError(f"{kind}.md: no line --- ends its first lines")
    told = dict(_pairs(kind, head))
    if otherwise is not None:
        usual = {"minutes": otherwise.minutes, "grace_hours": otherwise.grace_hours, "screen": otherwise.screen}
        told = {**{k: str(v) for k, v in usual.items()}, "root_causes": ", ".join(otherwise.root_causes), **told}
    if missing := {"minutes", "root_causes", "screen"} - set(told):
        raise ValueError(f"{kind}.md: {', '.join(sorted(missing))} is missing")
    causes = tuple(c.strip() for c in told["root_causes"].split(","))
    if wrong := [c for c in causes if c not in ROOT_CAUSES]:
        raise ValueError(f"{kind}.md: {wrong[0]!r} is no root cause")
    minutes, grace = float(told["minutes"]), int(told.get("grace_hours", GENERAL.grace_hours))
    if not (0 < minutes <= MOST_MINUTES and 0 <= grace <= MOST_GRACE_HOURS):
        raise ValueError(f"{kind}.md: {minutes:g} minutes and {grace} hours of grace cannot be meant")
    return Playbook(
        kind=kind,
        minutes=minutes,
        grace_hours=grace,
        root_causes=causes,
        screen=told["screen"],
        text=text.strip() + "\n",
    )


def _pairs(kind: str, head: str) -> Iterator[tuple[str, str]]:
    for line in head.splitlines():
        key, colon, value = line.partition(":")
        if not colon or key not in _HEAD or not value.strip():
            raise ValueError(f"{kind}.md: cannot read the line {line!r}")
        yield key, value.strip()


def _pages() -> list[Traversable]:
    return [p for p in files(__package__).joinpath(_FOLDER).iterdir() if p.name.endswith(".md")]
