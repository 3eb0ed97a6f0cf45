"""Currencies: how many decimals they have, the least that can be charged, how they are written.

Source: docs.stripe.com/currencies (zero-decimal currencies, minimum charge amounts).
"""

from decimal import Decimal

ZERO_DECIMAL = frozenset(
    {"bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga",
     "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf"}
)  # fmt: skip
THREE_DECIMAL = frozenset(
    {"bhd", "jod", "kwd", "omr", "tnd"}
)  # fmt: skip
# Written without decimals by people, yet sent in hundredths that end in 00.
WHOLE_HUNDREDTHS = frozenset({"isk", "ugx"})
MINIMUM_MINOR = {
    "usd": 50, "aed": 200, "aud": 50, "bgn": 100, "brl": 50, "cad": 50, "chf": 50, "czk": 1500,
    "dkk": 250, "eur": 50, "gbp": 30, "hkd": 400, "huf": 17500, "inr": 50, "jpy": 50, "mxn": 1000,
    "myr": 200, "nok": 300, "nzd": 50, "pln": 200, "ron": 200, "sek": 300, "sgd": 50, "thb": 1000,
}  # fmt: skip
WORDS = """
usd aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl bsd bwp byn
bzd cad cdf chf clp cny cop crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gnf
gtq gyd hkd hnl htg huf idr ils inr isk jmd jod jpy kes kgs khr kmf krw kwd kyd kzt lak lbp lkr
lrd lsl mad mdl mga mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd omr pab pen
pgk php pkr pln pyg qar ron rsd rub rwf sar sbd scr sek sgd shp sle sos srd std szl thb tjs tnd
top try ttd twd tzs uah ugx uyu uzs vnd vuv wst xaf xcd xcg xof xpf yer zar zmw
"""
CURRENCIES = frozenset(WORDS.split())
SYMBOLS = {"usd": "$", "eur": "€", "gbp": "£", "jpy": "¥", "cad": "CA$", "aud": "A$"}


def exponent(currency: str) -> int:
    """Return how many decimals amounts of this currency have."""
    if currency in ZERO_DECIMAL:
        return 0
    return 3 if currency in THREE_DECIMAL else 2


def minimum(currency: str) -> int:
    """Return the least that can be charged; half a unit where nothing is known."""
    return MINIMUM_MINOR.get(currency, int(10 ** exponent(currency)) // 2 or 1)


def written(amount: int, currency: str) -> str:
    """Return an amount for a person: `$12.00`, `¥500`, `KWD 1.250`."""
    decimals = exponent(currency)
    number = f"{Decimal(abs(amount)).scaleb(-decimals):,.{decimals}f}"
    sign = "-" if amount < 0 else ""
    symbol = SYMBOLS.get(currency)
    return f"{sign}{symbol}{number}" if symbol else f"{sign}{currency.upper()} {number}"


def fee_of(amount: int, currency: str, *, bps: int, fixed_minor: int) -> int:
    """Return the network's fee, rounded half up; its fixed part is said in hundredths."""
    scaled = int(fixed_minor * 10 ** exponent(currency) // 100)
    return min(amount, (amount * bps + 5_000) // 10_000 + scaled)
