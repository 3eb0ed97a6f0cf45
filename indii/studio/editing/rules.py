"""From what a form sends to what commands take."""

from collections.abc import Mapping
from dataclasses import dataclass

from indii.business.licensing.enums import LicenseTier
from indii.kernel.errors import IndiiError
from indii.kernel.music_keys import KEY_COUNT, camelot, key_name
from indii.store.offers.rules import read_price

KEY_CHOICES = (
    ("", "Not set"),
    *((str(k), f"{key_name(k)} · {camelot(k)}") for k in range(KEY_COUNT)),
)


@dataclass(frozen=True, slots=True)
class Details:
    """What the form of a recording says."""

    title: str
    genre: str
    mood: str
    bpm: float | None
    key: int | None
    tags: tuple[str, ...]
    credits: str
    holds_rights: bool
    ai_use: str
    prices: Mapping[LicenseTier, int]


def read_bpm(text: str) -> float | None:
    """Return a tempo as typed, with point or comma; None for nothing.

    Raises:
        IndiiError: it is no number.
    """
    typed = text.strip().replace(",", ".")
    if not typed:
        return None
    if not typed.replace(".", "", 1).isdecimal() or not typed.isascii() or len(typed) > 8:
        raise IndiiError("BPM is a number, like 92 or 92.5.", field="bpm")
    return float(typed)


def read_key(text: str) -> int | None:
    """Return a key as chosen; None for none.

    Raises:
        IndiiError: it was not on the list.
    """
    if not text:
        return None
    if text not in {value for value, _ in KEY_CHOICES}:
        raise IndiiError("Choose a key from the list.", field="key")
    return int(text)


def read_prices(form: Mapping[str, str], currency: str) -> dict[LicenseTier, int]:
    """Return the tiers that have a price, in minor units.

    Raises:
        IndiiError: on the tier's field.
    """
    prices: dict[LicenseTier, int] = {}
    for tier in LicenseTier:
        try:
            minor = read_price(form.get(f"price_{tier}", ""), currency)
        except ValueError as error:
            raise IndiiError("A price is an amount, like 29.95, or 0.", field=tier) from error
        if minor is not None:
            prices[tier] = minor
    return prices


def read_form(form: Mapping[str, str], currency: str) -> Details:
    """Return what the form says.

    Raises:
        IndiiError: on the field that cannot be read.
    """
    return Details(
        title=form.get("title", ""),
        genre=form.get("genre", ""),
        mood=form.get("mood", ""),
        bpm=read_bpm(form.get("bpm", "")),
        key=read_key(form.get("key", "")),
        tags=tuple(t for t in form.get("tags", "").split(",") if t.strip()),
        credits=form.get("credits", ""),
        holds_rights=form.get("rights", "") == "yes",
        ai_use=form.get("ai_use", ""),
        prices=read_prices(form, currency),
    )


def other_tempo(bpm: float, factor: float) -> str:
    """Return half or double a tempo as it stands in a form, "" where nobody would count so."""
    other = bpm * factor
    return f"{round(other, 1):g}" if 40 <= other <= 250 else ""
