"""Money in whole minor units: exact shares, and amounts as the payment provider counts them.

Nothing here is ever a fraction. How many decimals a currency's minor unit has says
`kernel/format.exponent`; what differs on Stripe's wire, and the least that it charges, is from
its page on currencies (docs.stripe.com/currencies).
"""

from collections.abc import Sequence

from indii.kernel.format import exponent

# No decimals in ISO 4217, yet sent with two that are always zero.
_SENT_WITH_CENTS = frozenset({"ISK", "UGX"})
# Decimals in ISO 4217, yet sent as whole units.
_SENT_WITHOUT_CENTS = frozenset({"MGA"})

# Published minimum charge amounts, in our minor units.
_LEAST = {
    "AED": 200, "AUD": 50, "BGN": 100, "BRL": 50, "CAD": 50, "CHF": 50, "CZK": 1500, "DKK": 250,
    "EUR": 50, "GBP": 30, "HKD": 400, "HUF": 17500, "INR": 50, "JPY": 50, "MXN": 1000, "MYR": 200,
    "NOK": 300, "NZD": 50, "PLN": 200, "RON": 200, "SEK": 300, "SGD": 50, "THB": 1000, "USD": 50,
}  # fmt: skip
_LEAST_WHOLE = 1000


def shares(total_minor: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Return the total divided by weight, largest remainders first; the sum is exactly the total.

    No share is a whole minor unit away from its exact value, and equal remainders go to whoever
    stands first. A negative total is the mirror of the positive one.

    Raises:
        ValueError: a negative weight, or something to divide and nobody to get it.
    """
    whole = sum(weights)
    if any(weight < 0 for weight in weights):
        raise ValueError("weights are never negative")
    if total_minor == 0:
        return (0,) * len(weights)
    if whole == 0:
        raise ValueError("nobody to share with")
    size = abs(total_minor)
    parts = [size * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(size * weights[i] % whole), i))
    for index in by_remainder[: size - sum(parts)]:
        parts[index] += 1
    return tuple(parts) if total_minor > 0 else tuple(-part for part in parts)


def charge_step(currency: str) -> int:
    """Return what every charged amount must be a multiple of, in minor units; mostly 1.

    Card networks round three-decimal currencies to two, so the last digit must be 0.
    """
    if currency in _SENT_WITHOUT_CENTS:
        return int(10 ** exponent(currency))
    return 10 if exponent(currency) == 3 else 1


def provider_amount(minor: int, currency: str) -> int:
    """Return the amount as the payment provider counts it.

    Raises:
        ValueError: it cannot say this amount, see `charge_step`.
    """
    if minor % charge_step(currency):
        raise ValueError(f"{minor} {currency} is no amount that can be charged")
    if currency in _SENT_WITH_CENTS:
        return minor * 100
    if currency in _SENT_WITHOUT_CENTS:
        return minor // charge_step(currency)
    return minor


def from_provider(amount: int, currency: str) -> int:
    """Return the provider's amount in our minor units.

    Raises:
        ValueError: it has a fraction that the currency does not know.
    """
    if currency in _SENT_WITHOUT_CENTS:
        return amount * charge_step(currency)
    if currency in _SENT_WITH_CENTS:
        whole, rest = divmod(amount, 100)
        if rest:
            raise ValueError(f"{amount} is no whole amount of {currency}")
        return whole
    return amount


def min_charge(currency: str) -> int:
    """Return the least that can be charged, in minor units: 50 for USD.

    Where Stripe publishes none it takes what is worth its minimum in the currency of the payout.
    Our default for those is one whole unit, or 1,000 where the currency has no decimals, because
    such units are small; an operator's provider may still refuse it.
    """
    if currency in _LEAST:
        return _LEAST[currency]
    digits = exponent(currency)
    return int(10**digits) if digits else _LEAST_WHOLE
