"""Numbers, money, durations and times as people read them, in the viewer's locale.

Numbers and money follow `kernel/locale.current_locale`, words are English. What is kept or sent
passes `locale=DEFAULT` or is written where no viewer is, so that it never depends on who looks.
"""

import copy
import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache

from babel import Locale
from babel.dates import format_skeleton, format_timedelta
from babel.numbers import NumberPattern, format_decimal

from indii.kernel.locale import DEFAULT, current_locale

# ISO 4217 minor units that are not 2. CLDR's differ: it counts what cash knows, not what banks do.
_EXPONENTS = {
    "BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0,
    "RWF": 0, "UGX": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
    "BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
}  # fmt: skip
# Years, months, weeks, days, hours, minutes.
_SPANS_S = (31_536_000, 2_592_000, 604_800, 86_400, 3600, 60)
_LETTER_THEN_DIGIT = re.compile(r"(?<=[^\W\d_])(?=\d)")


def exponent(currency: str) -> int:
    """Return how many decimals the currency's minor unit has."""
    return _EXPONENTS.get(currency, 2)


@lru_cache(maxsize=512)
def _money_pattern(locale: str, digits: int) -> NumberPattern:
    pattern: NumberPattern = copy.copy(Locale.parse(locale).currency_formats["standard"])
    pattern.frac_prec = (digits, digits)
    return pattern


def money(minor: int, currency: str, *, locale: str = "") -> str:
    """Return an amount with its currency: `$29.95`, `¥500`, `CHF 12.00`; `29,95 US$` in Germany."""
    where, digits = locale or current_locale.get(), exponent(currency)
    amount = Decimal(minor).scaleb(-digits)
    written = _money_pattern(where, digits).apply(
        amount, Locale.parse(where), currency=currency, currency_digits=False
    )
    # CLDR parts letters from digits (currencySpacing); Babel leaves that out.
    return _LETTER_THEN_DIGIT.sub("\u00a0", written)


def whole_number(value: int, *, locale: str = "") -> str:
    """Return a whole number with its groups: `2,310`."""
    return format_decimal(value, locale=locale or current_locale.get())


def duration(ms: int) -> str:
    """Return a length as `2:31`, or `1:02:03` past an hour; begun seconds are left out."""
    seconds = ms // 1000
    hours, rest = divmod(seconds, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{left:02d}" if hours else f"{minutes}:{left:02d}"


def size(count: int, *, locale: str = "") -> str:
    """Return a file size in decimal units: `8.4 MB`."""
    where, value = locale or current_locale.get(), float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000 or unit == "GB":
            digits = "0" if unit == "B" else "0.0"
            return f"{format_decimal(value, format=f'#,##{digits}', locale=where)} {unit}"
        value /= 1000
    raise AssertionError


def ago(then: datetime, now: datetime) -> str:
    """Return how long ago it was in words: `3 days ago`; a unit begun does not count."""
    seconds = int((now - then).total_seconds())
    for unit in _SPANS_S:
        if seconds >= unit:
            span = timedelta(seconds=seconds // unit * unit)
            return format_timedelta(-span, add_direction=True, threshold=1, locale=DEFAULT)
    return "just now"


def day_month(day: date) -> str:
    """Return a day of this or last year: `3 Nov`, `Nov 3` in the United States."""
    where = current_locale.get()
    return format_skeleton("MMMd", day, locale=where if where.startswith("en") else "en_001")


def count(number_of: int, one: str, many: str | None = None, *, locale: str = "") -> str:
    """Return `1 recording`, `2,310 recordings`."""
    return (
        f"{whole_number(number_of, locale=locale)} {one if number_of == 1 else many or one + 's'}"
    )
