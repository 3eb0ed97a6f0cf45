"""From what the terms' form sends to terms."""

from collections.abc import Mapping
from typing import Annotated

from indii.business.licensing.rules import Terms
from indii.kernel.errors import IndiiError
from indii.kernel.form_models import FormModel, Ticked, read_form, reads

LIMITS = (
    ("streams_limit", "Streams"),
    ("copies_limit", "Copies sold"),
    ("videos_limit", "Music videos"),
    ("radio_stations_limit", "Radio stations"),
    ("term_years", "Years"),
)
ALLOWANCES = (
    ("allows_live_performance", "Live shows allowed"),
    ("allows_broadcast", "TV and film allowed"),
    ("requires_credit", "Credit required"),
)


def read_limit(text: str) -> int | None:
    """Return a limit as typed (`50,000`), None for nothing.

    Raises:
        IndiiError: it is no whole number.
    """
    typed = text.replace(",", "").replace(" ", "")
    if not typed:
        return None
    if not (typed.isascii() and typed.isdecimal()) or len(typed) > 12:
        raise IndiiError("Enter a whole number, or leave empty for no limit.")
    return int(typed)


Limit = Annotated[int | None, reads(read_limit)]


class TermsFields(FormModel):
    """What one license grants, as its form says it."""

    streams_limit: Limit = None
    copies_limit: Limit = None
    videos_limit: Limit = None
    radio_stations_limit: Limit = None
    term_years: Limit = None
    allows_live_performance: Ticked = False
    allows_broadcast: Ticked = False
    requires_credit: Ticked = False


def read_terms(form: Mapping[str, str]) -> Terms:
    """Return the terms that a form says.

    Raises:
        InvalidForm: on every field that cannot be read.
    """
    return Terms(**read_form(TermsFields, form).model_dump())
