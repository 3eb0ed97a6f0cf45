"""From what a form sends to what commands take."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from indii.business.licensing.enums import LicenseTier
from indii.catalog.recordings.rules import (
    check_bpm,
    check_genre,
    check_mood,
    clean_credits,
    clean_title,
    normalise_tags,
)
from indii.kernel.errors import IndiiError, InvalidForm
from indii.kernel.form_models import FormModel, Ticked, follows, read_form, reads
from indii.kernel.music_keys import KEY_COUNT, camelot, key_name
from indii.store.offers.rules import check_price, read_price

KEY_CHOICES = (
    ("", "Not set"),
    *((str(k), f"{key_name(k)} · {camelot(k)}") for k in range(KEY_COUNT)),
)


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


def read_tags(text: str) -> tuple[str, ...]:
    """Return the tags of a field that holds them with commas between."""
    return tuple(tag for tag in text.split(",") if tag.strip())


def check_tags(tags: tuple[str, ...]) -> tuple[str, ...]:
    """Return the tags as they are kept.

    Raises:
        IndiiError: too many, or one that is too long.
    """
    return tuple(normalise_tags(tags))


def read_prices(form: Mapping[str, str], currency: str) -> dict[LicenseTier, int]:
    """Return the tiers that have a price, in minor units.

    Raises:
        InvalidForm: on each tier's field.
    """
    prices: dict[LicenseTier, int] = {}
    errors: dict[str, str] = {}
    for tier in LicenseTier:
        try:
            minor = read_price(form.get(f"price_{tier}", ""), currency)
            if minor is not None:
                prices[tier] = check_price(tier, minor, currency)
        except ValueError:
            errors[tier] = "A price is an amount, like 29.95, or 0."
        except IndiiError as error:
            errors[tier] = error.message
    if errors:
        raise InvalidForm(errors)
    return prices


class RecordingForm(FormModel):
    """What the form of a recording says, but for its prices."""

    title: Annotated[str, follows(clean_title)] = Field("", validate_default=True)
    genre: Annotated[str, follows(check_genre)] = ""
    mood: Annotated[str, follows(check_mood)] = ""
    bpm: Annotated[float | None, reads(read_bpm), follows(check_bpm)] = None
    key: Annotated[int | None, reads(read_key)] = None
    tags: Annotated[tuple[str, ...], reads(read_tags), follows(check_tags)] = ()
    credits: Annotated[str, follows(clean_credits)] = ""
    holds_rights: Ticked = Field(default=False, alias="rights")
    ai_use: str = ""


@dataclass(frozen=True, slots=True)
class Details:
    """All that the page of a recording saves together."""

    form: RecordingForm
    prices: Mapping[LicenseTier, int]


def read_details(form: Mapping[str, str], currency: str) -> Details:
    """Return what the form says.

    Raises:
        InvalidForm: on every field that cannot be taken.
    """
    errors: dict[str, str] = {}
    read, prices = None, None
    try:
        read = read_form(RecordingForm, form)
    except IndiiError as error:
        errors |= error.errors
    try:
        prices = read_prices(form, currency)
    except InvalidForm as error:
        errors |= error.errors
    if read is None or prices is None:
        raise InvalidForm(errors)
    return Details(read, prices)


def other_tempo(bpm: float, factor: float) -> str:
    """Return half or double a tempo as it stands in a form, "" where nobody would count so."""
    other = bpm * factor
    return f"{round(other, 1):g}" if 40 <= other <= 250 else ""
