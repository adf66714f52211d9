"""Money and estimates: minor units by ISO 4217, and a number that admits how sure it is."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, isfinite, log10
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# ISO 4217 amendment 176: currencies whose minor unit is not a hundredth.
_EXPONENTS = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX"), 0),
    **dict.fromkeys(("UYI", "VND", "VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}

ODD_CURRENCIES: dict[str, int] = dict(_EXPONENTS)


def exponent(currency: str) -> int:
    """Digits after the point in `currency`: 2 unless ISO 4217 says otherwise."""
    return _EXPONENTS.get(currency, 2)


def minor_per_unit(currency: str) -> int:
    """How many minor units make one unit of `currency`."""
    return int(10 ** exponent(currency))


def round6(value: float) -> float:
    """`value` to six significant digits, so that two engines rank alike."""
    if value == 0 or not isfinite(value):
        return value
    return round(value, 5 - floor(log10(abs(value))))


def round6_all(values: Floats) -> Floats:
    """`round6` for an array; 0 and non-finite values stay, and what is too small for six digits is 0."""
    out = np.array(values, dtype=float)
    some = np.isfinite(out) & (out != 0)
    scale = 10.0 ** np.minimum(5 - np.floor(np.log10(np.abs(out[some]))), 300.0)
    out[some] = np.round(out[some] * scale) / scale
    return out


@dataclass(frozen=True)
class Estimate:
    """A sum of money that is not known exactly, in whole units of `currency`.

    The mean is what is ranked and summed; the percentiles are for display and grading.
    """

    mean: float
    p10: float
    p50: float
    p90: float
    currency: str

    def as_json(self) -> dict[str, Any]:
        """The public JSON form."""
        return {
            "mean": round6(self.mean),
            "p10": round6(self.p10),
            "p50": round6(self.p50),
            "p90": round6(self.p90),
            "currency": self.currency,
        }


def show_money(amount: float, currency: str) -> str:
    """`$1,240` or `€18.50`: whole units from a hundred up, else with the currency's digits."""
    sign = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}.get(currency, currency + " ")
    digits = 0 if abs(amount) >= 100 else exponent(currency)
    text = f"{abs(amount):,.{digits}f}"
    return f"{'−' if amount < 0 else ''}{sign}{text}"
