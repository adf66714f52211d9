"""The marketplaces whose country, currency, zone and tax habit are public knowledge.

Source: Amazon's Selling Partner API documentation, "Marketplace IDs"; zones are those in which the
marketplace's business reports cut their days; tax is included in the price wherever value-added tax or
consumption tax is shown to shoppers inclusively.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Marketplace:
    """One marketplace and country as reports name it."""

    channel: str
    country: str
    currency: str
    zone: str
    tax_included: bool
    marketplace_id: str = ""
    domain: str = ""
    comma_decimals: bool = False


def _amazon(country: str, currency: str, zone: str, marketplace_id: str, domain: str) -> Marketplace:
    return Marketplace(
        channel=f"amazon:{country}",
        country=country,
        currency=currency,
        zone=zone,
        tax_included=country not in ("US", "CA"),
        marketplace_id=marketplace_id,
        domain=domain,
        comma_decimals=country in ("DE", "FR", "IT", "ES", "NL", "SE", "PL", "BE", "BR", "TR"),
    )


MARKETPLACES: tuple[Marketplace, ...] = (
    _amazon("US", "USD", "America/Los_Angeles", "ATVPDKIKX0DER", "amazon.com"),
    _amazon("CA", "CAD", "America/Los_Angeles", "A2EUQ1WTGCTBG2", "amazon.ca"),
    _amazon("MX", "MXN", "America/Los_Angeles", "A1AM78C64UM0Y8", "amazon.com.mx"),
    _amazon("BR", "BRL", "America/Sao_Paulo", "A2Q3Y263D00KWC", "amazon.com.br"),
    _amazon("UK", "GBP", "Europe/London", "A1F83G8C2ARO7P", "amazon.co.uk"),
    _amazon("IE", "EUR", "Europe/Dublin", "A28R8C7NBKEWEA", "amazon.ie"),
    _amazon("DE", "EUR", "Europe/Berlin", "A1PA6795UKMFR9", "amazon.de"),
    _amazon("FR", "EUR", "Europe/Paris", "A13V1IB3VIYZZH", "amazon.fr"),
    _amazon("IT", "EUR", "Europe/Rome", "APJ6JRA9NG5V4", "amazon.it"),
    _amazon("ES", "EUR", "Europe/Madrid", "A1RKKUPIHCS9HS", "amazon.es"),
    _amazon("NL", "EUR", "Europe/Amsterdam", "A1805IZSGTT6HS", "amazon.nl"),
    _amazon("BE", "EUR", "Europe/Brussels", "AMEN7PMS3EDWL", "amazon.com.be"),
    _amazon("SE", "SEK", "Europe/Stockholm", "A2NODRKZP88ZB9", "amazon.se"),
    _amazon("PL", "PLN", "Europe/Warsaw", "A1C3SOZRARQ6R3", "amazon.pl"),
    _amazon("TR", "TRY", "Europe/Istanbul", "A33AVAJ2PDY3EV", "amazon.com.tr"),
    _amazon("ZA", "ZAR", "Africa/Johannesburg", "AE08WJ6YKNBMC", "amazon.co.za"),
    _amazon("EG", "EGP", "Africa/Cairo", "ARBP9OOSHTCHU", "amazon.eg"),
    _amazon("SA", "SAR", "Asia/Riyadh", "A17E79C6D8DWNP", "amazon.sa"),
    _amazon("AE", "AED", "Asia/Dubai", "A2VIGQ35RCS4UG", "amazon.ae"),
    _amazon("IN", "INR", "Asia/Kolkata", "A21TJRUUN4KGV", "amazon.in"),
    _amazon("SG", "SGD", "Asia/Singapore", "A19VAU5U5O7RUS", "amazon.sg"),
    _amazon("AU", "AUD", "Australia/Sydney", "A39IBJ37TRP1C6", "amazon.com.au"),
    _amazon("JP", "JPY", "Asia/Tokyo", "A1VC38T7YXB528", "amazon.co.jp"),
    Marketplace("walmart:US", "US", "USD", "America/Los_Angeles", False, domain="walmart.com"),
    Marketplace("walmart:CA", "CA", "CAD", "America/Toronto", False, domain="walmart.ca"),
)

_NAMES = {
    name.casefold(): place
    for place in MARKETPLACES
    for name in (place.channel, place.marketplace_id, place.domain)
    if name
} | {"amazon:gb": next(p for p in MARKETPLACES if p.channel == "amazon:UK")}


def find_marketplace(name: str) -> Marketplace | None:
    """The marketplace behind a channel (`amazon:US`), an id (`ATVPDKIKX0DER`) or a domain (`Amazon.com`)."""
    return _NAMES.get(name.strip().casefold())


def hints() -> dict[str, str]:
    """Every name a report may use for a marketplace, case-folded, with its channel."""
    return {name: place.channel for name, place in _NAMES.items()}
