"""The axle: which driver of the growth wheel each problem of the operations wheel holds back.

A detector may name its own (`spoke: ClassVar[str] = "price"`); else the cause it stands for decides. Spokes bear the
names of the seller wheel's drivers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .detector import PRECEDENCE, Detector


@dataclass(frozen=True)
class Spoke:
    """A driver that exceptions hold back: its name for people, and the share of sales a typical one takes.

    `share_lost` only sets how deep a listing's rank is taken to fall (multipliers): never an exposure. 0: such losses
    feed nothing back.
    """

    driver: str
    title: str
    share_lost: float


AVAILABILITY = Spoke("availability", "In stock and buyable", 1.0)
TRAFFIC = Spoke("traffic", "Found by shoppers", 0.6)
FEATURED = Spoke("featured", "Featured offer", 0.65)
ADS = Spoke("ads", "Ads", 0.2)
CONTENT = Spoke("content", "Listing quality", 0.1)
DELIVERY = Spoke("delivery", "Delivery", 0.1)
EXPERIENCE = Spoke("experience", "Customer experience", 0.1)
PRICE = Spoke("price", "Price", 0.0)
NOT_TOLD = Spoke("", "No spoke", 0.0)

SPOKES: tuple[Spoke, ...] = (AVAILABILITY, TRAFFIC, FEATURED, ADS, CONTENT, DELIVERY, EXPERIENCE, PRICE, NOT_TOLD)
"""In the order of the causal chain. Shares are those assumed for the states behind them, the featured offer's the
middle between lost to another seller and featured for nobody, experience's the chance that a poor offer is closed."""

_OF_CAUSE: Mapping[str, Spoke] = {
    "account": AVAILABILITY,
    "removed": AVAILABILITY,
    "not_buyable": AVAILABILITY,
    "stranded": AVAILABILITY,
    "inactive": AVAILABILITY,
    "stock": AVAILABILITY,
    "hidden": TRAFFIC,
    "featured_offer": FEATURED,
    "ads": ADS,
    "content": CONTENT,
    "delivery": DELIVERY,
    "unexplained": NOT_TOLD,
    "outside": PRICE,
}
_OF_PRECEDENCE = {PRECEDENCE[cause]: spoke for cause, spoke in _OF_CAUSE.items()}


def spoke_of(detector: Detector) -> Spoke:
    """The spoke a detector's exceptions hold back: its own word, else that of the cause it stands for."""
    said = getattr(detector, "spoke", None)
    if said is not None:
        return next((s for s in SPOKES if s.driver == said), Spoke(said, said, 0.0))
    return _OF_PRECEDENCE.get(detector.precedence, NOT_TOLD)
