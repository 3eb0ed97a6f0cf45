"""Numbers, money, durations and times as people read them."""

from datetime import datetime

# ISO 4217 minor units that are not 2.
_EXPONENTS = {
    "BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0,
    "RWF": 0, "UGX": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
    "BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
}  # fmt: skip
_SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}


def exponent(currency: str) -> int:
    """Return how many decimals the currency's minor unit has."""
    return _EXPONENTS.get(currency, 2)


def money(minor: int, currency: str) -> str:
    """Return an amount with its currency: `$29.95`, `¥500`, `CHF 12.00`."""
    digits = exponent(currency)
    whole, rest = divmod(abs(minor), 10**digits)
    amount = f"{whole:,}" + (f".{rest:0{digits}d}" if digits else "")
    sign = "-" if minor < 0 else ""
    prefix = _SIGNS.get(currency, f"{currency} ")
    return f"{sign}{prefix}{amount}"


def duration(ms: int) -> str:
    """Return a length as `2:31`, or `1:02:03` past an hour; begun seconds are left out."""
    seconds = ms // 1000
    hours, rest = divmod(seconds, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{left:02d}" if hours else f"{minutes}:{left:02d}"


def size(count: int) -> str:
    """Return a file size in decimal units: `8.4 MB`."""
    value = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000 or unit == "GB":
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    raise AssertionError


def ago(then: datetime, now: datetime) -> str:
    """Return how long ago it was in words: `3 days ago`."""
    seconds = max(0, int((now - then).total_seconds()))
    for unit, length in (
        ("year", 31_536_000), ("month", 2_592_000), ("week", 604_800), ("day", 86_400),
        ("hour", 3600), ("minute", 60),
    ):  # fmt: skip
        if seconds >= length:
            count = seconds // length
            return f"{count} {unit}{'s' if count > 1 else ''} ago"
    return "just now"


def count(number: int, one: str, many: str | None = None) -> str:
    """Return `1 recording`, `2,310 recordings`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
