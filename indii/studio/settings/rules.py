"""From what the terms' form sends to terms."""

from collections.abc import Mapping

from indii.business.licensing.rules import Terms
from indii.kernel.errors import IndiiError

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


def read_limit(form: Mapping[str, str], name: str) -> int | None:
    """Return a limit as typed (`50,000`), None for nothing.

    Raises:
        IndiiError: it is no whole number.
    """
    typed = form.get(name, "").replace(",", "").replace(" ", "").strip()
    if not typed:
        return None
    if not (typed.isascii() and typed.isdecimal()) or len(typed) > 12:
        raise IndiiError("A whole number, or nothing for no limit.", field=name)
    return int(typed)


def read_terms(form: Mapping[str, str]) -> Terms:
    """Return the terms that a form says.

    Raises:
        IndiiError: on the field that cannot be read.
    """
    return Terms(
        **{name: read_limit(form, name) for name, _ in LIMITS},  # type: ignore[arg-type]
        **{name: form.get(name, "") == "yes" for name, _ in ALLOWANCES},
    )
