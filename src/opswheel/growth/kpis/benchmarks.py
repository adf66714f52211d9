"""The marks key figures are held against, per kind of channel, with their source. A team may replace any of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .figures import Figure, Mark

_RETAILER = "e-commerce growth wheel, stated benchmark"
MARKS: Mapping[str, Mark] = {
    "customer_lifetime_value_growth": Mark(0.10, f"{_RETAILER}: +10 to 15 % a year", 0.15),
    "net_promoter_score": Mark(50.0, f"{_RETAILER}: above 50"),
    "repeat_purchase_rate": Mark(
        0.30, f"{_RETAILER}: above 30 %; published averages are 28 %, by niche 21 to 36 % (Metrilo, Opensend)"
    ),
    "average_order_value_growth": Mark(0.05, f"{_RETAILER}: +5 % a year"),
}
STORE_MARKS: Mapping[str, Mark] = {"conversion": Mark(0.02, f"{_RETAILER}: 2 to 4 %, for stores", 0.04)}
STORES = ("shopify", "store", "woocommerce", "magento", "bigcommerce")
"""Marketplaces' names, as in `shopify:main`, that are shops of one's own: the store marks hold for them only."""


def is_store(channel: str) -> bool:
    """Whether a channel is a shop of one's own and no marketplace."""
    return channel.partition(":")[0] in STORES


def hold(figures: Iterable[Figure], own: Mapping[str, float]) -> list[Figure]:
    """Each figure against its mark. `own` are a team's marks by `figure` or, stronger, by `channel figure`."""
    found = []
    for figure in figures:
        mark = MARKS.get(figure.name) or (STORE_MARKS.get(figure.name) if is_store(figure.channel) else None)
        said = own.get(f"{figure.channel} {figure.name}", own.get(figure.name))
        if said is not None:
            mark = Mark(said, "your own settings")
        found.append(figure if mark is None else figure.against(mark))
    return found
